//! `GET /v1/albums`, `/v1/albums/{id}` and `/v1/albums/{id}/tracks`

use axum::extract::{Path, State};
use serde::Serialize;

use super::{Answer, Asked, id, json};
use crate::catalogue::{Album, Span};
use crate::error::NO_SUCH_ID;
use crate::id::Id;
use crate::paging::{Page, Params};
use crate::shared::Shared;
use crate::wire;

/// How many tracks a full album holds; the rest is reached by the links of its page.
const EMBEDDED: usize = 50;

#[derive(Serialize)]
struct Albums<T> {
    albums: Vec<Option<T>>,
}

pub(super) async fn one(State(shared): State<Shared>, Path(text): Path<String>, asked: Asked) -> Answer {
    let album = shared.catalogue().album(id(&text)?).ok_or(NO_SUCH_ID)?;
    json(&full(&shared, &asked, &album))
}

pub(super) async fn several(State(shared): State<Shared>, asked: Asked) -> Answer {
    asked.extended_only()?;
    let found = asked.ids(20)?.into_iter().map(|id| shared.catalogue().album(id));
    json(&Albums { albums: found.map(|album| album.map(|album| full(&shared, &asked, &album))).collect() })
}

pub(super) async fn tracks(State(shared): State<Shared>, Path(text): Path<String>, asked: Asked) -> Answer {
    let span = asked.params.span(20, 50, usize::MAX / 2)?;
    let page = page(&shared, &asked, &asked.params, id(&text)?, span).ok_or(NO_SUCH_ID)?;
    json(&page)
}

fn full<'a>(shared: &Shared, asked: &'a Asked, album: &Album<'_>) -> impl Serialize + use<'a> {
    let first = Span { offset: 0, limit: EMBEDDED };
    let tracks = page(shared, asked, &Params::default(), album.id, first);
    wire::full_album(asked.view(), album, tracks)
}

fn page<'a>(
    shared: &Shared,
    asked: &'a Asked,
    params: &Params,
    album: Id,
    span: Span,
) -> Option<Page<impl Serialize + use<'a>>> {
    let found = shared.catalogue().album_tracks(album, span)?;
    let items = found.items.iter().map(|track| wire::album_track(asked.view(), track)).collect();
    let path = format!("{}/albums/{album}/tracks", asked.base);
    Some(Page::new(&path, params, span, usize::MAX, found.total, items))
}
