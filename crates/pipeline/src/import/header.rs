//! Which columns a table has, and which of them are used.

use serde::Serialize;
use sixpotify_similar::Feature;

use super::records::{Fields, Next, Records};
use super::{FileReport, ReadError, TableError};

/// What parts the fields; the first that the header makes sense with.
const DELIMITERS: &[u8] = b",;\t";

/// What the rows of a table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Artists as a whole.
    Artists,
    /// Tracks.
    Tracks,
    /// Who heard whom how often.
    Listens,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// The artist's name.
    Artist,
    /// Genres, parted by `|`.
    Genres,
    /// 0 to 100.
    Popularity,
    /// Over how many tracks the features are means.
    NTracks,
    /// The track's id.
    TrackId,
    /// The track's title.
    TrackName,
    /// Date of release.
    ReleaseDate,
    /// Year of release.
    ReleaseYear,
    /// Whether the words are explicit.
    Explicit,
    /// The listener's name.
    User,
    /// How often the listener heard the artist.
    Plays,
    /// An audio feature.
    Feature(Feature),
}

impl Column {
    /// The names of the column, the one that is told first.
    pub(super) const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Artist => &["artist", "artist_name", "name"],
            Self::Genres => &["genres", "genre"],
            Self::Popularity => &["popularity"],
            Self::NTracks => &["n_tracks"],
            Self::TrackId => &["track_id", "id"],
            Self::TrackName => &["track_name", "title", "track"],
            Self::ReleaseDate => &["release_date"],
            Self::ReleaseYear => &["release_year", "year"],
            Self::Explicit => &["explicit"],
            Self::User => &["user", "user_id"],
            Self::Plays => &["plays", "playcount"],
            Self::Feature(feature) => feature_names(feature),
        }
    }
}

const fn feature_names(feature: Feature) -> &'static [&'static str] {
    match feature {
        Feature::Danceability => &["danceability"],
        Feature::Energy => &["energy"],
        Feature::Key => &["key"],
        Feature::Loudness => &["loudness"],
        Feature::Mode => &["mode"],
        Feature::Speechiness => &["speechiness"],
        Feature::Acousticness => &["acousticness"],
        Feature::Instrumentalness => &["instrumentalness"],
        Feature::Liveness => &["liveness"],
        Feature::Valence => &["valence"],
        Feature::Tempo => &["tempo"],
        Feature::TimeSignature => &["time_signature"],
        Feature::DurationMs => &["duration_ms"],
    }
}

impl Kind {
    /// The columns that a table of this kind may have, and those that it needs.
    fn columns(self) -> (Vec<Column>, &'static [Column]) {
        use Column::{
            Artist, Explicit, Genres, NTracks, Plays, Popularity, ReleaseDate, ReleaseYear, TrackId, TrackName, User,
        };
        let features = || Feature::ALL.into_iter().map(Column::Feature);
        match self {
            Self::Artists => ([Artist, Genres, Popularity, NTracks].into_iter().chain(features()).collect(), &[Artist]),
            Self::Tracks => {
                let own = [TrackId, TrackName, Artist, ReleaseDate, ReleaseYear, Popularity, Explicit];
                (own.into_iter().chain(features()).collect(), &[TrackId])
            }
            Self::Listens => (vec![User, Artist, Plays], &[User, Artist]),
        }
    }
}

/// Where the columns of a table are.
pub(super) struct Header {
    found: Vec<(Column, usize)>,
}

impl Header {
    /// Reads the header of a table, and notes in the report what is missing and what is not used.
    pub(super) fn read(kind: Kind, records: &mut Records, report: &mut FileReport) -> Result<Self, ReadError> {
        let (columns, needed) = kind.columns();
        let score = |fields: Fields<'_>| columns.iter().filter(|column| position(fields, **column).is_some()).count();
        let fields = match records.header(DELIMITERS, score)? {
            None => return Err(TableError::Empty.into()),
            Some(Next::Bad(_, reason)) => return Err(TableError::Header { reason }.into()),
            Some(Next::Record(_, fields)) => fields,
        };
        let found: Vec<(Column, usize)> =
            columns.iter().filter_map(|column| Some((*column, position(fields, *column)?))).collect();
        let has = |column: Column| found.iter().any(|(other, _)| *other == column);
        if let Some(column) = needed.iter().find(|column| !has(**column)) {
            let shown: Vec<String> = fields.iter().take(6).map(shown).collect();
            return Err(TableError::Column { column: column.names()[0], found: shown.join(", ") }.into());
        }
        report.missing_columns = columns
            .iter()
            .filter(|column| !has(**column))
            // A date says the year, too.
            .filter(|column| !matches!(column, Column::ReleaseYear | Column::ReleaseDate) || !has_date(&has))
            // Tables rarely have it, and nothing but a filter looks at it.
            .filter(|column| **column != Column::Explicit)
            .map(|column| column.names()[0].to_owned())
            .collect();
        let unused = fields.iter().enumerate().filter(|(at, _)| found.iter().all(|(_, used)| used != at));
        report.unknown_columns = unused.map(|(_, head)| shown(head)).collect();
        Ok(Self { found })
    }

    /// Whether the table has the column.
    pub(super) fn has(&self, column: Column) -> bool {
        self.found.iter().any(|(other, _)| *other == column)
    }

    /// The cell of a column, byte for byte; `None` where there is no such column.
    pub(super) fn cell<'a>(&self, fields: Fields<'a>, column: Column) -> Option<&'a str> {
        let (_, at) = self.found.iter().find(|(other, _)| *other == column)?;
        Some(fields.get(*at))
    }
}

fn has_date(has: &impl Fn(Column) -> bool) -> bool {
    has(Column::ReleaseYear) || has(Column::ReleaseDate)
}

/// Where a column is, by its best name; of two of one name, the first counts.
fn position(fields: Fields<'_>, column: Column) -> Option<usize> {
    let named = |name: &&str| fields.iter().position(|head| head.trim().eq_ignore_ascii_case(name));
    column.names().iter().find_map(named)
}

/// A head as it is told, shortened.
fn shown(head: &str) -> String {
    let short: String = head.trim().chars().filter(|c| !c.is_control()).take(30).collect();
    if short.is_empty() { "(blank)".to_owned() } else { short }
}
