//! What the store keeps for the chat: conversations, and which names are being looked up.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sixpotify_bot::learning::{Ended, LookupLedger, Permit, Rules};
use sixpotify_bot::{Asker, Conversation, Keep, LibraryError};
use sixpotify_store::{ConversationRecord, LookupEnd, LookupPermit, LookupWish, SharedStore};

use crate::conversations::Conversations;

/// Conversations and look-ups in the store: any number of servers share them.
#[derive(Clone)]
pub struct StoreChat(SharedStore);

impl StoreChat {
    /// Over `store`.
    pub fn new(store: SharedStore) -> Self {
        Self(store)
    }
}

/// A conversation as the store keeps it.
pub(crate) fn record(conversation: &Conversation) -> ConversationRecord {
    ConversationRecord {
        language: conversation.stored_language().map(str::to_owned),
        pending: conversation.stored_pending(),
    }
}

#[async_trait]
impl Conversations for StoreChat {
    async fn load(&self, asker: &Asker) -> Result<Conversation, LibraryError> {
        let kept = self.0.conversation(asker.channel.as_str(), &asker.user_key).await?;
        Ok(kept.map_or_else(Conversation::default, |kept| {
            Conversation::from_stored(kept.language.as_deref(), kept.pending.as_deref())
        }))
    }

    async fn keep(&self, asker: &Asker, keep: &Keep, now: DateTime<Utc>) -> Result<(), LibraryError> {
        let (channel, user) = (asker.channel.as_str(), asker.user_key.as_str());
        match keep {
            Keep::Conversation(conversation) => {
                self.0.keep_conversation(channel, user, &record(conversation), now).await?;
            }
            Keep::Nothing => self.0.delete_person(channel, user).await?,
        }
        Ok(())
    }
}

#[async_trait]
impl LookupLedger for StoreChat {
    async fn begin(&self, key: &str, asker: &Asker, rules: &Rules, now: DateTime<Utc>) -> Result<Permit, LibraryError> {
        let wish = LookupWish {
            name_key: key.to_owned(),
            channel: asker.channel.to_string(),
            user_key: asker.user_key.clone(),
            per_person: rules.per_person,
            window: rules.window,
            per_day: rules.per_day,
            dead_after: rules.dead_after,
        };
        Ok(match self.0.begin_lookup(&wish, now).await? {
            LookupPermit::Go => Permit::Go,
            LookupPermit::Runs => Permit::Runs,
            LookupPermit::NotFound => Permit::NotFound,
            LookupPermit::Failed(until) => Permit::Failed { until },
            LookupPermit::AskedEnough(until) => Permit::AskedEnough { until },
            LookupPermit::ShareUsed(until) => Permit::ShareUsed { until },
        })
    }

    async fn end(&self, key: &str, ended: Ended, requests: u32, _now: DateTime<Utc>) -> Result<(), LibraryError> {
        let end = match ended {
            Ended::Found => LookupEnd::Found,
            Ended::NotFound(until) => LookupEnd::NotFound(until),
            Ended::Failed(until) => LookupEnd::Failed(until),
        };
        Ok(self.0.end_lookup(key, end, requests).await?)
    }
}
