//! What every handler can reach.

use std::ops::Deref;
use std::sync::Arc;

use sixpotify_sources::clock::SharedClock;
use sixpotify_store::SharedStore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::Config;

/// What a server is made of.
pub struct Parts {
    /// The catalogue.
    pub store: SharedStore,
    /// The time.
    pub clock: SharedClock,
    /// What the operator decides.
    pub config: Config,
}

/// What every handler can reach. Cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Inner>);

/// The fields of [`AppState`].
pub struct Inner {
    /// The catalogue.
    pub store: SharedStore,
    /// The time.
    pub clock: SharedClock,
    /// What the operator decides.
    pub config: Config,
    /// Work that was acknowledged: the server does not end before it.
    pub tasks: TaskTracker,
    /// Cancelled when the server is asked to end: nothing new is begun, what was acknowledged is finished.
    pub stop: CancellationToken,
}

impl AppState {
    /// Puts a server together; nothing runs yet.
    pub fn new(parts: Parts) -> Self {
        let Parts { store, clock, config } = parts;
        Self(Arc::new(Inner { store, clock, config, tasks: TaskTracker::new(), stop: CancellationToken::new() }))
    }
}

impl Deref for AppState {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
