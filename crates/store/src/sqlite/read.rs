//! Reading names, facets, artists by name, neighbours and numbers.

use rusqlite::{Connection, Row, params};
use sixpotify_core::{Artist, ArtistId, Source, TrackId, fold};

use super::value::{artist, artist_columns, artist_id, count, optional_json, optional_time, single, time, word};
use crate::text::clean;
use crate::{Counts, FacetRecord, NameRecord, PendingList, Related, Result};

/// Runs `sql` for each of `keys`, once per distinct key, and collects all rows.
pub(super) fn for_each<'k, T>(
    connection: &Connection,
    sql: &str,
    keys: impl IntoIterator<Item = &'k str>,
    mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    let keys: std::collections::BTreeSet<_> = keys.into_iter().map(clean).collect();
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = Vec::new();
    for key in keys {
        let mut rows = statement.query(params![key])?;
        while let Some(row) = rows.next()? {
            found.push(read(row)?);
        }
    }
    Ok(found)
}

fn name_record(row: &Row<'_>) -> rusqlite::Result<NameRecord> {
    Ok(NameRecord {
        list: row.get(0)?,
        name: row.get(1)?,
        state: word(row, 2)?,
        artist_id: row.get::<_, Option<String>>(3)?.map(ArtistId::from_stored),
        how: row.get(4)?,
        candidates: optional_json(row, 5)?,
        attempts: row.get(6)?,
        retry_at: optional_time(row, 7)?,
    })
}

pub(super) fn names(connection: &Connection, list: &str, names: &[String]) -> Result<Vec<NameRecord>> {
    let mut statement = connection.prepare_cached(
        "select list, name, state, artist_id, how, candidates, attempts, retry_at
         from ingest_names where list = ?1 and name = ?2",
    )?;
    let names: std::collections::BTreeSet<_> = names.iter().map(|n| clean(n)).collect();
    let mut found = Vec::new();
    for name in names {
        let mut rows = statement.query(params![clean(list), name])?;
        while let Some(row) = rows.next()? {
            found.push(name_record(row)?);
        }
    }
    Ok(found)
}

pub(super) fn names_found_anywhere(connection: &Connection, names: &[String]) -> Result<Vec<NameRecord>> {
    Ok(for_each(
        connection,
        "select n.list, n.name, n.state, n.artist_id, n.how, n.candidates, n.attempts, n.retry_at
         from ingest_names n join artists a on a.id = n.artist_id
         where n.name = ?1 and n.state = 'found'
         order by n.updated_at desc, n.list limit 1",
        names.iter().map(String::as_str),
        name_record,
    )?)
}

/// The columns of [`facet_record`].
pub(super) const FACETS_OF_ARTIST: &str =
    "select artist_id, facet, source, market, state, how, fetched_at, retry_at, attempts, error
     from facets where artist_id = ?1 order by artist_id, facet, source, market";

pub(super) fn facet_record(row: &Row<'_>) -> rusqlite::Result<FacetRecord> {
    Ok(FacetRecord {
        artist_id: artist_id(row, 0)?,
        facet: word(row, 1)?,
        source: word(row, 2)?,
        market: row.get(3)?,
        state: word(row, 4)?,
        how: row.get(5)?,
        fetched_at: time(row, 6)?,
        retry_at: optional_time(row, 7)?,
        attempts: row.get(8)?,
        error: row.get(9)?,
    })
}

pub(super) fn facets(connection: &Connection, artists: &[ArtistId]) -> Result<Vec<FacetRecord>> {
    Ok(for_each(connection, FACETS_OF_ARTIST, artists.iter().map(ArtistId::as_str), facet_record)?)
}

pub(super) fn tracks_without_features(
    connection: &Connection,
    artists: &[ArtistId],
) -> Result<Vec<(ArtistId, TrackId)>> {
    Ok(for_each(
        connection,
        "select distinct artist_id, track_id from top_tracks
         where artist_id = ?1
           and not exists (select 1 from audio_features where audio_features.track_id = top_tracks.track_id)
         order by track_id",
        artists.iter().map(ArtistId::as_str),
        |row| Ok((artist_id(row, 0)?, TrackId::from_stored(row.get::<_, String>(1)?))),
    )?)
}

