//! How much visitors of the chat page may write.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::Problem;
use crate::limit::{RateLimit, subscriber};

/// Messages of one visitor: at once, and then one each so many seconds.
const VISITOR: (u32, i64) = (12, 2);

/// Messages from one address, where many may sit behind one, or one may pretend to be many.
const ADDRESS: (u32, i64) = (60, 1);

/// The limits.
pub(crate) struct Visitors {
    each: RateLimit<String>,
    addresses: RateLimit<IpAddr>,
}

impl Default for Visitors {
    fn default() -> Self {
        let limit = |(burst, seconds): (u32, i64)| (burst, TimeDelta::seconds(seconds));
        let ((visitor, every), (address, each)) = (limit(VISITOR), limit(ADDRESS));
        Self { each: RateLimit::new(visitor, every), addresses: RateLimit::new(address, each) }
    }
}

impl Visitors {
    /// Lets a message of the visitor `key` at `address` pass.
    ///
    /// # Errors
    /// [`Problem::TooMany`] with how long to wait.
    pub(crate) fn take(&self, key: &str, address: IpAddr, now: DateTime<Utc>) -> Result<(), Problem> {
        let taken = self.each.take(key.to_owned(), now);
        let taken = taken.and_then(|()| self.addresses.take(subscriber(address), now));
        taken.map_err(|wait| Problem::TooMany { retry_after_s: wait.num_seconds().unsigned_abs().saturating_add(1) })
    }
}
