//! The part of a catalogue that similarity works with.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;
use sixpotify_core::ArtistId;
use sqlx::Row;
use sqlx::postgres::PgConnection;

use super::read::all;
use super::value::{artist_id, number, optional_number, word};
use super::{Postgres, import, relate, songs, stream};
use crate::similarity::{
    Entry, ImportBatch, ListenRow, RankedPair, RelateInput, RelatedEnd, Replaced, SaidRelated, SharedTracks,
    SimilarityStore, SongInput,
};
use crate::text::clean;
use crate::{RelatedRow, Result};

#[async_trait]
impl SimilarityStore for Postgres {
    async fn write_import(&self, import: Arc<ImportBatch>, now: DateTime<Utc>) -> Result<()> {
        if import.is_empty() {
            return Ok(());
        }
        import::write(&self.pool, import, now).await
    }

    async fn artists_named(&self, names: &[String]) -> Result<Vec<(String, ArtistId)>> {
        let names: Vec<_> = names.iter().map(|name| clean(name)).collect();
        let rows = sqlx::query("select name, id from artists where name = any($1::text[]) order by name, id")
            .bind(names)
            .persistent(false)
            .fetch_all(&self.pool)
            .await?;
        all(&rows, |row| Ok((row.try_get(0)?, artist_id(row, 1)?)))
    }

    async fn listener_salt(&self, candidate: &str) -> Result<String> {
        sqlx::query("insert into listener_salt (only_row, salt) values (1, $1) on conflict do nothing")
            .bind(clean(candidate))
            .execute(&self.pool)
            .await?;
        Ok(sqlx::query("select salt from listener_salt").fetch_one(&self.pool).await?.try_get(0)?)
    }

    fn relate_input(&self) -> BoxStream<'_, Result<RelateInput>> {
        relate::input(&self.pool)
    }

    fn listens(&self) -> BoxStream<'_, Result<ListenRow>> {
        let sql = "select user_key, artist_id, source, plays from listens order by user_key, artist_id, source";
        stream::rows(&self.pool, sql, |row| {
            Ok(ListenRow {
                user_key: row.try_get(0)?,
                artist_id: artist_id(row, 1)?,
                source: word(row, 2)?,
                plays: number::<i64, _>(row, 3)?,
            })
        })
    }

    fn said_related(&self) -> BoxStream<'_, Result<SaidRelated>> {
        // By the id that the source gave, as a link or as the artist's own; by the exact name only where there is no id
        // and one artist of the name.
        let sql = "
            select r.artist_id, r.source, r.rank, coalesce(l.artist_id, o.id, n.id) as related_id, r.score
            from source_related r
                left join artist_link l on l.source_id = r.related_source_id
                    -- ListenBrainz has no ids of its own.
                    and l.source = case r.source when 'listenbrainz' then 'musicbrainz' else r.source end
                left join artists o on o.id = case r.source when 'spotify' then '' else r.source || ':' end || r.related_source_id
                left join lateral (
                    select min(a.id) as id from artists a
                    where r.related_source_id is null and a.name = r.related_name having count(*) = 1
                ) n on true
            where coalesce(l.artist_id, o.id, n.id) is not null
            order by r.artist_id, r.source, r.rank";
        stream::rows(&self.pool, sql, |row| {
            Ok(SaidRelated {
                artist_id: artist_id(row, 0)?,
                source: word(row, 1)?,
                rank: number::<i32, _>(row, 2)?,
                related_id: artist_id(row, 3)?,
                score: row.try_get(4)?,
            })
        })
    }

    fn shared_tracks(&self) -> BoxStream<'_, Result<SharedTracks>> {
        let sql = "
            select x.artist_id, y.artist_id,
                coalesce(f.source, case strpos(x.track_id, ':') when 0 then 'spotify' else split_part(x.track_id, ':', 1) end)
                    as source,
                count(*)
            from track_artist x join track_artist y on y.track_id = x.track_id and y.artist_id > x.artist_id
                join artists a on a.id = x.artist_id join artists b on b.id = y.artist_id
                left join audio_features f on f.track_id = x.track_id
            group by 1, 2, 3 order by 1, 2, 3";
        stream::rows(&self.pool, sql, |row| {
            Ok(SharedTracks {
                a: artist_id(row, 0)?,
                b: artist_id(row, 1)?,
                source: word(row, 2)?,
                tracks: u32::try_from(row.try_get::<i64, _>(3)?).unwrap_or(u32::MAX),
            })
        })
    }

    fn songs(&self) -> BoxStream<'_, Result<SongInput>> {
        songs::songs(&self.pool)
    }

    fn ranking(&self, depth: u32) -> BoxStream<'_, Result<RankedPair>> {
        songs::ranking(&self.pool, depth)
    }

    fn related_ends(&self) -> BoxStream<'_, Result<RelatedEnd>> {
        // The last of each list by the table's key.
        let sql = "
            select a.id, r.rank, r.distance from artists a cross join lateral (
                select rank, distance from related_artists where artist_id = a.id order by rank desc limit 1
            ) r
            order by a.id";
        stream::rows(&self.pool, sql, |row| {
            Ok(RelatedEnd { artist_id: artist_id(row, 0)?, rank: number::<i32, _>(row, 1)?, distance: row.try_get(2)? })
        })
    }

    async fn replace_related(&self, artist: &ArtistId, rows: &[RelatedRow], entry: Option<&Entry>) -> Result<Replaced> {
        relate::replace(&self.pool, artist, rows, entry).await
    }

    async fn median_popularity(&self) -> Result<Option<u8>> {
        let row = sqlx::query(
            "select (select popularity from artists where popularity is not null order by popularity
                     offset (select count(popularity) / 2 from artists) limit 1)",
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(optional_number::<i32, _>(&row, 0)?)
    }
}

/// Moves what these tables say of one artist to another: whole lists to one who has none of that source, listeners added up.
pub(super) async fn move_all(connection: &mut PgConnection, from: &str, into: &str) -> Result<()> {
    for sql in [
        "update artist_features t set artist_id = $2
         where artist_id = $1
           and not exists (select from artist_features o where o.artist_id = $2 and o.source = t.source)",
        "update source_related t set artist_id = $2
         where artist_id = $1
           and not exists (select from source_related o where o.artist_id = $2 and o.source = t.source)",
        "insert into listens as t (user_key, artist_id, source, plays)
         select user_key, $2, source, plays from listens where artist_id = $1 order by user_key, source
         on conflict (user_key, artist_id, source) do update set plays = t.plays + excluded.plays",
    ] {
        sqlx::query(sql).bind(from).bind(into).execute(&mut *connection).await?;
    }
    Ok(())
}
