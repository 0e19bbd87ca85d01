//! Tokens by OAuth 2.0 client credentials (RFC 6749, section 4.4).

use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};
use url::Url;

use super::attempt::{self, Outcome};
use super::{Endpoint, FetchError, NoToken, Plain, Retry, Tokens};

/// Renewed this long before it would expire, or a tenth of its life before, whichever is less.
const AHEAD: Duration = Duration::from_secs(60);

/// How long a refusal of the credentials is remembered: everybody who waits for the token is told the same, instead of
/// asking again one after the other.
const REFUSAL_REMEMBERED: Duration = Duration::from_secs(30);

/// The same for a token endpoint that is out of order: as long as those who wait take to be told.
const FAULT_REMEMBERED: Duration = Duration::from_secs(2);

/// The longest lifetime that is believed.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 3600);

/// Lifetime assumed where the answer names none: Spotify's.
const USUAL_LIFE: Duration = Duration::from_secs(3600);

static TOKEN: Endpoint = Endpoint { path: "the token endpoint", may_be_withheld: false, item: false };

/// Fetches a token when there is none, renews it ahead of time, and drops it when the service refuses it. One request
/// at a time: others wait for its result.
pub struct ClientCredentials {
    service: String,
    token_url: Url,
    id: String,
    secret: SecretString,
    retry: Retry,
    present: Mutex<Present>,
}

/// What the last exchange brought.
enum Present {
    Nothing,
    Token { value: SecretString, renew_at: Instant },
    Error { error: FetchError, until: Instant },
    Limited { until: Instant, reason: String },
}

#[derive(Deserialize)]
struct Granted {
    access_token: SecretString,
    expires_in: Option<u64>,
}

impl ClientCredentials {
    /// Credentials of `service`, exchanged at `token_url`.
    pub fn new(service: &str, token_url: Url, id: &str, secret: SecretString, retry: Retry) -> Self {
        Self {
            service: service.to_owned(),
            token_url,
            id: id.to_owned(),
            secret,
            retry,
            present: Mutex::new(Present::Nothing),
        }
    }

    async fn grant(&self, http: &reqwest::Client) -> Result<(SecretString, Instant), NoToken> {
        let mut failed = 0;
        loop {
            let asked_at = Instant::now();
            let request = http
                .post(self.token_url.clone())
                .basic_auth(&self.id, Some(self.secret.expose_secret()))
                .form(&[("grant_type", "client_credentials")]);
            let last = match attempt::send::<Granted>(request, &Plain, &self.secret).await.outcome {
                Outcome::Answer(granted) => {
                    let life = granted.expires_in.map_or(USUAL_LIFE, Duration::from_secs).min(LONGEST_LIFE);
                    let renew_at = asked_at + life.saturating_sub(AHEAD.min(life / 10));
                    return Ok((granted.access_token, renew_at));
                }
                Outcome::Rejected(_, reason) | Outcome::Unauthorized(reason) | Outcome::Forbidden(reason) => {
                    return Err(FetchError::Credentials { service: self.service.clone(), reason }.into());
                }
                // Not `Gone`: that would be said of whatever the token was wanted for.
                Outcome::NotFound | Outcome::Gone => "HTTP 404".to_owned(),
                // Not a failed attempt: the door waits, and asks again when it may.
                Outcome::Limited { retry_after, reason, .. } => return Err(NoToken::Limited { retry_after, reason }),
                Outcome::Fault { fault, .. } | Outcome::Busy { fault, .. } => fault,
            };
            failed += 1;
            if failed >= self.retry.attempts {
                let (service, endpoint) = (self.service.clone(), TOKEN.path);
                return Err(FetchError::Failed { service, endpoint, attempts: failed, last }.into());
            }
            sleep(self.retry.delay(failed)).await;
        }
    }
}

#[async_trait]
impl Tokens for ClientCredentials {
    async fn token(&self, http: &reqwest::Client) -> Result<SecretString, NoToken> {
        let mut present = self.present.lock().await;
        let now = Instant::now();
        match &*present {
            Present::Token { value, renew_at } if now < *renew_at => return Ok(value.clone()),
            Present::Error { error, until } if now < *until => return Err(error.clone().into()),
            // Those who waited with the one that was refused are told the same, and send nothing.
            Present::Limited { until, reason } if now < *until => {
                return Err(NoToken::Limited { retry_after: Some(*until - now), reason: reason.clone() });
            }
            _ => {}
        }
        match self.grant(http).await {
            Ok((value, renew_at)) => {
                *present = Present::Token { value: value.clone(), renew_at };
                Ok(value)
            }
            Err(NoToken::Limited { retry_after, reason }) => {
                let until = Instant::now() + retry_after.unwrap_or(FAULT_REMEMBERED);
                *present = Present::Limited { until, reason: reason.clone() };
                Err(NoToken::Limited { retry_after, reason })
            }
            Err(NoToken::Failed(error)) => {
                let refused = matches!(error, FetchError::Credentials { .. });
                let remembered = if refused { REFUSAL_REMEMBERED } else { FAULT_REMEMBERED };
                *present = Present::Error { error: error.clone(), until: Instant::now() + remembered };
                Err(error.into())
            }
        }
    }

    async fn refused(&self, token: &SecretString) {
        let mut present = self.present.lock().await;
        // Somebody else may have renewed it meanwhile.
        if matches!(&*present, Present::Token { value, .. } if value.expose_secret() == token.expose_secret()) {
            *present = Present::Nothing;
        }
    }
}
