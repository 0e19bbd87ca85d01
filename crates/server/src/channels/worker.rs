//! Takes events out of the store, answers them and sends the answers: what was acknowledged is answered by whichever server is
//! there, also after a crash.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use sixpotify_bot::{Asker, Channel, Conversation, Incoming, Keep, Limits, Message, Turn};
use sixpotify_store::{ChatEvent, ClaimedEvent, EventEnd, StoreError};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::event::Stored;
use super::inbox::Inbox;
use crate::conversations::{load, record};
use crate::state::AppState;

/// How long a claim lasts without a sign of life: a server that was killed keeps nobody waiting for longer.
const LEASE: Duration = Duration::from_secs(20);

/// How often the claim of an event is renewed while it is being answered.
const BEAT: Duration = Duration::from_secs(5);

/// How long answering one event may take, sending included.
const ANSWER: Duration = Duration::from_secs(90);

/// How often the store is asked when nobody says that there is something.
const LOOK: Duration = Duration::from_secs(1);

/// Events that are answered at once: with answers of the platform after a third of a second, as many as its limit lets through.
const AT_ONCE: usize = 64;

/// Claiming looks at everybody who waits. While most places are taken, places that become free are filled together, so often.
const CLAIM: Duration = Duration::from_millis(50);

/// The longest that an answer waits while events come in.
const WAY: Duration = Duration::from_secs(1);

/// After this time somebody sees that the bot is at it.
const TYPING_AFTER: Duration = Duration::from_millis(400);

/// Attempts after which an event is given up, with an apology.
const ATTEMPTS: u64 = 6;

/// Events that are older are answered by nobody: platforms forbid it, and nobody waits any more.
const TOO_OLD: TimeDelta = TimeDelta::hours(24);

/// How long the rest of an answer is tried for.
const REST: TimeDelta = TimeDelta::minutes(75);

/// A platform, as far as answering is concerned.
#[async_trait]
pub(crate) trait Platform: Send + Sync + 'static {
    /// Which it is.
    const CHANNEL: Channel;

    /// What it takes.
    const LIMITS: Limits;

    /// Shows that an answer is being made. What comes of it does not matter.
    async fn typing(&self, to: &Stored);

    /// Tells the platform that a button was pressed, where it wants to know. What comes of it does not matter.
    async fn acknowledge(&self, to: &Stored);

    /// Sends one message.
    async fn send(&self, to: &Stored, message: &Message) -> Result<(), SendError>;
}

/// Why a message was not sent, by what to do next.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    /// The person cannot be reached (any more): everything of theirs is forgotten.
    #[error("the person cannot be reached: {0}")]
    Unreachable(String),
    /// It may not be sent (too late, for instance): the event is done with.
    #[error("it may not be sent: {0}")]
    Refused(String),
    /// Not now.
    #[error("it cannot be sent before {}: {reason}", until.format("%H:%M:%S"))]
    NotNow {
        /// When to try again.
        until: DateTime<Utc>,
        /// Why.
        reason: String,
    },
    /// The platform does not take the token: somebody has to set a new one, and until then nobody is answered.
    #[error("the token is refused: {reason}")]
    TokenRefused {
        /// When to try again.
        until: DateTime<Utc>,
        /// What the platform said.
        reason: String,
    },
    /// It failed; perhaps another attempt brings more.
    #[error("{0}")]
    Failed(String),
}

/// Answers the events of one platform.
pub(crate) struct Worker<P> {
    platform: P,
    inbox: Arc<Inbox>,
    wake: Notify,
}

impl<P: Platform> Worker<P> {
    pub(crate) fn new(platform: P) -> Self {
        Self { platform, inbox: Arc::default(), wake: Notify::new() }
    }

    pub(crate) fn platform(&self) -> &P {
        &self.platform
    }

    /// Stores events, and then has them answered. When this returns they survive anything.
    ///
    /// # Errors
    /// The store's: nothing was stored.
    pub(crate) async fn receive(&self, state: &AppState, events: Vec<ChatEvent>) -> Result<usize, Arc<StoreError>> {
        if events.is_empty() {
            return Ok(0);
        }
        let count = self.inbox.store(state, events).await?;
        if count > 0 {
            self.wake.notify_one();
        }
        Ok(count)
    }

    /// Begins to answer; ends when the server does.
    pub(crate) fn start(self: &Arc<Self>, state: &AppState) {
        state.tasks.spawn(self.clone().run(state.clone()));
    }

