//! MusicBrainz's JSON dump of artists: `mbdump/artist` in a `.tar.xz`, a document a line in the shape of a look-up.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use sixpotify_core::{ArtistId, Source};
use sixpotify_sources::clock::SharedClock;
use sixpotify_sources::musicbrainz::{ArtistRecord, artist_record};
use sixpotify_store::{DumpArtist, DumpBatch, ImportRecord, ImportState, SharedStore, StoreError};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::archive::Member;
use super::blocks::{Block, Place, Reading, lines};
use super::identity::{Pending, Rejected, identify, rejected};
use super::report::{DumpOutcome, DumpProgress, DumpReport, DumpSnapshot};
use super::vanished::{self, Contested};
use super::{Begun, DumpError, DumpOptions, begin, failure, not_a_dump, proven_wrong, stopped};
use crate::patience::patiently;

/// What the file should be.
const WANTED: &str = "MusicBrainz's artists";

/// Artists written in one transaction.
const BATCH: usize = 4_096;

/// Batches that are written at the same time. A PostgreSQL server writes each on a processor of its own; SQLite one after the
/// other.
const WRITERS: usize = 3;

/// Artists whose ids the catalogue is asked for at once.
const ASKED: usize = 10_000;

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
    let (reading, record, mut report) = match begin(store, what, options, &clock, |_| false, member, parse).await? {
        Begun::Already(report) => return Ok(report),
        Begun::Goes { reading, record, report, .. } => (reading, record, report),
    };
    let rejected = rejected(store).await?;
    let import = Import {
        store: store.clone(),
        clock,
        options,
        rejected,
        contested: Contested::default(),
        several: patiently(|| store.several_ids(record.source)).await?.into_iter().collect(),
        words: HashMap::new(),
        record,
        writing: VecDeque::new(),
    };
    patiently(|| store.begin_load()).await?;
    let ran = import.run(reading, &mut report, progress, stop).await;
    if ran.is_err() {
        // Why it failed is what counts; whoever opens the catalogue next makes what is missing.
        store.end_load().await.unwrap_or_else(|error| tracing::debug!(%error, "indexes stay away"));
    }
    ran?;
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
    /// Artists with several ids at MusicBrainz, and what was said of them so far.
    several: HashSet<ArtistId>,
    words: HashMap<ArtistId, DumpArtist>,
    /// Up to where all is stored.
    record: ImportRecord,
    /// The batches that are being written, in the order of the dump.
    writing: VecDeque<Writing>,
}

/// A batch that is being written.
struct Writing {
    task: JoinHandle<Result<(), StoreError>>,
    /// Records of the dump up to and with it.
    position: u64,
    pending: Pending,
}

