//! `GET /v1/search`

use axum::extract::State;
use serde::Serialize;

use super::{Answer, Asked, json};
use crate::catalogue::query::Query;
use crate::error::Refusal;
use crate::paging::Page;
use crate::shared::Shared;
use crate::wire;

/// No page begins beyond this.
const FURTHEST: usize = 1000;

#[derive(Serialize)]
struct Found<A, T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    artists: Option<Page<A>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tracks: Option<Page<T>>,
}

pub(super) async fn search(State(shared): State<Shared>, asked: Asked) -> Answer {
    let params = &asked.params;
    let text = params.get("q").or_else(|| params.get("query")).map(str::trim).filter(|text| !text.is_empty());
    let text = text.ok_or(Refusal::BadRequest("No search query"))?;
    let kinds: Vec<&str> =
        params.get("type").ok_or(Refusal::BadRequest("Missing parameter type"))?.split(',').collect();
    if !kinds.iter().all(|kind| ["artist", "track"].contains(kind)) {
        return Err(Refusal::BadRequest("Bad search type field"));
    }
    let (usual, most) = asked.page_size((20, 50));
    let span = params.span(usual, most, FURTHEST)?;
    let (query, path, view) = (Query::parse(text), format!("{}/search", asked.base), asked.view());

    let artists = kinds.contains(&"artist").then(|| {
        let found = shared.catalogue().search_artists(&query, span);
        let items = found.items.iter().map(|artist| wire::artist(view, artist)).collect();
        Page::new(&path, params, span, FURTHEST, found.total, items)
    });
    let tracks = kinds.contains(&"track").then(|| {
        let found = shared.catalogue().search_tracks(&query, span);
        let items = found.items.iter().map(|track| wire::track(view, track)).collect();
        Page::new(&path, params, span, FURTHEST, found.total, items)
    });
    json(&Found { artists, tracks })
}
