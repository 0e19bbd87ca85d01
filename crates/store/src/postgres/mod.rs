//! The catalogue in a PostgreSQL database.
//!
//! A pool of connections and one more per worker, SQL of PostgreSQL 12, no extensions. A connection that was lost is
//! replaced by the next call.

mod alias;
mod browse;
mod bulk;
mod chat;
mod claims;
mod connect;
mod copy;
mod corrections;
mod details;
mod due;
mod dumps;
mod error;
mod facts;
mod identity;
mod import;
mod load;
mod music;
mod pool;
mod read;
mod relate;
mod schema;
mod shared;
mod similarity;
mod songs;
mod stream;
mod value;
mod vanished;
mod write;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::Value;
use sixpotify_core::{Artist, ArtistId, Source, TrackId};
use sqlx::{Connection, Row};
use url::Url;

use self::connect::Server;
use self::load::Load;
use self::pool::Pool;
use crate::text::{clean, json_text, micros};
use crate::{
    Access, ArtistDetail, Batch, Counts, DueArtist, DueArtists, FacetRecord, Failure, NameRecord, PendingList, Related,
    RelatedWriter, Reserve, Reserved, Result, RunRecord, SourceKey, SourceState, Store, Worker,
};

/// How long closing waits for calls under way.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// A catalogue in a database of a server.
#[derive(Debug)]
pub(crate) struct Postgres {
    location: String,
    pool: Pool,
    /// For what is to be acknowledged.
    inbox: Pool,
    /// The first load of a dump, if it is under way here.
    load: Load,
}

impl Postgres {
    /// Opens, and where `access` wants it creates, the catalogue in the database at `url`.
    pub(crate) async fn open(url: Url, access: Access) -> Result<Self> {
        let server = Server::parse(url)?;
        let mut connection = server.connect().await?;
        schema::prepare(&mut connection, access, server.location()).await?;
        if access == Access::Write {
            load::mend(&mut connection).await?;
        }
        connection.close().await?;
        Ok(Self {
            location: server.location().to_owned(),
            pool: server.pool(),
            inbox: server.inbox(),
            load: Load::default(),
        })
    }
}

#[async_trait]
impl Store for Postgres {
    fn location(&self) -> String {
        self.location.clone()
    }

    async fn version(&self) -> Result<String> {
        let row = sqlx::query("select current_setting('server_version')").fetch_one(&self.pool).await?;
        let version: String = sqlx::Row::try_get(&row, 0)?;
        // Distributions add their own words behind it.
        Ok(format!("PostgreSQL {}", version.split(' ').next().unwrap_or_default()))
    }

    async fn schema_version(&self) -> Result<u32> {
        let row = sqlx::query("select coalesce(max(version), 0) from schema_migrations").fetch_one(&self.pool).await?;
        Ok(value::number::<i32, _>(&row, 0)?)
    }

    async fn size(&self) -> Result<u64> {
        let row = sqlx::query("select pg_database_size(current_database())").fetch_one(&self.pool).await?;
        Ok(value::number::<i64, _>(&row, 0)?)
    }

