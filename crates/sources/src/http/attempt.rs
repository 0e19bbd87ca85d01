//! One attempt: send, read within bounds, and say what came of it.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, DATE};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::access::without;
use super::{Dialect, Received, Verdict};

/// The longest body that is read, in bytes. The longest real one (50 albums with all markets) is under 1 MB.
const LONGEST_BODY: usize = 16 << 20;

/// The longest wait that is believed; a service that names a longer one (or nonsense) must not push times out of range.
const LONGEST_WAIT: Duration = Duration::from_secs(365 * 24 * 3600);

/// What came of an attempt.
#[derive(Debug)]
pub(super) enum Outcome<T> {
    /// A decoded body.
    Answer(T),
    /// The secret is not good (any more).
    Unauthorized(String),
    /// 403.
    Forbidden(String),
    /// 404.
    NotFound,
    /// There is no such item, in the service's own words.
    Gone,
    /// Too many requests, with how long to wait where the service says so.
    Limited { retry_after: Option<Duration>, quota: bool, reason: String },
    /// Too much for the service at the moment.
    Busy { fault: String, sent: bool },
    /// Any other 4xx.
    Rejected(u16, String),
    /// Worth another attempt: not sent, timed out, cut off, undecodable, 5xx, 408. `sent`: the service may have had it.
    Fault { fault: String, sent: bool },
}

impl<T> Outcome<T> {
    fn fault(fault: impl Into<String>) -> Self {
        Self::Fault { fault: fault.into(), sent: true }
    }
}

/// An attempt that is over.
pub(super) struct Attempt<T> {
    pub(super) outcome: Outcome<T>,
    /// The service's own time, where it says it.
    pub(super) date: Option<DateTime<Utc>>,
    /// How long the service wants no request after this one.
    pub(super) rest: Option<Duration>,
}

/// Sends `request` once; nothing that comes of it holds `secret`.
#[expect(clippy::disallowed_methods, reason = "the one place where requests are sent")]
pub(super) async fn send<T: DeserializeOwned>(
    request: reqwest::RequestBuilder,
    dialect: &dyn Dialect,
    secret: &SecretString,
) -> Attempt<T> {
    match request.send().await {
        Ok(response) => read_answer(response, dialect, secret).await,
        Err(error) => {
            let fault = describe(&error);
            let sent = !(error.is_connect() || error.is_builder());
            // Sent, and neither answered nor timed out: reset or closed.
            let busy = sent && !error.is_timeout() && dialect.resets_mean_busy();
            let outcome = if busy { Outcome::Busy { fault, sent } } else { Outcome::Fault { fault, sent } };
            Attempt { outcome, date: None, rest: None }
        }
    }
}

async fn read_answer<T: DeserializeOwned>(
    response: reqwest::Response,
    dialect: &dyn Dialect,
    secret: &SecretString,
) -> Attempt<T> {
    let (status, headers) = (response.status(), response.headers().clone());
    let date = headers.get(DATE).and_then(|value| value.to_str().ok()).and_then(http_date);
    let body = match read(response).await {
        Ok(body) => body,
        // The status alone is enough where the body is only an explanation.
        Err(_) if status.is_client_error() => Vec::new(),
        Err(fault) => return Attempt { outcome: Outcome::fault(fault), date, rest: None },
    };
    let answer = Received { status, headers: &headers, body: &body, date };
    let rest = dialect.rest_after(&answer);
    let outcome = match dialect.verdict(&answer) {
        Some(verdict) => own_words(verdict, status, secret),
        None => classify(&answer, secret),
    };
    Attempt { outcome, date, rest }
}

/// What the service said in its own words.
fn own_words<T>(verdict: Verdict, status: StatusCode, secret: &SecretString) -> Outcome<T> {
    match verdict {
        Verdict::Limited { retry_after, quota, reason } => {
            let retry_after = retry_after.map(|wait| wait.min(LONGEST_WAIT));
            Outcome::Limited { retry_after, quota, reason: line(&reason, status, secret) }
        }
        Verdict::Busy(reason) => Outcome::Busy { fault: line(&reason, status, secret), sent: true },
        Verdict::Fault(reason) => Outcome::fault(line(&reason, status, secret)),
        Verdict::Unauthorized(reason) => Outcome::Unauthorized(line(&reason, status, secret)),
        Verdict::Gone => Outcome::Gone,
        Verdict::Rejected(reason) => Outcome::Rejected(status.as_u16(), line(&reason, status, secret)),
    }
}

