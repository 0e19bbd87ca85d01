//! Dumps: one prepared statement per table, a row at a time.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use sixpotify_core::{ArtistId, Source};

use super::value::{artist_id, count, optional_time, time_text, word};
use super::write::{json, of};
use super::{Sqlite, alias, identity, vanished};
use crate::rows::{DumpRows, ImportRow};
use crate::text::clean;
use crate::{BulkStore, CountedBatch, DumpBatch, ImportRecord, Link, Result};

#[async_trait]
impl BulkStore for Sqlite {
    async fn write_dump(&self, batch: Arc<DumpBatch>, now: DateTime<Utc>) -> Result<()> {
        self.connections.write(move |c| write(c, &batch, now)).await
    }

    async fn write_counted(&self, batch: Arc<CountedBatch>, now: DateTime<Utc>) -> Result<()> {
        self.connections.write(move |c| write_counted(c, &batch, now)).await
    }

    async fn owners_of(&self, ids: &[(Source, String)]) -> Result<Vec<(Source, String, ArtistId)>> {
        let ids = ids.to_vec();
        self.connections.read(move |c| Ok(owners_of(c, &ids)?)).await
    }

    async fn ids_at(&self, source: Source, artists: &[ArtistId]) -> Result<Vec<(ArtistId, String)>> {
        let artists = artists.to_vec();
        self.connections.read(move |c| Ok(ids_at(c, source, &artists)?)).await
    }

    async fn several_ids(&self, source: Source) -> Result<Vec<ArtistId>> {
        self.connections.read(move |c| Ok(several_ids(c, source)?)).await
    }

    async fn rejected_links(&self) -> Result<Vec<Link>> {
        self.connections.read(|c| Ok(rejected_links(c)?)).await
    }

    async fn any_forgotten(&self) -> Result<bool> {
        self.connections
            .read(|c| Ok(c.query_row("select exists (select 1 from forgotten_artists)", [], |row| row.get(0))?))
            .await
    }

    async fn begin_load(&self) -> Result<bool> {
        // Here the indexes are no larger part of the work than the rows.
        Ok(false)
    }

    async fn end_load(&self) -> Result<()> {
        Ok(())
    }

    async fn add_link(&self, link: &Link) -> Result<Option<ArtistId>> {
        let link = link.clone();
        self.connections.write(move |c| identity::add_link(c, &link)).await
    }

    async fn reject_link(&self, link: &Link, now: DateTime<Utc>) -> Result<bool> {
        let link = link.clone();
        self.connections.write(move |c| identity::reject_link(c, &link, now)).await
    }

    async fn adopt_credits(&self, source: Source, artists: &[ArtistId]) -> Result<u64> {
        let artists = artists.to_vec();
        self.connections.write(move |c| identity::adopt_credits(c, source, &artists)).await
    }

    async fn vanished(&self, source: Source, before: DateTime<Utc>, limit: usize) -> Result<Vec<ArtistId>> {
        self.connections.read(move |c| Ok(vanished::vanished(c, source, before, limit)?)).await
    }

    async fn take_back(&self, source: Source, artists: &[ArtistId], now: DateTime<Utc>) -> Result<Vec<ArtistId>> {
        let artists = artists.to_vec();
        self.connections.write(move |c| vanished::take_back(c, source, &artists, now)).await
    }

    async fn imports(&self, source: Source) -> Result<Vec<ImportRecord>> {
        self.connections.read(move |c| Ok(imports(c, source)?)).await
    }
}

fn write(connection: &mut Connection, batch: &DumpBatch, now: DateTime<Utc>) -> Result<()> {
    let rows = DumpRows::of(batch, |_| true)?;
    let (said, now) = (time_text(batch.import.said_at(now)), time_text(now));
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    artists(&transaction, &rows, batch.import.source.as_str(), &said, &now)?;
    aliases(&transaction, &rows, batch.import.source.as_str(), &now)?;
    genres(&transaction, &rows, batch.import.source.as_str())?;
    if batch.marks {
        mark(&transaction, &batch.import, &now)?;
    }
    Ok(transaction.commit()?)
}

