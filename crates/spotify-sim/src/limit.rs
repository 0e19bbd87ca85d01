//! The two limits of the real service, a rolling window and a daily quota, and what follows from ignoring them.

use std::collections::VecDeque;
use std::time::Duration;

use crate::config::Config;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Which limit was exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exceeded {
    /// The rolling window.
    Window,
    /// The quota of 24 hours.
    Quota,
}

/// A request that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) exceeded: Exceeded,
    /// Seconds until the next request is allowed.
    pub(crate) wait: u64,
    /// How the request stands to a refusal before it.
    pub(crate) sent: Sent,
}

/// When a refused request was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// It is the first one beyond the limit.
    First,
    /// The client was limited, but cannot have known yet.
    InFlight,
    /// The client was limited and knew; `true` if the wait became longer.
    Knowingly(bool),
}

/// The requests that count, and until when everything is refused.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    window: VecDeque<Duration>,
    day: VecDeque<Duration>,
    block: Option<Block>,
}

#[derive(Clone, Copy, Debug)]
struct Block {
    exceeded: Exceeded,
    since: Duration,
    penalty: Duration,
}

impl Block {
    fn until(&self) -> Duration {
        self.since + self.penalty
    }
}

impl Limiter {
    /// Takes note of a request at `now`.
    ///
    /// Who was told to wait is refused until then, even where the window would have room before that.
    ///
    /// # Errors
    /// How the request is refused.
    pub(crate) fn admit(&mut self, now: Duration, config: &Config) -> Result<(), Refused> {
        if let Some(block) = &mut self.block {
            if now < block.until() {
                return Err(block.again(now, config));
            }
            self.block = None;
        }
        forget(&mut self.window, now, config.window);
        forget(&mut self.day, now, DAY);
        if let Some(room) = full(&self.day, config.quota_per_day, now, DAY) {
            let wait = config.quota_retry_after.unwrap_or(room);
            return Err(self.block(Exceeded::Quota, now, wait));
        }
        if let Some(room) = full(&self.window, config.limit_per_30s, now, config.window) {
            return Err(self.block(Exceeded::Window, now, room));
        }
        // What is not limited is not remembered, so that endless runs need no memory.
        if config.limit_per_30s.is_some() {
            self.window.push_back(now);
        }
        if config.quota_per_day.is_some() {
            self.day.push_back(now);
        }
        Ok(())
    }

    fn block(&mut self, exceeded: Exceeded, now: Duration, wait: Duration) -> Refused {
        let wait = seconds_up(wait);
        self.block = Some(Block { exceeded, since: now, penalty: Duration::from_secs(wait) });
        Refused { exceeded, wait, sent: Sent::First }
    }
}

impl Block {
    /// Another request while blocked.
    fn again(&mut self, now: Duration, config: &Config) -> Refused {
        let knowing = now > self.since + config.latency + config.escalation_grace;
        let worse = knowing && config.escalation;
        if worse {
            self.penalty = (self.penalty * 2).min(DAY);
            self.since = now;
        }
        let sent = if knowing { Sent::Knowingly(worse) } else { Sent::InFlight };
        Refused { exceeded: self.exceeded, wait: seconds_up(self.until() - now), sent }
    }
}

fn forget(times: &mut VecDeque<Duration>, now: Duration, span: Duration) {
    while times.front().is_some_and(|oldest| *oldest + span <= now) {
        times.pop_front();
    }
}

/// How long there is no room among `times` for another request.
fn full(times: &VecDeque<Duration>, limit: Option<u32>, now: Duration, span: Duration) -> Option<Duration> {
    let limit = limit? as usize;
    if times.len() < limit {
        return None;
    }
    // More than the limit were admitted if it was lowered since; with a limit of 0 there is nothing to wait for.
    let leaving = times.get(times.len() - limit).or(times.back());
    Some(leaving.map_or(span, |time| (*time + span).saturating_sub(now)))
}

/// Whole seconds, rounded up, at least one.
fn seconds_up(time: Duration) -> u64 {
    (time.as_secs() + u64::from(time.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn waits(config: &Config, times: &[u64]) -> Vec<u64> {
        let mut limiter = Limiter::default();
        times.iter().map(|at| limiter.admit(ms(*at), config).map_or_else(|refused| refused.wait, |()| 0)).collect()
    }

    #[test]
    fn the_window_rolls() {
        let config = Config { limit_per_30s: Some(2), ..Config::default() };
        let times = [0, 10_000, 10_500, 30_100, 30_500, 30_600, 40_600];
        // At 30.1 s there would be room, but the time that was announced is kept.
        assert_eq!(waits(&config, &times), [0, 0, 20, 1, 0, 10, 0]);
        let none = Config { limit_per_30s: Some(0), ..Config::default() };
        assert_eq!(waits(&none, &[0]), [30]);
    }

    #[test]
    fn the_quota_rolls_over_a_day() {
        let config = Config { quota_per_day: Some(2), ..Config::default() };
        let mut limiter = Limiter::default();
        let hours = |n: u64| Duration::from_secs(n * 3600);
        assert_eq!(limiter.admit(hours(0), &config), Ok(()));
        assert_eq!(limiter.admit(hours(9), &config), Ok(()));
        let refused = limiter.admit(hours(10), &config).unwrap_err();
        assert_eq!((refused.exceeded, refused.wait), (Exceeded::Quota, 14 * 3600));
        assert_eq!(limiter.admit(hours(24), &config), Ok(()));
        assert_eq!(limiter.admit(hours(25), &config).unwrap_err().wait, 8 * 3600);
    }

    #[test]
    fn a_fixed_wait_may_be_set() {
        let wait = Some(Duration::from_secs(48_925));
        let config = Config { quota_per_day: Some(1), quota_retry_after: wait, ..Config::default() };
        assert_eq!(waits(&config, &[0, 1]), [0, 48_925]);
    }

    #[test]
    fn sending_on_makes_it_worse_but_not_for_what_was_on_its_way() {
        let config = Config { limit_per_30s: Some(1), escalation: true, latency: ms(100), ..Config::default() };
        let mut limiter = Limiter::default();
        let mut at = |t: u64| limiter.admit(ms(t), &config).map_err(|refused| (refused.wait, refused.sent));
        assert_eq!(at(0), Ok(()));
        assert_eq!(at(20_000), Err((10, Sent::First)));
        assert_eq!(at(20_600), Err((10, Sent::InFlight)));
        assert_eq!(at(20_700), Err((20, Sent::Knowingly(true))));
        assert_eq!(at(20_800), Err((20, Sent::InFlight)));
        assert_eq!(at(30_700), Err((40, Sent::Knowingly(true))));
        assert_eq!(at(70_700), Ok(()));
    }

    #[test]
    fn the_wait_grows_to_a_day_at_most() {
        let config = Config { limit_per_30s: Some(0), escalation: true, ..Config::default() };
        let waits = waits(&config, &(0..20).map(|n| n * 1000).collect::<Vec<_>>());
        assert_eq!(waits.last(), Some(&86_400));
    }

    #[test]
    fn without_escalation_the_wait_stays() {
        let config = Config { limit_per_30s: Some(1), ..Config::default() };
        assert_eq!(waits(&config, &[0, 0, 10_000, 20_000, 30_000]), [0, 30, 20, 10, 0]);
    }
}
