//! What was asked of the stand-in so far.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Counters since the start, as `GET /stats` shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Requests under `/v1`, whatever the answer.
    pub requests: u64,
    /// The same by endpoint, such as `/v1/artists/{id}`; `unknown` for paths that do not exist.
    pub by_endpoint: BTreeMap<String, u64>,
    /// Answers under `/v1` by status.
    pub by_status: BTreeMap<u16, u64>,
    /// Tokens given out.
    pub tokens_issued: u64,
    /// Requests for a token that were refused.
    pub tokens_refused: u64,
    /// Answers 429.
    pub limited: u64,
    /// Requests under `/v1` that are being answered.
    pub in_flight: u64,
    /// The most of them at one time.
    pub max_in_flight: u64,
}

impl Stats {
    /// Takes note of a request under `/v1` that has arrived.
    pub(crate) fn arrive(&mut self, endpoint: &str) {
        self.requests += 1;
        match self.by_endpoint.get_mut(endpoint) {
            Some(count) => *count += 1,
            None => *self.by_endpoint.entry(endpoint.to_owned()).or_default() += 1,
        }
        self.in_flight += 1;
        self.max_in_flight = self.max_in_flight.max(self.in_flight);
    }

    /// Takes note of the answer to it.
    pub(crate) fn answer(&mut self, status: u16) {
        *self.by_status.entry(status).or_default() += 1;
        self.limited += u64::from(status == 429);
    }

    /// Takes note that it is over, answered or given up.
    pub(crate) fn leave(&mut self) {
        self.in_flight -= 1;
    }
}
