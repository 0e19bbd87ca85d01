//! The part of a catalogue that similarity works with.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;
use rusqlite::{OptionalExtension, Transaction, params};
use sixpotify_core::ArtistId;

use super::read::for_each;
use super::value::{artist_id, count, single, word};
use super::{Sqlite, import, relate, songs, stream};
use crate::similarity::{
    Entry, ImportBatch, ListenRow, RankedPair, RelateInput, RelatedEnd, Replaced, SaidRelated, SharedTracks,
    SimilarityStore, SongInput,
};
use crate::text::clean;
use crate::{RelatedRow, Result};

#[async_trait]
impl SimilarityStore for Sqlite {
    async fn write_import(&self, import: Arc<ImportBatch>, now: DateTime<Utc>) -> Result<()> {
        if import.is_empty() {
            return Ok(());
        }
        self.connections.write(move |c| import::write(c, &import, now)).await
    }

    async fn artists_named(&self, names: &[String]) -> Result<Vec<(String, ArtistId)>> {
        let names = names.to_vec();
        self.connections
            .read(move |c| {
                let sql = "select name, id from artists where name = ?1 order by id";
                let names = names.iter().map(String::as_str);
                Ok(for_each(c, sql, names, |row| Ok((row.get(0)?, artist_id(row, 1)?)))?)
            })
            .await
    }

    async fn listener_salt(&self, candidate: &str) -> Result<String> {
        let candidate = clean(candidate).into_owned();
        self.connections
            .write(move |c| {
                c.execute(
                    "insert into listener_salt (only_row, salt) values (1, ?1) on conflict do nothing",
                    [candidate],
                )?;
                Ok(c.query_row("select salt from listener_salt", [], |row| row.get(0))?)
            })
            .await
    }

    fn relate_input(&self) -> BoxStream<'_, Result<RelateInput>> {
        relate::input(&self.connections)
    }

    fn listens(&self) -> BoxStream<'_, Result<ListenRow>> {
        let sql = "select user_key, artist_id, source, plays from listens order by user_key, artist_id, source";
        stream::rows(&self.connections, sql, |row| {
            Ok(ListenRow {
                user_key: row.get(0)?,
                artist_id: artist_id(row, 1)?,
                source: word(row, 2)?,
                plays: count(row, 3)?,
            })
        })
    }

    fn said_related(&self) -> BoxStream<'_, Result<SaidRelated>> {
        // By the id that the source gave, as a link or as the artist's own; by the exact name only where there is no id
        // and one artist of the name.
        let sql = "
            select * from (
                select r.artist_id, r.source, r.rank, coalesce(
                    -- ListenBrainz has no ids of its own.
                    (select l.artist_id from artist_link l
                     where l.source = case r.source when 'listenbrainz' then 'musicbrainz' else r.source end
                       and l.source_id = r.related_source_id),
                    (select o.id from artists o
                     where o.id = case r.source when 'spotify' then '' else r.source || ':' end || r.related_source_id),
                    (select min(a.id) from artists a
                     where r.related_source_id is null and a.name = r.related_name having count(*) = 1)
                ) as related_id, r.score
                from source_related r
            )
            where related_id is not null order by artist_id, source, rank";
        stream::rows(&self.connections, sql, |row| {
            Ok(SaidRelated {
                artist_id: artist_id(row, 0)?,
                source: word(row, 1)?,
                rank: row.get(2)?,
                related_id: artist_id(row, 3)?,
                score: row.get::<_, Option<f64>>(4)?.map(single),
            })
        })
    }

    fn shared_tracks(&self) -> BoxStream<'_, Result<SharedTracks>> {
        let sql = "
            select x.artist_id, y.artist_id,
                coalesce(f.source, case instr(x.track_id, ':') when 0 then 'spotify'
                                   else substr(x.track_id, 1, instr(x.track_id, ':') - 1) end) as source,
                count(*)
            from track_artist x join track_artist y on y.track_id = x.track_id and y.artist_id > x.artist_id
                join artists a on a.id = x.artist_id join artists b on b.id = y.artist_id
                left join audio_features f on f.track_id = x.track_id
            group by 1, 2, 3 order by 1, 2, 3";
        stream::rows(&self.connections, sql, |row| {
            Ok(SharedTracks {
                a: artist_id(row, 0)?,
                b: artist_id(row, 1)?,
                source: word(row, 2)?,
                tracks: u32::try_from(count(row, 3)?).unwrap_or(u32::MAX),
            })
        })
    }

    fn songs(&self) -> BoxStream<'_, Result<SongInput>> {
        songs::songs(&self.connections)
    }

    fn ranking(&self, depth: u32) -> BoxStream<'_, Result<RankedPair>> {
        songs::ranking(&self.connections, depth)
    }

    fn related_ends(&self) -> BoxStream<'_, Result<RelatedEnd>> {
        // The last of each list by the table's key.
        let sql = "
            select r.artist_id, r.rank, r.distance from artists a cross join related_artists r on r.artist_id = a.id
            where r.rank = (select max(m.rank) from related_artists m where m.artist_id = a.id) order by a.id";
        stream::rows(&self.connections, sql, |row| {
            Ok(RelatedEnd { artist_id: artist_id(row, 0)?, rank: row.get(1)?, distance: single(row.get(2)?) })
        })
    }

    async fn replace_related(&self, artist: &ArtistId, rows: &[RelatedRow], entry: Option<&Entry>) -> Result<Replaced> {
        let (artist, rows, entry) = (artist.clone(), rows.to_vec(), entry.cloned());
        self.connections.write(move |c| relate::replace(c, &artist, &rows, entry.as_ref())).await
    }

    async fn median_popularity(&self) -> Result<Option<u8>> {
        self.connections
            .read(|c| {
                let sql = "select popularity from artists where popularity is not null order by popularity
                           limit 1 offset (select count(popularity) / 2 from artists)";
                Ok(c.query_row(sql, [], |row| row.get(0)).optional()?)
            })
            .await
    }
}

/// Moves what these tables say of one artist to another: whole lists to one who has none of that source, listeners added up.
pub(super) fn move_all(transaction: &Transaction<'_>, from: &str, into: &str) -> rusqlite::Result<()> {
    for sql in [
        "update artist_features set artist_id = ?2
         where artist_id = ?1
           and not exists (select 1 from artist_features o where o.artist_id = ?2 and o.source = artist_features.source)",
        "update source_related set artist_id = ?2
         where artist_id = ?1
           and not exists (select 1 from source_related o where o.artist_id = ?2 and o.source = source_related.source)",
        "insert into listens (user_key, artist_id, source, plays)
         select user_key, ?2, source, plays from listens where artist_id = ?1
         on conflict (user_key, artist_id, source) do update set plays = plays + excluded.plays",
    ] {
        transaction.execute(sql, params![from, into])?;
    }
    Ok(())
}
