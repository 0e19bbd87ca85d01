//! The catalogue: one trait, two databases.
//!
//! [`Store`] is what the rest of the program sees; [`open`] gives the PostgreSQL or the SQLite one, by URL. Both hold
//! the same tables with the same names (DESIGN: tables), reached by plain SQL written for each, and pass the same
//! conformance suite. There are no business rules here: what to write is decided by the caller, and a batch is written
//! as a whole or not at all.

mod alias;
mod assemble;
mod batch;
mod browse;
mod budget;
mod chat;
#[cfg(feature = "testing")]
pub mod conformance;
mod due;
mod dumps;
mod error;
mod location;
mod migrate;
mod open;
mod postgres;
mod read;
mod rows;
mod shared;
mod similarity;
mod sqlite;
mod text;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sixpotify_core::{ArtistId, Source, TrackId};

pub use alias::{Alias, AliasList, AliasStore, NamedArtist, NamesState};
pub use batch::{
    AlbumList, Batch, FacetMark, Features, GenreList, Link, NameRecord, NameState, ProfileFill, RelatedList, TopTracks,
    UnknownNameState, VoteList,
};
pub use browse::{BrowseStore, NamePosition, TrackDetail};
pub use chat::{
    ASKERS_STAY, Backlog, CONVERSATIONS_STAY, ChatEvent, ClaimedEvent, ConversationRecord, ConversationStore,
    EVENTS_STAY, EventEnd, LookupEnd, LookupPermit, LookupWish,
};
pub use dumps::{BulkStore, CountedBatch, DumpArtist, DumpBatch, ImportRecord, ImportState, UnknownImportState};
pub use error::StoreError;
pub use location::redact;
pub use open::{Access, open};
pub use read::{
    AlbumEntry, ArtistDetail, Counts, DueArtist, DueArtists, FacetRecord, Failure, PendingList, Related, RelatedRow,
    RunRecord, TrackEntry,
};
pub use shared::{Claim, Reserve, Reserved, Service, SourceKey, SourceState, Worker};
pub use similarity::{
    Entry, FEATURE_COUNT, ImportBatch, ImportedArtist, ImportedListen, ImportedTrack, ListenRow, MeanFeatures,
    RankedPair, RelateInput, RelatedEnd, Replaced, SaidRelated, SharedTracks, SimilarityStore, SongInput,
};

/// What every method returns.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// A catalogue. Cheap to share; all methods may be called from many tasks at once.
#[async_trait]
pub trait Store: AliasStore + BrowseStore + BulkStore + ConversationStore + SimilarityStore + Send + Sync {
    /// Where it is, without secrets: `sqlite:/path/sixpotify.db`, `postgres://user@host:5432/name`.
    fn location(&self) -> String;

    /// The database with its version: `PostgreSQL 15.18`, `SQLite 3.51.2`.
    async fn version(&self) -> Result<String>;

    /// Version of the schema that the catalogue has now; equals the newest migration after [`open`].
    async fn schema_version(&self) -> Result<u32>;

    /// Bytes that the catalogue takes where it is kept.
    async fn size(&self) -> Result<u64>;

    // --- writing -----------------------------------------------------------------------------------------------

    /// Writes all of `batch` in one transaction, set by set; twice is the same as once.
    ///
    /// A `None` never overwrites a value that is there; a complete list replaces that artist's list from that source
    /// (and market). A row that would not change is left alone, `updated_at` included. Entries that repeat a key within
    /// the batch are merged, the later one winning.
    async fn write_shared(&self, batch: Arc<Batch>, now: DateTime<Utc>) -> Result<()>;

    /// [`Self::write_shared`] for a batch that the caller keeps; copies it.
    async fn write(&self, batch: &Batch, now: DateTime<Utc>) -> Result<()> {
        self.write_shared(Arc::new(batch.clone()), now).await
    }

    /// Records that a run of `job` began; `method` says how (for instance `relate`'s).
    async fn start_run(&self, job: &str, method: Option<&str>, now: DateTime<Utc>) -> Result<i64>;

    /// Records how a run ended: `outcome` is `done`, `paused` or `failed`, `counts` a JSON object.
    async fn finish_run(&self, id: i64, outcome: &str, counts: &serde_json::Value, now: DateTime<Utc>) -> Result<()>;

    /// Settles `name` (to the letter) as `artist` in every list that has it, and in `list` in any case: state `found`, `how`
    /// as given. Candidates stay. An artist that was forgotten is not kept out any more.
    async fn settle_name(&self, list: &str, name: &str, artist: &ArtistId, how: &str, now: DateTime<Utc>)
    -> Result<()>;

    /// Removes an artist with all that is known of it, and keeps it out: see [`Self::forgotten`]. Names that were found as
    /// it become `not_found`, `how` is `forgotten`. False where there was no such artist (it is kept out all the same).
    ///
    /// Its albums and tracks go where nobody else is credited on them or ranks them; on the others it stays credited, as
    /// anybody whose artist is not in the catalogue.
    async fn forget_artist(&self, artist: &ArtistId, now: DateTime<Utc>) -> Result<bool>;

    /// Moves everything of `old` to `new`, once: links (the old id becomes a link of the new artist), names, facts that
    /// `new` lacks; then `old` is gone. Where there is no `old`, only the link is made. `new` must be there.
    ///
    /// A list (genres, albums, songs) moves as a whole, with its `ok` mark, to an artist that has none and was not asked for
    /// one; two lists are never mixed. Credits on what others made move in any case. The mark of the profile stays behind.
    async fn merge_artist(&self, old: &ArtistId, new: &ArtistId, now: DateTime<Utc>) -> Result<()>;

    // --- shared by processes -----------------------------------------------------------------------------------

