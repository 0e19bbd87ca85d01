//! Reading names, facets, artists by name, neighbours, numbers and runs.
//!
//! Statements that take an array are planned each time (not `persistent`): a plan that the server keeps is one for arrays
//! of unknown length and for the size that the table had when it was made, and reads all of the table when it has grown.

use sixpotify_core::{Artist, ArtistId, Source, TrackId, fold};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::pool::Pool;
use super::value::{artist, artist_columns, artist_id, number, optional_json, word};
use crate::text::{Text, clean};
use crate::{Counts, FacetRecord, NameRecord, PendingList, Related, Result, RunRecord};

/// Applies `read` to every row.
pub(super) fn all<T>(rows: &[PgRow], read: impl Fn(&PgRow) -> sqlx::Result<T>) -> Result<Vec<T>> {
    Ok(rows.iter().map(read).collect::<sqlx::Result<_>>()?)
}

/// Artist ids as an array parameter.
pub(super) fn artist_ids(artists: &[ArtistId]) -> Vec<Text<'_>> {
    artists.iter().map(|id| clean(id.as_str())).collect()
}

fn cleaned(names: &[String]) -> Vec<Text<'_>> {
    names.iter().map(|name| clean(name)).collect()
}

pub(super) fn rows_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn name_record(row: &PgRow) -> sqlx::Result<NameRecord> {
    Ok(NameRecord {
        list: row.try_get(0)?,
        name: row.try_get(1)?,
        state: word(row, 2)?,
        artist_id: row.try_get::<Option<String>, _>(3)?.map(ArtistId::from_stored),
        how: row.try_get(4)?,
        candidates: optional_json(row, 5)?,
        attempts: number::<i64, _>(row, 6)?,
        retry_at: row.try_get(7)?,
    })
}

pub(super) async fn names(pool: &Pool, list: &str, names: &[String]) -> Result<Vec<NameRecord>> {
    let rows = sqlx::query(
        "select list, name, state, artist_id, how, candidates::text, attempts, retry_at
         from ingest_names where list = $1 and name = any($2::text[])",
    )
    .bind(clean(list))
    .bind(cleaned(names))
    .persistent(false)
    .fetch_all(pool)
    .await?;
    all(&rows, name_record)
}

pub(super) async fn names_found_anywhere(pool: &Pool, names: &[String]) -> Result<Vec<NameRecord>> {
    let rows = sqlx::query(
        "select distinct on (n.name) n.list, n.name, n.state, n.artist_id, n.how, n.candidates::text, n.attempts,
             n.retry_at
         from ingest_names n join artists a on a.id = n.artist_id
         where n.name = any($1::text[]) and n.state = 'found'
         order by n.name, n.updated_at desc, n.list",
    )
    .bind(cleaned(names))
    .persistent(false)
    .fetch_all(pool)
    .await?;
    all(&rows, name_record)
}

/// The rows of [`facet_record`] of the artists in `$1`.
pub(super) const FACETS_OF_ARTISTS: &str =
    "select artist_id, facet, source, market, state, how, fetched_at, retry_at, attempts, error
     from facets where artist_id = any($1::text[]) order by artist_id, facet, source, market";

pub(super) fn facet_record(row: &PgRow) -> sqlx::Result<FacetRecord> {
    Ok(FacetRecord {
        artist_id: artist_id(row, 0)?,
        facet: word(row, 1)?,
        source: word(row, 2)?,
        market: row.try_get(3)?,
        state: word(row, 4)?,
        how: row.try_get(5)?,
        fetched_at: row.try_get(6)?,
        retry_at: row.try_get(7)?,
        attempts: number::<i64, _>(row, 8)?,
        error: row.try_get(9)?,
    })
}

pub(super) async fn facets(pool: &Pool, artists: &[ArtistId]) -> Result<Vec<FacetRecord>> {
    let rows = sqlx::query(FACETS_OF_ARTISTS).bind(artist_ids(artists)).persistent(false).fetch_all(pool).await?;
    all(&rows, facet_record)
}

pub(super) async fn tracks_without_features(pool: &Pool, artists: &[ArtistId]) -> Result<Vec<(ArtistId, TrackId)>> {
    let rows = sqlx::query(
        "select distinct t.artist_id, t.track_id from top_tracks t
         where t.artist_id = any($1::text[])
           and not exists (select from audio_features f where f.track_id = t.track_id)
         order by t.artist_id, t.track_id",
    )
    .bind(artist_ids(artists))
    .persistent(false)
    .fetch_all(pool)
    .await?;
    all(&rows, |row| Ok((artist_id(row, 0)?, TrackId::from_stored(row.try_get::<String, _>(1)?))))
}

pub(super) async fn tracks_with_features(pool: &Pool, tracks: &[TrackId]) -> Result<Vec<TrackId>> {
    let ids: Vec<_> = tracks.iter().map(|id| clean(id.as_str())).collect();
    let rows = sqlx::query("select track_id from audio_features where track_id = any($1::text[]) order by track_id")
        .bind(ids)
        .persistent(false)
        .fetch_all(pool)
        .await?;
    all(&rows, |row| Ok(TrackId::from_stored(row.try_get::<String, _>(0)?)))
}

