//! Holds everybody back while a service wants no requests.

use std::sync::Mutex;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

/// Until when nothing may be sent, and why.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// For waiting.
    pub(super) until: Instant,
    /// For people.
    pub(super) until_utc: DateTime<Utc>,
    /// What the service said.
    pub(super) reason: String,
}

/// Shared by all requests to one service.
#[derive(Debug, Default)]
pub(super) struct Gate(Mutex<Option<Block>>);

impl Gate {
    /// Closes the gate until `block.until`, unless it is closed for longer already. Returns whether it was not.
    pub(super) fn close(&self, block: Block) -> bool {
        let mut present = self.lock();
        let longer = present.as_ref().is_none_or(|p| p.until < block.until);
        if longer {
            *present = Some(block);
        }
        longer
    }

    /// The block in force at `now`.
    pub(super) fn block(&self, now: Instant) -> Option<Block> {
        self.lock().clone().filter(|b| b.until > now)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Block>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
