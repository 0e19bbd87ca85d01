//! The schema's history: numbered migrations, the same numbers and names in both databases, each applied once.
//!
//! A database asks [`next`] what to do inside the transaction in which it does it, under a lock that other starting
//! programs respect; so any number of them may start at once, and a half-applied migration cannot be seen.

use sha2::{Digest, Sha256};

use crate::{Result, StoreError};

/// One step of the schema.
#[derive(Debug)]
pub(crate) struct Migration {
    /// Counts from 1 without gaps.
    pub(crate) version: u32,
    /// Says what it is about.
    pub(crate) name: &'static str,
    /// For PostgreSQL.
    pub(crate) postgres: &'static str,
    /// For SQLite.
    pub(crate) sqlite: &'static str,
}

macro_rules! migration {
    ($version:literal, $name:literal, $file:literal) => {
        Migration {
            version: $version,
            name: $name,
            postgres: include_str!(concat!("../migrations/postgres/", $file)),
            sqlite: include_str!(concat!("../migrations/sqlite/", $file)),
        }
    };
}

/// All of them, oldest first. One that was released is never edited: what it did is corrected by a new one.
const MIGRATIONS: &[Migration] = &[
    migration!(1, "catalogue", "0001_catalogue.sql"),
    migration!(2, "politeness", "0002_politeness.sql"),
    migration!(3, "aliases", "0003_aliases.sql"),
    migration!(4, "similarity", "0004_similarity.sql"),
    migration!(5, "sources", "0005_sources.sql"),
    migration!(6, "conversations", "0006_conversations.sql"),
    migration!(7, "changes", "0007_changes.sql"),
    migration!(8, "bulk", "0008_bulk.sql"),
    migration!(9, "artist keys", "0009_artist_keys.sql"),
];

/// With this version names are folded as they are now; keys that earlier programs stored are made anew, in its transaction.
pub(crate) const FOLDS_ANEW: u32 = 3;

/// The tables and indexes that migrations later than `version` make, the latest first: `table x`, `index y`.
#[cfg(feature = "testing")]
pub(crate) fn made_after(version: u32) -> Vec<String> {
    let later = MIGRATIONS.iter().filter(|m| m.version > version).flat_map(|m| m.sqlite.lines());
    let made = |line: &str| {
        let (kind, rest) = line.strip_prefix("create ")?.split_once(' ')?;
        let name = rest.split([' ', '(']).next()?;
        matches!(kind, "table" | "index").then(|| format!("{kind} {name}"))
    };
    let mut all: Vec<String> = later.filter_map(made).collect();
    all.reverse();
    all
}

/// A row of `schema_migrations`.
#[derive(Debug)]
pub(crate) struct Applied {
    pub(crate) version: i64,
    pub(crate) name: String,
    pub(crate) checksum: String,
}

/// The history in a catalogue is not the one that this program knows.
#[derive(Debug, thiserror::Error)]
enum BadHistory {
    #[error("migration {version} `{name}` of the catalogue at `{location}` is not the one that this program has")]
    Edited { location: String, version: i64, name: String },
    #[error("the catalogue at `{location}` lacks migration {version}, but has later ones")]
    Gap { location: String, version: u32 },
}

/// What identifies the content of a migration: SHA-256 of its text in hex, whatever the line ends.
pub(crate) fn checksum(sql: &str) -> String {
    let digest = Sha256::digest(sql.replace('\r', ""));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The migration to apply next to a catalogue that has `applied` (in order), if any; `text` picks the database's own SQL.
///
/// # Errors
/// [`StoreError::NewerSchema`] when the catalogue has versions that this program does not know; [`StoreError::Other`]
/// when an applied migration is not the one known here.
pub(crate) fn next(
    applied: &[Applied],
    text: fn(&Migration) -> &'static str,
    location: &str,
) -> Result<Option<&'static Migration>> {
    next_of(MIGRATIONS, applied, text, location)
}

fn next_of<'m>(
    known: &'m [Migration],
    applied: &[Applied],
    text: fn(&Migration) -> &'static str,
    location: &str,
) -> Result<Option<&'m Migration>> {
    let newest = known.last().map_or(0, |m| m.version);
    let found = applied.last().map_or(0, |a| a.version);
    if found > i64::from(newest) {
        let found = u32::try_from(found).unwrap_or(u32::MAX);
        return Err(StoreError::NewerSchema { location: location.to_owned(), found, known: newest });
    }
    for (migration, row) in known.iter().zip(applied) {
        if row.version != i64::from(migration.version) {
            let gap = BadHistory::Gap { location: location.to_owned(), version: migration.version };
            return Err(StoreError::Other(Box::new(gap)));
        }
        if row.checksum != checksum(text(migration)) {
            let edited =
                BadHistory::Edited { location: location.to_owned(), version: row.version, name: row.name.clone() };
            return Err(StoreError::Other(Box::new(edited)));
        }
    }
    Ok(known.get(applied.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[Migration] = &[
        Migration { version: 1, name: "one", postgres: "p1", sqlite: "create table one (x);" },
        Migration { version: 2, name: "two", postgres: "p2", sqlite: "create table two (x);" },
    ];

    fn row(version: i64, sql: &str) -> Applied {
        Applied { version, name: format!("m{version}"), checksum: checksum(sql) }
    }

    fn version(applied: &[Applied]) -> Result<Option<u32>> {
        next_of(KNOWN, applied, |m| m.sqlite, "here").map(|m| m.map(|m| m.version))
    }

    #[test]
    fn migrations_follow_each_other() {
        assert_eq!(version(&[]).unwrap(), Some(1));
        assert_eq!(version(&[row(1, KNOWN[0].sqlite)]).unwrap(), Some(2));
        assert_eq!(version(&[row(1, KNOWN[0].sqlite), row(2, KNOWN[1].sqlite)]).unwrap(), None);
    }

    #[test]
    fn line_ends_do_not_change_a_migration() {
        assert_eq!(checksum("a\r\nb\r\n"), checksum("a\nb\n"));
        assert_ne!(checksum("a\nb\n"), checksum("a\nc\n"));
    }

    #[test]
    fn foreign_histories_are_refused() {
        let edited = version(&[row(1, "create table one (x, y);")]).unwrap_err().to_string();
        assert_eq!(
            edited,
            "the catalogue failed: migration 1 `m1` of the catalogue at `here` is not the one that this program has"
        );
        let gap = version(&[row(2, KNOWN[1].sqlite)]).unwrap_err().to_string();
        assert_eq!(gap, "the catalogue failed: the catalogue at `here` lacks migration 1, but has later ones");
        let newer = version(&[row(1, KNOWN[0].sqlite), row(2, KNOWN[1].sqlite), row(3, "")]).unwrap_err();
        assert!(matches!(newer, StoreError::NewerSchema { found: 3, known: 2, .. }), "{newer}");
    }

    #[test]
    fn the_known_migrations_are_numbered_without_gaps() {
        assert!(MIGRATIONS.iter().zip(1..).all(|(m, version)| m.version == version));
    }
}
