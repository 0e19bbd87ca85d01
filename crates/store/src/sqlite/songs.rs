//! All tracks as a stream, and the stored ranking as one.

use std::sync::Arc;

use futures_util::stream::BoxStream;
use rusqlite::{Connection, Row, params};
use sixpotify_core::{ArtistId, Credit, TrackId};

use super::connection::Connections;
use super::stream::chunks;
use super::value::{artist_id, feature_columns, features, optional_word, single, word};
use crate::assemble::{CHUNK, SongRow, SongRows};
use crate::{RankedPair, Result, SongInput};

/// All tracks, read chunk by chunk.
pub(super) fn songs(connections: &Arc<Connections>) -> BoxStream<'static, Result<SongInput>> {
    chunks(connections, |connection, chunks| {
        let mut after = String::new();
        loop {
            let rows = chunk(connection, &after)?;
            let Some(last) = rows.tracks.last() else { return Ok(()) };
            last.id.as_str().clone_into(&mut after);
            if !chunks.send(rows.assemble()) {
                return Ok(());
            }
        }
    })
}

fn track_id(row: &Row<'_>, column: usize) -> rusqlite::Result<TrackId> {
    Ok(TrackId::from_stored(row.get::<_, String>(column)?))
}

fn song(row: &Row<'_>) -> rusqlite::Result<SongRow> {
    let features = match optional_word(row, 5)? {
        Some(source) => Some((features(row, 6)?, source)),
        None => None,
    };
    Ok(SongRow {
        id: track_id(row, 0)?,
        name: row.get(1)?,
        date: row.get(2)?,
        popularity: row.get(3)?,
        explicit: row.get(4)?,
        features,
    })
}

fn chunk(connection: &Connection, after: &str) -> rusqlite::Result<SongRows> {
    let tracks: Vec<SongRow> = connection
        .prepare_cached(concat!(
            "select t.id, t.name, coalesce(t.release_date, b.release_date), t.popularity, t.explicit, f.source, ",
            feature_columns!(),
            " from tracks t left join albums b on b.id = t.album_id left join audio_features f on f.track_id = t.id
              where t.id > ?1 order by t.id limit ?2"
        ))?
        .query_map(params![after, CHUNK], song)?
        .collect::<rusqlite::Result<_>>()?;
    let Some(last) = tracks.last() else { return Ok(SongRows::default()) };
    let range = params![after, last.id.as_str()];
    let credits = connection
        .prepare_cached(
            "select track_id, artist_id, artist_name from track_artist
             where track_id > ?1 and track_id <= ?2 order by track_id, position, artist_id",
        )?
        .query_map(range, |row| Ok((track_id(row, 0)?, Credit { id: artist_id(row, 1)?, name: row.get(2)? })))?
        .collect::<rusqlite::Result<_>>()?;
    let genres = connection
        .prepare_cached(
            "select c.track_id, g.genre, g.source
             from track_artist c cross join artist_genre g on g.artist_id = c.artist_id
             where c.track_id > ?1 and c.track_id <= ?2 order by c.track_id, g.genre, g.source",
        )?
        .query_map(range, |row| Ok((track_id(row, 0)?, (row.get(1)?, word(row, 2)?))))?
        .collect::<rusqlite::Result<_>>()?;
    let markets = connection
        .prepare_cached(
            "select distinct track_id, market from top_tracks
             where track_id > ?1 and track_id <= ?2 order by track_id, market",
        )?
        .query_map(range, |row| Ok((track_id(row, 0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(SongRows { tracks, credits, genres, markets })
}

/// The stored ranking, row by row along its key.
pub(super) fn ranking(connections: &Arc<Connections>, depth: u32) -> BoxStream<'static, Result<RankedPair>> {
    chunks(connections, move |connection, chunks| {
        // Cross joins keep the order of the tables: along the ranking's key, two look-ups per row.
        let mut statement = connection.prepare_cached(
            "select r.artist_id, a.name, r.rank, r.related_id, n.name, r.distance
             from related_artists r cross join artists a on a.id = r.artist_id cross join artists n on n.id = r.related_id
             where r.rank <= ?1 order by r.artist_id, r.rank",
        )?;
        let mut rows = statement.query(params![depth])?;
        let mut chunk = Vec::new();
        while let Some(row) = rows.next()? {
            chunk.push(RankedPair {
                artist_id: artist_id(row, 0)?,
                artist: row.get(1)?,
                rank: row.get(2)?,
                neighbour_id: ArtistId::from_stored(row.get::<_, String>(3)?),
                neighbour: row.get(4)?,
                distance: single(row.get(5)?),
            });
            if chunk.len() == CHUNK as usize && !chunks.send(std::mem::take(&mut chunk)) {
                return Ok(());
            }
        }
        chunks.send(chunk);
        Ok(())
    })
}
