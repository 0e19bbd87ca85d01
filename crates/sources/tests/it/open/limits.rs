//! Each source's real limit is kept: by our pace, by what its answers say is left, and by waiting when it refuses.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use open_sim::{Config, Service as Played};
use sixpotify_core::{DeezerId, Mbid};
use sixpotify_sources::deezer::{BUDGET, Deezer, DeezerConfig};
use sixpotify_sources::http::MemoryLedger;
use sixpotify_sources::musicbrainz::{MusicBrainz, MusicBrainzConfig, SPACING};
use sixpotify_sources::{SourceClient as _, SystemClock};
use url::Url;

use super::clients::{ARTIST, Addresses, Clients, manners, sim};

/// How much faster the stand-ins' clock runs.
const SCALE: u32 = 20;

#[tokio::test]
async fn musicbrainz_is_asked_once_in_a_second_by_all_clients_together() {
    let sim = sim(Config::limited(2.0)).await;
    let ledger = Arc::new(MemoryLedger::default());
    let client = || {
        let api_url = Url::parse(&sim.url(Played::MusicBrainz)).unwrap();
        let config = MusicBrainzConfig { api_url, spacing: SPACING / 2, manners: manners() };
        MusicBrainz::new(config, Arc::new(SystemClock), ledger.clone()).unwrap()
    };
    // Two clients that share a ledger, as two processes share a catalogue.
    let clients = [client(), client()];
    join_all((0..10).map(|n| {
        let client = clients[n % 2].clone();
        async move { client.search_artists(ARTIST).await.unwrap() }
    }))
    .await;
    let stats = sim.stats().of(Played::MusicBrainz);
    assert_eq!((stats.requests, stats.limited), (10, 0));
    let took = stats.last_ms.unwrap() - stats.first_ms.unwrap();
    // 9 gaps of 1.1 s on its clock, but for the machine's unevenness.
    assert!(took >= 9 * 1050, "{took} ms");
}

#[tokio::test]
async fn deezer_is_never_asked_too_often() {
    let sim = sim(Config::limited(1.0)).await;
    let api_url = Url::parse(&sim.url(Played::Deezer)).unwrap();
    let config = DeezerConfig { api_url, budget: Some(BUDGET), manners: manners() };
    let client = Deezer::new(config, Arc::new(SystemClock), Arc::new(MemoryLedger::default())).unwrap();
    let id = DeezerId(sim.known(ARTIST).unwrap().deezer.unwrap());
    join_all((0..20).map(|_| async { client.artist(id).await.unwrap() })).await;
    let stats = sim.stats().of(Played::Deezer);
    assert_eq!((stats.requests, stats.limited), (20, 0));
    assert!(stats.last_ms.unwrap() - stats.first_ms.unwrap() >= 2200, "an even pace from the start");
}

#[tokio::test]
async fn a_quota_inside_200_is_waited_out() {
    let sim = sim(Config::limited(1.0)).await;
    let mut patient = manners();
    patient.unsaid_wait = Duration::from_millis(300);
    let client = Clients::new(&Addresses::of(&sim), &patient).deezer;
    let id = DeezerId(sim.known(ARTIST).unwrap().deezer.unwrap());
    for found in join_all((0..70).map(|_| async { client.artist(id).await })).await {
        found.unwrap();
    }
    let (stats, ours) = (sim.stats().of(Played::Deezer), client.stats());
    assert!(stats.limited > 0 && ours.limited == stats.limited, "{stats:?}");
    assert_eq!(stats.requests, 70 + stats.limited);
    // Those in flight when the first one was refused, and nobody after that.
    assert!(stats.while_limited <= stats.limited / 2 + 8, "{stats:?}");
}

#[tokio::test]
async fn listenbrainz_says_what_is_left_and_is_not_asked_for_more() {
    let sim = sim(Config::limited(SCALE.into())).await;
    let client = Clients::new(&Addresses::of(&sim), &manners()).listenbrainz;
    let id = Mbid::parse(&sim.known(ARTIST).unwrap().mbid.unwrap()).unwrap();
    for _ in 0..65 {
        client.popularity(std::slice::from_ref(&id)).await.unwrap();
    }
    let stats = sim.stats().of(Played::ListenBrainz);
    assert_eq!((stats.requests, stats.limited), (65, 0), "the header is heeded before a 429 has to say it");
    assert!(stats.last_ms.unwrap() - stats.first_ms.unwrap() >= 9_000);
}

#[tokio::test]
async fn refusals_that_name_a_time_are_waited_out() {
    let sim = sim(Config::limited(4.0)).await;
    let clients = Clients::new(&Addresses::of(&sim), &manners());
    let id = Mbid::parse(&sim.known(ARTIST).unwrap().mbid.unwrap()).unwrap();
    // Many at once, so that the header comes too late.
    for answer in join_all((0..50).map(|_| async { clients.listenbrainz.similar_artists(&id).await })).await {
        answer.unwrap();
    }
    for answer in join_all((0..40).map(|_| async { clients.reccobeats.find_artists(ARTIST).await })).await {
        answer.unwrap();
    }
    let (labs, recco) = (sim.stats().of(Played::Labs), sim.stats().of(Played::ReccoBeats));
    assert_eq!((labs.by_status[&200], recco.by_status[&200]), (50, 40));
    assert!(recco.limited > 0 && recco.while_limited < 4, "{recco:?}");
}
