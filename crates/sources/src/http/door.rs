//! The door itself: who may go when, and what is tried again.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::attempt::{self, Attempt, Outcome};
use super::health::Health;
use super::stop;
use super::turn::Turn;
use super::{
    Access, Budget, Dialect, Endpoint, FetchError, KeyState, Ledger, LedgerError, NoToken, Plain, Request, Retry,
};
use crate::clock::SharedClock;

/// How many 429s in a row one request bears before it is given up.
const MOST_LIMITED: u32 = 20;

/// Deadlines of one attempt.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// Until the connection stands.
    pub connect: Duration,
    /// Between two pieces of the answer, the first included.
    pub read: Duration,
    /// For all of it.
    pub whole: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), read: Duration::from_secs(20), whole: Duration::from_secs(60) }
    }
}

/// How to behave towards one service. [`DoorConfig::new`] gives the usual values.
#[derive(Clone, Debug)]
pub struct DoorConfig {
    /// Name of the service in messages.
    pub service: String,
    /// What the header `User-Agent` says.
    pub user_agent: String,
    /// Requests in flight at most.
    pub concurrency: usize,
    /// Length of the rolling window in which the service counts. With one request a window it is the spacing.
    pub window: Duration,
    /// Requests in any such window at most; `None`: only what the service's 429s teach.
    pub per_window: Option<u32>,
    /// Requests in any 24 hours at most; `None`: any number.
    pub per_day: Option<u32>,
    /// Requests are reserved in the ledger for about so long at a time: few trips to it, and other processes that share the key
    /// soon have their turn, and hear of a block.
    pub block: Duration,
    /// The longest wait for a service that is blocked; beyond it [`FetchError::Paused`].
    pub max_wait: Duration,
    /// How long to keep still after a refusal that does not say; doubled each time in a row.
    pub unsaid_wait: Duration,
    /// Attempts in a row without a usable answer, those of all requests together, after which the service counts as away
    /// ([`FetchError::Away`]); `None`: any number.
    pub away_after: Option<u32>,
    /// What to do about faults.
    pub retry: Retry,
    /// Deadlines.
    pub timeouts: Timeouts,
    /// How the service speaks.
    pub dialect: Arc<dyn Dialect>,
}

impl DoorConfig {
    /// The usual values: 4 in flight, no budget, waits of up to a minute, plain HTTP.
    pub fn new(service: &str) -> Self {
        Self {
            service: service.to_owned(),
            user_agent: USER_AGENT.to_owned(),
            concurrency: 4,
            window: Duration::from_secs(30),
            per_window: None,
            per_day: None,
            block: Duration::from_secs(1),
            max_wait: Duration::from_secs(60),
            unsaid_wait: Duration::from_secs(5),
            away_after: None,
            retry: Retry::default(),
            timeouts: Timeouts::default(),
            dialect: Arc::new(Plain),
        }
    }
}

/// The program and its version.
pub const USER_AGENT: &str = concat!("sixpotify/", env!("CARGO_PKG_VERSION"));

/// What went through a door so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Requests sent, retries included, token requests not.
    pub requests: u64,
    /// Requests that were sent again.
    pub retries: u64,
    /// Answers that asked to slow down: status 429, or the service's own way to say so.
    pub limited: u64,
}

/// The door to one service. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Door(Arc<Inner>);

struct Inner {
    config: DoorConfig,
    http: reqwest::Client,
    access: Access,
    health: Health,
    places: Semaphore,
    turn: Turn,
    clock: SharedClock,
    skew: Mutex<Option<TimeDelta>>,
    withheld: Mutex<BTreeSet<&'static str>>,
    requests: AtomicU64,
    retries: AtomicU64,
    limited: AtomicU64,
}

