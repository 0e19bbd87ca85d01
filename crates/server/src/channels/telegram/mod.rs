//! Telegram: webhook or long polling, and the Bot API.

mod dialect;
mod incoming;
mod poll;
mod render;
mod setup;
mod webhook;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::routing::post;
use chrono::TimeDelta;
use secrecy::SecretString;
use serde_json::{Value, json};
use sixpotify_bot::{Channel, Limits, Message};
use sixpotify_sources::clock::SharedClock;
use sixpotify_sources::http::{
    Access, Door, DoorConfig, Endpoint, FetchError, Ledger, MemoryLedger, Request, SECRET, Timeouts,
};
use url::Url;

use self::dialect::BotApi;
use super::event::Stored;
use super::worker::{Platform, SendError, Worker};
use crate::state::AppState;

/// What Telegram needs to be set up.
#[derive(Clone, Debug)]
pub struct TelegramSettings {
    /// The bot's token.
    pub token: SecretString,
    /// What Telegram shows with every call of the webhook: 1 to 256 of `A-Za-z0-9_-`. Without it there is no webhook.
    pub webhook_secret: Option<SecretString>,
    /// The Bot API, such as `https://api.telegram.org`.
    pub api_url: Url,
    /// Whether updates are fetched, for servers that nobody can reach.
    pub poll: bool,
}

/// A bot on Telegram.
pub struct Telegram {
    settings: TelegramSettings,
    door: Door,
    /// Polls wait at the service, so they do not take a place among the messages.
    polls: Door,
    clock: SharedClock,
}

static SEND: Endpoint = Endpoint { path: "/bot{token}/sendMessage", may_be_withheld: false, item: false };
static SET_UP: Endpoint = Endpoint { path: "/bot{token}/setMyCommands", may_be_withheld: false, item: false };
static UPDATES: Endpoint = Endpoint { path: "/bot{token}/getUpdates", may_be_withheld: false, item: false };

/// Messages a second; the platform speaks of about 30.
const PER_SECOND: u32 = 25;

/// When to try again after a token was refused: somebody has to set a new one.
const TOKEN_WAIT: TimeDelta = TimeDelta::minutes(5);

impl Telegram {
    /// Opens the door to the bot; `ledger` counts what is sent.
    ///
    /// # Errors
    /// When no HTTP client can be set up.
    pub fn open(
        settings: TelegramSettings,
        clock: SharedClock,
        ledger: Arc<dyn Ledger>,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let config = DoorConfig {
            concurrency: 16,
            window: Duration::from_secs(1),
            per_window: Some(PER_SECOND),
            max_wait: Duration::from_secs(20),
            unsaid_wait: Duration::from_secs(2),
            // Servers that share the pace take turns so often.
            block: Duration::from_millis(100),
            dialect: Arc::new(BotApi),
            ..DoorConfig::new("telegram")
        };
        let polling = DoorConfig {
            concurrency: 1,
            per_window: None,
            timeouts: Timeouts { read: poll::WAIT * 2, whole: poll::WAIT * 2, ..Timeouts::default() },
            ..config.clone()
        };
        let door = |config, ledger| Door::new(config, Access::Path(settings.token.clone()), clock.clone(), ledger);
        let (door, polls) = (door(config, ledger)?, door(polling, Arc::new(MemoryLedger::default()))?);
        Ok(Self { settings, door, polls, clock })
    }

    fn url(&self, method: &str) -> Url {
        let mut url = self.settings.api_url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend([&format!("bot{SECRET}"), method]);
        }
        url
    }

    async fn call(&self, endpoint: &'static Endpoint, method: &str, body: &Value) -> Result<Value, FetchError> {
        self.door.fetch(&Request::post(endpoint, self.url(method), body).once()).await
    }

    /// Fetches updates for as long as the server runs, where the settings want it.
    pub(super) fn poll_if_wanted(&self, worker: &Arc<Worker<Self>>, state: &AppState) {
        if self.settings.poll {
            state.tasks.spawn(poll::run(worker.clone(), state.clone()));
        }
    }
}

#[async_trait]
impl Platform for Telegram {
    const CHANNEL: Channel = Channel::Telegram;
    const LIMITS: Limits = Limits::TELEGRAM;

    async fn typing(&self, to: &Stored) {
        let body = json!({"chat_id": render::chat(&to.to), "action": "typing"});
        if let Err(error) = self.call(&SEND, "sendChatAction", &body).await {
            tracing::debug!(%error, "the typing indicator was not shown");
        }
    }

    async fn acknowledge(&self, to: &Stored) {
        let Some(id) = &to.pressed else { return };
        if let Err(error) = self.call(&SEND, "answerCallbackQuery", &json!({"callback_query_id": id})).await {
            tracing::debug!(%error, "a pressed button was not acknowledged");
        }
    }

    async fn send(&self, to: &Stored, message: &Message) -> Result<(), SendError> {
        let (method, body) = render::message(&to.to, message, true);
        let mut sent = self.call(&SEND, method, &body).await;
        if let Err(FetchError::Rejected { reason, .. }) = &sent
            && method == "sendPhoto"
        {
            // The picture is not there any more, too large, or none: the words are worth sending by themselves.
            tracing::debug!(reason, "a picture was refused");
            let (method, body) = render::message(&to.to, message, false);
            sent = self.call(&SEND, method, &body).await;
        }
        match sent {
            Ok(_) => Ok(()),
            Err(error) => Err(self.meaning(error)),
        }
    }
}

impl Telegram {
    /// What to do about an answer that was not sent.
    fn meaning(&self, error: FetchError) -> SendError {
        match error {
            // Blocked by the person, kicked out of a group, a chat that is no more.
            FetchError::Gone { .. } => SendError::Unreachable(error.to_string()),
            FetchError::Paused { until, .. } => SendError::NotNow { until, reason: error.to_string() },
            FetchError::Credentials { .. } => {
                SendError::TokenRefused { until: self.clock.now() + TOKEN_WAIT, reason: error.to_string() }
            }
            FetchError::Rejected { ref reason, .. } => {
                tracing::error!(reason, "telegram did not understand a message");
                SendError::Refused(error.to_string())
            }
            other => SendError::Failed(other.to_string()),
        }
    }
}

/// The webhook, below `/webhooks`.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/telegram", post(webhook::receive))
}
