//! ReccoBeats: audio features and tracks by any key, artists by name; gaps, and no order.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};
use spotify_sim::fold;
use spotify_sim::hash::hash;

use super::{Asked, part};
use crate::config::Service;
use crate::reply;
use crate::shared::Shared;
use crate::world::{World, uuid};

/// Ids in one request; those beyond are dropped in silence.
const MOST: usize = 40;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/reccobeats/v1/audio-features", get(features))
        .route("/reccobeats/v1/track", get(tracks))
        .route("/reccobeats/v1/artist/search", get(search))
        .route("/reccobeats/v1/artist/{id}/track", get(tracks_of))
}

fn refuse(status: StatusCode, text: &str) -> Response {
    reply::error(Service::ReccoBeats, status, text)
}

/// The tracks that were asked for and are known, in an order of the service's own.
fn asked_for(world: &World, asked: &Asked) -> Option<Vec<usize>> {
    let ids: Vec<&str> = asked.params.all("ids").flat_map(|ids| ids.split(',')).filter(|id| !id.is_empty()).collect();
    if ids.is_empty() {
        return None;
    }
    let mut found: Vec<usize> = ids.into_iter().take(MOST).filter_map(|id| world.track(id)).collect();
    found.retain(|at| is_known(world, *at));
    found.sort_by_key(|at| hash("order", &world.catalogue.tracks[*at].id));
    found.dedup();
    Some(found)
}

/// One track in five is not known.
fn is_known(world: &World, at: usize) -> bool {
    let track = &world.catalogue.tracks[at];
    track.features.is_some() && !hash("recco gap", &track.id).is_multiple_of(5)
}

async fn features(State(shared): State<Shared>, asked: Asked) -> Response {
    let world = shared.world();
    let Some(found) = asked_for(world, &asked) else {
        return refuse(StatusCode::BAD_REQUEST, "ids must not be empty");
    };
    let content: Vec<Value> = found.into_iter().filter_map(|at| features_json(world, at)).collect();
    reply::ok(&json!({ "content": content }))
}

async fn tracks(State(shared): State<Shared>, asked: Asked) -> Response {
    let world = shared.world();
    let Some(found) = asked_for(world, &asked) else {
        return refuse(StatusCode::BAD_REQUEST, "ids must not be empty");
    };
    let content: Vec<Value> = found.into_iter().map(|at| track_json(world, at)).collect();
    reply::ok(&json!({ "content": content }))
}

async fn search(State(shared): State<Shared>, asked: Asked) -> Response {
    let Some(text) = asked.params.get("searchText").filter(|text| !text.trim().is_empty()) else {
        return refuse(StatusCode::BAD_REQUEST, "searchText must not be empty");
    };
    let world = shared.world();
    let artist = |(at, _): (usize, f64)| {
        let artist = &world.catalogue.artists[at];
        json!({"id": world.views[at].recco, "name": artist.name,
            "href": format!("https://open.spotify.com/artist/{}", artist.id)})
    };
    page(&asked, &world.search(&fold::words(text)).into_iter().map(artist).collect::<Vec<_>>())
}

async fn tracks_of(State(shared): State<Shared>, Path(id): Path<String>, asked: Asked) -> Response {
    let world = shared.world();
    let Some(at) = world.views.iter().position(|view| view.recco == id) else {
        return refuse(StatusCode::NOT_FOUND, "Artist not found");
    };
    let known = world.top_tracks(at).into_iter().filter(|at| is_known(world, *at));
    page(&asked, &known.map(|at| track_json(world, at)).collect::<Vec<_>>())
}

fn page(asked: &Asked, all: &[Value]) -> Response {
    let size = asked.params.number("size", 25, 50).max(1);
    let page = asked.params.number("page", 0, 1_000_000);
    reply::ok(&json!({"content": part(all, page * size, size), "page": page, "size": size,
        "totalElements": all.len(), "totalPages": all.len().div_ceil(size)}))
}

fn features_json(world: &World, at: usize) -> Option<Value> {
    let track = &world.catalogue.tracks[at];
    let f = track.features?;
    // Now and then the key was not found.
    let key = if hash("no key", &track.id).is_multiple_of(30) { -1 } else { f.key };
    Some(json!({"id": uuid("recco track", &track.id), "href": format!("https://open.spotify.com/track/{}", track.id),
        "isrc": track.isrc, "acousticness": f.acousticness, "danceability": f.danceability, "energy": f.energy,
        "instrumentalness": f.instrumentalness, "key": key, "liveness": f.liveness, "loudness": f.loudness,
        "mode": f.mode, "speechiness": f.speechiness, "tempo": f.tempo, "valence": f.valence}))
}

fn track_json(world: &World, at: usize) -> Value {
    let track = &world.catalogue.tracks[at];
    let artist = |at: &usize| {
        let artist = &world.catalogue.artists[*at];
        json!({"id": world.views[*at].recco, "name": artist.name,
            "href": format!("https://open.spotify.com/artist/{}", artist.id)})
    };
    let artists: Vec<Value> = track.artists.iter().map(artist).collect();
    json!({"id": uuid("recco track", &track.id), "trackTitle": track.name, "artists": artists,
        "durationMs": track.duration_ms, "isrc": track.isrc, "ean": null, "upc": null,
        "href": format!("https://open.spotify.com/track/{}", track.id), "availableCountries": "KR,US",
        "popularity": track.popularity})
}
