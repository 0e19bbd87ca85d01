//! Errors as `application/problem+json` (RFC 9457). What is internal is logged, once, and not shown.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sixpotify_store::StoreError;

/// What every handler returns.
pub(crate) type Result<T, E = Problem> = std::result::Result<T, E>;

/// Why a request is not answered as wished.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// What is asked for makes no sense; the text says what would.
    #[error("{0}")]
    Invalid(String),
    /// There is no such thing; the text names it.
    #[error("{0}")]
    NotFound(String),
    /// The request is larger than what is taken in.
    #[error("too large")]
    TooLarge,
    /// The address is right, what is to be done with it is not.
    #[error("method not allowed")]
    Method,
    /// It came from a page of another site.
    #[error("forbidden")]
    Forbidden,
    /// The asker must wait.
    #[error("too many requests")]
    TooMany {
        /// Seconds to wait.
        retry_after_s: u64,
    },
    /// The catalogue cannot be reached now.
    #[error("the catalogue cannot be reached")]
    Unavailable(String),
    /// Something is wrong here; the cause goes to the log only.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) | StoreError::Unreachable { .. } => Self::Unavailable(error.to_string()),
            other => Self::Internal(Box::new(other)),
        }
    }
}

/// The body of an error.
#[derive(Debug, Serialize)]
pub(crate) struct Body {
    /// A sentence for people who write programs.
    pub(crate) title: &'static str,
    /// The status code again.
    pub(crate) status: u16,
    /// What is wrong in this case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
}

impl Problem {
    /// What could not be stored.
    pub(crate) fn not_stored(error: &StoreError) -> Self {
        match error {
            StoreError::Unavailable(_)
            | StoreError::Unreachable { .. }
            | StoreError::Full(_)
            | StoreError::Busy { .. } => Self::Unavailable(error.to_string()),
            other => Self::Internal(other.to_string().into()),
        }
    }

    /// No such artist.
    pub(crate) fn no_artist(id: &sixpotify_core::ArtistId) -> Self {
        Self::NotFound(format!("no artist `{id}`"))
    }

    /// What a body or a query that cannot be read comes to.
    pub(crate) fn from_rejection(status: StatusCode, text: String) -> Self {
        if status == StatusCode::PAYLOAD_TOO_LARGE { Self::TooLarge } else { Self::Invalid(text) }
    }

    /// The status code.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What may be shown of it.
    pub(crate) fn body(&self) -> Body {
        let (title, detail) = match self {
            Self::Invalid(detail) => ("the request makes no sense", Some(detail.clone())),
            Self::NotFound(detail) => ("not found", Some(detail.clone())),
            Self::TooLarge => ("the request is too large", None),
            Self::Method => ("this cannot be done with this address", None),
            Self::Forbidden => ("only pages of this site may do that", None),
            Self::TooMany { retry_after_s } => ("too many requests", Some(format!("try again in {retry_after_s} s"))),
            Self::Unavailable(_) => ("the catalogue cannot be reached now", None),
            Self::Internal(_) => ("something went wrong here", None),
        };
        Body { title, status: self.status().as_u16(), detail }
    }

    /// Writes what is internal to the log.
    pub(crate) fn log(&self) {
        match self {
            Self::Unavailable(error) => tracing::warn!(error, "the catalogue cannot be reached"),
            Self::Internal(error) => {
                tracing::error!(error = &**error as &dyn std::error::Error, "a request failed");
            }
            Self::Invalid(_)
            | Self::NotFound(_)
            | Self::TooLarge
            | Self::Method
            | Self::Forbidden
            | Self::TooMany { .. } => {}
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.log();
        let mut response = (self.status(), Json(self.body())).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/problem+json"));
        if let Self::TooMany { retry_after_s } = self {
            headers.insert(header::RETRY_AFTER, retry_after_s.into());
        }
        response
    }
}
