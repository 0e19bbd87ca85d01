//! ListenBrainz's dump of listens: `listens/YEAR/MONTH.listens` in a `.tar.zst`, a listen a line.
//!
//! Counted in memory, and added up in the catalogue when memory is full, and once a minute. Sittings end with each file, and
//! within one after so many records, whether or not anything is written there: so what is counted does not depend on where an
//! import was cut off.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use sixpotify_core::{ArtistId, Source};
use sixpotify_sources::clock::SharedClock;
use sixpotify_store::{CountedBatch, ImportRecord, ImportState, SharedStore, StoreError};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::archive::Member;
use super::blocks::{Place, Reading};
use super::counting::{Count, Counted, Counter, Heard};
use super::listen::{Listens, parse};
use super::report::{DumpOutcome, DumpProgress, DumpReport, DumpSnapshot};
use super::{Begun, DumpError, DumpOptions, begin, failure, not_a_dump, proven_wrong};
use crate::patience::patiently;

/// What the file should be.
const WANTED: &str = "ListenBrainz's listens";

/// Sittings end after so many records of a dump: in its largest months after a day or two.
const SPAN: u64 = 500_000;

/// What was counted is added up in the catalogue after so long, though there is room for more: who kills an import, or loses
/// the database, loses the work of a minute.
const PAUSE: Duration = Duration::from_secs(60);

/// No listener's sittings with one artist count for more: one listener must not decide.
const MOST_SITTINGS: u32 = 500;

/// Ids and names that the catalogue is asked for at once.
const ASKED: usize = 10_000;

/// Bytes that are kept of the hash of a user.
const KEPT_OF_HASH: usize = 16;

/// Imports the dump into the catalogue: whom it has counts, so the artists come first.
///
/// A full dump replaces what was counted before, an incremental one adds to it. When `stop` becomes true, ends early, where
/// sittings end next, with everything that it counted saved ([`DumpOutcome::Stopped`]).
///
/// # Errors
/// See [`DumpError`].
pub async fn import_listenbrainz(
    store: &SharedStore,
    options: &DumpOptions,
    clock: SharedClock,
    progress: &dyn DumpProgress,
    stop: watch::Receiver<bool>,
) -> Result<DumpReport, DumpError> {
    let started = Instant::now();
    let what = (Source::ListenBrainz, WANTED);
    let (reading, file, record, mut report) = match begin(store, what, options, &clock, adds, member, parse).await? {
        Begun::Already(report) => return Ok(report),
        Begun::Goes { reading, file, record, report } => (reading, file, record, report),
    };
    let import = Import { store, clock, options, replaces: !adds(&file) && record.position == 0, record };
    import.run(reading, &mut report, progress, stop).await?;
    report.seconds = started.elapsed().as_secs_f64();
    Ok(report)
}

/// An incremental dump adds to what was counted before.
fn adds(file: &str) -> bool {
    file.contains("-incremental/")
}

/// Which members of the archive are listens.
fn member(path: &str) -> Member {
    let name = path.rsplit('/').next().unwrap_or_default();
    match name {
        "TIMESTAMP" | "END_TIMESTAMP" => Member::Timestamp,
        _ if name.ends_with(".listens") => Member::Records,
        _ if name.ends_with(".parquet") => {
            Member::Foreign("the dump for Spark: take the one without `-spark`".to_owned())
        }
        _ if path.contains("lbdump/") => Member::Foreign("users and statistics, not listens".to_owned()),
        _ if path.contains("mbdump/") => Member::Foreign("a dump of MusicBrainz".to_owned()),
        _ => Member::Other,
    }
}

struct Import<'a> {
    store: &'a SharedStore,
    clock: SharedClock,
    options: &'a DumpOptions,
    /// Whether the next write takes away what was counted before.
    replaces: bool,
    /// Where the import stands.
    record: ImportRecord,
}

/// What is being added up: counts stored, and left out.
type Writing = JoinHandle<Result<(u64, u64), StoreError>>;

