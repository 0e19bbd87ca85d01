//! The rules by which the chat has unknown names looked up at the sources.
//!
//! - The same name asked by many at once costs one look-up, whoever asks, on whatever server.
//! - A name that no source knows is not asked for again for a week.
//! - One person has a few new names looked up an hour, and all of them together take a share of what the sources allow a day.
//! - Nobody waits longer than patience lasts; the look-up goes on without them.
//!
//! What several servers must agree on is kept by a [`LookupLedger`]. Nothing here knows a clock or a runtime: both are arguments.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Either, Shared, select};
use sixpotify_core::fold;

use crate::incoming::Asker;
use crate::library::{Learned, LibraryError, Wanted};
use crate::link::LinkKind;

/// How much the chat may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// New names that are looked up for one person in [`window`](Self::window).
    pub per_person: u32,
    /// The time in which a person's new names are counted.
    pub window: TimeDelta,
    /// Requests that the chat may cost in any 24 hours, or another measure in which [`LookedUp::requests`] is; `None`: any number.
    pub per_day: Option<u32>,
    /// How long a name that no source knows is not asked for again.
    pub not_found_for: TimeDelta,
    /// A look-up of which nothing was heard for this long is taken for dead: its server is gone.
    pub dead_after: TimeDelta,
}

impl Rules {
    /// The part of a source's daily budget that the chat may use: one in five.
    pub const SHARE: u32 = 5;

    /// The rules where the sources together allow `budget` requests a day; `None`: any number.
    pub fn for_budget(budget: Option<u32>) -> Self {
        Self { per_day: budget.map(|budget| budget / Self::SHARE), ..Self::default() }
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            per_person: 5,
            window: TimeDelta::hours(1),
            per_day: None,
            not_found_for: TimeDelta::days(7),
            dead_after: TimeDelta::seconds(20),
        }
    }
}

/// Asks the sources. Stores what they know and relates it.
#[async_trait]
pub trait Sources: Send + Sync {
    /// Looks something up, however long it takes.
    async fn look_up(&self, wanted: &Wanted) -> LookedUp;

    /// Adds to what a look-up found what its answer could do without, while nobody waits. What that cost, in the measure of
    /// [`Rules::per_day`].
    async fn complete(&self, _found: &Learned) -> u32 {
        0
    }
}

/// What a look-up brought.
#[derive(Debug)]
pub struct LookedUp {
    /// What came of it; never [`Learned::Later`].
    pub learned: Result<Learned, LibraryError>,
    /// What it cost, in the measure of [`Rules::per_day`].
    pub requests: u32,
}

/// May a look-up begin?
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permit {
    /// Yes, and it is noted that it runs.
    Go,
    /// It runs already, on this server or another.
    Runs,
    /// No source knew the name, and it is too early to ask again.
    NotFound,
    /// It failed, and it is too early to try again.
    Failed {
        /// When not any more.
        until: DateTime<Utc>,
    },
    /// This person has asked for enough.
    AskedEnough {
        /// When the next one is looked up.
        until: DateTime<Utc>,
    },
    /// The share of the day is used.
    ShareUsed {
        /// When there is some again.
        until: DateTime<Utc>,
    },
}

/// How a look-up ended, for the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Something was found.
    Found,
    /// Nobody knows the name; not to be asked for again before this.
    NotFound(DateTime<Utc>),
    /// It failed; not to be tried again before this.
    Failed(DateTime<Utc>),
}

/// What all servers agree on: which names are looked up, for whom, and what came of it. Each call is one step for everybody.
#[async_trait]
pub trait LookupLedger: Send + Sync {
    /// Asks to look up what `key` stands for, and notes that it begins where the answer is [`Permit::Go`].
    async fn begin(&self, key: &str, asker: &Asker, rules: &Rules, now: DateTime<Utc>) -> Result<Permit, LibraryError>;

    /// Notes again and again that the look-up of `key`, which began at `began`, is alive, for as long as this is waited for: it
    /// does not return. Others take one for dead of which nothing was noted for [`Rules::dead_after`].
    async fn hold(&self, key: &str, began: DateTime<Utc>, rules: &Rules) -> Infallible;

    /// Whether the look-up of `key` runs, on this server or another.
    async fn runs(&self, key: &str, rules: &Rules, now: DateTime<Utc>) -> Result<bool, LibraryError>;

    /// Notes how it ended and what it cost; again, where it cost more after its end.
    async fn end(&self, key: &str, ended: Ended, requests: u32, now: DateTime<Utc>) -> Result<(), LibraryError>;
}

