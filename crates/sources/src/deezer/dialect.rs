//! What Deezer says in words of its own: errors inside HTTP 200, an object with a code or a bare text.

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::http::{Dialect, Received, Verdict};

/// No body that says an error is longer than this, in bytes; longer ones are not read twice.
const LONGEST_ERROR: usize = 4096;

/// "Quota limit exceeded": more than 50 requests in 5 seconds.
const QUOTA: i64 = 4;

/// "Service busy".
const BUSY: i64 = 700;

/// "No data": there is no such item.
const NO_DATA: i64 = 800;

#[derive(Debug)]
pub(super) struct Deezer;

#[derive(Deserialize)]
struct Said {
    error: Value,
}

impl Dialect for Deezer {
    fn verdict(&self, answer: &Received<'_>) -> Option<Verdict> {
        if answer.status != StatusCode::OK || answer.body.len() > LONGEST_ERROR {
            return None;
        }
        let error = serde_json::from_slice::<Said>(answer.body).ok()?.error;
        let message = error.get("message").unwrap_or(&error).as_str().unwrap_or_default().to_owned();
        Some(match error.get("code").and_then(Value::as_i64) {
            Some(QUOTA) => {
                Verdict::Limited { retry_after: answer.retry_after(), quota: false, reason: "rate limit".to_owned() }
            }
            Some(NO_DATA) => Verdict::Gone,
            Some(BUSY) => Verdict::Busy(message),
            // Missing or wrong parameters, and queries that it does not understand.
            Some(500 | 501 | 600) => Verdict::Rejected(message),
            _ => Verdict::Fault(format!("HTTP 200 with an error: {message}")),
        })
    }
}
