//! The daily quota, and what happens to clients that do not listen.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;
use spotify_sim::Config;

use crate::client::Api;

const PATH: &str = "search?q=lizzo&type=artist";

#[tokio::test]
async fn an_exceeded_quota_says_so_and_lasts_for_hours() {
    let mut api = Api::start(Config { quota_per_day: Some(2), ..Config::default() }).await;
    assert_eq!(api.get(PATH).await.status, 200);
    api.sim.advance(Duration::from_secs(10 * 3600));
    api.renew().await;
    assert_eq!(api.get(PATH).await.status, 200);

    let refused = api.get(PATH).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let error = json!({"error": {"status": 429, "message": "Too many requests", "reason": "QUOTA_EXCEEDED"}});
    assert_eq!(refused.json(), error);
    let wait = refused.retry_after().unwrap();
    assert!((13 * 3600..=14 * 3600).contains(&wait), "{wait}");

    api.sim.advance(Duration::from_secs(wait));
    api.renew().await;
    assert_eq!(api.get(PATH).await.status, 200);
    assert_eq!(api.sim.stats().quota_exceeded, 1);
}

#[tokio::test]
async fn sending_while_limited_is_counted_and_punished() {
    let grace = Duration::from_secs(20);
    let config = Config { limit_per_30s: Some(1), escalation: true, escalation_grace: grace, ..Config::default() };
    let api = Api::start(config).await;
    assert_eq!(api.get(PATH).await.status, 200);
    let first = api.get(PATH).await.retry_after().unwrap();
    assert!(first <= 30);
    // On its way when the refusal came: forgiven.
    assert!(api.get(PATH).await.retry_after().unwrap() <= first);

    api.sim.advance(grace + Duration::from_millis(1));
    let second = api.get(PATH).await.retry_after().unwrap();
    assert_eq!(second, 2 * first);
    api.sim.advance(grace + Duration::from_millis(1));
    assert_eq!(api.get(PATH).await.retry_after().unwrap(), 4 * first);

    let stats = api.sim.stats();
    assert_eq!((stats.limited, stats.while_limited, stats.while_limited_knowingly), (4, 3, 2));
    assert_eq!(stats.escalations, 2);

    api.sim.reset_limits();
    assert_eq!(api.get(PATH).await.status, 200);
}

#[tokio::test]
async fn retry_after_may_be_missing_and_the_body_may_be_text() {
    let config = Config { limit_per_30s: Some(0), retry_after_missing: 0.5, limited_as_text: 0.5, ..Config::default() };
    let api = Api::start(config).await;
    let (mut with_header, mut with_text) = (0, 0);
    for _ in 0..60 {
        let refused = api.get(PATH).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        with_header += u32::from(refused.retry_after().is_some());
        with_text += u32::from(refused.text == "Too many requests");
        if refused.text != "Too many requests" {
            assert_eq!(refused.refusal(), "429 API rate limit exceeded");
        }
    }
    assert!((15..45).contains(&with_header) && (15..45).contains(&with_text), "{with_header} {with_text}");
}

#[tokio::test]
async fn repeats_and_windows_are_counted() {
    let api = Api::start(Config { limit_per_30s: Some(3), ..Config::default() }).await;
    for path in [PATH, PATH, "nowhere", "nowhere"] {
        api.get(path).await;
    }
    api.sim.advance(Duration::from_secs(60));
    api.get(PATH).await;
    let stats = api.sim.stats();
    assert_eq!((stats.repeated, stats.duplicates), (3, 2));
    let windows: Vec<_> = stats.windows.iter().map(|w| (w.start_ms, w.requests, w.limited)).collect();
    assert_eq!(windows, [(0, 4, 1), (60_000, 1, 0)]);
}
