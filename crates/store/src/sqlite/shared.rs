//! Budgets, blocks and what is withheld: the state of keys at sources, shared by all processes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use serde_json::json;

use super::value::{json, optional_time, time_text, word};
use crate::budget::{Counted, in_force, last_uncounted};
use crate::text::{Text, clean, json_text, micros};
use crate::{Reserve, Reserved, Result, SourceKey, SourceState};

/// The source and the fingerprint of `key`, as columns.
fn columns(key: &SourceKey) -> (&'static str, Text<'_>) {
    (key.source.as_str(), clean(&key.fingerprint))
}

/// A block from two columns, the first at `at`.
fn block(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<(DateTime<Utc>, String)>> {
    let reason: Option<String> = row.get(at + 1)?;
    Ok(optional_time(row, at)?.map(|until| (until, reason.unwrap_or_default())))
}

pub(super) fn reserve(
    connection: &mut Connection,
    key: &SourceKey,
    wish: &Reserve,
    now: DateTime<Utc>,
) -> Result<Reserved> {
    let now = micros(now);
    let (source, fingerprint) = columns(key);
    let uncounted = time_text(last_uncounted(now));
    // The lock of the writer is taken first: from here on this process counts alone.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut counted = transaction
        .prepare_cached(
            "select blocked_until, reason, paced_until from source_state where source = ?1 and fingerprint = ?2",
        )?
        .query_row(params![source, fingerprint], |row| {
            Ok(Counted { blocked: block(row, 0)?, paced_until: optional_time(row, 2)?, ..Counted::default() })
        })
        .optional()?
        .unwrap_or_default();
    transaction
        .prepare_cached("delete from source_usage where source = ?1 and fingerprint = ?2 and minute <= ?3")?
        .execute(params![source, fingerprint, uncounted])?;
    (counted.today, counted.oldest) = transaction
        .prepare_cached(
            "select coalesce(sum(requests), 0), min(minute) filter (where requests > 0) from source_usage
             where source = ?1 and fingerprint = ?2",
        )?
        .query_row(params![source, fingerprint], |row| Ok((row.get(0)?, optional_time(row, 1)?)))?;
    let (reserved, booking) = counted.grant(wish, now);
    if let Some(booking) = booking {
        transaction
            .prepare_cached(
                "insert into source_state (source, fingerprint, paced_until) values (?1, ?2, ?3)
                 on conflict (source, fingerprint) do update set paced_until = excluded.paced_until",
            )?
            .execute(params![source, fingerprint, time_text(booking.paced_until)])?;
        transaction
            .prepare_cached(
                "insert into source_usage (source, fingerprint, minute, requests) values (?1, ?2, ?3, ?4)
                 on conflict (source, fingerprint, minute) do update set requests = requests + excluded.requests",
            )?
            .execute(params![source, fingerprint, time_text(booking.minute), reserved.granted])?;
    }
    transaction.commit()?;
    Ok(reserved)
}

pub(super) fn give_back(connection: &Connection, key: &SourceKey, unused: u32, now: DateTime<Utc>) -> Result<()> {
    let (source, fingerprint) = columns(key);
    // From the newest minutes that count: `later` are the requests of minutes newer than a row's own.
    connection
        .prepare_cached(
            "update source_usage set requests = requests - min(requests, ?4 - s.later)
             from (select minute as of, sum(requests) over (order by minute desc) - requests as later
                   from source_usage where source = ?1 and fingerprint = ?2 and minute > ?3) s
             where source = ?1 and fingerprint = ?2 and minute = s.of and s.later < ?4",
        )?
        .execute(params![source, fingerprint, time_text(last_uncounted(micros(now))), unused])?;
    Ok(())
}

pub(super) fn block_until(connection: &Connection, key: &SourceKey, until: DateTime<Utc>, reason: &str) -> Result<()> {
    let (source, fingerprint) = columns(key);
    connection
        .prepare_cached(
            "insert into source_state (source, fingerprint, blocked_until, reason) values (?1, ?2, ?3, ?4)
             on conflict (source, fingerprint) do update
                 set blocked_until = excluded.blocked_until, reason = excluded.reason
             where blocked_until is null or blocked_until < excluded.blocked_until",
        )?
        .execute(params![source, fingerprint, time_text(until), clean(reason)])?;
    Ok(())
}

pub(super) fn withhold(connection: &Connection, key: &SourceKey, what: &str, now: DateTime<Utc>) -> Result<()> {
    let (source, fingerprint) = columns(key);
    // A new value for the key what; others stay.
    connection
        .prepare_cached(
            "insert into source_state (source, fingerprint, withheld) values (?1, ?2, ?3)
             on conflict (source, fingerprint) do update set withheld = json_patch(withheld, excluded.withheld)",
        )?
        .execute(params![source, fingerprint, json_text(&json!({ what: time_text(now) }))])?;
    Ok(())
}

pub(super) fn set_estimate(connection: &Connection, key: &SourceKey, estimate: Option<u32>) -> Result<()> {
    let (source, fingerprint) = columns(key);
    connection
        .prepare_cached(
            "insert into source_state (source, fingerprint, window_estimate) values (?1, ?2, ?3)
             on conflict (source, fingerprint) do update set window_estimate = excluded.window_estimate",
        )?
        .execute(params![source, fingerprint, estimate])?;
    Ok(())
}

/// The columns of [`state`], of every key; `?1` is the last minute that does not count.
macro_rules! states {
    () => {
        "select s.blocked_until, s.reason, s.withheld, s.window_estimate,
             (select coalesce(sum(u.requests), 0) from source_usage u
              where u.source = s.source and u.fingerprint = s.fingerprint and u.minute > ?1),
             s.source, s.fingerprint
         from source_state s"
    };
}

fn state(row: &Row<'_>, now: DateTime<Utc>) -> rusqlite::Result<SourceState> {
    let withheld: BTreeMap<String, DateTime<Utc>> = json(row, 2)?;
    Ok(SourceState {
        blocked: in_force(block(row, 0)?, now),
        withheld,
        window_estimate: row.get(3)?,
        today: row.get(4)?,
    })
}

pub(super) fn source_state(connection: &Connection, key: &SourceKey, now: DateTime<Utc>) -> Result<SourceState> {
    let now = micros(now);
    let (source, fingerprint) = columns(key);
    let state = connection
        .prepare_cached(concat!(states!(), " where s.source = ?2 and s.fingerprint = ?3"))?
        .query_row(params![time_text(last_uncounted(now)), source, fingerprint], |row| state(row, now))
        .optional()?;
    Ok(state.unwrap_or_default())
}

pub(super) fn source_states(connection: &Connection, now: DateTime<Utc>) -> Result<Vec<(SourceKey, SourceState)>> {
    let now = micros(now);
    let mut statement = connection.prepare_cached(concat!(states!(), " order by s.source, s.fingerprint"))?;
    let rows = statement.query_map(params![time_text(last_uncounted(now))], |row| {
        Ok((SourceKey { source: word(row, 5)?, fingerprint: row.get(6)? }, state(row, now)?))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
