//! The one door to the network: limit, send, classify, retry, give up. It knows no service.
//!
//! A service describes a request ([`Request`]) and itself ([`DoorConfig`]); the door decides when it is sent, what an
//! answer means and whether it is asked again. What the caller gets is either the decoded body or a [`FetchError`],
//! each variant of which is a different thing to do next.

mod attempt;
mod budget;
mod door;
mod error;
mod gate;
mod learn;
mod ledger;
mod oauth;
mod retry;
mod turn;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use url::Url;

pub use budget::{Budget, Pace};
pub use door::{Door, DoorConfig, Stats, Timeouts};
pub use error::FetchError;
pub use ledger::{Blocked, Grant, KeyState, Ledger, LedgerError, MemoryLedger, Wish};
pub use oauth::ClientCredentials;
pub use retry::Retry;

/// One kind of request at a service, and what its refusals mean.
#[derive(Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its path with the parts in braces, as in the service's reference: `/artists/{id}/albums`. Names it in messages.
    pub path: &'static str,
    /// Whether the service may withhold it from a key. If so a 403 means [`FetchError::Withheld`], from then on nothing
    /// is sent to it; if not, a 403 concerns the key as a whole: [`FetchError::Forbidden`].
    pub may_be_withheld: bool,
    /// Whether it is about one item, so that a 404 can mean that there is none: [`FetchError::Gone`]. Elsewhere a 404 is a
    /// fault, or the endpoint's being withheld.
    pub item: bool,
}

/// A GET request to be sent through a [`Door`].
#[derive(Clone)]
pub struct Request {
    /// What kind it is.
    pub endpoint: &'static Endpoint,
    /// Where it goes; holds no secret.
    pub url: Url,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GET {}", self.endpoint.path)
    }
}

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
