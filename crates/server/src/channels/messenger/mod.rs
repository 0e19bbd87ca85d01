//! Facebook Messenger: webhook and Send API.

mod dialect;
mod incoming;
mod render;
mod setup;
mod webhook;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::routing::get;
use chrono::TimeDelta;
use secrecy::SecretString;
use serde_json::{Value, json};
use sixpotify_bot::{Channel, Limits, Message};
use sixpotify_sources::clock::SharedClock;
use sixpotify_sources::http::{Access, Door, DoorConfig, Endpoint, FetchError, Ledger, Request};
use url::Url;

use self::dialect::Graph;
use super::event::Stored;
use super::worker::{Platform, SendError};
use crate::state::AppState;

/// What Messenger needs to be set up.
#[derive(Clone, Debug)]
pub struct MessengerSettings {
    /// The page's access token.
    pub page_token: SecretString,
    /// The app's secret, with which events are signed.
    pub app_secret: SecretString,
    /// The word that the app's dashboard is told for the verification of the webhook.
    pub verify_token: SecretString,
    /// The Graph API with its version, such as `https://graph.facebook.com/v26.0`.
    pub api_url: Url,
}

/// A page on Messenger.
pub struct Messenger {
    settings: MessengerSettings,
    door: Door,
    clock: SharedClock,
}

static MESSAGES: Endpoint = Endpoint { path: "/me/messages", may_be_withheld: false, item: false };
static PROFILE: Endpoint = Endpoint { path: "/me/messenger_profile", may_be_withheld: false, item: false };

/// Calls a second. The platform takes 300 with text and gets slow for people beyond 40 of a page's in a second for long.
const PER_SECOND: u32 = 250;

/// When to try again after a token was refused: somebody has to set a new one.
const TOKEN_WAIT: TimeDelta = TimeDelta::minutes(5);

impl Messenger {
    /// Opens the door to the page; `ledger` counts what is sent.
    ///
    /// # Errors
    /// When no HTTP client can be set up.
    pub fn open(
        settings: MessengerSettings,
        clock: SharedClock,
        ledger: Arc<dyn Ledger>,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let config = DoorConfig {
            concurrency: 64,
            window: Duration::from_secs(1),
            per_window: Some(PER_SECOND),
            max_wait: Duration::from_secs(20),
            unsaid_wait: Duration::from_secs(2),
            // Servers that share the pace take turns so often.
            block: Duration::from_millis(100),
            dialect: Arc::new(Graph),
            ..DoorConfig::new("messenger")
        };
        let access = Access::Query { name: "access_token", secret: settings.page_token.clone() };
        let door = Door::new(config, access, clock.clone(), ledger)?;
        Ok(Self { settings, door, clock })
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.settings.api_url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    async fn post(&self, body: &Value) -> Result<Value, FetchError> {
        self.door.fetch(&Request::post(&MESSAGES, self.url(&["me", "messages"]), body).once()).await
    }
}

#[async_trait]
impl Platform for Messenger {
    const CHANNEL: Channel = Channel::Messenger;
    const LIMITS: Limits = Limits::MESSENGER;

    async fn typing(&self, to: &Stored) {
        let body = json!({"recipient": {"id": to.to}, "sender_action": "typing_on"});
        if let Err(error) = self.post(&body).await {
            tracing::debug!(%error, "the typing indicator was not shown");
        }
    }

    async fn acknowledge(&self, _to: &Stored) {}

    async fn send(&self, to: &Stored, message: &Message) -> Result<(), SendError> {
        let body = json!({
            "recipient": {"id": to.to},
            "messaging_type": "RESPONSE",
            "message": render::message(message),
        });
        match self.post(&body).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.meaning(error)),
        }
    }
}

impl Messenger {
    /// What to do about an answer that was not sent.
    fn meaning(&self, error: FetchError) -> SendError {
        match error {
            FetchError::Gone { .. } => SendError::Unreachable(error.to_string()),
            FetchError::Paused { until, .. } => SendError::NotNow { until, reason: error.to_string() },
            FetchError::Credentials { .. } | FetchError::Forbidden { .. } => {
                SendError::TokenRefused { until: self.clock.now() + TOKEN_WAIT, reason: error.to_string() }
            }
            FetchError::Rejected { ref reason, .. } => match dialect::code(reason) {
                Some((10, _)) => SendError::Refused(error.to_string()),
                Some((2 | 1200, _)) => SendError::Failed(error.to_string()),
                Some((200, _)) => {
                    tracing::error!(reason, "messenger lacks a permission");
                    SendError::Refused(error.to_string())
                }
                _ => {
                    tracing::error!(reason, "messenger did not understand a message");
                    SendError::Refused(error.to_string())
                }
            },
            // Of a message that may have been received, too: twice is better than not at all.
            other => SendError::Failed(other.to_string()),
        }
    }
}

/// The webhook, below `/webhooks`.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/messenger", get(webhook::verify).post(webhook::receive))
}
