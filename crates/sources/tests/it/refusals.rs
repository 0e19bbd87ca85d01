//! What the service refuses is not asked for again, and each refusal means something else to the caller.

use std::time::Duration;

use serde_json::json;
use sixpotify_sources::http::FetchError;
use sixpotify_sources::spotify::{CONCURRENCY_DEVELOPMENT, Mode};
use spotify_sim::Config;

use crate::client::{ID, id, patience, sim, sim_config, spotify};
use crate::service::{Reply, Service, Then};

#[tokio::test]
async fn what_is_not_there_is_gone() {
    for reply in [
        Reply::refusal(404, "Resource not found"),
        Reply::new(404, "text/html", "<html></html>"),
        Reply::refusal(404, "Resource not found").half(Then::Reset),
    ] {
        let service = Service::always(reply).await;
        let error = service.spotify().artist(&id(ID)).await.unwrap_err();
        assert!(matches!(error, FetchError::Gone { endpoint: "/artists/{id}", .. }), "{error:?}");
        assert_eq!(error.to_string(), "spotify has no such item (/artists/{id})");
        assert!(!error.ends_the_run());
        // What is gone is gone the second time as well.
        assert_eq!(service.asked().len(), 2);
    }
}

#[tokio::test]
async fn a_refusal_is_understood_though_its_explanation_never_comes() {
    let service = Service::always(Reply::refusal(404, "Resource not found").half(Then::Stall)).await;
    let mut config = service.config();
    config.timeouts = patience(Duration::from_millis(60));
    let error = spotify(config).artist(&id(ID)).await.unwrap_err();
    assert!(matches!(error, FetchError::Gone { .. }), "{error:?}");
    assert_eq!(service.asked().len(), 2);
}

#[tokio::test]
async fn what_is_withheld_is_not_asked_for_again() {
    // Spotify leaves the message out, at times.
    let forbidden = Reply::new(403, "application/json", r#"{"error":{"status":403}}"#);
    let artist = json!({"id": ID, "name": "The Artist", "followers": {"total": 7}});
    let service = Service::start(move |seen, _| {
        if seen.line.contains("top-tracks") || seen.line.contains("audio-features") {
            forbidden.clone()
        } else {
            Reply::json(&artist)
        }
    })
    .await;
    let spotify = service.spotify();
    for _ in 0..3 {
        let error = spotify.top_tracks(&id(ID)).await.unwrap_err();
        assert!(matches!(error, FetchError::Withheld { .. }), "{error:?}");
        assert_eq!(error.to_string(), "spotify withholds /artists/{id}/top-tracks from this key");
        assert!(!error.ends_the_run());
    }
    // It is the endpoint that is withheld, whatever the artist; the other endpoints are not.
    assert!(spotify.top_tracks(&id("0000000000000000000xyz")).await.is_err());
    assert_eq!(service.asked().len(), 1);
    assert!(spotify.artist(&id(ID)).await.is_ok());
    assert_eq!(spotify.withheld(), ["/artists/{id}/top-tracks"]);

    // Clones know it too.
    let clone = spotify.clone();
    assert!(matches!(clone.audio_features(&[id(ID)]).await, Err(FetchError::Withheld { .. })));
    assert!(matches!(spotify.audio_features(&[id(ID)]).await, Err(FetchError::Withheld { .. })));
    assert_eq!(service.asked().len(), 3);
    assert_eq!(spotify.withheld(), ["/artists/{id}/top-tracks", "/audio-features"]);
}

#[tokio::test]
async fn what_both_modes_have_cannot_be_withheld() {
    let premium = "Your application is blocked from accessing the Web API";
    let service = Service::always(Reply::refusal(403, premium)).await;
    let spotify = service.spotify();
    let error = spotify.search_artists("x", 0).await.unwrap_err();
    assert!(matches!(error, FetchError::Forbidden { .. }), "{error:?}");
    assert_eq!(error.to_string(), format!("spotify forbids /search to this key: {premium}"));
    assert!(error.ends_the_run());
    assert_eq!(service.asked().len(), 1);
    assert_eq!(spotify.withheld(), [""; 0]);
}

#[tokio::test]
async fn what_is_not_understood_is_not_repeated() {
    for status in [400, 405, 410, 414, 422, 451] {
        let service = Service::always(Reply::refusal(status, "Invalid\tlimit\n")).await;
        let error = service.spotify().search_artists("x", 0).await.unwrap_err();
        assert!(matches!(error, FetchError::Rejected { status: s, .. } if s == status), "{error:?}");
        assert_eq!(error.to_string(), format!("spotify rejects a request to /search: HTTP {status}: Invalidlimit"));
        assert!(!error.ends_the_run());
        assert_eq!(service.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_long_explanation_is_cut() {
    let service = Service::always(Reply::new(400, "text/plain", "é".repeat(1 << 20))).await;
    let error = service.spotify().search_artists("x", 0).await.unwrap_err().to_string();
    assert!(error.len() < 600 && error.ends_with("éé"), "{} bytes", error.len());
}

#[tokio::test]
async fn development_mode_shows_and_is_respected() {
    let sim =
        sim(Config { mode: spotify_sim::Mode::Development, latency: Duration::from_millis(20), ..Config::default() })
            .await;
    let spotify = spotify(sim_config(&sim));
    assert_eq!(spotify.mode(), None);
    let found = spotify.search_artists("Lizzo", 0).await.unwrap();
    assert_eq!(spotify.mode(), Some(Mode::Development));
    let hit = &found.artists[0];
    assert_eq!((hit.artist.followers, hit.artist.popularity), (None, None));
    let id = hit.artist.id.spotify().unwrap();

    for _ in 0..2 {
        assert!(matches!(spotify.top_tracks(&id).await, Err(FetchError::Withheld { .. })));
        assert!(matches!(spotify.artists(std::slice::from_ref(&id)).await, Err(FetchError::Withheld { .. })));
        assert!(matches!(spotify.audio_features(std::slice::from_ref(&id)).await, Err(FetchError::Withheld { .. })));
    }
    assert_eq!(spotify.withheld(), ["/artists", "/artists/{id}/top-tracks", "/audio-features"]);
    assert_eq!(sim.stats().by_status[&403], 3);

    // No 400 for a page that is too long, and no more in flight than this mode bears.
    sim.reset_stats();
    let calls = (0..8).map(|_| async { spotify.albums(&id).await.unwrap() });
    let albums = futures_util::future::join_all(calls).await;
    assert!(albums.iter().all(|list| !list.is_empty() && *list == albums[0]));
    let stats = sim.stats();
    assert_eq!(stats.by_status.keys().copied().collect::<Vec<_>>(), [200]);
    assert_eq!(stats.max_in_flight, CONCURRENCY_DEVELOPMENT as u64);
}
