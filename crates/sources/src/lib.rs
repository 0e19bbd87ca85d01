//! Outside services: one polite door to the network, and a folder for each service behind it.
//!
//! [`http`] knows no service; a service's folder holds its client, its private wire types and the mapping to
//! `sixpotify-core`. Nothing here knows a database.

mod client;
pub mod clock;
pub mod deezer;
pub mod http;
pub mod lastfm;
pub mod listenbrainz;
pub mod musicbrainz;
pub mod reccobeats;
pub mod spotify;
mod wire;

pub use client::{Manners, SourceClient, fingerprint};
pub use clock::{Clock, SystemClock};
