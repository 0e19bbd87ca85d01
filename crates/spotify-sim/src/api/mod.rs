//! The endpoints under `/v1`, one file for each kind of thing.

mod albums;
mod artists;
mod search;
mod tracks;

use axum::Router;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;

use crate::config::Mode;
use crate::error::{INVALID_ID, Refusal};
use crate::id::Id;
use crate::paging::Params;
use crate::shared::Shared;
use crate::wire::View;

/// An answer with data, or a refusal.
type Answer = Result<Response, Refusal>;

/// All endpoints; paths that Spotify does not know answer 404.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/v1/search", get(search::search))
        .route("/v1/artists", get(artists::several))
        .route("/v1/artists/{id}", get(artists::one))
        .route("/v1/artists/{id}/albums", get(artists::albums))
        .route("/v1/artists/{id}/top-tracks", get(artists::top_tracks))
        .route("/v1/artists/{id}/related-artists", get(withheld))
        .route("/v1/albums", get(albums::several))
        .route("/v1/albums/{id}", get(albums::one))
        .route("/v1/albums/{id}/tracks", get(albums::tracks))
        .route("/v1/tracks", get(tracks::several))
        .route("/v1/tracks/{id}", get(tracks::one))
        .route("/v1/audio-features", get(tracks::several_features))
        .route("/v1/audio-features/{id}", get(tracks::features))
        .fallback(async || Refusal::NotFound("Service not found"))
}

/// What few apps of either mode still have.
async fn withheld() -> Refusal {
    Refusal::Forbidden
}

/// What a request says besides its path.
struct Asked {
    params: Params,
    mode: Mode,
    /// The base of links back here.
    base: String,
}

impl Asked {
    fn view(&self) -> View<'_> {
        View { mode: self.mode, api: &self.base, market: self.params.get("market").is_some() }
    }

    /// Refuses what newly registered apps do not get.
    fn extended_only(&self) -> Result<(), Refusal> {
        match self.mode {
            Mode::Extended => Ok(()),
            Mode::Development => Err(Refusal::Forbidden),
        }
    }

    /// The size of a page: usual and largest, by mode.
    fn page_size(&self, extended: (usize, usize)) -> (usize, usize) {
        match self.mode {
            Mode::Extended => extended,
            Mode::Development => (5, 10),
        }
    }

    /// The ids of a batch.
    fn ids(&self, most: usize) -> Result<Vec<Id>, Refusal> {
        let joined = self.params.get("ids").ok_or(Refusal::BadRequest("Missing required field: ids"))?;
        let ids: Vec<&str> = joined.split(',').collect();
        if ids.len() > most {
            return Err(Refusal::BadRequest("Too many ids requested"));
        }
        ids.into_iter().map(id).collect()
    }
}

impl FromRequestParts<Shared> for Asked {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Refusal> {
        let params = Params::parse(parts.uri.query().unwrap_or_default());
        if params.get("market").is_some_and(|m| m.len() != 2 || !m.bytes().all(|b| b.is_ascii_uppercase())) {
            return Err(Refusal::BadRequest("Invalid market code"));
        }
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let base = host.map_or_else(|| shared.api_url(), |host| format!("http://{host}/v1"));
        Ok(Self { params, mode: shared.config().mode, base })
    }
}

fn id(text: &str) -> Result<Id, Refusal> {
    Id::parse(text).ok_or(INVALID_ID)
}

fn json(value: &impl Serialize) -> Answer {
    let body = serde_json::to_vec(value).expect("wire types have string keys and no errors of their own");
    let mut response = Body::from(body).into_response();
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}
