//! Other names of artists, and all names for the search.

use std::collections::BTreeSet;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use sixpotify_core::{Artist, ArtistId};
use sqlx::Row;
use sqlx::postgres::{PgConnection, PgRow};

use super::Postgres;
use super::pool::Pool;
use super::read::{all, artist_ids};
use super::value::{artist, artist_columns, artist_id, number, optional_number, word};
use super::write::{column, persistently};
use crate::alias::named;
use crate::rows::{AliasRow, Rows, alias_rows};
use crate::text::{clean, micros};
use crate::{Alias, AliasStore, NamedArtist, NamesState, Result, StoreError};

/// Artists that are read at once.
const CHUNK: i64 = 10_000;

#[async_trait]
impl AliasStore for Postgres {
    async fn add_aliases(&self, aliases: &[Alias], now: DateTime<Utc>) -> Result<u64> {
        let rows = alias_rows(aliases)?;
        persistently(&self.pool, || add(&self.pool, &rows, micros(now))).await
    }

    async fn remove_alias(&self, artist: &ArtistId, alias: &str, now: DateTime<Utc>) -> Result<bool> {
        let (artist, alias) = (clean(artist.as_str()), clean(alias));
        persistently(&self.pool, || remove(&self.pool, &artist, &alias, micros(now))).await
    }

    async fn aliases(&self, artists: &[ArtistId]) -> Result<Vec<Alias>> {
        let rows = sqlx::query(
            "select artist_id, alias, locale, source from artist_alias
             where artist_id = any($1::text[]) order by artist_id, alias, source",
        )
        .bind(artist_ids(artists))
        .persistent(false)
        .fetch_all(&self.pool)
        .await?;
        all(&rows, |row| {
            let (alias, locale) = (row.try_get(1)?, row.try_get(2)?);
            Ok(Alias { artist_id: artist_id(row, 0)?, alias, locale, source: word(row, 3)? })
        })
    }

    async fn artists_by_name_keys(&self, keys: &[String]) -> Result<Vec<Artist>> {
        let rows = sqlx::query(concat!(
            "select ",
            artist_columns!(),
            " from artists a where a.name_key = any($1::text[]) order by a.id"
        ))
        .bind(column(keys, |key| clean(key)))
        .persistent(false)
        .fetch_all(&self.pool)
        .await?;
        all(&rows, |row| artist(row, 0))
    }

    async fn artists_by_alias_keys(&self, keys: &[String]) -> Result<Vec<(Artist, String)>> {
        let rows = sqlx::query(concat!(
            "select distinct on (a.id) s.alias, ",
            artist_columns!(),
            " from artist_alias s join artists a on a.id = s.artist_id
              where s.alias_key = any($1::text[]) order by a.id, s.alias"
        ))
        .bind(column(keys, |key| clean(key)))
        .persistent(false)
        .fetch_all(&self.pool)
        .await?;
        all(&rows, |row| Ok((artist(row, 1)?, row.try_get(0)?)))
    }

    fn all_names(&self) -> BoxStream<'_, Result<NamedArtist>> {
        all_names(&self.pool)
    }

    async fn names_changed_since(&self, since: DateTime<Utc>) -> Result<Vec<NamedArtist>> {
        let since = micros(since);
        let artists =
            sqlx::query("select id, name, followers, popularity from artists where updated_at >= $1 order by id")
                .bind(since)
                .fetch_all(&self.pool)
                .await?;
        if artists.is_empty() {
            return Ok(Vec::new());
        }
        let aliases = sqlx::query(
            "select s.artist_id, s.alias from artists a join artist_alias s on s.artist_id = a.id
             where a.updated_at >= $1 order by s.artist_id, s.alias",
        )
        .bind(since)
        .fetch_all(&self.pool)
        .await?;
        Ok(named(all(&artists, artist_names)?, all(&aliases, alias_of)?))
    }

    async fn names_mark(&self) -> Result<Option<String>> {
        // How far the server's log has come. On a standby it has none of its own.
        let row =
            sqlx::query("select case when pg_is_in_recovery() then null else pg_current_wal_insert_lsn()::text end")
                .fetch_one(&self.pool)
                .await?;
        Ok(row.try_get(0)?)
    }

    async fn names_state(&self) -> Result<NamesState> {
        let row = sqlx::query("select (select count(*) from artists), (select max(updated_at) from artists)")
            .fetch_one(&self.pool)
            .await?;
        Ok(NamesState { artists: number::<i64, _>(&row, 0)?, changed_at: row.try_get(1)? })
    }
}

