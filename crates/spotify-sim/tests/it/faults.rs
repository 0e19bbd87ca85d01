//! Faults of the answers, and that they come as often as asked for.

use std::collections::BTreeMap;

use reqwest::StatusCode;
use serde_json::json;
use spotify_sim::{Config, Fault, sample};

use crate::client::{Api, Reply};

const PATH: &str = "search?q=lizzo&type=artist";

async fn reply(fault: Fault) -> Reply {
    let api = Api::start(Config { faults: [(fault, 1.0)].into(), ..Config::default() }).await;
    api.get(PATH).await
}

fn content_type(reply: &Reply) -> &str {
    reply.headers["content-type"].to_str().unwrap()
}

#[tokio::test]
async fn server_errors_come_as_json_text_and_html() {
    let json = reply(Fault::ErrorJson).await;
    assert!(json.status.is_server_error() && json.json()["error"]["status"] == json.status.as_u16());
    let text = reply(Fault::ErrorText).await;
    assert!(text.status.is_server_error() && content_type(&text).starts_with("text/plain") && !text.text.is_empty());
    let html = reply(Fault::ErrorHtml).await;
    assert!(html.status.is_server_error() && content_type(&html).starts_with("text/html"));
    assert!(html.text.contains("<html>"));
}

#[tokio::test]
async fn wrong_answers_come_with_200() {
    let empty = reply(Fault::Empty).await;
    assert_eq!((empty.status, empty.text.as_str()), (StatusCode::OK, ""));
    let html = reply(Fault::Html).await;
    assert_eq!(html.status, StatusCode::OK);
    assert!(content_type(&html).starts_with("text/html") && html.text.contains("<html>"));
}

#[tokio::test]
async fn a_transient_404_looks_like_a_real_one_and_passes() {
    let api = Api::start(Config { faults: [(Fault::NotFound, 0.5)].into(), ..Config::default() }).await;
    let path = format!("tracks/{}", sample::tracks()[0].id);
    let mut statuses = BTreeMap::new();
    for _ in 0..40 {
        let reply = api.get(&path).await;
        if reply.status == StatusCode::NOT_FOUND {
            assert_eq!(reply.refusal(), "404 Resource not found");
        }
        *statuses.entry(reply.status.as_u16()).or_insert(0) += 1;
    }
    assert!(statuses[&200] > 5 && statuses[&404] > 5, "{statuses:?}");
}

#[tokio::test]
async fn the_same_seed_gives_the_same_faults_in_any_order() {
    let mut config = Config { fault_seed: 42, ..Config::default() };
    config.faults = [(Fault::ErrorJson, 0.2), (Fault::Empty, 0.2)].into();
    let (one, two) = (Api::start(config.clone()).await, Api::start(config).await);
    let paths: Vec<_> = sample::tracks().iter().take(30).map(|track| format!("tracks/{}", track.id)).collect();
    let mut first = BTreeMap::new();
    for path in &paths {
        first.insert(path, one.get(path).await.text);
    }
    let mut faults = 0;
    for path in paths.iter().rev() {
        let again = two.get(path).await;
        let is_fault = again.status != StatusCode::OK || again.text.is_empty();
        faults += u32::from(is_fault);
        if is_fault {
            assert_eq!(again.text, first[path]);
        }
    }
    assert!((4..20).contains(&faults), "{faults}");
    assert_eq!(one.sim.stats().faults, two.sim.stats().faults);
}

#[tokio::test]
async fn tokens_are_spared_unless_asked_for() {
    let faults = BTreeMap::from([(Fault::ErrorText, 1.0)]);
    let api = Api::start(Config { faults, ..Config::default() }).await;
    assert_eq!(api.ask_token("demo", "demo-secret", "client_credentials").await.status, 200);
    api.sim.control(json!({"faults_on_tokens": true})).unwrap();
    assert!(api.ask_token("demo", "demo-secret", "client_credentials").await.status.is_server_error());
}

#[tokio::test]
async fn tokens_die_early() {
    let mut api = Api::start(Config { token_requests: Some(2), ..Config::default() }).await;
    assert_eq!(api.get(PATH).await.status, 200);
    assert_eq!(api.get(PATH).await.status, 200);
    assert_eq!(api.get(PATH).await.refusal(), "401 The access token expired");

    api.sim.control(json!({"token_requests": null, "token_dies_after_ms": 5000})).unwrap();
    let told = api.ask_token("demo", "demo-secret", "client_credentials").await.json();
    assert_eq!(told["expires_in"], 3600);
    api.renew().await;
    assert_eq!(api.get(PATH).await.status, 200);
    api.sim.control(json!({"advance_ms": 5000})).unwrap();
    assert_eq!(api.get(PATH).await.refusal(), "401 The access token expired");

    api.renew().await;
    api.sim.revoke_tokens();
    assert_eq!(api.get(PATH).await.refusal(), "401 Invalid access token");
}