fn artists(
    transaction: &Transaction<'_>,
    rows: &DumpRows<'_>,
    source: &str,
    said: &str,
    now: &str,
) -> rusqlite::Result<()> {
    let mut upsert = transaction.prepare_cached(
        "insert into artists (id, name, name_key, url, created_at, updated_at) values (?1, ?2, ?3, ?4, ?5, ?5)
         on conflict (id) do update set
             name = excluded.name, name_key = excluded.name_key, url = coalesce(excluded.url, url),
             updated_at = excluded.updated_at
         where name is not excluded.name or name_key is not excluded.name_key
            or url is not coalesce(excluded.url, url)",
    )?;
    for r in &rows.named {
        upsert.execute(params![r.id, r.name, r.name_key, r.url, now])?;
    }
    let mut insert = transaction.prepare_cached(
        "insert into artist_link (artist_id, source, source_id) values (?1, ?2, ?3)
         on conflict (source, source_id) do nothing",
    )?;
    for r in &rows.links {
        insert.execute(params![r.artist_id, r.source, r.source_id])?;
    }
    let mut upsert = transaction.prepare_cached(
        "insert into facets (artist_id, facet, source, market, state, how, fetched_at, attempts)
         values (?1, 'profile', ?2, '', 'ok', 'dump', ?3, 0)
         on conflict (artist_id, facet, source, market) do update set
             state = excluded.state, how = excluded.how, fetched_at = max(fetched_at, excluded.fetched_at),
             retry_at = null, attempts = 0, error = null",
    )?;
    for id in &rows.ids {
        upsert.execute(params![id, source, said])?;
    }
    Ok(())
}

fn aliases(transaction: &Transaction<'_>, rows: &DumpRows<'_>, source: &str, now: &str) -> rusqlite::Result<()> {
    let mut delete = transaction.prepare_cached(
        "delete from artist_alias
         where artist_id = ?1 and source = ?2 and alias not in (select value from json_each(?3))",
    )?;
    let mut upsert = transaction.prepare_cached(
        "insert into artist_alias (artist_id, alias, locale, alias_key, source) values (?1, ?2, ?3, ?4, ?5)
         on conflict (artist_id, alias, source) do update set
             locale = excluded.locale, alias_key = excluded.alias_key
         where locale is not excluded.locale or alias_key <> excluded.alias_key",
    )?;
    for id in &rows.ids {
        let kept = of(&rows.aliases, |r| &r.artist_id, id);
        let mut changed = delete.execute(params![id, source, json(kept.iter().map(|r| &r.alias))])?;
        for r in kept {
            changed += upsert.execute(params![r.artist_id, r.alias, r.locale, r.alias_key, source])?;
        }
        if changed > 0 {
            alias::touch(transaction, id, now)?;
        }
    }
    Ok(())
}

pub(super) fn genres(transaction: &Transaction<'_>, rows: &DumpRows<'_>, source: &str) -> rusqlite::Result<()> {
    let mut delete_votes = transaction.prepare_cached(
        "delete from genre_vote
         where artist_id = ?1 and source = ?2 and genre not in (select value from json_each(?3))",
    )?;
    let mut delete_genres = transaction.prepare_cached(
        "delete from artist_genre
         where artist_id = ?1 and source = ?2 and genre not in (select value from json_each(?3))",
    )?;
    for id in &rows.ids {
        let kept = json(of(&rows.votes, |r| &r.artist_id, id).iter().map(|r| &r.genre));
        delete_votes.execute(params![id, source, kept])?;
        delete_genres.execute(params![id, source, kept])?;
    }
    let mut vote = transaction.prepare_cached(
        "insert into genre_vote (artist_id, genre, source, weight) values (?1, ?2, ?3, ?4)
         on conflict (artist_id, genre, source) do update set weight = excluded.weight where weight <> excluded.weight",
    )?;
    let mut genre = transaction.prepare_cached(
        "insert into artist_genre (artist_id, genre, source) select ?1, ?2, ?3
         where not exists (select 1 from artist_genre where artist_id = ?1 and source <> ?3)
         on conflict (artist_id, genre) do nothing",
    )?;
    for r in &rows.votes {
        vote.execute(params![r.artist_id, r.genre, source, r.weight])?;
        genre.execute(params![r.artist_id, r.genre, source])?;
    }
    Ok(())
}

