//! Whether the server lives, whether it can answer, and its figures.

use std::fmt::Write as _;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;

use crate::error::Result;
use crate::metrics::head;
use crate::state::AppState;

/// `/healthz`, `/readyz`, `/metrics`.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/healthz", get(|| async { ([(CACHE_CONTROL, "no-store")], "ok\n") }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

/// 200 when the catalogue answers and names and songs are in memory; 503, with what is missing, otherwise.
async fn ready(State(state): State<AppState>) -> Response {
    let database = state.store.schema_version().await;
    if let Err(error) = &database {
        tracing::warn!(error = %error, "not ready: the catalogue does not answer");
    }
    let stopping = state.stop.is_cancelled();
    let ready = database.is_ok() && state.shelf.ready() && !stopping;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({ "database": database.is_ok(), "index": state.shelf.ready(), "stopping": stopping });
    (status, [(CACHE_CONTROL, "no-store"), (CONTENT_TYPE, "application/json")], format!("{body}\n")).into_response()
}

/// Figures for Prometheus, those of the catalogue included.
async fn metrics(State(state): State<AppState>) -> Result<Response> {
    let mut text = state.metrics.text();
    let now = state.clock.now();
    let backlog = state.store.backlog().await?;
    head(&mut text, "sixpotify_backlog", "gauge", "Messages that wait for their answer.");
    let _ = writeln!(text, "sixpotify_backlog{{kind=\"waiting\"}} {}", backlog.waiting);
    let _ = writeln!(text, "sixpotify_backlog{{kind=\"later\"}} {}", backlog.later);
    let states = state.store.source_states(now).await?;
    head(&mut text, "sixpotify_source_blocked_seconds", "gauge", "How long a source wants no requests.");
    for (key, source) in &states {
        let left = source.blocked.as_ref().map_or(0, |(until, _)| (*until - now).num_seconds().max(0));
        let _ = writeln!(text, "sixpotify_source_blocked_seconds{{source=\"{}\"}} {left}", key.source);
    }
    head(&mut text, "sixpotify_tasks", "gauge", "Acknowledged work in progress.");
    let _ = writeln!(text, "sixpotify_tasks {}", state.tasks.len());
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}
