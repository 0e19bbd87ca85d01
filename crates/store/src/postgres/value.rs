//! How values come out of PostgreSQL.

use std::str::FromStr;

use sixpotify_core::{Artist, ArtistId, AudioFeatures};
use sqlx::postgres::{PgRow, Postgres};
use sqlx::{Decode, Result, Row, Type};

fn bad_value(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.to_string(), source: Box::new(error) }
}

/// A number of PostgreSQL's type `S` as one of our own.
pub(super) fn number<'r, S, T>(row: &'r PgRow, column: usize) -> Result<T>
where
    S: Decode<'r, Postgres> + Type<Postgres>,
    T: TryFrom<S, Error: std::error::Error + Send + Sync + 'static>,
{
    T::try_from(row.try_get::<S, _>(column)?).map_err(|error| bad_value(column, error))
}

/// [`number`] that may be null.
pub(super) fn optional_number<'r, S, T>(row: &'r PgRow, column: usize) -> Result<Option<T>>
where
    S: Decode<'r, Postgres> + Type<Postgres>,
    T: TryFrom<S, Error: std::error::Error + Send + Sync + 'static>,
{
    row.try_get::<Option<S>, _>(column)?.map(T::try_from).transpose().map_err(|error| bad_value(column, error))
}

/// A word of the catalogue: a source, a facet, a state.
pub(super) fn word<T>(row: &PgRow, column: usize) -> Result<T>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    row.try_get::<&str, _>(column)?.parse().map_err(|error| bad_value(column, error))
}

/// [`word`] that may be null.
pub(super) fn optional_word<T>(row: &PgRow, column: usize) -> Result<Option<T>>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let word: Option<&str> = row.try_get(column)?;
    word.map(str::parse).transpose().map_err(|error| bad_value(column, error))
}

/// JSON, selected as text, that may be null.
pub(super) fn optional_json(row: &PgRow, column: usize) -> Result<Option<serde_json::Value>> {
    let text: Option<&str> = row.try_get(column)?;
    text.map(str::parse).transpose().map_err(|error| bad_value(column, error))
}

/// JSON of a known shape, selected as text.
pub(super) fn json<T: serde::de::DeserializeOwned>(row: &PgRow, column: usize) -> Result<T> {
    serde_json::from_str(row.try_get(column)?).map_err(|error| bad_value(column, error))
}

/// An artist's id.
pub(super) fn artist_id(row: &PgRow, column: usize) -> Result<ArtistId> {
    Ok(ArtistId::from_stored(row.try_get::<String, _>(column)?))
}

/// The columns of [`artist`], of a table named `a`.
macro_rules! artist_columns {
    () => {
        "a.id, a.name, a.followers, a.popularity, a.url, a.image_url"
    };
}
pub(super) use artist_columns;

/// An artist from six columns, the first at `at`.
pub(super) fn artist(row: &PgRow, at: usize) -> Result<Artist> {
    Ok(Artist {
        id: artist_id(row, at)?,
        name: row.try_get(at + 1)?,
        followers: optional_number::<i64, _>(row, at + 2)?,
        popularity: optional_number::<i32, _>(row, at + 3)?,
        url: row.try_get(at + 4)?,
        image_url: row.try_get(at + 5)?,
    })
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
pub(super) fn features(row: &PgRow, at: usize) -> Result<AudioFeatures> {
    Ok(AudioFeatures {
        danceability: row.try_get(at)?,
        energy: row.try_get(at + 1)?,
        key: optional_number::<i16, _>(row, at + 2)?,
        loudness: row.try_get(at + 3)?,
        mode: optional_number::<i16, _>(row, at + 4)?,
        speechiness: row.try_get(at + 5)?,
        acousticness: row.try_get(at + 6)?,
        instrumentalness: row.try_get(at + 7)?,
        liveness: row.try_get(at + 8)?,
        valence: row.try_get(at + 9)?,
        tempo: row.try_get(at + 10)?,
        time_signature: optional_number::<i16, _>(row, at + 11)?,
        duration_ms: optional_number::<i64, _>(row, at + 12)?,
    })
}
