//! Where facts come from (sources) and what kinds of facts there are (facets).

use std::fmt;
use std::str::FromStr;

/// A word that names no known source, facet or state.
#[derive(Debug, thiserror::Error)]
#[error("unknown {kind} `{word}`; known: {known}")]
pub struct UnknownWord {
    kind: &'static str,
    word: String,
    known: String,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)?) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// All of them, in the order in which they are shown.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word used in tables, settings and output.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord {
                        kind: $kind,
                        word: word.chars().take(64).collect(),
                        known: [$($word),+].join(", "),
                    }),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(self.as_str())
            }
        }
    };
}

words! {
    /// An outside service or file that facts come from.
    Source, "source",
    /// Spotify's Web API.
    Spotify = "spotify",
    /// MusicBrainz: web service or dump.
    MusicBrainz = "musicbrainz",
    /// ListenBrainz: web service or dump.
    ListenBrainz = "listenbrainz",
    /// Deezer's public API.
    Deezer = "deezer",
    /// ReccoBeats.
    ReccoBeats = "reccobeats",
    /// Last.fm.
    LastFm = "lastfm",
    /// A user's own file.
    Csv = "csv",
    /// What a person settled by hand.
    User = "user",
}

words! {
    /// One kind of fact about an artist.
    Facet, "facet",
    /// Name, url, picture, followers, popularity.
    Profile = "profile",
    /// Genres.
    Genres = "genres",
    /// Albums and singles.
    Albums = "albums",
    /// The most played tracks of a market.
    TopTracks = "top_tracks",
    /// Audio features of the top tracks.
    AudioFeatures = "audio_features",
    /// Other names, with their languages.
    Aliases = "aliases",
    /// Ids at other sources.
    Links = "links",
    /// Whom a source calls related.
    Related = "related",
}

words! {
    /// What is known of one artist, facet and source.
    FacetState, "facet state",
    /// Fetched and stored (the list may be empty: asked, and there is none).
    Ok = "ok",
    /// The source does not give this facet to this key (403 or 404 on a known path).
    Withheld = "withheld",
    /// Asking failed after all retries; `error` says why.
    Failed = "failed",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_and_unknown_ones_name_the_known() {
        for facet in Facet::ALL {
            assert_eq!(facet.as_str().parse::<Facet>().unwrap(), *facet);
        }
        let error = "album".parse::<Facet>().unwrap_err().to_string();
        assert_eq!(
            error,
            "unknown facet `album`; known: profile, genres, albums, top_tracks, audio_features, \
             aliases, links, related"
        );
    }
}
