//! What an import of a dump did, and what it says on the way.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sixpotify_core::Source;

/// Faulty lines that are kept with their numbers; further ones are only counted.
const KEPT: usize = 20;

/// How an import ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DumpOutcome {
    /// All of the dump is in the catalogue.
    Done,
    /// It was there before.
    Already,
    /// The user stopped it; it goes on where it was.
    Stopped,
}

/// A line that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FaultyLine {
    /// File within the archive.
    pub file: String,
    /// Number, from 1.
    pub line: u64,
    /// What is wrong.
    pub reason: String,
}

/// What an import of a dump did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DumpReport {
    /// Whose dump.
    pub source: Source,
    /// What identifies the dump.
    pub dump: String,
    /// When it was made, as far as it says.
    pub dump_date: Option<DateTime<Utc>>,
    /// How it ended.
    pub outcome: DumpOutcome,
    /// Records passed over because an earlier run stored them.
    pub resumed_after: u64,
    /// Records read by this run, faulty ones among them.
    pub records: u64,
    /// Artists that are new to the catalogue.
    pub new_artists: u64,
    /// Artists that the catalogue had before, from this source or joined to it by a link.
    pub known_artists: u64,
    /// Of the known ones, those that this run joined to an artist of another source.
    pub joined_artists: u64,
    /// Artists that were left out because a person removed them.
    pub forgotten: u64,
    /// Artists whose links lead to several artists of the catalogue: they were not joined to any.
    pub in_doubt: u64,
    /// Artists that the source does not have any more.
    pub vanished: Vanished,
    /// Listens that count.
    pub counted: u64,
    /// Listens that were skipped after a few seconds.
    pub skips: u64,
    /// Counts of listeners and artists in the catalogue now, repeated ones of several months among them.
    pub stored_counts: u64,
    /// Counts that were left out: of artists that the catalogue does not have, or of whose name it has several.
    pub unknown_artists: u64,
    /// Lines that could not be used.
    pub faulty: u64,
    /// The first of them.
    pub faulty_lines: Vec<FaultyLine>,
    /// Seconds that it took.
    pub seconds: f64,
}

impl DumpReport {
    pub(super) fn new(source: Source, dump: &str, dump_date: Option<DateTime<Utc>>) -> Self {
        Self {
            source,
            dump: dump.to_owned(),
            dump_date,
            outcome: DumpOutcome::Done,
            resumed_after: 0,
            records: 0,
            new_artists: 0,
            known_artists: 0,
            joined_artists: 0,
            forgotten: 0,
            in_doubt: 0,
            vanished: Vanished::default(),
            counted: 0,
            skips: 0,
            stored_counts: 0,
            unknown_artists: 0,
            faulty: 0,
            faulty_lines: Vec::new(),
            seconds: 0.0,
        }
    }

    /// Notes the faulty lines of a part of `file`.
    pub(super) fn note_faulty(&mut self, file: &str, lines: Vec<(u64, String)>) {
        self.faulty += lines.len() as u64;
        for (line, reason) in lines {
            if self.faulty_lines.len() < KEPT {
                self.faulty_lines.push(FaultyLine { file: file.to_owned(), line, reason });
            }
        }
    }
}

/// What became of artists of whom a source spoke before, and that its dump does not have any more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Vanished {
    /// Those that became another artist, which has their ids elsewhere now.
    pub merged: u64,
    /// Those that are gone from the catalogue too: nobody else said or wanted anything of them.
    pub removed: u64,
    /// Those that stay, without what the source said.
    pub kept: u64,
    /// Names and ids of the first of those that stay.
    pub kept_artists: Vec<String>,
    /// True where so many of them are missing that the dump is taken for a part of one, and nothing was done.
    pub too_many: bool,
}

impl Vanished {
    /// Notes an artist that stays.
    pub(super) fn note_kept(&mut self, artist: String) {
        self.kept += 1;
        if self.kept_artists.len() < KEPT {
            self.kept_artists.push(artist);
        }
    }
}

/// Where an import stands; all of it is in the catalogue already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DumpSnapshot {
    /// Records stored or passed over.
    pub records: u64,
    /// Faulty lines so far.
    pub faulty: u64,
    /// Bytes of the file read so far, which is a little more than is stored.
    pub bytes_read: u64,
    /// Bytes that the file has.
    pub bytes: u64,
}

/// Is told how an import goes. Called from the import's task: do not block.
pub trait DumpProgress: Send + Sync {
    /// Something was saved.
    fn saved(&self, snapshot: DumpSnapshot);
}
