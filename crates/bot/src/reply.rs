//! What goes out, before it is fitted to a platform.

use chrono::{DateTime, Utc};
use sixpotify_core::{ArtistId, Source, TrackId};
use sixpotify_similar::Reason;

use crate::action::{Action, Payload};
use crate::conversation::Conversation;
use crate::incoming::Content;
use crate::language::Language;

/// What [`Bot::answer`](crate::Bot::answer) gives back.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What to send.
    pub reply: Reply,
    /// What to do with the conversation's record.
    pub keep: Keep,
    /// There will be more to say, on platforms that let a bot speak unasked.
    pub later: Option<Later>,
    /// How it went, for the metrics.
    pub outcome: Outcome,
}

/// What is still to be answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Later {
    /// What to answer then, as [`Turn::Again`](crate::Turn), in place of the message: only what is left of it.
    pub content: Content,
    /// There will hardly be an answer before.
    pub not_before: DateTime<Utc>,
}

/// What becomes of the conversation's record.
#[derive(Clone, Debug, PartialEq)]
pub enum Keep {
    /// This is to be remembered.
    Conversation(Conversation),
    /// Everything that is kept of this person is to be deleted, now.
    Nothing,
}

/// How a message was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// With music, at once.
    RightAway,
    /// With a question: which one?
    DidYouMean,
    /// With music that a source had to be asked for.
    Learned,
    /// No source knows it.
    NotFound,
    /// The answer takes longer.
    Later,
    /// Sources cannot be asked now.
    Blocked,
    /// This person, or the chat, has asked for enough new names for now.
    Allowance,
    /// Hello, help, thanks, settings.
    SmallTalk,
    /// Nothing that a name could be made of.
    NotUnderstood,
}

impl Outcome {
    /// The word used in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RightAway => "right_away",
            Self::DidYouMean => "did_you_mean",
            Self::Learned => "learned",
            Self::NotFound => "not_found",
            Self::Later => "later",
            Self::Blocked => "blocked",
            Self::Allowance => "allowance",
            Self::SmallTalk => "small_talk",
            Self::NotUnderstood => "not_understood",
        }
    }
}

/// What to send: bubbles in their order, then the choices under the last one.
///
/// [`Reply::fit`](crate::Reply::fit) makes messages of it that a platform takes; a page that can show anything may draw
/// the bubbles themselves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    /// The language of the wording.
    pub language: Language,
    /// What to show, in this order; empty where there is nothing to say.
    pub bubbles: Vec<Bubble>,
    /// How to go on, the most likely first.
    pub choices: Vec<Choice>,
}

/// One thing to show.
#[derive(Clone, Debug, PartialEq)]
pub enum Bubble {
    /// Words. Plain text: no platform's markup is in it, and none may be read into it.
    Text(String),
    /// One artist.
    Artist(Box<ArtistCard>),
    /// Artists with a line of words each, under a heading.
    Artists {
        /// Such as `Hear next`.
        heading: String,
        /// At least one.
        artists: Vec<ArtistLine>,
    },
    /// Songs under a heading.
    Songs {
        /// Such as `Top songs of BTS`.
        heading: String,
        /// At least one.
        songs: Vec<SongLine>,
    },
}

/// Where to listen, with the source named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// Whose page it is; its mark belongs beside it.
    pub source: Source,
    /// The page; `https` or `http`.
    pub url: String,
}

/// An artist as somebody sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct ArtistCard {
    /// Id in the catalogue.
    pub id: ArtistId,
    /// Name.
    pub name: String,
    /// Genres, the most telling first.
    pub genres: Vec<String>,
    /// Picture, linked and unaltered.
    pub image_url: Option<String>,
    /// Where to listen.
    pub listen: Option<Listen>,
    /// Everybody whose facts are shown.
    pub sources: Vec<Source>,
    /// The line under the name in the language of the reply: genres, and whose facts these are.
    pub caption: String,
    /// The words of the link, such as `Listen on Spotify`; absent without [`listen`](Self::listen).
    pub listen_label: Option<String>,
}

/// An artist in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ArtistLine {
    /// Id in the catalogue.
    pub id: ArtistId,
    /// Name.
    pub name: String,
    /// Picture, linked and unaltered.
    pub image_url: Option<String>,
    /// Where to listen.
    pub listen: Option<Listen>,
    /// Why it is in the list, as it is stored; empty in a list of candidates.
    pub why: Vec<Reason>,
    /// The same in words of the language of the reply; or what tells candidates apart.
    pub words: String,
    /// What choosing it does.
    pub choice: Choice,
}

/// A song in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct SongLine {
    /// Id in the catalogue.
    pub id: TrackId,
    /// Title.
    pub title: String,
    /// Names of the artists as one text.
    pub artists: String,
    /// The cover or the artist's picture, linked and unaltered.
    pub image_url: Option<String>,
    /// Where to listen.
    pub listen: Option<Listen>,
    /// Why it is in the list; empty where nothing needs to be said.
    pub why: Vec<Reason>,
    /// The same in words of the language of the reply; empty where nothing needs to be said.
    pub words: String,
    /// What choosing it does.
    pub choice: Choice,
}

/// A way to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What stands on the button.
    pub title: String,
    /// What the platform gives back when it is pressed.
    pub payload: Payload,
    /// What it means, for those who draw an icon or a link of their own.
    pub action: Action,
}
