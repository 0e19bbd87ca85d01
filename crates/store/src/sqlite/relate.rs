//! What `relate` reads, as a stream, and the ranking that it writes.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use rusqlite::{Connection, TransactionBehavior, params};
use sixpotify_core::ArtistId;
use tokio::sync::mpsc;

use super::connection::{Connections, blocking};
use super::value::{artist_id, decimal, feature_columns, features};
use crate::assemble::{RELATE_CHUNK, RelateRows};
use crate::text::{clean, saturated_int};
use crate::{RelateInput, RelatedRow, RelatedWriter, Result, StoreError};

/// Chunks that wait for a slower reader; with [`RELATE_CHUNK`] this bounds the memory of a stream.
const WAITING_CHUNKS: usize = 2;

/// All artists, read in one transaction on a blocking thread that stops when the stream is dropped.
pub(super) fn input(connections: &Arc<Connections>) -> BoxStream<'static, Result<RelateInput>> {
    let connections = connections.clone();
    let start = async move {
        let (sender, receiver) = mpsc::channel(WAITING_CHUNKS);
        let reading = tokio::spawn(async move {
            connections
                .read(move |connection| {
                    let mut after: Option<ArtistId> = None;
                    loop {
                        let chunk = chunk(connection, after.as_ref())?;
                        let Some((last, ..)) = chunk.artists.last() else { return Ok(()) };
                        after = Some(last.clone());
                        if sender.blocking_send(chunk.assemble()).is_err() {
                            return Ok(());
                        }
                    }
                })
                .await
        });
        Ok::<_, StoreError>(stream::try_unfold((receiver, Some(reading)), |(mut receiver, reading)| async move {
            if let Some(chunk) = receiver.recv().await {
                return Ok::<_, StoreError>(Some((chunk, (receiver, reading))));
            }
            // The end of the channel is the end of the artists only if the reader says so.
            if let Some(reading) = reading {
                super::connection::joined(reading.await)?;
            }
            Ok(None)
        }))
    };
    stream::once(start)
        .try_flatten()
        .map_ok(|chunk: Vec<RelateInput>| stream::iter(chunk).map(Ok))
        .try_flatten()
        .boxed()
}

fn chunk(connection: &Connection, after: Option<&ArtistId>) -> rusqlite::Result<RelateRows> {
    let after = after.map_or("", ArtistId::as_str);
    let artists: Vec<(ArtistId, String, Option<u8>)> = connection
        .prepare_cached("select id, name, popularity from artists where id > ?1 order by id limit ?2")?
        .query_map(params![after, RELATE_CHUNK], |row| Ok((artist_id(row, 0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let Some((last, ..)) = artists.last() else { return Ok(RelateRows::default()) };
    let range = params![after, last.as_str()];
    let genres = connection
        .prepare_cached(
            "select artist_id, genre from artist_genre
             where artist_id > ?1 and artist_id <= ?2 order by artist_id, genre",
        )?
        .query_map(range, |row| Ok((artist_id(row, 0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    // Cross joins keep the order of the tables: along the credits' index, one look-up per credit.
    let features = connection
        .prepare_cached(concat!(
            "select c.artist_id, ",
            feature_columns!(),
            " from track_artist c cross join audio_features f on f.track_id = c.track_id
              where c.artist_id > ?1 and c.artist_id <= ?2
                and coalesce(f.danceability, f.energy, f.key, f.loudness, f.mode, f.speechiness, f.acousticness,
                    f.instrumentalness, f.liveness, f.valence, f.tempo, f.time_signature, f.duration_ms) is not null
              order by c.artist_id, c.track_id"
        ))?
        .query_map(range, |row| Ok((artist_id(row, 0)?, features(row, 1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(RelateRows { artists, genres, features })
}

/// A new ranking in a temporary table of a connection of its own: it blocks nobody before [`RelatedWriter::finish`], and
/// is gone with the connection.
struct Writer {
    connections: Arc<Connections>,
    /// Absent after a call that failed or was given up.
    connection: Option<Connection>,
}

/// An earlier call on the same writer did not end well.
#[derive(Debug, thiserror::Error)]
#[error("the ranking under construction was lost by an earlier failure")]
struct Lost;

pub(super) async fn begin(connections: &Arc<Connections>) -> Result<Box<dyn RelatedWriter>> {
    let opener = connections.clone();
    let connection = blocking(move || {
        let connection = opener.open_writer(false)?;
        connection.execute_batch(
            "create temp table related_next (
                 artist_id text not null, rank int not null, related_id text not null, distance real not null, why text not null
             )",
        )?;
        Ok(connection)
    })
    .await?;
    Ok(Box::new(Writer { connections: connections.clone(), connection: Some(connection) }))
}

#[async_trait]
impl RelatedWriter for Writer {
    async fn write(&mut self, rows: &[RelatedRow]) -> Result<()> {
        let mut connection = self.connection.take().ok_or_else(|| StoreError::Other(Box::new(Lost)))?;
        let rows = rows.to_vec();
        let connection = blocking(move || {
            let transaction = connection.transaction()?;
            {
                let mut insert = transaction.prepare_cached(
                    "insert into temp.related_next (artist_id, rank, related_id, distance, why) values (?1, ?2, ?3, ?4, ?5)",
                )?;
                for row in &rows {
                    insert.execute(params![
                        clean(row.artist_id.as_str()),
                        saturated_int(row.rank),
                        clean(row.related_id.as_str()),
                        decimal(row.distance),
                        clean(&row.why)
                    ])?;
                }
            }
            transaction.commit()?;
            Ok(connection)
        })
        .await?;
        self.connection = Some(connection);
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<u64> {
        let mut connection = self.connection.take().ok_or_else(|| StoreError::Other(Box::new(Lost)))?;
        let alone = self.connections.alone().await?;
        blocking(move || {
            let _alone = alone;
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.execute("delete from related_artists", [])?;
            // Artists that went while the ranking was computed are left out of it.
            let inserted = transaction.execute(
                "insert into related_artists (artist_id, rank, related_id, distance, why)
                 select artist_id, rank, related_id, distance, why from temp.related_next n
                 where exists (select 1 from artists where id = n.artist_id)
                   and exists (select 1 from artists where id = n.related_id)",
                [],
            )?;
            transaction.commit()?;
            Ok(inserted as u64)
        })
        .await
    }
}
