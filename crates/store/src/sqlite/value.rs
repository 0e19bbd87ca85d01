//! How values look in SQLite: times as text, numbers as SQLite has them, words of the catalogue as text.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use rusqlite::types::Type;
use rusqlite::{Result, Row};
use sixpotify_core::{Artist, ArtistId, AudioFeatures};

pub(super) use crate::text::time_text;

/// Reads back what [`time_text`] wrote.
pub(super) fn time(row: &Row<'_>, column: usize) -> Result<DateTime<Utc>> {
    parsed(row.get_ref(column)?.as_str()?, column)
}

/// [`time`] that may be null.
pub(super) fn optional_time(row: &Row<'_>, column: usize) -> Result<Option<DateTime<Utc>>> {
    row.get_ref(column)?.as_str_or_null()?.map(|text| parsed(text, column)).transpose()
}

/// A word of the catalogue: a source, a facet, a state.
pub(super) fn word<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    row: &Row<'_>,
    column: usize,
) -> Result<T> {
    parsed(row.get_ref(column)?.as_str()?, column)
}

/// [`word`] that may be null.
pub(super) fn optional_word<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    row: &Row<'_>,
    column: usize,
) -> Result<Option<T>> {
    row.get_ref(column)?.as_str_or_null()?.map(|text| parsed(text, column)).transpose()
}

fn parsed<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(text: &str, column: usize) -> Result<T> {
    text.parse().map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

/// JSON that may be null.
pub(super) fn optional_json(row: &Row<'_>, column: usize) -> Result<Option<serde_json::Value>> {
    row.get_ref(column)?.as_str_or_null()?.map(|text| parsed(text, column)).transpose()
}

/// JSON of a known shape.
pub(super) fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T> {
    serde_json::from_str(row.get_ref(column)?.as_str()?)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

/// A count, which is never negative.
pub(super) fn count(row: &Row<'_>, column: usize) -> Result<u64> {
    let n: i64 = row.get(column)?;
    u64::try_from(n).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, n))
}

/// [`count`] that may be null.
pub(super) fn optional_count(row: &Row<'_>, column: usize) -> Result<Option<u64>> {
    match row.get_ref(column)?.as_i64_or_null()? {
        Some(_) => count(row, column).map(Some),
        None => Ok(None),
    }
}

/// Single precision as the decimal number it stands for, so that 0.1 is stored as 0.1 and not as 0.10000000149011612.
/// Reads back as the same number with [`single`].
pub(super) fn decimal(number: f32) -> f64 {
    let exact = f64::from(number);
    match number.to_string().parse() {
        Ok(short) if single(short) == number => short,
        _ => exact,
    }
}

/// The nearest number in single precision.
#[expect(clippy::cast_possible_truncation, reason = "the columns hold what was single precision when written")]
pub(super) fn single(number: f64) -> f32 {
    number as f32
}

/// The columns of [`artist`], of a table named `a`.
macro_rules! artist_columns {
    () => {
        "a.id, a.name, a.followers, a.popularity, a.url, a.image_url"
    };
}
pub(super) use artist_columns;

/// An artist from six columns, the first at `at`.
pub(super) fn artist(row: &Row<'_>, at: usize) -> Result<Artist> {
    Ok(Artist {
        id: artist_id(row, at)?,
        name: row.get(at + 1)?,
        followers: optional_count(row, at + 2)?,
        popularity: row.get(at + 3)?,
        url: row.get(at + 4)?,
        image_url: row.get(at + 5)?,
    })
}

/// An artist's id.
pub(super) fn artist_id(row: &Row<'_>, column: usize) -> Result<ArtistId> {
    Ok(ArtistId::from_stored(row.get::<_, String>(column)?))
}

/// The columns of [`features`], of a table named `f`.
macro_rules! feature_columns {
    () => {
        "f.danceability, f.energy, f.key, f.loudness, f.mode, f.speechiness, f.acousticness, f.instrumentalness,
         f.liveness, f.valence, f.tempo, f.time_signature, f.duration_ms"
    };
}
pub(super) use feature_columns;

/// Audio features from thirteen columns, the first at `at`.
pub(super) fn features(row: &Row<'_>, at: usize) -> Result<AudioFeatures> {
    let number = |column: usize| row.get::<_, Option<f64>>(at + column).map(|n| n.map(single));
    Ok(AudioFeatures {
        danceability: number(0)?,
        energy: number(1)?,
        key: row.get(at + 2)?,
        loudness: number(3)?,
        mode: row.get(at + 4)?,
        speechiness: number(5)?,
        acousticness: number(6)?,
        instrumentalness: number(7)?,
        liveness: number(8)?,
        valence: number(9)?,
        tempo: number(10)?,
        time_signature: row.get(at + 11)?,
        duration_ms: row.get(at + 12)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_precision_survives_as_the_decimal_it_stands_for() {
        assert_eq!(decimal(0.1), 0.1);
        for number in [0.0, -7.345, 1.0e-30, 3.4e38, 0.333_333_34, f32::MIN_POSITIVE, 118.211, 16_777_217.0] {
            assert_eq!(single(decimal(number)).to_bits(), number.to_bits(), "{number}");
        }
    }
}
