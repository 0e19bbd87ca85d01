//! Whose turn it is: the pace, the day's budget, and the gate that a "too many requests" closes.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::{Instant, sleep_until};

use super::gate::{Block, Gate};
use super::learn::Learned;
use super::ledger::{Blocked, Grant, KeyState, Ledger, LedgerError, Wish};
use super::stop;
use super::{Budget, DoorConfig, FetchError, Pace};
use crate::clock::SharedClock;

/// The longest of those waits.
const LONGEST_UNSAID_WAIT: Duration = Duration::from_secs(600);

/// The longest wait of a service that is busy and does not say for how long.
const LONGEST_BUSY_WAIT: Duration = Duration::from_secs(20);

/// The longest wait for the end of a window whose requests are used up.
const LONGEST_REST: Duration = Duration::from_secs(120);

/// Requests reserved at a time where no pace is known: at least, and at most.
const FREE_BLOCK: (u32, u32) = (64, 2000);

/// Requests reserved but not sent so long after they were due are given back.
const STALE: Duration = Duration::from_secs(2);

/// Lets requests through one by one, each at its time.
pub(super) struct Turn {
    service: String,
    /// Requests are reserved for about so long at a time.
    block: Duration,
    max_wait: Duration,
    /// How long to keep still after a refusal that does not say; doubled each time in a row.
    unsaid_wait: Duration,
    clock: SharedClock,
    ledger: Arc<dyn Ledger>,
    /// Requests a day at most; 0: no limit.
    per_day: AtomicU32,
    reserved: tokio::sync::Mutex<Reserved>,
    /// Changes when what is reserved is not to be used any more.
    changes: AtomicU64,
    learned: Mutex<Learned>,
    gate: Gate,
    unsaid: AtomicU32,
}

/// Requests granted and not sent yet.
#[derive(Debug)]
struct Reserved {
    left: u32,
    next: Instant,
    spacing: Duration,
    change: u64,
}

impl Turn {
    pub(super) fn new(config: &DoorConfig, clock: SharedClock, ledger: Arc<dyn Ledger>) -> Self {
        let now = Instant::now();
        Self {
            service: config.service.clone(),
            block: config.block,
            max_wait: config.max_wait,
            unsaid_wait: config.unsaid_wait,
            clock,
            ledger,
            per_day: AtomicU32::new(config.per_day.unwrap_or(0)),
            reserved: Reserved { left: 0, next: now, spacing: Duration::ZERO, change: 0 }.into(),
            changes: AtomicU64::new(0),
            learned: Mutex::new(Learned::new(config.window, config.per_window, now)),
            gate: Gate::default(),
            unsaid: AtomicU32::new(0),
        }
    }

    /// Goes on from what the ledger knows of the key.
    pub(super) async fn restore(&self) -> Result<KeyState, LedgerError> {
        let now = self.clock.now();
        let state = self.ledger.state(now).await?;
        if let Some(blocked) = &state.blocked {
            self.gate.close(self.block_of(blocked));
        }
        if let Some(estimate) = state.window_estimate {
            self.learned().restore(estimate);
        }
        Ok(state)
    }

    pub(super) async fn ledger_state(&self, now: DateTime<Utc>) -> Result<KeyState, LedgerError> {
        self.ledger.state(now).await
    }

    /// Waits until one request may be sent.
    ///
    /// # Errors
    /// [`FetchError::Paused`] when that is further away than we wait, [`FetchError::Uncounted`] when the ledger is away,
    /// [`FetchError::Stopped`] when whoever asks wants no more.
    pub(super) async fn pass(&self) -> Result<(), FetchError> {
        loop {
            self.wait_for_gate().await?;
            let Some(at) = self.place().await? else { continue };
            let waited = self.wait_until(at).await;
            if waited.is_ok() && self.gate.block(Instant::now()).is_none() {
                return Ok(());
            }
            // The gate was closed while we waited, or nobody wants it any more: this request is not sent now.
            self.ledger.give_back(1, self.clock.now()).await.map_err(|e| self.uncounted(&e))?;
            waited?;
        }
    }

