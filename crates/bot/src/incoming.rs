//! What comes in: one thing that one person did on one channel.

use std::fmt;

/// Where a conversation happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Channel {
    /// The page that the server itself serves.
    Web,
    /// Facebook Messenger.
    Messenger,
    /// Telegram.
    Telegram,
    /// `sixpotify chat`.
    Terminal,
}

impl Channel {
    /// The word used in tables and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Messenger => "messenger",
            Self::Telegram => "telegram",
            Self::Terminal => "terminal",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Who writes: a channel and the key under which that channel knows the person. `Debug` leaves the key out: ids of people
/// do not go into logs.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Asker {
    /// The channel.
    pub channel: Channel,
    /// The person's key there.
    pub user_key: String,
}

impl fmt::Debug for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asker").field("channel", &self.channel).finish_non_exhaustive()
    }
}

/// One thing that somebody did. `Debug` leaves out what was written.
#[derive(Clone, PartialEq, Eq)]
pub struct Incoming {
    /// Who.
    pub asker: Asker,
    /// The locale that the platform tells of the person, as it writes it.
    pub locale: Option<String>,
    /// What.
    pub content: Content,
    /// Which time this is answered.
    pub turn: Turn,
}

impl Incoming {
    /// A message of `text`, answered for the first time, from somebody of unknown locale.
    pub fn text(channel: Channel, user_key: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(channel, user_key, Content::Text(text.into()))
    }

    /// `content`, answered for the first time, from somebody of unknown locale.
    pub fn new(channel: Channel, user_key: impl Into<String>, content: Content) -> Self {
        let asker = Asker { channel, user_key: user_key.into() };
        Self { asker, locale: None, content, turn: Turn::First }
    }
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content = match &self.content {
            Content::Text(_) => "Text(..)",
            Content::Chosen(_) => "Chosen(..)",
            Content::Start => "Start",
            Content::Attachment(_) => "Attachment",
        };
        let mut shown = f.debug_struct("Incoming");
        shown.field("asker", &self.asker).field("locale", &self.locale).field("turn", &self.turn);
        shown.field("content", &format_args!("{content}")).finish()
    }
}

/// What somebody sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Text as it was typed; any length, possibly empty.
    Text(String),
    /// A choice that was offered earlier, by its [`Payload`](crate::Payload) as the platform gives it back. Anything else
    /// that a platform says instead is understood as "what can you do?".
    Chosen(String),
    /// The beginning of a conversation: Get Started, `/start`, the page opened.
    Start,
    /// Something other than text.
    Attachment(Attachment),
}

/// Something other than text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attachment {
    /// A sticker or a like.
    Sticker,
    /// A voice note or other sound.
    Voice,
    /// A picture or an animation.
    Picture,
    /// A film.
    Video,
    /// A place.
    Location,
    /// A file, a contact, anything else.
    Other,
}

/// Which time one message is answered: what has to be looked up elsewhere may take longer than anybody wants to wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Turn {
    /// The first time: if the answer takes longer, that is said.
    #[default]
    First,
    /// Asked again after [`Answer::later`](crate::Answer::later): what was said is not said again, so the reply is empty while
    /// there is still nothing.
    Again,
    /// The last time: if there is still nothing, that is said.
    Last,
}
