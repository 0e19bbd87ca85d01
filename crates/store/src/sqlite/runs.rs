//! The record of runs.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use serde_json::Value;

use super::value::{optional_json, optional_time, time, time_text};
use crate::text::{clean, json_text};
use crate::{Result, RunRecord};

pub(super) fn start(connection: &Connection, job: &str, method: Option<&str>, now: DateTime<Utc>) -> Result<i64> {
    connection.prepare_cached("insert into runs (job, method, started_at) values (?1, ?2, ?3)")?.execute(params![
        clean(job),
        method.map(clean),
        time_text(now)
    ])?;
    Ok(connection.last_insert_rowid())
}

pub(super) fn finish(
    connection: &Connection,
    id: i64,
    outcome: &str,
    counts: &Value,
    now: DateTime<Utc>,
) -> Result<()> {
    connection
        .prepare_cached("update runs set finished_at = ?2, outcome = ?3, counts = ?4 where id = ?1")?
        .execute(params![id, time_text(now), clean(outcome), json_text(counts)])?;
    Ok(())
}

pub(super) fn recent(connection: &Connection, limit: usize) -> Result<Vec<RunRecord>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(
        "select id, job, method, started_at, finished_at, outcome, counts from runs order by id desc limit ?1",
    )?;
    let rows = statement.query_map(params![limit], |row| {
        Ok(RunRecord {
            id: row.get(0)?,
            job: row.get(1)?,
            method: row.get(2)?,
            started_at: time(row, 3)?,
            finished_at: optional_time(row, 4)?,
            outcome: row.get(5)?,
            counts: optional_json(row, 6)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
