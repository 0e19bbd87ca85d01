//! Writing a batch: one transaction, one prepared statement per table, a row at a time. In one process that is faster
//! than anything that packs rows together.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::connection::Connections;
use super::value::time_text;
use super::{alias, facts, music};
use crate::rows::Rows;
use crate::text::Text;
use crate::{Batch, Result};

/// Writes `batch`; claims of ours that are settled by it are held no more when it is committed.
pub(super) fn batch(
    connection: &mut Connection,
    connections: &Connections,
    batch: &Batch,
    now: DateTime<Utc>,
) -> Result<()> {
    let rows = Rows::of(batch)?;
    let now = time_text(now);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    artists(&transaction, &rows, &now)?;
    links_and_genres(&transaction, &rows)?;
    alias::lists(&transaction, &rows, &now)?;
    facts::write(&transaction, &rows, &now)?;
    music::albums(&transaction, &rows)?;
    music::tracks(&transaction, &rows)?;
    music::top_tracks(&transaction, &rows)?;
    music::features(&transaction, &rows.features)?;
    marks(&transaction, &rows, &now)?;
    transaction.commit()?;
    if let Some(worker) = rows.worker {
        connections.held().release(worker, &rows.released);
    }
    Ok(())
}

/// A JSON array of `items`, for `json_each`.
pub(super) fn json<'t>(items: impl Iterator<Item = &'t Text<'t>>) -> String {
    items.map(|t| serde_json::Value::from(t.as_ref())).collect::<serde_json::Value>().to_string()
}

/// The rows of `sorted` whose `key` is `owner`.
pub(super) fn of<'r, T>(sorted: &'r [T], key: impl Fn(&T) -> &str, owner: &str) -> &'r [T] {
    let start = sorted.partition_point(|row| key(row) < owner);
    let length = sorted[start..].partition_point(|row| key(row) == owner);
    &sorted[start..start + length]
}

fn artists(transaction: &Transaction<'_>, rows: &Rows<'_>, now: &str) -> rusqlite::Result<()> {
    let mut upsert = transaction.prepare_cached(
        "insert into artists (id, name, followers, popularity, url, image_url, name_key, created_at, updated_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)
         on conflict (id) do update set
             name = excluded.name,
             followers = coalesce(excluded.followers, followers),
             popularity = coalesce(excluded.popularity, popularity),
             url = coalesce(excluded.url, url),
             image_url = coalesce(excluded.image_url, image_url),
             name_key = excluded.name_key,
             updated_at = excluded.updated_at
         where name is not excluded.name
            or name_key is not excluded.name_key
            or followers is not coalesce(excluded.followers, followers)
            or popularity is not coalesce(excluded.popularity, popularity)
            or url is not coalesce(excluded.url, url)
            or image_url is not coalesce(excluded.image_url, image_url)",
    )?;
    for r in &rows.artists {
        upsert.execute(params![r.id, r.name, r.followers, r.popularity, r.url, r.image_url, r.name_key(), now])?;
    }
    Ok(())
}

fn links_and_genres(transaction: &Transaction<'_>, rows: &Rows<'_>) -> rusqlite::Result<()> {
    let mut insert = transaction.prepare_cached(
        "insert into artist_link (artist_id, source, source_id) values (?1, ?2, ?3)
         on conflict (source, source_id) do nothing",
    )?;
    for r in &rows.links {
        insert.execute(params![r.artist_id, r.source, r.source_id])?;
    }

    let mut delete = transaction.prepare_cached(
        "delete from artist_genre where artist_id = ?1 and genre not in (select value from json_each(?2))",
    )?;
    for owner in &rows.genre_owners {
        let kept = of(&rows.genres, |r| &r.artist_id, owner);
        delete.execute(params![owner, json(kept.iter().map(|r| &r.genre))])?;
    }
    let mut upsert = transaction.prepare_cached(
        "insert into artist_genre (artist_id, genre, source) values (?1, ?2, ?3)
         on conflict (artist_id, genre) do update set source = excluded.source where source <> excluded.source",
    )?;
    for r in &rows.genres {
        upsert.execute(params![r.artist_id, r.genre, r.source])?;
    }
    Ok(())
}

fn marks(transaction: &Transaction<'_>, rows: &Rows<'_>, now: &str) -> rusqlite::Result<()> {
    let mut upsert = transaction.prepare_cached(
        "insert into facets (artist_id, facet, source, market, state, how, fetched_at, retry_at, attempts, error)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         on conflict (artist_id, facet, source, market) do update set
             state = excluded.state, how = excluded.how, fetched_at = excluded.fetched_at,
             retry_at = excluded.retry_at, attempts = excluded.attempts, error = excluded.error",
    )?;
    for r in &rows.facets {
        let retry_at = r.retry_at.map(time_text);
        upsert.execute(params![
            r.artist_id,
            r.facet,
            r.source,
            r.market,
            r.state,
            r.how,
            now,
            retry_at,
            r.attempts,
            r.error
        ])?;
    }

    let mut upsert = transaction.prepare_cached(
        "insert into ingest_names (list, name, name_key, state, artist_id, how, candidates, attempts, retry_at, updated_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         on conflict (list, name) do update set
             name_key = excluded.name_key, state = excluded.state, artist_id = excluded.artist_id, how = excluded.how,
             candidates = excluded.candidates, attempts = excluded.attempts, retry_at = excluded.retry_at,
             updated_at = excluded.updated_at
         where excluded.state <> 'pending'
           and (name_key <> excluded.name_key or state <> excluded.state or artist_id is not excluded.artist_id
             or how is not excluded.how or candidates is not excluded.candidates or attempts <> excluded.attempts
             or retry_at is not excluded.retry_at)",
    )?;
    for r in &rows.names {
        let retry_at = r.retry_at.map(time_text);
        upsert.execute(params![
            r.list,
            r.name,
            r.name_key,
            r.state,
            r.artist_id,
            r.how,
            r.candidates,
            r.attempts,
            retry_at,
            now
        ])?;
    }
    Ok(())
}
