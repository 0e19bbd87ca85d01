//! Budgets, blocks and what is withheld: the state of keys at sources, shared by all processes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::postgres::{PgConnection, PgRow, Postgres};
use sqlx::{Row, Transaction};

use super::pool::Pool;
use super::read::all;
use super::value::{json, number, optional_number, word};
use crate::budget::{Counted, in_force, last_uncounted};
use crate::text::{Text, clean, micros, time_text};
use crate::{Reserve, Reserved, Result, SourceKey, SourceState};

/// The source and the fingerprint of `key`, as columns.
fn columns(key: &SourceKey) -> (&'static str, Text<'_>) {
    (key.source.as_str(), clean(&key.fingerprint))
}

/// A transaction of which nobody waits to see it on disk. A crash of the server may lose the counts of its last fraction
/// of a second, which is less than clocks differ; in exchange a reservation costs no disk access. Blocks, which must not
/// be forgotten, are written the ordinary way.
async fn begin(pool: &Pool) -> Result<Transaction<'static, Postgres>> {
    Ok(pool.begin_with("begin; set local synchronous_commit = off").await?)
}

/// Locks the row of `key`, made where there is none. Whoever holds it counts alone: the statements after this one see all
/// that earlier holders counted.
async fn lock(connection: &mut PgConnection, key: &SourceKey) -> Result<Counted> {
    let (source, fingerprint) = columns(key);
    loop {
        let row = sqlx::query(
            "select blocked_until, reason, paced_until from source_state
             where source = $1 and fingerprint = $2 for update",
        )
        .bind(source)
        .bind(&fingerprint)
        .fetch_optional(&mut *connection)
        .await?;
        if let Some(row) = row {
            return Ok(Counted { blocked: block(&row, 0)?, paced_until: row.try_get(2)?, ..Counted::default() });
        }
        sqlx::query("insert into source_state (source, fingerprint) values ($1, $2) on conflict do nothing")
            .bind(source)
            .bind(&fingerprint)
            .execute(&mut *connection)
            .await?;
    }
}

/// A block from two columns, the first at `at`.
fn block(row: &PgRow, at: usize) -> sqlx::Result<Option<(DateTime<Utc>, String)>> {
    let until: Option<DateTime<Utc>> = row.try_get(at)?;
    let reason: Option<String> = row.try_get(at + 1)?;
    Ok(until.map(|until| (until, reason.unwrap_or_default())))
}

pub(super) async fn reserve(pool: &Pool, key: &SourceKey, wish: &Reserve, now: DateTime<Utc>) -> Result<Reserved> {
    let now = micros(now);
    let (source, fingerprint) = columns(key);
    let mut transaction = begin(pool).await?;
    let mut counted = lock(&mut transaction, key).await?;
    let row = sqlx::query(
        "with gone as (delete from source_usage where source = $1 and fingerprint = $2 and minute <= $3)
         select coalesce(sum(requests), 0)::bigint, min(minute) filter (where requests > 0) from source_usage
         where source = $1 and fingerprint = $2 and minute > $3",
    )
    .bind(source)
    .bind(&fingerprint)
    .bind(last_uncounted(now))
    .fetch_one(&mut *transaction)
    .await?;
    counted.today = number::<i64, _>(&row, 0)?;
    counted.oldest = row.try_get(1)?;
    let (reserved, booking) = counted.grant(wish, now);
    if let Some(booking) = booking {
        sqlx::query(
            "with paced as (update source_state set paced_until = $3 where source = $1 and fingerprint = $2)
             insert into source_usage as t (source, fingerprint, minute, requests) values ($1, $2, $4, $5)
             on conflict (source, fingerprint, minute) do update set requests = t.requests + excluded.requests",
        )
        .bind(source)
        .bind(&fingerprint)
        .bind(booking.paced_until)
        .bind(booking.minute)
        .bind(i64::from(reserved.granted))
        .execute(&mut *transaction)
        .await?;
    }
    transaction.commit().await?;
    Ok(reserved)
}

