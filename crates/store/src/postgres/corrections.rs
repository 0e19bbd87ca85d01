//! What is settled once for all: a name by a person, an artist that is kept out, two artists that are one.

use chrono::{DateTime, Utc};
use sixpotify_core::{ArtistId, fold};
use sqlx::Row;
use sqlx::postgres::PgConnection;

use super::pool::Pool;
use super::read::{all, artist_ids};
use super::similarity;
use super::value::artist_id;
use super::write::persistently;
use crate::Result;
use crate::rows::{LinkRow, NoSuchArtist, key};
use crate::text::{clean, micros};

pub(super) async fn settle_name(
    pool: &Pool,
    list: &str,
    name: &str,
    artist: &ArtistId,
    how: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    persistently(pool, || settle_once(pool, list, name, artist, how, now)).await
}

/// Who is chosen by name is not kept out any more.
async fn settle_once(
    pool: &Pool,
    list: &str,
    name: &str,
    artist: &ArtistId,
    how: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let now = micros(now);
    let (list, name, artist, how) = (clean(list), clean(name), clean(artist.as_str()), clean(how));
    key("ingest_names", [&list, &name])?;
    let mut transaction = pool.begin().await?;
    sqlx::query("select 1 from ingest_names where name = $1 order by list for update")
        .bind(&name)
        .execute(&mut *transaction)
        .await?;
    sqlx::query(
        "insert into ingest_names (list, name, name_key, state, artist_id, how, attempts, updated_at)
         values ($1, $2, $3, 'found', $4, $5, 0, $6) on conflict (list, name) do nothing",
    )
    .bind(&list)
    .bind(&name)
    .bind(fold(&name))
    .bind(&artist)
    .bind(&how)
    .bind(now)
    .execute(&mut *transaction)
    .await?;
    sqlx::query(
        "update ingest_names
         set state = 'found', artist_id = $2, how = $3, attempts = 0, retry_at = null, updated_at = $4
         where name = $1
           and (state, artist_id, how, attempts, retry_at) is distinct from ('found', $2, $3, 0, null::timestamptz)",
    )
    .bind(&name)
    .bind(&artist)
    .bind(&how)
    .bind(now)
    .execute(&mut *transaction)
    .await?;
    sqlx::query("delete from forgotten_artists where artist_id = $1").bind(&artist).execute(&mut *transaction).await?;
    Ok(transaction.commit().await?)
}

pub(super) async fn forgotten(pool: &Pool, artists: &[ArtistId]) -> Result<Vec<ArtistId>> {
    let rows =
        sqlx::query("select artist_id from forgotten_artists where artist_id = any($1::text[]) order by artist_id")
            .bind(artist_ids(artists))
            .fetch_all(pool)
            .await?;
    all(&rows, |row| artist_id(row, 0))
}

pub(super) async fn forget(pool: &Pool, artist: &ArtistId, now: DateTime<Utc>) -> Result<bool> {
    persistently(pool, || forget_once(pool, artist, micros(now))).await
}

/// Tracks and albums go with the artist where nobody else is credited on them, ranks them or has tracks on them.
/// On the others the artist stays credited: that is a fact about what others made.
async fn forget_once(pool: &Pool, artist: &ArtistId, now: DateTime<Utc>) -> Result<bool> {
    let id = clean(artist.as_str());
    key("forgotten_artists", [&id, ""])?;
    let mut transaction = pool.begin().await?;
    sqlx::query("select 1 from artists where id = $1 for update").bind(&id).execute(&mut *transaction).await?;
    sqlx::query(
        "insert into forgotten_artists as t (artist_id, name, forgotten_at)
         values ($1, (select name from artists where id = $1), $2)
         on conflict (artist_id) do update set name = excluded.name where excluded.name is not null",
    )
    .bind(&id)
    .bind(now)
    .execute(&mut *transaction)
    .await?;
    for sql in [
        "delete from tracks k
         where k.id in (select track_id from track_artist where artist_id = $1
                        union select track_id from top_tracks where artist_id = $1)
           and not exists (select from track_artist o where o.track_id = k.id and o.artist_id <> $1)
           and not exists (select from top_tracks o where o.track_id = k.id and o.artist_id <> $1)",
        "delete from albums b
         where b.id in (select album_id from album_artist where artist_id = $1)
           and not exists (select from album_artist o where o.album_id = b.id and o.artist_id <> $1)
           and not exists (select from tracks k where k.album_id = b.id)",
        // Without a position it was in the artist's list only, and no credit.
        "delete from album_artist where artist_id = $1 and position is null",
        "update album_artist set album_group = null where artist_id = $1 and album_group is not null",
    ] {
        sqlx::query(sql).bind(&id).execute(&mut *transaction).await?;
    }
    sqlx::query(
        "update ingest_names
         set state = 'not_found', artist_id = null, how = 'forgotten', candidates = null, attempts = 0, retry_at = null,
             updated_at = $2
         where artist_id = $1 and state = 'found'",
    )
    .bind(&id)
    .bind(now)
    .execute(&mut *transaction)
    .await?;
    let gone = sqlx::query("delete from artists where id = $1").bind(&id).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(gone.rows_affected() > 0)
}

