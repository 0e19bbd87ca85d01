//! What Last.fm says in words of its own: a number and a message, with HTTP 200 or with any other status.

use serde::Deserialize;

use crate::http::{Dialect, Received, Verdict};
use crate::wire::Loose;

/// No body that says an error is longer than this, in bytes; longer ones are not read twice.
const LONGEST_ERROR: usize = 4096;

#[derive(Debug)]
pub(super) struct LastFm;

#[derive(Deserialize)]
struct Said {
    error: Loose,
    message: Option<String>,
}

impl Dialect for LastFm {
    fn verdict(&self, answer: &Received<'_>) -> Option<Verdict> {
        if answer.body.len() > LONGEST_ERROR {
            return None;
        }
        let said: Said = serde_json::from_slice(answer.body).ok()?;
        let message = said.message.unwrap_or_default();
        Some(match said.error.count()? {
            // "The artist you supplied could not be found"; the same number says that a parameter is missing.
            6 => Verdict::Gone,
            // Failed, offline, temporarily unavailable.
            8 | 11 | 16 => Verdict::Fault(message),
            // Wrong key, suspended key.
            10 | 26 => Verdict::Unauthorized(message),
            29 => Verdict::Limited { retry_after: answer.retry_after(), quota: false, reason: "rate limit".to_owned() },
            _ => Verdict::Rejected(message),
        })
    }
}
