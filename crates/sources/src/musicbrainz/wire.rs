//! What MusicBrainz sends, field for field. Absent is `None`; unknown fields are ignored.

use serde::Deserialize;

use crate::wire::Loose;

#[derive(Deserialize)]
pub(super) struct Search {
    pub(super) artists: Vec<Artist>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Artist {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) score: Option<Loose>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) country: Option<String>,
    pub(super) disambiguation: Option<String>,
    pub(super) aliases: Option<Vec<Alias>>,
    pub(super) genres: Option<Vec<Genre>>,
    pub(super) relations: Option<Vec<Relation>>,
}

#[derive(Deserialize)]
pub(super) struct Alias {
    pub(super) name: Option<String>,
    pub(super) locale: Option<String>,
    pub(super) primary: Option<bool>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) ended: Option<bool>,
    /// Look-ups and dumps call the end of an alias so ..
    pub(super) end: Option<String>,
    /// .. and searches so.
    #[serde(rename = "end-date")]
    pub(super) end_date: Option<String>,
}

/// A tag that is on the service's list of genres.
#[derive(Deserialize)]
pub(super) struct Genre {
    pub(super) name: Option<String>,
    pub(super) count: Option<Loose>,
}

#[derive(Deserialize)]
pub(super) struct Relation {
    pub(super) ended: Option<bool>,
    /// Of an artist to an address.
    pub(super) url: Option<Address>,
    /// Of an address to an artist.
    pub(super) artist: Option<Named>,
}

#[derive(Deserialize)]
pub(super) struct Address {
    pub(super) resource: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Named {
    pub(super) id: Option<String>,
}

/// One address; or, when several were asked for, a list of those that are known.
#[derive(Deserialize)]
pub(super) struct Urls {
    pub(super) urls: Option<Vec<Found>>,
    #[serde(flatten)]
    pub(super) only: Found,
}

#[derive(Deserialize)]
pub(super) struct Found {
    pub(super) resource: Option<String>,
    pub(super) relations: Option<Vec<Relation>>,
}

/// A recording: a song as it was played once.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Recording {
    pub(super) id: Option<String>,
    pub(super) title: Option<String>,
    /// Milliseconds.
    pub(super) length: Option<Loose>,
    pub(super) isrcs: Option<Vec<Option<String>>>,
    pub(super) artist_credit: Option<Vec<Credited>>,
}

#[derive(Deserialize)]
pub(super) struct Credited {
    /// As it is written on the recording.
    pub(super) name: Option<String>,
    pub(super) artist: Option<Named>,
}