/// What an answer says in HTTP's words.
fn classify<T: DeserializeOwned>(answer: &Received<'_>, secret: &SecretString) -> Outcome<T> {
    let (status, body) = (answer.status, answer.body);
    let reason = || reason(body, status, secret);
    match status {
        StatusCode::OK => decode(body, answer.header(&CONTENT_TYPE).unwrap_or_default()),
        StatusCode::UNAUTHORIZED => Outcome::Unauthorized(reason()),
        StatusCode::FORBIDDEN => Outcome::Forbidden(reason()),
        StatusCode::NOT_FOUND => Outcome::NotFound,
        StatusCode::TOO_MANY_REQUESTS => {
            let retry_after = answer.retry_after();
            Outcome::Limited { retry_after, quota: false, reason: "rate limit".to_owned() }
        }
        // It says when to come back: that is no fault, and no lesson about the window.
        StatusCode::SERVICE_UNAVAILABLE if answer.retry_after().is_some() => {
            Outcome::Limited { retry_after: answer.retry_after(), quota: true, reason: "HTTP 503".to_owned() }
        }
        StatusCode::REQUEST_TIMEOUT => Outcome::fault("HTTP 408"),
        s if s.is_client_error() => Outcome::Rejected(s.as_u16(), reason()),
        s => Outcome::fault(format!("HTTP {}", s.as_u16())),
    }
}

/// The wait that a `Retry-After` asks for: seconds, or a date (RFC 9110, section 10.2.3). A date is taken by the service's
/// own clock, its `Date` header: ours may be wrong. Without one it says nothing.
pub(super) fn wait(said: &str, date: Option<DateTime<Utc>>) -> Option<Duration> {
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
        return Outcome::fault("HTTP 200 with an empty body");
    }
    match serde_json::from_slice(body) {
        Ok(answer) => Outcome::Answer(answer),
        Err(_) if body.trim_ascii_start().starts_with(b"<") => {
            Outcome::fault(format!("HTTP 200 with {} instead of JSON", word(content_type, "HTML")))
        }
        Err(error) => Outcome::fault(format!("HTTP 200 with a body that is not the JSON expected: {}", misfit(&error))),
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

/// What an error body says: `{"error":{"message":..}}`, `{"error":..,"error_description":..}`, `{"message":..}`,
/// `{"description":..}`, or plain text; cut to one short line.
fn reason(body: &[u8], status: StatusCode, secret: &SecretString) -> String {
    let said = serde_json::from_slice::<serde_json::Value>(body).ok().and_then(|json| {
        let error = json.get("error").unwrap_or(&json);
        let words = ["message", "error_description", "description"];
        let text = words.iter().find_map(|word| error.get(word).or_else(|| json.get(word))).unwrap_or(error);
        text.as_str().map(str::to_owned)
    });
    let plain =
        || std::str::from_utf8(body).ok().filter(|t| !t.trim_start().starts_with(['<', '{'])).map(str::to_owned);
    line(&said.or_else(plain).unwrap_or_default(), status, secret)
}

/// One short line for people: without the secret, control characters and everything after 200 characters.
fn line(text: &str, status: StatusCode, secret: &SecretString) -> String {
    let line: String = without(text, secret).chars().filter(|c| !c.is_control()).take(200).collect();
    let line = line.trim();
    if line.is_empty() { format!("HTTP {}", status.as_u16()) } else { line.to_owned() }
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
            (r#"{"error":10,"message":"Invalid API key"}"#, "Invalid API key"),
            (r#"{"code":401,"error":"Provide a token."}"#, "Provide a token."),
            (
                r#"{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked"}"#,
                "Forbidden: bot was blocked",
            ),
            ("Too many requests", "Too many requests"),
            ("<html>no</html>", "HTTP 403"),
            ("", "HTTP 403"),
        ] {
            assert_eq!(reason(body.as_bytes(), forbidden, &SecretString::default()), expected, "{body}");
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
}
