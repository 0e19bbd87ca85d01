//! What all clients of open sources have in common.

use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use sixpotify_core::Source;

use crate::http::{Door, DoorConfig, Endpoint, FetchError, KeyState, LedgerError, Retry, Stats, Timeouts, USER_AGENT};

/// How long an endpoint that was withheld is not asked for again.
const WITHHELD_FOR: TimeDelta = TimeDelta::days(1);

/// Attempts in a row without a usable answer after which an open source counts as away: others can be asked.
const AWAY_AFTER: u32 = 12;

/// Who is meant where nobody is named.
const PROJECT: &str = env!("CARGO_PKG_REPOSITORY");

/// How we behave, whatever the source.
#[derive(Clone, Debug)]
pub struct Manners {
    /// Mail address or page of whoever runs this program, for the header `User-Agent`; the project's where there is none.
    pub contact: Option<String>,
    /// The longest wait while a source is blocked.
    pub max_wait: Duration,
    /// How long to keep still after a refusal that does not say; doubled each time in a row.
    pub unsaid_wait: Duration,
    /// What to do about faults.
    pub retry: Retry,
    /// Deadlines.
    pub timeouts: Timeouts,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            contact: None,
            max_wait: Duration::from_secs(60),
            unsaid_wait: Duration::from_secs(2),
            retry: Retry::default(),
            timeouts: Timeouts::default(),
        }
    }
}

impl Manners {
    /// `sixpotify/1.0 ( somebody@example.org )`. What no header can hold is left out of the contact.
    pub fn user_agent(&self) -> String {
        let contact: String =
            self.contact.as_deref().unwrap_or(PROJECT).chars().filter(|c| matches!(c, ' '..='~')).collect();
        format!("{USER_AGENT} ( {} )", contact.trim())
    }

    /// The usual door to `source`.
    pub(crate) fn door(&self, source: Source) -> DoorConfig {
        DoorConfig {
            user_agent: self.user_agent(),
            max_wait: self.max_wait,
            unsaid_wait: self.unsaid_wait,
            away_after: Some(AWAY_AFTER),
            retry: self.retry,
            timeouts: self.timeouts,
            ..DoorConfig::new(source.as_str())
        }
    }
}

/// Under which word a ledger keeps the count of a source: whoever shows no key is counted by address.
pub fn fingerprint(has_key: bool) -> &'static str {
    if has_key { "key" } else { "open" }
}

/// A client of one source, as far as its manners go.
#[async_trait]
pub trait SourceClient: Send + Sync {
    /// The source.
    fn source(&self) -> Source;

    /// Its doors; the first is the one whose budget rules.
    fn doors(&self) -> Vec<&Door>;

    /// The endpoints in use.
    fn endpoints(&self) -> &'static [&'static Endpoint];

    /// Goes on from what the ledger knows: a block in force, endpoints that were withheld lately.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    async fn restore(&self) -> Result<KeyState, LedgerError> {
        let mut state = KeyState::default();
        for door in self.doors() {
            state = door.restore_withheld(self.endpoints(), WITHHELD_FOR).await?;
        }
        Ok(state)
    }

    /// Gives back unused requests: for the end of a run.
    ///
    /// # Errors
    /// [`FetchError::Uncounted`] when the ledger is away.
    async fn rest(&self) -> Result<(), FetchError> {
        for door in self.doors() {
            door.rest().await?;
        }
        Ok(())
    }

    /// Requests so far, through all doors.
    fn stats(&self) -> Stats {
        self.doors().into_iter().map(Door::stats).fold(Stats::default(), |sum, stats| Stats {
            requests: sum.requests + stats.requests,
            retries: sum.retries + stats.retries,
            limited: sum.limited + stats.limited,
        })
    }

    /// Paths of the endpoints that the source withholds.
    fn withheld(&self) -> Vec<&'static str> {
        self.doors().into_iter().flat_map(Door::withheld).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_agent_names_whom_to_ask() {
        let manners = Manners { contact: Some(" me@example.org\r\nX-Evil: 1".to_owned()), ..Manners::default() };
        assert_eq!(manners.user_agent(), format!("{USER_AGENT} ( me@example.orgX-Evil: 1 )"));
        assert!(Manners::default().user_agent().contains("https://"));
    }
}
