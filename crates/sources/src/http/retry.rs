//! How often and after which delay a request is sent again.

use std::time::Duration;

/// Bounds of retrying. Delays are exponential with full jitter: uniform in 0 to `base` x 2^n, so that clients that
/// failed together do not come back together (Brooker, "Exponential Backoff And Jitter", 2015).
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// Attempts in all, the first included.
    pub attempts: u32,
    /// Upper bound of the first delay.
    pub base: Duration,
    /// Upper bound of any delay.
    pub longest: Duration,
    /// Nothing is begun again this long after the first fault.
    pub total: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 5,
            base: Duration::from_millis(500),
            longest: Duration::from_secs(20),
            total: Duration::from_secs(180),
        }
    }
}

impl Retry {
    /// The delay after `failed` failed attempts (1 or more).
    pub(super) fn delay(&self, failed: u32) -> Duration {
        let doublings = failed.saturating_sub(1).min(16);
        let bound = self.base.saturating_mul(1 << doublings).min(self.longest);
        bound.mul_f64(fastrand::f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_stay_within_their_bounds() {
        let retry = Retry::default();
        for failed in 1..40 {
            for _ in 0..50 {
                let delay = retry.delay(failed);
                assert!(delay <= retry.longest);
                assert!(failed > 1 || delay <= retry.base);
            }
        }
    }
}
