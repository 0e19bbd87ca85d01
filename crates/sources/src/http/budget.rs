//! How many requests may be begun, and at which times.

use std::time::Duration;

/// Requests allowed in any window of a given length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Requests, at least 1.
    pub requests: u32,
    /// Length of the window.
    pub window: Duration,
}

/// An even pace that keeps a [`Budget`] in every window, wherever the window begins.
///
/// Requests are due one `spacing` apart; one that comes late may be followed sooner, by `tolerance` at most (the generic
/// cell rate algorithm, ITU-T I.371: in any window at most `(window + tolerance) / spacing` requests).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Between two requests.
    pub spacing: Duration,
    /// How much may be caught up.
    pub tolerance: Duration,
}

impl Pace {
    /// No pace: as fast as the answers come.
    pub const FREE: Self = Self { spacing: Duration::ZERO, tolerance: Duration::ZERO };

    /// The pace for a budget. A fortieth of the requests may be caught up, and one in a window is kept back for those that
    /// arrive a little early or late; so at least 95 of 100 are used (of 20 or more).
    pub fn of(budget: Budget) -> Self {
        let caught_up = budget.requests / 40;
        let even = budget.requests.saturating_sub(caught_up + u32::from(budget.requests > 1)).max(1);
        let spacing = budget.window / even;
        Self { spacing, tolerance: spacing * caught_up }
    }

    /// Requests that are due in `time`, at least 1; `most` when the pace is free.
    pub(super) fn within(&self, time: Duration, most: u32) -> u32 {
        if self.spacing.is_zero() {
            return most;
        }
        let n = time.as_nanos() / self.spacing.as_nanos();
        u32::try_from(n).unwrap_or(u32::MAX).clamp(1, most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times of `n` requests that are sent as soon as they may, from the start on.
    fn times(budget: Budget, n: usize) -> Vec<Duration> {
        let pace = Pace::of(budget);
        let mut due = Duration::ZERO;
        let mut now = Duration::ZERO;
        (0..n)
            .map(|_| {
                now = now.max(due.saturating_sub(pace.tolerance));
                due = due.max(now) + pace.spacing;
                now
            })
            .collect()
    }

    #[test]
    fn no_window_holds_more_than_the_budget_and_little_is_wasted() {
        for requests in [1, 2, 7, 20, 39, 90, 1000] {
            let budget = Budget { requests, window: Duration::from_secs(30) };
            let times = times(budget, requests as usize * 5);
            for (i, at) in times.iter().enumerate() {
                let within = times[i..].iter().take_while(|t| **t < *at + budget.window).count();
                assert!(within <= requests as usize, "{within} of {requests} from request {i} on");
            }
            if requests >= 20 {
                let second = times.iter().filter(|t| (30..60).contains(&t.as_secs())).count();
                assert!(second * 100 >= requests as usize * 95, "{second} of {requests} in the second window");
            }
        }
    }

    #[test]
    fn a_second_holds_a_second_of_requests() {
        let pace = Pace::of(Budget { requests: 90, window: Duration::from_secs(30) });
        assert_eq!(pace.within(Duration::from_secs(1), 100), 2);
        assert_eq!(
            Pace::of(Budget { requests: 1, window: Duration::from_secs(30) }).within(Duration::from_secs(1), 9),
            1
        );
        assert_eq!(Pace::FREE.within(Duration::from_secs(1), 64), 64);
    }
}
