//! The count of requests, kept in the catalogue: processes that share it share one budget per source and key.

use crate::patience::patiently;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sixpotify_sources::http::{Blocked, Grant, KeyState, Ledger, LedgerError, Wish};
use sixpotify_store::{Reserve, SharedStore, SourceKey, StoreError};

/// A [`Ledger`] in a catalogue.
pub struct StoreLedger {
    store: SharedStore,
    key: SourceKey,
}

impl StoreLedger {
    /// The ledger of `key` in `store`.
    pub fn new(store: SharedStore, key: SourceKey) -> Self {
        Self { store, key }
    }
}

fn lost(error: StoreError) -> LedgerError {
    LedgerError(error.to_string())
}

#[async_trait]
impl Ledger for StoreLedger {
    async fn reserve(&self, wish: Wish) -> Result<Grant, LedgerError> {
        let reserve = Reserve {
            want: wish.want,
            spacing: wish.pace.spacing,
            tolerance: wish.pace.tolerance,
            per_day: wish.per_day,
        };
        let reserved = patiently(|| self.store.reserve_requests(&self.key, &reserve, wish.now)).await.map_err(lost)?;
        Ok(Grant {
            granted: reserved.granted,
            from: reserved.from,
            today: reserved.today,
            blocked: reserved.blocked.map(|(until, reason)| Blocked { until, reason }),
        })
    }

    async fn give_back(&self, unused: u32, now: DateTime<Utc>) -> Result<(), LedgerError> {
        patiently(|| self.store.return_requests(&self.key, unused, now)).await.map_err(lost)
    }

    async fn block(&self, blocked: &Blocked) -> Result<(), LedgerError> {
        patiently(|| self.store.block_source(&self.key, blocked.until, &blocked.reason)).await.map_err(lost)
    }

    async fn withhold(&self, endpoint: &str, now: DateTime<Utc>) -> Result<(), LedgerError> {
        patiently(|| self.store.withhold(&self.key, endpoint, now)).await.map_err(lost)
    }

    async fn learn(&self, window_estimate: Option<u32>) -> Result<(), LedgerError> {
        patiently(|| self.store.set_window_estimate(&self.key, window_estimate)).await.map_err(lost)
    }

    async fn state(&self, now: DateTime<Utc>) -> Result<KeyState, LedgerError> {
        let state = patiently(|| self.store.source_state(&self.key, now)).await.map_err(lost)?;
        Ok(KeyState {
            blocked: state.blocked.map(|(until, reason)| Blocked { until, reason }),
            withheld: state.withheld,
            window_estimate: state.window_estimate,
            today: state.today,
        })
    }
}
