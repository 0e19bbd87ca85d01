//! Health, figures, and a catalogue that goes away.

use std::time::Duration;

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::json;
use sixpotify_core::Source;
use sixpotify_server::Server;
use sixpotify_store::{Reserve, SourceKey};
use sixpotify_testkit::wait_until;

use crate::app::{App, id};

const SOON: Duration = Duration::from_secs(30);

#[tokio::test]
async fn health_and_readiness_are_told_apart() {
    let app = App::new().await;
    assert_eq!(app.get("/healthz").await.status, StatusCode::OK);
    let early = app.get("/readyz").await;
    assert_eq!((early.status, early.json()["index"].as_bool()), (StatusCode::SERVICE_UNAVAILABLE, Some(false)));
    let serving = Server::new(app.state.clone()).start().await.unwrap();
    wait_until("names are read", SOON, async || app.get("/readyz").await.status == StatusCode::OK).await;
    let ready = app.get("/readyz").await.json();
    assert_eq!((&ready["database"], &ready["index"], &ready["stopping"]), (&json!(true), &json!(true), &json!(false)));
    assert!(serving.shutdown().await);
    assert_eq!(app.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE, "a server that ends takes no more");
    assert_eq!(app.get("/healthz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn figures_tell_what_sources_allow_and_how_messages_were_answered() {
    let app = App::new().await;
    let now = app.state.clock.now();
    let spotify = SourceKey { source: Source::Spotify.into(), fingerprint: "abc".into() };
    app.store.block_source(&spotify, now + TimeDelta::seconds(90), "quota").await.unwrap();
    app.store.withhold(&spotify, "/audio-features", now).await.unwrap();
    let deezer = SourceKey { source: Source::Deezer.into(), fingerprint: String::new() };
    let wish = Reserve { want: 7, spacing: Duration::ZERO, tolerance: Duration::ZERO, per_day: None };
    app.store.reserve_requests(&deezer, &wish, now).await.unwrap();
    for said in ["shinee", "song+0+of+metallica", "thanks", "zzyzx+nobody"] {
        app.say(&format!("text={said}"), None, false).await;
    }
    let figures = app.get("/metrics").await.body;
    for line in [
        "sixpotify_source_blocked_seconds{source=\"spotify\",key=\"abc\"} 90",
        "sixpotify_source_withheld{source=\"spotify\",key=\"abc\"} 1",
        "sixpotify_source_requests{source=\"deezer\",key=\"\"} 7",
        "sixpotify_messages_total{channel=\"web\",outcome=\"small_talk\"} 1",
        // Nobody can be asked here, so nobody blocks.
        "sixpotify_messages_total{channel=\"web\",outcome=\"not_found\"} 1",
        "sixpotify_answer_seconds_count{channel=\"web\"} 4",
        "sixpotify_backlog_age_seconds 0",
    ] {
        assert!(figures.lines().any(|found| found == line), "no `{line}` in\n{figures}");
    }
    // As Prometheus wants it: no series twice, and a type before each.
    let mut series: Vec<&str> =
        figures.lines().filter(|line| !line.starts_with('#')).map(|line| line.rsplit_once(' ').unwrap().0).collect();
    let count = series.len();
    series.sort_unstable();
    series.dedup();
    assert_eq!(series.len(), count);
}

#[tokio::test]
async fn figures_count_messages_and_requests_by_their_routes() {
    let app = App::new().await;
    app.say("text=shinee", None, false).await;
    app.get("/artist/nobody").await;
    app.get("/artist/somebody-else").await;
    let figures = app.get("/metrics").await;
    assert!(figures.header("content-type").starts_with("text/plain; version=0.0.4"));
    for line in [
        "sixpotify_messages_total{channel=\"web\",outcome=\"right_away\"} 1",
        "sixpotify_http_request_seconds_count{route=\"/artist/{id}\",status=\"404\"} 2",
        "sixpotify_backlog{kind=\"waiting\"} 0",
    ] {
        assert!(figures.body.lines().any(|found| found == line), "no `{line}` in\n{}", figures.body);
    }
    assert!(!figures.body.contains("shinee") && !figures.body.contains("somebody-else"), "{}", figures.body);
}

#[tokio::test]
async fn nothing_internal_is_shown_when_the_catalogue_is_gone() {
    let app = App::new().await;
    app.store.close().await;
    let path = app.store.location();
    for (path_of, page) in [(format!("/api/v1/artists/{}", id(0)), false), (format!("/artist/{}", id(0)), true)] {
        let answer = app.get(&path_of).await;
        assert!(answer.status.is_server_error(), "{answer:#?}");
        assert!(!answer.body.contains(&path) && !answer.body.to_lowercase().contains("sqlite"), "{answer:#?}");
        assert_eq!(answer.body.contains("<html"), page);
    }
    assert_eq!(app.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    let chat = app.say("text=shinee", None, true).await;
    assert!(chat.body.contains("event: reply") && chat.body.ends_with("event: end\ndata: {}\n\n"), "{chat:#?}");
}
