//! Whether the server lives, and whether it can answer.

use axum::Router;
use axum::extract::State;
use axum::routing::get;

use crate::error::Result;
use crate::state::AppState;

/// `/healthz` and `/readyz`.
pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/healthz", get(|| async { "ok\n" })).route("/readyz", get(ready))
}

async fn ready(State(state): State<AppState>) -> Result<&'static str> {
    state.store.schema_version().await?;
    Ok("ok\n")
}
