//! One attempt: send, read within bounds, and say what came of it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, DATE, RETRY_AFTER};
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
            let date = response.headers().get(DATE).and_then(|v| v.to_str().ok());
            let date = date.and_then(|d| DateTime::parse_from_rfc2822(d).ok()).map(|d| d.to_utc());
            (classify(response).await, date)
        }
        Err(error) => (Outcome::Fault(describe(&error)), None),
    }
}

async fn classify<T: DeserializeOwned>(response: reqwest::Response) -> Outcome<T> {
    let status = response.status();
    let retry_after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.trim().parse::<u64>().ok())
        .map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT));
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
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
    fn quota_and_short_limit_are_told_apart() {
        let quota = br#"{"error":{"status":429,"message":"Too many requests","reason":"QUOTA_EXCEEDED"}}"#;
        assert!(is_quota(quota));
        assert!(!is_quota(b"Too many requests"));
    }
}
