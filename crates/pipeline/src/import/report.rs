//! What an import did.

use serde::Serialize;

use super::Kind;

/// Problems that are kept with their lines; further ones are only counted.
const KEPT_PROBLEMS: usize = 100;

/// What an import did, table by table.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ImportReport {
    /// One entry per table, in order.
    pub files: Vec<FileReport>,
    /// Artists that the catalogue did not have before.
    pub new_artists: u64,
    /// Seconds that it took.
    pub seconds: f64,
}

/// What became of one table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// What its rows are.
    pub kind: Kind,
    /// The file.
    pub file: String,
    /// How the file is written down: `UTF-8`, `UTF-16`, `CP949 (EUC-KR)`.
    pub encoding: String,
    /// Rows read, without the header and blank lines.
    pub rows: u64,
    /// Rows in the catalogue now.
    pub stored: u64,
    /// Rows left out because something is wrong with them; see `problems`.
    pub skipped: u64,
    /// Rows that repeat an earlier one's key: the last one counts. `None` where there are too many rows to tell.
    pub repeated: Option<u64>,
    /// Rows left out because their artist is not in the catalogue and was not to enter it.
    pub unknown_artists: u64,
    /// Rows left out because their artist was forgotten (`sixpotify forget`).
    pub forgotten: u64,
    /// Cells of stored rows that could not be used and count as empty; see `problems`.
    pub unusable_cells: u64,
    /// Columns that would be used, and are not there.
    pub missing_columns: Vec<String>,
    /// Columns that are there, and not used.
    pub unknown_columns: Vec<String>,
    /// The first hundred problems, by line.
    pub problems: Vec<Problem>,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Number of the line, from 1.
    pub line: u64,
    /// What is wrong.
    pub reason: String,
}

impl FileReport {
    pub(super) fn new(kind: Kind, file: &str) -> Self {
        Self {
            kind,
            file: file.to_owned(),
            encoding: String::new(),
            rows: 0,
            stored: 0,
            skipped: 0,
            repeated: Some(0),
            unknown_artists: 0,
            forgotten: 0,
            unusable_cells: 0,
            missing_columns: Vec::new(),
            unknown_columns: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Counts a row that is left out.
    pub(super) fn skip(&mut self, line: u64, reason: impl Into<String>) {
        self.skipped += 1;
        self.note(line, reason);
    }

    /// Counts a cell that counts as empty.
    pub(super) fn unusable(&mut self, line: u64, reason: impl Into<String>) {
        self.unusable_cells += 1;
        self.note(line, reason);
    }

    fn note(&mut self, line: u64, reason: impl Into<String>) {
        if self.problems.len() < KEPT_PROBLEMS {
            self.problems.push(Problem { line, reason: reason.into() });
        }
    }
}
