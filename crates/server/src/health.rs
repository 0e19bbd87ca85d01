//! Whether the server lives, whether it can answer, and its figures.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;
use sixpotify_store::{SourceKey, SourceState};

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

/// 200 when the catalogue answers and the index of names is in memory; 503, with what is missing, otherwise. Songs are read after
/// that; who asks for similar songs before waits for them.
async fn ready(State(state): State<AppState>) -> Response {
    let database = state.store.schema_version().await;
    if let Err(error) = &database {
        tracing::warn!(error = %error, "not ready: the catalogue does not answer");
    }
    let stopping = state.stop.is_cancelled();
    let index = state.names_read.load(Ordering::Acquire);
    let ready = database.is_ok() && index && !stopping;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let songs = state.shelf.ready();
    let body = json!({ "database": database.is_ok(), "index": index, "songs": songs, "stopping": stopping });
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
    let age = backlog.oldest.map_or(0, |oldest| (now - oldest).num_seconds().max(0));
    head(&mut text, "sixpotify_backlog_age_seconds", "gauge", "How long the oldest message waits for its answer.");
    let _ = writeln!(text, "sixpotify_backlog_age_seconds {age}");
    // One at a time, as all lines of a name stand together.
    let states = state.store.source_states(now).await?;
    let mut gauge = |name, help, of: &dyn Fn(&SourceState) -> i64| {
        head(&mut text, name, "gauge", help);
        for (SourceKey { source, fingerprint }, known) in &states {
            let _ = writeln!(text, "{name}{{source=\"{source}\",key=\"{fingerprint}\"}} {}", of(known));
        }
    };
    let left = |known: &SourceState| known.blocked.as_ref().map_or(0, |(until, _)| (*until - now).num_seconds().max(0));
    gauge("sixpotify_source_blocked_seconds", "How long a source, or a platform, wants no requests.", &left);
    gauge("sixpotify_source_requests", "Requests of the last 24 hours.", &|known| known.today.into());
    gauge("sixpotify_source_withheld", "Endpoints that are withheld from the key.", &|known| {
        i64::try_from(known.withheld.len()).unwrap_or(i64::MAX)
    });
    head(&mut text, "sixpotify_tasks", "gauge", "Acknowledged work in progress.");
    let _ = writeln!(text, "sixpotify_tasks {}", state.tasks.len());
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}
