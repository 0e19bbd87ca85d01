//! What the platforms need that people chat on, from the settings.

use secrecy::SecretString;
use sixpotify_server::channels::messenger::MessengerSettings;
use sixpotify_server::channels::telegram::TelegramSettings;

use super::Settings;
use crate::failure::Failure;

impl Settings {
    /// A page on Messenger, where one is set up.
    ///
    /// # Errors
    /// Some of what it takes, and not all of it.
    pub(crate) fn messenger(&self) -> Result<Option<MessengerSettings>, Failure> {
        let keys = ["MESSENGER_PAGE_TOKEN", "MESSENGER_APP_SECRET", "MESSENGER_VERIFY_TOKEN"];
        let [token, secret, verify] = keys.map(|key| self.secret(key));
        match (token, secret, verify) {
            (None, None, None) => Ok(None),
            (Some(page_token), Some(app_secret), Some(verify_token)) => {
                let api_url = self.url("MESSENGER_API_URL")?;
                Ok(Some(MessengerSettings { page_token, app_secret, verify_token, api_url }))
            }
            _ => {
                let missing = keys.into_iter().filter(|key| self.secret(key).is_none()).collect::<Vec<_>>().join(", ");
                Err(Failure::usage(format!("messenger needs {missing}, too")).hint(
                    "token and secret are in the app's dashboard at https://developers.facebook.com; the verify token is a word of your own that the dashboard is told as well",
                ))
            }
        }
    }

    /// A bot on Telegram, where one is set up; `poll`: updates are fetched.
    ///
    /// # Errors
    /// No token where updates are to be fetched, a secret that Telegram does not take.
    pub(crate) fn telegram(&self, poll: bool) -> Result<Option<TelegramSettings>, Failure> {
        let Some(token) = self.secret("TELEGRAM_BOT_TOKEN") else {
            if poll {
                return Err(Failure::usage("--telegram-poll needs TELEGRAM_BOT_TOKEN")
                    .hint("@BotFather on Telegram makes a bot and gives its token"));
            }
            return Ok(None);
        };
        if let Some(secret) = self.get("TELEGRAM_WEBHOOK_SECRET") {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
            if !(1..=256).contains(&secret.len()) || !secret.bytes().all(plain) {
                return Err(Failure::usage("TELEGRAM_WEBHOOK_SECRET must be 1 to 256 letters, digits, `_` and `-`"));
            }
        }
        let webhook_secret = self.secret("TELEGRAM_WEBHOOK_SECRET");
        let api_url = self.url("TELEGRAM_API_URL")?;
        Ok(Some(TelegramSettings { token, webhook_secret, api_url, poll }))
    }

    fn secret(&self, key: &str) -> Option<SecretString> {
        self.get(key).filter(|value| !value.is_empty()).map(SecretString::from)
    }
}
