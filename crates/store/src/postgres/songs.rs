//! All tracks as a stream, and the stored ranking as one.

use futures_util::stream::BoxStream;
use sixpotify_core::{ArtistId, Credit, TrackId};
use sqlx::Row;
use sqlx::postgres::{PgConnection, PgRow};

use super::pool::Pool;
use super::read::all;
use super::stream::chunks;
use super::value::{artist_id, feature_columns, features, number, optional_number, optional_word, word};
use crate::assemble::{CHUNK, SongRow, SongRows};
use crate::text::saturated_int;
use crate::{RankedPair, Result, SongInput};

/// All tracks, read chunk by chunk.
pub(super) fn songs(pool: &Pool) -> BoxStream<'static, Result<SongInput>> {
    chunks(pool, |connection, chunks| {
        Box::pin(async move {
            let mut after = String::new();
            loop {
                let rows = chunk(connection, &after).await?;
                let Some(last) = rows.tracks.last() else { return Ok(()) };
                last.id.as_str().clone_into(&mut after);
                if !chunks.send(rows.assemble()).await {
                    return Ok(());
                }
            }
        })
    })
}

fn track_id(row: &PgRow, column: usize) -> sqlx::Result<TrackId> {
    Ok(TrackId::from_stored(row.try_get::<String, _>(column)?))
}

fn song(row: &PgRow) -> sqlx::Result<SongRow> {
    let features = match optional_word(row, 5)? {
        Some(source) => Some((features(row, 6)?, source)),
        None => None,
    };
    Ok(SongRow {
        id: track_id(row, 0)?,
        name: row.try_get(1)?,
        date: row.try_get(2)?,
        popularity: optional_number::<i32, _>(row, 3)?,
        explicit: row.try_get(4)?,
        features,
    })
}

async fn chunk(connection: &mut PgConnection, after: &str) -> Result<SongRows> {
    let tracks = sqlx::query(concat!(
        "select t.id, t.name, coalesce(t.release_date, b.release_date), t.popularity, t.explicit, f.source, ",
        feature_columns!(),
        " from tracks t left join albums b on b.id = t.album_id left join audio_features f on f.track_id = t.id
          where t.id > $1 order by t.id limit $2"
    ))
    .bind(after)
    .bind(i64::from(CHUNK))
    .fetch_all(&mut *connection)
    .await?;
    let tracks = all(&tracks, song)?;
    let Some(last) = tracks.last() else { return Ok(SongRows::default()) };
    let last = last.id.as_str().to_owned();
    let mut of = async |sql| sqlx::query(sql).bind(after).bind(&last).fetch_all(&mut *connection).await;
    let credits = of("select track_id, artist_id, artist_name from track_artist
         where track_id > $1 and track_id <= $2 order by track_id, position, artist_id")
    .await?;
    let genres =
        of("select c.track_id, g.genre, g.source from track_artist c join artist_genre g on g.artist_id = c.artist_id
         where c.track_id > $1 and c.track_id <= $2 order by c.track_id, g.genre, g.source")
        .await?;
    let markets = of("select distinct track_id, market from top_tracks
         where track_id > $1 and track_id <= $2 order by track_id, market")
    .await?;
    Ok(SongRows {
        tracks,
        credits: all(&credits, |row| {
            Ok((track_id(row, 0)?, Credit { id: artist_id(row, 1)?, name: row.try_get(2)? }))
        })?,
        genres: all(&genres, |row| Ok((track_id(row, 0)?, (row.try_get(1)?, word(row, 2)?))))?,
        markets: all(&markets, |row| Ok((track_id(row, 0)?, row.try_get(1)?)))?,
    })
}

/// The stored ranking, read chunk by chunk.
pub(super) fn ranking(pool: &Pool, depth: u32) -> BoxStream<'static, Result<RankedPair>> {
    chunks(pool, move |connection, chunks| {
        Box::pin(async move {
            let mut after = ArtistId::from_stored("");
            loop {
                let rows = sqlx::query(
                    "with chunk as (select id, name from artists where id > $1 order by id limit $2)
                     select s.id, s.name, r.rank, r.related_id, n.name, r.distance
                     from chunk s left join related_artists r on r.artist_id = s.id and r.rank <= $3
                         left join artists n on n.id = r.related_id
                     order by s.id, r.rank",
                )
                .bind(after.as_str())
                .bind(i64::from(CHUNK))
                .bind(saturated_int(depth))
                .fetch_all(&mut *connection)
                .await?;
                let Some(last) = rows.last() else { return Ok(()) };
                after = artist_id(last, 0)?;
                let pairs = all(&rows, pair)?;
                if !chunks.send(pairs.into_iter().flatten().collect()).await {
                    return Ok(());
                }
            }
        })
    })
}

/// `None` for an artist without neighbours.
fn pair(row: &PgRow) -> sqlx::Result<Option<RankedPair>> {
    let Some(neighbour) = row.try_get::<Option<String>, _>(3)? else { return Ok(None) };
    Ok(Some(RankedPair {
        artist_id: artist_id(row, 0)?,
        artist: row.try_get(1)?,
        rank: number::<i32, _>(row, 2)?,
        neighbour_id: ArtistId::from_stored(neighbour),
        neighbour: row.try_get(4)?,
        distance: row.try_get(5)?,
    }))
}
