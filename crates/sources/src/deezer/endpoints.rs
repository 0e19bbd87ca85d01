//! The endpoints in use.

use crate::http::Endpoint;

pub(super) static SEARCH: Endpoint = Endpoint { path: "/search/artist", may_be_withheld: false, item: false };
pub(super) static ARTIST: Endpoint = Endpoint { path: "/artist/{id}", may_be_withheld: false, item: true };
pub(super) static ALBUMS: Endpoint = Endpoint { path: "/artist/{id}/albums", may_be_withheld: false, item: true };
pub(super) static TOP: Endpoint = Endpoint { path: "/artist/{id}/top", may_be_withheld: false, item: true };
pub(super) static RELATED: Endpoint = Endpoint { path: "/artist/{id}/related", may_be_withheld: true, item: true };
pub(super) static TRACK: Endpoint = Endpoint { path: "/track/{id}", may_be_withheld: false, item: true };
pub(super) static TRACK_BY_ISRC: Endpoint = Endpoint { path: "/track/isrc:{isrc}", may_be_withheld: true, item: true };

/// All of them.
pub(super) static ALL: [&Endpoint; 7] = [&SEARCH, &ARTIST, &ALBUMS, &TOP, &RELATED, &TRACK, &TRACK_BY_ISRC];
