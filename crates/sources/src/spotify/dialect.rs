//! What Spotify says in words of its own.

use std::time::Duration;

use reqwest::StatusCode;

use crate::http::{Dialect, Received, Verdict};

/// A 429 may speak of the short window or of the daily quota; only its body tells.
#[derive(Debug)]
pub(super) struct Spotify;

impl Dialect for Spotify {
    fn verdict(&self, answer: &Received<'_>) -> Option<Verdict> {
        if answer.status != StatusCode::TOO_MANY_REQUESTS || !is_quota(answer.body) {
            return None;
        }
        let retry_after: Option<Duration> = answer.retry_after();
        Some(Verdict::Limited { retry_after, quota: true, reason: "quota exceeded".to_owned() })
    }
}

fn is_quota(body: &[u8]) -> bool {
    let json = serde_json::from_slice::<serde_json::Value>(body).unwrap_or_default();
    json.pointer("/error/reason").and_then(serde_json::Value::as_str) == Some("QUOTA_EXCEEDED")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quota_and_short_limit_are_told_apart() {
        let quota = br#"{"error":{"status":429,"message":"Too many requests","reason":"QUOTA_EXCEEDED"}}"#;
        assert!(is_quota(quota));
        assert!(!is_quota(b"Too many requests"));
    }
}
