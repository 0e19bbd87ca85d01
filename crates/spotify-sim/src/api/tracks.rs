//! `GET /v1/tracks`, `/v1/tracks/{id}`, `/v1/audio-features` and `/v1/audio-features/{id}`

use axum::extract::{Path, State};
use serde::Serialize;

use super::{Answer, Asked, id, json};
use crate::error::{NO_SUCH_ID, Refusal};
use crate::id::Id;
use crate::shared::Shared;
use crate::wire;

#[derive(Serialize)]
struct Tracks<T> {
    tracks: Vec<Option<T>>,
}

#[derive(Serialize)]
struct ManyFeatures<T> {
    audio_features: Vec<Option<T>>,
}

pub(super) async fn one(State(shared): State<Shared>, Path(text): Path<String>, asked: Asked) -> Answer {
    let track = shared.catalogue().track(id(&text)?).ok_or(NO_SUCH_ID)?;
    json(&wire::track(asked.view(), &track))
}

pub(super) async fn several(State(shared): State<Shared>, asked: Asked) -> Answer {
    asked.extended_only()?;
    let found = asked.ids(50)?.into_iter().map(|id| shared.catalogue().track(id));
    json(&Tracks { tracks: found.map(|track| track.map(|track| wire::track(asked.view(), &track))).collect() })
}

pub(super) async fn several_features(State(shared): State<Shared>, asked: Asked) -> Answer {
    asked.extended_only()?;
    let audio_features = asked.ids(100)?.into_iter().map(|id| show(&shared, &asked, id)).collect();
    json(&ManyFeatures { audio_features })
}

pub(super) async fn features(State(shared): State<Shared>, Path(text): Path<String>, asked: Asked) -> Answer {
    asked.extended_only()?;
    let features = show(&shared, &asked, id(&text)?).ok_or(Refusal::NotFound("analysis not found"))?;
    json(&features)
}

fn show<'a>(shared: &Shared, asked: &'a Asked, id: Id) -> Option<impl Serialize + use<'a>> {
    let (features, duration_ms) = shared.catalogue().features(id)?;
    Some(wire::features(asked.view(), id, &features, duration_ms))
}
