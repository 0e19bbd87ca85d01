//! MusicBrainz's JSON dump of artists: `mbdump/artist` in a `.tar.xz`, a document a line in the shape of a look-up.

use std::sync::Arc;

use sixpotify_core::Source;
use sixpotify_sources::clock::SharedClock;
use sixpotify_sources::musicbrainz::{ArtistRecord, artist_record};
use sixpotify_store::{DumpBatch, ImportRecord, ImportState, SharedStore, StoreError};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::archive::Member;
use super::blocks::{Block, Place, Reading, lines};
use super::identity::{Rejected, identify, rejected};
use super::report::{DumpOutcome, DumpProgress, DumpReport, DumpSnapshot};
use super::vanished::{self, Contested};
use super::{Begun, DumpError, DumpOptions, begin, failure, not_a_dump, proven_wrong, stopped};
use crate::patience::patiently;

/// What the file should be.
const WANTED: &str = "MusicBrainz's artists";

/// Artists written in one transaction.
const BATCH: usize = 4_096;

/// What a thread made of a block.
struct Parsed {
    artists: Vec<ArtistRecord>,
    faulty: Vec<(u64, String)>,
}

/// Imports the dump into the catalogue.
///
/// Ends early, with everything saved, when `stop` becomes true ([`DumpOutcome::Stopped`]).
///
/// # Errors
/// See [`DumpError`].
pub async fn import_musicbrainz(
    store: &SharedStore,
    options: &DumpOptions,
    clock: SharedClock,
    progress: &dyn DumpProgress,
    stop: watch::Receiver<bool>,
) -> Result<DumpReport, DumpError> {
    let started = Instant::now();
    let what = (Source::MusicBrainz, WANTED);
    let (reading, record, mut report) = match begin(store, what, options, |_| false, member, parse).await? {
        Begun::Already(report) => return Ok(report),
        Begun::Goes { reading, record, report, .. } => (reading, record, report),
    };
    let rejected = rejected(store).await?;
    let import = Import { store: store.clone(), clock, options, rejected, contested: Contested::default(), record };
    import.run(reading, &mut report, progress, stop).await?;
    report.seconds = started.elapsed().as_secs_f64();
    Ok(report)
}

/// Which members of the archive are artists.
fn member(path: &str) -> Member {
    match path.trim_start_matches("./") {
        "mbdump/artist" => Member::Records,
        "TIMESTAMP" => Member::Timestamp,
        path => match path.strip_prefix("mbdump/") {
            Some(entity) if !entity.is_empty() => Member::Foreign(format!("MusicBrainz's {entity}s")),
            _ if path.ends_with(".listens") || path.contains("lbdump/") => {
                Member::Foreign("a dump of ListenBrainz".to_owned())
            }
            _ => Member::Other,
        },
    }
}

#[expect(clippy::needless_pass_by_value, reason = "a block goes when it is parsed")]
fn parse(block: Block) -> Parsed {
    let mut parsed = Parsed { artists: Vec::new(), faulty: Vec::new() };
    for (number, line) in lines(&block) {
        match artist_record(line) {
            Ok(Some(artist)) => parsed.artists.push(artist),
            Ok(None) => parsed.faulty.push((number, "not an artist: it has no id or no name".to_owned())),
            Err(error) => parsed.faulty.push((number, error.to_string())),
        }
    }
    parsed
}

struct Import<'a> {
    store: SharedStore,
    clock: SharedClock,
    options: &'a DumpOptions,
    rejected: Rejected,
    contested: Contested,
    /// Where the import stands.
    record: ImportRecord,
}

/// A batch that is being written.
type Writing = JoinHandle<Result<(), StoreError>>;

impl Import<'_> {
    async fn run(
        mut self,
        mut reading: Reading<Parsed>,
        report: &mut DumpReport,
        progress: &dyn DumpProgress,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(), DumpError> {
        let mut waiting: Vec<ArtistRecord> = Vec::with_capacity(BATCH);
        let mut writing: Option<Writing> = None;
        let mut seen = self.record.position;
        let mut good = self.record.position > 0;
        loop {
            let next = tokio::select! {
                next = reading.next() => next,
                () = stopped(&mut stop) => {
                    report.outcome = DumpOutcome::Stopped;
                    break;
                }
            };
            let Some((Place { position, file, .. }, parsed)) = next else { break };
            report.records += position - seen;
            seen = position;
            good |= !parsed.artists.is_empty();
            report.note_faulty(&file, parsed.faulty);
            proven_wrong(self.options, WANTED, good, report)?;
            waiting.extend(parsed.artists);
            if waiting.len() >= BATCH {
                let batch = std::mem::replace(&mut waiting, Vec::with_capacity(BATCH));
                self.settle(&mut writing).await?;
                self.tell(progress, report, &reading);
                writing = Some(self.write(batch, seen, ImportState::Running, report).await?);
            }
        }
        self.settle(&mut writing).await?;
        if report.outcome == DumpOutcome::Stopped {
            return Ok(());
        }
        let bytes = (reading.bytes_read(), reading.bytes);
        let ended = reading.end().await;
        // What could be read of a damaged archive is stored, too.
        let last = self.write(waiting, seen, ImportState::Running, report).await?;
        self.settle(&mut Some(last)).await?;
        if ended.is_ok() && good {
            if let Some(date) = self.record.dump_date {
                let (source, force, now) = (self.record.source, self.options.force, self.clock.now());
                report.vanished =
                    vanished::settle(&self.store, source, date, seen, &self.contested, force, now).await?;
            }
            let done = self.write(Vec::new(), seen, ImportState::Done, report).await?;
            self.settle(&mut Some(done)).await?;
        }
        progress.saved(DumpSnapshot { records: seen, faulty: report.faulty, bytes_read: bytes.0, bytes: bytes.1 });
        match ended {
            Ok(()) if good => Ok(()),
            Ok(()) => Err(not_a_dump(self.options, WANTED, "it holds no artist".to_owned())),
            Err(error) => Err(failure(self.options, WANTED, seen, Some(error))),
        }
    }

    /// Waits for the batch that is being written.
    async fn settle(&self, writing: &mut Option<Writing>) -> Result<(), DumpError> {
        match writing.take() {
            Some(task) => Ok(task.await.map_err(|_| DumpError::Interrupted)??),
            None => Ok(()),
        }
    }

    fn tell(&self, progress: &dyn DumpProgress, report: &DumpReport, reading: &Reading<Parsed>) {
        progress.saved(DumpSnapshot {
            records: self.record.position,
            faulty: report.faulty,
            bytes_read: reading.bytes_read(),
            bytes: reading.bytes,
        });
    }

    /// Finds out who the artists are, and has them written while the next ones are parsed.
    async fn write(
        &mut self,
        records: Vec<ArtistRecord>,
        position: u64,
        state: ImportState,
        report: &mut DumpReport,
    ) -> Result<Writing, DumpError> {
        let found = identify(&self.store, records, &self.rejected, self.options.open_licence).await?;
        let new = found.artists.iter().filter(|artist| artist.new).count() as u64;
        report.new_artists += new;
        report.known_artists += found.artists.len() as u64 - new;
        report.joined_artists += found.joined;
        report.forgotten += found.forgotten;
        report.in_doubt += found.in_doubt;
        self.contested.add(found.contested);
        self.record.position = position;
        self.record.state = state;
        let batch = Arc::new(DumpBatch { artists: found.artists, import: self.record.clone() });
        let (store, now) = (self.store.clone(), self.clock.now());
        Ok(tokio::spawn(async move { patiently(|| store.write_dump(batch.clone(), now)).await }))
    }
}
