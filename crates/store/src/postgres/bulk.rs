//! Writing many artists at once: `COPY` into a temporary table, then one statement into `artists`.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sixpotify_core::Artist;
use sqlx::postgres::PgConnection;
use tokio::sync::mpsc;

use super::copy::CopyText;
use super::pool::Pool;
use super::write::{lock_artists, persistently, rest, upsert_artists};
use crate::rows::{Rows, artist_rows};
use crate::{Batch, Result, StoreError};

/// From how many artists on the temporary table is worth its making: measured, both ways take about the same time here.
pub(super) const FROM_ARTISTS: usize = 5_000;

/// Bytes that are sent at once.
const CHUNK: usize = 256 * 1024;

/// Chunks that wait for the server while the next ones are made.
const WAITING_CHUNKS: usize = 8;

/// The task that wrote died.
#[derive(Debug, thiserror::Error)]
#[error("a database task failed: {0}")]
struct TaskFailed(tokio::task::JoinError);

/// Writes `batch`. In a task of its own: a caller that gives up must not leave a connection in the middle of a `COPY`.
pub(super) async fn batch(pool: &Pool, batch: &Batch, now: DateTime<Utc>) -> Result<()> {
    let pool = pool.clone();
    let artists = Arc::new(batch.artists.clone());
    let batch = Batch {
        artists: Vec::new(),
        fills: batch.fills.clone(),
        links: batch.links.clone(),
        votes: batch.votes.clone(),
        related: batch.related.clone(),
        genres: batch.genres.clone(),
        aliases: batch.aliases.clone(),
        albums: batch.albums.clone(),
        tracks: batch.tracks.clone(),
        top_tracks: batch.top_tracks.clone(),
        features: batch.features.clone(),
        facets: batch.facets.clone(),
        names: batch.names.clone(),
        released: batch.released.clone(),
        worker: batch.worker,
    };
    let task = tokio::spawn(async move {
        let rows = Rows::of(&batch)?;
        persistently(&pool, || once(&pool, &artists, &rows, now)).await
    });
    joined(task.await)
}

async fn once(pool: &Pool, artists: &Arc<Vec<Artist>>, rows: &Rows<'_>, now: DateTime<Utc>) -> Result<()> {
    let mut transaction = pool.begin().await?;
    lock_artists(&mut transaction, rows).await?;
    write_artists(&mut transaction, artists, now).await?;
    rest(&mut transaction, rows, now).await?;
    Ok(transaction.commit().await?)
}

/// What a task returned, or how it died.
pub(super) fn joined<T>(result: std::result::Result<Result<T>, tokio::task::JoinError>) -> Result<T> {
    result.unwrap_or_else(|failure| Err(StoreError::Other(Box::new(TaskFailed(failure)))))
}

async fn write_artists(connection: &mut PgConnection, artists: &Arc<Vec<Artist>>, now: DateTime<Utc>) -> Result<()> {
    // The rows are made while the server takes in the ones before them.
    let (sender, mut receiver) = mpsc::channel(WAITING_CHUNKS);
    let artists = artists.clone();
    let encoding = tokio::task::spawn_blocking(move || encode(&artists, &sender));

    // A temporary table has no statistics: the planner would take it to be as large as any, hash all of `artists` and
    // spill that to disk for every batch. One look-up per row costs the same however many artists there are.
    sqlx::raw_sql(
        "set local enable_hashjoin = off;
         set local enable_mergejoin = off;
         set local work_mem = '64MB';
         create temp table artists_in (
             id text collate \"C\", name text collate \"C\", followers bigint, popularity int, url text, image_url text,
             name_key text collate \"C\"
         ) on commit drop",
    )
    .execute(&mut *connection)
    .await?;
    let mut copy = connection.copy_in_raw("copy artists_in from stdin").await?;
    while let Some(chunk) = receiver.recv().await {
        copy.send(chunk).await?;
    }
    match joined(encoding.await) {
        Ok(()) => copy.finish().await?,
        Err(error) => {
            copy.abort("the rows could not be made").await?;
            return Err(error);
        }
    };
    sqlx::query(upsert_artists!("artists_in s")).bind(now).execute(&mut *connection).await?;
    sqlx::raw_sql(
        "set local enable_hashjoin to default; set local enable_mergejoin to default; set local work_mem to default",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Sends the rows of `artists`, cleaned, unique and in order, in chunks; stops when nobody receives them.
fn encode(artists: &[Artist], sender: &mpsc::Sender<Vec<u8>>) -> Result<()> {
    let mut copy = CopyText::default();
    for row in artist_rows(artists)? {
        copy.text(&row.id)
            .text(&row.name)
            .optional_number(row.followers)
            .optional_number(row.popularity)
            .optional_text(row.url.as_deref())
            .optional_text(row.image_url.as_deref())
            .text(&row.name_key())
            .end_row();
        if copy.len() >= CHUNK && sender.blocking_send(copy.take()).is_err() {
            return Ok(());
        }
    }
    // A receiver that is gone has given up already.
    sender.blocking_send(copy.take()).unwrap_or_default();
    Ok(())
}
