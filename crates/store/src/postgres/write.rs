//! Writing a batch: one transaction, one or two statements per table, however many rows; the rows go as arrays.
//!
//! Locks are always taken in the same order: the artists whose lists are replaced, then table by table in the order of
//! [`Rows`], each table by key. Should two writers still meet head-on, the one that the server gives up is made again.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;

use super::error::lost_to_another;
use super::pool::Pool;
use super::{alias, bulk, claims, facts, music};
use crate::rows::Rows;
use crate::text::micros;
use crate::{Batch, Result, StoreError};

/// How often a transaction is made that the server gives up in favour of another.
const ATTEMPTS: u32 = 5;

pub(super) async fn batch(pool: &Pool, batch: &Batch, now: DateTime<Utc>) -> Result<()> {
    let now = micros(now);
    if batch.artists.len() >= bulk::FROM_ARTISTS {
        return bulk::batch(pool, batch, now).await;
    }
    let rows = Rows::of(batch)?;
    persistently(pool, || once(pool, &rows, now)).await
}

async fn once(pool: &Pool, rows: &Rows<'_>, now: DateTime<Utc>) -> Result<()> {
    let mut transaction = pool.begin().await?;
    lock_artists(&mut transaction, rows).await?;
    artists(&mut transaction, rows, now).await?;
    rest(&mut transaction, rows, now).await?;
    Ok(transaction.commit().await?)
}

/// Makes a transaction, and makes it again where it gave way to another one; gives it up where the server does not answer.
pub(super) async fn persistently<T: Send, F: Future<Output = Result<T>> + Send>(
    pool: &Pool,
    once: impl Fn() -> F,
) -> Result<T> {
    let mut attempt = 1;
    loop {
        match pool.answered(once()).await {
            Err(error) if made_again(&error, &mut attempt) => {}
            result => return result,
        }
    }
}

/// Whether a transaction that failed with `error` is made again; counts its attempts.
pub(super) fn made_again(error: &StoreError, attempt: &mut u32) -> bool {
    let again = *attempt < ATTEMPTS && lost_to_another(error);
    if again {
        tracing::debug!(attempt, %error, "a transaction gave way to another one and is made again");
        *attempt += 1;
    }
    again
}

