//! Long answers as streams: read in one transaction on a blocking thread that stops when nobody listens.

use std::sync::Arc;

use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use rusqlite::{Connection, Row};
use tokio::sync::mpsc;

use super::connection::{Connections, joined};
use crate::{Result, StoreError};

/// Chunks that wait for a slower reader; this bounds the memory of a stream.
const WAITING_CHUNKS: usize = 2;

/// Rows that are handed over at once where they come one by one.
const ROWS: usize = 2_000;

/// Where a reading thread puts what it read.
pub(super) struct Chunks<T>(mpsc::Sender<Vec<T>>);

impl<T> Chunks<T> {
    /// False where nobody wants more.
    pub(super) fn send(&self, chunk: Vec<T>) -> bool {
        self.0.blocking_send(chunk).is_ok()
    }
}

/// What `read` puts into its chunks, in order; its error, or that it died, comes last.
pub(super) fn chunks<T, F>(connections: &Arc<Connections>, read: F) -> BoxStream<'static, Result<T>>
where
    T: Send + 'static,
    F: FnOnce(&Connection, &Chunks<T>) -> Result<()> + Send + 'static,
{
    let connections = connections.clone();
    let start = async move {
        let (sender, receiver) = mpsc::channel(WAITING_CHUNKS);
        let reading = tokio::spawn(async move { connections.read(move |c| read(c, &Chunks(sender))).await });
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

/// The rows of one statement without parameters, as SQLite finds them.
pub(super) fn rows<T: Send + 'static>(
    connections: &Arc<Connections>,
    sql: &'static str,
    read: fn(&Row<'_>) -> rusqlite::Result<T>,
) -> BoxStream<'static, Result<T>> {
    chunks(connections, move |connection, chunks| {
        let mut statement = connection.prepare_cached(sql)?;
        let mut answer = statement.query([])?;
        let mut chunk = Vec::with_capacity(ROWS);
        while let Some(row) = answer.next()? {
            chunk.push(read(row)?);
            if chunk.len() == ROWS && !chunks.send(std::mem::replace(&mut chunk, Vec::with_capacity(ROWS))) {
                return Ok(());
            }
        }
        chunks.send(chunk);
        Ok(())
    })
}
