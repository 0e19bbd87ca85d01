//! What processes that share a catalogue keep there for each other: counts of requests, blocks, claims.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::Serialize;
use sixpotify_core::{Source, UnknownWord};

use crate::Result;

/// Whose requests are counted: a source's, or those to a platform that people chat on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// A source.
    Source(Source),
    /// Facebook Messenger's Send API.
    Messenger,
    /// Telegram's Bot API.
    Telegram,
}

impl Service {
    /// The word used in tables and output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Source(source) => source.as_str(),
            Self::Messenger => "messenger",
            Self::Telegram => "telegram",
        }
    }
}

impl From<Source> for Service {
    fn from(source: Source) -> Self {
        Self::Source(source)
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Service {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "messenger" => Ok(Self::Messenger),
            "telegram" => Ok(Self::Telegram),
            word => word.parse().map(Self::Source),
        }
    }
}

impl Serialize for Service {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

/// One key at one service.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct SourceKey {
    /// The service.
    pub source: Service,
    /// Hash of the client id, never of the secret; empty where the source has no keys.
    pub fingerprint: String,
}

/// A wish for requests (`source_usage`). They are counted in the minute in which the last of them is due, and that minute
/// counts until its end is 24 hours ago: in no 24 hours are there more than `per_day`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserve {
    /// Requests wanted, at least 1.
    pub want: u32,
    /// Time between two requests, for all who share the key.
    pub spacing: Duration,
    /// How far behind now the next one may be due.
    pub tolerance: Duration,
    /// Requests allowed in any 24 hours.
    pub per_day: Option<u32>,
}

/// What may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reserved {
    /// Requests granted: at most those wanted; none while the source is blocked or the day is used up.
    pub granted: u32,
    /// When the first is due: the later of `paced_until` and `now - tolerance` (`now` where nothing was ever reserved);
    /// `paced_until` then moves on by `granted * spacing`. Where none is granted: the end of the block, or the time at which
    /// the oldest counted minute leaves the 24 hours.
    pub from: DateTime<Utc>,
    /// Requests of the last 24 hours, those granted included.
    pub today: u32,
    /// The block in force: until when, and why.
    pub blocked: Option<(DateTime<Utc>, String)>,
}

/// What is known of a key (`source_state`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SourceState {
    /// The block in force at the time of asking: until when, and why.
    pub blocked: Option<(DateTime<Utc>, String)>,
    /// What was seen to be withheld, and when.
    pub withheld: BTreeMap<String, DateTime<Utc>>,
    /// Requests of a window that the source was seen to bear.
    pub window_estimate: Option<u32>,
    /// Requests of the last 24 hours.
    pub today: u32,
}

/// Something that one worker works on at a time: a name of a list, an artist.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Claim {
    /// What kind of thing: a list of names, or `artist`.
    pub scope: String,
    /// Which one.
    pub key: String,
}

/// A process that works on the catalogue, for as long as it lives. Dropped, or with its process dead, all its claims are
/// free at once; a heartbeat that is 30 s old frees them, too, where the database cannot know (the network is gone).
#[async_trait]
pub trait Worker: Send + Sync {
    /// Number of the worker, as in `claims`.
    fn id(&self) -> i64;

    /// Claims those of `claims` that no other living worker holds; gives those that are ours now (those that were ours
    /// already included).
    async fn claim(&self, claims: &[Claim], now: DateTime<Utc>) -> Result<Vec<Claim>>;

    /// Frees claims of ours. Those of others are left alone.
    async fn release(&self, claims: &[Claim]) -> Result<()>;

    /// The claims that are ours, by scope and key.
    async fn held(&self) -> Result<Vec<Claim>>;

    /// Says that the worker lives. To be called every 10 s.
    async fn heartbeat(&self, now: DateTime<Utc>) -> Result<()>;
}