    /// Takes requests out of a key's budget, in one step among all processes that share the catalogue. Usage that counts no
    /// more is cleared away on the way.
    async fn reserve_requests(&self, key: &SourceKey, wish: &Reserve, now: DateTime<Utc>) -> Result<Reserved>;

    /// Gives back requests that were granted and not sent, from the newest minute on. The pace is not turned back.
    async fn return_requests(&self, key: &SourceKey, unused: u32, now: DateTime<Utc>) -> Result<()>;

    /// Notes that a source wants no request before `until`; a longer block stays.
    async fn block_source(&self, key: &SourceKey, until: DateTime<Utc>, reason: &str) -> Result<()>;

    /// Notes that a source withholds `what` from a key.
    async fn withhold(&self, key: &SourceKey, what: &str, now: DateTime<Utc>) -> Result<()>;

    /// Notes how many requests a window of the source was seen to bear.
    async fn set_window_estimate(&self, key: &SourceKey, estimate: Option<u32>) -> Result<()>;

    /// What is known of a key; the default where nothing is.
    async fn source_state(&self, key: &SourceKey, now: DateTime<Utc>) -> Result<SourceState>;

    /// What is known of every key, by source and fingerprint.
    async fn source_states(&self, now: DateTime<Utc>) -> Result<Vec<(SourceKey, SourceState)>>;

    /// Begins to work on the catalogue.
    ///
    /// # Errors
    /// [`StoreError::Busy`] on SQLite, where one process writes at a time, while another one does.
    async fn begin_work(&self, now: DateTime<Utc>) -> Result<Box<dyn Worker>>;

    /// Begins a new ranking of related artists beside the present one.
    async fn begin_related(&self) -> Result<Box<dyn RelatedWriter>>;

    // --- reading -----------------------------------------------------------------------------------------------

    /// What is known of `names` in `list`, in no particular order; names never seen are absent.
    async fn names(&self, list: &str, names: &[String]) -> Result<Vec<NameRecord>>;

    /// For each of `names` that is `found` in any list (same bytes): the newest such record, its artist still there.
    async fn names_found_anywhere(&self, names: &[String]) -> Result<Vec<NameRecord>>;

    /// Facet records of `artists`, in no particular order.
    async fn facets(&self, artists: &[ArtistId]) -> Result<Vec<FacetRecord>>;

    /// Top tracks of `artists` that have no row in `audio_features` yet: one pair per artist and track, sorted.
    async fn tracks_without_features(&self, artists: &[ArtistId]) -> Result<Vec<(ArtistId, TrackId)>>;

    /// Those of `tracks` that have a row in `audio_features` already (an empty one counts: asked, and there is none).
    async fn tracks_with_features(&self, tracks: &[TrackId]) -> Result<Vec<TrackId>>;

    /// Those of `artists` that were forgotten: they are kept out.
    async fn forgotten(&self, artists: &[ArtistId]) -> Result<Vec<ArtistId>>;

    /// The artists that `ids` at `source` belong to, by `artist_link`; unknown ids are absent.
    async fn artists_by_link(&self, source: Source, ids: &[String]) -> Result<Vec<(String, ArtistId)>>;

    /// Artists of which a facet of `source` is due, the longest waiting first: for each `(facet, cutoff)`, `ok` and fetched
    /// before `cutoff` (`None`: never due by age), or `failed` or `withheld` with `retry_at` absent or not after `now`, or never
    /// asked for (of artists with an id at the source, but those that only a dump brought). `market` is that of `top_tracks`. At most `limit`, after `after` of the last page in that order.
    ///
    /// The first page looks at every artist once, for those never asked for; later ones cost what they return.
    async fn due_artists(&self, due: &DueArtists, after: Option<&DueArtist>, limit: usize) -> Result<Vec<DueArtist>>;

    /// What failed and waits to be tried again: names and facets, the earliest `retry_at` first (before all, those without
    /// one), at most `limit`.
    async fn failures(&self, limit: usize) -> Result<Vec<Failure>>;

    /// Artists whose name is `name` to the letter, or, only where there is none, whose folded name is `fold(name)`;
    /// most followers first (unknown last), then by id.
    async fn artists_by_name(&self, name: &str) -> Result<Vec<sixpotify_core::Artist>>;

    /// All that is known of `artists`, sorted by id; ids that are not in the catalogue are absent.
    async fn artist_details(&self, artists: &[ArtistId]) -> Result<Vec<ArtistDetail>>;

    /// The next `limit` artist ids after `after`, in the byte order of ids; from the beginning where `after` is `None`.
    async fn artist_ids_after(&self, after: Option<&ArtistId>, limit: usize) -> Result<Vec<ArtistId>>;

    /// Stored neighbours of `artist`, nearest first, at most `limit`.
    async fn related(&self, artist: &ArtistId, limit: usize) -> Result<Vec<Related>>;

    /// Number of rows of the main tables.
    async fn counts(&self) -> Result<Counts>;

    /// Lists that have names without a final state, or that have failed ones.
    async fn pending(&self) -> Result<Vec<PendingList>>;

    /// The newest `limit` runs, newest first.
    async fn recent_runs(&self, limit: usize) -> Result<Vec<RunRecord>>;

    /// Closes connections and checkpoints files. Nothing written is lost without it.
    async fn close(&self);
}

/// A ranking of related artists under construction. Dropped unfinished, it leaves the present ranking as it was.
#[async_trait]
pub trait RelatedWriter: Send {
    /// Adds rows; readers do not see them yet.
    async fn write(&mut self, rows: &[RelatedRow]) -> Result<()>;

    /// Replaces the present ranking by the new one in one transaction; returns the number of its rows.
    async fn finish(self: Box<Self>) -> Result<u64>;
}

/// A shared catalogue.
pub type SharedStore = Arc<dyn Store>;