/// Runs a future to its end beside everything else, as `tokio::spawn` does.
pub type Spawn = Arc<dyn Fn(BoxFuture<'static, ()>) + Send + Sync>;

/// Tells the time.
pub type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// When to try again after a failure of which nothing is known.
const AFTER_FAILURE: TimeDelta = TimeDelta::minutes(1);

/// How a look-up on this server went, for all who wait for it.
#[derive(Clone)]
enum Went {
    /// For everybody.
    Known(Learned),
    /// For the one who asked first only: another person may have it looked up.
    Refused(Learned),
    /// The catalogue or a source failed.
    Error(String),
}

type Running = Shared<BoxFuture<'static, Went>>;

/// Has names looked up by the rules. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Learner(Arc<Inner>);

struct Inner {
    sources: Arc<dyn Sources>,
    ledger: Arc<dyn LookupLedger>,
    rules: Rules,
    spawn: Spawn,
    now: Now,
    running: Mutex<HashMap<String, Running>>,
}

impl Learner {
    /// A learner that asks `sources` as far as `rules` and `ledger` allow.
    pub fn new(sources: Arc<dyn Sources>, ledger: Arc<dyn LookupLedger>, rules: Rules, spawn: Spawn, now: Now) -> Self {
        Self(Arc::new(Inner { sources, ledger, rules, spawn, now, running: Mutex::default() }))
    }

    /// Looks `wanted` up for `asker`, unless the rules are against it. [`Learned::Later`] when `patience` ends first, or another
    /// server is at it; then ask again.
    ///
    /// # Errors
    /// Those of the ledger and of the sources' own store.
    pub async fn learn(
        &self,
        wanted: &Wanted,
        asker: &Asker,
        patience: impl Future<Output = ()> + Send,
    ) -> Result<Learned, LibraryError> {
        let key = wanted.key();
        if key.is_empty() {
            return Ok(Learned::NotFound);
        }
        let mut patience = std::pin::pin!(patience);
        loop {
            let (running, first) = self.join(&key, wanted, asker);
            match select(running, patience.as_mut()).await {
                Either::Left((Went::Known(learned), _)) => return Ok(learned),
                Either::Left((Went::Refused(learned), _)) if first => return Ok(learned),
                // Somebody else was refused; this person asks for themselves.
                Either::Left((Went::Refused(_), _)) => {}
                Either::Left((Went::Error(text), _)) => return Err(text.into()),
                Either::Right(((), _)) => return Ok(Learned::Later),
            }
        }
    }

    /// Whether it is being looked up, on this server or another: what the catalogue has of it may not be all yet.
    ///
    /// # Errors
    /// Those of the ledger.
    pub async fn is_at(&self, wanted: &Wanted) -> Result<bool, LibraryError> {
        let key = wanted.key();
        if self.0.lock().contains_key(&key) {
            return Ok(true);
        }
        self.0.ledger.runs(&key, &self.0.rules, (self.0.now)()).await
    }

    /// How many look-ups run on this server.
    pub fn running(&self) -> usize {
        self.0.lock().len()
    }

    /// The look-up that runs for `key`, or a new one; and whether it is a new one.
    fn join(&self, key: &str, wanted: &Wanted, asker: &Asker) -> (Running, bool) {
        let mut all = self.0.lock();
        if let Some(running) = all.get(key) {
            return (running.clone(), false);
        }
        let (inner, name, wanted, asker) = (self.0.clone(), key.to_owned(), wanted.clone(), asker.clone());
        let run = async move {
            let went = inner.run(&name, &wanted, &asker).await;
            inner.lock().remove(&name);
            if let Went::Known(found @ (Learned::Artist(_) | Learned::Song(_))) = &went {
                let (inner, found) = (inner.clone(), found.clone());
                (inner.spawn.clone())(async move { inner.complete(&name, &found).await }.boxed());
            }
            went
        };
        let running = run.boxed().shared();
        all.insert(key.to_owned(), running.clone());
        drop(all);
        // It goes on when nobody waits for it any more.
        (self.0.spawn)(running.clone().map(drop).boxed());
        (running, true)
    }
}

impl Inner {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn complete(&self, key: &str, found: &Learned) {
        let requests = self.sources.complete(found).await;
        if requests > 0 {
            // It was noted that it ended; that it cost more is only lost.
            let _ = self.ledger.end(key, Ended::Found, requests, (self.now)()).await;
        }
    }

    async fn run(&self, key: &str, wanted: &Wanted, asker: &Asker) -> Went {
        let began = (self.now)();
        match self.ledger.begin(key, asker, &self.rules, began).await {
            Ok(Permit::Go) => {}
            Ok(Permit::Runs) => return Went::Refused(Learned::Later),
            Ok(Permit::NotFound) => return Went::Known(Learned::NotFound),
            Ok(Permit::Failed { until }) => return Went::Known(Learned::Blocked { until: Some(until) }),
            Ok(Permit::AskedEnough { until }) => return Went::Refused(Learned::AskedEnough { until }),
            Ok(Permit::ShareUsed { until }) => return Went::Known(Learned::ShareUsed { until }),
            Err(error) => return Went::Error(error.to_string()),
        }
        let LookedUp { learned, requests } =
            match select(self.sources.look_up(wanted), self.ledger.hold(key, began, &self.rules)).await {
                Either::Left((looked_up, _)) => looked_up,
                Either::Right((never, _)) => match never {},
            };
        let now = (self.now)();
        let ended = match &learned {
            Ok(Learned::NotFound) => Ended::NotFound(now + self.rules.not_found_for),
            Ok(Learned::Blocked { until }) => Ended::Failed(until.unwrap_or(now + AFTER_FAILURE)),
            Ok(_) => Ended::Found,
            Err(_) => Ended::Failed(now + AFTER_FAILURE),
        };
        // What was found is in the catalogue; that it was looked up is only lost.
        let noted = self.ledger.end(key, ended, requests, now).await;
        match (learned, noted) {
            (Ok(learned), _) => Went::Known(learned),
            (Err(error), _) => Went::Error(error.to_string()),
        }
    }
}

impl Wanted {
    /// Under what it is looked up once: spellings that fold to the same are the same name. Empty for a name of nothing.
    pub fn key(&self) -> String {
        match self {
            Self::Name(name) => fold(name),
            Self::Link(link) => {
                let kind = match link.kind {
                    LinkKind::Artist => "artist",
                    LinkKind::Song => "song",
                };
                // No folded name has a colon.
                format!("{}:{kind}:{}", link.source, link.id)
            }
        }
    }
}