impl Door {
    /// Opens a door. `access` authorises the requests, `ledger` counts them.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up (no TLS roots, for instance).
    pub fn new(
        config: DoorConfig,
        access: Access,
        clock: SharedClock,
        ledger: Arc<dyn Ledger>,
    ) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .user_agent(&config.user_agent)
            .connect_timeout(config.timeouts.connect)
            .read_timeout(config.timeouts.read)
            .timeout(config.timeouts.whole)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self(Arc::new(Inner {
            places: Semaphore::new(config.concurrency.max(1)),
            turn: Turn::new(&config, clock.clone(), ledger),
            health: Health::new(config.away_after),
            clock,
            skew: Mutex::default(),
            config,
            http,
            access,
            withheld: Mutex::default(),
            requests: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            limited: AtomicU64::new(0),
        })))
    }

    /// Fetches and decodes one JSON body.
    ///
    /// # Errors
    /// See [`FetchError`]; a transient fault is one only after [`Retry::attempts`] attempts.
    pub async fn fetch<T: DeserializeOwned>(&self, request: &Request) -> Result<T, FetchError> {
        let mut failed = 0;
        // Waits for one's turn and waits that the service asks for are no part of `Retry::total`.
        let mut failing_for = Duration::ZERO;
        let mut limited = 0;
        let mut unauthorized = 0;
        let mut missing = 0;
        loop {
            let (outcome, secret, took) = self.attempt(request).await?;
            failing_for += took;
            let (fault, sent) = match outcome {
                Outcome::Answer(answer) => return Ok(answer),
                Outcome::Unauthorized(reason) => {
                    // Who shows nothing cannot have shown something wrong: the endpoint is for others.
                    if self.0.access.is_open() && request.endpoint.may_be_withheld {
                        self.withhold(request, &reason).await?;
                        return Err(self.withheld_error(request));
                    }
                    let may_be_renewed = self.0.access.refused(&secret).await;
                    unauthorized += 1;
                    // A token that died early costs this one extra request.
                    if unauthorized == 1 && may_be_renewed {
                        continue;
                    }
                    // So many share a token that even a new one may die before it is used.
                    failed += 1;
                    if failed >= self.0.config.retry.attempts || !may_be_renewed {
                        return Err(FetchError::Credentials { service: self.service(), reason });
                    }
                    (reason, false)
                }
                Outcome::Forbidden(reason) if request.endpoint.may_be_withheld => {
                    self.withhold(request, &reason).await?;
                    return Err(self.withheld_error(request));
                }
                Outcome::Forbidden(reason) => {
                    let (service, endpoint) = (self.service(), request.endpoint.path);
                    return Err(FetchError::Forbidden { service, endpoint, reason });
                }
                Outcome::Gone => return Err(self.gone_error(request)),
                Outcome::NotFound if request.endpoint.item && missing > 0 => return Err(self.gone_error(request)),
                Outcome::NotFound => {
                    // Services out of order answer 404, too: what is gone is gone the second time as well.
                    missing += 1;
                    failed += 1;
                    ("HTTP 404".to_owned(), false)
                }
                Outcome::Rejected(status, reason) => {
                    let (service, endpoint) = (self.service(), request.endpoint.path);
                    return Err(FetchError::Rejected { service, endpoint, status, reason });
                }
                Outcome::Limited { retry_after, quota, reason } => {
                    // Not a failed attempt: the service is well and says when to come back.
                    self.0.limited.fetch_add(1, Ordering::Relaxed);
                    limited += 1;
                    failing_for = Duration::ZERO;
                    self.0.turn.limited(retry_after, quota, &reason).await?;
                    if limited < MOST_LIMITED {
                        continue;
                    }
                    failed = limited;
                    (reason, false)
                }
                Outcome::Busy { fault, sent } => {
                    self.0.limited.fetch_add(1, Ordering::Relaxed);
                    failed += 1;
                    failing_for = Duration::ZERO;
                    self.0.turn.busy(&fault).await?;
                    (fault, sent)
                }
                Outcome::Fault { fault, sent } => {
                    failed += 1;
                    (fault, sent)
                }
            };
            if sent && !request.repeatable {
                let (service, endpoint) = (self.service(), request.endpoint.path);
                return Err(FetchError::Unsure { service, endpoint, last: fault });
            }
            let retry = &self.0.config.retry;
            if limited >= MOST_LIMITED || failed >= retry.attempts || failing_for >= retry.total {
                if missing == failed && request.endpoint.may_be_withheld {
                    self.withhold(request, &fault).await?;
                    return Err(self.withheld_error(request));
                }
                let (service, endpoint) = (self.service(), request.endpoint.path);
                return Err(FetchError::Failed { service, endpoint, attempts: failed, last: fault });
            }
            let delay = retry.delay(failed);
            failing_for += delay;
            tracing::debug!(endpoint = request.endpoint.path, failed, delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX), %fault, "trying again");
            self.0.retries.fetch_add(1, Ordering::Relaxed);
            if stop::or_stopped(tokio::time::sleep(delay)).await.is_none() {
                return Err(FetchError::Stopped { service: self.service() });
            }
        }
    }

    /// Allows `by` fewer requests in flight from now on; those in flight end as they would.
    pub fn lower_concurrency(&self, by: usize) {
        let door = self.clone();
        let by = u32::try_from(by).unwrap_or(u32::MAX);
        // The places may be taken at the moment: they are kept as they become free.
        tokio::spawn(async move {
            if let Ok(places) = door.0.places.acquire_many(by).await {
                places.forget();
            }
        });
    }

    /// How far this machine's clock is ahead of the service's, by the `Date` of the last answer.
    pub fn clock_skew(&self) -> Option<TimeDelta> {
        *self.0.skew.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What went through so far.
    pub fn stats(&self) -> Stats {
        Stats {
            requests: self.0.requests.load(Ordering::Relaxed),
            retries: self.0.retries.load(Ordering::Relaxed),
            limited: self.0.limited.load(Ordering::Relaxed),
        }
    }

    /// Answers in the present window, and the budget for it where one is set or learned.
    pub fn window(&self) -> (u32, Option<Budget>) {
        self.0.turn.window()
    }

    /// Requests allowed in any 24 hours.
    pub fn per_day(&self) -> Option<u32> {
        self.0.turn.per_day()
    }

    /// Allows so many requests in 24 hours from now on; `None`: any number.
    pub fn set_per_day(&self, per_day: Option<u32>) {
        self.0.turn.set_per_day(per_day);
    }

    /// Goes on from what the ledger knows of the key: a block in force closes the door. What it says of endpoints is for
    /// the caller, see [`Self::mark_withheld`].
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn restore(&self) -> Result<KeyState, LedgerError> {
        self.0.turn.restore().await
    }

    /// Goes on from what the ledger knows of the key, as [`Self::restore`] does, and sends nothing to those of `endpoints`
    /// that were withheld less than `within` ago.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn restore_withheld(
        &self,
        endpoints: &[&'static Endpoint],
        within: TimeDelta,
    ) -> Result<KeyState, LedgerError> {
        let state = self.restore().await?;
        let since = self.0.clock.now() - within;
        for endpoint in endpoints {
            if state.withheld.get(endpoint.path).is_some_and(|at| *at > since) {
                self.mark_withheld(endpoint);
            }
        }
        Ok(state)
    }

    /// What the ledger knows of the key at `now`.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn ledger_state(&self, now: DateTime<Utc>) -> Result<KeyState, LedgerError> {
        self.0.turn.ledger_state(now).await
    }

    /// Notes in the ledger, for later runs, that `what` was withheld from the key.
    ///
    /// # Errors
    /// [`FetchError::Uncounted`] when the ledger is away.
    pub async fn note(&self, what: &str) -> Result<(), FetchError> {
        self.0.turn.withhold(what).await
    }

    /// Sends nothing to `endpoint` any more.
    pub fn mark_withheld(&self, endpoint: &'static Endpoint) {
        self.lock_withheld().insert(endpoint.path);
    }

    /// Gives back what was reserved and not sent: for the end of a run.
    ///
    /// # Errors
    /// [`FetchError::Uncounted`] when the ledger is away.
    pub async fn rest(&self) -> Result<(), FetchError> {
        self.0.turn.give_back().await
    }

    /// Paths of the endpoints that the service has withheld from this key.
    pub fn withheld(&self) -> Vec<&'static str> {
        self.lock_withheld().iter().copied().collect()
    }

    /// Waits for its turn, sends once, and says what came of it, which secret it carried, and how long sending took.
    async fn attempt<T: DeserializeOwned>(
        &self,
        request: &Request,
    ) -> Result<(Outcome<T>, SecretString, Duration), FetchError> {
        let inner = &*self.0;
        self.check_open(request)?;
        let Some(place) = stop::or_stopped(inner.places.acquire()).await else {
            return Err(FetchError::Stopped { service: self.service() });
        };
        let _place = place.expect("the door's semaphore is never closed");
        // Whoever waited for a place may have waited long.
        self.check_open(request)?;
        inner.turn.pass().await?;
        let secret = match inner.access.secret(&inner.http).await {
            Ok(secret) => secret,
            // It says nothing of the API's window: like a quota, it is no lesson.
            Err(NoToken::Limited { retry_after, reason }) => {
                let limited = Outcome::Limited { retry_after, quota: true, reason };
                return Ok((limited, SecretString::default(), Duration::ZERO));
            }
            Err(NoToken::Failed(error)) => return Err(error),
        };
        // Somebody before us in the queue may have learned it.
        self.check_open(request)?;
        inner.requests.fetch_add(1, Ordering::Relaxed);
        let outgoing = inner.access.outgoing(&inner.http, request, &secret);
        let began = Instant::now();
        let Attempt { outcome, date, rest } = attempt::send(outgoing, &*inner.config.dialect, &secret).await;
        let took = began.elapsed();
        if let Some(date) = date {
            *inner.skew.lock().unwrap_or_else(PoisonError::into_inner) = Some(inner.clock.now() - date);
        }
        match &outcome {
            Outcome::Limited { .. } => {}
            Outcome::Busy { fault, .. } => inner.health.failed(fault, Instant::now()),
            Outcome::Fault { fault, .. } => {
                inner.health.failed(fault, Instant::now());
                inner.turn.answered();
            }
            _ => {
                inner.health.answered();
                inner.turn.answered();
            }
        }
        // The answer is there; that the ledger is away, the next request will say.
        if let Some(rest) = rest
            && let Err(error) = inner.turn.rest(rest).await
        {
            tracing::debug!(service = inner.config.service, %error, "a rest was not noted");
        }
        Ok((outcome, secret, took))
    }

    /// Whether a request may be sent as far as it is known here.
    fn check_open(&self, request: &Request) -> Result<(), FetchError> {
        if self.lock_withheld().contains(request.endpoint.path) {
            return Err(self.withheld_error(request));
        }
        match self.0.health.away(Instant::now()) {
            Some((attempts, last)) => Err(FetchError::Away { service: self.service(), attempts, last }),
            None => Ok(()),
        }
    }

    /// Notes, here and in the ledger, that an endpoint is withheld, and says so once.
    async fn withhold(&self, request: &Request, reason: &str) -> Result<(), FetchError> {
        let new = self.lock_withheld().insert(request.endpoint.path);
        if new {
            tracing::info!(service = self.0.config.service, endpoint = request.endpoint.path, reason, "withheld");
            self.0.turn.withhold(request.endpoint.path).await?;
        }
        Ok(())
    }

    fn gone_error(&self, request: &Request) -> FetchError {
        FetchError::Gone { service: self.service(), endpoint: request.endpoint.path }
    }

    fn withheld_error(&self, request: &Request) -> FetchError {
        FetchError::Withheld { service: self.service(), endpoint: request.endpoint.path }
    }

    fn lock_withheld(&self) -> std::sync::MutexGuard<'_, BTreeSet<&'static str>> {
        self.0.withheld.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn service(&self) -> String {
        self.0.config.service.clone()
    }
}
