//! What the chat keeps: events until they are answered, what is remembered of a conversation, names that were looked up.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use crate::Result;

/// How long the row of an event stays, so that it is known when it is delivered again.
pub const EVENTS_STAY: TimeDelta = TimeDelta::days(7);

/// How long a conversation that nobody goes on with is remembered.
pub const CONVERSATIONS_STAY: TimeDelta = TimeDelta::days(90);

/// How long it is kept who asked for a name: as long as it can count.
pub const ASKERS_STAY: TimeDelta = TimeDelta::hours(1);

/// The part of a catalogue that the chat keeps. All methods are one step for everybody: any number of servers may share it.
#[async_trait]
pub trait ConversationStore: Send + Sync {
    /// Enters those of `events` that were never seen, in one transaction that is on disk when this returns: a loss of power takes
    /// none of them. Gives, for each of them, whether it is new; of two with the same id in one call, one is.
    async fn receive_events(&self, events: &[ChatEvent], now: DateTime<Utc>) -> Result<Vec<bool>>;

    /// Claims up to `limit` events of `channel` that are due, for `lease`: of each person the oldest only, and none while an
    /// older one is claimed, so that everybody's messages are answered in order and one person does not keep others waiting.
    /// Those that wait the longest first. What was claimed and not finished when the lease ends can be claimed again.
    async fn claim_events(
        &self,
        channel: &str,
        limit: usize,
        lease: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Vec<ClaimedEvent>>;

    /// Goes on with a claim: from `now` on it lasts for `lease`. False, and nothing is written, where it is not ours any more:
    /// the event was claimed again, or finished, since.
    async fn renew_event(&self, event: &ClaimedEvent, lease: TimeDelta, now: DateTime<Utc>) -> Result<bool>;

    /// Notes what of the answer to a claimed event was sent. False, and nothing noted, where it was claimed again since.
    async fn note_progress(&self, event: &ClaimedEvent, progress: &str) -> Result<bool>;

    /// Ends a claim, and keeps the conversation, where there is one, in the same transaction. False, and nothing is written,
    /// where the event was claimed again since.
    async fn finish_event(
        &self,
        event: &ClaimedEvent,
        end: &EventEnd,
        keep: Option<&ConversationRecord>,
        now: DateTime<Utc>,
    ) -> Result<bool>;

    /// How many events of all channels are not answered.
    async fn backlog(&self) -> Result<Backlog>;

    /// What is remembered of a conversation.
    async fn conversation(&self, channel: &str, user_key: &str) -> Result<Option<ConversationRecord>>;

    /// Remembers this of a conversation.
    async fn keep_conversation(
        &self,
        channel: &str,
        user_key: &str,
        record: &ConversationRecord,
        now: DateTime<Utc>,
    ) -> Result<()>;

    /// Deletes everything that is kept of a person: the conversation, what waits for an answer, who asked for names. That
    /// events arrived stays, without whose they were.
    async fn delete_person(&self, channel: &str, user_key: &str) -> Result<()>;

    /// Asks to look up `wish`, and notes that it begins where the answer is [`LookupPermit::Go`].
    async fn begin_lookup(&self, wish: &LookupWish, now: DateTime<Utc>) -> Result<LookupPermit>;

    /// Goes on with a look-up that began at `began`: from `now` on it counts as alive for `lease`. False, and nothing is written,
    /// where it ended or began again since.
    async fn renew_lookup(
        &self,
        name_key: &str,
        began: DateTime<Utc>,
        lease: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<bool>;

    /// Whether a look-up of `name_key` runs, that is, was begun or renewed less than `dead_after` ago and has not ended.
    async fn lookup_runs(&self, name_key: &str, dead_after: TimeDelta, now: DateTime<Utc>) -> Result<bool>;

    /// Notes how the look-up of `name_key` ended and how many requests it cost.
    async fn end_lookup(&self, name_key: &str, end: LookupEnd, requests: u32) -> Result<()>;

    /// Clears away what is kept long enough: see [`EVENTS_STAY`], [`CONVERSATIONS_STAY`], [`ASKERS_STAY`].
    async fn clear_chat(&self, now: DateTime<Utc>) -> Result<()>;
}

/// Something that happened on a channel and is to be answered.
#[derive(Clone, PartialEq, Eq)]
pub struct ChatEvent {
    /// The channel.
    pub channel: String,
    /// Its id there: the same whenever it is delivered.
    pub event_id: String,
    /// Whose it is.
    pub user_key: String,
    /// What is needed to answer it.
    pub payload: serde_json::Value,
}

/// An event that is being answered. `Debug` leaves out whose it is and what it says.
#[derive(Clone, PartialEq)]
pub struct ClaimedEvent {
    /// The channel.
    pub channel: String,
    /// Its id there.
    pub event_id: String,
    /// Whose it is.
    pub user_key: String,
    /// When it came in.
    pub received_at: DateTime<Utc>,
    /// What is needed to answer it.
    pub payload: serde_json::Value,
    /// Whether it was answered in part before, and this is the rest.
    pub later: bool,
    /// How often it was claimed, this time included. Tells this claim from others.
    pub attempts: u64,
    /// What [`ConversationStore::note_progress`] noted.
    pub progress: Option<String>,
}

impl std::fmt::Debug for ChatEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("ChatEvent");
        shown.field("channel", &self.channel).field("event_id", &self.event_id).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ClaimedEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("ClaimedEvent");
        shown.field("channel", &self.channel).field("event_id", &self.event_id).field("attempts", &self.attempts);
        shown.finish_non_exhaustive()
    }
}