    async fn run(self: Arc<Self>, state: AppState) {
        let mut running = JoinSet::new();
        let mut last: Option<Instant> = None;
        loop {
            while running.try_join_next().is_some() {}
            let room = AT_ONCE - running.len();
            let rest = match last {
                Some(last) if room < AT_ONCE / 2 => (last + CLAIM).saturating_duration_since(Instant::now()),
                _ => Duration::ZERO,
            };
            let mut claimed = 0;
            if room > 0 && rest.is_zero() && !state.stop.is_cancelled() {
                last = Some(Instant::now());
                match state.store.claim_events(P::CHANNEL.as_str(), room, lease(), state.clock.now()).await {
                    Ok(events) => {
                        claimed = events.len();
                        for event in events {
                            running.spawn(self.clone().handle(state.clone(), event));
                        }
                    }
                    Err(error) => {
                        tracing::warn!(channel = %P::CHANNEL, %error, "cannot claim events; they wait in the store");
                    }
                }
            }
            if state.stop.is_cancelled() {
                // What is being answered is answered to its end; the rest waits in the store for the next start.
                while running.join_next().await.is_some() {}
                return;
            }
            let look = if rest.is_zero() { LOOK } else { rest };
            tokio::select! {
                () = self.wake.notified() => {}
                // Somebody is done: the person's next event may be claimed.
                Some(_) = running.join_next(), if !running.is_empty() => {}
                () = sleep(look), if claimed < room => {}
                () = state.stop.cancelled() => {}
            }
        }
    }

    async fn handle(self: Arc<Self>, state: AppState, event: ClaimedEvent) {
        let done = tokio::select! {
            done = timeout(ANSWER, self.answer(&state, &event)) => done,
            () = lost(&state, &event) => {
                tracing::warn!(channel = %P::CHANNEL, "the claim of an event was lost; whoever has it now answers");
                return;
            }
        };
        let failed = match done {
            Ok(Ok(())) => return,
            Ok(Err(failed)) => failed,
            Err(_) => Failed { reason: "it took too long".to_owned(), not_before: None },
        };
        state.metrics.failed(P::CHANNEL);
        let now = state.clock.now();
        let pause = TimeDelta::seconds(2_i64.saturating_pow(u32::try_from(event.attempts.min(8)).unwrap_or(8)));
        let due = failed.not_before.unwrap_or(now).max(now + pause);
        tracing::warn!(channel = %P::CHANNEL, attempts = event.attempts, reason = %failed.reason, "an event could not be answered; it is tried again");
        if let Err(error) = state.store.finish_event(&event, &EventEnd::Failed(due), None, now).await {
            // The claim ends by itself.
            tracing::warn!(channel = %P::CHANNEL, %error, "the end of an attempt could not be noted");
        }
    }

    /// Acknowledging goes before answering: waits a little while calls come in one after the other.
    async fn give_way(&self) {
        let end = Instant::now() + WAY;
        while self.inbox.is_busy() && Instant::now() < end {
            sleep(WAY / 100).await;
        }
    }

    async fn answer(&self, state: &AppState, event: &ClaimedEvent) -> Result<(), Failed> {
        self.give_way().await;
        let began = Instant::now();
        let now = state.clock.now();
        let Ok(stored) = serde_json::from_value::<Stored>(event.payload.clone()) else {
            // Nothing that this version can read.
            return self.finish(state, event, &EventEnd::Answered, None).await;
        };
        if now - event.received_at > TOO_OLD {
            return self.finish(state, event, &EventEnd::Answered, None).await;
        }
        if stored.pressed.is_some() && event.attempts == 1 {
            self.platform.acknowledge(&stored).await;
        }
        let asker = Asker { channel: P::CHANNEL, user_key: event.user_key.clone() };
        let turn = match event.later {
            false => Turn::First,
            true if now - event.received_at > REST => Turn::Last,
            true => Turn::Again,
        };
        let incoming = Incoming { asker, locale: stored.locale.clone(), content: stored.content(), turn };
        let kept = load(&state.store, &incoming.asker).await?;
        let answered = {
            let mut answer = std::pin::pin!(state.bot.answer(&incoming, kept.clone(), now));
            tokio::select! {
                answered = answer.as_mut() => answered,
                () = sleep(TYPING_AFTER), if turn == Turn::First => {
                    self.platform.typing(&stored).await;
                    answer.await
                }
            }
        };
        let answer = match answered {
            Ok(answer) => answer,
            Err(error) if event.attempts < ATTEMPTS => {
                return Err(Failed { reason: error.to_string(), not_before: None });
            }
            Err(error) => {
                tracing::error!(channel = %P::CHANNEL, %error, "an event is given up");
                let sorry = state.bot.sorry(&incoming, &kept).fit(&P::LIMITS);
                self.send(state, event, &stored, &sorry).await?;
                return self.finish(state, event, &EventEnd::Answered, None).await;
            }
        };
        if self.send(state, event, &stored, &answer.reply.fit(&P::LIMITS)).await? == Sent::Over {
            return Ok(());
        }
        // The rest of an answer counts when it comes.
        if turn == Turn::First || !answer.reply.bubbles.is_empty() {
            let took = began.elapsed();
            state.metrics.answered(P::CHANNEL, answer.outcome, took);
            crate::metrics::log(P::CHANNEL, answer.outcome, took);
        }
        match (&answer.keep, &answer.later) {
            (Keep::Nothing, _) => Ok(state.store.delete_person(P::CHANNEL.as_str(), &event.user_key).await?),
            (Keep::Conversation(kept), None) => self.finish(state, event, &EventEnd::Answered, Some(kept)).await,
            (Keep::Conversation(kept), Some(later)) => {
                let rest = stored.rest(&later.content);
                let payload = serde_json::to_value(&rest).unwrap_or_default();
                // Soon at first, then less and less often.
                let tried = if event.later { event.attempts.min(6) } else { 0 };
                let pause = TimeDelta::seconds(2_i64 << tried);
                let due_at = later.not_before.max(now + pause.min(TimeDelta::seconds(60)));
                self.finish(state, event, &EventEnd::Later { payload, due_at }, Some(kept)).await
            }
        }
    }

