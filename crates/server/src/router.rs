//! Which address leads where, and what every request passes.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::error::Problem;
use crate::passage::Passage;
use crate::state::AppState;
use crate::{api, channels, health, ui};

/// Everything that the server answers.
pub(crate) fn router(state: AppState) -> Router {
    let limits = &state.config.limits;
    // As one layer, the outermost first: each layer by itself would be a box around the boxes of all others, cloned for a request.
    let passed = (
        Passage::new(state.clone()),
        CatchPanicLayer::custom(panicked),
        RequestBodyLimitLayer::new(limits.body),
        axum::extract::DefaultBodyLimit::disable(),
        CompressionLayer::new(),
        TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, limits.answer),
    );
    Router::new()
        .merge(ui::routes())
        .nest("/api/v1", api::routes())
        .nest("/webhooks", channels::routes())
        .merge(health::routes())
        .fallback(nowhere)
        .method_not_allowed_fallback(|| async { Problem::Method })
        .layer(passed)
        .with_state(state)
}

/// An address that leads nowhere: a page for browsers, a problem for programs.
async fn nowhere(language: ui::PageLanguage, headers: HeaderMap, request: Request) -> Response {
    let browser = headers.get(header::ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"text/html"));
    if browser {
        return ui::not_found(&language);
    }
    Problem::NotFound(format!("nothing is at `{}`", request.uri().path())).into_response()
}

/// What was thrown goes to the log by the runtime's own hook; nobody sees more of it.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    Problem::Internal("a handler panicked".into()).into_response()
}
