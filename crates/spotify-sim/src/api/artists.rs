//! `GET /v1/artists`, `/v1/artists/{id}` and what belongs to one artist.

use axum::extract::{Path, State};
use serde::Serialize;

use super::{Answer, Asked, id, json};
use crate::catalogue::Group;
use crate::error::{NO_SUCH_ID, Refusal};
use crate::paging::Page;
use crate::shared::Shared;
use crate::wire;

#[derive(Serialize)]
struct Artists<T> {
    artists: Vec<Option<T>>,
}

#[derive(Serialize)]
struct Tracks<T> {
    tracks: Vec<T>,
}

pub(super) async fn one(State(shared): State<Shared>, Path(text): Path<String>, asked: Asked) -> Answer {
    let artist = shared.catalogue().artist(id(&text)?).ok_or(NO_SUCH_ID)?;
    json(&wire::artist(asked.view(), &artist))
}

pub(super) async fn several(State(shared): State<Shared>, asked: Asked) -> Answer {
    asked.extended_only()?;
    let ids = asked.ids(50)?;
    let found = ids.into_iter().map(|id| shared.catalogue().artist(id));
    let artists = found.map(|artist| artist.map(|artist| wire::artist(asked.view(), &artist))).collect();
    json(&Artists { artists })
}

pub(super) async fn albums(State(shared): State<Shared>, Path(text): Path<String>, asked: Asked) -> Answer {
    let groups = groups(asked.params.get("include_groups"))?;
    let (usual, most) = asked.page_size((20, 50));
    let span = asked.params.span(usual, most, usize::MAX / 2)?;
    let found = shared.catalogue().albums_of(id(&text)?, &groups, span).ok_or(NO_SUCH_ID)?;
    let path = format!("{}/artists/{text}/albums", asked.base);
    let items = found.items.iter().map(|(group, album)| wire::album(asked.view(), album, Some(*group))).collect();
    json(&Page::new(&path, &asked.params, span, usize::MAX, found.total, items))
}

pub(super) async fn top_tracks(State(shared): State<Shared>, Path(text): Path<String>, asked: Asked) -> Answer {
    asked.extended_only()?;
    let tracks = shared.catalogue().top_tracks(id(&text)?).ok_or(NO_SUCH_ID)?;
    json(&Tracks { tracks: tracks.iter().map(|track| wire::track(asked.view(), track)).collect() })
}

/// The groups that `include_groups` names; all of them where it is absent.
fn groups(text: Option<&str>) -> Result<Vec<Group>, Refusal> {
    let Some(text) = text else {
        return Ok(vec![Group::Album, Group::Single, Group::Compilation, Group::AppearsOn]);
    };
    text.split(',')
        .map(|name| match name {
            "album" => Ok(Group::Album),
            "single" => Ok(Group::Single),
            "compilation" => Ok(Group::Compilation),
            "appears_on" => Ok(Group::AppearsOn),
            _ => Err(Refusal::BadRequest("Invalid include_groups")),
        })
        .collect()
}
