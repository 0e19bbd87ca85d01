//! The endpoints in use.

use crate::http::Endpoint;

pub(super) static POPULARITY: Endpoint = Endpoint { path: "/1/popularity/artist", may_be_withheld: true, item: false };
pub(super) static TOP_RECORDINGS: Endpoint =
    Endpoint { path: "/1/popularity/top-recordings-for-artist/{mbid}", may_be_withheld: true, item: true };
pub(super) static SIMILAR: Endpoint = Endpoint { path: "/similar-artists/json", may_be_withheld: true, item: false };

/// All of them.
pub(super) static ALL: [&Endpoint; 3] = [&POPULARITY, &TOP_RECORDINGS, &SIMILAR];
