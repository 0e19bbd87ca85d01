//! Which address leads where, and what every request passes.

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::error::Problem;
use crate::state::AppState;
use crate::{api, channels, headers, health, ui};

/// Everything that the server answers.
pub(crate) fn router(state: AppState) -> Router {
    let limits = &state.config.limits;
    Router::new()
        .merge(ui::routes())
        .nest("/api/v1", api::routes())
        .nest("/webhooks", channels::routes())
        .merge(health::routes())
        .fallback(nowhere)
        .method_not_allowed_fallback(|| async { Problem::Method })
        .layer(CompressionLayer::new())
        .layer(axum::extract::DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(limits.body))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, limits.answer))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(headers::secure))
        .layer(middleware::from_fn_with_state(state.clone(), counted))
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

/// Counts a request, and writes it to the log: its route, never its address, which may hold what somebody typed.
async fn counted(State(state): State<AppState>, path: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let began = tokio::time::Instant::now();
    let method = request.method().clone();
    let response = next.run(request).await;
    let route = path.as_ref().map_or("-", MatchedPath::as_str);
    let (status, took) = (response.status().as_u16(), began.elapsed());
    tracing::debug!(http.method = %method, http.route = route, http.status = status, duration_ms = took.as_secs_f64() * 1e3, "answered");
    state.metrics.request(route, status, took);
    response
}
