//! Importing tables: one transaction, one prepared statement for each table of the catalogue, a row at a time.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, ToSql, Transaction, TransactionBehavior, params};

use super::music;
use super::value::{decimal, time_text};
use super::write::{json, of};
use crate::rows::ImportRows;
use crate::{ImportBatch, Result};

/// Writes `import`.
pub(super) fn write(connection: &mut Connection, import: &ImportBatch, now: DateTime<Utc>) -> Result<()> {
    let rows = ImportRows::of(import)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    artists(&transaction, &rows, &time_text(now))?;
    genres(&transaction, &rows)?;
    tracks(&transaction, &rows)?;
    listens(&transaction, &rows)?;
    Ok(transaction.commit()?)
}

fn artists(transaction: &Transaction<'_>, rows: &ImportRows<'_>, now: &str) -> rusqlite::Result<()> {
    // Artists of the same source take a new popularity, those of another one only where they have none.
    let mut upsert = transaction.prepare_cached(
        "insert into artists (id, name, popularity, name_key, created_at, updated_at) values (?1, ?2, ?3, ?4, ?5, ?5)
         on conflict (id) do update set
             popularity = case when ?6 then coalesce(excluded.popularity, popularity)
                               else coalesce(popularity, excluded.popularity) end,
             updated_at = excluded.updated_at
         where popularity is not case when ?6 then coalesce(excluded.popularity, popularity)
                                      else coalesce(popularity, excluded.popularity) end",
    )?;
    let ours = format!("{}:", rows.source);
    for r in &rows.artists {
        upsert.execute(params![r.id, r.name, r.popularity, r.name_key(), now, r.id.starts_with(&ours)])?;
    }
    let mut insert = transaction.prepare_cached(
        "insert into artist_link (artist_id, source, source_id) values (?1, ?2, ?3) on conflict do nothing",
    )?;
    for r in &rows.links {
        insert.execute(params![r.artist_id, r.source, r.source_id])?;
    }
    let mut upsert = transaction.prepare_cached(
        "insert into artist_features (artist_id, source, n_tracks, danceability, energy, key, loudness, mode, speechiness,
             acousticness, instrumentalness, liveness, valence, tempo, time_signature, duration_ms)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
         on conflict (artist_id, source) do update set
             n_tracks = coalesce(excluded.n_tracks, n_tracks),
             danceability = coalesce(excluded.danceability, danceability),
             energy = coalesce(excluded.energy, energy),
             key = coalesce(excluded.key, key),
             loudness = coalesce(excluded.loudness, loudness),
             mode = coalesce(excluded.mode, mode),
             speechiness = coalesce(excluded.speechiness, speechiness),
             acousticness = coalesce(excluded.acousticness, acousticness),
             instrumentalness = coalesce(excluded.instrumentalness, instrumentalness),
             liveness = coalesce(excluded.liveness, liveness),
             valence = coalesce(excluded.valence, valence),
             tempo = coalesce(excluded.tempo, tempo),
             time_signature = coalesce(excluded.time_signature, time_signature),
             duration_ms = coalesce(excluded.duration_ms, duration_ms)",
    )?;
    for r in rows.artists.iter().filter(|r| r.has_features) {
        let means = r.values.map(|n| n.map(decimal));
        let mut values: Vec<&dyn ToSql> = vec![&r.id, &rows.source, &r.n_tracks];
        values.extend(means.iter().map(|n| n as &dyn ToSql));
        upsert.execute(values.as_slice())?;
    }
    Ok(())
}

fn genres(transaction: &Transaction<'_>, rows: &ImportRows<'_>) -> rusqlite::Result<()> {
    let mut delete = transaction.prepare_cached(
        "delete from artist_genre
         where artist_id = ?1 and (?2 or source = ?3) and genre not in (select value from json_each(?4))",
    )?;
    for r in rows.artists.iter().filter(|r| r.says_genres) {
        let kept = of(&rows.genres, |(artist, _)| artist, &r.id);
        delete.execute(params![r.id, r.has_genres, rows.source, json(kept.iter().map(|(_, genre)| genre))])?;
    }
    let mut upsert = transaction.prepare_cached(
        "insert into artist_genre (artist_id, genre, source) values (?1, ?2, ?3)
         on conflict (artist_id, genre) do update set source = excluded.source where source <> excluded.source",
    )?;
    for (artist, genre) in &rows.genres {
        upsert.execute(params![artist, genre, rows.source])?;
    }
    Ok(())
}

fn tracks(transaction: &Transaction<'_>, rows: &ImportRows<'_>) -> rusqlite::Result<()> {
    let mut upsert = transaction.prepare_cached(
        "insert into tracks (id, name, release_date, release_date_precision, duration_ms, explicit, popularity)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         on conflict (id) do update set
             name = case when excluded.name = '' then name else excluded.name end,
             release_date = coalesce(excluded.release_date, release_date),
             release_date_precision = coalesce(excluded.release_date_precision, release_date_precision),
             duration_ms = coalesce(excluded.duration_ms, duration_ms),
             explicit = coalesce(excluded.explicit, explicit),
             popularity = coalesce(excluded.popularity, popularity)",
    )?;
    for r in &rows.tracks {
        upsert.execute(params![
            r.id,
            r.name,
            r.release_date,
            r.release_date_precision,
            r.features.duration_ms,
            r.explicit,
            r.popularity
        ])?;
    }
    credits(transaction, rows)?;
    music::features(transaction, &rows.feature_rows())
}

/// Credits of another source say more than a table does: a track that has one keeps them all.
fn credits(transaction: &Transaction<'_>, rows: &ImportRows<'_>) -> rusqlite::Result<()> {
    let ours = format!("{}:", rows.source);
    let mut stored = transaction.prepare_cached("select artist_id from track_artist where track_id = ?1")?;
    let mut delete = transaction.prepare_cached("delete from track_artist where track_id = ?1 and artist_id = ?2")?;
    let mut upsert = transaction.prepare_cached(
        "insert into track_artist (track_id, artist_id, artist_name, position) values (?1, ?2, ?3, ?4)
         on conflict (track_id, artist_id) do update set artist_name = excluded.artist_name, position = excluded.position
         where artist_name <> excluded.artist_name or position <> excluded.position",
    )?;
    for credits in rows.credits.chunk_by(|a, b| a.track_id == b.track_id) {
        let track = &credits[0].track_id;
        let known = stored.query_map(params![track], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
        let gone = |artist: &&String| credits.iter().all(|r| r.artist_id != artist.as_str());
        if known.iter().filter(gone).any(|artist| !artist.starts_with(&ours)) {
            continue;
        }
        for artist in known.iter().filter(gone) {
            delete.execute(params![track, artist])?;
        }
        for r in credits {
            upsert.execute(params![r.track_id, r.artist_id, r.artist_name, r.position])?;
        }
    }
    Ok(())
}

fn listens(transaction: &Transaction<'_>, rows: &ImportRows<'_>) -> rusqlite::Result<()> {
    let mut upsert = transaction.prepare_cached(
        "insert into listens (user_key, artist_id, source, plays)
         select ?1, id, ?3, ?4 from artists where id = ?2
         on conflict (user_key, artist_id, source) do update set plays = excluded.plays where plays <> excluded.plays",
    )?;
    for r in &rows.listens {
        upsert.execute(params![r.user_key, r.artist_id, rows.source, r.plays])?;
    }
    Ok(())
}
