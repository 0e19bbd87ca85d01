//! Ids at sources that a person gives to an artist, or takes away.

use chrono::{DateTime, Utc};
use sixpotify_core::{ArtistId, Source};
use sqlx::Row;
use sqlx::postgres::PgConnection;

use super::pool::Pool;
use super::read::artist_ids;
use super::vanished::without_ids;
use super::write::persistently;
use crate::rows::{NoSuchArtist, key, undone};
use crate::text::{clean, micros};
use crate::{Link, Result};

pub(super) async fn add_link(pool: &Pool, link: &Link) -> Result<Option<ArtistId>> {
    persistently(pool, || add_once(pool, link)).await
}

async fn add_once(pool: &Pool, link: &Link) -> Result<Option<ArtistId>> {
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

pub(super) async fn reject_link(pool: &Pool, link: &Link, now: DateTime<Utc>) -> Result<bool> {
    persistently(pool, || reject_once(pool, link, micros(now))).await
}

async fn reject_once(pool: &Pool, link: &Link, now: DateTime<Utc>) -> Result<bool> {
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
    if gone && !has_ids(&mut transaction, &artist, source).await? {
        take_back(&mut transaction, &artist, link, now).await?;
    }
    transaction.commit().await?;
    Ok(gone)
}

async fn has_ids(connection: &mut PgConnection, artist: &str, source: &str) -> Result<bool> {
    let row = sqlx::query("select 1 from artist_link where artist_id = $1 and source = $2 limit 1")
        .bind(artist)
        .bind(source)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Takes back what was said of an artist by an id that is not its own.
async fn take_back(connection: &mut PgConnection, artist: &str, link: &Link, now: DateTime<Utc>) -> Result<()> {
    let mut said = false;
    for sql in undone::speaks_by(link.source).iter().filter_map(|source| undone::profile_of(*source)) {
        let rows = sqlx::query(sql).bind(artist).bind(now).execute(&mut *connection).await?;
        said |= rows.rows_affected() > 0;
    }
    for source in undone::speaks_by(link.source) {
        without_ids(connection, source.as_str(), &[artist]).await?;
    }
    if said {
        sqlx::query(undone::ASK_AGAIN).bind(artist).execute(&mut *connection).await?;
    }
    // Who follows the catalogue's names sees that some went.
    sqlx::query("update artists set updated_at = $2 where id = $1 and updated_at < $2")
        .bind(artist)
        .bind(now)
        .execute(&mut *connection)
        .await?;
    let Some((like, unlike)) = undone::own_ids(artist, link.source) else { return Ok(()) };
    for sql in undone::GOES {
        sqlx::query(sql).bind(artist).bind(&like).bind(unlike).execute(&mut *connection).await?;
    }
    let owner = ArtistId::new(link.source, &link.source_id);
    for sql in undone::GOES_TO_ITS_OWNER {
        let owner = clean(owner.as_str());
        sqlx::query(sql).bind(artist).bind(&like).bind(unlike).bind(owner).execute(&mut *connection).await?;
    }
    Ok(())
}

pub(super) async fn adopt_credits(pool: &Pool, source: Source, artists: &[ArtistId]) -> Result<u64> {
    let mut transaction = pool.begin().await?;
    let mut adopted = 0;
    for (sql, counts) in [
        (
            "insert into track_artist (track_id, artist_id, artist_name, position)
             select c.track_id, l.artist_id, c.artist_name, c.position
             from artist_link l join track_artist c on c.artist_id = l.source || ':' || l.source_id
             where l.source = $1 and l.artist_id = any($2::text[]) and l.artist_id <> c.artist_id
             order by c.track_id, l.artist_id
             on conflict (track_id, artist_id) do nothing",
            false,
        ),
        (
            "delete from track_artist c using artist_link l
             where l.source = $1 and l.artist_id = any($2::text[]) and l.artist_id <> c.artist_id
               and c.artist_id = l.source || ':' || l.source_id",
            true,
        ),
        (
            "insert into album_artist as t (album_id, artist_id, artist_name, position, album_group)
             select c.album_id, l.artist_id, c.artist_name, c.position, c.album_group
             from artist_link l join album_artist c on c.artist_id = l.source || ':' || l.source_id
             where l.source = $1 and l.artist_id = any($2::text[]) and l.artist_id <> c.artist_id
             order by c.album_id, l.artist_id
             on conflict (album_id, artist_id) do update set
                 artist_name = coalesce(t.artist_name, excluded.artist_name),
                 position = coalesce(t.position, excluded.position),
                 album_group = coalesce(t.album_group, excluded.album_group)",
            false,
        ),
        (
            "delete from album_artist c using artist_link l
             where l.source = $1 and l.artist_id = any($2::text[]) and l.artist_id <> c.artist_id
               and c.artist_id = l.source || ':' || l.source_id",
            true,
        ),
    ] {
        let rows = sqlx::query(sql)
            .bind(source.as_str())
            .bind(artist_ids(artists))
            .persistent(false)
            .execute(&mut *transaction)
            .await?;
        adopted += if counts { rows.rows_affected() } else { 0 };
    }
    transaction.commit().await?;
    Ok(adopted)
}
