//! Ids at sources that a person gives to an artist, or takes away.

use chrono::{DateTime, Utc};
use sixpotify_core::ArtistId;
use sqlx::Row;
use sqlx::postgres::PgPool;

use super::write::persistently;
use crate::rows::{NoSuchArtist, key};
use crate::text::{clean, micros};
use crate::{Link, Result};

pub(super) async fn add_link(pool: &PgPool, link: &Link) -> Result<Option<ArtistId>> {
    persistently(|| add_once(pool, link)).await
}

async fn add_once(pool: &PgPool, link: &Link) -> Result<Option<ArtistId>> {
    let (artist, source, id) = (clean(link.artist_id.as_str()), link.source.as_str(), clean(&link.source_id));
    key("artist_link", [source, &id])?;
    let mut transaction = pool.begin().await?;
    let there = sqlx::query("select 1 from artists where id = $1 for no key update")
        .bind(&artist)
        .fetch_optional(&mut *transaction)
        .await?;
    if there.is_none() {
        return Err(NoSuchArtist::error(&link.artist_id));
    }
    let former = sqlx::query("select artist_id from artist_link where source = $1 and source_id = $2 for update")
        .bind(source)
        .bind(&id)
        .fetch_optional(&mut *transaction)
        .await?;
    let former: Option<String> = former.map(|row| row.try_get(0)).transpose()?;
    sqlx::query(
        "insert into artist_link (artist_id, source, source_id) values ($1, $2, $3)
         on conflict (source, source_id) do update set artist_id = excluded.artist_id",
    )
    .bind(&artist)
    .bind(source)
    .bind(&id)
    .execute(&mut *transaction)
    .await?;
    sqlx::query("delete from rejected_links where artist_id = $1 and source = $2 and source_id = $3")
        .bind(&artist)
        .bind(source)
        .bind(&id)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(former.filter(|former| *former != artist).map(ArtistId::from_stored))
}

pub(super) async fn reject_link(pool: &PgPool, link: &Link, now: DateTime<Utc>) -> Result<bool> {
    persistently(|| reject_once(pool, link, micros(now))).await
}

async fn reject_once(pool: &PgPool, link: &Link, now: DateTime<Utc>) -> Result<bool> {
    let (artist, source, id) = (clean(link.artist_id.as_str()), link.source.as_str(), clean(&link.source_id));
    key("rejected_links", [&artist, &id])?;
    let mut transaction = pool.begin().await?;
    sqlx::query("select 1 from artists where id = $1 for no key update")
        .bind(&artist)
        .execute(&mut *transaction)
        .await?;
    sqlx::query(
        "insert into rejected_links (artist_id, source, source_id, rejected_at) values ($1, $2, $3, $4)
         on conflict (artist_id, source, source_id) do nothing",
    )
    .bind(&artist)
    .bind(source)
    .bind(&id)
    .bind(now)
    .execute(&mut *transaction)
    .await?;
    let gone = sqlx::query("delete from artist_link where artist_id = $1 and source = $2 and source_id = $3")
        .bind(&artist)
        .bind(source)
        .bind(&id)
        .execute(&mut *transaction)
        .await?
        .rows_affected()
        > 0;
    if gone {
        for sql in [
            "delete from artist_alias t where t.artist_id = $1 and t.source = $2
               and not exists (select from artist_link l where l.artist_id = $1 and l.source = $2)",
            "delete from genre_vote t where t.artist_id = $1 and t.source = $2
               and not exists (select from artist_link l where l.artist_id = $1 and l.source = $2)",
            "delete from artist_genre t where t.artist_id = $1 and t.source = $2
               and not exists (select from artist_link l where l.artist_id = $1 and l.source = $2)",
            "delete from top_tracks t where t.artist_id = $1 and t.source = $2
               and not exists (select from artist_link l where l.artist_id = $1 and l.source = $2)",
            "delete from source_related t where t.artist_id = $1 and t.source = $2
               and not exists (select from artist_link l where l.artist_id = $1 and l.source = $2)",
            "delete from facets t where t.artist_id = $1 and t.source = $2
               and not exists (select from artist_link l where l.artist_id = $1 and l.source = $2)",
        ] {
            sqlx::query(sql).bind(&artist).bind(source).execute(&mut *transaction).await?;
        }
    }
    transaction.commit().await?;
    Ok(gone)
}
