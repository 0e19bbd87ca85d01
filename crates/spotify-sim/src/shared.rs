//! What all requests share: settings, catalogue, tokens, limits and counters.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};
use std::time::Duration;

use crate::catalogue::{Catalogue, Sampled};
use crate::clock::Clock;
use crate::config::Config;
use crate::error::Refusal;
use crate::generated::Generated;
use crate::hash::{mix, unit};
use crate::limit::{Exceeded, Limiter, Refused};
use crate::moves::{Moved, Moves};
use crate::sample;
use crate::stats::Counters;
use crate::token::Tokens;

/// A handle to the state of one stand-in.
#[derive(Clone)]
pub(crate) struct Shared(Arc<State>);

struct State {
    addr: SocketAddr,
    catalogue: Arc<dyn Catalogue>,
    settings: RwLock<Settings>,
    clock: Clock,
    tokens: Tokens,
    limiter: Mutex<Limiter>,
    counters: Mutex<Counters>,
}

/// The settings of the moment, and what was made from them.
#[derive(Clone)]
struct Settings {
    config: Arc<Config>,
    moves: Arc<Moves>,
}

impl Settings {
    fn new(config: Config) -> Result<Self, String> {
        config.check()?;
        Ok(Self { moves: Arc::new(Moves::new(&config)?), config: Arc::new(config) })
    }
}

impl Shared {
    /// The state of a stand-in at `addr`.
    ///
    /// # Errors
    /// One sentence about a setting that makes no sense.
    pub(crate) fn new(addr: SocketAddr, config: Config) -> Result<Self, String> {
        let settings = Settings::new(config)?;
        let catalogue: Arc<dyn Catalogue> = match settings.config.artists {
            Some(artists) => Arc::new(Generated::new(artists)),
            None => bundled(),
        };
        Ok(Self(Arc::new(State {
            addr,
            catalogue,
            settings: RwLock::new(settings),
            clock: Clock::new(),
            tokens: Tokens::new(),
            limiter: Mutex::default(),
            counters: Mutex::default(),
        })))
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.0.addr
    }

    /// The base URL of the API.
    pub(crate) fn api_url(&self) -> String {
        format!("http://{}/v1", self.0.addr)
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }

    /// The catalogue as it is now.
    pub(crate) fn catalogue(&self) -> Moved<'_> {
        Moved::new(&*self.0.catalogue, self.settings().moves)
    }

    pub(crate) fn config(&self) -> Arc<Config> {
        self.settings().config
    }

    /// Changes settings; all of them or, if one makes no sense, none.
    ///
    /// # Errors
    /// One sentence about that one.
    pub(crate) fn configure(&self, config: Config) -> Result<(), String> {
        let mut settings = self.0.settings.write().unwrap_or_else(PoisonError::into_inner);
        if config.artists != settings.config.artists {
            return Err("`artists` cannot be changed while the stand-in runs".to_owned());
        }
        *settings = Settings::new(config)?;
        Ok(())
    }

    pub(crate) fn counters(&self) -> MutexGuard<'_, Counters> {
        self.0.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets all requests that count for a limit, and every wait.
    pub(crate) fn reset_limits(&self) {
        *self.limiter() = Limiter::default();
    }

    /// Whether a request at `now` may pass: token first, then the limits.
    pub(crate) fn admit(&self, now: Duration, config: &Config, authorization: Option<&str>) -> Result<(), Refusal> {
        self.0.tokens.check(now, authorization)?;
        let admitted = self.limiter().admit(now, config);
        admitted.map_err(|refused| self.refuse(refused, now, config))
    }

    fn refuse(&self, refused: Refused, now: Duration, config: &Config) -> Refusal {
        let mut counters = self.counters();
        counters.stats.refuse(refused, now, config.window);
        let drawn = mix(config.fault_seed ^ counters.stats.limited);
        Refusal::Limited {
            exceeded: refused.exceeded,
            retry_after: (unit(drawn) >= config.retry_after_missing).then_some(refused.wait),
            as_text: refused.exceeded == Exceeded::Window && unit(mix(drawn)) < config.limited_as_text,
        }
    }

    fn settings(&self) -> Settings {
        self.0.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn limiter(&self) -> MutexGuard<'_, Limiter> {
        self.0.limiter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The catalogue of the bundled sample, made once for all stand-ins of this process that run at the same time.
fn bundled() -> Arc<Sampled> {
    static SAMPLED: Mutex<Weak<Sampled>> = Mutex::new(Weak::new());
    let mut kept = SAMPLED.lock().unwrap_or_else(PoisonError::into_inner);
    kept.upgrade().unwrap_or_else(|| {
        let made = Arc::new(Sampled::new(sample::tracks()));
        *kept = Arc::downgrade(&made);
        made
    })
}
