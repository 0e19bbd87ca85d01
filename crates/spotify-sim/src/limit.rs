//! The rolling limit: so many requests in any span of the window's length, then 429 until there is room.

use std::collections::VecDeque;
use std::time::Duration;

/// The requests of the last window, and until when everything is refused.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    accepted: VecDeque<Duration>,
    blocked_until: Option<Duration>,
}

impl Limiter {
    /// Takes note of a request at `now`; `Err` holds the seconds to wait before the next one.
    ///
    /// Who was told to wait is refused until then, even where the window would have room before that.
    pub(crate) fn admit(&mut self, now: Duration, window: Duration, limit: u32) -> Result<(), u64> {
        if let Some(until) = self.blocked_until {
            if now < until {
                return Err(seconds_up(until - now));
            }
            self.blocked_until = None;
        }
        while self.accepted.front().is_some_and(|oldest| *oldest + window <= now) {
            self.accepted.pop_front();
        }
        if self.accepted.len() < limit as usize {
            self.accepted.push_back(now);
            return Ok(());
        }
        // With a limit of 0 there is no oldest request to wait for.
        let room = self.accepted.front().map_or(now + window, |oldest| *oldest + window);
        let wait = seconds_up(room - now);
        self.blocked_until = Some(now + Duration::from_secs(wait));
        Err(wait)
    }
}

/// Whole seconds, rounded up, at least one.
pub(crate) fn seconds_up(time: Duration) -> u64 {
    (time.as_secs() + u64::from(time.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(30);

    #[test]
    fn the_window_rolls() {
        let mut limiter = Limiter::default();
        let mut at = |ms: u64| limiter.admit(Duration::from_millis(ms), WINDOW, 2);
        assert_eq!(at(0), Ok(()));
        assert_eq!(at(10_000), Ok(()));
        assert_eq!(at(10_500), Err(20));
        assert_eq!(at(30_100), Err(1), "the time that was announced is kept");
        assert_eq!(at(30_500), Ok(()));
        assert_eq!(at(30_600), Err(10));
        assert_eq!(at(40_600), Ok(()));
    }

    #[test]
    fn a_limit_of_nothing_refuses_everything() {
        assert_eq!(Limiter::default().admit(Duration::ZERO, WINDOW, 0), Err(30));
    }
}
