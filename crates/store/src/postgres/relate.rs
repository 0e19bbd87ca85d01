//! What `relate` reads, as a stream, and the ranking that it writes.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use sixpotify_core::ArtistId;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, PgRow, Postgres};
use sqlx::{Connection, Row};

use super::copy::CopyText;
use super::pool::Pool;
use super::read::all;
use super::stream::chunks;
use super::value::{artist_id, feature_columns, features, number, optional_number, optional_word, word};
use super::write::{column, persistently};
use crate::assemble::{CHUNK as ARTISTS, RelateRows};
use crate::rows::{LISTS, entered};
use crate::text::{clean, saturated_int};
use crate::{Entry, FEATURE_COUNT, MeanFeatures, RelateInput, RelatedRow, RelatedWriter, Replaced, Result};

/// All artists, read chunk by chunk.
pub(super) fn input(pool: &Pool) -> BoxStream<'static, Result<RelateInput>> {
    chunks(pool, |connection, chunks| {
        Box::pin(async move {
            let mut after = String::new();
            loop {
                let rows = chunk(connection, &after).await?;
                let Some((last, ..)) = rows.artists.last() else { return Ok(()) };
                last.as_str().clone_into(&mut after);
                if !chunks.send(rows.assemble()).await {
                    return Ok(());
                }
            }
        })
    })
}

