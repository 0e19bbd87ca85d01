//! The catalogue in one SQLite file.
//!
//! Write-ahead log, one connection that writes and a few that read; every call runs on a blocking thread, in one
//! transaction. A caller that gives up does not stop a transaction half-way: it commits or rolls back as a whole.

mod connection;
mod details;
mod error;
mod music;
mod read;
mod relate;
mod runs;
mod schema;
mod value;
mod write;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;
use serde_json::Value;
use sixpotify_core::{Artist, ArtistId, TrackId};

use self::connection::{Connections, blocking};
use crate::{
    Access, ArtistDetail, Batch, Counts, FacetRecord, NameRecord, PendingList, RelateInput, Related, RelatedWriter,
    Result, RunRecord, Store, StoreError,
};

/// A catalogue in a file.
#[derive(Debug)]
pub(crate) struct Sqlite {
    connections: Arc<Connections>,
}

impl Sqlite {
    /// Opens, and where `access` wants it creates, the catalogue in the file at `path`.
    pub(crate) async fn open(path: PathBuf, access: Access) -> Result<Self> {
        blocking(move || {
            let shown = |path: &PathBuf| format!("sqlite:{}", path.display());
            let path = std::path::absolute(&path)
                .map_err(|error| StoreError::Unreachable { location: shown(&path), reason: error.to_string() })?;
            let location = shown(&path);
            let connections = Connections::new(path, location);
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

    async fn schema_version(&self) -> Result<u32> {
        self.connections.read(schema::version).await
    }

    async fn write(&self, batch: &Batch, now: DateTime<Utc>) -> Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        let batch = batch.clone();
        self.connections.write(move |c| write::batch(c, &batch, now)).await
    }

    async fn start_run(&self, job: &str, method: Option<&str>, now: DateTime<Utc>) -> Result<i64> {
        let (job, method) = (job.to_owned(), method.map(str::to_owned));
        self.connections.write(move |c| runs::start(c, &job, method.as_deref(), now)).await
    }

    async fn finish_run(&self, id: i64, outcome: &str, counts: &Value, now: DateTime<Utc>) -> Result<()> {
        let (outcome, counts) = (outcome.to_owned(), counts.clone());
        self.connections.write(move |c| runs::finish(c, id, &outcome, &counts, now)).await
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

    fn relate_input(&self) -> BoxStream<'_, Result<RelateInput>> {
        relate::input(&self.connections)
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
