//! What every handler can reach.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use sixpotify_bot::Bot;
use sixpotify_pipeline::Resolver;
use sixpotify_sources::clock::SharedClock;
use sixpotify_store::SharedStore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cache::Answers;
use crate::visitors::Visitors;
use crate::{Channels, Config, Metrics, Shelf};

/// What a server is made of.
pub struct Parts {
    /// The catalogue.
    pub store: SharedStore,
    /// Who is meant by a name.
    pub resolver: Arc<Resolver>,
    /// All songs.
    pub shelf: Arc<Shelf>,
    /// Who answers.
    pub bot: Bot,
    /// Platforms that people chat on.
    pub channels: Channels,
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
    pub resolver: Arc<Resolver>,
    /// All songs.
    pub shelf: Arc<Shelf>,
    /// Who answers.
    pub bot: Bot,
    /// Platforms that people chat on.
    pub channels: Channels,
    /// What is counted.
    pub metrics: Metrics,
    /// How much visitors may write.
    pub(crate) visitors: Visitors,
    /// Answers that are asked for again.
    pub(crate) answers: Answers,
    /// The names are in memory: whoever is asked for can be found.
    pub(crate) names_read: AtomicBool,
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
        let Parts { store, resolver, shelf, bot, channels, clock, config } = parts;
        Self(Arc::new(Inner {
            store,
            resolver,
            shelf,
            bot,
            channels,
            metrics: Metrics::default(),
            visitors: Visitors::default(),
            answers: Answers::default(),
            names_read: AtomicBool::new(false),
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
