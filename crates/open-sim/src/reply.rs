//! Answers and errors, each service in its own words.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use crate::config::Service;

/// JSON with a status.
pub(crate) fn json(status: StatusCode, body: &Value) -> Response {
    let mut response = (status, Body::from(body.to_string())).into_response();
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// JSON with 200.
pub(crate) fn ok(body: &Value) -> Response {
    json(StatusCode::OK, body)
}

/// An error as the service says it.
pub(crate) fn error(service: Service, status: StatusCode, text: &str) -> Response {
    let code = status.as_u16();
    let body = match service {
        Service::MusicBrainz => json!({
            "error": text,
            "help": "For usage, please see: https://musicbrainz.org/development/mmd",
        }),
        Service::ListenBrainz | Service::Labs => json!({"code": code, "error": text}),
        // A bare text, unlike its errors inside HTTP 200.
        Service::Deezer => json!({"error": text}),
        Service::ReccoBeats => json!({"timestamp": "2026-11-22T12:00:00Z", "status": code, "error": text}),
        Service::LastFm => json!({"error": 8, "message": text}),
    };
    json(status, &body)
}

/// An error of Deezer inside HTTP 200.
pub(crate) fn deezer_error(kind: &str, message: &str, code: u16) -> Response {
    ok(&json!({"error": {"type": kind, "message": message, "code": code}}))
}

/// An error of Last.fm inside HTTP 200.
pub(crate) fn lastfm_error(code: u16, message: &str) -> Response {
    ok(&json!({"error": code, "message": message, "links": []}))
}

/// With one more header.
pub(crate) fn with_header(mut response: Response, name: &'static str, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}
