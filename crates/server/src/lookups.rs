//! Which names are being looked up, in the store: any number of servers share it.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sixpotify_bot::learning::{Ended, LookupLedger, Permit, Rules};
use sixpotify_bot::{Asker, LibraryError};
use sixpotify_store::{LookupEnd, LookupPermit, LookupWish, SharedStore};

/// Look-ups in the store.
#[derive(Clone)]
pub(crate) struct Lookups(SharedStore);

impl Lookups {
    /// Over `store`.
    pub(crate) fn new(store: SharedStore) -> Self {
        Self(store)
    }
}

#[async_trait]
impl LookupLedger for Lookups {
    async fn begin(&self, key: &str, asker: &Asker, rules: &Rules, now: DateTime<Utc>) -> Result<Permit, LibraryError> {
        let wish = LookupWish {
            name_key: key.to_owned(),
            channel: asker.channel.to_string(),
            user_key: asker.user_key.clone(),
            per_person: rules.per_person,
            window: rules.window,
            per_day: rules.per_day,
            dead_after: rules.dead_after,
        };
        Ok(match self.0.begin_lookup(&wish, now).await? {
            LookupPermit::Go => Permit::Go,
            LookupPermit::Runs => Permit::Runs,
            LookupPermit::NotFound => Permit::NotFound,
            LookupPermit::Failed(until) => Permit::Failed { until },
            LookupPermit::AskedEnough(until) => Permit::AskedEnough { until },
            LookupPermit::ShareUsed(until) => Permit::ShareUsed { until },
        })
    }

    async fn end(&self, key: &str, ended: Ended, requests: u32, _now: DateTime<Utc>) -> Result<(), LibraryError> {
        let end = match ended {
            Ended::Found => LookupEnd::Found,
            Ended::NotFound(until) => LookupEnd::NotFound(until),
            Ended::Failed(until) => LookupEnd::Failed(until),
        };
        Ok(self.0.end_lookup(key, end, requests).await?)
    }
}