pub(super) fn tracks_with_features(connection: &Connection, tracks: &[TrackId]) -> Result<Vec<TrackId>> {
    Ok(for_each(
        connection,
        "select track_id from audio_features where track_id = ?1",
        tracks.iter().map(TrackId::as_str),
        |row| Ok(TrackId::from_stored(row.get::<_, String>(0)?)),
    )?)
}

pub(super) fn artists_by_link(
    connection: &Connection,
    source: Source,
    ids: &[String],
) -> Result<Vec<(String, ArtistId)>> {
    let mut statement = connection
        .prepare_cached("select source_id, artist_id from artist_link where source = ?1 and source_id = ?2")?;
    let ids: std::collections::BTreeSet<_> = ids.iter().map(|id| clean(id)).collect();
    let mut found = Vec::new();
    for id in ids {
        let mut rows = statement.query(params![source.as_str(), id])?;
        while let Some(row) = rows.next()? {
            found.push((row.get(0)?, artist_id(row, 1)?));
        }
    }
    Ok(found)
}

pub(super) fn artists_by_name(connection: &Connection, name: &str) -> Result<Vec<Artist>> {
    let name = clean(name);
    let exact = for_each(
        connection,
        concat!(
            "select ",
            artist_columns!(),
            " from artists a where a.name = ?1 order by a.followers desc nulls last, a.id"
        ),
        [name.as_ref()],
        |row| artist(row, 0),
    )?;
    let key = fold(&name);
    if !exact.is_empty() || key.is_empty() {
        return Ok(exact);
    }
    Ok(for_each(
        connection,
        concat!(
            "select ",
            artist_columns!(),
            " from artists a where a.name_key = ?1 order by a.followers desc nulls last, a.id"
        ),
        [key.as_str()],
        |row| artist(row, 0),
    )?)
}

pub(super) fn artist_ids_after(
    connection: &Connection,
    after: Option<&ArtistId>,
    limit: usize,
) -> Result<Vec<ArtistId>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let ids: rusqlite::Result<Vec<_>> = match after {
        Some(after) => connection
            .prepare_cached("select id from artists where id > ?1 order by id limit ?2")?
            .query_map(params![clean(after.as_str()), limit], |row| artist_id(row, 0))?
            .collect(),
        None => connection
            .prepare_cached("select id from artists order by id limit ?1")?
            .query_map(params![limit], |row| artist_id(row, 0))?
            .collect(),
    };
    Ok(ids?)
}

pub(super) fn related(connection: &Connection, artist_id: &ArtistId, limit: usize) -> Result<Vec<Related>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(concat!(
        "select r.rank, r.distance, r.why, ",
        artist_columns!(),
        " from related_artists r join artists a on a.id = r.related_id
          where r.artist_id = ?1 order by r.rank limit ?2"
    ))?;
    let rows = statement.query_map(params![clean(artist_id.as_str()), limit], |row| {
        Ok(Related { rank: row.get(0)?, distance: single(row.get(1)?), why: row.get(2)?, artist: artist(row, 3)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn counts(connection: &Connection) -> Result<Counts> {
    Ok(connection.query_row(
        "select
             (select count(*) from artists),
             (select count(distinct genre) from artist_genre),
             (select count(distinct artist_id) from artist_genre),
             (select count(*) from albums),
             (select count(*) from tracks),
             (select count(*) from audio_features
              where coalesce(danceability, energy, key, loudness, mode, speechiness, acousticness, instrumentalness,
                  liveness, valence, tempo, time_signature, duration_ms) is not null),
             (select count(distinct artist_id) from related_artists),
             (select count(*) from related_artists)",
        [],
        |row| {
            Ok(Counts {
                artists: count(row, 0)?,
                genres: count(row, 1)?,
                artists_with_genres: count(row, 2)?,
                albums: count(row, 3)?,
                tracks: count(row, 4)?,
                audio_features: count(row, 5)?,
                artists_with_related: count(row, 6)?,
                related_artists: count(row, 7)?,
            })
        },
    )?)
}

pub(super) fn pending(connection: &Connection) -> Result<Vec<PendingList>> {
    let mut statement = connection.prepare_cached(
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
    )?;
    let rows = statement.query_map([], |row| {
        Ok(PendingList {
            list: row.get(0)?,
            names: count(row, 1)?,
            found: count(row, 2)?,
            ambiguous: count(row, 3)?,
            not_found: count(row, 4)?,
            failed: count(row, 5)?,
            pending: count(row, 6)?,
            next_retry_at: optional_time(row, 7)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
