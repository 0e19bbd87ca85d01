//! Platforms that people chat on. Each verifies what comes in, keeps it in the store before it says so, and translates between
//! the platform and `bot`.
//!
//! | module | its one purpose |
//! |---|---|
//! | `event` | what is stored of an event until it is answered |
//! | `worker` | takes events out of the store, answers them, sends the answers |
//! | `secret` | comparing secrets in a time that says nothing |
//! | [`messenger`] | Facebook Messenger |
//! | [`telegram`] | Telegram |

mod event;
pub mod messenger;
mod secret;
pub mod telegram;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use sixpotify_sources::clock::SharedClock;
use tokio::time::sleep;

use self::messenger::{Messenger, MessengerSettings};
use self::telegram::{Telegram, TelegramSettings};
use self::worker::Worker;
use crate::state::AppState;

/// The platforms that are set up. None by default.
#[derive(Clone, Default)]
pub struct Channels {
    pub(crate) messenger: Option<Arc<Worker<Messenger>>>,
    pub(crate) telegram: Option<Arc<Worker<Telegram>>>,
}

impl Channels {
    /// Those of which the settings are given.
    ///
    /// # Errors
    /// When no HTTP client can be set up.
    pub fn open(
        messenger: Option<MessengerSettings>,
        telegram: Option<TelegramSettings>,
        clock: &SharedClock,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let messenger = messenger.map(|settings| Messenger::open(settings, clock.clone())).transpose()?;
        let telegram = telegram.map(|settings| Telegram::open(settings, clock.clone())).transpose()?;
        Ok(Self {
            messenger: messenger.map(|messenger| Arc::new(Worker::new(messenger))),
            telegram: telegram.map(|telegram| Arc::new(Worker::new(telegram))),
        })
    }

    /// Begins to answer what the store holds and what will come.
    pub(crate) fn start(&self, state: &AppState) {
        state.tasks.spawn(clear(state.clone()));
        if let Some(messenger) = &self.messenger {
            messenger.start(state);
        }
        if let Some(telegram) = &self.telegram {
            telegram.start(state);
            telegram.platform().poll_if_wanted(telegram, state);
        }
    }
}

/// How often what the chat need not keep any longer is cleared away.
const CLEAR: Duration = Duration::from_secs(600);

/// Clears away what the chat need not keep any longer, until the server ends.
async fn clear(state: AppState) {
    loop {
        if let Err(error) = state.store.clear_chat(state.clock.now()).await {
            tracing::warn!(%error, "what the chat need not keep could not be cleared away");
        }
        tokio::select! {
            () = sleep(CLEAR) => {}
            () = state.stop.cancelled() => return,
        }
    }
}

/// Webhooks, below `/webhooks`.
pub(crate) fn routes() -> Router<AppState> {
    Router::new().merge(messenger::routes()).merge(telegram::routes())
}
