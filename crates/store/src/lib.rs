//! The catalogue: one trait, two databases.
//!
//! [`Store`] is what the rest of the program sees; [`open`] gives the PostgreSQL or the SQLite one, by URL. Both hold
//! the same tables with the same names (DESIGN: tables), reached by plain SQL written for each, and pass the same
//! conformance suite. There are no business rules here: what to write is decided by the caller, and a batch is written
//! as a whole or not at all.

mod assemble;
mod batch;
#[cfg(feature = "testing")]
pub mod conformance;
mod error;
mod location;
mod migrate;
mod open;
mod postgres;
mod read;
mod rows;
mod sqlite;
mod text;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;
use sixpotify_core::{ArtistId, TrackId};

pub use batch::{
    AlbumList, Batch, FacetMark, Features, GenreList, Link, NameRecord, NameState, TopTracks, UnknownNameState,
};
pub use error::StoreError;
pub use location::redact;
pub use open::{Access, open};
pub use read::{
    AlbumEntry, ArtistDetail, Counts, FacetRecord, PendingList, RelateInput, Related, RelatedRow, RunRecord, TrackEntry,
};

/// What every method returns.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// A catalogue. Cheap to share; all methods may be called from many tasks at once.
#[async_trait]
pub trait Store: Send + Sync {
    /// Where it is, without secrets: `sqlite:/path/sixpotify.db`, `postgres://user@host:5432/name`.
    fn location(&self) -> String;

    /// Version of the schema that the catalogue has now; equals the newest migration after [`open`].
    async fn schema_version(&self) -> Result<u32>;

    // --- writing -----------------------------------------------------------------------------------------------

    /// Writes all of `batch` in one transaction, set by set; twice is the same as once.
    ///
    /// A `None` never overwrites a value that is there; a complete list replaces that artist's list from that source
    /// (and market). A row that would not change is left alone, `updated_at` included. Entries that repeat a key within
    /// the batch are merged, the later one winning.
    async fn write(&self, batch: &Batch, now: DateTime<Utc>) -> Result<()>;

    /// Records that a run of `job` began; `method` says how (for instance `relate`'s).
    async fn start_run(&self, job: &str, method: Option<&str>, now: DateTime<Utc>) -> Result<i64>;

    /// Records how a run ended: `outcome` is `done`, `paused` or `failed`, `counts` a JSON object.
    async fn finish_run(&self, id: i64, outcome: &str, counts: &serde_json::Value, now: DateTime<Utc>) -> Result<()>;

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

    /// Artists whose name is `name` to the letter, or, only where there is none, whose folded name is `fold(name)`;
    /// most followers first (unknown last), then by id.
    async fn artists_by_name(&self, name: &str) -> Result<Vec<sixpotify_core::Artist>>;

    /// All that is known of `artists`, sorted by id; ids that are not in the catalogue are absent.
    async fn artist_details(&self, artists: &[ArtistId]) -> Result<Vec<ArtistDetail>>;

    /// The next `limit` artist ids after `after`, in the byte order of ids; from the beginning where `after` is `None`.
    async fn artist_ids_after(&self, after: Option<&ArtistId>, limit: usize) -> Result<Vec<ArtistId>>;

    /// Stored neighbours of `artist`, nearest first, at most `limit`.
    async fn related(&self, artist: &ArtistId, limit: usize) -> Result<Vec<Related>>;

    /// What `relate` needs of every artist, in the byte order of ids: genres, and the features of the tracks on which the
    /// artist is credited, by track id.
    fn relate_input(&self) -> BoxStream<'_, Result<RelateInput>>;

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
