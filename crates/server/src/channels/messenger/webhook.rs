//! The webhook: verification by the dashboard, and signed events.

use axum::body::{Body, to_bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::Value;

use super::super::secret::{bytes_of_hex, is_same, is_signed};
use super::incoming;
use crate::error::Problem;
use crate::state::AppState;

/// What the dashboard asks with.
#[derive(Deserialize)]
pub(super) struct Verification {
    #[serde(rename = "hub.mode")]
    mode: Option<String>,
    #[serde(rename = "hub.verify_token")]
    token: Option<String>,
    #[serde(rename = "hub.challenge")]
    challenge: Option<String>,
}

/// Proves that the webhook is ours: the word that the dashboard was told brings its challenge back.
pub(super) async fn verify(State(state): State<AppState>, query: Query<Verification>) -> Response {
    let Some(worker) = &state.channels.messenger else { return StatusCode::NOT_FOUND.into_response() };
    let Query(Verification { mode, token, challenge }) = query;
    let expected = worker.platform().settings.verify_token.expose_secret();
    match (mode.as_deref(), token, challenge) {
        (Some("subscribe"), Some(token), Some(challenge)) if is_same(expected, &token) => challenge.into_response(),
        _ => StatusCode::FORBIDDEN.into_response(),
    }
}

/// Takes events in: 200 means that they are stored.
pub(super) async fn receive(State(state): State<AppState>, headers: HeaderMap, body: Body) -> Response {
    let Some(worker) = &state.channels.messenger else { return StatusCode::NOT_FOUND.into_response() };
    let Some(signature) = headers.get("x-hub-signature-256") else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let Some(signature) = signature.to_str().ok().and_then(|s| s.strip_prefix("sha256=")).and_then(bytes_of_hex) else {
        return StatusCode::FORBIDDEN.into_response();
    };
    let Ok(body) = to_bytes(body, state.config.limits.body).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let key = worker.platform().settings.app_secret.expose_secret();
    if !is_signed(key.as_bytes(), &body, &signature) {
        tracing::warn!("a call to the webhook of messenger was not signed by the app");
        return StatusCode::FORBIDDEN.into_response();
    }
    let Ok(call) = serde_json::from_slice::<Value>(&body) else { return StatusCode::BAD_REQUEST.into_response() };
    match worker.receive(&state, incoming::events(&call, state.clock.now())).await {
        Ok(_) => StatusCode::OK.into_response(),
        // The platform delivers it again.
        Err(error) => Problem::not_stored(&error).into_response(),
    }
}