    /// Notes a request that was not answered by a 429.
    pub(super) fn answered(&self) {
        self.unsaid.store(0, Ordering::Relaxed);
        self.learned().answered(Instant::now());
    }

    /// Notes a 429: from now on nobody passes until it is over. `quota`: it is the day's quota, which says nothing of the
    /// window.
    pub(super) async fn limited(
        &self,
        retry_after: Option<Duration>,
        quota: bool,
        reason: &str,
    ) -> Result<(), FetchError> {
        let wait = retry_after.unwrap_or_else(|| self.unsaid_wait(LONGEST_UNSAID_WAIT));
        let first = self.close(wait.max(self.unsaid_wait.min(Duration::from_secs(1))), reason).await?;
        if first && !quota {
            // Those in flight are refused for the same reason: one lesson, not sixteen.
            let estimate = self.learned().limited(Instant::now());
            self.ledger.learn(Some(estimate)).await.map_err(|e| self.uncounted(&e))?;
        }
        Ok(())
    }

    /// Notes that the service is busy: from now on nobody passes for a moment, longer each time in a row.
    pub(super) async fn busy(&self, reason: &str) -> Result<(), FetchError> {
        self.close(self.unsaid_wait(LONGEST_BUSY_WAIT), reason).await.map(|_| ())
    }

    /// Notes that the requests of the service's window are used up for this time.
    pub(super) async fn rest(&self, time: Duration) -> Result<(), FetchError> {
        self.close(time.min(LONGEST_REST), "the requests of this window are used up").await.map(|_| ())
    }

    fn unsaid_wait(&self, longest: Duration) -> Duration {
        let times = self.unsaid.fetch_add(1, Ordering::Relaxed).min(16);
        self.unsaid_wait.saturating_mul(1 << times).min(longest)
    }

    /// Closes the gate, here and in the ledger. Returns whether it was open.
    async fn close(&self, wait: Duration, reason: &str) -> Result<bool, FetchError> {
        let now = Instant::now();
        let until = self.clock.now() + TimeDelta::from_std(wait).unwrap_or(TimeDelta::days(365));
        let blocked = Blocked { until, reason: reason.to_owned() };
        let first = self.gate.block(now).is_none();
        let longer = self.gate.close(Block { until: now + wait, until_utc: until, reason: reason.to_owned() });
        tracing::debug!(service = self.service, wait_s = wait.as_secs(), reason, "blocked");
        self.changes.fetch_add(1, Ordering::Relaxed);
        if longer {
            self.ledger.block(&blocked).await.map_err(|e| self.uncounted(&e))?;
        }
        Ok(first)
    }

    pub(super) async fn withhold(&self, endpoint: &str) -> Result<(), FetchError> {
        self.ledger.withhold(endpoint, self.clock.now()).await.map_err(|e| self.uncounted(&e))
    }

