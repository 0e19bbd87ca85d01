//! Refusals, with the bodies that Spotify sends.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::limit::Exceeded;

/// Why a request gets no data. Each variant is one kind of answer of the real service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// 400 with this message.
    BadRequest(&'static str),
    /// 400 from the token endpoint, which has a form of its own: `error` and `error_description`.
    Token(&'static str, &'static str),
    /// 401 with this message.
    Unauthorized(&'static str),
    /// 403: the endpoint is withheld from this kind of app.
    Forbidden,
    /// 404 with this message.
    NotFound(&'static str),
    /// 429 by a limit.
    Limited {
        /// Which one.
        exceeded: Exceeded,
        /// `Retry-After` in seconds, where it is sent at all.
        retry_after: Option<u64>,
        /// Whether the body is a line of text instead of JSON.
        as_text: bool,
    },
}

/// 404 for an id that nothing has.
pub(crate) const NO_SUCH_ID: Refusal = Refusal::NotFound("Resource not found");
/// 400 for a text that cannot be an id.
pub(crate) const INVALID_ID: Refusal = Refusal::BadRequest("invalid id");

impl Refusal {
    fn parts(&self) -> (StatusCode, &'static str) {
        match self {
            Self::BadRequest(message) => (StatusCode::BAD_REQUEST, message),
            Self::Token(error, _) => (StatusCode::BAD_REQUEST, error),
            Self::Unauthorized(message) => (StatusCode::UNAUTHORIZED, message),
            Self::Forbidden => (StatusCode::FORBIDDEN, "Forbidden"),
            Self::NotFound(message) => (StatusCode::NOT_FOUND, message),
            Self::Limited { exceeded: Exceeded::Window, as_text: false, .. } => {
                (StatusCode::TOO_MANY_REQUESTS, "API rate limit exceeded")
            }
            Self::Limited { .. } => (StatusCode::TOO_MANY_REQUESTS, "Too many requests"),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, message) = self.parts();
        let mut response = match self {
            Self::Token(error, description) => {
                (status, Json(json!({"error": error, "error_description": description}))).into_response()
            }
            Self::Limited { as_text: true, .. } => (status, message).into_response(),
            Self::Limited { exceeded: Exceeded::Quota, .. } => {
                let error = json!({"status": 429, "message": message, "reason": "QUOTA_EXCEEDED"});
                (status, Json(json!({"error": error}))).into_response()
            }
            _ => (status, Json(json!({"error": {"status": status.as_u16(), "message": message}}))).into_response(),
        };
        if let Self::Limited { retry_after: Some(seconds), .. } = self {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
