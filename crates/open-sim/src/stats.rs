//! What was asked of the stand-ins so far, and how well it was asked.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use spotify_sim::hash::hash;

use crate::config::Service;
use crate::fault::Fault;

/// Counters since the start or the last reset, by service, as `GET /stats` shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Each service that was asked.
    pub services: BTreeMap<Service, ServiceStats>,
    /// Connections that were opened.
    pub connections: u64,
}

impl Stats {
    /// The counters of one service.
    pub fn of(&self, service: Service) -> ServiceStats {
        self.services.get(&service).cloned().unwrap_or_default()
    }
}

/// The counters of one service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceStats {
    /// Requests, whatever the answer.
    pub requests: u64,
    /// The same by endpoint; `unknown` for paths that do not exist.
    pub by_endpoint: BTreeMap<String, u64>,
    /// Answers by status; for an answer that is cut on its way, the status that it would have had.
    pub by_status: BTreeMap<u16, u64>,
    /// Requests that are being answered.
    pub in_flight: u64,
    /// The most of them at one time.
    pub max_in_flight: u64,
    /// Requests for what had already been answered, whole and with 200.
    pub duplicates: u64,
    /// Requests refused by the limit.
    pub limited: u64,
    /// Those of them sent although one just before had been refused.
    pub while_limited: u64,
    /// Requests that met a service that is gone.
    pub gone: u64,
    /// Faults by kind.
    pub faults: BTreeMap<String, u64>,
    /// The shortest time between two requests on the stand-ins' clock, in milliseconds.
    pub shortest_gap_ms: Option<u64>,
    /// The time of the first request on that clock, in milliseconds.
    pub first_ms: Option<u64>,
    /// The time of the last one.
    pub last_ms: Option<u64>,
    /// Every `User-Agent` that was seen.
    pub user_agents: BTreeSet<String>,
}

/// The counters, and the memory that they need.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) stats: Stats,
    /// What was asked for, by a hash of service, path, query and body; for the drawing of faults it is never reset.
    asked: HashMap<u64, Asked>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    times: u32,
    answered: bool,
}

impl Counters {
    pub(crate) fn of(&mut self, service: Service) -> &mut ServiceStats {
        self.stats.services.entry(service).or_default()
    }

    /// Takes note of a request, and says how often the same was asked for before.
    pub(crate) fn arrive(&mut self, service: Service, endpoint: &str, target: &str, agent: &str, now: Duration) -> u32 {
        let asked = self.asked.entry(hash("target", target)).or_default();
        let (before, answered) = (asked.times, asked.answered);
        asked.times += 1;
        let stats = self.of(service);
        stats.duplicates += u64::from(answered);
        stats.requests += 1;
        *stats.by_endpoint.entry(endpoint.to_owned()).or_default() += 1;
        stats.in_flight += 1;
        stats.max_in_flight = stats.max_in_flight.max(stats.in_flight);
        let now_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        if let Some(last) = stats.last_ms {
            let gap = now_ms.saturating_sub(last);
            stats.shortest_gap_ms = Some(stats.shortest_gap_ms.map_or(gap, |shortest| shortest.min(gap)));
        }
        stats.first_ms.get_or_insert(now_ms);
        stats.last_ms = Some(now_ms);
        if !stats.user_agents.contains(agent) {
            stats.user_agents.insert(agent.to_owned());
        }
        before
    }

    /// Takes note of the answer; `whole` if nothing is wrong with it.
    pub(crate) fn answer(&mut self, service: Service, target: &str, status: u16, whole: bool) {
        *self.of(service).by_status.entry(status).or_default() += 1;
        if whole && status == 200 {
            self.asked.entry(hash("target", target)).or_default().answered = true;
        }
    }

    /// Takes note that a request is over, answered or given up.
    pub(crate) fn leave(&mut self, service: Service) {
        let stats = self.of(service);
        stats.in_flight = stats.in_flight.saturating_sub(1);
    }

    pub(crate) fn fault(&mut self, service: Service, fault: Fault) {
        *self.of(service).faults.entry(fault.name().to_owned()).or_default() += 1;
    }

    /// Begins anew, but for what is in flight now and for how often everything was asked for.
    pub(crate) fn reset(&mut self) {
        let in_flight = |stats: &ServiceStats| ServiceStats { in_flight: stats.in_flight, ..ServiceStats::default() };
        let services = self.stats.services.iter().map(|(service, stats)| (*service, in_flight(stats))).collect();
        self.stats = Stats { services, connections: 0 };
        self.asked.values_mut().for_each(|asked| asked.answered = false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_and_duplicates_are_counted() {
        let mut counters = Counters::default();
        let mut arrive = |target: &str, ms| {
            let now = Duration::from_millis(ms);
            let before = counters.arrive(Service::Labs, "e", target, "a", now);
            counters.answer(Service::Labs, target, 200, true);
            before
        };
        assert_eq!((arrive("/a", 100), arrive("/a", 1300), arrive("/b", 2300)), (0, 1, 0));
        let stats = counters.stats.of(Service::Labs);
        assert_eq!((stats.requests, stats.duplicates, stats.shortest_gap_ms), (3, 1, Some(1000)));
        counters.reset();
        assert_eq!(counters.stats.of(Service::Labs).requests, 0);
    }
}
