//! What the Bot API says in its own words.

use std::time::Duration;

use serde_json::Value;
use sixpotify_sources::http::{Dialect, Received, Verdict};

/// The Bot API: `ok`, and if it is false a code, a description and perhaps how long to wait.
#[derive(Debug)]
pub(super) struct BotApi;

impl Dialect for BotApi {
    fn verdict(&self, answer: &Received<'_>) -> Option<Verdict> {
        let body: Value = serde_json::from_slice(answer.body).ok()?;
        if body.get("ok")?.as_bool()? {
            return None;
        }
        let code = body.get("error_code").and_then(Value::as_u64).unwrap_or_else(|| answer.status.as_u16().into());
        let description = body.get("description").and_then(Value::as_str).unwrap_or_default();
        let wait = body.pointer("/parameters/retry_after").and_then(Value::as_u64).map(Duration::from_secs);
        let reason = format!("{code}: {description}");
        Some(match code {
            429 => Verdict::Limited { retry_after: wait.or_else(|| answer.retry_after()), quota: true, reason },
            // A token of the wrong shape is 404, one that was revoked 401.
            401 | 404 => Verdict::Unauthorized(reason),
            403 => Verdict::Gone,
            400 if description.contains("chat not found") || description.contains("deactivated") => Verdict::Gone,
            500.. => Verdict::Fault(reason),
            _ => Verdict::Rejected(reason),
        })
    }
}
