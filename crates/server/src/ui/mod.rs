//! The pages: plain HTML from templates that the compiler checks, one stylesheet, one small script for the chat.

mod artist;
mod assets;
mod chat;
#[cfg(test)]
mod contrast;
mod link;
mod page;
mod picture;
mod problem;
mod radar;
mod render;
mod sound;
mod visitor;
mod words;

use axum::Router;
use axum::routing::{get, post};

pub(crate) use link::source_of;
pub(crate) use page::PageLanguage;
pub(crate) use problem::not_found;

use crate::state::AppState;

/// Pages, their script and their stylesheet.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/", get(chat::page).post(chat::message))
        .route("/forget", post(chat::forget))
        .route("/artist/{id}", get(artist::page))
        .merge(assets::routes())
}
