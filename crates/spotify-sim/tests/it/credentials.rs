//! The token endpoint, and what happens without a good token.

use std::time::Duration;

use serde_json::json;
use spotify_sim::{Config, Mode};

use crate::client::{Api, send};

const ARTIST: &str = "search?q=lizzo&type=artist";

#[tokio::test]
async fn good_credentials_get_a_token() {
    let api = Api::mode(Mode::Extended).await;
    let token = api.ask_token("demo", "demo-secret", "client_credentials").await.json();
    assert_eq!((&token["token_type"], &token["expires_in"]), (&json!("Bearer"), &json!(3600)));
    assert!(token["access_token"].as_str().unwrap().len() > 40);
    assert_eq!(api.sim.stats().tokens_issued, 2);
}

#[tokio::test]
async fn bad_credentials_are_told_what_is_wrong() {
    let api = Api::mode(Mode::Extended).await;
    let wrong = api.ask_token("demo", "wrong", "client_credentials").await;
    assert_eq!(wrong.status, 400);
    assert_eq!(wrong.json(), json!({"error": "invalid_client", "error_description": "Invalid client secret"}));
    let unknown = api.ask_token("nobody", "demo-secret", "client_credentials").await;
    assert_eq!((unknown.status.as_u16(), &unknown.json()["error"]), (400, &json!("invalid_client")));
    let grant = api.ask_token("demo", "demo-secret", "password").await;
    assert_eq!((grant.status.as_u16(), &grant.json()["error"]), (400, &json!("unsupported_grant_type")));
    assert_eq!(api.sim.stats().tokens_refused, 3);
}

#[tokio::test]
async fn a_request_needs_a_token_that_is_known_and_alive() {
    let config = Config { token_lifetime: Duration::from_secs(60), ..Config::default() };
    let mut api = Api::start(config).await;
    assert_eq!(api.get(ARTIST).await.status, 200);

    let bare = send(api.http.get(format!("{}/{ARTIST}", api.sim.api_url()))).await;
    assert_eq!(bare.refusal(), "401 No token provided");

    api.sim.advance(Duration::from_secs(61));
    assert_eq!(api.get(ARTIST).await.refusal(), "401 The access token expired");

    api.token = "BQmadeup".to_owned();
    assert_eq!(api.get(ARTIST).await.refusal(), "401 Invalid access token");

    api.renew().await;
    assert_eq!(api.get(ARTIST).await.status, 200);
}