    async fn write_shared(&self, batch: Arc<Batch>, now: DateTime<Utc>) -> Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        write::batch(&self.pool, &batch, now).await
    }

    async fn start_run(&self, job: &str, method: Option<&str>, now: DateTime<Utc>) -> Result<i64> {
        let row = sqlx::query("insert into runs (job, method, started_at) values ($1, $2, $3) returning id")
            .bind(clean(job))
            .bind(method.map(clean))
            .bind(micros(now))
            .fetch_one(&self.pool)
            .await?;
        Ok(row.try_get(0)?)
    }

    async fn finish_run(&self, id: i64, outcome: &str, counts: &Value, now: DateTime<Utc>) -> Result<()> {
        sqlx::query("update runs set finished_at = $2, outcome = $3, counts = $4::jsonb where id = $1")
            .bind(id)
            .bind(micros(now))
            .bind(clean(outcome))
            .bind(json_text(counts))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    async fn settle_name(
        &self,
        list: &str,
        name: &str,
        artist: &ArtistId,
        how: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        corrections::settle_name(&self.pool, list, name, artist, how, now).await
    }

    async fn forget_artist(&self, artist: &ArtistId, now: DateTime<Utc>) -> Result<bool> {
        corrections::forget(&self.pool, artist, now).await
    }

    async fn merge_artist(&self, old: &ArtistId, new: &ArtistId, now: DateTime<Utc>) -> Result<()> {
        corrections::merge(&self.pool, old, new, now).await
    }

    async fn reserve_requests(&self, key: &SourceKey, wish: &Reserve, now: DateTime<Utc>) -> Result<Reserved> {
        self.pool.answered(shared::reserve(&self.pool, key, wish, now)).await
    }

    async fn return_requests(&self, key: &SourceKey, unused: u32, now: DateTime<Utc>) -> Result<()> {
        self.pool.answered(shared::give_back(&self.pool, key, unused, now)).await
    }

    async fn block_source(&self, key: &SourceKey, until: DateTime<Utc>, reason: &str) -> Result<()> {
        self.pool.answered(shared::block_until(&self.pool, key, until, reason)).await
    }

    async fn withhold(&self, key: &SourceKey, what: &str, now: DateTime<Utc>) -> Result<()> {
        self.pool.answered(shared::withhold(&self.pool, key, what, now)).await
    }

    async fn set_window_estimate(&self, key: &SourceKey, estimate: Option<u32>) -> Result<()> {
        self.pool.answered(shared::set_estimate(&self.pool, key, estimate)).await
    }

    async fn source_state(&self, key: &SourceKey, now: DateTime<Utc>) -> Result<SourceState> {
        self.pool.answered(shared::source_state(&self.pool, key, now)).await
    }

    async fn source_states(&self, now: DateTime<Utc>) -> Result<Vec<(SourceKey, SourceState)>> {
        self.pool.answered(shared::source_states(&self.pool, now)).await
    }

    async fn begin_work(&self, now: DateTime<Utc>) -> Result<Box<dyn Worker>> {
        claims::begin(&self.pool, now).await
    }

    async fn begin_related(&self) -> Result<Box<dyn RelatedWriter>> {
        relate::begin(&self.pool).await
    }

    async fn names(&self, list: &str, names: &[String]) -> Result<Vec<NameRecord>> {
        read::names(&self.pool, list, names).await
    }

    async fn names_found_anywhere(&self, names: &[String]) -> Result<Vec<NameRecord>> {
        read::names_found_anywhere(&self.pool, names).await
    }

    async fn facets(&self, artists: &[ArtistId]) -> Result<Vec<FacetRecord>> {
        read::facets(&self.pool, artists).await
    }

    async fn tracks_without_features(&self, artists: &[ArtistId]) -> Result<Vec<(ArtistId, TrackId)>> {
        read::tracks_without_features(&self.pool, artists).await
    }

    async fn tracks_with_features(&self, tracks: &[TrackId]) -> Result<Vec<TrackId>> {
        read::tracks_with_features(&self.pool, tracks).await
    }

    async fn forgotten(&self, artists: &[ArtistId]) -> Result<Vec<ArtistId>> {
        corrections::forgotten(&self.pool, artists).await
    }

    async fn artists_by_link(&self, source: Source, ids: &[String]) -> Result<Vec<(String, ArtistId)>> {
        read::artists_by_link(&self.pool, source, ids).await
    }

    async fn due_artists(&self, due: &DueArtists, after: Option<&DueArtist>, limit: usize) -> Result<Vec<DueArtist>> {
        due::due_artists(&self.pool, due, after, limit).await
    }

    async fn failures(&self, limit: usize) -> Result<Vec<Failure>> {
        due::failures(&self.pool, limit).await
    }

    async fn artists_by_name(&self, name: &str) -> Result<Vec<Artist>> {
        read::artists_by_name(&self.pool, name).await
    }

    async fn artist_details(&self, artists: &[ArtistId]) -> Result<Vec<ArtistDetail>> {
        self.pool.answered(details::artist_details(&self.pool, artists)).await
    }

    async fn artist_ids_after(&self, after: Option<&ArtistId>, limit: usize) -> Result<Vec<ArtistId>> {
        read::artist_ids_after(&self.pool, after, limit).await
    }

    async fn related(&self, artist: &ArtistId, limit: usize) -> Result<Vec<Related>> {
        read::related(&self.pool, artist, limit).await
    }

    async fn counts(&self) -> Result<Counts> {
        read::counts(&self.pool).await
    }

    async fn pending(&self) -> Result<Vec<PendingList>> {
        read::pending(&self.pool).await
    }

    async fn recent_runs(&self, limit: usize) -> Result<Vec<RunRecord>> {
        read::recent_runs(&self.pool, limit).await
    }

    async fn close(&self) {
        // Refuses new calls at once; a stream that somebody still holds does not keep the program from ending.
        let closed = async { tokio::join!(self.pool.close(), self.inbox.close()) };
        if tokio::time::timeout(CLOSE_TIMEOUT, closed).await.is_err() {
            tracing::debug!("connections to the catalogue were in use when it was closed");
        }
    }
}
