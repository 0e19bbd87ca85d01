//! `GET /artists/{id}/similar`: the artists nearest to one, and why.

use axum::extract::State;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sixpotify_core::ArtistId;
use sixpotify_store::Related;

use super::model::{ArtistModel, NamedModel, WhyModel};
use super::openapi;
use super::paging::{Id, Params, limit};
use crate::cache::Again;
use crate::error::{Problem, Result};
use crate::state::AppState;

#[derive(Deserialize)]
pub(crate) struct Query {
    limit: Option<u16>,
    after: Option<u32>,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    artist: NamedModel,
    similar: Vec<Neighbour>,
    next: Option<u32>,
}

#[derive(Serialize)]
struct Neighbour {
    rank: u32,
    distance: f32,
    #[serde(flatten)]
    why: WhyModel,
    artist: ArtistModel,
}

/// One page of neighbours, nearest first.
pub(crate) async fn list(
    State(state): State<AppState>,
    Id(id): Id,
    Params(query): Params<Query>,
) -> Result<(Extension<Again>, Json<Answer>)> {
    let (id, after, limit) = (ArtistId::from_stored(id), query.after.unwrap_or(0), limit(query.limit)?);
    let detail = state.store.artist_details(std::slice::from_ref(&id)).await?.pop();
    let artist = detail.ok_or_else(|| Problem::no_artist(&id))?.artist;
    let upto = usize::try_from(after).unwrap_or(usize::MAX).saturating_add(limit).saturating_add(1);
    let mut related = state.store.related(&id, upto).await?;
    related.retain(|neighbour| neighbour.rank > after);
    let more = related.len() > limit;
    related.truncate(limit);
    let answer = Answer {
        artist: NamedModel { id: artist.id.to_string(), name: artist.name },
        next: related.last().filter(|_| more).map(|last| last.rank),
        similar: related.into_iter().map(neighbour).collect(),
    };
    Ok((Extension(Again::default()), Json(answer)))
}

fn neighbour(related: Related) -> Neighbour {
    Neighbour {
        rank: related.rank,
        distance: related.distance,
        why: WhyModel::stored(&related.why),
        artist: related.artist.into(),
    }
}

/// What the document says of it.
pub(crate) fn operation() -> Value {
    openapi::operation(
        "listSimilarArtists",
        "The artists nearest to one, and why; up to half a minute old",
        json!([openapi::id("artist"), openapi::limit(), openapi::after_rank()]),
        openapi::object(json!({
            "artist": openapi::reference("Named"),
            "similar": openapi::neighbours("artist", openapi::reference("Artist")),
            "next": { "type": ["integer", "null"], "description": "Value of `after` for the next page" },
        })),
        true,
    )
}
