//! What is stored of an event until it is answered: no more than answering needs.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sixpotify_bot::{Attachment, Content};
use sixpotify_store::ChatEvent;

/// The longest id of a platform that is taken as it is, in bytes.
const LONGEST_ID: usize = 200;

/// The longest text that is kept, in characters: the bot reads no further.
const LONGEST_TEXT: usize = 5000;

/// What is to be answered, and where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stored {
    /// Where the answer goes.
    pub(super) to: String,
    /// The platform's locale of the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) locale: Option<String>,
    /// What somebody did.
    pub(super) did: Did,
    /// What the platform wants to be told when a button was pressed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pressed: Option<String>,
}

/// What somebody did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Did {
    Text(String),
    Chose(String),
    Began,
    Sent(Kind),
}

/// An attachment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Sticker,
    Voice,
    Picture,
    Video,
    Location,
    Other,
}

impl Stored {
    /// The event to be stored for it.
    pub(super) fn event(&self, channel: &str, event_id: &str, user_key: &str) -> ChatEvent {
        ChatEvent {
            channel: channel.to_owned(),
            event_id: bounded(event_id),
            user_key: bounded(user_key),
            payload: serde_json::to_value(self).unwrap_or(Value::Null),
        }
    }

    pub(super) fn content(&self) -> Content {
        match &self.did {
            Did::Text(text) => Content::Text(text.clone()),
            Did::Chose(payload) => Content::Chosen(payload.clone()),
            Did::Began => Content::Start,
            Did::Sent(kind) => Content::Attachment(match kind {
                Kind::Sticker => Attachment::Sticker,
                Kind::Voice => Attachment::Voice,
                Kind::Picture => Attachment::Picture,
                Kind::Video => Attachment::Video,
                Kind::Location => Attachment::Location,
                Kind::Other => Attachment::Other,
            }),
        }
    }

    /// The same with what is left to answer.
    pub(super) fn rest(&self, content: &Content) -> Self {
        let did = match content {
            Content::Text(text) => Did::Text(text.clone()),
            Content::Chosen(payload) => Did::Chose(payload.clone()),
            Content::Start | Content::Attachment(_) => Did::Began,
        };
        Self { did, pressed: None, ..self.clone() }
    }
}

/// Text of a message, of a length that is worth keeping.
pub(super) fn text(value: &str) -> Did {
    Did::Text(value.chars().take(LONGEST_TEXT).collect())
}

/// `id`, or what stands for one that no index would hold.
pub(super) fn bounded(id: &str) -> String {
    if id.len() <= LONGEST_ID {
        return id.to_owned();
    }
    use std::fmt::Write as _;
    Sha256::digest(id).iter().fold(String::from("sha256:"), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
