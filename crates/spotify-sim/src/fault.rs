//! Faults: which request meets one, and what the answer becomes.

use std::fmt;
use std::str::FromStr;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::config::Config;
use crate::connection::{Cut, Point};
use crate::error::NO_SUCH_ID;
use crate::hash::{below, hash, mix, unit};

/// Something that goes wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// 500, 502, 503 or 504 with Spotify's JSON.
    ErrorJson,
    /// The same with a line of text.
    ErrorText,
    /// The same with a page of HTML.
    ErrorHtml,
    /// The connection is reset before a byte of the answer.
    ResetBefore,
    /// The connection is reset in the middle of the body.
    ResetInside,
    /// Nothing comes, and the connection stays open.
    Stall,
    /// Half of the body comes, then nothing, and the connection stays open.
    StallInside,
    /// A whole answer, whose JSON ends in the middle.
    TruncatedJson,
    /// Less body than `Content-Length` says, then the connection is closed.
    ShortBody,
    /// 200 with an empty body.
    Empty,
    /// 200 with a page of HTML.
    Html,
    /// 404 for something that is there.
    NotFound,
}

impl Fault {
    /// All kinds.
    pub const ALL: [Self; 12] = [
        Self::ErrorJson,
        Self::ErrorText,
        Self::ErrorHtml,
        Self::ResetBefore,
        Self::ResetInside,
        Self::Stall,
        Self::StallInside,
        Self::TruncatedJson,
        Self::ShortBody,
        Self::Empty,
        Self::Html,
        Self::NotFound,
    ];

    /// The name, as flags, settings and counters spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ErrorJson => "error-json",
            Self::ErrorText => "error-text",
            Self::ErrorHtml => "error-html",
            Self::ResetBefore => "reset-before",
            Self::ResetInside => "reset-inside",
            Self::Stall => "stall",
            Self::StallInside => "stall-inside",
            Self::TruncatedJson => "truncated-json",
            Self::ShortBody => "short-body",
            Self::Empty => "empty",
            Self::Html => "html",
            Self::NotFound => "not-found",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|fault| fault.name() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.into_iter().map(Self::name).collect();
            format!("unknown fault `{text}`, expected one of {}", names.join(", "))
        })
    }
}

/// The fault that one request was drawn to meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Met {
    pub(crate) fault: Fault,
    drawn: u64,
}

/// Draws for the `attempt`-th request (from 0) for `target`. Neither the order nor the number of other requests
/// matters, so that concurrent runs are repeatable.
pub(crate) fn draw(config: &Config, target: &str, attempt: u32) -> Option<Met> {
    if config.faults.is_empty() {
        return None;
    }
    let drawn = mix(hash("fault", target) ^ mix(config.fault_seed) ^ u64::from(attempt));
    let mut left = unit(drawn);
    for (fault, share) in &config.faults {
        if left < *share {
            return Some(Met { fault: *fault, drawn: mix(drawn) });
        }
        left -= share;
    }
    None
}

impl Met {
    /// What the answer becomes, and where the connection is cut while it is written.
    pub(crate) async fn spoil(self, config: &Config, response: Response) -> (Response, Option<Cut>) {
        let status = self.status();
        let error = status.canonical_reason().unwrap_or_default();
        match self.fault {
            Fault::ErrorJson => {
                let body = json!({"error": {"status": status.as_u16(), "message": error}});
                ((status, axum::Json(body)).into_response(), None)
            }
            Fault::ErrorText => ((status, error.to_lowercase()).into_response(), None),
            Fault::ErrorHtml => (html(status, error), None),
            Fault::Empty => (with_body(response, Bytes::new()), None),
            Fault::Html => (html(StatusCode::OK, "One moment, please"), None),
            Fault::NotFound => (NO_SUCH_ID.into_response(), None),
            Fault::ResetBefore => (response, Some(Cut::Reset(Point::Start))),
            Fault::Stall => (response, Some(Cut::Stall(Point::Start, config.stall))),
            Fault::TruncatedJson => {
                let (response, body) = taken_apart(response).await;
                let half = body.slice(..body.len() / 2);
                (with_body(response, half), None)
            }
            Fault::ResetInside | Fault::StallInside | Fault::ShortBody => {
                let (response, body) = taken_apart(response).await;
                let half = Point::Body(body.len() / 2);
                let cut = match self.fault {
                    Fault::ResetInside => Cut::Reset(half),
                    Fault::StallInside => Cut::Stall(half, config.stall),
                    _ => Cut::Close(half),
                };
                (with_body(response, body), Some(cut))
            }
        }
    }

    fn status(self) -> StatusCode {
        match below(self.drawn, 4) {
            0 => StatusCode::INTERNAL_SERVER_ERROR,
            1 => StatusCode::BAD_GATEWAY,
            2 => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::GATEWAY_TIMEOUT,
        }
    }
}

async fn taken_apart(response: Response) -> (Response, Bytes) {
    let (head, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("bodies of answers are in memory");
    (Response::from_parts(head, Body::empty()), body)
}

fn with_body(mut response: Response, body: Bytes) -> Response {
    response.headers_mut().remove(header::CONTENT_LENGTH);
    *response.body_mut() = Body::from(body);
    response
}

fn html(status: StatusCode, title: &str) -> Response {
    let page =
        format!("<!doctype html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n");
    let mut response = (status, page).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for fault in Fault::ALL {
            assert_eq!(fault.name().parse(), Ok(fault));
            assert_eq!(serde_json::to_value(fault).unwrap(), fault.name());
        }
        assert!("reset".parse::<Fault>().unwrap_err().contains("reset-inside"));
    }

    #[test]
    fn about_the_share_asked_for_meets_a_fault_and_always_the_same() {
        let mut config = Config { fault_seed: 7, ..Config::default() };
        config.set_all_faults(0.12);
        let met: Vec<_> = (0..10_000).filter_map(|n| draw(&config, &format!("/v1/artists/{n}"), 0)).collect();
        assert!((1000..1400).contains(&met.len()), "{}", met.len());
        for fault in Fault::ALL {
            assert!(met.iter().filter(|met| met.fault == fault).count() > 50, "{fault}");
        }
        let again = |attempt| (0..100).map(|n| draw(&config, &format!("/x/{n}"), attempt)).collect::<Vec<_>>();
        assert_eq!(again(0), again(0));
        assert_ne!(again(0), again(1));
    }
}
