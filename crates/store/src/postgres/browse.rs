//! Artists in the order of their names, the best known ones, and tracks.

use async_trait::async_trait;
use sixpotify_core::{Artist, Credit, TrackId};
use sqlx::Row;

use super::Postgres;
use super::read::{all, rows_limit};
use super::value::{artist, artist_columns, artist_id, optional_number};
use crate::Result;
use crate::browse::{BrowseStore, GENRES, NamePosition, TrackDetail, prefix_end};
use crate::text::clean;

#[async_trait]
impl BrowseStore for Postgres {
    async fn artists_by_prefix(
        &self,
        prefix: &str,
        after: Option<&NamePosition>,
        limit: usize,
    ) -> Result<Vec<(NamePosition, Artist)>> {
        let prefix = clean(prefix).to_string();
        // Where nothing came before, the whole range: no id is empty.
        let (key, id) = after.map_or((prefix.as_str(), ""), |after| (after.name_key.as_str(), after.id.as_str()));
        let rows = sqlx::query(concat!(
            "select ",
            artist_columns!(),
            ", a.name_key from artists a
             where a.name_key >= $1 and a.name_key < $2 and (a.name_key, a.id) > ($3, $4)
             order by a.name_key, a.id limit $5"
        ))
        .bind(&prefix)
        .bind(prefix_end(&prefix))
        .bind(clean(key))
        .bind(clean(id))
        .bind(rows_limit(limit))
        .fetch_all(&self.pool)
        .await?;
        all(&rows, |row| {
            let artist = artist(row, 0)?;
            Ok((NamePosition { name_key: row.try_get(6)?, id: artist.id.to_string() }, artist))
        })
    }

    async fn best_known_artists(&self, limit: usize) -> Result<Vec<Artist>> {
        let rows = sqlx::query(concat!(
            "select ",
            artist_columns!(),
            " from artists a order by a.popularity desc nulls last, a.followers desc nulls last, a.id limit $1"
        ))
        .bind(rows_limit(limit))
        .fetch_all(&self.pool)
        .await?;
        all(&rows, |row| artist(row, 0))
    }

    async fn genres(&self) -> Result<Vec<String>> {
        Ok(sqlx::query_scalar(GENRES).fetch_all(&self.pool).await?)
    }

    async fn best_known_of_genres(&self, genres: &[String], limit: usize) -> Result<Vec<Artist>> {
        let genres: Vec<_> = genres.iter().map(|genre| clean(genre)).collect();
        let rows = sqlx::query(concat!(
            "select ",
            artist_columns!(),
            " from artists a where a.id in (select g.artist_id from artist_genre g where g.genre = any($1::text[]))
             order by a.popularity desc nulls last, a.followers desc nulls last, a.id limit $2"
        ))
        .bind(&genres)
        .bind(rows_limit(limit))
        .persistent(false)
        .fetch_all(&self.pool)
        .await?;
        all(&rows, |row| artist(row, 0))
    }

    async fn tracks(&self, tracks: &[TrackId]) -> Result<Vec<TrackDetail>> {
        let ids: Vec<_> = tracks.iter().map(|id| clean(id.as_str())).collect();
        let rows = sqlx::query(
            "select t.id, t.name, b.name, coalesce(t.release_date, b.release_date), t.popularity, t.url, b.image_url
             from tracks t left join albums b on b.id = t.album_id where t.id = any($1::text[]) order by t.id",
        )
        .bind(&ids)
        .persistent(false)
        .fetch_all(&self.pool)
        .await?;
        let mut found = all(&rows, |row| {
            Ok(TrackDetail {
                id: TrackId::from_stored(row.try_get::<String, _>(0)?),
                name: row.try_get(1)?,
                artists: Vec::new(),
                album: row.try_get(2)?,
                release_date: row.try_get(3)?,
                popularity: optional_number::<i32, _>(row, 4)?,
                url: row.try_get(5)?,
                image_url: row.try_get(6)?,
            })
        })?;
        let rows = sqlx::query(
            "select track_id, artist_id, artist_name from track_artist where track_id = any($1::text[])
             order by track_id, position, artist_id",
        )
        .bind(&ids)
        .persistent(false)
        .fetch_all(&self.pool)
        .await?;
        let credits = all(&rows, |row| {
            Ok((row.try_get::<String, _>(0)?, Credit { id: artist_id(row, 1)?, name: row.try_get(2)? }))
        })?;
        crate::assemble::credit_tracks(&mut found, credits);
        Ok(found)
    }
}
