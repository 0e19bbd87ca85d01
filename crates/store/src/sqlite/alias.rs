//! Other names of artists, and all names for the search.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use rusqlite::{Connection, Row, Transaction, TransactionBehavior, params};
use sixpotify_core::{Artist, ArtistId};
use tokio::sync::mpsc;

use super::Sqlite;
use super::connection::{Connections, joined};
use super::read::for_each;
use super::value::{artist, artist_columns, artist_id, count, optional_count, optional_time, time_text, word};
use crate::alias::named;
use crate::rows::{Rows, alias_rows};
use crate::text::clean;
use crate::{Alias, AliasStore, NamedArtist, NamesState, Result, StoreError};

/// Artists that are read at once.
const CHUNK: i64 = 5_000;

/// Chunks that wait for a slower reader.
const WAITING_CHUNKS: usize = 2;

#[async_trait]
impl AliasStore for Sqlite {
    async fn add_aliases(&self, aliases: &[Alias], now: DateTime<Utc>) -> Result<u64> {
        let aliases = aliases.to_vec();
        self.connections.write(move |c| add(c, &aliases, now)).await
    }

    async fn remove_alias(&self, artist: &ArtistId, alias: &str, now: DateTime<Utc>) -> Result<bool> {
        let (artist, alias) = (artist.clone(), alias.to_owned());
        self.connections.write(move |c| remove(c, &artist, &alias, now)).await
    }

    async fn aliases(&self, artists: &[ArtistId]) -> Result<Vec<Alias>> {
        let artists = artists.to_vec();
        let sql =
            "select artist_id, alias, locale, source from artist_alias where artist_id = ?1 order by alias, source";
        let read = move |c: &Connection| Ok(for_each(c, sql, artists.iter().map(ArtistId::as_str), alias)?);
        self.connections.read(read).await
    }

    async fn artists_by_name_keys(&self, keys: &[String]) -> Result<Vec<Artist>> {
        let keys = keys.to_vec();
        self.connections.read(move |c| by_name_keys(c, &keys)).await
    }

    async fn artists_by_alias_keys(&self, keys: &[String]) -> Result<Vec<(Artist, String)>> {
        let keys = keys.to_vec();
        self.connections.read(move |c| by_alias_keys(c, &keys)).await
    }

    fn all_names(&self) -> BoxStream<'_, Result<NamedArtist>> {
        all_names(&self.connections)
    }

    async fn names_changed_since(&self, since: DateTime<Utc>) -> Result<Vec<NamedArtist>> {
        self.connections.read(move |c| changed_since(c, since)).await
    }

    async fn names_mark(&self) -> Result<Option<String>> {
        let path = self.connections.path().to_owned();
        self.connections.read(move |_| Ok(mark(&path))).await
    }

    async fn names_state(&self) -> Result<NamesState> {
        self.connections.read(names_state).await
    }
}

fn alias(row: &Row<'_>) -> rusqlite::Result<Alias> {
    Ok(Alias { artist_id: artist_id(row, 0)?, alias: row.get(1)?, locale: row.get(2)?, source: word(row, 3)? })
}

/// Replaces the aliases of artists, source by source.
pub(super) fn lists(transaction: &Transaction<'_>, rows: &Rows<'_>, now: &str) -> rusqlite::Result<()> {
    if rows.alias_owners.is_empty() {
        return Ok(());
    }
    let mut delete = transaction.prepare_cached(
        "delete from artist_alias
         where artist_id = ?1 and source = ?2 and alias not in (select value from json_each(?3))",
    )?;
    let mut upsert = transaction.prepare_cached(
        "insert into artist_alias (artist_id, alias, locale, alias_key, source) values (?1, ?2, ?3, ?4, ?5)
         on conflict (artist_id, alias, source) do update set locale = excluded.locale, alias_key = excluded.alias_key
         where locale is not excluded.locale or alias_key <> excluded.alias_key",
    )?;
    for (owner, source) in &rows.alias_owners {
        let of_artist = super::write::of(&rows.aliases, |r| &r.artist_id, owner);
        let kept = || of_artist.iter().filter(|r| r.source == *source);
        let mut changed = delete.execute(params![owner, source, super::write::json(kept().map(|r| &r.alias))])?;
        for r in kept() {
            changed += upsert.execute(params![r.artist_id, r.alias, r.locale, r.alias_key, r.source])?;
        }
        if changed > 0 {
            touch(transaction, owner, now)?;
        }
    }
    Ok(())
}

/// Notes that an artist changed.
pub(super) fn touch(transaction: &Transaction<'_>, artist: &str, now: &str) -> rusqlite::Result<()> {
    let mut update =
        transaction.prepare_cached("update artists set updated_at = ?2 where id = ?1 and updated_at < ?2")?;
    update.execute(params![artist, now])?;
    Ok(())
}

fn add(connection: &mut Connection, aliases: &[Alias], now: DateTime<Utc>) -> Result<u64> {
    let rows = alias_rows(aliases)?;
    let now = time_text(now);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut added = 0;
    {
        let mut insert = transaction.prepare_cached(
            "insert into artist_alias (artist_id, alias, locale, alias_key, source)
             select ?1, ?2, ?3, ?4, ?5 where exists (select 1 from artists where id = ?1)
             on conflict (artist_id, alias, source) do nothing",
        )?;
        for r in &rows {
            if insert.execute(params![r.artist_id, r.alias, r.locale, r.alias_key, r.source])? > 0 {
                added += 1;
                touch(&transaction, &r.artist_id, &now)?;
            }
        }
    }
    transaction.commit()?;
    Ok(added)
}

