//! Other names of artists, and all names as the search for them reads them.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;
use serde::Serialize;
use sixpotify_core::{Artist, ArtistId, Source};

use crate::Result;

/// Another name of an artist (`artist_alias`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alias {
    /// The artist.
    pub artist_id: ArtistId,
    /// The name.
    pub alias: String,
    /// The language that it is in, where the source says so: `ko`.
    pub locale: Option<String>,
    /// Who says so; [`Source::User`] where a person does.
    pub source: Source,
}

/// All other names that `source` gives an artist; replaces those that it gave before (of no other source).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AliasList {
    /// The artist.
    pub artist_id: ArtistId,
    /// Who says so.
    pub source: Source,
    /// Names, each with its language where it is known. Blank ones are left out; of one that repeats, the later stays.
    pub aliases: Vec<(String, Option<String>)>,
}

/// An artist with all its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedArtist {
    /// Its id.
    pub id: ArtistId,
    /// Its name.
    pub name: String,
    /// Followers, where they are known.
    pub followers: Option<u64>,
    /// Popularity, 0 to 100, where it is known.
    pub popularity: Option<u8>,
    /// Its other names, of all sources, each once, sorted.
    pub aliases: Vec<String>,
}

/// How far the names of a catalogue have come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NamesState {
    /// Artists that there are.
    pub artists: u64,
    /// When an artist, or its other names, changed last.
    pub changed_at: Option<DateTime<Utc>>,
}

/// The part of a catalogue that knows what artists are called. A change of aliases counts as one of the artist:
/// `updated_at` moves.
#[async_trait]
pub trait AliasStore: Send + Sync {
    /// Adds other names; those that are there already, blank ones, and those of artists that are not there are left out.
    /// Returns how many are new.
    async fn add_aliases(&self, aliases: &[Alias], now: DateTime<Utc>) -> Result<u64>;

    /// Removes another name (to the letter) that a person gave; false where there was none.
    async fn remove_alias(&self, artist: &ArtistId, alias: &str, now: DateTime<Utc>) -> Result<bool>;

    /// The other names of `artists`, sorted by artist, alias and source.
    async fn aliases(&self, artists: &[ArtistId]) -> Result<Vec<Alias>>;

    /// Artists with one of `keys` as their folded name, each once, sorted by id.
    async fn artists_by_name_keys(&self, keys: &[String]) -> Result<Vec<Artist>>;

    /// Artists with one of `keys` as a folded alias, each once, with an alias that matched; sorted by id.
    async fn artists_by_alias_keys(&self, keys: &[String]) -> Result<Vec<(Artist, String)>>;

    /// All artists with their names, in the byte order of ids, as of one moment.
    fn all_names(&self) -> BoxStream<'_, Result<NamedArtist>>;

    /// Artists that changed at `since` or later, sorted by id. Looks at no others.
    async fn names_changed_since(&self, since: DateTime<Utc>) -> Result<Vec<NamedArtist>>;

    /// A mark that is another one as soon as anything may have been written, by whomever, a commit that is just ending perhaps
    /// excepted; the same one for as long as nothing was. Costs next to nothing. `None` where the database cannot tell.
    async fn names_mark(&self) -> Result<Option<String>>;

    /// How far the names have come: what [`Self::names_changed_since`] goes on from, and by how many artists tell whether
    /// some are gone. Counts them, which is the dearest of the three.
    async fn names_state(&self) -> Result<NamesState>;
}

/// Puts artists (sorted by id) and their aliases (sorted by artist and alias) together.
pub(crate) fn named(artists: Vec<NamedArtist>, aliases: Vec<(ArtistId, String)>) -> Vec<NamedArtist> {
    let mut aliases = aliases.into_iter().peekable();
    let with_aliases = |mut artist: NamedArtist| {
        // Aliases of artists that came between two queries are left out.
        while aliases.next_if(|(id, _)| *id < artist.id).is_some() {}
        while let Some((_, alias)) = aliases.next_if(|(id, _)| *id == artist.id) {
            if artist.aliases.last() != Some(&alias) {
                artist.aliases.push(alias);
            }
        }
        artist
    };
    artists.into_iter().map(with_aliases).collect()
}
