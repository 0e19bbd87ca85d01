//! The stand-in's own clock, which can be put forward so that nobody has to wait for a window or a token to end.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Time since the start, plus what was skipped.
pub(crate) struct Clock {
    started: Instant,
    skipped_ms: AtomicU64,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), skipped_ms: AtomicU64::new(0) }
    }

    /// The time since the start; never goes back.
    pub(crate) fn now(&self) -> Duration {
        self.started.elapsed() + Duration::from_millis(self.skipped_ms.load(Ordering::Relaxed))
    }

    /// Puts the clock forward, by whole milliseconds.
    pub(crate) fn skip(&self, time: Duration) {
        self.skipped_ms.fetch_add(whole_ms(time), Ordering::Relaxed);
    }
}

/// A time in whole milliseconds.
pub(crate) fn whole_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
