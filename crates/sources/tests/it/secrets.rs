//! Token and secret go to the service that they are for, and into no message.

use std::time::Duration;

use serde_json::json;
use sixpotify_sources::http::{Endpoint, Request};
use sixpotify_testkit::Log;
use tracing::level_filters::LevelFilter;

use crate::client::{CLIENT_ID, ID, failed, id, spotify};
use crate::service::{Reply, Service, TOKEN, Then, grant};

const SECRET: &str = "0f1e2d3c4b5a-the-secret";

fn artist() -> Reply {
    Reply::json(&json!({"id": ID, "name": "The Artist", "followers": {"total": 7}}))
}

#[tokio::test]
async fn redirects_are_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Service::always(artist()).await;
        let there = elsewhere.api_url().to_string();
        let service = Service::always(Reply::new(status, "text/html", "").header("location", there.clone())).await;
        let (attempts, last) = failed(service.spotify().artist(&id(ID)).await);
        assert_eq!((attempts, last), (5, format!("HTTP {status}")));
        assert_eq!(elsewhere.connections(), 0);

        // The token endpoint gets the secret itself.
        let moved = Reply::new(status, "text/html", "").header("location", there);
        let service = Service::with_tokens(move |_, _| moved.clone(), |_, _| artist()).await;
        let (attempts, last) = failed(service.spotify().artist(&id(ID)).await);
        assert_eq!((attempts, last), (5, format!("HTTP {status}")));
        assert_eq!((service.asked().len(), elsewhere.connections()), (0, 0));
    }
}

#[tokio::test]
async fn a_next_page_at_another_host_is_asked_for_at_ours() {
    let elsewhere = Service::always(artist()).await;
    let album = json!({"id": ID, "name": "The Album"});
    let next = format!("{}/artists/{ID}/albums?offset=50&limit=50", elsewhere.api_url());
    let first = Reply::json(&json!({"items": [album], "next": next}));
    let service = Service::in_turn(vec![first, Reply::json(&json!({"items": [album], "next": null}))]).await;
    assert_eq!(service.spotify().albums(&id(ID)).await.unwrap().len(), 2);
    assert_eq!(elsewhere.connections(), 0);
    assert_eq!(service.asked()[1].line, format!("GET /v1/artists/{ID}/albums?offset=50&limit=50"));
}

#[test]
fn a_request_shows_no_address() {
    static THING: Endpoint = Endpoint { path: "/thing", may_be_withheld: false, item: true };
    let url = "http://localhost/v1/thing?key=0f1e2d3c4b5a".parse().unwrap();
    assert_eq!(format!("{:?}", Request::get(&THING, url)), "GET /thing");
}

/// Answers of the token endpoint and of the API that lead to every kind of error, some with secrets in places where they
/// do not belong.
fn mishaps() -> Vec<(Reply, Reply)> {
    let token = || Reply::json(&grant(TOKEN, 3600));
    let json = |status, body: String| Reply::new(status, "application/json", body);
    vec![
        (token(), artist()),
        (token(), Reply::refusal(400, "Invalid id")),
        (token(), Reply::refusal(401, "The access token expired")),
        (token(), Reply::refusal(403, "Forbidden")),
        (token(), Reply::refusal(404, "Not found")),
        (token(), Reply::refusal(429, "Too many requests").header("retry-after", "3600")),
        (token(), Reply::refusal(500, "Server error")),
        (token(), Reply::nothing(Then::Reset)),
        (token(), artist().half(Then::Close)),
        (token(), json(200, format!("{{\"id\": \"{ID}\", \"followers\": \"{TOKEN}\"}}"))),
        (json(400, json!({"error": "invalid_client", "error_description": "Invalid client"}).to_string()), artist()),
        (json(401, json!({"error": "invalid_client"}).to_string()), artist()),
        (json(200, format!("\"{TOKEN}\"")), artist()),
        (json(200, format!("{{\"access_token\": \"{TOKEN}\", \"expires_in\": \"{TOKEN}\"}}")), artist()),
        (json(200, format!("{{\"access_token\": \"{TOKEN}\"")), artist()),
        (json(200, format!("{{\"access_token\": {{\"{TOKEN}\": 1}}}}")), artist()),
        (Reply::json(&grant(&format!("{TOKEN}\n"), 3600)), artist()),
        (Reply::nothing(Then::Reset), artist()),
    ]
}

#[tokio::test]
async fn no_message_and_no_trace_holds_a_secret() {
    let log = Log::listen(LevelFilter::TRACE);
    let mut said = Vec::new();
    for (token, api) in mishaps() {
        let service = Service::with_tokens(move |_, _| token.clone(), move |_, _| api.clone()).await;
        let mut config = service.config();
        config.client_secret = SECRET.to_owned().into();
        config.max_wait = Duration::ZERO;
        config.retry.attempts = 2;
        tracing::info!(?config, "settings");
        let spotify = spotify(config);
        if let Err(error) = spotify.artist(&id(ID)).await {
            tracing::warn!(%error, ?error, "artist");
            said.push(error.to_string());
        }
        // Where a 403 means something else.
        if let Err(error) = spotify.top_tracks(&id(ID)).await {
            tracing::warn!(%error, ?error, "top tracks");
            said.push(error.to_string());
        }
        let sent = &service.asked_for_token()[0].authorization;
        let basic = sent.strip_prefix("Basic ").unwrap();
        let traced = log.text();
        for secret in [SECRET, TOKEN, basic] {
            if let Some(line) = traced.lines().chain(said.iter().map(String::as_str)).find(|l| l.contains(secret)) {
                panic!("{secret} is in: {line}");
            }
        }
    }

    // What was listened to is what was said.
    let traced = log.text();
    for expected in ["trying again", "blocked", "TRACE", CLIENT_ID, "REDACTED"] {
        assert!(traced.contains(expected), "nothing of `{expected}` was traced");
    }
    for kind in
        ["rejects", "refuses the credentials", "forbids", "withholds", "no such item", "allows the next", "gave no"]
    {
        assert!(said.iter().any(|text| text.contains(kind)), "no error `{kind}` in {said:#?}");
    }
}
