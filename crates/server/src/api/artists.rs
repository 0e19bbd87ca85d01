//! `GET /artists`: artists in the order of their names.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sixpotify_core::fold;
use sixpotify_store::NamePosition;

use super::model::ArtistModel;
use super::openapi;
use super::paging::{Params, cursor, limit, place};
use crate::error::Result;
use crate::state::AppState;

#[derive(Deserialize)]
pub(crate) struct Query {
    #[serde(default)]
    q: String,
    limit: Option<u16>,
    after: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    artists: Vec<ArtistModel>,
    next: Option<String>,
}

/// One page.
pub(crate) async fn list(State(state): State<AppState>, Params(query): Params<Query>) -> Result<Json<Answer>> {
    let limit = limit(query.limit)?;
    let after = match &query.after {
        Some(after) => {
            let [name_key, id] = place(after)?;
            Some(NamePosition { name_key, id })
        }
        None => None,
    };
    let mut found = state.store.artists_by_prefix(&fold(&query.q), after.as_ref(), limit + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|(at, _)| cursor(&[&at.name_key, &at.id]));
    Ok(Json(Answer { artists: found.into_iter().map(|(_, artist)| artist.into()).collect(), next }))
}

/// What the document says of it.
pub(crate) fn operation() -> Value {
    openapi::operation(
        "listArtists",
        "Artists in the order of their names",
        json!([
            { "name": "q", "in": "query", "schema": { "type": "string" },
              "description": "How the name begins, in any spelling: case, accents and signs do not matter. Empty: all artists." },
            openapi::limit(),
            openapi::after(),
        ]),
        openapi::object(json!({
            "artists": { "type": "array", "items": openapi::reference("Artist") },
            "next": openapi::next(),
        })),
        false,
    )
}