pub(super) async fn give_back(pool: &Pool, key: &SourceKey, unused: u32, now: DateTime<Utc>) -> Result<()> {
    let (source, fingerprint) = columns(key);
    let mut transaction = begin(pool).await?;
    lock(&mut transaction, key).await?;
    // From the newest minutes that count: `later` are the requests of minutes newer than a row's own.
    sqlx::query(
        "update source_usage t set requests = t.requests - least(t.requests, $4 - s.later)
         from (select minute, (sum(requests) over (order by minute desc) - requests)::bigint as later
               from source_usage where source = $1 and fingerprint = $2 and minute > $3) s
         where t.source = $1 and t.fingerprint = $2 and t.minute = s.minute and s.later < $4",
    )
    .bind(source)
    .bind(&fingerprint)
    .bind(last_uncounted(micros(now)))
    .bind(i64::from(unused))
    .execute(&mut *transaction)
    .await?;
    Ok(transaction.commit().await?)
}

pub(super) async fn block_until(pool: &Pool, key: &SourceKey, until: DateTime<Utc>, reason: &str) -> Result<()> {
    let (source, fingerprint) = columns(key);
    sqlx::query(
        "insert into source_state as t (source, fingerprint, blocked_until, reason) values ($1, $2, $3, $4)
         on conflict (source, fingerprint) do update set blocked_until = excluded.blocked_until, reason = excluded.reason
         where t.blocked_until is null or t.blocked_until < excluded.blocked_until",
    )
    .bind(source)
    .bind(fingerprint)
    .bind(micros(until))
    .bind(clean(reason))
    .execute(pool)
    .await?;
    Ok(())
}

pub(super) async fn withhold(pool: &Pool, key: &SourceKey, what: &str, now: DateTime<Utc>) -> Result<()> {
    let (source, fingerprint) = columns(key);
    sqlx::query(
        "insert into source_state as t (source, fingerprint, withheld)
         values ($1, $2, jsonb_build_object($3::text, $4::text))
         on conflict (source, fingerprint) do update set withheld = t.withheld || excluded.withheld",
    )
    .bind(source)
    .bind(fingerprint)
    .bind(clean(what))
    .bind(time_text(now))
    .execute(pool)
    .await?;
    Ok(())
}

pub(super) async fn set_estimate(pool: &Pool, key: &SourceKey, estimate: Option<u32>) -> Result<()> {
    let (source, fingerprint) = columns(key);
    sqlx::query(
        "insert into source_state (source, fingerprint, window_estimate) values ($1, $2, $3)
         on conflict (source, fingerprint) do update set window_estimate = excluded.window_estimate",
    )
    .bind(source)
    .bind(fingerprint)
    .bind(estimate.map(i64::from))
    .execute(pool)
    .await?;
    Ok(())
}

/// The columns of [`state`], of every key; `$1` is the last minute that does not count.
macro_rules! states {
    () => {
        "select s.blocked_until, s.reason, s.withheld::text, s.window_estimate,
             (select coalesce(sum(u.requests), 0)::bigint from source_usage u
              where u.source = s.source and u.fingerprint = s.fingerprint and u.minute > $1),
             s.source, s.fingerprint
         from source_state s"
    };
}

fn state(row: &PgRow, now: DateTime<Utc>) -> sqlx::Result<SourceState> {
    let withheld: BTreeMap<String, DateTime<Utc>> = json(row, 2)?;
    Ok(SourceState {
        blocked: in_force(block(row, 0)?, now),
        withheld,
        window_estimate: optional_number::<i64, _>(row, 3)?,
        today: number::<i64, _>(row, 4)?,
    })
}

pub(super) async fn source_state(pool: &Pool, key: &SourceKey, now: DateTime<Utc>) -> Result<SourceState> {
    let now = micros(now);
    let (source, fingerprint) = columns(key);
    let row = sqlx::query(concat!(states!(), " where s.source = $2 and s.fingerprint = $3"))
        .bind(last_uncounted(now))
        .bind(source)
        .bind(fingerprint)
        .fetch_optional(pool)
        .await?;
    Ok(row.map(|row| state(&row, now)).transpose()?.unwrap_or_default())
}

pub(super) async fn source_states(pool: &Pool, now: DateTime<Utc>) -> Result<Vec<(SourceKey, SourceState)>> {
    let now = micros(now);
    let rows = sqlx::query(concat!(states!(), " order by s.source, s.fingerprint"))
        .bind(last_uncounted(now))
        .fetch_all(pool)
        .await?;
    all(&rows, |row| Ok((SourceKey { source: word(row, 5)?, fingerprint: row.try_get(6)? }, state(row, now)?)))
}