pub(super) async fn artists_by_link(pool: &Pool, source: Source, ids: &[String]) -> Result<Vec<(String, ArtistId)>> {
    let rows = sqlx::query(
        "select source_id, artist_id from artist_link
         where source = $1 and source_id = any($2::text[]) order by source_id",
    )
    .bind(source.as_str())
    .bind(cleaned(ids))
    .persistent(false)
    .fetch_all(pool)
    .await?;
    all(&rows, |row| Ok((row.try_get(0)?, artist_id(row, 1)?)))
}

pub(super) async fn artists_by_name(pool: &Pool, name: &str) -> Result<Vec<Artist>> {
    let name = clean(name);
    let exact = sqlx::query(concat!(
        "select ",
        artist_columns!(),
        " from artists a where a.name = $1 order by a.followers desc nulls last, a.id"
    ))
    .bind(&name)
    .fetch_all(pool)
    .await?;
    let key = fold(&name);
    if !exact.is_empty() || key.is_empty() {
        return all(&exact, |row| artist(row, 0));
    }
    let folded = sqlx::query(concat!(
        "select ",
        artist_columns!(),
        " from artists a where a.name_key = $1 order by a.followers desc nulls last, a.id"
    ))
    .bind(key)
    .fetch_all(pool)
    .await?;
    all(&folded, |row| artist(row, 0))
}

pub(super) async fn artist_ids_after(pool: &Pool, after: Option<&ArtistId>, limit: usize) -> Result<Vec<ArtistId>> {
    let query = match after {
        Some(after) => {
            sqlx::query("select id from artists where id > $1 order by id limit $2").bind(clean(after.as_str()))
        }
        None => sqlx::query("select id from artists order by id limit $1"),
    };
    let rows = query.bind(rows_limit(limit)).fetch_all(pool).await?;
    all(&rows, |row| artist_id(row, 0))
}

pub(super) async fn related(pool: &Pool, artist_id: &ArtistId, limit: usize) -> Result<Vec<Related>> {
    let rows = sqlx::query(concat!(
        "select r.rank, r.distance, r.why, ",
        artist_columns!(),
        " from related_artists r join artists a on a.id = r.related_id
          where r.artist_id = $1 order by r.rank limit $2"
    ))
    .bind(clean(artist_id.as_str()))
    .bind(rows_limit(limit))
    .fetch_all(pool)
    .await?;
    all(&rows, |row| {
        Ok(Related {
            rank: number::<i32, _>(row, 0)?,
            distance: row.try_get(1)?,
            why: row.try_get(2)?,
            artist: artist(row, 3)?,
        })
    })
}

pub(super) async fn counts(pool: &Pool) -> Result<Counts> {
    let row = sqlx::query(
        "select
             (select count(*) from artists),
             (select count(distinct genre) from artist_genre),
             (select count(distinct artist_id) from artist_genre),
             (select count(*) from albums),
             (select count(*) from tracks),
             (select count(*) from audio_features
              where num_nonnulls(danceability, energy, key, loudness, mode, speechiness, acousticness, instrumentalness,
                  liveness, valence, tempo, time_signature, duration_ms) > 0),
             (select count(distinct artist_id) from related_artists),
             (select count(*) from related_artists)",
    )
    .fetch_one(pool)
    .await?;
    Ok(Counts {
        artists: number::<i64, _>(&row, 0)?,
        genres: number::<i64, _>(&row, 1)?,
        artists_with_genres: number::<i64, _>(&row, 2)?,
        albums: number::<i64, _>(&row, 3)?,
        tracks: number::<i64, _>(&row, 4)?,
        audio_features: number::<i64, _>(&row, 5)?,
        artists_with_related: number::<i64, _>(&row, 6)?,
        related_artists: number::<i64, _>(&row, 7)?,
    })
}

pub(super) async fn pending(pool: &Pool) -> Result<Vec<PendingList>> {
    let rows = sqlx::query(
        "select list, count(*),
             count(*) filter (where state = 'found'),
             count(*) filter (where state = 'ambiguous'),
             count(*) filter (where state = 'not_found'),
             count(*) filter (where state = 'failed'),
             count(*) filter (where state = 'pending'),
             min(retry_at) filter (where state = 'failed')
         from ingest_names group by list
         having count(*) filter (where state in ('failed', 'pending')) > 0
         order by list",
    )
    .fetch_all(pool)
    .await?;
    all(&rows, |row| {
        Ok(PendingList {
            list: row.try_get(0)?,
            names: number::<i64, _>(row, 1)?,
            found: number::<i64, _>(row, 2)?,
            ambiguous: number::<i64, _>(row, 3)?,
            not_found: number::<i64, _>(row, 4)?,
            failed: number::<i64, _>(row, 5)?,
            pending: number::<i64, _>(row, 6)?,
            next_retry_at: row.try_get(7)?,
        })
    })
}

pub(super) async fn recent_runs(pool: &Pool, limit: usize) -> Result<Vec<RunRecord>> {
    let rows = sqlx::query(
        "select id, job, method, started_at, finished_at, outcome, counts::text from runs order by id desc limit $1",
    )
    .bind(rows_limit(limit))
    .fetch_all(pool)
    .await?;
    all(&rows, |row| {
        Ok(RunRecord {
            id: row.try_get(0)?,
            job: row.try_get(1)?,
            method: row.try_get(2)?,
            started_at: row.try_get(3)?,
            finished_at: row.try_get(4)?,
            outcome: row.try_get(5)?,
            counts: optional_json(row, 6)?,
        })
    })
}
