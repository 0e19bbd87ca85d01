//! What `relate` reads, as a stream, and the ranking that it writes.

use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use sixpotify_core::ArtistId;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, PgPool, Postgres};
use sqlx::{Connection, Row};

use super::copy::CopyText;
use super::read::all;
use super::value::{artist_id, feature_columns, features, optional_number};
use crate::assemble::{RELATE_CHUNK, RelateRows};
use crate::text::{clean, saturated_int};
use crate::{RelateInput, RelatedRow, RelatedWriter, Result, StoreError};

/// All artists, read chunk by chunk in one transaction that sees one moment.
pub(super) fn input(pool: &PgPool) -> BoxStream<'static, Result<RelateInput>> {
    let pool = pool.clone();
    let start = async move {
        let transaction = pool.begin_with("begin isolation level repeatable read read only").await?;
        Ok::<_, StoreError>(stream::try_unfold((transaction, None), |(mut transaction, after)| async move {
            let rows = chunk(&mut transaction, after.as_ref()).await?;
            match rows.artists.last() {
                Some((last, ..)) => {
                    let after = Some(last.clone());
                    Ok::<_, StoreError>(Some((stream::iter(rows.assemble()).map(Ok), (transaction, after))))
                }
                None => {
                    transaction.commit().await?;
                    Ok(None)
                }
            }
        }))
    };
    stream::once(start).try_flatten().try_flatten().boxed()
}

async fn chunk(connection: &mut PgConnection, after: Option<&ArtistId>) -> Result<RelateRows> {
    let after = after.map_or("", ArtistId::as_str);
    let artists = sqlx::query("select id, name, popularity from artists where id > $1 order by id limit $2")
        .bind(after)
        .bind(i64::from(RELATE_CHUNK))
        .fetch_all(&mut *connection)
        .await?;
    let artists = all(&artists, |row| Ok((artist_id(row, 0)?, row.try_get(1)?, optional_number::<i32, _>(row, 2)?)))?;
    let Some((last, ..)) = artists.last() else { return Ok(RelateRows::default()) };
    let genres = sqlx::query(
        "select artist_id, genre from artist_genre where artist_id > $1 and artist_id <= $2 order by artist_id, genre",
    )
    .bind(after)
    .bind(last.as_str())
    .fetch_all(&mut *connection)
    .await?;
    let features_of = sqlx::query(concat!(
        "select c.artist_id, ",
        feature_columns!(),
        " from track_artist c join audio_features f on f.track_id = c.track_id
          where c.artist_id > $1 and c.artist_id <= $2
            and num_nonnulls(f.danceability, f.energy, f.key, f.loudness, f.mode, f.speechiness, f.acousticness,
                f.instrumentalness, f.liveness, f.valence, f.tempo, f.time_signature, f.duration_ms) > 0
          order by c.artist_id, c.track_id"
    ))
    .bind(after)
    .bind(last.as_str())
    .fetch_all(&mut *connection)
    .await?;
    Ok(RelateRows {
        artists,
        genres: all(&genres, |row| Ok((artist_id(row, 0)?, row.try_get(1)?)))?,
        features: all(&features_of, |row| Ok((artist_id(row, 0)?, features(row, 1)?)))?,
    })
}

/// Bytes that are sent at once.
const CHUNK: usize = 256 * 1024;

/// A new ranking in a temporary table of a connection that is closed afterwards: no other session can see it, and the
/// server drops it with the session, however that ends.
struct Writer {
    connection: PoolConnection<Postgres>,
}

pub(super) async fn begin(pool: &PgPool) -> Result<Box<dyn RelatedWriter>> {
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
    Ok(Box::new(Writer { connection }))
}

#[async_trait]
impl RelatedWriter for Writer {
    async fn write(&mut self, rows: &[RelatedRow]) -> Result<()> {
        let mut copy = self.connection.copy_in_raw("copy pg_temp.related_next from stdin").await?;
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

    async fn finish(mut self: Box<Self>) -> Result<u64> {
        let mut transaction = self.connection.begin().await?;
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
}
