//! Outside services: one polite door to the network, and a folder for each service behind it.
//!
//! [`http`] knows no service; a service's folder holds its client, its private wire types and the mapping to
//! `sixpotify-core`. Nothing here knows a database.

pub mod clock;
pub mod http;
pub mod spotify;

pub use clock::{Clock, SystemClock};
