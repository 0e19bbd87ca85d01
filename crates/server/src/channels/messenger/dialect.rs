//! What the Graph API says in codes of its own.

use serde_json::Value;
use sixpotify_sources::http::{Dialect, Received, Verdict};

/// The Graph API: errors are objects with a code, whatever the status.
#[derive(Debug)]
pub(super) struct Graph;

impl Dialect for Graph {
    fn verdict(&self, answer: &Received<'_>) -> Option<Verdict> {
        let body: Value = serde_json::from_slice(answer.body).ok()?;
        let error = body.get("error")?.as_object()?;
        let code = error.get("code").and_then(Value::as_i64)?;
        let subcode = error.get("error_subcode").and_then(Value::as_i64).unwrap_or(0);
        let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
        let reason = format!("{code}/{subcode}: {message}");
        Some(match code {
            // Of the app, of the page, of the conversation: all ask for a pause.
            4 | 17 | 32 | 613 | 80_006 => Verdict::Limited { retry_after: answer.retry_after(), quota: true, reason },
            190 => Verdict::Unauthorized(reason),
            551 => Verdict::Gone,
            100 if subcode == 2_018_001 => Verdict::Gone,
            _ => Verdict::Rejected(reason),
        })
    }
}

/// Code and subcode of a rejection's reason.
pub(super) fn code(reason: &str) -> Option<(i64, i64)> {
    let (code, rest) = reason.split_once('/')?;
    let (subcode, _) = rest.split_once(':')?;
    Some((code.parse().ok()?, subcode.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_out_of_reasons() {
        assert_eq!(code("10/2018278: This message is sent outside of allowed window."), Some((10, 2_018_278)));
        assert_eq!(code("1200/0: "), Some((1200, 0)));
        assert_eq!(code("rate limit"), None);
    }
}
