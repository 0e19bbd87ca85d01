//! Platforms that people chat on. Each verifies what comes in, keeps it in the store before it says so, and translates between
//! the platform and `bot`.
//!
//! | module | its one purpose |
//! |---|---|
//! | `event` | what is stored of an event until it is answered |
//! | `inbox` | puts events of calls that come at once into the store together |
//! | `worker` | takes events out of the store, answers them, sends the answers |
//! | `secret` | comparing secrets in a time that says nothing |
//! | [`messenger`] | Facebook Messenger |
//! | [`telegram`] | Telegram |

mod event;
mod inbox;
pub mod messenger;
mod secret;
pub mod telegram;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use sixpotify_pipeline::StoreLedger;
use sixpotify_sources::clock::SharedClock;
use sixpotify_store::{Service, SharedStore, SourceKey};
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
    /// Those of which the settings are given. How much was sent lately is kept in `store`: servers that share it send at one pace,
    /// and all of them wait when one is told to.
    ///
    /// # Errors
    /// When no HTTP client can be set up.
    pub fn open(
        messenger: Option<MessengerSettings>,
        telegram: Option<TelegramSettings>,
        store: &SharedStore,
        clock: &SharedClock,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let ledger = |source, token: &SecretString| {
            let key = SourceKey { source, fingerprint: fingerprint(token) };
            Arc::new(StoreLedger::new(store.clone(), key))
        };
        let messenger = messenger.map(|settings| {
            let ledger = ledger(Service::Messenger, &settings.page_token);
            Messenger::open(settings, clock.clone(), ledger)
        });
        let telegram = telegram.map(|settings| {
            let ledger = ledger(Service::Telegram, &settings.token);
            Telegram::open(settings, clock.clone(), ledger)
        });
        let (messenger, telegram) = (messenger.transpose()?, telegram.transpose()?);
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

/// Names a token without telling it: 16 hexadecimal digits of its SHA-256.
fn fingerprint(token: &SecretString) -> String {
    Sha256::digest(token.expose_secret())[..8].iter().map(|byte| format!("{byte:02x}")).collect()
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
