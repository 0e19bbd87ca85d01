//! The pages: plain HTML from templates that the compiler checks, one stylesheet, one small script for the chat.

mod artist;
mod assets;
mod link;
mod page;
mod picture;
mod problem;
mod radar;
mod sound;
mod words;

use axum::Router;
use axum::routing::get;

pub(crate) use link::source_of;

use crate::state::AppState;

/// Pages, their script and their stylesheet.
pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/artist/{id}", get(artist::page)).merge(assets::routes())
}
