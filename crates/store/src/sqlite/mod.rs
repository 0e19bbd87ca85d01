//! The catalogue in one SQLite file.
//!
//! Write-ahead log, one connection that writes and a few that read; every call runs on a blocking thread, in one
//! transaction. A caller that gives up does not stop a transaction half-way: it commits or rolls back as a whole.

mod alias;
mod browse;
mod chat;
mod claims;
mod connection;
mod corrections;
mod details;
mod due;
mod dumps;
mod error;
mod facts;
mod identity;
mod import;
mod music;
mod read;
mod relate;
mod runs;
mod schema;
mod shared;
mod similarity;
mod songs;
mod stream;
mod thread;
mod value;
mod vanished;
mod write;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::Value;
use sixpotify_core::{Artist, ArtistId, Source, TrackId};

use self::connection::{Connections, blocking};
use crate::location::SqliteFile;
use crate::{
    Access, ArtistDetail, Batch, Counts, DueArtist, DueArtists, FacetRecord, Failure, NameRecord, PendingList, Related,
    RelatedWriter, Reserve, Reserved, Result, RunRecord, SourceKey, SourceState, Store, StoreError, Worker,
};

/// A catalogue in a file.
#[derive(Debug)]
pub(crate) struct Sqlite {
    connections: Arc<Connections>,
}

impl Sqlite {
    /// Opens, and where `access` wants it creates, the catalogue in `file`.
    pub(crate) async fn open(file: SqliteFile, access: Access) -> Result<Self> {
        blocking(move || {
            let shown = |path: &PathBuf| format!("sqlite:{}", path.display());
            let SqliteFile { path, max_page_count } = file;
            let path = std::path::absolute(&path)
                .map_err(|error| StoreError::Unreachable { location: shown(&path), reason: error.to_string() })?;
            let location = shown(&path);
            let connections = Connections::new(path, location, max_page_count);
            schema::prepare(&connections, access)?;
            Ok(Self { connections: Arc::new(connections) })
        })
        .await
    }
}

#[async_trait]
impl Store for Sqlite {
    fn location(&self) -> String {
        self.connections.location().to_owned()
    }

    async fn version(&self) -> Result<String> {
        Ok(format!("SQLite {}", rusqlite::version()))
    }

    async fn schema_version(&self) -> Result<u32> {
        self.connections.read(schema::version).await
    }

    async fn size(&self) -> Result<u64> {
        self.connections.read(schema::size).await
    }

