//! The endpoints in use: one address, several methods.

use crate::http::Endpoint;

pub(super) static SIMILAR: Endpoint = Endpoint { path: "artist.getSimilar", may_be_withheld: false, item: true };
pub(super) static TAGS: Endpoint = Endpoint { path: "artist.getTopTags", may_be_withheld: false, item: true };
pub(super) static TRACKS: Endpoint = Endpoint { path: "artist.getTopTracks", may_be_withheld: false, item: true };

/// All of them.
pub(super) static ALL: [&Endpoint; 3] = [&SIMILAR, &TAGS, &TRACKS];