fn alias_of(row: &PgRow) -> sqlx::Result<(ArtistId, String)> {
    Ok((artist_id(row, 0)?, row.try_get(1)?))
}

fn artist_names(row: &PgRow) -> sqlx::Result<NamedArtist> {
    Ok(NamedArtist {
        id: artist_id(row, 0)?,
        name: row.try_get(1)?,
        followers: optional_number::<i64, _>(row, 2)?,
        popularity: optional_number::<i32, _>(row, 3)?,
        aliases: Vec::new(),
    })
}

/// Replaces the aliases of artists, source by source. Whoever does so has locked the artists.
pub(super) async fn lists(connection: &mut PgConnection, rows: &Rows<'_>, now: DateTime<Utc>) -> Result<()> {
    if rows.alias_owners.is_empty() {
        return Ok(());
    }
    let aliases = &rows.aliases;
    let gone = sqlx::query(
        "delete from artist_alias t
         using unnest($1::text[], $2::text[]) as o(artist_id, source)
         where t.artist_id = o.artist_id and t.source = o.source
           and not exists (select from unnest($3::text[], $4::text[], $5::text[]) as s(artist_id, source, alias)
                           where s.artist_id = t.artist_id and s.source = t.source and s.alias = t.alias)
         returning t.artist_id",
    )
    .bind(column(&rows.alias_owners, |(artist, _)| artist.as_ref()))
    .bind(column(&rows.alias_owners, |(_, source)| *source))
    .bind(column(aliases, |r| r.artist_id.as_ref()))
    .bind(column(aliases, |r| r.source))
    .bind(column(aliases, |r| r.alias.as_ref()))
    .persistent(false)
    .fetch_all(&mut *connection)
    .await?;
    let new = upsert(
        connection,
        aliases,
        "insert into artist_alias as t (artist_id, alias, locale, alias_key, source)
         select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
             as s(artist_id, alias, locale, alias_key, source)
         order by s.artist_id, s.alias, s.source
         on conflict (artist_id, alias, source) do update set locale = excluded.locale, alias_key = excluded.alias_key
         where (t.locale, t.alias_key) is distinct from (excluded.locale, excluded.alias_key)
         returning artist_id",
    )
    .await?;
    touch(connection, gone.iter().chain(&new), now).await
}

async fn upsert(connection: &mut PgConnection, rows: &[AliasRow<'_>], sql: &'static str) -> Result<Vec<PgRow>> {
    let rows = sqlx::query(sql)
        .bind(column(rows, |r| r.artist_id.as_ref()))
        .bind(column(rows, |r| r.alias.as_ref()))
        .bind(column(rows, |r| r.locale.as_deref()))
        .bind(column(rows, |r| r.alias_key.as_str()))
        .bind(column(rows, |r| r.source))
        .persistent(false)
        .fetch_all(connection)
        .await?;
    Ok(rows)
}

/// Notes that the artists in the first column of `rows` changed.
pub(super) async fn touch<'r>(
    connection: &mut PgConnection,
    rows: impl Iterator<Item = &'r PgRow>,
    now: DateTime<Utc>,
) -> Result<()> {
    let changed: BTreeSet<String> = rows.map(|row| row.try_get(0)).collect::<sqlx::Result<_>>()?;
    if changed.is_empty() {
        return Ok(());
    }
    sqlx::query("update artists set updated_at = $2 where id = any($1::text[]) and updated_at < $2")
        .bind(Vec::from_iter(changed))
        .bind(now)
        .persistent(false)
        .execute(connection)
        .await?;
    Ok(())
}

