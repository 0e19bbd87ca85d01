//! Writing what artists made: albums, tracks, their credits, rankings and audio features.

use std::collections::HashMap;

use rusqlite::{ToSql, Transaction, params};

use super::value::decimal;
use super::write::{json, of};
use crate::rows::{FeatureRow, Rows};
use crate::text::Text;

pub(super) fn albums(transaction: &Transaction<'_>, rows: &Rows<'_>) -> rusqlite::Result<()> {
    let mut upsert = transaction.prepare_cached(
        "insert into albums (id, name, album_type, release_date, release_date_precision, total_tracks, url, image_url)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         on conflict (id) do update set
             name = excluded.name,
             album_type = coalesce(excluded.album_type, album_type),
             release_date = coalesce(excluded.release_date, release_date),
             release_date_precision = coalesce(excluded.release_date_precision, release_date_precision),
             total_tracks = coalesce(excluded.total_tracks, total_tracks),
             url = coalesce(excluded.url, url),
             image_url = coalesce(excluded.image_url, image_url)
         where name is not excluded.name
            or album_type is not coalesce(excluded.album_type, album_type)
            or release_date is not coalesce(excluded.release_date, release_date)
            or release_date_precision is not coalesce(excluded.release_date_precision, release_date_precision)
            or total_tracks is not coalesce(excluded.total_tracks, total_tracks)
            or url is not coalesce(excluded.url, url)
            or image_url is not coalesce(excluded.image_url, image_url)",
    )?;
    for r in &rows.albums {
        upsert.execute(params![
            r.id,
            r.name,
            r.album_type,
            r.release_date,
            r.release_date_precision,
            r.total_tracks,
            r.url,
            r.image_url
        ])?;
    }

    let mut upsert = transaction.prepare_cached(
        "insert into album_artist (album_id, artist_id, artist_name, position, album_group)
         values (?1, ?2, ?3, ?4, ?5)
         on conflict (album_id, artist_id) do update set
             artist_name = coalesce(excluded.artist_name, artist_name),
             position = coalesce(excluded.position, position),
             album_group = coalesce(excluded.album_group, album_group)
         where artist_name is not coalesce(excluded.artist_name, artist_name)
            or position is not coalesce(excluded.position, position)
            or album_group is not coalesce(excluded.album_group, album_group)",
    )?;
    let mut lists: HashMap<&str, Vec<&Text<'_>>> = HashMap::new();
    for r in &rows.album_credits {
        upsert.execute(params![r.album_id, r.artist_id, r.artist_name, r.position, r.album_group])?;
        if r.album_group.is_some() {
            lists.entry(&r.artist_id).or_default().push(&r.album_id);
        }
    }

    let mut delete = transaction.prepare_cached(
        "delete from album_artist
         where artist_id = ?1 and album_group is not null and album_id not in (select value from json_each(?2))",
    )?;
    let mut name = transaction.prepare_cached(
        "update album_artist set artist_name = (select name from artists where id = artist_id)
         where artist_id = ?1 and artist_name is null",
    )?;
    for owner in &rows.album_owners {
        let kept = lists.remove(owner.as_ref()).unwrap_or_default();
        delete.execute(params![owner, json(kept.into_iter())])?;
        name.execute(params![owner])?;
    }
    Ok(())
}

