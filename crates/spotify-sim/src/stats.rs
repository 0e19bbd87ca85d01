//! What was asked of the stand-in so far, and how well it was asked.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::whole_ms;
use crate::fault::Fault;
use crate::hash::hash;
use crate::limit::{Exceeded, Refused, Sent};

/// So many windows are kept, the latest ones.
const WINDOWS: usize = 4096;

/// Counters since the start or the last reset, as `GET /stats` shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Requests under `/v1`, whatever the answer.
    pub requests: u64,
    /// The same by endpoint, such as `/v1/artists/{id}`; `unknown` for paths that do not exist.
    pub by_endpoint: BTreeMap<String, u64>,
    /// Answers under `/v1` by status; for an answer that is cut on its way, the status that it would have had.
    pub by_status: BTreeMap<u16, u64>,
    /// Connections that were opened.
    pub connections: u64,
    /// Requests under `/v1` that are being answered.
    pub in_flight: u64,
    /// The most of them at one time.
    pub max_in_flight: u64,
    /// Requests for something that had been asked for before (same path and query).
    pub repeated: u64,
    /// Those of them for something that had already been answered, whole and with 200.
    pub duplicates: u64,

    /// Tokens given out.
    pub tokens_issued: u64,
    /// Requests for a token that were refused.
    pub tokens_refused: u64,

    /// Requests refused with 429 by a limit.
    pub limited: u64,
    /// Those of them refused by the daily quota.
    pub quota_exceeded: u64,
    /// Requests sent while limited, that is, after a 429 and before the time that it named.
    pub while_limited: u64,
    /// Those of them sent when the client must have known.
    pub while_limited_knowingly: u64,
    /// How often that made the wait longer.
    pub escalations: u64,

    /// Faults by kind.
    pub faults: BTreeMap<String, u64>,
    /// Requests by window, oldest first; windows without any are left out.
    pub windows: Vec<WindowStats>,
}

/// The requests of one window; windows follow each other from the start of the stand-in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowStats {
    /// When it began, on the stand-in's clock, in milliseconds.
    pub start_ms: u64,
    /// Requests under `/v1`.
    pub requests: u64,
    /// Those of them refused with 429.
    pub limited: u64,
    /// The most in flight at one time.
    pub max_in_flight: u64,
}

/// The counters, and the memory that they need.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) stats: Stats,
    /// What was asked for, by a hash of path and query.
    asked: HashMap<u64, Asked>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    /// How often; for the drawing of faults it is never reset.
    times: u32,
    answered: bool,
}

impl Counters {
    /// Takes note of a request for `target` (path and query), and says how often that was asked for before.
    pub(crate) fn arrive(&mut self, endpoint: &str, target: &str, now: Duration, window: Duration) -> u32 {
        let asked = self.asked.entry(hash("target", target)).or_default();
        let before = asked.times;
        asked.times += 1;
        let stats = &mut self.stats;
        stats.repeated += u64::from(before > 0);
        stats.duplicates += u64::from(asked.answered);
        stats.requests += 1;
        match stats.by_endpoint.get_mut(endpoint) {
            Some(count) => *count += 1,
            None => *stats.by_endpoint.entry(endpoint.to_owned()).or_default() += 1,
        }
        stats.in_flight += 1;
        stats.max_in_flight = stats.max_in_flight.max(stats.in_flight);
        let in_flight = stats.in_flight;
        let window = stats.window(now, window);
        window.requests += 1;
        window.max_in_flight = window.max_in_flight.max(in_flight);
        before
    }

    /// How often the token endpoint was asked before; it has no part in the other counters.
    pub(crate) fn arrive_for_token(&mut self) -> u32 {
        let asked = self.asked.entry(hash("target", "token")).or_default();
        asked.times += 1;
        asked.times - 1
    }

    /// Takes note of the answer; `whole` if nothing is wrong with it.
    pub(crate) fn answer(&mut self, target: &str, status: u16, whole: bool) {
        *self.stats.by_status.entry(status).or_default() += 1;
        if whole && status == 200 {
            self.asked.entry(hash("target", target)).or_default().answered = true;
        }
    }

    /// Begins anew, but for what is in flight now and for how often everything was asked for.
    pub(crate) fn reset(&mut self) {
        self.stats = Stats { in_flight: self.stats.in_flight, ..Stats::default() };
        self.asked.values_mut().for_each(|asked| asked.answered = false);
    }
}

impl Stats {
    /// Takes note that a request is over, answered or given up.
    pub(crate) fn leave(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Takes note of a refusal by a limit.
    pub(crate) fn refuse(&mut self, refused: Refused, now: Duration, window: Duration) {
        self.limited += 1;
        self.quota_exceeded += u64::from(refused.exceeded == Exceeded::Quota);
        self.while_limited += u64::from(refused.sent != Sent::First);
        if let Sent::Knowingly(worse) = refused.sent {
            self.while_limited_knowingly += 1;
            self.escalations += u64::from(worse);
        }
        self.window(now, window).limited += 1;
    }

    /// Takes note of a fault.
    pub(crate) fn fault(&mut self, fault: Fault) {
        *self.faults.entry(fault.name().to_owned()).or_default() += 1;
    }

    /// The window that `now` lies in.
    fn window(&mut self, now: Duration, length: Duration) -> &mut WindowStats {
        let length = whole_ms(length).max(1);
        let start_ms = whole_ms(now) / length * length;
        if self.windows.last().is_none_or(|last| last.start_ms < start_ms) {
            if self.windows.len() == WINDOWS {
                self.windows.remove(0);
            }
            self.windows.push(WindowStats { start_ms, ..WindowStats::default() });
        }
        let last = self.windows.len() - 1;
        &mut self.windows[last]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn repeats_and_duplicates_differ() {
        let mut counters = Counters::default();
        assert_eq!(counters.arrive("e", "/a", SECOND, SECOND), 0);
        counters.answer("/a", 500, true);
        assert_eq!(counters.arrive("e", "/a", SECOND, SECOND), 1);
        counters.answer("/a", 200, false);
        assert_eq!(counters.arrive("e", "/a", SECOND, SECOND), 2);
        counters.answer("/a", 200, true);
        assert_eq!((counters.stats.repeated, counters.stats.duplicates), (2, 0));
        counters.arrive("e", "/a", SECOND, SECOND);
        assert_eq!((counters.stats.repeated, counters.stats.duplicates), (3, 1));
        counters.reset();
        assert_eq!(counters.arrive("e", "/a", SECOND, SECOND), 4);
        assert_eq!((counters.stats.requests, counters.stats.duplicates), (1, 0));
    }

    #[test]
    fn windows_follow_each_other() {
        let mut counters = Counters::default();
        for ms in [0, 900, 2500, 2600] {
            counters.arrive("e", "/a", Duration::from_millis(ms), SECOND);
        }
        let windows: Vec<_> = counters.stats.windows.iter().map(|w| (w.start_ms, w.requests)).collect();
        assert_eq!(windows, [(0, 2), (2000, 2)]);
    }
}