/// How a claim ends.
#[derive(Clone, Debug, PartialEq)]
pub enum EventEnd {
    /// Answered: what it said is deleted.
    Answered,
    /// Answered in part; `payload` replaces what it said, and is due by itself, not in the order of the person's events.
    Later {
        /// What is left to answer.
        payload: serde_json::Value,
        /// Not to be claimed before this.
        due_at: DateTime<Utc>,
    },
    /// Not answered; to be claimed again, but not before this.
    Failed(DateTime<Utc>),
}

/// What is remembered of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConversationRecord {
    /// Code of the language.
    pub language: Option<String>,
    /// The rest, as JSON.
    pub pending: Option<String>,
}

/// What is not answered yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Events that wait in their order.
    pub waiting: u64,
    /// Events of which the rest is due later.
    pub later: u64,
    /// When the oldest of those that wait came in.
    pub oldest: Option<DateTime<Utc>>,
}

/// A wish to look a name up at the sources.
#[derive(Clone, PartialEq, Eq)]
pub struct LookupWish {
    /// The name, folded, or something else that stands for one look-up.
    pub name_key: String,
    /// Where it is asked.
    pub channel: String,
    /// By whom.
    pub user_key: String,
    /// Look-ups for one person in `window`.
    pub per_person: u32,
    /// The time in which they are counted.
    pub window: TimeDelta,
    /// Requests for all of them in any 24 hours; `None`: any number.
    pub per_day: Option<u32>,
    /// A look-up that was neither ended nor renewed in this time is taken for dead.
    pub dead_after: TimeDelta,
}

/// May a look-up begin?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupPermit {
    /// Yes; it is noted that it runs.
    Go,
    /// It runs already.
    Runs,
    /// No source knew the name, and it is too early to ask again.
    NotFound,
    /// It failed, and is not to be tried before this.
    Failed(DateTime<Utc>),
    /// This person may ask again from then on.
    AskedEnough(DateTime<Utc>),
    /// There is something left for everybody from then on.
    ShareUsed(DateTime<Utc>),
}

/// How a look-up ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupEnd {
    /// Something was found.
    Found,
    /// Nobody knows it; not to be asked for before this.
    NotFound(DateTime<Utc>),
    /// It failed; not to be tried before this.
    Failed(DateTime<Utc>),
}

impl LookupEnd {
    /// The state and until when it holds, as columns.
    pub(crate) fn columns(self) -> (&'static str, Option<DateTime<Utc>>) {
        match self {
            Self::Found => ("found", None),
            Self::NotFound(until) => ("not_found", Some(until)),
            Self::Failed(until) => ("failed", Some(until)),
        }
    }
}

/// The row of a name that was looked up before.
pub(crate) struct LookupRow {
    pub(crate) state: String,
    pub(crate) asked_at: DateTime<Utc>,
    pub(crate) until: Option<DateTime<Utc>>,
}

/// What was asked by a person and by all lately: how much, and the oldest of it.
pub(crate) struct Asked {
    pub(crate) count: u64,
    pub(crate) oldest: Option<DateTime<Utc>>,
}

/// What counts against everybody counts for this long.
pub(crate) const DAY: TimeDelta = TimeDelta::hours(24);

impl LookupRow {
    /// Whether it runs: it was begun, or renewed, and is not taken for dead.
    pub(crate) fn runs(&self, dead_after: TimeDelta, now: DateTime<Utc>) -> bool {
        // Until when it was renewed last, or not yet.
        self.state == "asking" && self.until.unwrap_or(self.asked_at + dead_after) > now
    }
}

impl LookupWish {
    /// Why `row` is against asking again, if it is.
    pub(crate) fn against(&self, row: &LookupRow, now: DateTime<Utc>) -> Option<LookupPermit> {
        let early = row.until.filter(|until| *until > now);
        match row.state.as_str() {
            "asking" if row.runs(self.dead_after, now) => Some(LookupPermit::Runs),
            "not_found" => early.map(|_| LookupPermit::NotFound),
            "failed" => early.map(LookupPermit::Failed),
            _ => None,
        }
    }

    /// Whether what was asked lately leaves room for one more.
    pub(crate) fn room(&self, theirs: &Asked, all: &Asked, now: DateTime<Utc>) -> LookupPermit {
        if theirs.count >= self.per_person.into() {
            return LookupPermit::AskedEnough(theirs.oldest.unwrap_or(now) + self.window);
        }
        if self.per_day.is_some_and(|most| all.count >= most.into()) {
            return LookupPermit::ShareUsed(all.oldest.unwrap_or(now) + DAY);
        }
        LookupPermit::Go
    }
}
