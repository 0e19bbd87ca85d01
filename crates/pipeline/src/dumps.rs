//! Dumps of whole services into the catalogue: MusicBrainz's artists, ListenBrainz's listens.
//!
//! A thread reads and unpacks, a few parse, one task writes; what they hand on is bounded, so memory does not grow with the
//! dump. What is written carries the mark of how far the import is (`imports`) in the same transaction: an import that was cut off
//! goes on where it was, and one that is complete is not made again unless it is wished.

mod archive;
mod blocks;
mod counting;
pub(crate) mod identity;
mod listen;
mod listenbrainz;
mod musicbrainz;
mod report;
mod vanished;

use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sixpotify_core::Source;
use sixpotify_sources::clock::SharedClock;
use sixpotify_store::{DumpBatch, ImportRecord, ImportState, SharedStore, StoreError};
use tokio::sync::watch;

use crate::patience::patiently;
use archive::{Members, ReadError};
use blocks::{Block, Identity, Reading};
pub use listenbrainz::import_listenbrainz;
pub use musicbrainz::import_musicbrainz;
pub use report::{DumpOutcome, DumpProgress, DumpReport, DumpSnapshot, FaultyLine, Vanished};

/// How to import a dump.
#[derive(Clone, Debug)]
pub struct DumpOptions {
    /// The file.
    pub path: PathBuf,
    /// Take also a dump that is older than the catalogue's, and one that is complete, from its beginning; and believe one that
    /// lacks many artists which the catalogue has from there.
    pub force: bool,
    /// Leave out what is not free for every use: MusicBrainz's genres and their votes.
    pub open_licence: bool,
    /// What names of listeners are hashed with; only for listens.
    pub salt: String,
}

/// Why an import ended early. What was written until then stays; importing the same dump again goes on there.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// The catalogue failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file cannot be opened or read.
    #[error("cannot read `{}`: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The file is no dump of the kind.
    #[error("`{}` is not a dump of {wanted}: {reason}", path.display())]
    NotADump {
        /// The file.
        path: PathBuf,
        /// What it should be.
        wanted: &'static str,
        /// What it is.
        reason: String,
    },
    /// The archive ends too early or is damaged.
    #[error("`{}` is truncated or damaged after record {records}: {error}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// Records that could be read.
        records: u64,
        /// What the decoder says.
        error: std::io::Error,
    },
    /// The catalogue has a newer dump.
    #[error("the dump is of {}, the catalogue has the one of {}", day(*dump), day(*catalogue))]
    Older {
        /// Of when this one is.
        dump: DateTime<Utc>,
        /// Of when that one is.
        catalogue: DateTime<Utc>,
    },
    /// A thread died.
    #[error("reading the dump was interrupted")]
    Interrupted,
}

fn day(time: DateTime<Utc>) -> chrono::NaiveDate {
    time.date_naive()
}

/// After so many lines, not one of which was a record, a file is taken for something else.
const PROOF: u64 = 500;

/// What an import begins with.
enum Begun<T> {
    /// It is in the catalogue already.
    Already(DumpReport),
    /// It goes on where it was, or begins.
    Goes {
        reading: Reading<T>,
        /// The first file with records.
        file: String,
        record: ImportRecord,
        report: DumpReport,
    },
}

/// Opens a dump and decides where its import begins; `adds` says whether one whose records are in this file only adds to others.
async fn begin<T: Send + 'static>(
    store: &SharedStore,
    (source, wanted): (Source, &'static str),
    options: &DumpOptions,
    clock: &SharedClock,
    adds: fn(&str) -> bool,
    members: Members,
    parse: fn(Block) -> T,
) -> Result<Begun<T>, DumpError> {
    let mut reading = Reading::start(options.path.clone(), members, parse);
    let Some(identity) = reading.identity().await else {
        let error = reading.end().await.err();
        return Err(failure(options, wanted, 0, error));
    };
    let mut report = DumpReport::new(source, &identity.dump, identity.date);
    let record = match start(store, source, clock, &identity, options.force, adds(&identity.file)).await? {
        Start::Complete(record) => {
            report.outcome = DumpOutcome::Already;
            report.resumed_after = record.position;
            return Ok(Begun::Already(report));
        }
        Start::From(record) => record,
    };
    report.resumed_after = record.position;
    reading.go_on(record.position);
    Ok(Begun::Goes { reading, file: identity.file, record, report })
}

