//! One attempt: send, read within bounds, and say what came of it.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderName, RETRY_AFTER};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// The longest body that is read, in bytes. The longest real one (50 albums with all markets) is under 1 MB.
const LONGEST_BODY: usize = 16 << 20;

/// The longest wait that is believed; a service that names a longer one (or nonsense) must not push times out of range.
const LONGEST_WAIT: Duration = Duration::from_secs(365 * 24 * 3600);

/// What came of an attempt.
#[derive(Debug)]
pub(super) enum Outcome<T> {
    /// A decoded body.
    Answer(T),
    /// 401: the token is not good (any more).
    Unauthorized(String),
    /// 403.
    Forbidden(String),
    /// 404.
    NotFound,
    /// 429, with how long to wait where the service says so.
    Limited { retry_after: Option<Duration>, quota: bool, reason: String },
    /// Any other 4xx.
    Rejected(u16, String),
    /// Worth another attempt: not sent, timed out, cut off, undecodable, 5xx, 408.
    Fault(String),
}

/// Sends `request` once. The second value is the service's own time, where it says it.
#[expect(clippy::disallowed_methods, reason = "the one place where requests are sent")]
pub(super) async fn send<T: DeserializeOwned>(request: reqwest::RequestBuilder) -> (Outcome<T>, Option<DateTime<Utc>>) {
    match request.send().await {
        Ok(response) => {
            let date = header(&response, DATE).and_then(http_date);
            (classify(response, date).await, date)
        }
        Err(error) => (Outcome::Fault(describe(&error)), None),
    }
}

async fn classify<T: DeserializeOwned>(response: reqwest::Response, date: Option<DateTime<Utc>>) -> Outcome<T> {
    let status = response.status();
    let retry_after = header(&response, RETRY_AFTER).and_then(|said| wait(said, date));
    let content_type = header(&response, CONTENT_TYPE).unwrap_or("").to_owned();
    let body = match read(response).await {
        Ok(body) => body,
        // The status alone is enough where the body is only an explanation.
        Err(_) if status.is_client_error() => Vec::new(),
        Err(fault) => return Outcome::Fault(fault),
    };
    match status {
        StatusCode::OK => decode(&body, &content_type),
        StatusCode::UNAUTHORIZED => Outcome::Unauthorized(reason(&body, status)),
        StatusCode::FORBIDDEN => Outcome::Forbidden(reason(&body, status)),
        StatusCode::NOT_FOUND => Outcome::NotFound,
        StatusCode::TOO_MANY_REQUESTS => {
            let quota = is_quota(&body);
            let reason = if quota { "quota exceeded" } else { "rate limit" }.to_owned();
            Outcome::Limited { retry_after, quota, reason }
        }
        StatusCode::REQUEST_TIMEOUT => Outcome::Fault("HTTP 408".to_owned()),
        s if s.is_client_error() => Outcome::Rejected(s.as_u16(), reason(&body, status)),
        s => Outcome::Fault(format!("HTTP {}", s.as_u16())),
    }
}

fn header(response: &reqwest::Response, name: HeaderName) -> Option<&str> {
    response.headers().get(name).and_then(|value| value.to_str().ok())
}

/// The wait that a `Retry-After` asks for: seconds, or a date (RFC 9110, section 10.2.3). A date is taken by the service's
/// own clock, its `Date` header: ours may be wrong. Without one it says nothing.
fn wait(said: &str, date: Option<DateTime<Utc>>) -> Option<Duration> {
    let said = said.trim();
    let wait = match said.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        // What is past may be asked for at once.
        Err(_) => (http_date(said)? - date?).to_std().unwrap_or(Duration::ZERO),
    };
    Some(wait.min(LONGEST_WAIT))
}

/// An HTTP date in any of its three forms (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`,
/// `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
fn http_date(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let obsolete = |format| NaiveDateTime::parse_from_str(text, format).ok().map(|time| time.and_utc());
    (DateTime::parse_from_rfc2822(text).ok().map(|time| time.to_utc()))
        .or_else(|| obsolete("%A, %d-%b-%y %H:%M:%S GMT"))
        .or_else(|| obsolete("%a %b %e %H:%M:%S %Y"))
}

/// Reads the body, at most [`LONGEST_BODY`] bytes of it.
async fn read(mut response: reqwest::Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > LONGEST_BODY => {
                return Err(format!("the answer is longer than {LONGEST_BODY} bytes"));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(error) => return Err(describe(&error)),
        }
    }
}

fn decode<T: DeserializeOwned>(body: &[u8], content_type: &str) -> Outcome<T> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Outcome::Fault("HTTP 200 with an empty body".to_owned());
    }
    match serde_json::from_slice(body) {
        Ok(answer) => Outcome::Answer(answer),
        Err(_) if body.trim_ascii_start().starts_with(b"<") => {
            Outcome::Fault(format!("HTTP 200 with {} instead of JSON", word(content_type, "HTML")))
        }
        Err(error) => Outcome::Fault(format!("HTTP 200 with a body that is not the JSON expected: {}", misfit(&error))),
    }
}

