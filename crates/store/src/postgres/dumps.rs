//! Dumps: artists that are new by `COPY` into the tables themselves, the others by sets of statements.
//!
//! Who is new is what the caller saw a moment before. Where that has changed, `COPY` fails on a key, and the whole batch is
//! written again as one of which everything may be known.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sixpotify_core::{ArtistId, Source};
use sqlx::Row;
use sqlx::postgres::PgConnection;

use super::bulk::joined;
use super::copy::CopyBinary;
use super::pool::Pool;
use super::read::{all, artist_ids};
use super::value::{artist_id, number, word};
use super::write::{column, persistently, with_arrays};
use super::{Postgres, alias, identity, vanished};
use crate::rows::{DumpRows, ImportRow};
use crate::text::{clean, micros};
use crate::{BulkStore, CountedBatch, DumpBatch, ImportRecord, Link, Result, StoreError};

/// Bytes that are sent at once.
const CHUNK: usize = 256 * 1024;

#[async_trait]
impl BulkStore for Postgres {
    async fn write_dump(&self, batch: Arc<DumpBatch>, now: DateTime<Utc>) -> Result<()> {
        write(&self.pool, batch, now).await
    }

    async fn write_counted(&self, batch: Arc<CountedBatch>, now: DateTime<Utc>) -> Result<()> {
        write_counted(&self.pool, batch, now).await
    }

    async fn owners_of(&self, ids: &[(Source, String)]) -> Result<Vec<(Source, String, ArtistId)>> {
        owners_of(&self.pool, ids).await
    }

    async fn ids_at(&self, source: Source, artists: &[ArtistId]) -> Result<Vec<(ArtistId, String)>> {
        ids_at(&self.pool, source, artists).await
    }

    async fn several_ids(&self, source: Source) -> Result<Vec<ArtistId>> {
        several_ids(&self.pool, source).await
    }

    async fn rejected_links(&self) -> Result<Vec<Link>> {
        rejected_links(&self.pool).await
    }

    async fn any_forgotten(&self) -> Result<bool> {
        let row = sqlx::query("select exists (select from forgotten_artists)").fetch_one(&self.pool).await?;
        Ok(row.try_get(0)?)
    }

    async fn begin_load(&self) -> Result<bool> {
        self.load.begin(&self.pool).await
    }

    async fn end_load(&self) -> Result<()> {
        self.load.end(&self.pool).await
    }

    async fn add_link(&self, link: &Link) -> Result<Option<ArtistId>> {
        identity::add_link(&self.pool, link).await
    }

    async fn reject_link(&self, link: &Link, now: DateTime<Utc>) -> Result<bool> {
        identity::reject_link(&self.pool, link, now).await
    }

    async fn adopt_credits(&self, source: Source, artists: &[ArtistId]) -> Result<u64> {
        persistently(&self.pool, || identity::adopt_credits(&self.pool, source, artists)).await
    }

    async fn vanished(&self, source: Source, before: DateTime<Utc>, limit: usize) -> Result<Vec<ArtistId>> {
        vanished::vanished(&self.pool, source, before, limit).await
    }

    async fn take_back(&self, source: Source, artists: &[ArtistId], now: DateTime<Utc>) -> Result<Vec<ArtistId>> {
        vanished::take_back(&self.pool, source, artists, now).await
    }

    async fn imports(&self, source: Source) -> Result<Vec<ImportRecord>> {
        imports(&self.pool, source).await
    }
}

/// Writes `batch`. In a task of its own: a caller that gives up must not leave a connection in the middle of a `COPY`.
async fn write(pool: &Pool, batch: Arc<DumpBatch>, now: DateTime<Utc>) -> Result<()> {
    let (pool, now) = (pool.clone(), micros(now));
    in_task(async move {
        let new = DumpRows::of(&batch, |artist| artist.new)?;
        let others = DumpRows::of(&batch, |artist| !artist.new)?;
        match persistently(&pool, || once(&pool, &new, &others, &batch, now)).await {
            Err(error) if is_taken(&error) => {
                tracing::debug!(%error, "artists of a dump came from elsewhere meanwhile");
                let (none, everybody) = (DumpRows::default(), DumpRows::of(&batch, |_| true)?);
                persistently(&pool, || once(&pool, &none, &everybody, &batch, now)).await
            }
            result => result,
        }
    })
    .await
}

async fn in_task(work: impl Future<Output = Result<()>> + Send + 'static) -> Result<()> {
    joined(tokio::spawn(work).await)
}

