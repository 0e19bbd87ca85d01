//! The words of the catalogue: ids, facts about music and the folding of names.
//!
//! Pure: no input or output, no clock, no chance, no SQL and no foreign JSON. Everything else in the workspace
//! speaks in these types, so that an id or a source is checked once, where it enters.

mod attribution;
mod facet;
mod fold;
mod id;
mod link;
mod music;
mod open;

pub use facet::{Facet, FacetState, Source, UnknownWord};
pub use fold::{fold, fold_words};
pub use id::{AlbumId, ArtistId, InvalidSpotifyId, SpotifyId, TrackId};
pub use link::{artist_link, spotify_artist_id};
pub use music::{Album, Artist, AudioFeatures, Credit, Track};
pub use open::{Alias, AliasKind, DeezerId, GenreVote, InvalidMbid, Link, Mbid, Related};
