//! The rolling limit and the counters.

use std::time::Duration;

use serde_json::json;
use spotify_sim::{Config, Mode, Stats};

use crate::client::{Api, send};

const ARTIST: &str = "search?q=lizzo&type=artist";

#[tokio::test]
async fn beyond_the_limit_the_answer_is_429_until_the_window_has_rolled() {
    let api = Api::start(Config { limit_per_30s: Some(3), ..Config::default() }).await;
    for _ in 0..3 {
        assert_eq!(api.get(ARTIST).await.status, 200);
    }
    let refused = api.get(ARTIST).await;
    assert_eq!(refused.refusal(), "429 API rate limit exceeded");
    let wait = refused.retry_after().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    assert_eq!(api.get(ARTIST).await.status, 429);

    api.sim.advance(Duration::from_secs(wait));
    assert_eq!(api.get(ARTIST).await.status, 200);
    assert_eq!(api.sim.stats().limited, 2);
}

#[tokio::test]
async fn everything_is_counted() {
    let api = Api::mode(Mode::Extended).await;
    api.get(ARTIST).await;
    api.get(&format!("artists/{}", "0".repeat(22))).await;
    api.get("nowhere").await;
    let url = format!("http://{}/stats", api.sim.addr());
    let stats: Stats = serde_json::from_str(&send(api.http.get(url)).await.text).unwrap();
    assert_eq!(stats, api.sim.stats());
    assert_eq!((stats.requests, stats.tokens_issued, stats.in_flight, stats.max_in_flight), (3, 1, 0, 1));
    assert_eq!(json!(stats.by_status), json!({"200": 1, "404": 2}));
    assert_eq!(json!(stats.by_endpoint), json!({"/v1/artists/{id}": 1, "/v1/search": 1, "unknown": 1}));
}

#[tokio::test]
async fn requests_in_flight_are_counted_at_their_highest() {
    let api = Api::start(Config { latency: Duration::from_millis(200), ..Config::default() }).await;
    tokio::join!(api.get(ARTIST), api.get(ARTIST), api.get(ARTIST));
    assert!(api.sim.stats().max_in_flight > 1);
}

#[tokio::test]
async fn nothing_answers_after_the_end() {
    let api = Api::mode(Mode::Extended).await;
    let (addr, http) = (api.sim.addr(), api.http.clone());
    api.sim.shutdown().await;
    let gone = crate::client::try_send(http.get(format!("http://{addr}/stats"))).await;
    assert!(gone.is_err_and(|error| error.is_connect()));
}
