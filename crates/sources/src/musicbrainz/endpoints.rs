//! The endpoints in use.

use crate::http::Endpoint;

pub(super) static SEARCH: Endpoint = Endpoint { path: "/artist?query", may_be_withheld: false, item: false };
pub(super) static ARTIST: Endpoint = Endpoint { path: "/artist/{mbid}", may_be_withheld: false, item: true };
pub(super) static URL: Endpoint = Endpoint { path: "/url?resource", may_be_withheld: false, item: true };

pub(super) static RECORDING: Endpoint = Endpoint { path: "/recording/{mbid}", may_be_withheld: false, item: true };

/// All of them.
pub(super) static ALL: [&Endpoint; 4] = [&SEARCH, &ARTIST, &URL, &RECORDING];
