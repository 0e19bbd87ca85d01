//! The endpoints in use. Those of extended quota only are `may_be_withheld`.

use crate::http::Endpoint;

pub(super) static SEARCH: Endpoint = Endpoint { path: "/search", may_be_withheld: false, item: false };
pub(super) static ARTIST: Endpoint = Endpoint { path: "/artists/{id}", may_be_withheld: false, item: true };
pub(super) static ARTISTS: Endpoint = Endpoint { path: "/artists", may_be_withheld: true, item: false };
pub(super) static ALBUMS: Endpoint = Endpoint { path: "/artists/{id}/albums", may_be_withheld: false, item: true };
pub(super) static TOP_TRACKS: Endpoint =
    Endpoint { path: "/artists/{id}/top-tracks", may_be_withheld: true, item: true };
pub(super) static AUDIO_FEATURES: Endpoint = Endpoint { path: "/audio-features", may_be_withheld: true, item: false };

pub(super) static TRACK: Endpoint = Endpoint { path: "/tracks/{id}", may_be_withheld: false, item: true };

/// All of them.
pub(super) static ALL: [&Endpoint; 7] = [&SEARCH, &ARTIST, &ARTISTS, &ALBUMS, &TOP_TRACKS, &AUDIO_FEATURES, &TRACK];
