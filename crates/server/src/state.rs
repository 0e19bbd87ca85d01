//! What every handler can reach.

use std::ops::Deref;
use std::sync::Arc;

use sixpotify_bot::Bot;
use sixpotify_sources::clock::SharedClock;
use sixpotify_store::SharedStore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::conversations::Conversations;
use crate::names::Names;
use crate::visitors::Visitors;
use crate::{Config, Metrics, Shelf};

/// What a server is made of.
pub struct Parts {
    /// The catalogue.
    pub store: SharedStore,
    /// Who is meant by a name.
    pub names: Arc<dyn Names>,
    /// All songs.
    pub shelf: Arc<Shelf>,
    /// Who answers.
    pub bot: Bot,
    /// Where conversations are kept.
    pub conversations: Arc<dyn Conversations>,
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
    /// Who is meant by a name.
    pub names: Arc<dyn Names>,
    /// All songs.
    pub shelf: Arc<Shelf>,
    /// Who answers.
    pub bot: Bot,
    /// Where conversations are kept.
    pub conversations: Arc<dyn Conversations>,
    /// What is counted.
    pub metrics: Metrics,
    /// How much visitors may write.
    pub(crate) visitors: Visitors,
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
        let Parts { store, names, shelf, bot, conversations, clock, config } = parts;
        Self(Arc::new(Inner {
            store,
            names,
            shelf,
            bot,
            conversations,
            metrics: Metrics::default(),
            visitors: Visitors::default(),
            clock,
            config,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }))
    }
}

impl Deref for AppState {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