pub(super) async fn merge(pool: &Pool, old: &ArtistId, new: &ArtistId, now: DateTime<Utc>) -> Result<()> {
    if clean(old.as_str()) == clean(new.as_str()) {
        return Ok(());
    }
    persistently(pool, || merge_once(pool, old, new, micros(now))).await
}

async fn merge_once(pool: &Pool, old: &ArtistId, new: &ArtistId, now: DateTime<Utc>) -> Result<()> {
    let link = LinkRow::to_itself(old);
    key("artist_link", [link.source, &link.source_id])?;
    let (from, into) = (clean(old.as_str()), clean(new.as_str()));
    let mut transaction = pool.begin().await?;
    let rows = sqlx::query("select id from artists where id in ($1, $2) order by id for update")
        .bind(&from)
        .bind(&into)
        .fetch_all(&mut *transaction)
        .await?;
    let there: Vec<String> = all(&rows, |row| row.try_get(0))?;
    if !there.contains(&into.to_string()) {
        return Err(NoSuchArtist::error(new));
    }
    if there.contains(&from.to_string()) {
        move_all(&mut transaction, &from, &into, now).await?;
    }
    sqlx::query("insert into artist_link (artist_id, source, source_id) values ($1, $2, $3) on conflict do nothing")
        .bind(&into)
        .bind(link.source)
        .bind(&link.source_id)
        .execute(&mut *transaction)
        .await?;
    Ok(transaction.commit().await?)
}

