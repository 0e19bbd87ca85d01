//! The schema of a file: whether it is a catalogue, and how it becomes one of the newest version.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use sixpotify_core::fold;

use super::connection::Connections;
use crate::migrate::{self, Applied, checksum};
use crate::{Access, Result, StoreError};

const SQL_OF: fn(&migrate::Migration) -> &'static str = |m| m.sqlite;

/// Finds or makes the catalogue, at the newest version when this returns.
pub(super) fn prepare(connections: &Connections, access: Access) -> Result<()> {
    let path = connections.path();
    let unreachable = |reason: String| StoreError::Unreachable { location: connections.location().to_owned(), reason };
    let no_catalogue = || StoreError::NoCatalogue { location: connections.location().to_owned() };
    if path.is_dir() {
        return Err(unreachable("it is a directory".to_owned()));
    }
    let exists = path.try_exists().map_err(|error| unreachable(error.to_string()))?;
    match access {
        Access::Read => {
            if !exists {
                return Err(no_catalogue());
            }
            let reader = connections.open_reader()?;
            if !is_catalogue(&reader).map_err(|e| connections.cannot_open(e))? {
                return Err(no_catalogue());
            }
            if migrate::next(&applied(&reader)?, SQL_OF, connections.location())?.is_none() {
                return Ok(());
            }
            drop(reader);
            migrate(&mut connections.open_writer(false)?, connections.location())
        }
        Access::Write => {
            if let Some(directory) = path.parent() {
                std::fs::create_dir_all(directory).map_err(|error| {
                    unreachable(format!("cannot create the directory `{}`: {error}", directory.display()))
                })?;
            }
            let mut writer = connections.open_writer(true)?;
            migrate(&mut writer, connections.location()).map_err(|error| match error {
                StoreError::Other(source) => match source.downcast::<rusqlite::Error>() {
                    Ok(error) => connections.cannot_open(*error),
                    Err(source) => StoreError::Other(source),
                },
                decided => decided,
            })
        }
    }
}

/// Applies what is missing, each migration in one transaction with its row. Immediate transactions keep other programs
/// that start at the same time waiting.
fn migrate(connection: &mut Connection, location: &str) -> Result<()> {
    loop {
        if is_catalogue(connection)? && migrate::next(&applied(connection)?, SQL_OF, location)?.is_none() {
            return Ok(());
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(
            "create table if not exists schema_migrations (
                 version integer not null primary key, name text not null, checksum text not null, applied_at text not null
             )",
        )?;
        let Some(migration) = migrate::next(&applied(&transaction)?, SQL_OF, location)? else { return Ok(()) };
        transaction.execute_batch(migration.sqlite)?;
        if migration.version == migrate::FOLDS_ANEW {
            fold_anew(&transaction)?;
        }
        transaction.execute(
            "insert into schema_migrations (version, name, checksum, applied_at)
             values (?1, ?2, ?3, strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))",
            params![migration.version, migration.name, checksum(migration.sqlite)],
        )?;
        transaction.commit()?;
        tracing::debug!(migration.version, migration.name, "applied a migration");
    }
}

/// Stores the keys of names as [`fold`] makes them now, where they are others.
fn fold_anew(connection: &Connection) -> rusqlite::Result<()> {
    for (read, write) in [
        ("select name, name_key from artists", "update artists set name_key = ?2 where name = ?1"),
        ("select name, name_key from ingest_names", "update ingest_names set name_key = ?2 where name = ?1"),
    ] {
        // A statement that reads a table does not like that it changes meanwhile.
        let mut stale: Vec<(String, String)> = Vec::new();
        let mut names = connection.prepare(read)?;
        let mut rows = names.query([])?;
        while let Some(row) = rows.next()? {
            let (name, key): (String, String) = (row.get(0)?, row.get(1)?);
            let folded = fold(&name);
            if folded != key {
                stale.push((name, folded));
            }
        }
        let mut update = connection.prepare(write)?;
        for (name, key) in &stale {
            update.execute(params![name, key])?;
        }
    }
    Ok(())
}

/// Whether our tables are there.
fn is_catalogue(connection: &Connection) -> rusqlite::Result<bool> {
    let found = connection
        .query_row("select 1 from sqlite_master where type = 'table' and name = 'schema_migrations'", [], |_| Ok(()))
        .optional()?;
    Ok(found.is_some())
}

fn applied(connection: &Connection) -> rusqlite::Result<Vec<Applied>> {
    let mut statement = connection.prepare("select version, name, checksum from schema_migrations order by version")?;
    let rows = statement
        .query_map([], |row| Ok(Applied { version: row.get(0)?, name: row.get(1)?, checksum: row.get(2)? }))?;
    rows.collect()
}

/// Bytes of the file's pages, those of the write-ahead log included.
pub(super) fn size(connection: &Connection) -> Result<u64> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, u32>(0));
    Ok(u64::from(number("page_count")?) * u64::from(number("page_size")?))
}

/// The version of the catalogue.
pub(super) fn version(connection: &Connection) -> Result<u32> {
    Ok(connection.query_row("select coalesce(max(version), 0) from schema_migrations", [], |row| row.get(0))?)
}
