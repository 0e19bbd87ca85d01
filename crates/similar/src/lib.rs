//! Which artists resemble each other, and why.
//!
//! Pure computation: items in, ranked neighbours out. This crate knows no file, database, network, clock or random number, and gives
//! the same answer for the same input whatever the number of threads.
//!
//! The map, from the ground up:
//!
//! | module | its one purpose |
//! |---|---|
//! | [`feature`] | the names, units and plausible ranges of the audio features |
//! | [`audio`] | the feature values of one track or artist, and their mean over an artist's tracks |
//! | [`item`] | what is known of one artist: the input |
//! | [`sound`] | a catalogue's sounds on a common scale |
//! | `crowds` | items that nothing tells apart |
//! | `places`, `tree` | where every sound is, and a k-d tree over the places |
//! | [`genres`] | a catalogue's genre vocabulary, TF-IDF: soft cosines between sets of genres |
//! | `divide` | where the tree parts its items: by sounds and by genres |
//! | `reach` | what a part of the tree can have of an asker's genres |
//! | `related`, `spread` | which genres are related; genres for those who have none, from their neighbours |
//! | [`behaviour`] | who is heard, named or working together: a sparse strength per pair |
//! | [`blend`] | how the signals make one distance, and what happens when one is missing |
//! | `search` | the exact search: a walk through the tree by bounds of sounds and genres |
//! | [`builder`], [`song_builder`] | a space from artists or songs that come one by one |
//! | [`neighbours`] | the nearest neighbours of one artist or of all |
//! | [`songs`] | the nearest songs to a song, and the songs to start with for an artist |
//! | [`fame`] | known and hidden: a wish by popularity |
//! | [`metrics`] | how good a ranking is, and how sure that is |
//! | [`evaluation`] | held-out listeners and genres: the protocol of a fair score |
//! | [`traits`] | what can be said in a word of a sound: calm, acoustic, fast |
//! | [`why`] | reasons: compact codes for the store, words for people |
//!
//! A new signal gets a module of its own beside [`sound`] and [`genres`], a place in [`blend`], and a reason in [`why`].
//!
//! ```
//! use sixpotify_similar::{AudioProfile, Feature, Item, Method, Space, words};
//!
//! let calm = AudioProfile::UNKNOWN.with(Feature::Energy, 0.2).with(Feature::Acousticness, 0.9);
//! let loud = AudioProfile::UNKNOWN.with(Feature::Energy, 0.9).with(Feature::Acousticness, 0.1);
//! let item = |audio, genre: &str| Item { audio: Some(audio), genres: vec![genre.to_owned()], ..Item::default() };
//! let items = [item(calm, "folk"), item(loud, "metal"), item(calm, "folk")];
//!
//! let space = Space::build(&items, Method::Blend);
//! let nearest = &space.neighbours(0, 1).expect("item 0 exists")[0];
//! assert_eq!((nearest.index, nearest.distance), (2, 0.0));
//! assert_eq!(words(&nearest.why), "shared genre: folk; both acoustic and calm; very similar sound");
//! ```

pub mod audio;
pub mod behaviour;
pub mod blend;
pub mod builder;
mod crowds;
mod divide;
pub mod evaluation;
pub mod fame;
pub mod feature;
pub mod genres;
pub mod item;
pub mod metrics;
mod nearest;
pub mod neighbours;
mod places;
mod reach;
mod related;
mod search;
pub mod song_builder;
pub mod songs;
pub mod sound;
mod sparse;
mod spread;
mod texts;
mod titles;
pub mod traits;
mod tree;
pub mod why;

pub use audio::{AudioMean, AudioProfile};
pub use behaviour::Listen;
pub use blend::Method;
pub use builder::SpaceBuilder;
pub use fame::Fame;
pub use feature::Feature;
pub use item::Item;
pub use neighbours::{Batch, Batches, Neighbour, Space};
pub use song_builder::SongSpaceBuilder;
pub use songs::{Song, SongBatches, SongFilter, SongSpace};
pub use traits::Trait;
pub use why::{Reason, UnknownReason, decode, encode, words};