/// Moves all of one artist to another. A list goes as a whole, with its mark, and only to an artist that has none and was
/// not asked for one: two lists of one artist are not one. The profile's mark stays behind, as `into` has its own.
async fn move_all(connection: &mut PgConnection, from: &str, into: &str, now: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        "update artists n set
             followers = coalesce(n.followers, o.followers), popularity = coalesce(n.popularity, o.popularity),
             url = coalesce(n.url, o.url), image_url = coalesce(n.image_url, o.image_url),
             created_at = least(n.created_at, o.created_at),
             updated_at = case
                 when n.followers is null and o.followers is not null or n.popularity is null and o.popularity is not null
                   or n.url is null and o.url is not null or n.image_url is null and o.image_url is not null then $3
                 else n.updated_at end
         from artists o where o.id = $1 and n.id = $2",
    )
    .bind(from)
    .bind(into)
    .bind(now)
    .execute(&mut *connection)
    .await?;
    let lacks = sqlx::query(
        "with asked as (select facet from facets where artist_id = $1 and state = 'ok')
         select not exists (select from artist_genre where artist_id = $1)
                and not exists (select from asked where facet = 'genres'),
                not exists (select from album_artist where artist_id = $1 and album_group is not null)
                and not exists (select from asked where facet = 'albums'),
                not exists (select from top_tracks where artist_id = $1)
                and not exists (select from asked where facet in ('top_tracks', 'audio_features'))",
    )
    .bind(into)
    .fetch_one(&mut *connection)
    .await?;
    let mut moved: Vec<&str> = Vec::new();
    if lacks.try_get(0)? {
        moved.push("genres");
        both(connection, "update artist_genre set artist_id = $2 where artist_id = $1", from, into).await?;
    }
    if lacks.try_get(1)? {
        moved.push("albums");
    } else {
        both(
            connection,
            "update album_artist set album_group = null where artist_id = $1 and artist_id <> $2 and album_group is not null",
            from,
            into,
        )
        .await?;
    }
    if lacks.try_get(2)? {
        moved.extend(["top_tracks", "audio_features"]);
        both(connection, "update top_tracks set artist_id = $2 where artist_id = $1", from, into).await?;
    }
    for sql in [
        "update artist_link set artist_id = $2 where artist_id = $1",
        "insert into artist_alias (artist_id, alias, locale, alias_key, source)
         select $2, alias, locale, alias_key, source from artist_alias where artist_id = $1 order by alias, source
         on conflict (artist_id, alias, source) do nothing",
        "insert into genre_vote (artist_id, genre, source, weight)
         select $2, genre, source, weight from genre_vote o
         where artist_id = $1
           and not exists (select from genre_vote n where n.artist_id = $2 and n.source = o.source)
         order by genre, source",
        "insert into source_related (artist_id, source, rank, related_source_id, related_name, score)
         select $2, source, rank, related_source_id, related_name, score from source_related o
         where artist_id = $1
           and not exists (select from source_related n where n.artist_id = $2 and n.source = o.source)
         order by source, rank",
        "insert into rejected_links (artist_id, source, source_id, rejected_at)
         select $2, source, source_id, rejected_at from rejected_links where artist_id = $1 order by source, source_id
         on conflict (artist_id, source, source_id) do nothing",
        "delete from rejected_links where artist_id = $1 and artist_id <> $2",
        "insert into album_artist as t (album_id, artist_id, artist_name, position, album_group)
         select album_id, $2, artist_name, position, album_group from album_artist
         where artist_id = $1 and (position is not null or album_group is not null)
         order by album_id
         on conflict (album_id, artist_id) do update set
             artist_name = coalesce(t.artist_name, excluded.artist_name),
             position = coalesce(t.position, excluded.position),
             album_group = coalesce(t.album_group, excluded.album_group)",
        "delete from album_artist where artist_id = $1 and artist_id <> $2",
        "insert into track_artist (track_id, artist_id, artist_name, position)
         select track_id, $2, artist_name, position from track_artist where artist_id = $1 order by track_id
         on conflict (track_id, artist_id) do nothing",
        "delete from track_artist where artist_id = $1 and artist_id <> $2",
        "insert into related_artists (artist_id, rank, related_id, distance, why)
         select $2, rank, related_id, distance, why from related_artists
         where artist_id = $1 and related_id <> $2 and not exists (select from related_artists where artist_id = $2)",
        "update related_artists t set related_id = $2
         where related_id = $1 and artist_id <> $2
           and not exists (select from related_artists n where n.artist_id = t.artist_id and n.related_id = $2)",
    ] {
        both(connection, sql, from, into).await?;
    }
    sqlx::query(
        "insert into facets as t (artist_id, facet, source, market, state, how, fetched_at, retry_at, attempts, error)
         select $2, facet, source, market, state, how, fetched_at, retry_at, attempts, error from facets
         where artist_id = $1 and state = 'ok' and facet = any($3::text[])
         on conflict (artist_id, facet, source, market) do update set
             state = excluded.state, how = excluded.how, fetched_at = excluded.fetched_at,
             retry_at = excluded.retry_at, attempts = excluded.attempts, error = excluded.error",
    )
    .bind(from)
    .bind(into)
    .bind(moved)
    .execute(&mut *connection)
    .await?;
    sqlx::query("update ingest_names set artist_id = $2, updated_at = $3 where artist_id = $1")
        .bind(from)
        .bind(into)
        .bind(now)
        .execute(&mut *connection)
        .await?;
    similarity::move_all(connection, from, into).await?;
    sqlx::query("delete from artists where id = $1").bind(from).execute(connection).await?;
    Ok(())
}

/// Runs a statement of two artists, which are not the same. The server wants to see both parameters in it.
async fn both(connection: &mut PgConnection, sql: &'static str, from: &str, into: &str) -> Result<()> {
    sqlx::query(sql).bind(from).bind(into).execute(connection).await?;
    Ok(())
}
