//! `GET /tracks/{id}/similar`: the songs nearest to one, and why.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sixpotify_core::TrackId;

use super::model::{TrackModel, WhyModel};
use super::openapi;
use super::paging::{Id, Params, limit};
use crate::error::{Problem, Result};
use crate::state::AppState;

/// Songs beyond this place are near nothing.
const DEEPEST: u32 = 1000;

#[derive(Deserialize)]
pub(crate) struct Query {
    limit: Option<u16>,
    after: Option<u32>,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    track: TrackModel,
    similar: Vec<Neighbour>,
    next: Option<u32>,
}

#[derive(Serialize)]
struct Neighbour {
    rank: u32,
    distance: f32,
    #[serde(flatten)]
    why: WhyModel,
    track: TrackModel,
}

/// One page of songs of other artists, nearest first.
pub(crate) async fn list(
    State(state): State<AppState>,
    Id(id): Id,
    Params(query): Params<Query>,
) -> Result<Json<Answer>> {
    let (limit, after) = (limit(query.limit)?, query.after.unwrap_or(0));
    if after > DEEPEST {
        return Err(Problem::Invalid(format!("`after` is {after}, expected at most {DEEPEST}")));
    }
    let id = TrackId::from_stored(id);
    let asked = state.store.tracks(std::slice::from_ref(&id)).await?.pop();
    let asked = asked.ok_or_else(|| Problem::NotFound(format!("no track `{id}`")))?;
    let mut near = state.shelf.near(&id, usize::try_from(after).unwrap_or(0), limit + 1).await;
    let more = near.len() > limit;
    near.truncate(limit);
    let ids: Vec<TrackId> = near.iter().map(|song| song.id.clone()).collect();
    let mut tracks = state.store.tracks(&ids).await?;
    // A song that went since is left out, and leaves a gap among the ranks.
    let similar = near.into_iter().zip(after + 1..).filter_map(|(song, rank)| {
        let at = tracks.iter().position(|track| track.id == song.id)?;
        let track = tracks.swap_remove(at).into();
        Some(Neighbour { rank, distance: song.distance, why: WhyModel::new(&song.why), track })
    });
    let similar: Vec<Neighbour> = similar.collect();
    let next = similar.last().filter(|last| more && last.rank <= DEEPEST).map(|last| last.rank);
    Ok(Json(Answer { track: asked.into(), similar, next }))
}

/// What the document says of it.
pub(crate) fn operation() -> Value {
    openapi::operation(
        "listSimilarTracks",
        "The songs of other artists nearest to a song, and why; empty where nothing is known of its sound",
        json!([openapi::id("track"), openapi::limit(), openapi::after_rank()]),
        openapi::object(json!({
            "track": openapi::reference("Track"),
            "similar": openapi::neighbours("track", openapi::reference("Track")),
            "next": { "type": ["integer", "null"], "description": "Value of `after` for the next page" },
        })),
        true,
    )
}