impl Import<'_> {
    async fn run(
        mut self,
        mut reading: Reading<Listens>,
        report: &mut DumpReport,
        progress: &dyn DumpProgress,
        stop: watch::Receiver<bool>,
    ) -> Result<(), DumpError> {
        let mut counter = Counter::default();
        let mut writing: Option<Writing> = None;
        let mut written = Instant::now();
        let mut seen = self.record.position;
        let mut good = seen > 0;
        while let Some((Place { position, file, ends_file, .. }, mut listens)) = reading.next().await {
            report.records += position - seen;
            let ends_sittings = ends_file || position / SPAN != seen / SPAN;
            seen = position;
            good |= !listens.listens.is_empty();
            report.note_faulty(&file, std::mem::take(&mut listens.faulty));
            proven_wrong(self.options, WANTED, good, report)?;
            counter.add(&listens);
            if !ends_sittings {
                continue;
            }
            counter.end_sittings();
            progress.saved(self.snapshot(report, &reading));
            let stops = *stop.borrow();
            if stops || counter.is_full() || written.elapsed() >= PAUSE {
                settle(&mut writing, report).await?;
                writing = Some(self.write(counter.take(), seen, ImportState::Running));
                written = Instant::now();
            }
            if stops {
                report.outcome = DumpOutcome::Stopped;
                break;
            }
        }
        settle(&mut writing, report).await?;
        (report.counted, report.skips) = (counter.counted, counter.skips);
        let snapshot = self.snapshot(report, &reading);
        if report.outcome == DumpOutcome::Stopped {
            progress.saved(snapshot);
            return Ok(());
        }
        if let Err(error) = reading.end().await {
            return Err(failure(self.options, WANTED, self.record.position, Some(error)));
        }
        if !good {
            return Err(not_a_dump(self.options, WANTED, "it holds no listen".to_owned()));
        }
        writing = Some(self.write(counter.take(), seen, ImportState::Done));
        settle(&mut writing, report).await?;
        progress.saved(DumpSnapshot { records: seen, ..snapshot });
        Ok(())
    }

    /// Where the import stands, as far as it is stored or being stored.
    fn snapshot(&self, report: &DumpReport, reading: &Reading<Listens>) -> DumpSnapshot {
        DumpSnapshot {
            records: self.record.position,
            faulty: report.faulty,
            bytes_read: reading.bytes_read(),
            bytes: reading.bytes,
        }
    }

    /// Has counts added up while the next ones are counted.
    fn write(&mut self, counted: Counted, position: u64, state: ImportState) -> Writing {
        self.record.position = position;
        self.record.state = state;
        let (store, now, import) = (self.store.clone(), self.clock.now(), self.record.clone());
        let replaces = std::mem::take(&mut self.replaces);
        let salt = self.options.salt.clone();
        tokio::spawn(async move {
            let (batch, unknown) = resolved(&store, counted, &salt, replaces, import).await?;
            let stored = batch.counts.len();
            let batch = Arc::new(batch);
            patiently(|| store.write_counted(batch.clone(), now)).await?;
            Ok((stored as u64, unknown as u64))
        })
    }
}

/// Waits for what is being added up.
async fn settle(writing: &mut Option<Writing>, report: &mut DumpReport) -> Result<(), DumpError> {
    if let Some(task) = writing.take() {
        let (stored, unknown) = task.await.map_err(|_| DumpError::Interrupted)??;
        report.stored_counts += stored;
        report.unknown_artists += unknown;
    }
    Ok(())
}

