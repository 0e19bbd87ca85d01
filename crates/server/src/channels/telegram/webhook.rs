//! The webhook.

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::super::secret::is_same;
use super::incoming;
use crate::error::Problem;
use crate::state::AppState;

/// Takes an update in: 200 means that it is stored.
pub(super) async fn receive(State(state): State<AppState>, headers: HeaderMap, body: Body) -> Response {
    let Some(worker) = &state.channels.telegram else { return StatusCode::NOT_FOUND.into_response() };
    let Some(secret) = &worker.platform().settings.webhook_secret else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let Some(given) = headers.get("x-telegram-bot-api-secret-token") else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    if !given.to_str().is_ok_and(|given| is_same(secret.expose_secret(), given)) {
        tracing::warn!("a call to the webhook of telegram did not show its secret");
        return StatusCode::FORBIDDEN.into_response();
    }
    let Ok(body) = to_bytes(body, state.config.limits.body).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let Ok(update) = serde_json::from_slice::<Value>(&body) else { return StatusCode::BAD_REQUEST.into_response() };
    let events: Vec<_> = incoming::event(&update).into_iter().collect();
    match worker.receive(&state, events).await {
        Ok(_) => StatusCode::OK.into_response(),
        // The platform delivers it again.
        Err(error) => Problem::not_stored(&error).into_response(),
    }
}
