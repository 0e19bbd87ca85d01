//! Refusals, with the bodies that Spotify sends.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

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
    /// 429 of the rolling window; try again after so many seconds.
    RateLimited(u64),
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
            Self::RateLimited(_) => (StatusCode::TOO_MANY_REQUESTS, "API rate limit exceeded"),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, message) = self.parts();
        let body = match self {
            Self::Token(error, description) => json!({"error": error, "error_description": description}),
            _ => json!({"error": {"status": status.as_u16(), "message": message}}),
        };
        let mut response = (status, Json(body)).into_response();
        if let Self::RateLimited(seconds) = self {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
