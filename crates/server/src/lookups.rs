//! Which names are being looked up, in the store: any number of servers share it.

use std::convert::Infallible;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sixpotify_bot::learning::{Ended, LookupLedger, Permit, Rules};
use sixpotify_bot::{Asker, LibraryError};
use sixpotify_sources::clock::SharedClock;
use sixpotify_store::{LookupEnd, LookupPermit, LookupWish, SharedStore};
use tokio::time::sleep;

/// Look-ups in the store.
#[derive(Clone)]
pub(crate) struct Lookups {
    store: SharedStore,
    clock: SharedClock,
}

impl Lookups {
    /// Over `store`.
    pub(crate) fn new(store: SharedStore, clock: SharedClock) -> Self {
        Self { store, clock }
    }
}

/// How often it is said that a look-up is alive, in the time after which it would be taken for dead.
const BEATS: i32 = 4;

/// However short that time is.
const SHORTEST_BEAT: Duration = Duration::from_millis(10);

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
        Ok(match self.store.begin_lookup(&wish, now).await? {
            LookupPermit::Go => Permit::Go,
            LookupPermit::Runs => Permit::Runs,
            LookupPermit::NotFound => Permit::NotFound,
            LookupPermit::Failed(until) => Permit::Failed { until },
            LookupPermit::AskedEnough(until) => Permit::AskedEnough { until },
            LookupPermit::ShareUsed(until) => Permit::ShareUsed { until },
        })
    }

    async fn hold(&self, key: &str, began: DateTime<Utc>, rules: &Rules) -> Infallible {
        let beat = (rules.dead_after / BEATS).to_std().unwrap_or_default().max(SHORTEST_BEAT);
        loop {
            sleep(beat).await;
            match self.store.renew_lookup(key, began, rules.dead_after, self.clock.now()).await {
                Ok(true) => {}
                // Taken for dead, and begun by somebody else: then that one says that it is alive. What is found here is kept.
                Ok(false) => return std::future::pending().await,
                Err(error) => tracing::debug!(%error, "it could not be noted that a look-up is alive"),
            }
        }
    }

    async fn runs(&self, key: &str, rules: &Rules, now: DateTime<Utc>) -> Result<bool, LibraryError> {
        Ok(self.store.lookup_runs(key, rules.dead_after, now).await?)
    }

    async fn end(&self, key: &str, ended: Ended, requests: u32, _now: DateTime<Utc>) -> Result<(), LibraryError> {
        let end = match ended {
            Ended::Found => LookupEnd::Found,
            Ended::NotFound(until) => LookupEnd::NotFound(until),
            Ended::Failed(until) => LookupEnd::Failed(until),
        };
        Ok(self.store.end_lookup(key, end, requests).await?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use chrono::TimeDelta;
    use sixpotify_bot::Channel;
    use sixpotify_sources::Clock;
    use sixpotify_store::{Access, open};
    use sixpotify_testkit::wait_until;

    use super::*;

    struct HandClock(Mutex<DateTime<Utc>>);

    impl Clock for HandClock {
        fn now(&self) -> DateTime<Utc> {
            *self.0.lock().unwrap()
        }
    }

    #[tokio::test]
    async fn a_look_up_is_held_while_its_server_lives_and_free_when_it_is_dead() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("lookups.db");
        let store = open(&format!("sqlite:{}", file.display()), Access::Write).await.unwrap();
        let began = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let clock = Arc::new(HandClock(Mutex::new(began)));
        let lookups = Lookups::new(store, clock.clone());
        let rules = Rules { dead_after: TimeDelta::milliseconds(400), ..Rules::default() };
        let begin = async |user: &str| {
            let asker = Asker { channel: Channel::Web, user_key: user.to_owned() };
            lookups.begin("name", &asker, &rules, clock.now()).await.unwrap()
        };
        let until = || {
            let connection = rusqlite::Connection::open(&file).unwrap();
            connection.query_row("select until from chat_lookups", [], |row| row.get::<_, Option<String>>(0)).unwrap()
        };
        assert_eq!(begin("a").await, Permit::Go);
        let holding = tokio::spawn({
            let lookups = lookups.clone();
            async move { lookups.hold("name", began, &rules).await }
        });
        // Longer, all in all, than a dead one would be waited for.
        for _ in 0..4 {
            let before = until();
            *clock.0.lock().unwrap() += TimeDelta::milliseconds(300);
            wait_until("it says that it is alive", Duration::from_secs(30), async || until() > before).await;
            assert_eq!(begin("b").await, Permit::Runs);
        }
        holding.abort();
        assert!(holding.await.unwrap_err().is_cancelled());
        *clock.0.lock().unwrap() += TimeDelta::milliseconds(400);
        assert_eq!(begin("b").await, Permit::Go);
    }
}