    async fn write_shared(&self, batch: Arc<Batch>, now: DateTime<Utc>) -> Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        let connections = self.connections.clone();
        self.connections.write(move |c| write::batch(c, &connections, &batch, now)).await
    }

    async fn start_run(&self, job: &str, method: Option<&str>, now: DateTime<Utc>) -> Result<i64> {
        let (job, method) = (job.to_owned(), method.map(str::to_owned));
        self.connections.write(move |c| runs::start(c, &job, method.as_deref(), now)).await
    }

    async fn finish_run(&self, id: i64, outcome: &str, counts: &Value, now: DateTime<Utc>) -> Result<()> {
        let (outcome, counts) = (outcome.to_owned(), counts.clone());
        self.connections.write(move |c| runs::finish(c, id, &outcome, &counts, now)).await
    }

    async fn settle_name(
        &self,
        list: &str,
        name: &str,
        artist: &ArtistId,
        how: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let (list, name, artist, how) = (list.to_owned(), name.to_owned(), artist.clone(), how.to_owned());
        self.connections.write(move |c| corrections::settle_name(c, &list, &name, &artist, &how, now)).await
    }

    async fn forget_artist(&self, artist: &ArtistId, now: DateTime<Utc>) -> Result<bool> {
        let artist = artist.clone();
        self.connections.write(move |c| corrections::forget(c, &artist, now)).await
    }

    async fn merge_artist(&self, old: &ArtistId, new: &ArtistId, now: DateTime<Utc>) -> Result<()> {
        let (old, new) = (old.clone(), new.clone());
        self.connections.write(move |c| corrections::merge(c, &old, &new, now)).await
    }

    async fn reserve_requests(&self, key: &SourceKey, wish: &Reserve, now: DateTime<Utc>) -> Result<Reserved> {
        let (key, wish) = (key.clone(), *wish);
        self.connections.write(move |c| shared::reserve(c, &key, &wish, now)).await
    }

    async fn return_requests(&self, key: &SourceKey, unused: u32, now: DateTime<Utc>) -> Result<()> {
        let key = key.clone();
        self.connections.write(move |c| shared::give_back(c, &key, unused, now)).await
    }

    async fn block_source(&self, key: &SourceKey, until: DateTime<Utc>, reason: &str) -> Result<()> {
        let (key, reason) = (key.clone(), reason.to_owned());
        self.connections.write(move |c| shared::block_until(c, &key, until, &reason)).await
    }

    async fn withhold(&self, key: &SourceKey, what: &str, now: DateTime<Utc>) -> Result<()> {
        let (key, what) = (key.clone(), what.to_owned());
        self.connections.write(move |c| shared::withhold(c, &key, &what, now)).await
    }

    async fn set_window_estimate(&self, key: &SourceKey, estimate: Option<u32>) -> Result<()> {
        let key = key.clone();
        self.connections.write(move |c| shared::set_estimate(c, &key, estimate)).await
    }

    async fn source_state(&self, key: &SourceKey, now: DateTime<Utc>) -> Result<SourceState> {
        let key = key.clone();
        self.connections.read(move |c| shared::source_state(c, &key, now)).await
    }

    async fn source_states(&self, now: DateTime<Utc>) -> Result<Vec<(SourceKey, SourceState)>> {
        self.connections.read(move |c| shared::source_states(c, now)).await
    }

    async fn begin_work(&self, now: DateTime<Utc>) -> Result<Box<dyn Worker>> {
        claims::begin(&self.connections, now).await
    }

    async fn begin_related(&self) -> Result<Box<dyn RelatedWriter>> {
        relate::begin(&self.connections).await
    }

    async fn names(&self, list: &str, names: &[String]) -> Result<Vec<NameRecord>> {
        let (list, names) = (list.to_owned(), names.to_vec());
        self.connections.read(move |c| read::names(c, &list, &names)).await
    }

    async fn names_found_anywhere(&self, names: &[String]) -> Result<Vec<NameRecord>> {
        let names = names.to_vec();
        self.connections.read(move |c| read::names_found_anywhere(c, &names)).await
    }

    async fn facets(&self, artists: &[ArtistId]) -> Result<Vec<FacetRecord>> {
        let artists = artists.to_vec();
        self.connections.read(move |c| read::facets(c, &artists)).await
    }

    async fn tracks_without_features(&self, artists: &[ArtistId]) -> Result<Vec<(ArtistId, TrackId)>> {
        let artists = artists.to_vec();
        self.connections.read(move |c| read::tracks_without_features(c, &artists)).await
    }

    async fn tracks_with_features(&self, tracks: &[TrackId]) -> Result<Vec<TrackId>> {
        let tracks = tracks.to_vec();
        self.connections.read(move |c| read::tracks_with_features(c, &tracks)).await
    }

    async fn forgotten(&self, artists: &[ArtistId]) -> Result<Vec<ArtistId>> {
        let artists = artists.to_vec();
        self.connections.read(move |c| corrections::forgotten(c, &artists)).await
    }

    async fn artists_by_link(&self, source: Source, ids: &[String]) -> Result<Vec<(String, ArtistId)>> {
        let ids = ids.to_vec();
        self.connections.read(move |c| read::artists_by_link(c, source, &ids)).await
    }

    async fn due_artists(&self, due: &DueArtists, after: Option<&DueArtist>, limit: usize) -> Result<Vec<DueArtist>> {
        let (due, after) = (due.clone(), after.cloned());
        self.connections.read(move |c| due::due_artists(c, &due, after.as_ref(), limit)).await
    }

    async fn failures(&self, limit: usize) -> Result<Vec<Failure>> {
        self.connections.read(move |c| due::failures(c, limit)).await
    }

    async fn artists_by_name(&self, name: &str) -> Result<Vec<Artist>> {
        let name = name.to_owned();
        self.connections.read(move |c| read::artists_by_name(c, &name)).await
    }

    async fn artist_details(&self, artists: &[ArtistId]) -> Result<Vec<ArtistDetail>> {
        let artists = artists.to_vec();
        self.connections.read(move |c| details::artist_details(c, &artists)).await
    }

    async fn artist_ids_after(&self, after: Option<&ArtistId>, limit: usize) -> Result<Vec<ArtistId>> {
        let after = after.cloned();
        self.connections.read(move |c| read::artist_ids_after(c, after.as_ref(), limit)).await
    }

    async fn related(&self, artist: &ArtistId, limit: usize) -> Result<Vec<Related>> {
        let artist = artist.clone();
        self.connections.read(move |c| read::related(c, &artist, limit)).await
    }

    async fn counts(&self) -> Result<Counts> {
        self.connections.read(read::counts).await
    }

    async fn pending(&self) -> Result<Vec<PendingList>> {
        self.connections.read(read::pending).await
    }

    async fn recent_runs(&self, limit: usize) -> Result<Vec<RunRecord>> {
        self.connections.read(move |c| runs::recent(c, limit)).await
    }

    async fn close(&self) {
        self.connections.close().await;
    }
}
