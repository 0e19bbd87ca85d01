//! ListenBrainz: popularity, top recordings with a token, and similar artists in its labs.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Asked;
use crate::config::Service;
use crate::reply;
use crate::shared::Shared;
use crate::world::uuid;

/// Artists in one request for popularity at most.
const MOST: usize = 1000;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/listenbrainz/1/popularity/artist", post(popularity))
        .route("/listenbrainz/1/popularity/top-recordings-for-artist/{mbid}", get(top_recordings))
        .route("/labs/similar-artists/json", get(similar))
}

fn refuse(status: StatusCode, text: &str) -> Response {
    reply::error(Service::ListenBrainz, status, text)
}

#[derive(Deserialize)]
struct Wanted {
    artist_mbids: Vec<String>,
}

/// The refusal of whoever does not show the token.
fn refused(shared: &Shared, asked: &Asked) -> Option<Response> {
    let token = format!("Token {}", shared.config().listenbrainz_token);
    let text = match &asked.authorization {
        Some(shown) if *shown == token => return None,
        Some(_) => "Invalid authorization token.",
        None => "Due to bad actors and AI scrapers, you need to provide an Auth token to use this endpoint.",
    };
    Some(refuse(StatusCode::UNAUTHORIZED, text))
}

/// The same where everything needs a token.
fn refused_everything(shared: &Shared, asked: &Asked) -> Option<Response> {
    shared.config().listenbrainz_wants_token.then(|| refused(shared, asked)).flatten()
}

async fn popularity(State(shared): State<Shared>, asked: Asked, body: Bytes) -> Response {
    if let Some(refusal) = refused_everything(&shared, &asked) {
        return refusal;
    }
    let Ok(Wanted { artist_mbids }) = serde_json::from_slice(&body) else {
        return refuse(StatusCode::BAD_REQUEST, "JSON document must contain artist_mbids");
    };
    if artist_mbids.len() > MOST {
        return refuse(StatusCode::BAD_REQUEST, "Too many artist_mbids: 1000 are allowed");
    }
    let counts = |mbid: &String| {
        let heard = shared.world().by_mbid(mbid).and_then(|at| shared.world().views[at].heard);
        let (listeners, listens) = heard.unzip();
        json!({"artist_mbid": mbid, "total_listen_count": listens, "total_user_count": listeners})
    };
    reply::ok(&artist_mbids.iter().map(counts).collect())
}

async fn top_recordings(State(shared): State<Shared>, Path(mbid): Path<String>, asked: Asked) -> Response {
    if let Some(refusal) = refused(&shared, &asked) {
        return refusal;
    }
    let world = shared.world();
    let Some(at) = world.by_mbid(&mbid) else {
        // An id that nobody has is no mistake here.
        return if mbid.len() == 36 {
            reply::ok(&json!([]))
        } else {
            refuse(StatusCode::BAD_REQUEST, "Provided MBID is invalid")
        };
    };
    let recording = |place: &usize| {
        let track = &world.catalogue.tracks[*place];
        let album = &world.catalogue.albums[track.album];
        let artists: Vec<&str> = track.artists.iter().map(|at| world.views[*at].mbid.as_str()).collect();
        let names: Vec<&str> = track.artists.iter().map(|at| world.catalogue.artists[*at].name.as_str()).collect();
        let listeners = u64::from(track.popularity) * 37;
        json!({"artist_mbids": artists, "artist_name": names.join(" & "), "length": track.duration_ms,
            "recording_mbid": uuid("recording", &track.id), "recording_name": track.name,
            "release_mbid": uuid("release", &format!("{}\n{}", track.album, album.name)), "release_name": album.name,
            "caa_id": null, "caa_release_mbid": null, "release_color": {"red": 10, "green": 20, "blue": 30},
            "total_listen_count": listeners * 9, "total_user_count": listeners})
    };
    let recordings: Vec<Value> = world.top_tracks(at).iter().take(100).map(recording).collect();
    reply::ok(&recordings.into())
}

async fn similar(State(shared): State<Shared>, asked: Asked) -> Response {
    if let Some(refusal) = refused_everything(&shared, &asked) {
        return refusal;
    }
    let (Some(mbid), Some(algorithm)) = (asked.params.get("artist_mbids"), asked.params.get("algorithm")) else {
        return refuse(StatusCode::BAD_REQUEST, "artist_mbids and algorithm are required");
    };
    if !algorithm.starts_with("session_based_days_") {
        return refuse(StatusCode::BAD_REQUEST, "algorithm must be one of those that are known");
    }
    let world = shared.world();
    let Some(at) = world.by_mbid(mbid) else {
        return reply::ok(&json!([]));
    };
    let item = |(other, likeness): &(usize, f64)| {
        let (artist, view) = (&world.catalogue.artists[*other], &world.views[*other]);
        #[expect(clippy::cast_possible_truncation, reason = "at most some thousand")]
        let score = (likeness * 1800.0) as i64;
        json!({"artist_mbid": view.mbid, "name": artist.name, "comment": "", "type": "Group", "gender": null,
            "score": score, "reference_mbid": mbid})
    };
    let known = world.similar("listenbrainz", at).into_iter().filter(|(other, _)| world.views[*other].in_musicbrainz);
    let items: Vec<Value> = known.collect::<Vec<_>>().iter().map(item).collect();
    reply::ok(&items.into())
}
