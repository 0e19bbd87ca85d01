//! The endpoints, a file for each service.

mod deezer;
mod lastfm;
mod listenbrainz;
mod musicbrainz;
mod reccobeats;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};

use crate::config::Service;
use crate::params::Params;
use crate::reply;
use crate::shared::Shared;

/// All endpoints; paths that a service does not know are answered in its words.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .merge(musicbrainz::routes())
        .merge(listenbrainz::routes())
        .merge(deezer::routes())
        .merge(reccobeats::routes())
        .merge(lastfm::routes())
        .fallback(async |uri: axum::http::Uri| match Service::of_path(uri.path()) {
            Some(service) => reply::error(service, StatusCode::NOT_FOUND, "Not Found"),
            None => reply::json(StatusCode::NOT_FOUND, &serde_json::json!({"error": "no such service"})),
        })
}

/// What a request says besides its path.
struct Asked {
    params: Params,
    authorization: Option<String>,
    /// The scheme and host by which the client came.
    host: String,
}

impl FromRequestParts<Shared> for Asked {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Self::Rejection> {
        let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let host = header(header::HOST).unwrap_or_else(|| shared.addr().to_string());
        Ok(Self {
            params: Params::parse(parts.uri.query().unwrap_or_default()),
            authorization: header(header::AUTHORIZATION),
            host: format!("http://{host}"),
        })
    }
}

/// The part of a list that begins at `from`.
fn part<T>(all: &[T], from: usize, most: usize) -> &[T] {
    let from = from.min(all.len());
    &all[from..(from + most).min(all.len())]
}
