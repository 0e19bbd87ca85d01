//! The door itself: who may go when, and what is tried again.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::attempt::{self, Outcome};
use super::turn::Turn;
use super::{Budget, Endpoint, FetchError, KeyState, Ledger, LedgerError, NoToken, Request, Retry, Tokens};
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

/// How to behave towards one service.
#[derive(Clone, Debug)]
pub struct DoorConfig {
    /// Name of the service in messages.
    pub service: String,
    /// Requests in flight at most.
    pub concurrency: usize,
    /// Length of the rolling window in which the service counts.
    pub window: Duration,
    /// Requests in any such window at most; `None`: only what the service's 429s teach.
    pub per_window: Option<u32>,
    /// Requests in any 24 hours at most; `None`: any number.
    pub per_day: Option<u32>,
    /// The longest wait for a service that is blocked; beyond it [`FetchError::Paused`].
    pub max_wait: Duration,
    /// What to do about faults.
    pub retry: Retry,
    /// Deadlines.
    pub timeouts: Timeouts,
}

/// What went through a door so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Requests sent, retries included, token requests not.
    pub requests: u64,
    /// Requests that were sent again.
    pub retries: u64,
    /// Answers with status 429.
    pub limited: u64,
}

/// The door to one service. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Door(Arc<Inner>);

struct Inner {
    config: DoorConfig,
    http: reqwest::Client,
    tokens: Box<dyn Tokens>,
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
    /// Opens a door. `tokens` authorises the requests, `ledger` counts them.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up (no TLS roots, for instance).
    pub fn new(
        config: DoorConfig,
        tokens: Box<dyn Tokens>,
        clock: SharedClock,
        ledger: Arc<dyn Ledger>,
    ) -> Result<Self, reqwest::Error> {
        let budget = (config.window, config.per_window);
        let turn = Turn::new(&config.service, budget, config.per_day, config.max_wait, clock.clone(), ledger);
        let http = reqwest::Client::builder()
            .user_agent(concat!("sixpotify/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(config.timeouts.connect)
            .read_timeout(config.timeouts.read)
            .timeout(config.timeouts.whole)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self(Arc::new(Inner {
            places: Semaphore::new(config.concurrency.max(1)),
            turn,
            clock,
            skew: Mutex::default(),
            config,
            http,
            tokens,
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
            let (outcome, token, took) = self.attempt(request).await?;
            failing_for += took;
            let fault = match (outcome, token) {
                (Outcome::Answer(answer), _) => return Ok(answer),
                (Outcome::Unauthorized(reason), token) => {
                    self.0.tokens.refused(&token).await;
                    unauthorized += 1;
                    // A token that died early costs this one extra request.
                    if unauthorized == 1 {
                        continue;
                    }
                    // So many share a token that even a new one may die before it is used.
                    failed += 1;
                    if failed >= self.0.config.retry.attempts {
                        return Err(FetchError::Credentials { service: self.service(), reason });
                    }
                    reason
                }
                (Outcome::Forbidden(_), _) if request.endpoint.may_be_withheld => {
                    self.withhold(request).await?;
                    return Err(self.withheld_error(request));
                }
                (Outcome::Forbidden(reason), _) => {
                    return Err(FetchError::Forbidden {
                        service: self.service(),
                        endpoint: request.endpoint.path,
                        reason,
                    });
                }
                (Outcome::NotFound, _) if request.endpoint.item && missing > 0 => {
                    return Err(FetchError::Gone { service: self.service(), endpoint: request.endpoint.path });
                }
                (Outcome::NotFound, _) => {
                    // Services out of order answer 404, too: what is gone is gone the second time as well.
                    missing += 1;
                    failed += 1;
                    "HTTP 404".to_owned()
                }
                (Outcome::Rejected(status, reason), _) => {
                    let (service, endpoint) = (self.service(), request.endpoint.path);
                    return Err(FetchError::Rejected { service, endpoint, status, reason });
                }
                (Outcome::Limited { retry_after, quota, reason }, _) => {
                    // Not a failed attempt: the service is well and says when to come back.
                    self.0.limited.fetch_add(1, Ordering::Relaxed);
                    limited += 1;
                    failing_for = Duration::ZERO;
                    self.0.turn.limited(retry_after, quota, &reason).await?;
                    if limited < MOST_LIMITED {
                        continue;
                    }
                    failed = limited;
                    reason
                }
                (Outcome::Fault(fault), _) => {
                    failed += 1;
                    fault
                }
            };
            let retry = &self.0.config.retry;
            if limited >= MOST_LIMITED || failed >= retry.attempts || failing_for >= retry.total {
                if missing == failed && request.endpoint.may_be_withheld {
                    self.withhold(request).await?;
                    return Err(self.withheld_error(request));
                }
                let (service, endpoint) = (self.service(), request.endpoint.path);
                return Err(FetchError::Failed { service, endpoint, attempts: failed, last: fault });
            }
            let delay = retry.delay(failed);
            failing_for += delay;
            tracing::debug!(endpoint = request.endpoint.path, failed, delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX), %fault, "trying again");
            self.0.retries.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(delay).await;
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

    /// Waits for its turn, sends once, and says what came of it, which token it carried, and how long sending took.
    async fn attempt<T: DeserializeOwned>(
        &self,
        request: &Request,
    ) -> Result<(Outcome<T>, SecretString, Duration), FetchError> {
        let inner = &*self.0;
        if self.lock_withheld().contains(request.endpoint.path) {
            return Err(self.withheld_error(request));
        }
        let _place = inner.places.acquire().await.expect("the door's semaphore is never closed");
        inner.turn.pass().await?;
        let token = match inner.tokens.token(&inner.http).await {
            Ok(token) => token,
            // It says nothing of the API's window: like a quota, it is no lesson.
            Err(NoToken::Limited { retry_after, reason }) => {
                let limited = Outcome::Limited { retry_after, quota: true, reason };
                return Ok((limited, SecretString::default(), Duration::ZERO));
            }
            Err(NoToken::Failed(error)) => return Err(error),
        };
        // Somebody before us in the queue may have learned it.
        if self.lock_withheld().contains(request.endpoint.path) {
            return Err(self.withheld_error(request));
        }
        inner.requests.fetch_add(1, Ordering::Relaxed);
        let outgoing = inner.http.get(request.url.clone()).bearer_auth(token.expose_secret());
        let began = Instant::now();
        let (outcome, date) = attempt::send(outgoing).await;
        if let Some(date) = date {
            *inner.skew.lock().unwrap_or_else(PoisonError::into_inner) = Some(inner.clock.now() - date);
        }
        if !matches!(outcome, Outcome::Limited { .. }) {
            inner.turn.answered();
        }
        Ok((outcome, token, began.elapsed()))
    }

    /// Notes, here and in the ledger, that an endpoint is withheld.
    async fn withhold(&self, request: &Request) -> Result<(), FetchError> {
        let new = self.lock_withheld().insert(request.endpoint.path);
        if new {
            self.0.turn.withhold(request.endpoint.path).await?;
        }
        Ok(())
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
