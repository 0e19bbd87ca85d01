//! Import: a user's own tables of artists, tracks and co-listening into the catalogue.
//!
//! A table is read as a stream by a thread of its own, a few thousand rows at a time, and each such batch is one transaction: memory
//! does not grow with the file, and "resume" is "run it again", as the same rows leave the same catalogue. A row that cannot be
//! used is left out, counted and named by its line.

mod cells;
mod header;
mod listener;
mod naming;
mod records;
mod report;
mod rows;
mod text;

use std::io::Read;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sixpotify_core::Source;
use sixpotify_store::{ImportBatch, SharedStore, StoreError};
use tokio::sync::mpsc;

use crate::patience::patiently;
pub use header::Kind;
use listener::Listeners;
use naming::Naming;
pub use report::{FileReport, ImportReport, Problem};
use rows::{Parsed, Rows};

/// A table to import.
pub struct Table {
    /// What its rows are.
    pub kind: Kind,
    /// How to name it to the user: the path.
    pub label: String,
    /// Its bytes.
    pub input: Box<dyn Read + Send>,
}

/// How to import.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// Whether artists that only tracks or co-listening name enter the catalogue. `None`: if there is no table of artists.
    pub add_artists: Option<bool>,
    /// A random text to hash the names of listeners with, where the catalogue has none of its own yet.
    pub salt: String,
}

/// Why an import ended early. What was written before stays; importing the same tables again completes it.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The catalogue failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file cannot be read.
    #[error("cannot read `{label}`: {error}")]
    Read {
        /// The file.
        label: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// A file holds no such table.
    #[error("`{label}` {error}")]
    Table {
        /// The file.
        label: String,
        /// What is wrong.
        error: TableError,
    },
}

/// Why a file is no table of its kind.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// It holds bytes that no text has.
    #[error("is not a text file (line {line} holds binary data)")]
    Binary {
        /// Where, from 1.
        line: u64,
    },
    /// It is text in an encoding that cannot be told.
    #[error("is not UTF-8 text (line {line})")]
    NotUtf8 {
        /// Where, from 1.
        line: u64,
    },
    /// There is nothing in it.
    #[error("is empty")]
    Empty,
    /// The first line does not name what is needed.
    #[error("has no column `{column}`; the first line names: {found}")]
    Column {
        /// The column that is needed.
        column: &'static str,
        /// What the first line has instead, shortened.
        found: String,
    },
    /// The first line is not a header that can be read.
    #[error("begins with a line that is no header: {reason}")]
    Header {
        /// Why.
        reason: String,
    },
}

/// Imports tables one after the other, in the order given. `progress` hears how many rows of a table are stored.
///
/// # Errors
/// See [`ImportError`]; the report of what was done before comes with it.
pub async fn import(
    store: &SharedStore,
    tables: Vec<Table>,
    options: &ImportOptions,
    now: DateTime<Utc>,
    progress: &(dyn Fn(Kind, u64) + Sync),
) -> (ImportReport, Result<(), ImportError>) {
    let started = tokio::time::Instant::now();
    let mut report = ImportReport::default();
    let result = all(store, tables, options, now, progress, &mut report).await;
    report.seconds = started.elapsed().as_secs_f64();
    (report, result)
}

async fn all(
    store: &SharedStore,
    tables: Vec<Table>,
    options: &ImportOptions,
    now: DateTime<Utc>,
    progress: &(dyn Fn(Kind, u64) + Sync),
    report: &mut ImportReport,
) -> Result<(), ImportError> {
    let before = patiently(|| store.counts()).await?.artists;
    // The table of artists says who is in the catalogue; without one, the others do.
    let add = options.add_artists.unwrap_or_else(|| tables.iter().all(|table| table.kind != Kind::Artists));
    let mut naming = Naming::new(add);
    for table in tables {
        let mut file = FileReport::new(table.kind, &table.label);
        let result = one(store, table, options, now, progress, &mut naming, &mut file).await;
        report.files.push(file);
        result?;
    }
    report.new_artists = patiently(|| store.counts()).await?.artists.saturating_sub(before);
    Ok(())
}

async fn one(
    store: &SharedStore,
    Table { kind, label, input }: Table,
    options: &ImportOptions,
    now: DateTime<Utc>,
    progress: &(dyn Fn(Kind, u64) + Sync),
    naming: &mut Naming,
    file: &mut FileReport,
) -> Result<(), ImportError> {
    let listeners = match kind {
        Kind::Listens => Some(Listeners::new(&patiently(|| store.listener_salt(&options.salt)).await?)),
        Kind::Artists | Kind::Tracks => None,
    };
    // One batch is written while the next is read.
    let (sender, mut batches) = mpsc::channel(1);
    let mut read = file.clone();
    let reading = tokio::task::spawn_blocking(move || {
        let result = Rows::open(kind, input, listeners, &mut read).and_then(|mut rows| {
            while let Some(batch) = rows.batch(&mut read)? {
                if sender.blocking_send(batch).is_err() {
                    break;
                }
            }
            Ok(())
        });
        (read, result)
    });
    let mut written = Ok(());
    let (mut stored, mut unknown, mut forgotten) = (0, 0, 0);
    while let Some(parsed) = batches.recv().await {
        let Parsed { rows, .. } = &parsed;
        let size = rows.len() as u64;
        let (batch, left_out) = match naming.resolve(store, parsed).await {
            Ok(resolved) => resolved,
            Err(error) => {
                written = Err(error);
                break;
            }
        };
        let batch = Arc::new(batch);
        if let Err(error) = patiently(|| store.write_import(batch.clone(), now)).await {
            written = Err(error);
            break;
        }
        stored += size - left_out.unknown - left_out.forgotten;
        unknown += left_out.unknown;
        forgotten += left_out.forgotten;
        progress(kind, stored);
    }
    drop(batches);
    match reading.await {
        Ok((read, result)) => {
            *file = FileReport { stored, unknown_artists: unknown, forgotten, ..read };
            written?;
            result.map_err(|error| error.of(label))
        }
        Err(died) => {
            let error = std::io::Error::other(died);
            Err(ImportError::Read { label, error })
        }
    }
}

/// What a reading thread fails with.
enum ReadError {
    Io(std::io::Error),
    Table(TableError),
}

impl ReadError {
    fn of(self, label: String) -> ImportError {
        match self {
            Self::Io(error) => ImportError::Read { label, error },
            Self::Table(error) => ImportError::Table { label, error },
        }
    }
}

impl From<std::io::Error> for ReadError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<TableError> for ReadError {
    fn from(error: TableError) -> Self {
        Self::Table(error)
    }
}

/// A batch of a table, empty.
fn batch() -> ImportBatch {
    ImportBatch::new(Source::Csv)
}
