//! `GET /artists/{id}`: all that is known of an artist, with who says so.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::{Value, json};
use sixpotify_core::{ArtistId, Source};
use sixpotify_store::ArtistDetail;

use super::model::{ArtistModel, NamedModel};
use super::openapi;
use super::paging::Id;
use crate::error::{Problem, Result};
use crate::state::AppState;

#[derive(Serialize)]
pub(crate) struct Answer {
    #[serde(flatten)]
    artist: ArtistModel,
    genres: Vec<Genre>,
    links: Vec<Link>,
    albums: Vec<Album>,
    top_tracks: Vec<TopTrack>,
    origins: Vec<Origin>,
    attributions: Vec<Attribution>,
    updated_at: String,
}

#[derive(Serialize)]
struct Genre {
    name: String,
    source: &'static str,
}

#[derive(Serialize)]
struct Link {
    source: &'static str,
    id: String,
}

#[derive(Serialize)]
struct Album {
    id: String,
    name: String,
    album_type: Option<String>,
    release_date: Option<String>,
    total_tracks: Option<u32>,
    url: Option<String>,
}

#[derive(Serialize)]
struct TopTrack {
    id: String,
    name: String,
    artists: Vec<NamedModel>,
    market: String,
    rank: u32,
    source: &'static str,
    url: Option<String>,
}

#[derive(Serialize)]
struct Origin {
    facet: &'static str,
    source: &'static str,
    state: &'static str,
    fetched_at: String,
}

/// What a source asks to be said where its facts are shown.
#[derive(Serialize)]
struct Attribution {
    source: &'static str,
    words: &'static str,
}

/// The artist; `404` where there is none.
pub(crate) async fn one(State(state): State<AppState>, Id(id): Id) -> Result<Json<Answer>> {
    let wanted = ArtistId::from_stored(id);
    let found = state.store.artist_details(std::slice::from_ref(&wanted)).await?.pop();
    found.map(|detail| Json(answer(detail))).ok_or_else(|| Problem::no_artist(&wanted))
}

fn answer(detail: ArtistDetail) -> Answer {
    let top_track = |track: sixpotify_store::TrackEntry| TopTrack {
        id: track.id.to_string(),
        artists: track.artists.iter().map(NamedModel::from).collect(),
        name: track.name,
        market: track.market,
        rank: track.rank,
        source: track.source.as_str(),
        url: track.url,
    };
    let album = |album: sixpotify_store::AlbumEntry| Album {
        id: album.id.to_string(),
        name: album.name,
        album_type: album.album_type,
        release_date: album.release_date,
        total_tracks: album.total_tracks,
        url: album.url,
    };
    let origin = |facet: sixpotify_store::FacetRecord| Origin {
        facet: facet.facet.as_str(),
        source: facet.source.as_str(),
        state: facet.state.as_str(),
        fetched_at: facet.fetched_at.to_rfc3339(),
    };
    let attribution = |(source, words): (Source, _)| Attribution { source: source.as_str(), words };
    Answer {
        attributions: detail.attributions().into_iter().map(attribution).collect(),
        artist: detail.artist.into(),
        genres: detail.genres.into_iter().map(|(name, source)| Genre { name, source: source.as_str() }).collect(),
        links: detail.links.into_iter().map(|(source, id)| Link { source: source.as_str(), id }).collect(),
        albums: detail.albums.into_iter().map(album).collect(),
        top_tracks: detail.top_tracks.into_iter().map(top_track).collect(),
        origins: detail.facets.into_iter().map(origin).collect(),
        updated_at: detail.updated_at.to_rfc3339(),
    }
}

/// What the document says of it.
pub(crate) fn operation() -> Value {
    let text = || json!({ "type": "string" });
    let optional = || json!({ "type": ["string", "null"] });
    let list = |entry: Value| json!({ "type": "array", "items": openapi::object(entry) });
    let own = openapi::object(json!({
        "genres": list(json!({ "name": text(), "source": openapi::reference("Source") })),
        "links": list(json!({ "source": openapi::reference("Source"), "id": text() })),
        "albums": list(json!({
            "id": text(), "name": text(), "album_type": optional(), "release_date": optional(),
            "total_tracks": { "type": ["integer", "null"] }, "url": optional(),
        })),
        "top_tracks": list(json!({
            "id": text(), "name": text(), "artists": { "type": "array", "items": openapi::reference("Named") },
            "market": text(), "rank": { "type": "integer", "minimum": 1 },
            "source": openapi::reference("Source"), "url": optional(),
        })),
        "origins": list(json!({
            "facet": text(), "source": openapi::reference("Source"), "state": text(),
            "fetched_at": { "type": "string", "format": "date-time" },
        })),
        "attributions": list(json!({ "source": openapi::reference("Source"), "words": text() })),
        "updated_at": { "type": "string", "format": "date-time" },
    }));
    openapi::operation(
        "getArtist",
        "All that is known of an artist, with who says so",
        json!([openapi::id("artist")]),
        json!({ "allOf": [openapi::reference("Artist"), own] }),
        true,
    )
}
