//! Platforms that people chat on. Each verifies what comes in, keeps it in the store before it says so, and translates between
//! the platform and `bot`.

use axum::Router;

use crate::state::AppState;

/// Webhooks, below `/webhooks`.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
}
