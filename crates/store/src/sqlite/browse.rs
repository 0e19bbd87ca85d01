//! Artists in the order of their names, the best known ones, and tracks.

use async_trait::async_trait;
use rusqlite::{Connection, params};
use sixpotify_core::{Artist, Credit, TrackId};

use super::Sqlite;
use super::read::for_each;
use super::value::{artist, artist_columns, artist_id};
use crate::Result;
use crate::browse::{BrowseStore, GENRES, NamePosition, TrackDetail, prefix_end};
use crate::text::clean;

#[async_trait]
impl BrowseStore for Sqlite {
    async fn artists_by_prefix(
        &self,
        prefix: &str,
        after: Option<&NamePosition>,
        limit: usize,
    ) -> Result<Vec<(NamePosition, Artist)>> {
        let (prefix, after) = (prefix.to_owned(), after.cloned());
        self.connections.read(move |c| artists_by_prefix(c, &prefix, after.as_ref(), limit)).await
    }

    async fn best_known_artists(&self, limit: usize) -> Result<Vec<Artist>> {
        self.connections.read(move |c| best_known_artists(c, limit)).await
    }

    async fn genres(&self) -> Result<Vec<String>> {
        self.connections.read(genres).await
    }

    async fn best_known_of_genres(&self, genres: &[String], limit: usize) -> Result<Vec<Artist>> {
        let genres = serde_json::Value::from(genres).to_string();
        self.connections.read(move |c| best_known_of_genres(c, &genres, limit)).await
    }

    async fn tracks(&self, tracks: &[TrackId]) -> Result<Vec<TrackDetail>> {
        let tracks = tracks.to_vec();
        self.connections.read(move |c| self::tracks(c, &tracks)).await
    }
}

fn artists_by_prefix(
    connection: &Connection,
    prefix: &str,
    after: Option<&NamePosition>,
    limit: usize,
) -> Result<Vec<(NamePosition, Artist)>> {
    let prefix = clean(prefix).to_string();
    // Where nothing came before, the whole range: no id is empty.
    let (key, id) = after.map_or((prefix.as_str(), ""), |after| (after.name_key.as_str(), after.id.as_str()));
    let mut statement = connection.prepare_cached(concat!(
        "select ",
        artist_columns!(),
        ", a.name_key from artists a
         where a.name_key >= ?1 and a.name_key < ?2 and (a.name_key, a.id) > (?3, ?4)
         order by a.name_key, a.id limit ?5"
    ))?;
    let rows = statement.query_map(
        params![prefix, prefix_end(&prefix), clean(key), clean(id), i64::try_from(limit).unwrap_or(i64::MAX)],
        |row| {
            let artist = artist(row, 0)?;
            Ok((NamePosition { name_key: row.get(6)?, id: artist.id.to_string() }, artist))
        },
    )?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn best_known_artists(connection: &Connection, limit: usize) -> Result<Vec<Artist>> {
    let mut statement = connection.prepare_cached(concat!(
        "select ",
        artist_columns!(),
        " from artists a order by a.popularity desc nulls last, a.followers desc nulls last, a.id limit ?1"
    ))?;
    let rows = statement.query_map(params![i64::try_from(limit).unwrap_or(i64::MAX)], |row| artist(row, 0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn genres(connection: &Connection) -> Result<Vec<String>> {
    let mut statement = connection.prepare_cached(GENRES)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn best_known_of_genres(connection: &Connection, genres: &str, limit: usize) -> Result<Vec<Artist>> {
    let mut statement = connection.prepare_cached(concat!(
        "select ",
        artist_columns!(),
        " from artists a where a.id in
            (select g.artist_id from artist_genre g where g.genre in (select value from json_each(?1)))
         order by a.popularity desc nulls last, a.followers desc nulls last, a.id limit ?2"
    ))?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![genres, limit], |row| artist(row, 0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn tracks(connection: &Connection, tracks: &[TrackId]) -> Result<Vec<TrackDetail>> {
    let ids = || tracks.iter().map(TrackId::as_str);
    let mut found = for_each(
        connection,
        "select t.id, t.name, b.name, coalesce(t.release_date, b.release_date), t.popularity, t.url, b.image_url
         from tracks t left join albums b on b.id = t.album_id where t.id = ?1",
        ids(),
        |row| {
            Ok(TrackDetail {
                id: TrackId::from_stored(row.get::<_, String>(0)?),
                name: row.get(1)?,
                artists: Vec::new(),
                album: row.get(2)?,
                release_date: row.get(3)?,
                popularity: row.get(4)?,
                url: row.get(5)?,
                image_url: row.get(6)?,
            })
        },
    )?;
    let credits = for_each(
        connection,
        "select track_id, artist_id, artist_name from track_artist where track_id = ?1 order by position, artist_id",
        ids(),
        |row| Ok((row.get::<_, String>(0)?, Credit { id: artist_id(row, 1)?, name: row.get(2)? })),
    )?;
    crate::assemble::credit_tracks(&mut found, credits);
    Ok(found)
}