    /// Allows so many requests in 24 hours from now on; `None`: any number.
    pub(super) fn set_per_day(&self, per_day: Option<u32>) {
        self.per_day.store(per_day.unwrap_or(0), Ordering::Relaxed);
        self.changes.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn per_day(&self) -> Option<u32> {
        Some(self.per_day.load(Ordering::Relaxed)).filter(|n| *n > 0)
    }

    /// Requests of the present window, and the budget for it where one is known.
    pub(super) fn window(&self) -> (u32, Option<Budget>) {
        let now = Instant::now();
        let mut learned = self.learned();
        (learned.recent(now), learned.budget(now))
    }

    /// Gives back what was reserved and not sent: for the end of a run.
    pub(super) async fn give_back(&self) -> Result<(), FetchError> {
        let mut reserved = self.reserved.lock().await;
        let unused = std::mem::take(&mut reserved.left);
        if unused > 0 {
            self.ledger.give_back(unused, self.clock.now()).await.map_err(|e| self.uncounted(&e))?;
        }
        Ok(())
    }

    /// The time of the next request; `None`: look at the gate again.
    async fn place(&self) -> Result<Option<Instant>, FetchError> {
        let mut reserved = self.reserved.lock().await;
        let now = Instant::now();
        let change = self.changes.load(Ordering::Relaxed);
        let usable = reserved.change == change && now < reserved.next + STALE;
        if reserved.left > 0 && !usable {
            let unused = std::mem::take(&mut reserved.left);
            self.ledger.give_back(unused, self.clock.now()).await.map_err(|e| self.uncounted(&e))?;
        }
        if reserved.left == 0 {
            let pace = self.learned().budget(now).map_or(Pace::FREE, Pace::of);
            let grant = self.reserve(pace).await?;
            if let Some(blocked) = &grant.blocked {
                // Another process was told to wait.
                self.gate.close(self.block_of(blocked));
                return Ok(None);
            }
            if grant.granted == 0 {
                drop(reserved);
                self.wait_for_day(grant.from).await?;
                return Ok(None);
            }
            *reserved = Reserved { left: grant.granted, next: self.instant(grant.from), spacing: pace.spacing, change };
        }
        reserved.left -= 1;
        let at = reserved.next;
        reserved.next = at + reserved.spacing;
        Ok(Some(at))
    }

    async fn reserve(&self, pace: Pace) -> Result<Grant, FetchError> {
        let (least, most) = FREE_BLOCK;
        let per_second = self.learned().recent(Instant::now()) / 30;
        let want = pace.within(self.block, per_second.clamp(least, most));
        let wish = Wish { want, pace, per_day: self.per_day(), now: self.clock.now() };
        self.ledger.reserve(wish).await.map_err(|e| self.uncounted(&e))
    }

    /// Waits while the service is blocked, as long as that is no longer than `max_wait` from now.
    async fn wait_for_gate(&self) -> Result<(), FetchError> {
        while let Some(block) = self.gate.block(Instant::now()) {
            if block.until - Instant::now() > self.max_wait {
                return Err(self.paused(block.until_utc, block.reason));
            }
            self.wait_until(block.until).await?;
        }
        Ok(())
    }

    async fn wait_for_day(&self, from: DateTime<Utc>) -> Result<(), FetchError> {
        let at = self.instant(from);
        if at - Instant::now() > self.max_wait {
            let day = self.per_day().unwrap_or(0);
            return Err(self.paused(from, format!("our own budget of {day} requests in 24 hours is used up")));
        }
        self.wait_until(at).await
    }

    /// Waits, unless whoever asks wants no more.
    async fn wait_until(&self, at: Instant) -> Result<(), FetchError> {
        let stopped = || FetchError::Stopped { service: self.service.clone() };
        if stop::is_stopped() {
            return Err(stopped());
        }
        stop::or_stopped(sleep_until(at)).await.ok_or_else(stopped)
    }

    fn block_of(&self, blocked: &Blocked) -> Block {
        Block { until: self.instant(blocked.until), until_utc: blocked.until, reason: blocked.reason.clone() }
    }

    /// The same moment on the clock that waits; what is past is now.
    fn instant(&self, at: DateTime<Utc>) -> Instant {
        Instant::now() + (at - self.clock.now()).to_std().unwrap_or(Duration::ZERO)
    }

    fn paused(&self, until: DateTime<Utc>, reason: String) -> FetchError {
        FetchError::Paused { service: self.service.clone(), until, reason }
    }

    fn uncounted(&self, error: &LedgerError) -> FetchError {
        FetchError::Uncounted { service: self.service.clone(), reason: error.to_string() }
    }

    fn learned(&self) -> std::sync::MutexGuard<'_, Learned> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