fn mark(transaction: &Transaction<'_>, import: &ImportRecord, now: &str) -> Result<()> {
    let row = ImportRow::of(import)?;
    transaction
        .prepare_cached(
            "insert into imports (source, dump, dump_date, position, state, updated_at) values (?1, ?2, ?3, ?4, ?5, ?6)
             on conflict (source, dump) do update set
                 dump_date = excluded.dump_date, position = excluded.position, state = excluded.state,
                 updated_at = excluded.updated_at",
        )?
        .execute(params![row.source, row.dump, import.dump_date.map(time_text), row.position, row.state, now])?;
    Ok(())
}

/// Adds up what listeners heard.
fn write_counted(connection: &mut Connection, batch: &CountedBatch, now: DateTime<Utc>) -> Result<()> {
    let source = batch.import.source.as_str();
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let stands = transaction
        .query_row(
            "select position from imports where source = ?1 and dump = ?2",
            params![source, clean(&batch.import.dump)],
            |row| count(row, 0),
        )
        .optional()?;
    let adds = batch.replaces || stands.is_none_or(|position| position < batch.import.position);
    if batch.replaces {
        transaction.execute("delete from listens where source = ?1", params![source])?;
    }
    if adds {
        let mut upsert = transaction.prepare_cached(
            "insert into listens (user_key, artist_id, source, plays)
             select ?1, id, ?3, min(?4, ?5) from artists where id = ?2
             on conflict (user_key, artist_id, source) do update set plays = min(plays + excluded.plays, ?5)",
        )?;
        let users: Vec<_> = batch.users.iter().map(|user| clean(user)).collect();
        let artists: Vec<_> = batch.artists.iter().map(|artist| clean(artist.as_str())).collect();
        for (user, artist, plays) in &batch.counts {
            upsert.execute(params![users[*user as usize], artists[*artist as usize], source, plays, batch.most])?;
        }
    }
    mark(&transaction, &batch.import, &time_text(now))?;
    Ok(transaction.commit()?)
}

fn owners_of(connection: &Connection, ids: &[(Source, String)]) -> rusqlite::Result<Vec<(Source, String, ArtistId)>> {
    let mut select =
        connection.prepare_cached("select artist_id from artist_link where source = ?1 and source_id = ?2")?;
    let mut owners = Vec::new();
    for (source, id) in ids {
        let owner = select.query_row(params![source.as_str(), clean(id)], |row| artist_id(row, 0)).optional()?;
        owners.extend(owner.map(|owner| (*source, id.clone(), owner)));
    }
    Ok(owners)
}

fn ids_at(connection: &Connection, source: Source, artists: &[ArtistId]) -> rusqlite::Result<Vec<(ArtistId, String)>> {
    let mut select = connection.prepare_cached(
        "select artist_id, source_id from artist_link where artist_id = ?1 and source = ?2 order by source_id",
    )?;
    let mut ids = Vec::new();
    for artist in artists {
        let rows = select
            .query_map(params![clean(artist.as_str()), source.as_str()], |row| Ok((artist_id(row, 0)?, row.get(1)?)))?;
        for row in rows {
            ids.push(row?);
        }
    }
    Ok(ids)
}

fn several_ids(connection: &Connection, source: Source) -> rusqlite::Result<Vec<ArtistId>> {
    connection
        .prepare_cached(
            "select artist_id from artist_link where source = ?1 group by artist_id having count(*) > 1 order by artist_id",
        )?
        .query_map(params![source.as_str()], |row| artist_id(row, 0))?
        .collect()
}

fn imports(connection: &Connection, source: Source) -> rusqlite::Result<Vec<ImportRecord>> {
    connection
        .prepare_cached(
            "select source, dump, dump_date, position, state from imports where source = ?1
             order by dump_date desc nulls last, updated_at desc, dump",
        )?
        .query_map(params![source.as_str()], |row| {
            Ok(ImportRecord {
                source: word(row, 0)?,
                dump: row.get(1)?,
                dump_date: optional_time(row, 2)?,
                position: count(row, 3)?,
                state: word(row, 4)?,
            })
        })?
        .collect()
}

fn rejected_links(connection: &Connection) -> rusqlite::Result<Vec<Link>> {
    connection
        .prepare_cached(
            "select artist_id, source, source_id from rejected_links order by artist_id, source, source_id",
        )?
        .query_map([], |row| Ok(Link { artist_id: artist_id(row, 0)?, source: word(row, 1)?, source_id: row.get(2)? }))?
        .collect()
}
