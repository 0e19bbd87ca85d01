//! A source that is gone for the whole run: said soon, waited for by nobody, and no other source suffers.

use open_sim::{Config, Service as Played};
use sixpotify_core::Source;
use sixpotify_sources::http::FetchError;
use url::Url;

use super::clients::{ARTIST, Addresses, Clients, OPEN, call_all, manners, sim};

#[tokio::test]
async fn a_source_whose_connections_are_reset_is_away_soon() {
    let sim = sim(Config::default()).await;
    let clients = Clients::new(&Addresses::of(&sim), &manners());
    sim.configure(|config| config.service(Played::Deezer).gone = true).unwrap();
    let mut away = 0;
    for _ in 0..100 {
        match clients.deezer.search_artists(ARTIST).await {
            Err(FetchError::Failed { .. }) => {}
            Err(error @ FetchError::Away { .. }) => {
                assert!(
                    error.ends_the_run() && error.to_string().starts_with("deezer is away (12 attempts"),
                    "{error}"
                );
                away += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((sim.stats().of(Played::Deezer).gone, away), (12, 98), "a hundred calls, a dozen requests");
    for source in OPEN.into_iter().filter(|source| *source != Source::Deezer) {
        for (endpoint, told) in call_all(&clients, source, &sim).await {
            told.unwrap_or_else(|error| panic!("{source} {endpoint}: {error}"));
        }
    }
}

#[tokio::test]
async fn a_source_that_cannot_be_connected_to_is_away_soon() {
    let sim = sim(Config::default()).await;
    // Nobody listens there: the port was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nowhere = Url::parse(&format!("http://{free}/")).unwrap();
    let at = Addresses { musicbrainz: nowhere.clone(), lastfm: nowhere, ..Addresses::of(&sim) };
    let clients = Clients::new(&at, &manners());
    for source in [Source::MusicBrainz, Source::LastFm] {
        let mut last = None;
        for _ in 0..3 {
            last = call_all(&clients, source, &sim).await.pop();
        }
        let Some((_, Err(error @ FetchError::Away { .. }))) = last else { panic!("{last:?}") };
        assert!(error.to_string().contains("cannot connect"), "{error}");
        assert_eq!(clients.of(source).stats().requests, 12);
    }
}

#[tokio::test]
async fn musicbrainz_that_refuses_everything_is_away_and_not_hammered() {
    let service = crate::service::Service::always(crate::service::Reply::new(503, "text/plain", "no")).await;
    let clients = Clients::new(&Addresses::all_at(&service), &manners());
    for _ in 0..10 {
        clients.musicbrainz.search_artists("x").await.unwrap_err();
    }
    assert_eq!(service.asked().len(), 12);
    let gaps: Vec<_> = service.asked().windows(2).map(|two| two[1].at - two[0].at).collect();
    // 2, 4, 8 .. ms: slower each time.
    assert!(gaps[8] >= gaps[0] && gaps[8] >= std::time::Duration::from_millis(256), "{gaps:?}");
}
