//! Commands, and where updates go.

use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use sixpotify_bot::{Language, Menu};
use sixpotify_sources::http::FetchError;
use url::Url;

use super::{SET_UP, Telegram};

impl Telegram {
    /// Registers the commands in all languages; and the webhook at `public`, where that is given, or none at all, so that updates
    /// can be fetched. Doing it again does no harm.
    ///
    /// # Errors
    /// The platform's.
    pub async fn setup(&self, public: Option<&Url>) -> Result<(), FetchError> {
        for language in Language::ALL {
            let commands: Vec<Value> = (Menu::of(language).commands.iter())
                .map(|(command, does)| json!({"command": command, "description": does}))
                .collect();
            let mut body = json!({"commands": commands});
            if language != Language::default() {
                body["language_code"] = language.code().into();
            }
            self.call(&SET_UP, "setMyCommands", &body).await?;
        }
        match (public, &self.settings.webhook_secret) {
            (Some(url), Some(secret)) => {
                let body = json!({
                    "url": url.as_str(),
                    "secret_token": secret.expose_secret(),
                    "allowed_updates": ["message", "callback_query"],
                });
                self.call(&SET_UP, "setWebhook", &body).await?;
            }
            _ => {
                self.call(&SET_UP, "deleteWebhook", &json!({"drop_pending_updates": false})).await?;
            }
        }
        Ok(())
    }
}