async fn chunk(connection: &mut PgConnection, after: &str) -> Result<RelateRows> {
    let artists = sqlx::query("select id, name, popularity from artists where id > $1 order by id limit $2")
        .bind(after)
        .bind(i64::from(ARTISTS))
        .fetch_all(&mut *connection)
        .await?;
    let artists = all(&artists, |row| Ok((artist_id(row, 0)?, row.try_get(1)?, optional_number::<i32, _>(row, 2)?)))?;
    let Some((last, ..)) = artists.last() else { return Ok(RelateRows::default()) };
    let last = last.as_str().to_owned();
    let mut of = async |sql| sqlx::query(sql).bind(after).bind(&last).fetch_all(&mut *connection).await;
    let profile_from = of("select artist_id, source from facets
         where artist_id > $1 and artist_id <= $2 and facet = 'profile' and state = 'ok' order by artist_id")
    .await?;
    let genres = of("select artist_id, genre, source from artist_genre
         where artist_id > $1 and artist_id <= $2 order by artist_id, genre")
    .await?;
    let tracks = of(concat!(
        "select c.artist_id, f.source, ",
        feature_columns!(),
        " from track_artist c join audio_features f on f.track_id = c.track_id
          where c.artist_id > $1 and c.artist_id <= $2
            and num_nonnulls(f.danceability, f.energy, f.key, f.loudness, f.mode, f.speechiness, f.acousticness,
                f.instrumentalness, f.liveness, f.valence, f.tempo, f.time_signature, f.duration_ms) > 0
          order by c.artist_id, c.track_id"
    ))
    .await?;
    let features_of = of(concat!(
        "select f.artist_id, f.source, f.n_tracks, ",
        feature_columns!(),
        " from artist_features f where f.artist_id > $1 and f.artist_id <= $2 order by f.artist_id, f.source"
    ))
    .await?;
    let dates = of("select c.artist_id, c.track_id, f.source, coalesce(t.release_date, b.release_date)
         from track_artist c join tracks t on t.id = c.track_id left join albums b on b.id = t.album_id
             left join audio_features f on f.track_id = c.track_id
         where c.artist_id > $1 and c.artist_id <= $2 and coalesce(t.release_date, b.release_date) is not null
         order by c.artist_id, c.track_id")
    .await?;
    Ok(RelateRows {
        artists,
        profile_from: all(&profile_from, |row| Ok((artist_id(row, 0)?, word(row, 1)?)))?,
        genres: all(&genres, |row| Ok((artist_id(row, 0)?, (row.try_get(1)?, word(row, 2)?))))?,
        tracks: all(&tracks, |row| Ok((artist_id(row, 0)?, (features(row, 2)?, word(row, 1)?))))?,
        features: all(&features_of, |row| Ok((artist_id(row, 0)?, (mean_features(row, 2)?, word(row, 1)?))))?,
        dates: all(&dates, |row| Ok((artist_id(row, 0)?, (row.try_get(1)?, optional_word(row, 2)?, row.try_get(3)?))))?,
    })
}

/// Means from fourteen columns, the first, at `at`, the number of tracks.
fn mean_features(row: &PgRow, at: usize) -> sqlx::Result<MeanFeatures> {
    let mut values = [None; FEATURE_COUNT];
    for (value, column) in values.iter_mut().zip(at + 1..) {
        *value = row.try_get(column)?;
    }
    Ok(MeanFeatures { n_tracks: optional_number::<i64, _>(row, at)?, values })
}

/// Replaces the neighbours of one artist, and enters it into those of others.
pub(super) async fn replace(
    pool: &Pool,
    artist: &ArtistId,
    rows: &[RelatedRow],
    entry: Option<&Entry>,
) -> Result<Replaced> {
    persistently(pool, || replace_once(pool, artist, rows, entry)).await
}

async fn replace_once(pool: &Pool, artist: &ArtistId, rows: &[RelatedRow], entry: Option<&Entry>) -> Result<Replaced> {
    let id = clean(artist.as_str());
    let mut transaction = pool.begin().await?;
    // After a whole ranking that is being swapped in, or before it, and one after the other: lists are read and written again.
    sqlx::raw_sql("lock table related_artists in share row exclusive mode").execute(&mut *transaction).await?;
    let own: Vec<RelatedRow> = rows.iter().map(|row| RelatedRow { artist_id: artist.clone(), ..row.clone() }).collect();
    let rows = write_lists(&mut transaction, std::slice::from_ref(artist), &own).await?;
    let mut lists = 0;
    if let Some(Entry { rows, depth }) = entry {
        let rows: BTreeMap<&ArtistId, &RelatedRow> = rows.iter().map(|row| (&row.artist_id, row)).collect();
        let mut owners: BTreeSet<ArtistId> = rows.keys().copied().cloned().collect();
        let holders = sqlx::query("select artist_id from related_artists where related_id = $1")
            .bind(&id)
            .fetch_all(&mut *transaction)
            .await?;
        owners.extend(all(&holders, |row| artist_id(row, 0))?);
        owners.remove(artist);
        let owners: Vec<ArtistId> = owners.into_iter().collect();
        for owners in owners.chunks(LISTS) {
            let mut next = Vec::new();
            let mut known = read_lists(&mut transaction, owners).await?;
            for owner in owners {
                let list = known.remove(owner).unwrap_or_default();
                next.extend(entered(list, artist, rows.get(owner).copied(), *depth));
            }
            write_lists(&mut transaction, owners, &next).await?;
        }
        let held = sqlx::query("select count(*) from related_artists where related_id = $1").bind(&id);
        lists = number::<i64, _>(&held.fetch_one(&mut *transaction).await?, 0)?;
    }
    transaction.commit().await?;
    Ok(Replaced { rows, lists })
}

/// The stored neighbours of some artists, each list in its order.
async fn read_lists(connection: &mut PgConnection, owners: &[ArtistId]) -> Result<BTreeMap<ArtistId, Vec<RelatedRow>>> {
    let rows = sqlx::query(
        "select artist_id, rank, related_id, distance, why from related_artists
         where artist_id = any($1::text[]) order by artist_id, rank",
    )
    .bind(column(owners, |owner| clean(owner.as_str())))
    .persistent(false)
    .fetch_all(connection)
    .await?;
    let rows = all(&rows, |row| {
        Ok(RelatedRow {
            artist_id: artist_id(row, 0)?,
            rank: number::<i32, _>(row, 1)?,
            related_id: artist_id(row, 2)?,
            distance: row.try_get(3)?,
            why: row.try_get(4)?,
        })
    })?;
    let mut lists: BTreeMap<ArtistId, Vec<RelatedRow>> = BTreeMap::new();
    for row in rows {
        lists.entry(row.artist_id.clone()).or_default().push(row);
    }
    Ok(lists)
}

/// Makes `rows` the neighbours of `owners`, as far as they are there.
async fn write_lists(connection: &mut PgConnection, owners: &[ArtistId], rows: &[RelatedRow]) -> Result<u64> {
    sqlx::query("delete from related_artists where artist_id = any($1::text[])")
        .bind(column(owners, |owner| clean(owner.as_str())))
        .persistent(false)
        .execute(&mut *connection)
        .await?;
    let inserted = sqlx::query(
        "insert into related_artists (artist_id, rank, related_id, distance, why)
         select s.artist_id, s.rank, s.related_id, s.distance, s.why
         from unnest($1::text[], $2::int[], $3::text[], $4::real[], $5::text[]) as s(artist_id, rank, related_id, distance, why)
         where exists (select from artists a where a.id = s.artist_id)
           and exists (select from artists a where a.id = s.related_id)",
    )
    .bind(column(rows, |r| clean(r.artist_id.as_str())))
    .bind(column(rows, |r| saturated_int(r.rank)))
    .bind(column(rows, |r| clean(r.related_id.as_str())))
    .bind(column(rows, |r| r.distance))
    .bind(column(rows, |r| clean(&r.why)))
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected())
}

/// Bytes that are sent at once.
const CHUNK: usize = 256 * 1024;

/// A new ranking in a temporary table of a connection that is closed afterwards: no other session can see it, and the
/// server drops it with the session, however that ends.
struct Writer {
    pool: Pool,
    connection: PoolConnection<Postgres>,
}

pub(super) async fn begin(pool: &Pool) -> Result<Box<dyn RelatedWriter>> {
    let begin = async {
        let mut connection = pool.acquire().await?;
        connection.close_on_drop();
        sqlx::raw_sql(
            "create temp table related_next (
                 artist_id text collate \"C\" not null, rank int not null, related_id text collate \"C\" not null,
                 distance real not null, why text not null
             )",
        )
        .execute(&mut *connection)
        .await?;
        Ok(connection)
    };
    Ok(Box::new(Writer { pool: pool.clone(), connection: pool.answered(begin).await? }))
}

#[async_trait]
impl RelatedWriter for Writer {
    async fn write(&mut self, rows: &[RelatedRow]) -> Result<()> {
        self.pool.answered(add(&mut self.connection, rows)).await
    }

    async fn finish(mut self: Box<Self>) -> Result<u64> {
        self.pool.answered(swap(&mut self.connection)).await
    }
}

async fn add(connection: &mut PgConnection, rows: &[RelatedRow]) -> Result<()> {
    let mut copy = connection.copy_in_raw("copy pg_temp.related_next from stdin").await?;
    let mut text = CopyText::default();
    for row in rows {
        text.text(&clean(row.artist_id.as_str()))
            .number(saturated_int(row.rank))
            .text(&clean(row.related_id.as_str()))
            .number(row.distance)
            .text(&clean(&row.why))
            .end_row();
        if text.len() >= CHUNK {
            copy.send(text.take()).await?;
        }
    }
    copy.send(text.take()).await?;
    copy.finish().await?;
    Ok(())
}

async fn swap(connection: &mut PgConnection) -> Result<u64> {
    let mut transaction = connection.begin().await?;
    // One ranking after the other; readers are not kept waiting.
    sqlx::raw_sql("lock table related_artists in share row exclusive mode; delete from related_artists")
        .execute(&mut *transaction)
        .await?;
    // Artists that went while the ranking was computed are left out of it.
    let inserted = sqlx::query(
        "insert into related_artists (artist_id, rank, related_id, distance, why)
         select n.artist_id, n.rank, n.related_id, n.distance, n.why from pg_temp.related_next n
         where exists (select from artists a where a.id = n.artist_id)
           and exists (select from artists a where a.id = n.related_id)",
    )
    .execute(&mut *transaction)
    .await?
    .rows_affected();
    transaction.commit().await?;
    Ok(inserted)
}