/// Whether a key that was thought to be free is taken.
fn is_taken(error: &StoreError) -> bool {
    database_error(error).is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

/// Whether an artist that was thought to be there is not, or a key that was thought to be free is taken.
fn is_refused(error: &StoreError) -> bool {
    is_taken(error) || database_error(error).is_some_and(sqlx::error::DatabaseError::is_foreign_key_violation)
}

fn database_error(error: &StoreError) -> Option<&dyn sqlx::error::DatabaseError> {
    let StoreError::Other(source) = error else { return None };
    source.downcast_ref::<sqlx::Error>().and_then(sqlx::Error::as_database_error)
}

async fn once(
    pool: &Pool,
    new: &DumpRows<'_>,
    others: &DumpRows<'_>,
    DumpBatch { import, marks, .. }: &DumpBatch,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut transaction = pool.begin().await?;
    if !*marks {
        // The mark that follows when it is stored waits for the disk, and with it for all that was written before.
        sqlx::raw_sql("set local synchronous_commit = off").execute(&mut *transaction).await?;
    }
    let (source, said) = (import.source.as_str(), import.said_at(now));
    if !others.ids.is_empty() {
        update(&mut transaction, others, source, micros(said), now).await?;
    }
    if !new.ids.is_empty() {
        add(&mut transaction, new, source, micros(said), now).await?;
    }
    if *marks {
        mark(&mut transaction, import, now).await?;
    }
    Ok(transaction.commit().await?)
}

/// Sends `rows`, of so many `fields`, to the table that `sql` copies into.
async fn copy<R>(
    connection: &mut PgConnection,
    (sql, fields): (&'static str, i16),
    rows: &[R],
    row: impl Fn(&mut CopyBinary, &R),
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut copy = connection.copy_in_raw(sql).await?;
    let mut binary = CopyBinary::new(fields);
    for each in rows {
        row(binary.row(), each);
        if binary.len() >= CHUNK {
            copy.send(binary.take()).await?;
        }
    }
    copy.send(binary.end()).await?;
    copy.finish().await?;
    Ok(())
}

/// Artists of whom the catalogue has nothing.
async fn add(
    connection: &mut PgConnection,
    rows: &DumpRows<'_>,
    source: &str,
    said: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<()> {
    copy(
        connection,
        ("copy artists (id, name, name_key, url, created_at, updated_at) from stdin (format binary)", 6),
        &rows.named,
        |copy, row| {
            copy.text(&row.id)
                .text(&row.name)
                .text(&row.name_key)
                .optional_text(row.url.as_deref())
                .time(now)
                .time(now);
        },
    )
    .await?;
    // What follows is of artists that this transaction wrote: nobody can take them away meanwhile (see the migration).
    let own = rows.are_of_named();
    if own {
        sqlx::raw_sql("set local sixpotify.own_artists = on").execute(&mut *connection).await?;
    }
    copy(
        connection,
        ("copy artist_link (artist_id, source, source_id) from stdin (format binary)", 3),
        &rows.links,
        |copy, row| {
            copy.text(&row.artist_id).text(row.source).text(&row.source_id);
        },
    )
    .await?;
    copy(
        connection,
        ("copy artist_alias (artist_id, alias, locale, alias_key, source) from stdin (format binary)", 5),
        &rows.aliases,
        |copy, row| {
            copy.text(&row.artist_id)
                .text(&row.alias)
                .optional_text(row.locale.as_deref())
                .text(&row.alias_key)
                .text(source);
        },
    )
    .await?;
    copy(
        connection,
        ("copy genre_vote (artist_id, genre, source, weight) from stdin (format binary)", 4),
        &rows.votes,
        |copy, row| {
            copy.text(&row.artist_id).text(&row.genre).text(source).bigint(row.weight);
        },
    )
    .await?;
    copy(
        connection,
        ("copy artist_genre (artist_id, genre, source) from stdin (format binary)", 3),
        &rows.votes,
        |copy, row| {
            copy.text(&row.artist_id).text(&row.genre).text(source);
        },
    )
    .await?;
    copy(
        connection,
        (
            "copy facets (artist_id, facet, source, market, state, how, fetched_at, attempts) from stdin (format binary)",
            8,
        ),
        &rows.ids,
        |copy, id| {
            copy.text(id).text("profile").text(source).text("").text("ok").text("dump").time(said).bigint(0);
        },
    )
    .await?;
    if own {
        sqlx::raw_sql("set local sixpotify.own_artists = off").execute(connection).await?;
    }
    Ok(())
}

/// Artists of whom the catalogue may have anything.
async fn update(
    connection: &mut PgConnection,
    rows: &DumpRows<'_>,
    source: &str,
    said: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<()> {
    with_arrays!(
        planned connection,
        "select 1 from artists where id = any($1::text[]) order by id for no key update",
        column(&rows.ids, AsRef::as_ref)
    )?;
    with_arrays!(
        planned connection,
        "insert into artists as t (id, name, name_key, url, created_at, updated_at)
         select s.id, s.name, s.name_key, s.url, $1, $1
         from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as s(id, name, name_key, url)
         left join artists a on a.id = s.id
         where a.id is null
            or (a.name, a.name_key, a.url) is distinct from (s.name, s.name_key, coalesce(s.url, a.url))
         order by s.id
         on conflict (id) do update set
             name = excluded.name, name_key = excluded.name_key, url = coalesce(excluded.url, t.url),
             updated_at = excluded.updated_at",
        now,
        column(&rows.named, |r| r.id.as_ref()),
        column(&rows.named, |r| r.name.as_ref()),
        column(&rows.named, |r| r.name_key.as_str()),
        column(&rows.named, |r| r.url.as_deref()),
    )?;
    with_arrays!(
        connection,
        "insert into artist_link (artist_id, source, source_id)
         select * from unnest($1::text[], $2::text[], $3::text[]) as s(artist_id, source, source_id)
         order by s.source, s.source_id
         on conflict (source, source_id) do nothing",
        column(&rows.links, |r| r.artist_id.as_ref()),
        column(&rows.links, |r| r.source),
        column(&rows.links, |r| r.source_id.as_ref()),
    )?;
    aliases(connection, rows, source, now).await?;
    genres(connection, rows, source).await?;
    with_arrays!(
        connection,
        "insert into facets as t (artist_id, facet, source, market, state, how, fetched_at, attempts)
         select id, 'profile', $1, '', 'ok', 'dump', $2, 0 from unnest($3::text[]) as s(id) order by id
         on conflict (artist_id, facet, source, market) do update set
             state = excluded.state, how = excluded.how, fetched_at = greatest(t.fetched_at, excluded.fetched_at),
             retry_at = null, attempts = 0, error = null",
        source,
        said,
        column(&rows.ids, AsRef::as_ref),
    )?;
    Ok(())
}

async fn aliases(connection: &mut PgConnection, rows: &DumpRows<'_>, source: &str, now: DateTime<Utc>) -> Result<()> {
    let (ids, rows) = (column(&rows.ids, AsRef::as_ref), &rows.aliases);
    let gone = sqlx::query(
        "delete from artist_alias t
         where t.artist_id = any($1::text[]) and t.source = $2
           and not exists (select from unnest($3::text[], $4::text[]) as s(artist_id, alias)
                           where s.artist_id = t.artist_id and s.alias = t.alias)
         returning t.artist_id",
    )
    .bind(ids)
    .bind(source)
    .bind(column(rows, |r| r.artist_id.as_ref()))
    .bind(column(rows, |r| r.alias.as_ref()))
    .persistent(false)
    .fetch_all(&mut *connection)
    .await?;
    let new = sqlx::query(
        "insert into artist_alias as t (artist_id, alias, locale, alias_key, source)
         select s.artist_id, s.alias, s.locale, s.alias_key, $1
         from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as s(artist_id, alias, locale, alias_key)
         order by s.artist_id, s.alias
         on conflict (artist_id, alias, source) do update set
             locale = excluded.locale, alias_key = excluded.alias_key
         where (t.locale, t.alias_key) is distinct from (excluded.locale, excluded.alias_key)
         returning artist_id",
    )
    .bind(source)
    .bind(column(rows, |r| r.artist_id.as_ref()))
    .bind(column(rows, |r| r.alias.as_ref()))
    .bind(column(rows, |r| r.locale.as_deref()))
    .bind(column(rows, |r| r.alias_key.as_str()))
    .persistent(false)
    .fetch_all(&mut *connection)
    .await?;
    alias::touch(connection, gone.iter().chain(&new), now).await
}

pub(super) async fn genres(connection: &mut PgConnection, rows: &DumpRows<'_>, source: &str) -> Result<()> {
    let (ids, rows) = (column(&rows.ids, AsRef::as_ref), &rows.votes);
    let (artists, genres) = (column(rows, |r| r.artist_id.as_ref()), column(rows, |r| r.genre.as_ref()));
    with_arrays!(
        planned connection,
        "delete from genre_vote t
         where t.artist_id = any($1::text[]) and t.source = $2
           and not exists (select from unnest($3::text[], $4::text[]) as s(artist_id, genre)
                           where s.artist_id = t.artist_id and s.genre = t.genre)",
        &ids,
        source,
        &artists,
        &genres,
    )?;
    with_arrays!(
        connection,
        "insert into genre_vote as t (artist_id, genre, source, weight)
         select s.artist_id, s.genre, $1, s.weight
         from unnest($2::text[], $3::text[], $4::bigint[]) as s(artist_id, genre, weight)
         order by s.artist_id, s.genre
         on conflict (artist_id, genre, source) do update set weight = excluded.weight where t.weight <> excluded.weight",
        source,
        &artists,
        &genres,
        column(rows, |r| r.weight),
    )?;
    with_arrays!(
        planned connection,
        "delete from artist_genre t
         where t.artist_id = any($1::text[]) and t.source = $2
           and not exists (select from unnest($3::text[], $4::text[]) as s(artist_id, genre)
                           where s.artist_id = t.artist_id and s.genre = t.genre)",
        &ids,
        source,
        &artists,
        &genres,
    )?;
    with_arrays!(
        planned connection,
        "insert into artist_genre (artist_id, genre, source)
         select s.artist_id, s.genre, $1
         from unnest($2::text[], $3::text[]) as s(artist_id, genre)
         where not exists (select from artist_genre o where o.artist_id = s.artist_id and o.source <> $1)
         order by s.artist_id, s.genre
         on conflict (artist_id, genre) do nothing",
        source,
        &artists,
        &genres,
    )?;
    Ok(())
}

async fn mark(connection: &mut PgConnection, import: &ImportRecord, now: DateTime<Utc>) -> Result<()> {
    let row = ImportRow::of(import)?;
    sqlx::query(
        "insert into imports (source, dump, dump_date, position, state, updated_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (source, dump) do update set
             dump_date = excluded.dump_date, position = excluded.position, state = excluded.state,
             updated_at = excluded.updated_at",
    )
    .bind(row.source)
    .bind(row.dump)
    .bind(import.dump_date.map(micros))
    .bind(row.position)
    .bind(row.state)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds up what listeners heard.
async fn write_counted(pool: &Pool, batch: Arc<CountedBatch>, now: DateTime<Utc>) -> Result<()> {
    let (pool, now) = (pool.clone(), micros(now));
    in_task(async move {
        match persistently(&pool, || counted_once(&pool, &batch, batch.replaces, now)).await {
            Err(error) if is_refused(&error) => {
                tracing::debug!(%error, "artists that were counted are gone meanwhile");
                persistently(&pool, || counted_once(&pool, &batch, false, now)).await
            }
            result => result,
        }
    })
    .await
}

/// With `all_new`, the rows go into the table as they are, which has none of the source; it refuses those of artists that are not
/// there.
async fn counted_once(pool: &Pool, batch: &CountedBatch, all_new: bool, now: DateTime<Utc>) -> Result<()> {
    let mut transaction = pool.begin().await?;
    let source = batch.import.source.as_str();
    let stands = sqlx::query("select position from imports where source = $1 and dump = $2 for update")
        .bind(source)
        .bind(clean(&batch.import.dump))
        .fetch_optional(&mut *transaction)
        .await?;
    let stands = stands.map(|row| number::<i64, u64>(&row, 0)).transpose()?;
    let adds = batch.replaces || stands.is_none_or(|position| position < batch.import.position);
    if batch.replaces {
        sqlx::query("delete from listens where source = $1").bind(source).execute(&mut *transaction).await?;
    }
    if all_new {
        copy_counts(&mut transaction, batch, source).await?;
    } else if adds && !batch.counts.is_empty() {
        // The server joins positions to texts: the rows of a batch share few users and artists.
        sqlx::raw_sql(
            "create temp table counted (u int not null, a int not null, plays bigint not null) on commit drop",
        )
        .execute(&mut *transaction)
        .await?;
        copy(
            &mut transaction,
            ("copy pg_temp.counted from stdin (format binary)", 3),
            &batch.counts,
            |copy, (user, artist, plays)| {
                copy.int(place(*user)).int(place(*artist)).bigint(i64::from(*plays));
            },
        )
        .await?;
        sqlx::raw_sql("analyze pg_temp.counted").execute(&mut *transaction).await?;
        with_arrays!(
            planned transaction,
            "insert into listens as t (user_key, artist_id, source, plays)
             select u.key, a.id, $1, least(c.plays, $4)
             from pg_temp.counted c
             join unnest($2::text[]) with ordinality as u(key, n) on u.n = c.u + 1
             join unnest($3::text[]) with ordinality as s(id, n) on s.n = c.a + 1
             join artists a on a.id = s.id
             order by c.u, c.a
             on conflict (user_key, artist_id, source) do update set plays = least(t.plays + excluded.plays, $4)",
            source,
            column(&batch.users, |u| clean(u)),
            artist_ids(&batch.artists),
            i64::from(batch.most),
        )?;
    }
    mark(&mut transaction, &batch.import, now).await?;
    Ok(transaction.commit().await?)
}

/// A position in a list, as an `int`: no list of a batch is as long as one can say.
fn place(position: u32) -> i32 {
    i32::try_from(position).unwrap_or(i32::MAX)
}

/// Sends counts into the table.
async fn copy_counts(connection: &mut PgConnection, batch: &CountedBatch, source: &str) -> Result<()> {
    let users: Vec<_> = batch.users.iter().map(|user| clean(user)).collect();
    let artists: Vec<_> = batch.artists.iter().map(|artist| clean(artist.as_str())).collect();
    copy(
        connection,
        ("copy listens (user_key, artist_id, source, plays) from stdin (format binary)", 4),
        &batch.counts,
        |copy, (user, artist, n)| {
            let (user, artist) = (&users[*user as usize], &artists[*artist as usize]);
            copy.text(user).text(artist).text(source).bigint(i64::from((*n).min(batch.most)));
        },
    )
    .await
}

async fn owners_of(pool: &Pool, ids: &[(Source, String)]) -> Result<Vec<(Source, String, ArtistId)>> {
    // By the key, one after the other: of thousands the server would rather read all links there are.
    let rows = sqlx::query(
        "select l.* from unnest($1::text[], $2::text[]) as s(source, source_id)
         cross join lateral (
             select l.source, l.source_id, l.artist_id from artist_link l
             where l.source = s.source and l.source_id = s.source_id limit 1
         ) l",
    )
    .bind(column(ids, |(source, _)| source.as_str()))
    .bind(column(ids, |(_, id)| clean(id)))
    .persistent(false)
    .fetch_all(pool)
    .await?;
    all(&rows, |row| Ok((word(row, 0)?, row.try_get(1)?, artist_id(row, 2)?)))
}

async fn ids_at(pool: &Pool, source: Source, artists: &[ArtistId]) -> Result<Vec<(ArtistId, String)>> {
    let rows = sqlx::query(
        "select artist_id, source_id from artist_link
         where source = $1 and artist_id = any($2::text[]) order by artist_id, source_id",
    )
    .bind(source.as_str())
    .bind(artist_ids(artists))
    .persistent(false)
    .fetch_all(pool)
    .await?;
    all(&rows, |row| Ok((artist_id(row, 0)?, row.try_get(1)?)))
}

async fn several_ids(pool: &Pool, source: Source) -> Result<Vec<ArtistId>> {
    let rows = sqlx::query(
        "select artist_id from artist_link where source = $1 group by artist_id having count(*) > 1 order by artist_id",
    )
    .bind(source.as_str())
    .persistent(false)
    .fetch_all(pool)
    .await?;
    all(&rows, |row| artist_id(row, 0))
}

async fn imports(pool: &Pool, source: Source) -> Result<Vec<ImportRecord>> {
    let rows = sqlx::query(
        "select source, dump, dump_date, position, state from imports where source = $1
         order by dump_date desc nulls last, updated_at desc, dump",
    )
    .bind(source.as_str())
    .fetch_all(pool)
    .await?;
    all(&rows, |row| {
        Ok(ImportRecord {
            source: word(row, 0)?,
            dump: row.try_get(1)?,
            dump_date: row.try_get(2)?,
            position: number::<i64, _>(row, 3)?,
            state: word(row, 4)?,
        })
    })
}

async fn rejected_links(pool: &Pool) -> Result<Vec<Link>> {
    let rows =
        sqlx::query("select artist_id, source, source_id from rejected_links order by artist_id, source, source_id")
            .fetch_all(pool)
            .await?;
    all(&rows, |row| Ok(Link { artist_id: artist_id(row, 0)?, source: word(row, 1)?, source_id: row.try_get(2)? }))
}
