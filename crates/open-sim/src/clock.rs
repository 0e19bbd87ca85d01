//! The stand-ins' own clock, which can be put forward and run faster than the real one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Time since the start times the scale, plus what was skipped.
pub(crate) struct Clock {
    started: Instant,
    scale: f64,
    skipped_ms: AtomicU64,
}

impl Clock {
    /// A clock that runs `scale` times as fast as the real one.
    pub(crate) fn new(scale: f64) -> Self {
        Self { started: Instant::now(), scale, skipped_ms: AtomicU64::new(0) }
    }

    /// The time since the start; never goes back.
    pub(crate) fn now(&self) -> Duration {
        self.started.elapsed().mul_f64(self.scale) + Duration::from_millis(self.skipped_ms.load(Ordering::Relaxed))
    }

    /// Puts the clock forward, by whole milliseconds.
    pub(crate) fn skip(&self, time: Duration) {
        self.skipped_ms.fetch_add(u64::try_from(time.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// How long somebody with a real clock waits for this much of ours.
    pub(crate) fn real(&self, time: Duration) -> Duration {
        time.div_f64(self.scale)
    }
}
