//! What open sources say of artists besides their profile: other names, votes for genres, ids elsewhere, relatedness.

use std::fmt;

use crate::Source;

/// An id as MusicBrainz and ListenBrainz give it: a UUID, kept in its usual form (lower case, with hyphens).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mbid(String);

/// Text that is not a MusicBrainz id.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a MusicBrainz id (32 hexadecimal digits with hyphens)")]
pub struct InvalidMbid(String);

impl Mbid {
    /// Checks `text` and takes it as an id.
    ///
    /// # Errors
    /// [`InvalidMbid`] when it is not 8-4-4-4-12 hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, InvalidMbid> {
        let fits = text.len() == 36
            && text.bytes().enumerate().all(|(at, byte)| match at {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            });
        if fits { Ok(Self(text.to_ascii_lowercase())) } else { Err(InvalidMbid(text.chars().take(64).collect())) }
    }

    /// The id as it stands in URLs.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Mbid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Mbid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An id as Deezer gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeezerId(pub u64);

impl DeezerId {
    /// Reads the digits of an id; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse().ok().map(Self)).flatten()
    }
}

impl fmt::Display for DeezerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An artist's id at a source.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub struct Link {
    /// The source.
    pub source: Source,
    /// The id there. At Last.fm it is the name.
    pub source_id: String,
}

/// What an alias is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AliasKind {
    /// A name that the artist uses.
    ArtistName,
    /// A name in law.
    LegalName,
    /// Not a name: what people type, misspellings among it.
    SearchHint,
    /// The source does not say, or says something new.
    Other,
}

/// Another name of an artist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The name.
    pub name: String,
    /// Language, with script or country: `ko`, `ko_Latn`, `en_US`.
    pub locale: Option<String>,
    /// Whether it is the usual name in that language.
    pub primary: bool,
    /// What it is.
    pub kind: AliasKind,
    /// Whether it is in use no more.
    pub ended: bool,
}

/// How strongly a source says that an artist belongs to a genre.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct GenreVote {
    /// The genre, in lower case.
    pub genre: String,
    /// Votes, or the source's own weight: comparable within one artist and source only. At least 1.
    pub weight: u32,
}

/// An artist that a source calls similar to another one.
#[derive(Clone, Debug, PartialEq)]
pub struct Related {
    /// Its id at the source.
    pub source_id: String,
    /// Its name there.
    pub name: String,
    /// Its id at MusicBrainz, where the source says it.
    pub mbid: Option<Mbid>,
    /// 1 for the source's most similar one, down to 0; `None` where it only ranks.
    pub score: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mbids_are_uuids_in_one_form() {
        let id = Mbid::parse("A74B1B7F-71A5-4011-9441-D0B5E4122711").unwrap();
        assert_eq!(id.as_str(), "a74b1b7f-71a5-4011-9441-d0b5e4122711");
        for bad in ["", "a74b1b7f71a540119441d0b5e4122711", "a74b1b7f-71a5-4011-9441-d0b5e412271g", "../../x"] {
            assert!(Mbid::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn deezer_ids_are_digits() {
        assert_eq!(DeezerId::parse("27"), Some(DeezerId(27)));
        for bad in ["", "+27", "27x", "-1", "99999999999999999999999"] {
            assert_eq!(DeezerId::parse(bad), None, "{bad}");
        }
    }
}
