//! Health, figures, and a catalogue that goes away.

use axum::http::StatusCode;

use crate::app::{App, id};

#[tokio::test]
async fn health_and_readiness_are_told_apart() {
    let app = App::new().await;
    assert_eq!(app.get("/healthz").await.status, StatusCode::OK);
    let ready = app.get("/readyz").await;
    assert_eq!((ready.status, ready.json()["index"].as_bool()), (StatusCode::OK, Some(true)));
    app.state.stop.cancel();
    assert_eq!(app.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE, "a server that ends takes no more");
    assert_eq!(app.get("/healthz").await.status, StatusCode::OK);
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
