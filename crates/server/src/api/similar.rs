//! `GET /artists/{id}/similar`: the artists nearest to one, and why.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sixpotify_core::ArtistId;
use sixpotify_store::Related;

use super::model::{ArtistModel, NamedModel, WhyModel};
use super::openapi;
use super::paging::{Id, Params, limit};
use crate::cache::Key;
use crate::error::{Problem, Result};
use crate::state::AppState;

#[derive(Deserialize)]
pub(crate) struct Query {
    limit: Option<u16>,
    after: Option<u32>,
}

#[derive(Serialize)]
struct Answer {
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
pub(crate) async fn list(State(state): State<AppState>, Id(id): Id, Params(query): Params<Query>) -> Result<Response> {
    let key = Key { id, after: query.after.unwrap_or(0), limit: limit(query.limit)? };
    let body = match state.answers.get(&key, state.clock.now()) {
        Some(body) => body,
        None => {
            let body = page(&state, &key).await?;
            state.answers.put(key, body.clone(), state.clock.now());
            body
        }
    };
    Ok(([(CONTENT_TYPE, "application/json")], body).into_response())
}

async fn page(state: &AppState, key: &Key) -> Result<Bytes> {
    let id = ArtistId::from_stored(key.id.as_str());
    let detail = state.store.artist_details(std::slice::from_ref(&id)).await?.pop();
    let artist = detail.ok_or_else(|| Problem::no_artist(&id))?.artist;
    let after = usize::try_from(key.after).unwrap_or(usize::MAX);
    let mut related = state.store.related(&id, after.saturating_add(key.limit).saturating_add(1)).await?;
    related.retain(|neighbour| neighbour.rank > key.after);
    let more = related.len() > key.limit;
    related.truncate(key.limit);
    let answer = Answer {
        artist: NamedModel { id: artist.id.to_string(), name: artist.name },
        next: related.last().filter(|_| more).map(|last| last.rank),
        similar: related.into_iter().map(neighbour).collect(),
    };
    Ok(serde_json::to_vec(&answer).map_err(|error| Problem::Internal(Box::new(error)))?.into())
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
