//! Where requests are counted and blocks are kept: for this process alone, or for all that share a key.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use super::Pace;

/// A ledger could not be read or written: the catalogue that keeps it is away.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the count of requests is not available: {0}")]
pub struct LedgerError(pub String);

/// A wish for requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Requests wanted, at least 1.
    pub want: u32,
    /// The pace for all who share the key.
    pub pace: Pace,
    /// Requests allowed in any 24 hours.
    pub per_day: Option<u32>,
    /// Now.
    pub now: DateTime<Utc>,
}

/// What may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Requests granted, from none to those wanted.
    pub granted: u32,
    /// When the first of them is due; the others follow at the pace. Where none is granted: when to ask again.
    pub from: DateTime<Utc>,
    /// Requests of the last 24 hours, those granted included.
    pub today: u32,
    /// The block in force, if any; then nothing is granted.
    pub blocked: Option<Blocked>,
}

/// Until when a service wants no requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// The end.
    pub until: DateTime<Utc>,
    /// What the service said.
    pub reason: String,
}

/// What is known of a key at a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyState {
    /// The block in force, if any.
    pub blocked: Option<Blocked>,
    /// Endpoints withheld from the key, with when that was seen.
    pub withheld: BTreeMap<String, DateTime<Utc>>,
    /// Requests of a window that the service was seen to bear.
    pub window_estimate: Option<u32>,
    /// Requests of the last 24 hours.
    pub today: u32,
}

/// Keeps the count for one key at one service.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Takes requests out of the budget, in one step even among processes.
    async fn reserve(&self, wish: Wish) -> Result<Grant, LedgerError>;

    /// Gives back requests that were granted and not sent.
    async fn give_back(&self, unused: u32, now: DateTime<Utc>) -> Result<(), LedgerError>;

    /// Notes that the service wants no requests for a while. A longer block stays.
    async fn block(&self, blocked: &Blocked) -> Result<(), LedgerError>;

    /// Notes that an endpoint is withheld.
    async fn withhold(&self, endpoint: &str, now: DateTime<Utc>) -> Result<(), LedgerError>;

    /// Notes what the service was seen to bear.
    async fn learn(&self, window_estimate: Option<u32>) -> Result<(), LedgerError>;

    /// What is known of the key.
    async fn state(&self, now: DateTime<Utc>) -> Result<KeyState, LedgerError>;
}

/// A ledger of this process alone.
#[derive(Debug, Default)]
pub struct MemoryLedger(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    state: KeyState,
    paced_until: Option<DateTime<Utc>>,
    /// Requests granted, by minute.
    usage: VecDeque<(DateTime<Utc>, u32)>,
}

impl Memory {
    fn today(&mut self, now: DateTime<Utc>) -> u32 {
        while self.usage.front().is_some_and(|(at, _)| *at + TimeDelta::days(1) <= now) {
            self.usage.pop_front();
        }
        self.usage.iter().map(|(_, n)| n).sum()
    }
}

