//! The control endpoint.

use serde_json::{Value, json};
use spotify_sim::{Config, Mode};

use crate::client::{Api, Reply, send};

async fn post(api: &Api, wish: &Value) -> Reply {
    send(api.http.post(format!("http://{}/control", api.sim.addr())).json(wish)).await
}

#[tokio::test]
async fn settings_change_at_run_time() {
    let api = Api::mode(Mode::Extended).await;
    let wish = json!({"mode": "development", "limit_per_30s": 90, "faults": {"stall": 0.1}, "latency_ms": 3});
    let answer = post(&api, &wish).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let config = api.sim.config();
    assert_eq!((config.mode, config.limit_per_30s, config.latency.as_millis()), (Mode::Development, Some(90), 3));
    let shown: Config = serde_json::from_value(answer.json()).unwrap();
    assert_eq!(shown, config);

    post(&api, &json!({"limit_per_30s": null, "all_faults": 0.12})).await;
    let config = api.sim.config();
    assert_eq!((config.limit_per_30s, config.faults.len()), (None, 12));
    let read = send(api.http.get(format!("http://{}/control", api.sim.addr()))).await;
    assert_eq!(serde_json::from_value::<Config>(read.json()).unwrap(), config);
}

#[tokio::test]
async fn nonsense_changes_nothing_and_is_explained() {
    let api = Api::mode(Mode::Extended).await;
    let before = api.sim.config();
    for (wish, word) in [
        (json!({"latency": 3, "mode": "development"}), "latency"),
        (json!({"mode": "premium"}), "premium"),
        (json!({"gone_share": 2}), "gone_share"),
        (json!({"faults": {"flood": 1}}), "flood"),
        (json!({"gone": ["short"]}), "short"),
        (json!({"artists": 5}), "artists"),
        (json!([]), "object"),
    ] {
        let answer = post(&api, &wish).await;
        let problem = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(answer.status == 400 && problem.contains(word), "{wish}: {problem}");
        assert_eq!(api.sim.config(), before);
    }
}

#[tokio::test]
async fn counters_are_reset_on_demand() {
    let mut api = Api::mode(Mode::Extended).await;
    api.get("search?q=x&type=artist").await;
    assert_eq!(post(&api, &json!({"reset_stats": true, "revoke_tokens": true})).await.status, 200);
    assert_eq!(api.sim.stats().requests, 0);
    assert_eq!(api.get("search?q=x&type=artist").await.status, 401);
    api.renew().await;
    api.ok("search?q=x&type=artist").await;
    assert_eq!((api.sim.stats().requests, api.sim.stats().duplicates), (2, 0));
}

#[tokio::test]
async fn a_stand_in_does_not_start_with_nonsense() {
    let listen = "127.0.0.1:0".parse().unwrap();
    let config = Config { merged_share: -1.0, ..Config::default() };
    let error = spotify_sim::Sim::start(listen, config).await.err().unwrap();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    assert!(error.to_string().contains("merged_share"));
}
