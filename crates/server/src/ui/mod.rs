//! The pages.

use axum::Router;

use crate::state::AppState;

/// Pages, their script and their stylesheet.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
}
