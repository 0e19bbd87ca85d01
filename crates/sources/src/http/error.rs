//! Why a request brought nothing, by what the caller can do next.

use chrono::{DateTime, Utc};

/// The end of a request that brought no answer. Texts hold no secret and no full URL.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FetchError {
    /// The service wants no request before `until`, which is further away than this run waits: save and stop.
    #[error("{service} allows the next request at {}: {reason}", until.format("%Y-%m-%d %H:%M UTC"))]
    Paused {
        /// The service.
        service: String,
        /// When it may be asked again.
        until: DateTime<Utc>,
        /// What it said.
        reason: String,
    },
    /// The service does not give this endpoint to this key: go without.
    #[error("{service} withholds {endpoint} from this key")]
    Withheld {
        /// The service.
        service: String,
        /// The endpoint's path.
        endpoint: &'static str,
    },
    /// There is no such thing at the service (404): remember it.
    #[error("{service} has no such item ({endpoint})")]
    Gone {
        /// The service.
        service: String,
        /// The endpoint's path.
        endpoint: &'static str,
    },
    /// The key is wrong: nothing will work until somebody corrects it.
    #[error("{service} refuses the credentials: {reason}")]
    Credentials {
        /// The service.
        service: String,
        /// What it said.
        reason: String,
    },
    /// The key may not do what both modes may: nothing will work until somebody settles it with the service.
    #[error("{service} forbids {endpoint} to this key: {reason}")]
    Forbidden {
        /// The service.
        service: String,
        /// The endpoint's path.
        endpoint: &'static str,
        /// What it said.
        reason: String,
    },
    /// The service did not understand the request (other 4xx): asking again is no use.
    #[error("{service} rejects a request to {endpoint}: HTTP {status}: {reason}")]
    Rejected {
        /// The service.
        service: String,
        /// The endpoint's path.
        endpoint: &'static str,
        /// HTTP status.
        status: u16,
        /// What it said.
        reason: String,
    },
    /// The requests cannot be counted (the catalogue, which keeps the count, is away), so none is sent.
    #[error("no request to {service}: {reason}")]
    Uncounted {
        /// The service.
        service: String,
        /// What the ledger said.
        reason: String,
    },
    /// So many attempts in a row brought nothing that the service is not asked for a while: go on without it.
    #[error("{service} is away ({attempts} attempts in a row without a usable answer): {last}")]
    Away {
        /// The service.
        service: String,
        /// Attempts in a row, those of all requests together.
        attempts: u32,
        /// What went wrong the last time.
        last: String,
    },
    /// Whoever asked wanted no more before the request was sent ([`until`](super::until)).
    #[error("{service} was not asked: the run ends")]
    Stopped {
        /// The service.
        service: String,
    },
    /// A request that does something ([`Request::once`](super::Request::once)) may have been received, and what came of it
    /// is not known: sent again, it might be done twice.
    #[error("{service} may have received a request to {endpoint}, and did not say so: {last}")]
    Unsure {
        /// The service.
        service: String,
        /// The endpoint's path.
        endpoint: &'static str,
        /// What went wrong.
        last: String,
    },
    /// No usable answer after all attempts: the service, or the way to it, is out of order.
    #[error("{service} gave no usable answer to {endpoint} in {attempts} attempts: {last}")]
    Failed {
        /// The service.
        service: String,
        /// The endpoint's path.
        endpoint: &'static str,
        /// How often it was asked.
        attempts: u32,
        /// What went wrong the last time.
        last: String,
    },
}

impl FetchError {
    /// Whether every further request of this run to this service would end the same way.
    pub fn ends_the_run(&self) -> bool {
        matches!(
            self,
            Self::Paused { .. }
                | Self::Credentials { .. }
                | Self::Forbidden { .. }
                | Self::Uncounted { .. }
                | Self::Away { .. }
                | Self::Stopped { .. }
        )
    }
}