/// A column of `rows` as an array.
pub(super) fn column<'r, R, T>(rows: &'r [R], value: impl Fn(&'r R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

/// Runs a statement that takes arrays, the first of them `$1`. With `planned`, the server plans it each time: a plan that
/// it keeps knows neither how long the arrays are nor how large its tables have become. Statements that only insert have
/// one plan anyway.
macro_rules! with_arrays {
    (planned $connection:expr, $sql:expr, $($array:expr),+ $(,)?) => {
        sqlx::query($sql)$(.bind($array))+.persistent(false).execute(&mut *$connection).await
    };
    ($connection:expr, $sql:expr, $($array:expr),+ $(,)?) => {
        sqlx::query($sql)$(.bind($array))+.execute(&mut *$connection).await
    };
}
pub(super) use with_arrays;

/// Keeps other writers away from the lists of these artists: of two lists that replace each other at the same time, rows
/// of both would remain.
pub(super) async fn lock_artists(connection: &mut PgConnection, rows: &Rows<'_>) -> Result<()> {
    let mut ids = rows.list_owners();
    if ids.is_empty() {
        return Ok(());
    }
    ids.extend(rows.artists.iter().map(|r| r.id.as_ref()));
    with_arrays!(planned connection, "select 1 from artists where id = any($1::text[]) order by id for no key update", ids)?;
    Ok(())
}

/// The tail of both statements that write artists, behind a row source named `s` and with the time as `$1`. Rows that
/// would not change are found by reading: `on conflict` alone would lock, and so write, every one of them.
macro_rules! upsert_artists {
    ($from:literal) => {
        concat!(
            "insert into artists as t
                 (id, name, followers, popularity, url, image_url, name_key, created_at, updated_at)
             select s.id, s.name, s.followers, s.popularity, s.url, s.image_url, s.name_key, $1, $1
             from ",
            $from,
            " left join artists a on a.id = s.id
             where a.id is null
                or (a.name, a.name_key, a.followers, a.popularity, a.url, a.image_url) is distinct from
                   (s.name, s.name_key, coalesce(s.followers, a.followers), coalesce(s.popularity, a.popularity),
                    coalesce(s.url, a.url), coalesce(s.image_url, a.image_url))
             order by s.id
             on conflict (id) do update set
                 name = excluded.name,
                 followers = coalesce(excluded.followers, t.followers),
                 popularity = coalesce(excluded.popularity, t.popularity),
                 url = coalesce(excluded.url, t.url),
                 image_url = coalesce(excluded.image_url, t.image_url),
                 name_key = excluded.name_key,
                 updated_at = excluded.updated_at
             where (t.name, t.name_key, t.followers, t.popularity, t.url, t.image_url) is distinct from
                   (excluded.name, excluded.name_key, coalesce(excluded.followers, t.followers),
                    coalesce(excluded.popularity, t.popularity), coalesce(excluded.url, t.url),
                    coalesce(excluded.image_url, t.image_url))"
        )
    };
}
pub(super) use upsert_artists;

async fn artists(connection: &mut PgConnection, rows: &Rows<'_>, now: DateTime<Utc>) -> Result<()> {
    let rows = &rows.artists;
    if rows.is_empty() {
        return Ok(());
    }
    with_arrays!(
        planned connection,
        upsert_artists!(
            "unnest($2::text[], $3::text[], $4::bigint[], $5::int[], $6::text[], $7::text[], $8::text[])
                 as s(id, name, followers, popularity, url, image_url, name_key)"
        ),
        now,
        column(rows, |r| r.id.as_ref()),
        column(rows, |r| r.name.as_ref()),
        column(rows, |r| r.followers),
        column(rows, |r| r.popularity),
        column(rows, |r| r.url.as_deref()),
        column(rows, |r| r.image_url.as_deref()),
        column(rows, |r| r.name_key()),
    )?;
    Ok(())
}

/// All tables but `artists`.
pub(super) async fn rest(connection: &mut PgConnection, rows: &Rows<'_>, now: DateTime<Utc>) -> Result<()> {
    links_and_genres(connection, rows).await?;
    alias::lists(connection, rows, now).await?;
    facts::write(connection, rows, now).await?;
    music::albums(connection, rows).await?;
    music::tracks(connection, rows).await?;
    music::top_tracks(connection, rows).await?;
    music::features(connection, &rows.features).await?;
    marks(connection, rows, now).await?;
    match rows.worker {
        Some(worker) => claims::release(connection, worker, &rows.released).await,
        None => Ok(()),
    }
}

async fn links_and_genres(connection: &mut PgConnection, rows: &Rows<'_>) -> Result<()> {
    if !rows.links.is_empty() {
        with_arrays!(
            connection,
            "insert into artist_link (artist_id, source, source_id)
             select * from unnest($1::text[], $2::text[], $3::text[]) as s(artist_id, source, source_id)
             order by s.source, s.source_id
             on conflict (source, source_id) do nothing",
            column(&rows.links, |r| r.artist_id.as_ref()),
            column(&rows.links, |r| r.source),
            column(&rows.links, |r| r.source_id.as_ref()),
        )?;
    }
    if rows.genre_owners.is_empty() {
        return Ok(());
    }
    let genres = &rows.genres;
    with_arrays!(
        planned connection,
        "delete from artist_genre t
         where t.artist_id = any($1::text[])
           and not exists (select from unnest($2::text[], $3::text[]) as s(artist_id, genre)
                           where s.artist_id = t.artist_id and s.genre = t.genre)",
        column(&rows.genre_owners, AsRef::as_ref),
        column(genres, |r| r.artist_id.as_ref()),
        column(genres, |r| r.genre.as_ref()),
    )?;
    with_arrays!(
        connection,
        "insert into artist_genre as t (artist_id, genre, source)
         select * from unnest($1::text[], $2::text[], $3::text[]) as s(artist_id, genre, source)
         order by s.artist_id, s.genre
         on conflict (artist_id, genre) do update set source = excluded.source where t.source <> excluded.source",
        column(genres, |r| r.artist_id.as_ref()),
        column(genres, |r| r.genre.as_ref()),
        column(genres, |r| r.source),
    )?;
    Ok(())
}

async fn marks(connection: &mut PgConnection, rows: &Rows<'_>, now: DateTime<Utc>) -> Result<()> {
    let (facets, names) = (&rows.facets, &rows.names);
    if !facets.is_empty() {
        with_arrays!(
            connection,
            "insert into facets (artist_id, facet, source, market, state, how, fetched_at, retry_at, attempts, error)
             select s.artist_id, s.facet, s.source, s.market, s.state, s.how, $1, s.retry_at, s.attempts, s.error
             from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[],
                 $9::bigint[], $10::text[])
                 as s(artist_id, facet, source, market, state, how, retry_at, attempts, error)
             order by s.artist_id, s.facet, s.source, s.market
             on conflict (artist_id, facet, source, market) do update set
                 state = excluded.state, how = excluded.how, fetched_at = excluded.fetched_at,
                 retry_at = excluded.retry_at, attempts = excluded.attempts, error = excluded.error",
            now,
            column(facets, |r| r.artist_id.as_ref()),
            column(facets, |r| r.facet),
            column(facets, |r| r.source),
            column(facets, |r| r.market.as_ref()),
            column(facets, |r| r.state),
            column(facets, |r| r.how.as_deref()),
            column(facets, |r| r.retry_at),
            column(facets, |r| r.attempts),
            column(facets, |r| r.error.as_deref()),
        )?;
    }
    if !names.is_empty() {
        with_arrays!(
            connection,
            "insert into ingest_names as t
                 (list, name, name_key, state, artist_id, how, candidates, attempts, retry_at, updated_at)
             select s.list, s.name, s.name_key, s.state, s.artist_id, s.how, s.candidates::jsonb, s.attempts,
                 s.retry_at, $1
             from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                 $9::bigint[], $10::timestamptz[])
                 as s(list, name, name_key, state, artist_id, how, candidates, attempts, retry_at)
             order by s.list, s.name
             on conflict (list, name) do update set
                 name_key = excluded.name_key, state = excluded.state, artist_id = excluded.artist_id,
                 how = excluded.how, candidates = excluded.candidates, attempts = excluded.attempts,
                 retry_at = excluded.retry_at, updated_at = excluded.updated_at
             where excluded.state <> 'pending'
               and (t.name_key, t.state, t.artist_id, t.how, t.candidates, t.attempts, t.retry_at) is distinct from
                   (excluded.name_key, excluded.state, excluded.artist_id, excluded.how, excluded.candidates,
                    excluded.attempts, excluded.retry_at)",
            now,
            column(names, |r| r.list.as_ref()),
            column(names, |r| r.name.as_ref()),
            column(names, |r| r.name_key.as_str()),
            column(names, |r| r.state),
            column(names, |r| r.artist_id.as_deref()),
            column(names, |r| r.how.as_deref()),
            column(names, |r| r.candidates.as_deref()),
            column(names, |r| r.attempts),
            column(names, |r| r.retry_at),
        )?;
    }
    Ok(())
}
