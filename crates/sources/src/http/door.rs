//! The door itself: who may go when, and what is tried again.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};

use super::attempt::{self, Outcome};
use super::budget::Pacer;
use super::gate::{Block, Gate};
use super::{Budget, FetchError, Request, Retry, Tokens};
use crate::clock::SharedClock;

/// How long to keep still after a 429 that does not say: a sixth of Spotify's window of 30 s.
const UNSAID_WAIT: Duration = Duration::from_secs(5);

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
    /// Requests in a rolling window at most; `None`: only what the service's 429s teach.
    pub budget: Option<Budget>,
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
    clock: SharedClock,
    places: Semaphore,
    pacer: Option<Mutex<Pacer>>,
    gate: Gate,
    withheld: Mutex<BTreeSet<&'static str>>,
    requests: AtomicU64,
    retries: AtomicU64,
    limited: AtomicU64,
}

impl Door {
    /// Opens a door. `tokens` authorises the requests.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up (no TLS roots, for instance).
    pub fn new(config: DoorConfig, tokens: Box<dyn Tokens>, clock: SharedClock) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("sixpotify/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(config.timeouts.connect)
            .read_timeout(config.timeouts.read)
            .timeout(config.timeouts.whole)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self(Arc::new(Inner {
            places: Semaphore::new(config.concurrency.max(1)),
            pacer: config.budget.map(|b| Mutex::new(Pacer::new(b))),
            config,
            http,
            tokens,
            clock,
            gate: Gate::default(),
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
        let mut failing_since = None;
        let mut limited = 0;
        let mut unauthorized = 0;
        loop {
            let fault = match self.attempt(request).await? {
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
                    self.lock_withheld().insert(request.endpoint.path);
                    return Err(self.withheld_error(request));
                }
                (Outcome::Forbidden(reason), _) => {
                    return Err(FetchError::Forbidden {
                        service: self.service(),
                        endpoint: request.endpoint.path,
                        reason,
                    });
                }
                (Outcome::NotFound, _) => {
                    return Err(FetchError::Gone { service: self.service(), endpoint: request.endpoint.path });
                }
                (Outcome::Rejected(status, reason), _) => {
                    let (service, endpoint) = (self.service(), request.endpoint.path);
                    return Err(FetchError::Rejected { service, endpoint, status, reason });
                }
                (Outcome::Limited { retry_after, reason }, _) => {
                    // Not a failed attempt: the service is well and says when to come back.
                    self.0.limited.fetch_add(1, Ordering::Relaxed);
                    limited += 1;
                    failing_since = None;
                    let wait = retry_after.unwrap_or(UNSAID_WAIT).max(Duration::from_secs(1));
                    self.block(wait, reason.clone());
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
            let failing_for = failing_since.get_or_insert_with(Instant::now).elapsed();
            if limited >= MOST_LIMITED || failed >= retry.attempts || failing_for >= retry.total {
                let (service, endpoint) = (self.service(), request.endpoint.path);
                return Err(FetchError::Failed { service, endpoint, attempts: failed, last: fault });
            }
            let delay = retry.delay(failed);
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

    /// What went through so far.
    pub fn stats(&self) -> Stats {
        Stats {
            requests: self.0.requests.load(Ordering::Relaxed),
            retries: self.0.retries.load(Ordering::Relaxed),
            limited: self.0.limited.load(Ordering::Relaxed),
        }
    }

    /// Requests of the present window and the budget for it, where there is one.
    pub fn window(&self) -> Option<(usize, Budget)> {
        let pacer = self.0.pacer.as_ref()?;
        let used = pacer.lock().unwrap_or_else(PoisonError::into_inner).used(Instant::now());
        Some((used, self.0.config.budget?))
    }

    /// Paths of the endpoints that the service has withheld from this key.
    pub fn withheld(&self) -> Vec<&'static str> {
        self.lock_withheld().iter().copied().collect()
    }

    /// Waits for its turn, sends once, and says what came of it and which token it carried.
    async fn attempt<T: DeserializeOwned>(&self, request: &Request) -> Result<(Outcome<T>, SecretString), FetchError> {
        let inner = &*self.0;
        if self.lock_withheld().contains(request.endpoint.path) {
            return Err(self.withheld_error(request));
        }
        let _place = inner.places.acquire().await.expect("the door's semaphore is never closed");
        let token = inner.tokens.token(&inner.http).await?;
        if let Some(pacer) = &inner.pacer {
            let at = pacer.lock().unwrap_or_else(PoisonError::into_inner).reserve(Instant::now());
            sleep_until(at).await;
        }
        self.pass_gate().await?;
        inner.requests.fetch_add(1, Ordering::Relaxed);
        let outgoing = inner.http.get(request.url.clone()).bearer_auth(token.expose_secret());
        Ok((attempt::send(outgoing).await, token))
    }

    /// Waits while the service is blocked, as long as that is no longer than `max_wait` from now.
    async fn pass_gate(&self) -> Result<(), FetchError> {
        while let Some(block) = self.0.gate.block(Instant::now()) {
            if block.until - Instant::now() > self.0.config.max_wait {
                return Err(FetchError::Paused {
                    service: self.service(),
                    until: block.until_utc,
                    reason: block.reason,
                });
            }
            sleep_until(block.until).await;
        }
        Ok(())
    }

    fn block(&self, wait: Duration, reason: String) {
        let until_utc = self.0.clock.now() + chrono::Duration::from_std(wait).unwrap_or(chrono::Duration::days(365));
        tracing::debug!(service = self.0.config.service, wait_s = wait.as_secs(), reason, "blocked");
        self.0.gate.close(Block { until: Instant::now() + wait, until_utc, reason });
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
