//! Conversations between two messages: in the catalogue, so that any server can answer the next one.

use chrono::{DateTime, Utc};
use sixpotify_bot::{Asker, Conversation, Keep};
use sixpotify_store::{ConversationRecord, SharedStore, StoreError};

/// What was kept of `asker`'s conversation; a new one where nothing was.
pub(crate) async fn load(store: &SharedStore, asker: &Asker) -> Result<Conversation, StoreError> {
    let record = store.conversation(asker.channel.as_str(), &asker.user_key).await?.unwrap_or_default();
    Ok(Conversation::from_stored(record.language.as_deref(), record.pending.as_deref()))
}

/// Keeps, or deletes, as an answer says.
pub(crate) async fn keep(
    store: &SharedStore,
    asker: &Asker,
    keep: &Keep,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let channel = asker.channel.as_str();
    match keep {
        Keep::Conversation(conversation) => {
            store.keep_conversation(channel, &asker.user_key, &record(conversation), now).await
        }
        Keep::Nothing => store.delete_person(channel, &asker.user_key).await,
    }
}

/// The conversation as two columns.
pub(crate) fn record(conversation: &Conversation) -> ConversationRecord {
    ConversationRecord {
        language: conversation.stored_language().map(str::to_owned),
        pending: conversation.stored_pending(),
    }
}
