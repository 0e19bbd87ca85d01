//! What all requests share: settings, the world, limits and counters.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use crate::clock::Clock;
use crate::config::{Config, Service};
use crate::limit::{Limit, Limiter, Passed};
use crate::stats::Counters;
use crate::world::{World, world};

/// A handle to the state of one set of stand-ins.
#[derive(Clone)]
pub(crate) struct Shared(Arc<State>);

struct State {
    addr: SocketAddr,
    world: Arc<World>,
    config: RwLock<Arc<Config>>,
    clock: Clock,
    limiters: Mutex<HashMap<Service, Limiter>>,
    counters: Mutex<Counters>,
}

impl Shared {
    /// The state of stand-ins at `addr`.
    ///
    /// # Errors
    /// One sentence about a setting that makes no sense.
    pub(crate) fn new(addr: SocketAddr, config: Config) -> Result<Self, String> {
        config.check()?;
        let clock = Clock::new(config.time_scale);
        Ok(Self(Arc::new(State {
            addr,
            world: world(),
            config: RwLock::new(Arc::new(config)),
            clock,
            limiters: Mutex::default(),
            counters: Mutex::default(),
        })))
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.0.addr
    }

    pub(crate) fn world(&self) -> &World {
        &self.0.world
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn config(&self) -> Arc<Config> {
        self.0.config.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes settings; all of them or, if one makes no sense, none.
    ///
    /// # Errors
    /// One sentence about that one.
    pub(crate) fn configure(&self, config: Config) -> Result<(), String> {
        config.check()?;
        let mut present = self.0.config.write().unwrap_or_else(PoisonError::into_inner);
        if present.time_scale.total_cmp(&config.time_scale).is_ne() {
            return Err("`time_scale` cannot be changed while the stand-ins run".to_owned());
        }
        *present = Arc::new(config);
        Ok(())
    }

    pub(crate) fn counters(&self) -> MutexGuard<'_, Counters> {
        self.0.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a request at `now` is within the service's limit; `None`: there is none.
    pub(crate) fn admit(&self, service: Service, now: Duration) -> Option<Passed> {
        if !self.config().of(service).limited {
            return None;
        }
        let mut limiters = self.0.limiters.lock().unwrap_or_else(PoisonError::into_inner);
        Some(limiters.entry(service).or_default().admit(now, Limit::of(service)))
    }

    /// Forgets all requests that count for a limit.
    pub(crate) fn reset_limits(&self) {
        self.0.limiters.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