impl MemoryLedger {
    fn lock(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Ledger for MemoryLedger {
    async fn reserve(&self, wish: Wish) -> Result<Grant, LedgerError> {
        let mut memory = self.lock();
        let today = memory.today(wish.now);
        if let Some(blocked) = memory.state.blocked.clone().filter(|b| b.until > wish.now) {
            return Ok(Grant { granted: 0, from: blocked.until, today, blocked: Some(blocked) });
        }
        let left = wish.per_day.map_or(u32::MAX, |day| day.saturating_sub(today));
        let granted = wish.want.min(left);
        if granted == 0 {
            let oldest = memory.usage.front().map_or(wish.now, |(at, _)| *at);
            return Ok(Grant { granted, from: oldest + TimeDelta::days(1), today, blocked: None });
        }
        let from = earliest(memory.paced_until, &wish);
        memory.paced_until = Some(from + span(wish.pace.spacing * granted));
        match memory.usage.back_mut() {
            Some((at, n)) if wish.now - *at < TimeDelta::minutes(1) => *n += granted,
            _ => memory.usage.push_back((wish.now, granted)),
        }
        Ok(Grant { granted, from, today: today + granted, blocked: None })
    }

    async fn give_back(&self, unused: u32, _now: DateTime<Utc>) -> Result<(), LedgerError> {
        if let Some((_, n)) = self.lock().usage.back_mut() {
            *n = n.saturating_sub(unused);
        }
        Ok(())
    }

    async fn block(&self, blocked: &Blocked) -> Result<(), LedgerError> {
        let mut memory = self.lock();
        if memory.state.blocked.as_ref().is_none_or(|b| b.until < blocked.until) {
            memory.state.blocked = Some(blocked.clone());
        }
        Ok(())
    }

    async fn withhold(&self, endpoint: &str, now: DateTime<Utc>) -> Result<(), LedgerError> {
        self.lock().state.withheld.insert(endpoint.to_owned(), now);
        Ok(())
    }

    async fn learn(&self, window_estimate: Option<u32>) -> Result<(), LedgerError> {
        self.lock().state.window_estimate = window_estimate;
        Ok(())
    }

    async fn state(&self, now: DateTime<Utc>) -> Result<KeyState, LedgerError> {
        let mut memory = self.lock();
        let today = memory.today(now);
        let blocked = memory.state.blocked.clone().filter(|b| b.until > now);
        Ok(KeyState { today, blocked, ..memory.state.clone() })
    }
}

/// When the next request is due: at the pace after the former ones, or now, with what may be caught up.
fn earliest(paced_until: Option<DateTime<Utc>>, wish: &Wish) -> DateTime<Utc> {
    let floor = wish.now - span(wish.pace.tolerance);
    paced_until.map_or(wish.now, |until| until.max(floor))
}

fn span(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Budget;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
    }

    fn wish(want: u32, per_day: Option<u32>, now: DateTime<Utc>) -> Wish {
        let pace = Pace::of(Budget { requests: 31, window: Duration::from_secs(30) });
        Wish { want, pace, per_day, now }
    }

    #[tokio::test]
    async fn grants_follow_each_other_at_the_pace() {
        let ledger = MemoryLedger::default();
        assert_eq!(ledger.reserve(wish(5, None, at(0))).await.unwrap().from, at(0));
        assert_eq!(ledger.reserve(wish(5, None, at(0))).await.unwrap().from, at(5));
        assert_eq!(ledger.reserve(wish(1, None, at(60))).await.unwrap().from, at(60));
    }

    #[tokio::test]
    async fn the_day_is_a_rolling_one() {
        let ledger = MemoryLedger::default();
        assert_eq!(ledger.reserve(wish(8, Some(10), at(0))).await.unwrap().granted, 8);
        assert_eq!(ledger.reserve(wish(8, Some(10), at(100))).await.unwrap().granted, 2);
        let none = ledger.reserve(wish(8, Some(10), at(200))).await.unwrap();
        assert_eq!((none.granted, none.from, none.today), (0, at(86_400), 10));
        ledger.give_back(1, at(300)).await.unwrap();
        assert_eq!(ledger.reserve(wish(8, Some(10), at(300))).await.unwrap().granted, 1);
        assert_eq!(ledger.reserve(wish(9, Some(10), at(86_401))).await.unwrap().granted, 8);
    }

    #[tokio::test]
    async fn a_block_grants_nothing_and_a_longer_one_stays() {
        let ledger = MemoryLedger::default();
        let block = |s| Blocked { until: at(s), reason: "rate limit".to_owned() };
        ledger.block(&block(100)).await.unwrap();
        ledger.block(&block(50)).await.unwrap();
        let none = ledger.reserve(wish(1, None, at(60))).await.unwrap();
        assert_eq!((none.granted, none.blocked), (0, Some(block(100))));
        assert_eq!(ledger.reserve(wish(1, None, at(100))).await.unwrap().granted, 1);
    }
}
