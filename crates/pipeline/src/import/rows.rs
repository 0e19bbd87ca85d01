//! Rows of tables to rows of the catalogue, a batch at a time.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Read;

use sixpotify_core::{ArtistId, AudioFeatures, Source, SpotifyId, TrackId};
use sixpotify_similar::Feature;
use sixpotify_store::{FEATURE_COUNT, ImportedArtist, ImportedListen, ImportedTrack, MeanFeatures};

use super::cells::{self, Cell};
use super::header::{Column, Header, Kind};
use super::listener::Listeners;
use super::records::{Fields, Next, Records};
use super::{FileReport, ReadError, text};

/// Rows that are written at once.
const ROWS: usize = 10_000;

/// Longest name or id in bytes.
const LONGEST_NAME: usize = 1000;

/// Keys that are remembered to tell repeated rows; in a larger table they are not told.
const REMEMBERED: usize = 1_000_000;

/// A batch of rows, and the names of artists in it.
pub(super) struct Parsed {
    pub(super) names: HashSet<String>,
    pub(super) rows: ParsedRows,
}

/// Rows that lack the ids of their artists.
pub(super) enum ParsedRows {
    Artists(Vec<ImportedArtist>),
    /// With the name of the artist.
    Tracks(Vec<(ImportedTrack, Option<String>)>),
    /// With the name of the artist.
    Listens(Vec<(ImportedListen, String)>),
}

impl ParsedRows {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Artists(rows) => rows.len(),
            Self::Tracks(rows) => rows.len(),
            Self::Listens(rows) => rows.len(),
        }
    }
}

/// Reads a table.
pub(super) struct Rows {
    kind: Kind,
    records: Records,
    header: Header,
    listeners: Option<Listeners>,
    /// Hashes of the keys so far.
    seen: HashSet<u64>,
}

impl Rows {
    /// Begins to read a table; its encoding and columns go into the report.
    pub(super) fn open(
        kind: Kind,
        input: Box<dyn Read + Send>,
        listeners: Option<Listeners>,
        report: &mut FileReport,
    ) -> Result<Self, ReadError> {
        let (text, encoding) = text::open(input)?;
        report.encoding = encoding.to_string();
        let mut records = Records::new(text);
        let header = Header::read(kind, &mut records, report)?;
        Ok(Self { kind, records, header, listeners, seen: HashSet::new() })
    }

    /// The next rows; `None` at the end.
    pub(super) fn batch(&mut self, report: &mut FileReport) -> Result<Option<Parsed>, ReadError> {
        let mut names = HashSet::new();
        let mut rows = match self.kind {
            Kind::Artists => ParsedRows::Artists(Vec::new()),
            Kind::Tracks => ParsedRows::Tracks(Vec::new()),
            Kind::Listens => ParsedRows::Listens(Vec::new()),
        };
        while rows.len() < ROWS {
            let Some(next) = self.records.next()? else { break };
            report.rows += 1;
            let (line, fields) = match next {
                Next::Record(line, fields) => (line, fields),
                Next::Bad(line, reason) => {
                    report.skip(line, reason);
                    continue;
                }
            };
            let row = Row { line, fields, header: &self.header };
            let key = match &mut rows {
                ParsedRows::Artists(rows) => row.artist(report).map(|artist| {
                    names.insert(artist.name.clone());
                    let key = hash(&artist.name, "");
                    rows.push(artist);
                    key
                }),
                ParsedRows::Tracks(rows) => row.track(report).map(|(track, artist)| {
                    names.extend(artist.clone());
                    let key = hash(track.id.as_str(), "");
                    rows.push((track, artist));
                    key
                }),
                ParsedRows::Listens(rows) => row.listen(self.listeners.as_ref(), report).map(|(listen, artist)| {
                    names.insert(artist.clone());
                    let key = hash(&listen.user_key, &artist);
                    rows.push((listen, artist));
                    key
                }),
            };
            if let (Some(key), Some(repeated)) = (key, &mut report.repeated) {
                *repeated += u64::from(!self.seen.insert(key));
                if self.seen.len() > REMEMBERED {
                    self.seen = HashSet::new();
                    report.repeated = None;
                }
            }
        }
        Ok((rows.len() > 0).then_some(Parsed { names, rows }))
    }
}

fn hash(a: &str, b: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (a, b).hash(&mut hasher);
    hasher.finish()
}

