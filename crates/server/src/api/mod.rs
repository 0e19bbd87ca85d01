//! REST: one file an endpoint. All answers are JSON, errors `application/problem+json`; lists are paged by the key of their last
//! entry, so that nothing is skipped or repeated while the catalogue grows.

mod artist;
mod artists;
mod find;
mod model;
mod openapi;
mod paging;
mod similar;
mod song_similar;

use axum::Router;
use axum::routing::get;

pub use openapi::document;

use crate::state::AppState;

/// Everything below `/api/v1`.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/artists", get(artists::list))
        .route("/artists/{id}", get(artist::one))
        .route("/artists/{id}/similar", get(similar::list))
        .route("/tracks/{id}/similar", get(song_similar::list))
        .route("/find", get(find::find))
        .route("/openapi.json", get(openapi::serve))
}
