//! The one door to the network: limit, send, classify, retry, give up. It knows no service.
//!
//! A service describes a request ([`Request`]) and itself: how often it may be asked ([`DoorConfig`]), who asks
//! ([`Access`]) and what it says in words of its own ([`Dialect`]); the door decides when a request is sent, what an answer
//! means and whether it is asked again. What the caller gets is either the decoded body or a [`FetchError`],
//! each variant of which is a different thing to do next.

mod access;
mod attempt;
mod budget;
mod dialect;
mod door;
mod error;
mod gate;
mod health;
mod learn;
mod ledger;
mod oauth;
mod request;
mod retry;
mod stop;
mod turn;

use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;

pub(crate) use access::join;
pub use access::{Access, SECRET};
pub use budget::{Budget, Pace};
pub use dialect::{Dialect, Plain, Received, Verdict};
pub use door::{Door, DoorConfig, Stats, Timeouts, USER_AGENT};
pub use error::FetchError;
pub use ledger::{Blocked, Grant, KeyState, Ledger, LedgerError, MemoryLedger, Wish};
pub use oauth::ClientCredentials;
pub use request::{Endpoint, Request};
pub use retry::Retry;
pub use stop::until;

/// Why there is no token.
#[derive(Clone, Debug)]
pub enum NoToken {
    /// "Too many requests": how long to wait, where the service says so, and what it said.
    Limited {
        /// How long to wait.
        retry_after: Option<Duration>,
        /// What it said.
        reason: String,
    },
    /// Anything else.
    Failed(FetchError),
}

impl From<FetchError> for NoToken {
    fn from(error: FetchError) -> Self {
        Self::Failed(error)
    }
}

/// Gives the token that requests carry in `Authorization: Bearer`.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// A token that is good now. Many callers at once cost one request at most.
    ///
    /// # Errors
    /// [`NoToken::Limited`] when the service wants to be left alone for a while, which is for the door to see to;
    /// [`FetchError::Credentials`] when it refuses the key; others as for any request.
    async fn token(&self, http: &reqwest::Client) -> Result<SecretString, NoToken>;

    /// Says that the service refused `token`, so that the next one is new.
    async fn refused(&self, token: &SecretString);
}
