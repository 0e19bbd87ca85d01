//! Artists that a source does not have any more, and what it said of them.

use chrono::{DateTime, Utc};
use sixpotify_core::{ArtistId, Facet, Source};
use sqlx::postgres::PgConnection;

use super::pool::Pool;
use super::read::{all, artist_ids, rows_limit};
use super::value::artist_id;
use super::write::{column, persistently};
use crate::Result;
use crate::rows::only_from;
use crate::text::micros;

pub(super) async fn vanished(
    pool: &Pool,
    source: Source,
    before: DateTime<Utc>,
    limit: usize,
) -> Result<Vec<ArtistId>> {
    // All facets are named, for the index has them before the time.
    let rows = sqlx::query(
        "select distinct f.artist_id from facets f
         where f.source = $1 and f.facet = any($2::text[]) and f.market = '' and f.state = 'ok' and f.fetched_at < $3
           and exists (select from artist_link l where l.artist_id = f.artist_id and l.source = $1)
           and not exists (select from facets n
                           where n.artist_id = f.artist_id and n.source = $1 and n.state = 'ok' and n.fetched_at >= $3)
         order by 1 limit $4",
    )
    .bind(source.as_str())
    .bind(column(Facet::ALL, |facet| facet.as_str()))
    .bind(micros(before))
    .bind(rows_limit(limit))
    .persistent(false)
    .fetch_all(pool)
    .await?;
    all(&rows, |row| artist_id(row, 0))
}

pub(super) async fn take_back(
    pool: &Pool,
    source: Source,
    artists: &[ArtistId],
    now: DateTime<Utc>,
) -> Result<Vec<ArtistId>> {
    persistently(pool, || once(pool, source, artists, micros(now))).await
}

async fn once(pool: &Pool, source: Source, artists: &[ArtistId], now: DateTime<Utc>) -> Result<Vec<ArtistId>> {
    let mut transaction = pool.begin().await?;
    sqlx::query("select 1 from artists where id = any($1::text[]) order by id for update")
        .bind(artist_ids(artists))
        .persistent(false)
        .execute(&mut *transaction)
        .await?;
    let removed = sqlx::query(concat!(
        "delete from artists a where a.id = any($2::text[]) and ",
        only_from!("$1::text"),
        " returning a.id"
    ))
    .bind(source.as_str())
    .bind(artist_ids(artists))
    .persistent(false)
    .fetch_all(&mut *transaction)
    .await?;
    sqlx::query("delete from artist_link where artist_id = any($1::text[]) and source = $2")
        .bind(artist_ids(artists))
        .bind(source.as_str())
        .persistent(false)
        .execute(&mut *transaction)
        .await?;
    without_ids(&mut transaction, source.as_str(), &artist_ids(artists)).await?;
    sqlx::query("update artists set updated_at = $2 where id = any($1::text[]) and updated_at < $2")
        .bind(artist_ids(artists))
        .bind(now)
        .persistent(false)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    all(&removed, |row| artist_id(row, 0))
}

/// Deletes what a source said of `artists` that have no id there any more.
pub(super) async fn without_ids<T: AsRef<str>>(
    connection: &mut PgConnection,
    source: &str,
    artists: &[T],
) -> Result<()> {
    let artists: Vec<&str> = artists.iter().map(AsRef::as_ref).collect();
    macro_rules! delete_from {
        ($table:literal) => {
            concat!(
                "delete from ",
                $table,
                " t where t.artist_id = any($1::text[]) and t.source = $2
                    and not exists (select from artist_link l where l.artist_id = t.artist_id and l.source = $2)"
            )
        };
    }
    for sql in [
        delete_from!("artist_alias"),
        delete_from!("genre_vote"),
        delete_from!("artist_genre"),
        delete_from!("top_tracks"),
        delete_from!("source_related"),
        delete_from!("facets"),
    ] {
        sqlx::query(sql).bind(&artists).bind(source).persistent(false).execute(&mut *connection).await?;
    }
    Ok(())
}