/// Where an import is to begin.
enum Start {
    /// All of it is in the catalogue.
    Complete(ImportRecord),
    /// Behind this record.
    From(ImportRecord),
}

/// Decides where the import of a dump begins.
async fn start(
    store: &SharedStore,
    source: Source,
    clock: &SharedClock,
    identity: &Identity,
    force: bool,
    follows: bool,
) -> Result<Start, DumpError> {
    let former = patiently(|| store.imports(source)).await?;
    let begun = former.iter().find(|record| record.dump == identity.dump);
    let fresh = ImportRecord {
        source,
        dump: identity.dump.clone(),
        dump_date: identity.date,
        position: 0,
        state: ImportState::Running,
    };
    match begun {
        Some(record) if record.state == ImportState::Done && !force => return Ok(Start::Complete(record.clone())),
        // Forced, a complete one is made again from its beginning.
        Some(record) if record.state == ImportState::Running => return Ok(Start::From(record.clone())),
        _ => {}
    }
    // One that only adds to others may come in any order.
    let newest = former.iter().filter_map(|record| record.dump_date).max();
    if let (Some(dump), Some(catalogue)) = (identity.date, newest)
        && dump < catalogue
        && !force
        && !follows
    {
        return Err(DumpError::Older { dump, catalogue });
    }
    if !follows {
        superseded(store, clock, &former, identity).await?;
    }
    Ok(Start::From(fresh))
}

/// Notes of dumps that are newer than `forced`, which goes over them, that the catalogue does not have them any more: each may be imported
/// again, from its beginning, and nobody need insist.
async fn superseded(
    store: &SharedStore,
    clock: &SharedClock,
    former: &[ImportRecord],
    forced: &Identity,
) -> Result<(), StoreError> {
    for record in former.iter().filter(|record| forced.date.is_some() && record.dump_date > forced.date) {
        let import = ImportRecord { position: 0, state: ImportState::Running, ..record.clone() };
        let batch = Arc::new(DumpBatch { artists: Vec::new(), import, marks: true });
        patiently(|| store.write_dump(batch.clone(), clock.now())).await?;
    }
    Ok(())
}

/// That a file is no dump, where nothing of its beginning was a record.
fn proven_wrong(options: &DumpOptions, wanted: &'static str, good: bool, report: &DumpReport) -> Result<(), DumpError> {
    if good || report.faulty < PROOF {
        return Ok(());
    }
    let first = report.faulty_lines.first().map_or_else(String::new, |line| line.reason.clone());
    Err(not_a_dump(options, wanted, format!("none of its first {PROOF} lines is one ({first})")))
}

fn not_a_dump(options: &DumpOptions, wanted: &'static str, reason: String) -> DumpError {
    DumpError::NotADump { path: options.path.clone(), wanted, reason }
}

/// What a failure of the reading means.
fn failure(options: &DumpOptions, wanted: &'static str, records: u64, error: Option<ReadError>) -> DumpError {
    let path = options.path.clone();
    match error {
        Some(ReadError::Unreadable(error)) => DumpError::Unreadable { path, error },
        Some(ReadError::NotADump(reason)) => DumpError::NotADump { path, wanted, reason },
        Some(ReadError::Broken(error)) => DumpError::Broken { path, records, error },
        Some(ReadError::Unwanted) | None => DumpError::Interrupted,
    }
}

/// Ends when the user wants the job to stop; never, when nobody can say so any more.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}
