//! REST: one file an endpoint.

use axum::Router;

use crate::state::AppState;

/// Everything below `/api/v1`.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
}
