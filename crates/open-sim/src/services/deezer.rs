//! Deezer: artists, albums, tracks; errors inside HTTP 200.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};
use spotify_sim::fold;
use spotify_sim::hash::hash;

use super::{Asked, part};
use crate::reply;
use crate::shared::Shared;
use crate::world::{FIRST_ALBUM, FIRST_ARTIST, FIRST_TRACK, World};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/deezer/search/artist", get(search))
        .route("/deezer/artist/{id}", get(artist))
        .route("/deezer/artist/{id}/albums", get(albums))
        .route("/deezer/artist/{id}/top", get(top))
        .route("/deezer/artist/{id}/related", get(related))
        .route("/deezer/track/{id}", get(track))
}

fn no_data() -> Response {
    reply::deezer_error("DataException", "no data", 800)
}

/// A page of a list, with the address of the next one.
fn page(asked: &Asked, path: &str, usual: usize, all: &[Value]) -> Response {
    let (limit, index) = (asked.params.number("limit", usual, 1000), asked.params.number("index", 0, usize::MAX));
    let data = part(all, index, limit);
    let mut page = json!({"data": data, "total": all.len()});
    if index + data.len() < all.len() && !data.is_empty() {
        let next = format!("{}/deezer{path}?limit={limit}&index={}", asked.host, index + limit);
        page["next"] = next.into();
    }
    reply::ok(&page)
}

async fn search(State(shared): State<Shared>, asked: Asked) -> Response {
    let Some(text) = asked.params.get("q").filter(|text| !text.trim().is_empty()) else {
        return reply::deezer_error("MissingParameterException", "Missing parameters: q", 501);
    };
    let world = shared.world();
    let found = world.search(&fold::words(text)).into_iter().filter(|(at, _)| world.views[*at].in_deezer);
    let hits: Vec<Value> = found.map(|(at, _)| artist_json(world, at)).collect();
    page(&asked, "/search/artist", 25, &hits)
}

async fn artist(State(shared): State<Shared>, Path(id): Path<String>) -> Response {
    let world = shared.world();
    world.by_deezer(&id).map_or_else(no_data, |at| reply::ok(&artist_json(world, at)))
}

async fn albums(State(shared): State<Shared>, Path(id): Path<String>, asked: Asked) -> Response {
    let world = shared.world();
    let Some(at) = world.by_deezer(&id) else { return no_data() };
    let albums: Vec<Value> = world.catalogue.artists[at].albums.iter().map(|at| album_json(world, *at)).collect();
    page(&asked, &format!("/artist/{id}/albums"), 25, &albums)
}

async fn top(State(shared): State<Shared>, Path(id): Path<String>, asked: Asked) -> Response {
    let world = shared.world();
    let Some(at) = world.by_deezer(&id) else { return no_data() };
    let tracks: Vec<Value> = world.top_tracks(at).into_iter().map(|at| track_json(world, at)).collect();
    page(&asked, &format!("/artist/{id}/top"), 5, part(&tracks, 0, 100))
}

async fn related(State(shared): State<Shared>, Path(id): Path<String>, asked: Asked) -> Response {
    let world = shared.world();
    let Some(at) = world.by_deezer(&id) else { return no_data() };
    let known = world.similar("deezer", at).into_iter().filter(|(other, _)| world.views[*other].in_deezer);
    let related: Vec<Value> = known.map(|(other, _)| artist_json(world, other)).collect();
    page(&asked, &format!("/artist/{id}/related"), 25, &related)
}

