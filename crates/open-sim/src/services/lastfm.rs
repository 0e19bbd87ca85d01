//! Last.fm: one address, methods by name; numbers as texts, errors inside HTTP 200.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};
use spotify_sim::hash::hash;

use super::{Asked, part};
use crate::reply::{self, lastfm_error};
use crate::shared::Shared;
use crate::world::{World, uuid};

/// What stands for every picture.
const STAR: &str = "https://lastfm.freetls.fastly.net/i/u/34s/2a96cbd8b46e442fc41c2b86b821562f.png";

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/lastfm/2.0/", get(answer)).route("/lastfm/2.0", get(answer))
}

async fn answer(State(shared): State<Shared>, asked: Asked) -> Response {
    if asked.params.get("api_key") != Some(&shared.config().lastfm_key) {
        return lastfm_error(10, "Invalid API key - You must be granted a valid key by last.fm");
    }
    let world = shared.world();
    let found = match (asked.params.get("mbid"), asked.params.get("artist")) {
        (Some(mbid), _) => world.by_mbid(mbid),
        (None, Some(name)) => world.by_name(name),
        (None, None) => return lastfm_error(6, "Missing parameter"),
    };
    let Some(at) = found.filter(|at| world.views[*at].in_lastfm) else {
        return lastfm_error(6, "The artist you supplied could not be found");
    };
    let limit = asked.params.number("limit", 50, 1000);
    match asked.params.get("method").map(str::to_ascii_lowercase).as_deref() {
        Some("artist.getsimilar") => reply::ok(&similar(world, at, limit.min(250))),
        Some("artist.gettoptags") => reply::ok(&tags(world, at)),
        Some("artist.gettoptracks") => reply::ok(&tracks(world, at, limit)),
        _ => lastfm_error(3, "Invalid Method - No method with that name in this package"),
    }
}

/// A list of one item is that item.
fn several(mut items: Vec<Value>) -> Value {
    if items.len() == 1 { items.remove(0) } else { items.into() }
}

/// The id at MusicBrainz, which is empty for some.
fn mbid(world: &World, at: usize) -> &str {
    let view = &world.views[at];
    let known = view.in_musicbrainz && !hash("lastfm mbid", &view.mbid).is_multiple_of(4);
    if known { &view.mbid } else { "" }
}

fn page_of(name: &str) -> String {
    let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    format!("https://www.last.fm/music/{name}")
}

fn similar(world: &World, at: usize, limit: usize) -> Value {
    let known = world.similar("lastfm", at).into_iter().filter(|(other, _)| world.views[*other].in_lastfm);
    let known: Vec<_> = known.take(limit).collect();
    let best = known.first().map_or(1.0, |(_, likeness)| *likeness);
    let item = |(other, likeness): &(usize, f64)| {
        let name = &world.catalogue.artists[*other].name;
        json!({"name": name, "mbid": mbid(world, *other), "match": format!("{:.6}", likeness / best),
            "url": page_of(name), "image": [{"#text": STAR, "size": "small"}], "streamable": "0"})
    };
    let artists = several(known.iter().map(item).collect());
    json!({"similarartists": {"artist": artists, "@attr": {"artist": world.catalogue.artists[at].name}}})
}

fn tags(world: &World, at: usize) -> Value {
    let artist = &world.catalogue.artists[at];
    let most = world.views[at].votes.iter().map(|(_, count)| *count).max().unwrap_or(1);
    let tag = |name: &str, count: u32| json!({"name": name, "count": count, "url": format!("https://www.last.fm/tag/{}", name.replace(' ', "+"))});
    let mut tags: Vec<Value> =
        world.views[at].votes.iter().map(|(name, count)| tag(name, count * 100 / most)).collect();
    tags.push(tag("seen live", 80));
    tags.push(tag(&artist.name.to_lowercase(), 20));
    tags.push(tag("under 2000 listeners", 1));
    json!({"toptags": {"tag": several(tags), "@attr": {"artist": artist.name}}})
}

fn tracks(world: &World, at: usize, limit: usize) -> Value {
    let artist = &world.catalogue.artists[at];
    let tracks = world.top_tracks(at);
    let item = |(rank, place): (usize, &usize)| {
        let track = &world.catalogue.tracks[*place];
        let listeners = u64::from(track.popularity) * 1311 + 7;
        json!({"name": track.name, "playcount": (listeners * 6).to_string(), "listeners": listeners.to_string(),
            "mbid": if rank % 3 == 2 { String::new() } else { uuid("recording", &track.id) },
            "url": format!("{}/_/{}", page_of(&artist.name), rank), "streamable": "0",
            "artist": {"name": artist.name, "mbid": mbid(world, at), "url": page_of(&artist.name)},
            "image": [{"#text": STAR, "size": "small"}], "@attr": {"rank": (rank + 1).to_string()}})
    };
    let items = part(&tracks, 0, limit).iter().enumerate().map(item).collect();
    json!({"toptracks": {"track": several(items), "@attr": {"artist": artist.name, "page": "1",
        "perPage": limit.to_string(), "total": tracks.len().to_string()}}})
}
