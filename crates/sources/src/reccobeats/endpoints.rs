//! The endpoints in use.

use crate::http::Endpoint;

pub(super) static FEATURES: Endpoint = Endpoint { path: "/audio-features", may_be_withheld: true, item: true };
pub(super) static TRACKS: Endpoint = Endpoint { path: "/track", may_be_withheld: true, item: true };
pub(super) static SEARCH: Endpoint = Endpoint { path: "/artist/search", may_be_withheld: true, item: false };
pub(super) static TRACKS_OF: Endpoint = Endpoint { path: "/artist/{id}/track", may_be_withheld: true, item: true };

/// All of them.
pub(super) static ALL: [&Endpoint; 4] = [&FEATURES, &TRACKS, &SEARCH, &TRACKS_OF];
