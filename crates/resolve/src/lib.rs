//! Finding the artist, whatever people type.
//!
//! [`Index`] holds all names of a catalogue and answers what a text means: [`Index::find`]. Ways are tried from the surest
//! to the boldest, and only where the surer ones found nothing: the folded name and aliases; the loose key, words in
//! another order, something around the name, letters spelt out, the wrong keyboard; the sound across scripts, slips of
//! the keyboard, a part of the name. Every candidate has a score and a reason; the best is accepted only from
//! [`ACCEPTED`] on and when it is clear of the next. A wrong artist is worse than none.
//!
//! Pure: no input or output, no clock, no chance. Same index and text, same answer.

mod aliases;
mod alphabets;
mod answer;
mod decide;
mod edits;
mod find;
mod hangul;
mod index;
mod kana;
mod loose;
mod named;
mod names;
mod near;
mod numbers;
mod postings;
mod segments;
mod slip;
mod sound;
mod spelt;
mod typo;

pub use aliases::{Known, KnownAlias, KnownAliases};
pub use answer::{Answer, Candidate, How, Reach, Verdict, among_alike};
pub use index::{Entry, Index};
pub use named::{Named, among_named, known_as};
pub use slip::Typed;

/// The least score of an artist that is accepted.
pub const ACCEPTED: f32 = 0.7;

/// Candidates that an answer has at most.
pub const MOST_CANDIDATES: usize = 10;
