//! What ListenBrainz says in words of its own: how many requests its window has left, and when the next one begins.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderName;

use crate::http::{Dialect, Received, Verdict};

static REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
static RESET_IN: HeaderName = HeaderName::from_static("x-ratelimit-reset-in");

#[derive(Debug)]
pub(super) struct ListenBrainz;

impl Dialect for ListenBrainz {
    fn verdict(&self, answer: &Received<'_>) -> Option<Verdict> {
        if answer.status != StatusCode::TOO_MANY_REQUESTS {
            return None;
        }
        // The seconds left of its window, which is what it wants to be believed; `Retry-After` is for proxies.
        let retry_after = answer.seconds(&RESET_IN).or_else(|| answer.retry_after());
        Some(Verdict::Limited { retry_after, quota: false, reason: "rate limit".to_owned() })
    }

    fn rest_after(&self, answer: &Received<'_>) -> Option<Duration> {
        let used_up = answer.status.is_success() && answer.header(&REMAINING).map(str::trim) == Some("0");
        used_up.then(|| answer.seconds(&RESET_IN)).flatten()
    }
}
