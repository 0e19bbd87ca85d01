//! The schema of a database: whether it holds a catalogue, and how it becomes one of the newest version.

use sixpotify_core::fold;
use sqlx::postgres::PgRow;
use sqlx::{Connection, PgConnection, Row};

use super::error::reason;
use crate::migrate::{self, Applied, Migration, checksum};
use crate::{Access, Result, StoreError};

const SQL_OF: fn(&Migration) -> &'static str = |m| m.postgres;

/// The advisory lock under which migrations run: `sixpotif` in ASCII.
const LOCK: i64 = 0x7369_7870_6f74_6966;

/// Names whose keys are made anew at once.
const FOLDED_AT_ONCE: i64 = 5_000;

/// Finds or makes the catalogue, at the newest version when this returns.
pub(super) async fn prepare(connection: &mut PgConnection, access: Access, location: &str) -> Result<()> {
    let done = async {
        if access == Access::Read && !is_catalogue(connection).await? {
            return Err(StoreError::NoCatalogue { location: location.to_owned() });
        }
        migrate(connection, location).await
    };
    done.await.map_err(|error| refused(error, location))
}

/// Applies what is missing, each migration in one transaction with its row. The lock keeps other programs that start at
/// the same time waiting; it goes with the transaction.
async fn migrate(connection: &mut PgConnection, location: &str) -> Result<()> {
    loop {
        if is_catalogue(connection).await? && migrate::next(&applied(connection).await?, SQL_OF, location)?.is_none() {
            return Ok(());
        }
        let mut transaction = connection.begin().await?;
        sqlx::query("select pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *transaction).await?;
        sqlx::raw_sql(
            "create table if not exists schema_migrations (
                 version int primary key, name text not null, checksum text not null, applied_at timestamptz not null
             )",
        )
        .execute(&mut *transaction)
        .await?;
        let applied = applied(&mut transaction).await?;
        let Some(migration) = migrate::next(&applied, SQL_OF, location)? else { return Ok(()) };
        sqlx::raw_sql(migration.postgres).execute(&mut *transaction).await?;
        if migration.version == migrate::FOLDS_ANEW {
            fold_anew(&mut transaction).await?;
        }
        sqlx::query("insert into schema_migrations (version, name, checksum, applied_at) values ($1, $2, $3, now())")
            .bind(i32::try_from(migration.version).unwrap_or(i32::MAX))
            .bind(migration.name)
            .bind(checksum(migration.postgres))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        tracing::debug!(migration.version, migration.name, "applied a migration");
    }
}

/// Stores the keys of names as [`fold`] makes them now, where they are others.
async fn fold_anew(connection: &mut PgConnection) -> Result<()> {
    let stale = |rows: &[PgRow]| -> sqlx::Result<(Vec<String>, Vec<String>)> {
        let mut changed = (Vec::new(), Vec::new());
        for row in rows {
            let (name, key): (String, String) = (row.try_get("name")?, row.try_get("name_key")?);
            let folded = fold(&name);
            if folded != key {
                changed.0.push(name);
                changed.1.push(folded);
            }
        }
        Ok(changed)
    };
    let mut after = String::new();
    loop {
        let rows = sqlx::query("select id, name, name_key from artists where id > $1 order by id limit $2")
            .bind(&after)
            .bind(FOLDED_AT_ONCE)
            .fetch_all(&mut *connection)
            .await?;
        let Some(last) = rows.last() else { break };
        let next = last.try_get("id")?;
        let (names, keys) = stale(&rows)?;
        sqlx::query(
            "update artists t set name_key = s.name_key from unnest($1::text[], $2::text[]) as s(name, name_key)
             where t.name = s.name and t.id > $3 and t.id <= $4 and t.name_key <> s.name_key",
        )
        .bind(names)
        .bind(keys)
        .bind(&after)
        .bind(&next)
        .persistent(false)
        .execute(&mut *connection)
        .await?;
        after = next;
    }
    let mut after = (String::new(), String::new());
    loop {
        let rows = sqlx::query(
            "select list, name, name_key from ingest_names where (list, name) > ($1, $2) order by list, name limit $3",
        )
        .bind(&after.0)
        .bind(&after.1)
        .bind(FOLDED_AT_ONCE)
        .fetch_all(&mut *connection)
        .await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = (last.try_get("list")?, last.try_get("name")?);
        let (names, keys) = stale(&rows)?;
        sqlx::query(
            "update ingest_names t set name_key = s.name_key from unnest($1::text[], $2::text[]) as s(name, name_key)
             where t.name = s.name and t.name_key <> s.name_key",
        )
        .bind(names)
        .bind(keys)
        .persistent(false)
        .execute(&mut *connection)
        .await?;
    }
}

/// Whether our tables are there.
async fn is_catalogue(connection: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query("select to_regclass('schema_migrations') is not null").fetch_one(connection).await?.try_get(0)
}

async fn applied(connection: &mut PgConnection) -> sqlx::Result<Vec<Applied>> {
    let rows = sqlx::query("select version::bigint, name, checksum from schema_migrations order by version")
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| Ok(Applied { version: row.try_get(0)?, name: row.try_get(1)?, checksum: row.try_get(2)? }))
        .collect()
}

/// An account without rights, a missing schema and another program's tables are for the operator to settle.
fn refused(error: StoreError, location: &str) -> StoreError {
    let StoreError::Other(source) = &error else { return error };
    let Some(sql_error) = source.downcast_ref::<sqlx::Error>() else { return error };
    let code = sql_error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    let reason = match code.as_deref() {
        // Insufficient privilege; no schema to create in.
        Some("42501" | "3F000") => reason(sql_error),
        // Undefined column; duplicate table or index.
        Some("42703" | "42P07") => {
            format!("tables of another program are in the way: {}", reason(sql_error))
        }
        _ => return error,
    };
    StoreError::Unreachable { location: location.to_owned(), reason }
}
