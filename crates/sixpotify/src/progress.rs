//! How a run shows that it goes on: a bar on a terminal, a line now and then elsewhere.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use sixpotify_pipeline::{DumpProgress, DumpSnapshot, Kind, Progress, Snapshot};
use sixpotify_sources::spotify::Spotify;

use crate::printer::{number, say, talks_to_terminal};

/// Lines elsewhere come at most this often.
const PAUSE: Duration = Duration::from_secs(5);

/// Shows the progress of an ingest run.
pub(crate) struct IngestProgress {
    bar: Option<ProgressBar>,
    spotify: Option<Spotify>,
    last_line: Mutex<Instant>,
}

impl IngestProgress {
    /// For `names` names.
    pub(crate) fn new(names: usize, spotify: Spotify) -> Self {
        let bar = bar(names);
        Self { bar, spotify: Some(spotify), last_line: Mutex::new(Instant::now()) }
    }

    /// For `names` names at several sources.
    pub(crate) fn of_many(names: usize) -> Self {
        Self { spotify: None, bar: bar(names), last_line: Mutex::new(Instant::now()) }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// What the source lets through: `spotify 87/90 per 30 s`.
    fn source(&self, snapshot: Snapshot) -> String {
        let Some(spotify) = &self.spotify else { return format!("{} requests", number(snapshot.requests)) };
        match spotify.window() {
            (used, Some(budget)) => format!("spotify {used}/{} per {} s", budget.requests, budget.window.as_secs()),
            (_, None) => format!("{} requests", number(snapshot.requests)),
        }
    }
}

impl Progress for IngestProgress {
    fn saved(&self, snapshot: Snapshot) {
        if let Some(bar) = &self.bar {
            bar.set_position(snapshot.done as u64);
            bar.set_message(self.source(snapshot));
            return;
        }
        let mut last = self.last_line.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if last.elapsed() >= PAUSE {
            *last = Instant::now();
            let (done, names) = (number(snapshot.done as u64), number(snapshot.names as u64));
            say(format!("{done} of {names} names saved, {}", self.source(snapshot)));
        }
    }
}

fn bar(names: usize) -> Option<ProgressBar> {
    talks_to_terminal().then(|| {
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} names  {per_sec:.0}  eta {eta}  {msg}");
        let bar = ProgressBar::new(names as u64);
        bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
    })
}

/// Shows how many rows of a table are stored.
pub(crate) struct ImportProgress {
    bar: Option<ProgressBar>,
    last_line: Mutex<Instant>,
}

impl ImportProgress {
    /// Before the first row.
    pub(crate) fn new() -> Self {
        let bar = talks_to_terminal().then(|| {
            let style = ProgressStyle::with_template("{spinner} {msg}  {elapsed}");
            ProgressBar::new_spinner().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
        });
        Self { bar, last_line: Mutex::new(Instant::now()) }
    }

    /// So many rows of the present table are stored.
    pub(crate) fn stored(&self, kind: Kind, rows: u64) {
        let what = match kind {
            Kind::Artists => "artists",
            Kind::Tracks => "tracks",
            Kind::Listens => "rows of co-listening",
        };
        let text = format!("{} {what} stored", number(rows));
        if let Some(bar) = &self.bar {
            bar.set_message(text);
            bar.tick();
            return;
        }
        let mut last = self.last_line.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if last.elapsed() >= PAUSE {
            *last = Instant::now();
            say(text);
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Shows how far the import of a dump is.
pub(crate) struct DumpBar {
    bar: Option<ProgressBar>,
    started: Instant,
    last_line: Mutex<Instant>,
}

impl DumpBar {
    /// Before the first record.
    pub(crate) fn new() -> Self {
        let bar = talks_to_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:30} {percent}%  {msg}  eta {eta}");
            ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { bar, started: Instant::now(), last_line: Mutex::new(Instant::now()) }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl DumpProgress for DumpBar {
    fn saved(&self, snapshot: DumpSnapshot) {
        let DumpSnapshot { records, faulty, bytes_read, bytes } = snapshot;
        let faulty = if faulty == 0 { String::new() } else { format!(", {} faulty lines", number(faulty)) };
        let text = format!("{} records saved{faulty}", number(records));
        if let Some(bar) = &self.bar {
            bar.set_length(bytes);
            bar.set_position(bytes_read);
            bar.set_message(text);
            return;
        }
        let mut last = self.last_line.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if last.elapsed() >= PAUSE {
            *last = Instant::now();
            let percent = bytes_read.saturating_mul(100).checked_div(bytes).unwrap_or(100);
            say(format!("{text}, {percent}% of the file after {} s", self.started.elapsed().as_secs()));
        }
    }
}
