//! Faults: which request meets one, and what the answer becomes.

use std::fmt;
use std::str::FromStr;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use spotify_sim::connection::{Cut, Point};
use spotify_sim::hash::{below, hash, mix, unit};

use crate::config::{Config, Service};
use crate::reply;

/// Something that goes wrong with an answer, or is new in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// 500, 502 or 504 in the service's own words.
    ErrorJson,
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
    /// A list is an object and an object a list.
    WrongTypes,
    /// Fields that nobody knows, everywhere. A client has to bear it.
    UnknownFields,
    /// Words of enumerations that nobody knows. A client has to bear it.
    UnknownValues,
}

impl Fault {
    /// All kinds.
    pub const ALL: [Self; 14] = [
        Self::ErrorJson,
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
        Self::WrongTypes,
        Self::UnknownFields,
        Self::UnknownValues,
    ];

    /// The name, as flags, settings and counters spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ErrorJson => "error-json",
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
            Self::WrongTypes => "wrong-types",
            Self::UnknownFields => "unknown-fields",
            Self::UnknownValues => "unknown-values",
        }
    }

    /// Whether the answer is as good as without it.
    pub fn is_harmless(self) -> bool {
        matches!(self, Self::UnknownFields | Self::UnknownValues)
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
            let names = Self::ALL.map(Self::name).join(", ");
            format!("unknown fault `{text}`, expected one of {names}")
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
pub(crate) fn draw(config: &Config, service: Service, target: &str, attempt: u32) -> Option<Met> {
    let faults = &config.services.get(&service)?.faults;
    let drawn = mix(hash("fault", target) ^ mix(config.fault_seed) ^ u64::from(attempt));
    let mut left = unit(drawn);
    for (fault, share) in faults {
        if left < *share {
            return Some(Met { fault: *fault, drawn: mix(drawn) });
        }
        left -= share;
    }
    None
}

impl Met {
    /// What the answer becomes, and where the connection is cut while it is written.
    pub(crate) async fn spoil(self, config: &Config, service: Service, response: Response) -> (Response, Option<Cut>) {
        let status = match below(self.drawn, 3) {
            0 => StatusCode::INTERNAL_SERVER_ERROR,
            1 => StatusCode::BAD_GATEWAY,
            _ => StatusCode::GATEWAY_TIMEOUT,
        };
        let error = status.canonical_reason().unwrap_or_default();
        match self.fault {
            Fault::ErrorJson => (reply::error(service, status, error), None),
            Fault::ErrorHtml => (html(status, error), None),
            Fault::Empty => (with_body(response, Bytes::new()), None),
            Fault::Html => (html(StatusCode::OK, "One moment, please"), None),
            Fault::NotFound => (reply::error(service, StatusCode::NOT_FOUND, "Not Found"), None),
            Fault::ResetBefore => (response, Some(Cut::Reset(Point::Start))),
            Fault::Stall => (response, Some(Cut::Stall(Point::Start, config.stall()))),
            Fault::TruncatedJson => {
                let (response, body) = taken_apart(response).await;
                let half = body.slice(..body.len() / 2);
                (with_body(response, half), None)
            }
            Fault::WrongTypes | Fault::UnknownFields | Fault::UnknownValues => {
                let (response, body) = taken_apart(response).await;
                let Ok(mut json) = serde_json::from_slice::<Value>(&body) else {
                    return (with_body(response, body), None);
                };
                match self.fault {
                    Fault::WrongTypes => json = turned(json),
                    Fault::UnknownFields => add_fields(&mut json),
                    _ => change_words(&mut json),
                }
                (with_body(response, json.to_string().into()), None)
            }
            Fault::ResetInside | Fault::StallInside | Fault::ShortBody => {
                let (response, body) = taken_apart(response).await;
                let half = Point::Body(body.len() / 2);
                let cut = match self.fault {
                    Fault::ResetInside => Cut::Reset(half),
                    Fault::StallInside => Cut::Stall(half, config.stall()),
                    _ => Cut::Close(half),
                };
                (with_body(response, body), Some(cut))
            }
        }
    }
}

/// The first list or object under the top is of the other kind; at the top if there is none.
fn turned(json: Value) -> Value {
    let turn = |value: Value| match value {
        Value::Array(items) => json!({"items": items}),
        other => json!([other]),
    };
    match json {
        Value::Object(mut fields) => match fields.iter().find(|(_, value)| value.is_array() || value.is_object()) {
            Some((name, value)) => {
                let (name, value) = (name.clone(), turn(value.clone()));
                fields.insert(name, value);
                Value::Object(fields)
            }
            None => turn(Value::Object(fields)),
        },
        other => turn(other),
    }
}

fn add_fields(json: &mut Value) {
    match json {
        Value::Array(items) => items.iter_mut().for_each(add_fields),
        Value::Object(fields) => {
            fields.values_mut().for_each(add_fields);
            fields.insert("x-new".to_owned(), json!({"since": 2027, "why": [null, true]}));
        }
        _ => {}
    }
}

fn change_words(json: &mut Value) {
    const WORDS: [&str; 4] = ["type", "record_type", "gender", "direction"];
    match json {
        Value::Array(items) => items.iter_mut().for_each(change_words),
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                match value {
                    Value::String(word) if WORDS.contains(&name.as_str()) => *word = "something-new".to_owned(),
                    other => change_words(other),
                }
            }
        }
        _ => {}
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
        config.service(Service::Deezer).set_all_faults(0.14);
        let draw = |n: u32, attempt| draw(&config, Service::Deezer, &format!("/deezer/artist/{n}"), attempt);
        let met = (0..10_000).filter_map(|n| draw(n, 0)).count();
        assert!((1200..1600).contains(&met), "{met}");
        let again = |attempt| (0..100).map(|n| draw(n, attempt)).collect::<Vec<_>>();
        assert_eq!(again(0), again(0));
        assert_ne!(again(0), again(1));
        assert_eq!(super::draw(&config, Service::Labs, "/deezer/artist/1", 0), None);
    }

    #[test]
    fn types_are_turned_and_words_changed() {
        assert_eq!(turned(json!({"data": [1], "total": 1})), json!({"data": {"items": [1]}, "total": 1}));
        assert_eq!(turned(json!({"id": 1})), json!([{"id": 1}]));
        let mut words = json!({"type": "artist", "list": [{"record_type": "ep", "name": "ep"}]});
        change_words(&mut words);
        assert_eq!(words, json!({"type": "something-new", "list": [{"record_type": "something-new", "name": "ep"}]}));
    }
}