/// What is wrong with a body, without quoting it: it may be long, and that of a token endpoint holds a secret.
fn misfit(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // Quotes nothing but the name of a field of ours.
    if text.starts_with("missing field") {
        return text;
    }
    let what = match error.classify() {
        Category::Eof => "it ends too early",
        Category::Data => "a value of another type",
        Category::Syntax | Category::Io => "not JSON",
    };
    format!("{what} at line {} column {}", error.line(), error.column())
}

/// What an error body says: Spotify's `{"error":{"message":..}}`, OAuth's `{"error":..,"error_description":..}`, or plain
/// text; cut to one short line.
fn reason(body: &[u8], status: StatusCode) -> String {
    let said = serde_json::from_slice::<serde_json::Value>(body).ok().and_then(|json| {
        let error = json.get("error")?;
        let text = error.get("message").or_else(|| json.get("error_description")).unwrap_or(error);
        text.as_str().map(str::to_owned)
    });
    let plain =
        || std::str::from_utf8(body).ok().filter(|t| !t.trim_start().starts_with(['<', '{'])).map(str::to_owned);
    let text = said.or_else(plain).unwrap_or_default();
    let line: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
    let line = line.trim();
    if line.is_empty() { format!("HTTP {}", status.as_u16()) } else { line.to_owned() }
}

/// Whether the body of a 429 says that a daily quota rules, not the short window.
fn is_quota(body: &[u8]) -> bool {
    let json = serde_json::from_slice::<serde_json::Value>(body).unwrap_or_default();
    json.pointer("/error/reason").and_then(serde_json::Value::as_str) == Some("QUOTA_EXCEEDED")
}

/// What went wrong on the way, without the URL.
fn describe(error: &reqwest::Error) -> String {
    let what = if error.is_connect() {
        "cannot connect"
    } else if error.is_timeout() {
        "no answer in time"
    } else if error.is_body() || error.is_decode() {
        "the answer was cut off"
    } else {
        "the request failed"
    };
    // The innermost cause is the one that says something: "connection refused".
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    if std::ptr::addr_eq(cause, error) { what.to_owned() } else { format!("{what}: {cause}") }
}

fn word<'a>(content_type: &'a str, otherwise: &'a str) -> &'a str {
    match content_type.split(';').next().unwrap_or("").trim() {
        "" | "application/json" => otherwise,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_read_from_every_shape_of_error() {
        let forbidden = StatusCode::FORBIDDEN;
        for (body, expected) in [
            (r#"{"error":{"status":403,"message":"Forbidden"}}"#, "Forbidden"),
            (r#"{"error":{"status":403}}"#, "HTTP 403"),
            (r#"{"error":"invalid_client","error_description":"Invalid client secret"}"#, "Invalid client secret"),
            (r#"{"error":"Not Found"}"#, "Not Found"),
            ("Too many requests", "Too many requests"),
            ("<html>no</html>", "HTTP 403"),
            ("", "HTTP 403"),
        ] {
            assert_eq!(reason(body.as_bytes(), forbidden), expected, "{body}");
        }
    }

    #[test]
    fn dates_have_three_forms() {
        let expected = "1994-11-06T08:49:37Z".parse().ok();
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", " Sunday, 06-Nov-94 08:49:37 GMT ", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(http_date(text), expected, "{text}");
        }
        for text in ["", "soon", "1994-11-06", "Sun, 06 Nov", "-5", "1e9"] {
            assert_eq!(http_date(text), None, "{text}");
        }
    }

    #[test]
    fn a_wait_is_in_seconds_or_until_a_date_of_the_service() {
        let now = http_date("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(wait(" 7 ", None), Some(Duration::from_secs(7)));
        assert_eq!(wait("Sun, 06 Nov 1994 10:49:37 GMT", now), Some(Duration::from_secs(7200)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(wait("Sun, 06 Nov 1994 10:49:37 GMT", None), None, "our clock may be wrong");
        for absurd in [u64::MAX.to_string(), "Fri, 31 Dec 9999 23:59:59 GMT".to_owned()] {
            assert_eq!(wait(&absurd, now), Some(LONGEST_WAIT), "{absurd}");
        }
        assert_eq!(wait("-1", now), None);
        assert_eq!(wait("soon", now), None);
    }

    #[test]
    fn quota_and_short_limit_are_told_apart() {
        let quota = br#"{"error":{"status":429,"message":"Too many requests","reason":"QUOTA_EXCEEDED"}}"#;
        assert!(is_quota(quota));
        assert!(!is_quota(b"Too many requests"));
    }
}
