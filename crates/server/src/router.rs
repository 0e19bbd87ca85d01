//! Which address leads where.

use axum::Router;

use crate::state::AppState;
use crate::{api, channels, health, ui};

/// Everything that the server answers.
pub(crate) fn router(state: AppState) -> Router {
    Router::new()
        .merge(ui::routes())
        .nest("/api/v1", api::routes())
        .nest("/webhooks", channels::routes())
        .merge(health::routes())
        .with_state(state)
}
