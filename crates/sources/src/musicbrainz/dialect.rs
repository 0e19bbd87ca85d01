//! What MusicBrainz says in words of its own.

use reqwest::StatusCode;

use crate::http::{Dialect, Received, Verdict};

/// Too many requests are 503, not 429, and at times a connection that is dropped.
#[derive(Debug)]
pub(super) struct MusicBrainz;

impl Dialect for MusicBrainz {
    fn verdict(&self, answer: &Received<'_>) -> Option<Verdict> {
        let slow_down = answer.status == StatusCode::SERVICE_UNAVAILABLE && answer.retry_after().is_none();
        slow_down.then(|| Verdict::Busy("HTTP 503: too many requests from this address, or out of order".to_owned()))
    }

    fn resets_mean_busy(&self) -> bool {
        true
    }
}