/// Counts of artists of the catalogue, of listeners whose names nobody can read, all in the order of their keys; and how many
/// were of nobody there.
async fn resolved(
    store: &SharedStore,
    counted: Counted,
    salt: &str,
    replaces: bool,
    import: ImportRecord,
) -> Result<(CountedBatch, usize), StoreError> {
    let Counted { users, artists: heard, mut counts } = counted;
    let known = known(store, &heard).await?;
    // Several ids may be one artist.
    let mut artists: Vec<ArtistId> = known.iter().flatten().cloned().collect();
    artists.sort_unstable();
    artists.dedup();
    let artist_at: Vec<Option<u32>> = known
        .into_iter()
        .map(|artist| artists.binary_search(&artist?).ok().and_then(|at| u32::try_from(at).ok()))
        .collect();
    let mut keys: Vec<(String, usize)> =
        users.iter().enumerate().map(|(number, user)| (user_key(salt, user), number)).collect();
    keys.sort_unstable();
    let mut user_at = vec![0; users.len()];
    for (at, (_, number)) in (0..).zip(&keys) {
        user_at[*number] = at;
    }
    let all = counts.len();
    counts.retain_mut(|count| {
        let artist = artist_at[count.artist() as usize];
        if let Some(artist) = artist {
            *count = Count::new(user_at[count.user() as usize], artist, count.times());
        }
        artist.is_some()
    });
    let unknown = all - counts.len();
    counts.sort_unstable();
    counts.dedup_by(|later, kept| {
        let same = later.is_of_same(*kept);
        if same {
            *kept = Count::new(kept.user(), kept.artist(), kept.times() + later.times());
        }
        same
    });
    let users = keys.into_iter().map(|(key, _)| key).collect();
    let counts = counts.into_iter().map(|count| (count.user(), count.artist(), count.times())).collect();
    Ok((CountedBatch { replaces, users, artists, counts, most: MOST_SITTINGS, import }, unknown))
}

/// The artists that are heard; a name counts only where one artist alone has it, to the letter.
async fn known(store: &SharedStore, heard: &[Heard]) -> Result<Vec<Option<ArtistId>>, StoreError> {
    let mut known = Vec::with_capacity(heard.len());
    for some in heard.chunks(ASKED) {
        let (mut ids, mut names) = (Vec::new(), Vec::new());
        for artist in some {
            match artist {
                Heard::Id(source, id) => ids.push((*source, id.clone())),
                Heard::Name(name) => names.push(name.clone()),
            }
        }
        let owners = patiently(|| store.owners_of(&ids)).await?;
        let by_id: HashMap<(Source, String), ArtistId> =
            owners.into_iter().map(|(source, id, artist)| ((source, id), artist)).collect();
        let mut by_name: HashMap<String, Option<ArtistId>> = HashMap::new();
        for (name, artist) in patiently(|| store.artists_named(&names)).await? {
            by_name.entry(name).and_modify(|several| *several = None).or_insert(Some(artist));
        }
        known.extend(some.iter().map(|artist| match artist {
            Heard::Id(source, id) => by_id.get(&(*source, id.clone())).cloned(),
            Heard::Name(name) => by_name.get(name).cloned().flatten(),
        }));
    }
    Ok(known)
}

/// What stands for a user: a hash with the catalogue's own salt, so that nobody can try names.
fn user_key(salt: &str, user: &str) -> String {
    let mut hash = Sha256::new();
    // The length parts the salt from the name.
    hash.update((salt.len() as u64).to_le_bytes());
    hash.update(salt);
    hash.update("listenbrainz ");
    hash.update(user);
    hash.finalize()[..KEPT_OF_HASH].iter().fold(String::with_capacity(2 * KEPT_OF_HASH), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_users_depend_on_salt_and_name() {
        assert_eq!(user_key("salt", "#1"), user_key("salt", "#1"));
        assert_ne!(user_key("salt", "#1"), user_key("salt", "#2"));
        assert_ne!(user_key("salt", "#1"), user_key("pepper", "#1"));
        assert_eq!(user_key("salt", "#1").len(), 32);
    }

    #[test]
    fn members_are_told_apart() {
        let dump = "listenbrainz-listens-dump-1-20260501-000003-full";
        assert_eq!(member(&format!("{dump}/listens/2026/5.listens")), Member::Records);
        assert_eq!(member(&format!("{dump}/TIMESTAMP")), Member::Timestamp);
        assert!(matches!(member("x/0.parquet"), Member::Foreign(_)));
        assert!(matches!(member("x/lbdump/user"), Member::Foreign(_)));
        assert_eq!(member(&format!("{dump}/COPYING")), Member::Other);
    }
}