impl Import<'_> {
    async fn run(
        mut self,
        mut reading: Reading<Parsed>,
        report: &mut DumpReport,
        progress: &dyn DumpProgress,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(), DumpError> {
        let mut waiting: Vec<ArtistRecord> = Vec::with_capacity(BATCH);
        let mut seen = self.record.position;
        let mut good = self.record.position > 0;
        loop {
            let next = tokio::select! {
                // Records that are ready do not keep it from being heard.
                biased;
                () = stopped(&mut stop) => {
                    report.outcome = DumpOutcome::Stopped;
                    break;
                }
                next = reading.next() => next,
            };
            let Some((Place { position, file, .. }, parsed)) = next else { break };
            report.records += position - seen;
            seen = position;
            good |= !parsed.artists.is_empty();
            report.note_faulty(&file, parsed.faulty);
            proven_wrong(self.options, WANTED, good, report)?;
            waiting.extend(parsed.artists);
            if waiting.len() >= BATCH {
                let is_written = |writing: &Writing| writing.task.is_finished();
                while self.writing.len() >= WRITERS || self.writing.front().is_some_and(is_written) {
                    self.settle_first().await?;
                    self.tell(progress, report, &reading);
                }
                let batch = std::mem::replace(&mut waiting, Vec::with_capacity(BATCH));
                self.write(batch, seen, report).await?;
            }
        }
        if report.outcome == DumpOutcome::Stopped {
            self.settle().await?;
            patiently(|| self.store.end_load()).await?;
            report.records = self.record.position - report.resumed_after;
            self.tell(progress, report, &reading);
            return Ok(());
        }
        let bytes = (reading.bytes_read(), reading.bytes);
        let ended = reading.end().await;
        // What could be read of a damaged archive is stored, too.
        self.write(waiting, seen, report).await?;
        self.settle().await?;
        patiently(|| self.store.end_load()).await?;
        if ended.is_ok() && good {
            self.conclude(seen, report).await?;
        }
        progress.saved(DumpSnapshot { records: seen, faulty: report.faulty, bytes_read: bytes.0, bytes: bytes.1 });
        match ended {
            Ok(()) if good => Ok(()),
            Ok(()) => Err(not_a_dump(self.options, WANTED, "it holds no artist".to_owned())),
            Err(error) => Err(failure(self.options, WANTED, seen, Some(error))),
        }
    }

    /// Settles what can be settled only when all of the dump is stored, and notes that it is.
    async fn conclude(&mut self, records: u64, report: &mut DumpReport) -> Result<(), DumpError> {
        let (source, now) = (self.record.source, self.clock.now());
        let gone = match self.record.dump_date {
            Some(date) => vanished::gone(&self.store, source, date, records, self.options.force).await?,
            // Without a date nothing can be told.
            None => Some(Vec::new()),
        };
        report.vanished.too_many = gone.is_none();
        let gone = gone.unwrap_or_default();
        if report.resumed_after > 0 {
            self.look_again(report.resumed_after, &gone).await?;
        }
        if !gone.is_empty() {
            report.vanished = vanished::settle(&self.store, source, &gone, &self.contested, now).await?;
        }
        self.record.state = ImportState::Done;
        Ok(self.mark().await?)
    }

    /// Looks once more at the first `records` of the dump, which an earlier run stored, for what only memory had of them: who claims
    /// an id of an artist that is gone, and what belongs to an artist with several ids.
    async fn look_again(&mut self, records: u64, gone: &[ArtistId]) -> Result<(), DumpError> {
        let mut wanted: HashSet<(Source, String)> = HashSet::new();
        let several: Vec<ArtistId> = self.several.iter().cloned().collect();
        for (source, artists) in Source::ALL.iter().map(|s| (*s, gone)).chain([(self.record.source, &several[..])]) {
            for some in artists.chunks(ASKED) {
                let ids = patiently(|| self.store.ids_at(source, some)).await?;
                wanted.extend(ids.into_iter().map(|(_, id)| (source, id)));
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let is_wanted = |artist: &ArtistRecord| {
            let links = artist.links.iter().flatten().map(|link| (link.source, link.source_id.clone()));
            links.chain([(Source::MusicBrainz, artist.mbid.to_string())]).any(|id| wanted.contains(&id))
        };
        let mut reading = Reading::start(self.options.path.clone(), member, parse);
        let mut found = Vec::new();
        if reading.identity().await.is_some() {
            reading.go_on(0);
            while let Some((place, parsed)) = reading.next().await {
                found.extend(parsed.artists.into_iter().filter(is_wanted));
                if place.position >= records {
                    break;
                }
            }
        }
        while !found.is_empty() {
            let some = found.split_off(found.len().saturating_sub(BATCH));
            let some = identify(&self.store, some, &[], &self.rejected, self.options.open_licence).await?;
            self.contested.add(some.contested);
            let mut artists = some.artists;
            artists.retain(|artist| self.several.contains(&artist.id));
            self.join_words(&mut artists);
            let batch = Arc::new(DumpBatch { artists, import: self.record.clone(), marks: false });
            patiently(|| self.store.write_dump(batch.clone(), self.clock.now())).await?;
        }
        Ok(())
    }

    /// Lets the dump say of an artist with several ids all that it says of each: its last word would take away the others.
    fn join_words(&mut self, artists: &mut [DumpArtist]) {
        for artist in artists.iter_mut().filter(|artist| self.several.contains(&artist.id)) {
            let words = self.words.entry(artist.id.clone()).or_insert_with(|| DumpArtist {
                links: Vec::new(),
                aliases: Vec::new(),
                genres: Vec::new(),
                ..artist.clone()
            });
            words.name = words.name.take().or_else(|| artist.name.clone());
            words.url = words.url.take().or_else(|| artist.url.clone());
            words.links.append(&mut artist.links);
            words.aliases.append(&mut artist.aliases);
            words.genres.append(&mut artist.genres);
            *artist = words.clone();
        }
    }

    /// Waits for the first of the batches that are being written, and notes that all up to there is stored.
    async fn settle_first(&mut self) -> Result<(), DumpError> {
        let Some(Writing { task, position, .. }) = self.writing.pop_front() else { return Ok(()) };
        task.await.map_err(|_| DumpError::Interrupted)??;
        self.record.position = position;
        Ok(self.mark().await?)
    }

    /// Waits for all batches that are being written.
    async fn settle(&mut self) -> Result<(), DumpError> {
        while !self.writing.is_empty() {
            self.settle_first().await?;
        }
        Ok(())
    }

    /// Notes where the import stands.
    async fn mark(&self) -> Result<(), StoreError> {
        let batch = Arc::new(DumpBatch { artists: Vec::new(), import: self.record.clone(), marks: true });
        patiently(|| self.store.write_dump(batch.clone(), self.clock.now())).await
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
        report: &mut DumpReport,
    ) -> Result<(), DumpError> {
        let pending: Vec<&Pending> = self.writing.iter().map(|writing| &writing.pending).collect();
        let mut found = identify(&self.store, records, &pending, &self.rejected, self.options.open_licence).await?;
        let again = pending.iter().any(|pending| pending.has_any(&found.artists));
        if again {
            // What comes later in the dump is to be the last word.
            self.settle().await?;
        }
        let new = found.artists.iter().filter(|artist| artist.new).count() as u64;
        report.new_artists += new;
        report.known_artists += found.artists.len() as u64 - new;
        report.joined_artists += found.joined;
        report.forgotten += found.forgotten;
        report.in_doubt += found.in_doubt;
        self.contested.add(found.contested);
        self.join_words(&mut found.artists);
        let pending = found.pending;
        let import = ImportRecord { position, ..self.record.clone() };
        let batch = Arc::new(DumpBatch { artists: found.artists, import, marks: false });
        let (store, now) = (self.store.clone(), self.clock.now());
        let task = tokio::spawn(async move { patiently(|| store.write_dump(batch.clone(), now)).await });
        self.writing.push_back(Writing { task, position, pending });
        Ok(())
    }
}
