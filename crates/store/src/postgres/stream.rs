//! Long answers as streams: read in one transaction that sees one moment, by a task that stops when nobody listens.

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use sqlx::postgres::{PgConnection, PgRow};
use tokio::sync::mpsc;

use super::bulk::joined;
use super::pool::Pool;
use crate::{Result, StoreError};

/// Chunks that wait for a slower reader; this bounds the memory of a stream.
const WAITING_CHUNKS: usize = 2;

/// Rows that are handed over at once where they come one by one.
const ROWS: usize = 2_000;

/// Where a reading task puts what it read.
pub(super) struct Chunks<T> {
    sender: mpsc::Sender<Vec<T>>,
    pool: Pool,
}

impl<T: Send> Chunks<T> {
    /// False where nobody wants more.
    pub(super) async fn send(&self, chunk: Vec<T>) -> bool {
        let _unread = self.pool.unread();
        self.sender.send(chunk).await.is_ok()
    }
}

/// What `read` puts into its chunks, in order; its error, or that it died, comes last.
pub(super) fn chunks<T, F>(pool: &Pool, read: F) -> BoxStream<'static, Result<T>>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut PgConnection, Chunks<T>) -> BoxFuture<'c, Result<()>> + Send + 'static,
{
    let pool = pool.clone();
    let start = async move {
        let (sender, receiver) = mpsc::channel(WAITING_CHUNKS);
        let reading = tokio::spawn(async move {
            let all = async {
                let mut transaction = pool.begin_with("begin isolation level repeatable read read only").await?;
                read(&mut transaction, Chunks { sender, pool: pool.clone() }).await?;
                Ok(transaction.commit().await?)
            };
            pool.answered(all).await
        });
        Ok::<_, StoreError>(stream::try_unfold((receiver, Some(reading)), |(mut receiver, reading)| async move {
            if let Some(chunk) = receiver.recv().await {
                return Ok::<_, StoreError>(Some((chunk, (receiver, reading))));
            }
            // The end of the channel is the end of the rows only if the reader says so.
            if let Some(reading) = reading {
                joined(reading.await)?;
            }
            Ok(None)
        }))
    };
    stream::once(start).try_flatten().map_ok(|chunk: Vec<T>| stream::iter(chunk).map(Ok)).try_flatten().boxed()
}

/// The rows of one statement without parameters, as they come from the server.
pub(super) fn rows<T: Send + 'static>(
    pool: &Pool,
    sql: &'static str,
    read: fn(&PgRow) -> sqlx::Result<T>,
) -> BoxStream<'static, Result<T>> {
    chunks(pool, move |connection, chunks| {
        Box::pin(async move {
            let mut answer = sqlx::query(sql).fetch(connection);
            let mut chunk = Vec::with_capacity(ROWS);
            while let Some(row) = answer.try_next().await? {
                chunk.push(read(&row)?);
                if chunk.len() == ROWS {
                    let full = std::mem::replace(&mut chunk, Vec::with_capacity(ROWS));
                    if !chunks.send(full).await {
                        return Ok(());
                    }
                }
            }
            chunks.send(chunk).await;
            Ok(())
        })
    })
}