async fn add(pool: &Pool, rows: &[AliasRow<'_>], now: DateTime<Utc>) -> Result<u64> {
    let mut transaction = pool.begin().await?;
    // In the order in which every writer locks artists; those that go meanwhile are waited for.
    let mut ids = column(rows, |r| r.artist_id.as_ref());
    ids.dedup();
    sqlx::query("select 1 from artists where id = any($1::text[]) order by id for no key update")
        .bind(ids)
        .persistent(false)
        .execute(&mut *transaction)
        .await?;
    let new = upsert(
        &mut transaction,
        rows,
        "insert into artist_alias (artist_id, alias, locale, alias_key, source)
         select s.* from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
             as s(artist_id, alias, locale, alias_key, source)
         where exists (select from artists a where a.id = s.artist_id)
         order by s.artist_id, s.alias, s.source
         on conflict (artist_id, alias, source) do nothing
         returning artist_id",
    )
    .await?;
    touch(&mut transaction, new.iter(), now).await?;
    transaction.commit().await?;
    Ok(new.len() as u64)
}

async fn remove(pool: &Pool, artist: &str, alias: &str, now: DateTime<Utc>) -> Result<bool> {
    let mut transaction = pool.begin().await?;
    sqlx::query("select 1 from artists where id = $1 for no key update")
        .bind(artist)
        .execute(&mut *transaction)
        .await?;
    let gone = sqlx::query(
        "delete from artist_alias where artist_id = $1 and alias = $2 and source = 'user' returning artist_id",
    )
    .bind(artist)
    .bind(alias)
    .fetch_all(&mut *transaction)
    .await?;
    touch(&mut transaction, gone.iter(), now).await?;
    transaction.commit().await?;
    Ok(!gone.is_empty())
}

/// All artists, read chunk by chunk in one transaction that sees one moment.
fn all_names(pool: &Pool) -> BoxStream<'static, Result<NamedArtist>> {
    let pool = pool.clone();
    let start = async move {
        let begin = async { Ok(pool.begin_with("begin isolation level repeatable read read only").await?) };
        let transaction = pool.answered(begin).await?;
        let first = ArtistId::from_stored("");
        Ok::<_, StoreError>(stream::try_unfold(
            (pool, transaction, first),
            |(pool, mut transaction, after)| async move {
                let chunk = pool.answered(chunk(&mut transaction, &after)).await?;
                match chunk.last() {
                    Some(last) => {
                        let after = last.id.clone();
                        Ok::<_, StoreError>(Some((stream::iter(chunk).map(Ok), (pool, transaction, after))))
                    }
                    None => {
                        transaction.commit().await?;
                        Ok(None)
                    }
                }
            },
        ))
    };
    stream::once(start).try_flatten().try_flatten().boxed()
}

async fn chunk(connection: &mut PgConnection, after: &ArtistId) -> Result<Vec<NamedArtist>> {
    let artists = sqlx::query("select id, name, followers, popularity from artists where id > $1 order by id limit $2")
        .bind(after.as_str())
        .bind(CHUNK)
        .fetch_all(&mut *connection)
        .await?;
    let artists = all(&artists, artist_names)?;
    let Some(last) = artists.last() else { return Ok(artists) };
    let aliases = sqlx::query(
        "select artist_id, alias from artist_alias where artist_id > $1 and artist_id <= $2 order by artist_id, alias",
    )
    .bind(after.as_str())
    .bind(last.id.as_str())
    .fetch_all(&mut *connection)
    .await?;
    Ok(named(artists, all(&aliases, alias_of)?))
}