fn remove(connection: &mut Connection, artist: &ArtistId, alias: &str, now: DateTime<Utc>) -> Result<bool> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let gone = transaction.execute(
        "delete from artist_alias where artist_id = ?1 and alias = ?2 and source = 'user'",
        params![clean(artist.as_str()), clean(alias)],
    )?;
    if gone > 0 {
        touch(&transaction, &clean(artist.as_str()), &time_text(now))?;
    }
    transaction.commit()?;
    Ok(gone > 0)
}

fn by_name_keys(connection: &Connection, keys: &[String]) -> Result<Vec<Artist>> {
    let sql = concat!("select ", artist_columns!(), " from artists a where a.name_key = ?1");
    let mut found = for_each(connection, sql, keys.iter().map(String::as_str), |row| artist(row, 0))?;
    found.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(found)
}

fn by_alias_keys(connection: &Connection, keys: &[String]) -> Result<Vec<(Artist, String)>> {
    let sql = concat!(
        "select s.alias, ",
        artist_columns!(),
        " from artist_alias s join artists a on a.id = s.artist_id where s.alias_key = ?1"
    );
    let read = |row: &Row<'_>| Ok((artist(row, 1)?, row.get::<_, String>(0)?));
    let mut found = for_each(connection, sql, keys.iter().map(String::as_str), read)?;
    found.sort_by(|(a, x), (b, y)| (&a.id, x).cmp(&(&b.id, y)));
    found.dedup_by(|(a, _), (b, _)| a.id == b.id);
    Ok(found)
}

fn artist_names(row: &Row<'_>) -> rusqlite::Result<NamedArtist> {
    Ok(NamedArtist {
        id: artist_id(row, 0)?,
        name: row.get(1)?,
        followers: optional_count(row, 2)?,
        popularity: row.get(3)?,
        aliases: Vec::new(),
    })
}

/// All artists, read in one transaction on a blocking thread that stops when the stream is dropped.
fn all_names(connections: &Arc<Connections>) -> BoxStream<'static, Result<NamedArtist>> {
    let connections = connections.clone();
    let start = async move {
        let (sender, receiver) = mpsc::channel(WAITING_CHUNKS);
        let reading = tokio::spawn(async move {
            connections
                .read(move |connection| {
                    let mut after = ArtistId::from_stored("");
                    loop {
                        let chunk = chunk(connection, &after)?;
                        let Some(last) = chunk.last() else { return Ok(()) };
                        after = last.id.clone();
                        if sender.blocking_send(chunk).is_err() {
                            return Ok(());
                        }
                    }
                })
                .await
        });
        Ok::<_, StoreError>(stream::try_unfold((receiver, Some(reading)), |(mut receiver, reading)| async move {
            if let Some(chunk) = receiver.recv().await {
                return Ok::<_, StoreError>(Some((stream::iter(chunk).map(Ok), (receiver, reading))));
            }
            // The end of the channel is the end of the artists only if the reader says so.
            if let Some(reading) = reading {
                joined(reading.await)?;
            }
            Ok(None)
        }))
    };
    stream::once(start).try_flatten().try_flatten().boxed()
}

fn chunk(connection: &Connection, after: &ArtistId) -> Result<Vec<NamedArtist>> {
    let artists: Vec<NamedArtist> = connection
        .prepare_cached("select id, name, followers, popularity from artists where id > ?1 order by id limit ?2")?
        .query_map(params![after.as_str(), CHUNK], artist_names)?
        .collect::<rusqlite::Result<_>>()?;
    let Some(last) = artists.last() else { return Ok(artists) };
    let aliases = connection
        .prepare_cached(
            "select artist_id, alias from artist_alias where artist_id > ?1 and artist_id <= ?2 order by artist_id, alias",
        )?
        .query_map(params![after.as_str(), last.id.as_str()], |row| Ok((artist_id(row, 0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(named(artists, aliases))
}

fn changed_since(connection: &Connection, since: DateTime<Utc>) -> Result<Vec<NamedArtist>> {
    let since = time_text(since);
    let artists: Vec<NamedArtist> = connection
        .prepare_cached("select id, name, followers, popularity from artists where updated_at >= ?1 order by id")?
        .query_map(params![since], artist_names)?
        .collect::<rusqlite::Result<_>>()?;
    if artists.is_empty() {
        return Ok(artists);
    }
    let aliases = connection
        .prepare_cached(
            "select s.artist_id, s.alias from artists a join artist_alias s on s.artist_id = a.id
             where a.updated_at >= ?1 order by s.artist_id, s.alias",
        )?
        .query_map(params![since], |row| Ok((artist_id(row, 0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(named(artists, aliases))
}

/// When, and how far, the file and its log were written last: a commit goes to the one or the other.
fn mark(path: &Path) -> Option<String> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let seen = |path: &Path| {
        let about = std::fs::metadata(path).ok()?;
        Some(format!("{} {:?}", about.len(), about.modified().ok()?))
    };
    Some(format!("{} {:?}", seen(path)?, seen(Path::new(&log))))
}

fn names_state(connection: &Connection) -> Result<NamesState> {
    // Apart, each of them is answered by an index.
    let sql = "select (select count(*) from artists), (select max(updated_at) from artists)";
    let state = |row: &Row<'_>| Ok(NamesState { artists: count(row, 0)?, changed_at: optional_time(row, 1)? });
    Ok(connection.query_row(sql, [], state)?)
}
