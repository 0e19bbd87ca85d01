//! A ledger of look-ups in memory.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use crate::incoming::Asker;
use crate::learning::{Ended, LookupLedger, Permit, Rules};
use crate::library::LibraryError;

/// The ledger of one server.
#[derive(Debug, Default)]
pub struct MemoryLedger(Mutex<HashMap<String, Row>>);

#[derive(Debug)]
struct Row {
    asker: Asker,
    asked_at: DateTime<Utc>,
    requests: u32,
    /// `None` while it runs.
    ended: Option<Ended>,
}

impl MemoryLedger {
    /// How many names were looked up.
    pub fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[async_trait]
impl LookupLedger for MemoryLedger {
    async fn begin(&self, key: &str, asker: &Asker, rules: &Rules, now: DateTime<Utc>) -> Result<Permit, LibraryError> {
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match rows.get(key) {
            Some(Row { ended: None, asked_at, .. }) if *asked_at + rules.dead_after > now => return Ok(Permit::Runs),
            Some(Row { ended: Some(Ended::NotFound(until)), .. }) if *until > now => return Ok(Permit::NotFound),
            Some(Row { ended: Some(Ended::Failed(until)), .. }) if *until > now => {
                return Ok(Permit::Failed { until: *until });
            }
            _ => {}
        }
        let theirs: Vec<DateTime<Utc>> = rows
            .values()
            .filter(|row| row.asker == *asker && row.asked_at + rules.window > now)
            .map(|row| row.asked_at)
            .collect();
        if theirs.len() >= rules.per_person as usize {
            let oldest = theirs.into_iter().min().unwrap_or(now);
            return Ok(Permit::AskedEnough { until: oldest + rules.window });
        }
        let day: Vec<&Row> = rows.values().filter(|row| row.asked_at + TimeDelta::days(1) > now).collect();
        let used: u32 = day.iter().map(|row| row.requests).sum();
        if rules.per_day.is_some_and(|share| used >= share) {
            let oldest = day.iter().map(|row| row.asked_at).min().unwrap_or(now);
            return Ok(Permit::ShareUsed { until: oldest + TimeDelta::days(1) });
        }
        rows.insert(key.to_owned(), Row { asker: asker.clone(), asked_at: now, requests: 0, ended: None });
        Ok(Permit::Go)
    }

    async fn hold(&self, _: &str, _: DateTime<Utc>, _: &Rules) -> Infallible {
        // Nobody dies alone here: with the ledger, all is gone.
        std::future::pending().await
    }

    async fn runs(&self, key: &str, rules: &Rules, now: DateTime<Utc>) -> Result<bool, LibraryError> {
        let rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(rows.get(key).is_some_and(|row| row.ended.is_none() && row.asked_at + rules.dead_after > now))
    }

    async fn end(&self, key: &str, ended: Ended, requests: u32, _now: DateTime<Utc>) -> Result<(), LibraryError> {
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(row) = rows.get_mut(key) {
            row.ended = Some(ended);
            row.requests += requests;
        }
        Ok(())
    }
}
