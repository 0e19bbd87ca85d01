//! Where conversations are kept between two messages.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sixpotify_bot::{Asker, Conversation, Keep, LibraryError};

/// Keeps conversations.
#[async_trait]
pub trait Conversations: Send + Sync {
    /// What was kept of `asker`'s; a new one where nothing was.
    async fn load(&self, asker: &Asker) -> Result<Conversation, LibraryError>;

    /// Keeps, or forgets, as an answer says.
    async fn keep(&self, asker: &Asker, keep: &Keep, now: DateTime<Utc>) -> Result<(), LibraryError>;
}

/// Conversations in this process's memory.
#[derive(Default)]
pub struct MemoryConversations(Mutex<HashMap<Asker, Conversation>>);

#[async_trait]
impl Conversations for MemoryConversations {
    async fn load(&self, asker: &Asker) -> Result<Conversation, LibraryError> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(all.get(asker).cloned().unwrap_or_default())
    }

    async fn keep(&self, asker: &Asker, keep: &Keep, _now: DateTime<Utc>) -> Result<(), LibraryError> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match keep {
            Keep::Conversation(conversation) => all.insert(asker.clone(), conversation.clone()),
            Keep::Nothing => all.remove(asker),
        };
        Ok(())
    }
}
