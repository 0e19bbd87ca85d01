//! What `relate` reads, as a stream, and the ranking that it writes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use rusqlite::{Connection, Row, Transaction, TransactionBehavior, params};
use sixpotify_core::ArtistId;

use super::connection::{Connections, blocking};
use super::stream::chunks;
use super::value::{artist_id, count, decimal, feature_columns, features, optional_word, single, word};
use crate::assemble::{CHUNK as ARTISTS, RelateRows};
use crate::rows::entered;
use crate::text::{clean, saturated_int};
use crate::{Entry, FEATURE_COUNT, MeanFeatures, RelateInput, RelatedRow, RelatedWriter, Replaced, Result, StoreError};

/// All artists, read chunk by chunk.
pub(super) fn input(connections: &Arc<Connections>) -> BoxStream<'static, Result<RelateInput>> {
    chunks(connections, |connection, chunks| {
        let mut after = String::new();
        loop {
            let rows = chunk(connection, &after)?;
            let Some((last, ..)) = rows.artists.last() else { return Ok(()) };
            last.as_str().clone_into(&mut after);
            if !chunks.send(rows.assemble()) {
                return Ok(());
            }
        }
    })
}

fn chunk(connection: &Connection, after: &str) -> rusqlite::Result<RelateRows> {
    let artists: Vec<(ArtistId, String, Option<u8>)> = connection
        .prepare_cached("select id, name, popularity from artists where id > ?1 order by id limit ?2")?
        .query_map(params![after, ARTISTS], |row| Ok((artist_id(row, 0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let Some((last, ..)) = artists.last() else { return Ok(RelateRows::default()) };
    let range = params![after, last.as_str()];
    let profile_from = connection
        .prepare_cached(
            "select artist_id, source from facets
             where artist_id > ?1 and artist_id <= ?2 and facet = 'profile' and state = 'ok' order by artist_id",
        )?
        .query_map(range, |row| Ok((artist_id(row, 0)?, word(row, 1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let genres = connection
        .prepare_cached(
            "select artist_id, genre, source from artist_genre
             where artist_id > ?1 and artist_id <= ?2 order by artist_id, genre",
        )?
        .query_map(range, |row| Ok((artist_id(row, 0)?, (row.get(1)?, word(row, 2)?))))?
        .collect::<rusqlite::Result<_>>()?;
    // Cross joins keep the order of the tables: along the credits' index, one look-up per credit.
    let tracks = connection
        .prepare_cached(concat!(
            "select c.artist_id, f.source, ",
            feature_columns!(),
            " from track_artist c cross join audio_features f on f.track_id = c.track_id
              where c.artist_id > ?1 and c.artist_id <= ?2
                and coalesce(f.danceability, f.energy, f.key, f.loudness, f.mode, f.speechiness, f.acousticness,
                    f.instrumentalness, f.liveness, f.valence, f.tempo, f.time_signature, f.duration_ms) is not null
              order by c.artist_id, c.track_id"
        ))?
        .query_map(range, |row| Ok((artist_id(row, 0)?, (features(row, 2)?, word(row, 1)?))))?
        .collect::<rusqlite::Result<_>>()?;
    let features = connection
        .prepare_cached(concat!(
            "select f.artist_id, f.source, f.n_tracks, ",
            feature_columns!(),
            " from artist_features f where f.artist_id > ?1 and f.artist_id <= ?2 order by f.artist_id, f.source"
        ))?
        .query_map(range, |row| Ok((artist_id(row, 0)?, (mean_features(row, 2)?, word(row, 1)?))))?
        .collect::<rusqlite::Result<_>>()?;
    let dates = connection
        .prepare_cached(
            "select c.artist_id, c.track_id, f.source, coalesce(t.release_date, b.release_date)
             from track_artist c cross join tracks t on t.id = c.track_id left join albums b on b.id = t.album_id
                 left join audio_features f on f.track_id = c.track_id
             where c.artist_id > ?1 and c.artist_id <= ?2 and coalesce(t.release_date, b.release_date) is not null
             order by c.artist_id, c.track_id",
        )?
        .query_map(range, |row| Ok((artist_id(row, 0)?, (row.get(1)?, optional_word(row, 2)?, row.get(3)?))))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(RelateRows { artists, profile_from, genres, tracks, features, dates })
}

/// Means from fourteen columns, the first, at `at`, the number of tracks.
fn mean_features(row: &Row<'_>, at: usize) -> rusqlite::Result<MeanFeatures> {
    let mut values = [None; FEATURE_COUNT];
    for (value, column) in values.iter_mut().zip(at + 1..) {
        *value = row.get::<_, Option<f64>>(column)?.map(single);
    }
    Ok(MeanFeatures { n_tracks: row.get(at)?, values })
}

/// Replaces the neighbours of one artist, and enters it into those of others.
pub(super) fn replace(
    connection: &mut Connection,
    artist: &ArtistId,
    rows: &[RelatedRow],
    entry: Option<&Entry>,
) -> Result<Replaced> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let rows = write_list(&transaction, artist, rows)?;
    let mut lists = 0;
    if let Some(Entry { rows, depth }) = entry {
        let rows: BTreeMap<&ArtistId, &RelatedRow> = rows.iter().map(|row| (&row.artist_id, row)).collect();
        let mut owners: BTreeSet<ArtistId> = rows.keys().copied().cloned().collect();
        owners.extend(
            transaction
                .prepare_cached("select artist_id from related_artists where related_id = ?1")?
                .query_map(params![clean(artist.as_str())], |row| artist_id(row, 0))?
                .collect::<rusqlite::Result<Vec<_>>>()?,
        );
        for owner in owners.iter().filter(|owner| *owner != artist) {
            let list = entered(read_list(&transaction, owner)?, artist, rows.get(owner).copied(), *depth);
            write_list(&transaction, owner, &list)?;
        }
        let held = "select count(*) from related_artists where related_id = ?1";
        lists = transaction.query_row(held, params![clean(artist.as_str())], |row| count(row, 0))?;
    }
    transaction.commit()?;
    Ok(Replaced { rows, lists })
}

/// The stored neighbours of one artist.
fn read_list(transaction: &Transaction<'_>, artist: &ArtistId) -> rusqlite::Result<Vec<RelatedRow>> {
    transaction
        .prepare_cached(
            "select rank, related_id, distance, why from related_artists where artist_id = ?1 order by rank",
        )?
        .query_map(params![artist.as_str()], |row| {
            let (rank, related_id) = (row.get(0)?, artist_id(row, 1)?);
            let (distance, why) = (single(row.get(2)?), row.get(3)?);
            Ok(RelatedRow { artist_id: artist.clone(), rank, related_id, distance, why })
        })?
        .collect()
}

/// Makes `rows` the neighbours of one artist, as far as they are there.
fn write_list(transaction: &Transaction<'_>, artist: &ArtistId, rows: &[RelatedRow]) -> rusqlite::Result<u64> {
    let id = clean(artist.as_str());
    transaction.prepare_cached("delete from related_artists where artist_id = ?1")?.execute(params![id])?;
    let mut insert = transaction.prepare_cached(
        "insert into related_artists (artist_id, rank, related_id, distance, why)
         select a.id, ?2, o.id, ?4, ?5 from artists a, artists o where a.id = ?1 and o.id = ?3",
    )?;
    let mut inserted = 0;
    for row in rows {
        let related = clean(row.related_id.as_str());
        let rank = saturated_int(row.rank);
        inserted += insert.execute(params![id, rank, related, decimal(row.distance), clean(&row.why)])?;
    }
    Ok(inserted as u64)
}

/// A new ranking in a temporary table of a connection of its own: it blocks nobody before [`RelatedWriter::finish`], and
/// is gone with the connection.
struct Writer {
    connections: Arc<Connections>,
    /// Absent after a call that failed or was given up.
    connection: Option<Connection>,
}

/// As the migrations make it.
const RELATED_INDEX: &str = "create index related_artists_related on related_artists (related_id)";

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
            // Made at once, and not row by row in whatever order they come, the index takes a fraction of the time. Readers see the old
            // ranking with the old index until the end.
            transaction.execute_batch("drop index if exists related_artists_related; delete from related_artists")?;
            // Artists that went while the ranking was computed are left out of it.
            let inserted = transaction.execute(
                "insert into related_artists (artist_id, rank, related_id, distance, why)
                 select artist_id, rank, related_id, distance, why from temp.related_next n
                 where exists (select 1 from artists where id = n.artist_id)
                   and exists (select 1 from artists where id = n.related_id)",
                [],
            )?;
            transaction.execute_batch(RELATED_INDEX)?;
            transaction.commit()?;
            Ok(inserted as u64)
        })
        .await
    }
}
