//! The limits of the real services: how many requests in which span of time, and what happens beyond.

use std::collections::VecDeque;
use std::time::Duration;

use crate::config::Service;

/// So many requests in any span of this length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    pub(crate) requests: usize,
    pub(crate) span: Duration,
    /// Whether refused requests count as well, so that the rate itself has to fall.
    refused_count: bool,
}

impl Limit {
    /// The limit of a service.
    pub(crate) fn of(service: Service) -> Self {
        let (requests, seconds, refused_count) = match service {
            // One a second on average; beyond it everything is refused until the rate has fallen.
            Service::MusicBrainz => (5, 5, true),
            Service::ListenBrainz | Service::Labs | Service::ReccoBeats => (30, 10, false),
            Service::Deezer => (50, 5, false),
            Service::LastFm => (25, 5, false),
        };
        Self { requests, span: Duration::from_secs(seconds), refused_count }
    }
}

/// How a request stands to the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passed {
    /// It is answered; so many more would be, and the oldest counted one leaves after this time.
    Yes { left: usize, room_in: Duration },
    /// It is refused; there is room after this time. `first`: nobody was refused just before.
    No { room_in: Duration, first: bool },
}

/// The requests that count.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    times: VecDeque<Duration>,
    refusing: bool,
}

impl Limiter {
    /// Takes note of a request at `now`.
    pub(crate) fn admit(&mut self, now: Duration, limit: Limit) -> Passed {
        while self.times.front().is_some_and(|oldest| *oldest + limit.span <= now) {
            self.times.pop_front();
        }
        let full = self.times.len() >= limit.requests;
        let room_in = |times: &VecDeque<Duration>| {
            let leaving = times.len().checked_sub(limit.requests).and_then(|at| times.get(at)).or(times.front());
            leaving.map_or(Duration::ZERO, |time| (*time + limit.span).saturating_sub(now))
        };
        if full {
            let first = !std::mem::replace(&mut self.refusing, true);
            if limit.refused_count {
                self.times.push_back(now);
            }
            return Passed::No { room_in: room_in(&self.times), first };
        }
        self.refusing = false;
        self.times.push_back(now);
        Passed::Yes { left: limit.requests - self.times.len(), room_in: room_in(&self.times) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_second_apart_always_passes_and_a_flood_is_refused_as_long_as_it_lasts() {
        let limit = Limit::of(Service::MusicBrainz);
        let mut limiter = Limiter::default();
        assert!((0..100).all(|n| matches!(limiter.admit(ms(n * 1000), limit), Passed::Yes { .. })));
        let mut limiter = Limiter::default();
        let flood: Vec<bool> =
            (0..100).map(|n| matches!(limiter.admit(ms(n * 100), limit), Passed::Yes { .. })).collect();
        assert_eq!(flood.iter().filter(|passed| **passed).count(), 5, "the rate never fell");
        assert!(matches!(limiter.admit(ms(15_000), limit), Passed::Yes { .. }));
    }

    #[test]
    fn what_is_left_is_said() {
        let limit = Limit::of(Service::Labs);
        let mut limiter = Limiter::default();
        assert_eq!(limiter.admit(ms(0), limit), Passed::Yes { left: 29, room_in: ms(10_000) });
        for _ in 0..28 {
            limiter.admit(ms(4000), limit);
        }
        assert_eq!(limiter.admit(ms(4000), limit), Passed::Yes { left: 0, room_in: ms(6000) });
        assert_eq!(limiter.admit(ms(5000), limit), Passed::No { room_in: ms(5000), first: true });
        assert_eq!(limiter.admit(ms(5000), limit), Passed::No { room_in: ms(5000), first: false });
        assert!(matches!(limiter.admit(ms(10_000), limit), Passed::Yes { .. }));
    }
}