    async fn finish(
        &self,
        state: &AppState,
        event: &ClaimedEvent,
        end: &EventEnd,
        kept: Option<&Conversation>,
    ) -> Result<(), Failed> {
        let kept = kept.map(record);
        if !state.store.finish_event(event, end, kept.as_ref(), state.clock.now()).await? {
            tracing::warn!(channel = %P::CHANNEL, "an event took longer than its claim and was answered twice");
        }
        if !matches!(end, EventEnd::Failed(_)) {
            // The person's next one, if there is any, is free now.
            self.wake.notify_one();
        }
        Ok(())
    }

    /// Sends what was not sent before, in order, and notes how far it came.
    async fn send(
        &self,
        state: &AppState,
        event: &ClaimedEvent,
        stored: &Stored,
        messages: &[Message],
    ) -> Result<Sent, Failed> {
        let plan = plan(messages);
        let sent = event.progress.as_deref().and_then(|progress| progress.strip_prefix(plan.as_str()));
        let from = sent.and_then(|count| count.parse().ok()).unwrap_or(0_usize);
        for (at, message) in messages.iter().enumerate().skip(from) {
            match self.platform.send(stored, message).await {
                Ok(()) => state.metrics.token_refused(P::CHANNEL, false),
                Err(SendError::Unreachable(reason)) => {
                    tracing::info!(channel = %P::CHANNEL, reason, "a person cannot be reached and is forgotten");
                    state.store.delete_person(P::CHANNEL.as_str(), &event.user_key).await?;
                    return Ok(Sent::Over);
                }
                Err(SendError::Refused(reason)) => {
                    tracing::warn!(channel = %P::CHANNEL, reason, "an answer may not be sent");
                    self.finish(state, event, &EventEnd::Answered, None).await?;
                    return Ok(Sent::Over);
                }
                Err(SendError::TokenRefused { until, reason }) => {
                    tracing::error!(channel = %P::CHANNEL, reason, "the platform refuses the token; answers wait until there is a good one");
                    state.metrics.token_refused(P::CHANNEL, true);
                    return Err(Failed { reason, not_before: Some(until) });
                }
                Err(SendError::NotNow { until, reason }) => {
                    return Err(Failed { reason, not_before: Some(until) });
                }
                Err(SendError::Failed(reason)) if event.attempts < ATTEMPTS => {
                    return Err(Failed { reason, not_before: None });
                }
                Err(SendError::Failed(reason)) => {
                    tracing::error!(channel = %P::CHANNEL, reason, "an answer is given up");
                    self.finish(state, event, &EventEnd::Answered, None).await?;
                    return Ok(Sent::Over);
                }
            }
            let more = at + 1 < messages.len();
            if more && !state.store.note_progress(event, &format!("{plan}{}", at + 1)).await? {
                tracing::warn!(channel = %P::CHANNEL, "the claim of an event was lost while it was answered");
                return Ok(Sent::Over);
            }
        }
        Ok(Sent::All)
    }
}

/// Renews the claim of an event for as long as that is possible; returns when it is, or may be, somebody else's.
async fn lost(state: &AppState, event: &ClaimedEvent) {
    let mut renewed = Instant::now();
    while renewed.elapsed() + BEAT < LEASE {
        sleep(BEAT).await;
        let now = Instant::now();
        match state.store.renew_event(event, lease(), state.clock.now()).await {
            Ok(true) => renewed = now,
            Ok(false) => return,
            Err(error) => tracing::debug!(%error, "the claim of an event could not be renewed"),
        }
    }
}

fn lease() -> TimeDelta {
    TimeDelta::from_std(LEASE).unwrap_or(TimeDelta::MAX)
}

/// How sending went.
#[derive(PartialEq, Eq)]
enum Sent {
    All,
    /// Not all of it, and the event is done with.
    Over,
}

/// An attempt that failed.
struct Failed {
    reason: String,
    not_before: Option<DateTime<Utc>>,
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self { reason: error.to_string(), not_before: None }
    }
}

/// What tells one answer from another: after a crash, what was sent of *this* answer is not sent again.
fn plan(messages: &[Message]) -> String {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    format!("{messages:?}").hash(&mut hasher);
    format!("{:016x}:", hasher.finish())
}
