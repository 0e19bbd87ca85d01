//! Ids: Spotify's own, and the catalogue's, which say where they come from.

use std::fmt;

use crate::Source;

/// An id as Spotify gives it: exactly 22 characters of base 62.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpotifyId(String);

/// Text that is not a Spotify id.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a Spotify id (22 letters and digits)")]
pub struct InvalidSpotifyId(String);

impl SpotifyId {
    /// Length of every Spotify id in characters.
    pub const LEN: usize = 22;

    /// Checks `text` and takes it as an id.
    ///
    /// # Errors
    /// [`InvalidSpotifyId`] when it is not 22 characters of `0-9A-Za-z`.
    pub fn parse(text: &str) -> Result<Self, InvalidSpotifyId> {
        if text.len() == Self::LEN && text.bytes().all(|b| b.is_ascii_alphanumeric()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidSpotifyId(text.chars().take(64).collect()))
        }
    }

    /// The id as it stands in URLs.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SpotifyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SpotifyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! catalogue_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// A bare Spotify id (22 characters) for what Spotify knows, otherwise `source:id`. Never changes once given.
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The catalogue id of `source_id` at `source`.
            pub fn new(source: Source, source_id: &str) -> Self {
                match source {
                    Source::Spotify => Self(source_id.to_owned()),
                    other => Self(format!("{other}:{source_id}")),
                }
            }

            /// Takes back an id that the catalogue gave out earlier.
            pub fn from_stored(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The id as it stands in the tables.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The Spotify id, when this is one.
            pub fn spotify(&self) -> Option<SpotifyId> {
                SpotifyId::parse(&self.0).ok()
            }
        }

        impl From<SpotifyId> for $name {
            fn from(id: SpotifyId) -> Self {
                Self(id.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(&self.0)
            }
        }
    };
}

catalogue_id!(
    /// Id of an artist in the catalogue.
    ArtistId
);
catalogue_id!(
    /// Id of an album in the catalogue.
    AlbumId
);
catalogue_id!(
    /// Id of a track in the catalogue.
    TrackId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spotify_ids_are_22_letters_and_digits() {
        assert!(SpotifyId::parse("3Nrfpe0tUJi4K4DXYWgMUX").is_ok());
        for bad in
            ["", "3Nrfpe0tUJi4K4DXYWgMU", "3Nrfpe0tUJi4K4DXYWgMUXX", "3Nrfpe0tUJi4K4DXYWgM-X", "방탄소년단방탄소년"]
        {
            assert!(SpotifyId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn catalogue_ids_name_their_source_unless_it_is_spotify() {
        assert_eq!(ArtistId::new(Source::Spotify, "3Nrfpe0tUJi4K4DXYWgMUX").as_str(), "3Nrfpe0tUJi4K4DXYWgMUX");
        let deezer = ArtistId::new(Source::Deezer, "27");
        assert_eq!(deezer.as_str(), "deezer:27");
        assert_eq!(deezer.spotify(), None);
    }
}