/// A row, and where its columns are.
struct Row<'a> {
    line: u64,
    fields: Fields<'a>,
    header: &'a Header,
}

impl<'a> Row<'a> {
    fn cell(&self, column: Column) -> &'a str {
        self.header.cell(self.fields, column).unwrap_or_default()
    }

    /// A cell that may be absent, and is counted where it cannot be used.
    fn value<T>(&self, column: Column, read: impl Fn(&str) -> Cell<T>, report: &mut FileReport) -> Option<T> {
        let cell = self.header.cell(self.fields, column)?;
        match read(cell) {
            Cell::Value(value) => Some(value),
            Cell::Empty => None,
            Cell::Unusable => {
                report.unusable(self.line, format!("`{}` is no {}", shown(cell), column.names()[0]));
                None
            }
        }
    }

    fn features(&self, report: &mut FileReport) -> [Option<f32>; FEATURE_COUNT] {
        Feature::ALL.map(|feature| self.value(Column::Feature(feature), |cell| cells::feature(cell, feature), report))
    }

    /// A name or id, byte for byte.
    fn name(&self, column: Column, report: &mut FileReport) -> Option<&'a str> {
        let name = self.cell(column);
        if name.trim().is_empty() {
            report.skip(self.line, format!("has no {}", column.names()[0]));
            return None;
        }
        if name.len() > LONGEST_NAME {
            let reason = format!("{} bytes are too long for a {}: `{}..`", name.len(), column.names()[0], shown(name));
            report.skip(self.line, reason);
            return None;
        }
        Some(name)
    }

    fn artist(&self, report: &mut FileReport) -> Option<ImportedArtist> {
        let name = self.name(Column::Artist, report)?;
        let values = self.features(report);
        let n_tracks = self.value(Column::NTracks, cells::count, report);
        let genres = self.header.cell(self.fields, Column::Genres).map(|cell| {
            let (genres, too_long) = cells::genres(cell);
            if too_long > 0 {
                report.unusable(self.line, "a genre is too long");
            }
            genres
        });
        let known = values.iter().any(Option::is_some);
        Some(ImportedArtist {
            // Given when it is known who that is.
            id: ArtistId::new(Source::Csv, ""),
            name: name.to_owned(),
            popularity: self.value(Column::Popularity, cells::popularity, report),
            genres,
            features: known.then_some(MeanFeatures { n_tracks, values }),
        })
    }

    fn track(&self, report: &mut FileReport) -> Option<(ImportedTrack, Option<String>)> {
        let id = self.name(Column::TrackId, report)?;
        let artist = match self.cell(Column::Artist) {
            blank if blank.trim().is_empty() => None,
            _ => Some(self.name(Column::Artist, report)?.to_owned()),
        };
        let title = self.cell(Column::TrackName);
        let values = self.features(report);
        let features: AudioFeatures = cells::features(|feature| values[feature as usize]);
        let release_date = self
            .value(Column::ReleaseDate, cells::date, report)
            .or_else(|| self.value(Column::ReleaseYear, cells::date, report));
        let track = ImportedTrack {
            id: SpotifyId::parse(id).map_or_else(|_| TrackId::new(Source::Csv, id), TrackId::from),
            name: if title.trim().is_empty() { String::new() } else { title.to_owned() },
            artists: Vec::new(),
            release_date,
            popularity: self.value(Column::Popularity, cells::popularity, report),
            explicit: self.value(Column::Explicit, cells::truth, report),
            features,
        };
        Some((track, artist))
    }

    fn listen(&self, listeners: Option<&Listeners>, report: &mut FileReport) -> Option<(ImportedListen, String)> {
        let user = self.name(Column::User, report)?;
        let artist = self.name(Column::Artist, report)?;
        let plays = if self.header.has(Column::Plays) {
            match cells::plays(self.cell(Column::Plays)) {
                Cell::Value(plays) => plays,
                Cell::Empty => 1,
                Cell::Unusable => {
                    let reason = format!("`{}` is no number of plays above 0", shown(self.cell(Column::Plays)));
                    report.skip(self.line, reason);
                    return None;
                }
            }
        } else {
            1
        };
        let user_key = listeners?.key(user);
        Some((ImportedListen { user_key, artist_id: ArtistId::new(Source::Csv, ""), plays }, artist.to_owned()))
    }
}

/// A cell as it is told, shortened.
fn shown(cell: &str) -> String {
    cell.chars().filter(|c| !c.is_control()).take(40).collect()
}
