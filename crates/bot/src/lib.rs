//! The conversation: a message in, replies out.
//!
//! Knows no platform and no database. What it asks of the rest of the program is [`Library`]; what it remembers between
//! two messages is a [`Conversation`], which the caller keeps; what it says is a [`Reply`], which the caller fits to the
//! platform's [`Limits`]. The time is an argument.
//!
//! | module | its one purpose |
//! |---|---|
//! | [`incoming`](Incoming) | what somebody did |
//! | [`reply`](Reply) | what to show, before it is fitted to a platform |
//! | [`action`](Action) | what a choice means, and its compact code |
//! | [`conversation`](Conversation) | what is remembered |
//! | [`library`](Library) | what is asked of the rest of the program |
//! | [`learning`] | the rules by which unknown names are looked up |
//! | [`link`](Link) | links that people paste |
//! | [`limits`](Limits) | what a platform takes |
//! | [`fit`](Message) | replies, fitted to that |
//! | [`menu`](Menu) | what a platform shows before anybody wrote |
//! | [`language`](Language) | which languages there are |
//! | `intent` | what a message asks for, as far as its words say it |
//! | `talk` | one message and its answer |
//! | `words` | all that the bot says, in one place |

mod action;
mod conversation;
mod fit;
mod incoming;
mod intent;
mod language;
pub mod learning;
mod library;
mod limits;
mod link;
mod menu;
mod reply;
mod talk;
#[cfg(feature = "testing")]
pub mod testing;
mod words;

pub use action::{Action, Payload};
pub use conversation::Conversation;
pub use fit::{Button, Card, LinkButton, Message, Span};
pub use incoming::{Asker, Attachment, Channel, Content, Incoming, Turn};
pub use language::Language;
pub use library::{
    ArtistBrief, Found, Learned, Library, LibraryError, OfGenre, Page, Profile, SimilarArtist, SimilarSong, Song,
    Unfurled, Wanted,
};
pub use limits::{Limits, Text, Unit};
pub use link::{Link, LinkKind, Pasted};
pub use menu::Menu;
pub use reply::{Answer, ArtistCard, ArtistLine, Bubble, Choice, Keep, Later, Listen, Outcome, Reply, SongLine};
pub use talk::Bot;
pub use words::because;
