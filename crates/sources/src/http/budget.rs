//! How many requests may be begun in a rolling window, and when the next one may.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Requests allowed in any window of a given length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Requests, at least 1.
    pub requests: u32,
    /// Length of the window.
    pub window: Duration,
}

/// Spends a [`Budget`] evenly: a short start at full speed (a tenth of the window's requests), then one request per
/// `window / requests`, and never more than `requests` begun within any `window`.
#[derive(Debug)]
pub(super) struct Pacer {
    budget: Budget,
    begun: VecDeque<Instant>,
    /// When the next request is due if all were evenly spaced (the theoretical arrival time of the generic cell rate
    /// algorithm, ITU-T I.371).
    due: Option<Instant>,
}

impl Pacer {
    pub(super) fn new(budget: Budget) -> Self {
        Self { budget: Budget { requests: budget.requests.max(1), ..budget }, begun: VecDeque::new(), due: None }
    }

    /// Takes the next free place, at `now` or later, and says when it is. Each call takes one.
    pub(super) fn reserve(&mut self, now: Instant) -> Instant {
        let Budget { requests, window } = self.budget;
        let spacing = window / requests;
        let tolerance = spacing * (requests / 10);
        let mut at = now;
        if let Some(due) = self.due {
            at = at.max(due.checked_sub(tolerance).unwrap_or(now));
        }
        if self.begun.len() >= requests as usize
            && let Some(oldest) = self.begun.pop_front()
        {
            at = at.max(oldest + window);
        }
        self.begun.push_back(at);
        self.due = Some(self.due.map_or(at, |due| due.max(at)) + spacing);
        at
    }

    /// Requests begun, or promised, within the window that ends at `now`.
    pub(super) fn used(&self, now: Instant) -> usize {
        self.begun.iter().filter(|at| **at + self.budget.window > now).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reserve_all(budget: Budget, n: usize) -> Vec<Duration> {
        let start = Instant::now();
        let mut pacer = Pacer::new(budget);
        (0..n).map(|_| pacer.reserve(start) - start).collect()
    }

    #[test]
    fn no_window_holds_more_than_the_budget_and_nothing_is_wasted() {
        for requests in [1, 7, 90] {
            let budget = Budget { requests, window: Duration::from_secs(30) };
            let times = reserve_all(budget, requests as usize * 4 + 1);
            for (i, at) in times.iter().enumerate() {
                let within = times[i..].iter().take_while(|t| **t < *at + budget.window).count();
                assert!(within <= requests as usize, "{within} of {requests} from request {i} on");
            }
            // four windows' worth of requests is over within four windows
            assert!(times[requests as usize * 4 - 1] < budget.window * 4);
        }
    }

    #[test]
    fn a_small_job_does_not_wait() {
        let times = reserve_all(Budget { requests: 90, window: Duration::from_secs(30) }, 9);
        assert!(times.iter().all(|t| t.is_zero()), "{times:?}");
    }

    #[test]
    fn after_a_rest_the_short_start_is_there_again() {
        let start = Instant::now();
        let mut pacer = Pacer::new(Budget { requests: 90, window: Duration::from_secs(30) });
        for _ in 0..200 {
            pacer.reserve(start);
        }
        let later = start + Duration::from_secs(300);
        assert_eq!(pacer.used(later), 0);
        assert_eq!(pacer.reserve(later), later);
    }
}