pub(super) fn tracks(transaction: &Transaction<'_>, rows: &Rows<'_>) -> rusqlite::Result<()> {
    let mut upsert = transaction.prepare_cached(
        "insert into tracks (id, name, album_id, duration_ms, explicit, isrc, popularity, url, preview_url)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         on conflict (id) do update set
             name = excluded.name,
             album_id = coalesce(excluded.album_id, album_id),
             duration_ms = coalesce(excluded.duration_ms, duration_ms),
             explicit = coalesce(excluded.explicit, explicit),
             isrc = coalesce(excluded.isrc, isrc),
             popularity = coalesce(excluded.popularity, popularity),
             url = coalesce(excluded.url, url),
             preview_url = coalesce(excluded.preview_url, preview_url)
         where name is not excluded.name
            or album_id is not coalesce(excluded.album_id, album_id)
            or duration_ms is not coalesce(excluded.duration_ms, duration_ms)
            or explicit is not coalesce(excluded.explicit, explicit)
            or isrc is not coalesce(excluded.isrc, isrc)
            or popularity is not coalesce(excluded.popularity, popularity)
            or url is not coalesce(excluded.url, url)
            or preview_url is not coalesce(excluded.preview_url, preview_url)",
    )?;
    for r in &rows.tracks {
        upsert.execute(params![
            r.id,
            r.name,
            r.album_id,
            r.duration_ms,
            r.explicit,
            r.isrc,
            r.popularity,
            r.url,
            r.preview_url
        ])?;
    }

    // Most tracks are new, and have nothing to delete: that takes one look.
    let mut stored = transaction.prepare_cached("select artist_id from track_artist where track_id = ?1")?;
    let mut delete = transaction.prepare_cached("delete from track_artist where track_id = ?1 and artist_id = ?2")?;
    for track in &rows.credited_tracks {
        let kept = of(&rows.track_credits, |r| &r.track_id, track);
        let credited =
            stored.query_map(params![track], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
        for artist in credited.iter().filter(|artist| kept.iter().all(|r| r.artist_id != artist.as_str())) {
            delete.execute(params![track, artist])?;
        }
    }
    let mut upsert = transaction.prepare_cached(
        "insert into track_artist (track_id, artist_id, artist_name, position) values (?1, ?2, ?3, ?4)
         on conflict (track_id, artist_id) do update set artist_name = excluded.artist_name, position = excluded.position
         where artist_name <> excluded.artist_name or position <> excluded.position",
    )?;
    for r in &rows.track_credits {
        upsert.execute(params![r.track_id, r.artist_id, r.artist_name, r.position])?;
    }
    Ok(())
}

pub(super) fn top_tracks(transaction: &Transaction<'_>, rows: &Rows<'_>) -> rusqlite::Result<()> {
    let mut delete = transaction
        .prepare_cached("delete from top_tracks where artist_id = ?1 and market = ?2 and source = ?3 and rank > ?4")?;
    for list in &rows.top_lists {
        delete.execute(params![list.artist_id, list.market, list.source, list.length])?;
    }
    let mut upsert = transaction.prepare_cached(
        "insert into top_tracks (artist_id, market, rank, track_id, source) values (?1, ?2, ?3, ?4, ?5)
         on conflict (artist_id, market, source, rank) do update set track_id = excluded.track_id
         where track_id <> excluded.track_id",
    )?;
    for r in &rows.top_tracks {
        upsert.execute(params![r.artist_id, r.market, r.rank, r.track_id, r.source])?;
    }
    Ok(())
}

pub(super) fn features(transaction: &Transaction<'_>, rows: &[FeatureRow<'_>]) -> rusqlite::Result<()> {
    // The source moves only with a value: an empty row says nothing about one that is there.
    let mut upsert = transaction.prepare_cached(
        "insert into audio_features (track_id, danceability, energy, key, loudness, mode, speechiness, acousticness,
             instrumentalness, liveness, valence, tempo, time_signature, duration_ms, source)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
         on conflict (track_id) do update set
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
             duration_ms = coalesce(excluded.duration_ms, duration_ms),
             source = excluded.source
         where coalesce(excluded.danceability, excluded.energy, excluded.key, excluded.loudness, excluded.mode,
                 excluded.speechiness, excluded.acousticness, excluded.instrumentalness, excluded.liveness,
                 excluded.valence, excluded.tempo, excluded.time_signature, excluded.duration_ms) is not null",
    )?;
    for r in rows {
        let f = &r.features;
        let number = |n: Option<f32>| n.map(decimal);
        let values: [&dyn ToSql; 15] = [
            &r.track_id,
            &number(f.danceability),
            &number(f.energy),
            &f.key,
            &number(f.loudness),
            &f.mode,
            &number(f.speechiness),
            &number(f.acousticness),
            &number(f.instrumentalness),
            &number(f.liveness),
            &number(f.valence),
            &number(f.tempo),
            &f.time_signature,
            &f.duration_ms,
            &r.source,
        ];
        upsert.execute(values)?;
    }
    Ok(())
}