async fn track(State(shared): State<Shared>, Path(id): Path<String>) -> Response {
    let world = shared.world();
    let at = match id.strip_prefix("isrc:") {
        Some(isrc) => world.track(isrc).filter(|at| world.catalogue.tracks[*at].isrc.as_deref() == Some(isrc)),
        None => id.parse::<u64>().ok().and_then(|id| usize::try_from(id.checked_sub(FIRST_TRACK)?).ok()),
    };
    let Some(track) = at.and_then(|at| world.catalogue.tracks.get(at)) else { return no_data() };
    let mut json = track_json(world, at.unwrap_or_default());
    let (year, month, day) = world.catalogue.albums[track.album].released;
    json["isrc"] = track.isrc.clone().unwrap_or_default().into();
    // One in three was not listened to.
    let heard = !hash("bpm", &track.id).is_multiple_of(3);
    json["bpm"] = track.features.filter(|_| heard).map_or(json!(0), |features| json!(features.tempo));
    json["gain"] = json!(-9.5);
    json["release_date"] = format!("{year:04}-{:02}-{:02}", month.unwrap_or(1), day.unwrap_or(1)).into();
    json["available_countries"] = json!(["KR", "US"]);
    reply::ok(&json)
}

fn artist_json(world: &World, at: usize) -> Value {
    let artist = &world.catalogue.artists[at];
    let id = FIRST_ARTIST + at as u64;
    let md5 = if artist.has_picture { format!("{:032x}", hash("picture", &artist.id)) } else { String::new() };
    let picture = |size: &str| format!("https://cdns-images.dzcdn.net/images/artist/{md5}/{size}-000000-80-0-0.jpg");
    json!({"id": id, "name": artist.name, "link": format!("https://www.deezer.com/artist/{id}"),
        "share": format!("https://www.deezer.com/artist/{id}?utm_source=deezer"),
        "picture": format!("https://api.deezer.com/artist/{id}/image"), "picture_small": picture("56x56"),
        "picture_medium": picture("250x250"), "picture_big": picture("500x500"), "picture_xl": picture("1000x1000"),
        "nb_album": artist.albums.len(), "nb_fan": artist.followers * 3 / 5, "radio": true,
        "tracklist": format!("https://api.deezer.com/artist/{id}/top?limit=50"), "type": "artist"})
}

fn album_json(world: &World, at: usize) -> Value {
    let album = &world.catalogue.albums[at];
    let id = FIRST_ALBUM + at as u64;
    let record_type = match (album.kind, album.total_tracks) {
        ("single", 3..) => "ep",
        ("compilation", _) => "compile",
        (kind, _) => kind,
    };
    let (year, month, day) = album.released;
    let undated = hash("undated", &format!("{at}")).is_multiple_of(25);
    let date = format!("{year:04}-{:02}-{:02}", month.unwrap_or(1), day.unwrap_or(1));
    let cover = |size: &str| format!("https://cdns-images.dzcdn.net/images/cover/{id:032x}/{size}-000000-80-0-0.jpg");
    json!({"id": id, "title": album.name, "link": format!("https://www.deezer.com/album/{id}"),
        "cover": format!("https://api.deezer.com/album/{id}/image"), "cover_small": cover("56x56"),
        "cover_medium": cover("250x250"), "cover_big": cover("500x500"), "cover_xl": cover("1000x1000"),
        "genre_id": 132, "fans": 100, "release_date": if undated { "0000-00-00".to_owned() } else { date },
        "record_type": record_type, "tracklist": format!("https://api.deezer.com/album/{id}/tracks"),
        "explicit_lyrics": false, "type": "album"})
}

fn track_json(world: &World, at: usize) -> Value {
    let track = &world.catalogue.tracks[at];
    let id = FIRST_TRACK + at as u64;
    let contributor = |at: &usize| {
        let mut artist = artist_json(world, *at);
        artist["role"] = "Main".into();
        artist
    };
    let contributors: Vec<Value> = track.artists.iter().map(contributor).collect();
    json!({"id": id, "readable": true, "title": track.name, "title_short": track.name, "title_version": "",
        "link": format!("https://www.deezer.com/track/{id}"), "duration": track.duration_ms / 1000,
        "rank": u32::from(track.popularity) * 9_000 + 5_000, "explicit_lyrics": track.explicit,
        "explicit_content_lyrics": 0, "preview": format!("https://cdns-preview-0.dzcdn.net/stream/{id}.mp3"),
        "contributors": contributors, "artist": artist_json(world, track.artists[0]),
        "album": album_json(world, track.album), "type": "track"})
}
