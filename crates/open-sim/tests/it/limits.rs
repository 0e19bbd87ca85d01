//! Each service's limit, and how it says that it is exceeded.

use std::time::Duration;

use open_sim::{Config, Service, ServiceConfig};
use serde_json::json;

use crate::client::{get, start};

/// Only one service has a limit; its clock stands nearly still.
async fn limited(service: Service) -> open_sim::RunningSim {
    let mut config = Config { time_scale: 0.001, ..Config::default() };
    *config.service(service) = ServiceConfig { limited: true, ..ServiceConfig::default() };
    start(config).await
}

#[tokio::test]
async fn musicbrainz_refuses_everything_until_the_rate_falls() {
    let sim = limited(Service::MusicBrainz).await;
    let path = "/artist?query=x";
    for expected in [200, 200, 200, 200, 200, 503, 503] {
        assert_eq!(get(&sim, Service::MusicBrainz, path).await.status, expected);
    }
    sim.advance(Duration::from_secs(4));
    let refused = get(&sim, Service::MusicBrainz, path).await;
    assert_eq!((refused.status, refused.headers.get("retry-after")), (503, None));
    sim.advance(Duration::from_secs(6));
    assert_eq!(get(&sim, Service::MusicBrainz, path).await.status, 200);
    let stats = sim.stats().of(Service::MusicBrainz);
    assert_eq!((stats.limited, stats.while_limited, stats.requests), (3, 2, 9));
}

#[tokio::test]
async fn deezer_says_it_inside_200() {
    let sim = limited(Service::Deezer).await;
    for _ in 0..50 {
        assert!(get(&sim, Service::Deezer, "/artist/1000001").await.body["error"].is_null());
    }
    let refused = get(&sim, Service::Deezer, "/artist/1000001").await;
    let quota = json!({"error": {"type": "Exception", "message": "Quota limit exceeded", "code": 4}});
    assert_eq!((refused.status, refused.body), (200, quota));
    sim.advance(Duration::from_secs(5));
    assert!(get(&sim, Service::Deezer, "/artist/1000001").await.body["error"].is_null());
}

#[tokio::test]
async fn listenbrainz_counts_down_in_headers() {
    let sim = limited(Service::Labs).await;
    let path = "/similar-artists/json?artist_mbids=x&algorithm=session_based_days_1";
    for left in (0..30).rev() {
        let answer = get(&sim, Service::Labs, path).await;
        assert_eq!(answer.headers["x-ratelimit-remaining"], left.to_string());
    }
    let refused = get(&sim, Service::Labs, path).await;
    assert_eq!(refused.status, 429);
    // Ten seconds of a clock that runs a thousand times slower.
    let reset_in: u64 = refused.headers["x-ratelimit-reset-in"].to_str().unwrap().parse().unwrap();
    assert!((9000..=10_000).contains(&reset_in), "{reset_in}");
}

#[tokio::test]
async fn the_others_have_their_own_ways() {
    let sim = limited(Service::ReccoBeats).await;
    for _ in 0..30 {
        get(&sim, Service::ReccoBeats, "/track?ids=x").await;
    }
    let refused = get(&sim, Service::ReccoBeats, "/track?ids=x").await;
    assert_eq!(refused.status, 429);
    assert!(refused.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 0);

    let sim = limited(Service::LastFm).await;
    for _ in 0..25 {
        get(&sim, Service::LastFm, "?method=x&artist=x&api_key=demo-key").await;
    }
    let refused = get(&sim, Service::LastFm, "?method=x&artist=x&api_key=demo-key").await;
    assert_eq!((refused.status, &refused.body["error"]), (200, &json!(29)));
}
