//! Dumps of whole services in the catalogue, ids elsewhere that are settled by hand, and how far each dump is.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sixpotify_core::{ArtistId, Source};

use crate::{Link, Result};

/// The part of a catalogue that imports of dumps and corrections of identity work with.
#[async_trait]
pub trait BulkStore: Send + Sync {
    /// Writes all of `batch`, its mark of progress included where it has one, in one transaction; twice is the same as once.
    ///
    /// An artist's aliases, votes and genres of the batch's source are replaced by what the batch says, and the mark says when
    /// the dump was made (`now`, where it does not say), or keeps a later time. Genres of the batch
    /// become those of the artist (`artist_genre`) only where no other source gave any. An id at a source stays with whom it
    /// belongs to.
    async fn write_dump(&self, batch: Arc<DumpBatch>, now: DateTime<Utc>) -> Result<()>;

    /// Adds up what listeners heard, with the mark of progress, in one transaction. Rows of artists that are not in the
    /// catalogue (any more) are left out. A batch that is not ahead of the catalogue's mark, and does not replace, adds
    /// nothing: twice is the same as once.
    async fn write_counted(&self, batch: Arc<CountedBatch>, now: DateTime<Utc>) -> Result<()>;

    /// Whom ids at sources belong to; unknown ones are absent.
    async fn owners_of(&self, ids: &[(Source, String)]) -> Result<Vec<(Source, String, ArtistId)>>;

    /// The ids of `artists` at `source`.
    async fn ids_at(&self, source: Source, artists: &[ArtistId]) -> Result<Vec<(ArtistId, String)>>;

    /// Artists that have several ids at `source`, sorted.
    async fn several_ids(&self, source: Source) -> Result<Vec<ArtistId>>;

    /// All joins that a person undid.
    async fn rejected_links(&self) -> Result<Vec<Link>>;

    /// Whether any artist is kept out: where none is, nobody need be asked about ([`crate::Store::forgotten`]).
    async fn any_forgotten(&self) -> Result<bool>;

    /// Makes a catalogue without artists ready for many: on PostgreSQL, indexes that only readers need are left away, which halves the
    /// work of storing, until [`Self::end_load`] makes them, or whoever opens the catalogue to write in it and finds nobody loading.
    /// Returns whether that was done; a catalogue with artists, or one in use, stays as it is.
    async fn begin_load(&self) -> Result<bool>;

    /// Makes the indexes that [`Self::begin_load`] left away. It may be called at any time.
    async fn end_load(&self) -> Result<()>;

    /// Gives an id at a source to an artist, whoever had it, and forgets that the join was ever undone. Returns who had it.
    ///
    /// # Errors
    /// [`crate::StoreError::Other`] where there is no such artist.
    async fn add_link(&self, link: &Link) -> Result<Option<ArtistId>>;

    /// Takes an id at a source from an artist, and remembers that: no source joins them again. What was said of the artist by this id
    /// goes with it, where the artist has no other id there: aliases, votes, genres, rankings, lists, marks, the values of the profile
    /// that may come from there (the others are due to be asked for them again), and with an id at MusicBrainz what ListenBrainz said;
    /// credits on the source's tracks and albums become those of that id, and what nobody else has to do with goes. False where
    /// the artist did not have the id; that it must not is remembered all the same.
    async fn reject_link(&self, link: &Link, now: DateTime<Utc>) -> Result<bool>;

    /// Gives credits on tracks and albums that stand under an id at `source` (`deezer:27`) to those of `artists` whose id that
    /// is by now. Returns how many credits that were.
    async fn adopt_credits(&self, source: Source, artists: &[ArtistId]) -> Result<u64>;

    /// Artists with an id at `source` of which it last spoke before `before`, by their `ok` marks, sorted; at most `limit`. Artists of
    /// which it never spoke, or only of their songs in a market, are not among them.
    async fn vanished(&self, source: Source, before: DateTime<Utc>, limit: usize) -> Result<Vec<ArtistId>>;

    /// Takes back all that `source` said of `artists`, their ids there included, as it does not have them any more, in one
    /// transaction. Artists whose id is the source's own, and of which nobody else says or wants anything, go altogether: these
    /// are returned. They are not kept out, should the source have them again.
    async fn take_back(&self, source: Source, artists: &[ArtistId], now: DateTime<Utc>) -> Result<Vec<ArtistId>>;

    /// Where imports of `source` stand, the newest dump first.
    async fn imports(&self, source: Source) -> Result<Vec<ImportRecord>>;
}

/// How an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportState {
    /// Under way, or cut off.
    Running,
    /// All of the dump is in the catalogue.
    Done,
}

impl ImportState {
    /// The word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
        }
    }
}

/// A word that is no [`ImportState`].
#[derive(Debug, thiserror::Error)]
#[error("unknown state of an import `{0}`")]
pub struct UnknownImportState(String);

impl std::str::FromStr for ImportState {
    type Err = UnknownImportState;

    fn from_str(word: &str) -> Result<Self, UnknownImportState> {
        [Self::Running, Self::Done]
            .into_iter()
            .find(|s| s.as_str() == word)
            .ok_or_else(|| UnknownImportState(word.to_owned()))
    }
}

impl serde::Serialize for ImportState {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// How far the import of a dump is (`imports`).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ImportRecord {
    /// Whose dump.
    pub source: Source,
    /// What identifies the dump.
    pub dump: String,
    /// When it was made, as far as it says.
    pub dump_date: Option<DateTime<Utc>>,
    /// Records of it that are in the catalogue, or were passed over.
    pub position: u64,
    /// Whether that is all.
    pub state: ImportState,
}

impl ImportRecord {
    /// When what the dump says was so, as far as is known at `now`.
    pub(crate) fn said_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.dump_date.map_or(now, |date| date.min(now))
    }
}

/// One transaction's worth of a dump of artists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DumpBatch {
    /// The artists, each once.
    pub artists: Vec<DumpArtist>,
    /// Where the import stands with them; its source is theirs.
    pub import: ImportRecord,
    /// Whether that is noted, too. Of batches that are written at the same time a later one may be stored before an earlier one:
    /// where an import stands is noted when all up to there is stored.
    pub marks: bool,
}

/// An artist of a dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DumpArtist {
    /// The catalogue's id.
    pub id: ArtistId,
    /// Whether the catalogue is known to have nothing of it yet. Only speed depends on it.
    pub new: bool,
    /// The name; `None` where the artist keeps the one that it has.
    pub name: Option<String>,
    /// Page of the artist; `None` says nothing.
    pub url: Option<String>,
    /// Ids at sources, the dump's own among them.
    pub links: Vec<(Source, String)>,
    /// Other names with their language (`ko`, `ko_Latn`).
    pub aliases: Vec<(String, Option<String>)>,
    /// Genres with the number of votes for each.
    pub genres: Vec<(String, u32)>,
}

/// One transaction's worth of co-listening. Rows that go into a table in the order of its key take half the time: where speed
/// counts, users and artists are sorted, and then the counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedBatch {
    /// Takes away all that the source said before.
    pub replaces: bool,
    /// Hashes of the source's names for its users, each once.
    pub users: Vec<String>,
    /// Artists, each once.
    pub artists: Vec<ArtistId>,
    /// Positions in `users` and `artists`, and how often; each pair once.
    pub counts: Vec<(u32, u32, u32)>,
    /// What no listener's count of one artist exceeds.
    pub most: u32,
    /// Where the import stands with this; its source says all this.
    pub import: ImportRecord,
}
