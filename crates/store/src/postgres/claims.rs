//! Who works on what. A worker lives as long as a session of its own holds its advisory lock, and at most a lease beyond
//! its last sign of life; what it had claimed is free from then on.
//!
//! The lock is what the server knows by itself: it goes with the session, whatever ends that. The lease covers a network
//! that is gone without the server's knowledge. The caller's clock writes and judges it.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Row};
use tokio::sync::Mutex;

use super::pool::Pool;
use super::read::all;
use super::write::{column, made_again, with_arrays};
use crate::rows::{ClaimRow, claim_rows};
use crate::text::micros;
use crate::{Claim, Result, StoreError, Worker};

/// How long a worker without a sign of life keeps its claims.
const LEASE: TimeDelta = TimeDelta::seconds(30);

/// The condition on `pg_locks l` that it is the lock of the worker with this id. The first half of the lock is the table
/// of workers: a database may hold several catalogues, each in a schema of its own.
macro_rules! lock_of {
    ($id:literal) => {
        concat!(
            "l.locktype = 'advisory' and l.objsubid = 1 and l.granted
             and l.database = (select oid from pg_database where datname = current_database())
             and l.classid = 'workers'::regclass::oid and l.objid::bigint = (",
            $id,
            " & 4294967295)"
        )
    };
}

/// The ids of the workers that live; `$1` is the end of the lease.
macro_rules! living {
    () => {
        concat!(
            "select w.id from workers w where w.seen_at > $1 and exists (select from pg_locks l where ",
            lock_of!("w.id"),
            ")"
        )
    };
}

/// A worker with the session that keeps it alive.
struct Session {
    id: i64,
    pool: Pool,
    /// Not one of the pool's: it is never lent to anybody else. Absent after it was lost.
    connection: Mutex<Option<PgConnection>>,
}

/// Begins to work as a new worker, and clears away what dead ones left.
pub(super) async fn begin(pool: &Pool, now: DateTime<Utc>) -> Result<Box<dyn Worker>> {
    let (id, connection) = pool.answered(registered(pool, micros(now))).await?;
    Ok(Box::new(Session { id, pool: pool.clone(), connection: Mutex::new(Some(connection)) }))
}

async fn registered(pool: &Pool, now: DateTime<Utc>) -> Result<(i64, PgConnection)> {
    let mut connection = pool.acquire().await?.detach();
    // Others see the row when the lock is held, not before: they would take it for a dead worker's.
    let mut transaction = connection.begin().await?;
    let id = sqlx::query("insert into workers (started_at, seen_at) values ($1, $1) returning id")
        .bind(now)
        .fetch_one(&mut *transaction)
        .await?
        .try_get(0)?;
    take_lock(&mut transaction, id).await?;
    transaction.commit().await?;
    let mut attempt = 1;
    loop {
        match clear_away(&mut connection, now).await {
            Err(error) if made_again(&error, &mut attempt) => {}
            result => break result?,
        }
    }
    Ok((id, connection))
}

/// Takes the lock of a worker for this session. Another session that has it is an earlier one of the same worker, of
/// which the server does not know yet that nobody is at its other end: it is ended.
async fn take_lock(connection: &mut PgConnection, id: i64) -> Result<()> {
    sqlx::raw_sql("set local lock_timeout = '5s'").execute(&mut *connection).await?;
    sqlx::query(concat!(
        "select pg_terminate_backend(l.pid) from pg_locks l where l.pid <> pg_backend_pid() and ",
        lock_of!("$1")
    ))
    .bind(id)
    .execute(&mut *connection)
    .await?;
    sqlx::query("select pg_advisory_lock(('workers'::regclass::oid::bigint << 32) | ($1 & 4294967295))")
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Deletes dead workers and their claims. What others are just taking over stays.
async fn clear_away(connection: &mut PgConnection, now: DateTime<Utc>) -> Result<()> {
    let mut transaction = connection.begin().await?;
    // By number, found before anything is touched: who begins from now on is not among them.
    let rows = sqlx::query(concat!(
        "with living as materialized (",
        living!(),
        ") select id from (select id from workers union select worker_id from claims) known(id)
          where id not in (select id from living)"
    ))
    .bind(now - LEASE)
    .fetch_all(&mut *transaction)
    .await?;
    let dead: Vec<i64> = all(&rows, |row| row.try_get(0))?;
    if dead.is_empty() {
        return Ok(transaction.commit().await?);
    }
    for sql in [
        "with gone as (
             select scope, key from claims where worker_id = any($1) order by scope, key for update skip locked
         )
         delete from claims c using gone where c.scope = gone.scope and c.key = gone.key",
        "with gone as (select id from workers where id = any($1) order by id for update skip locked)
         delete from workers w using gone where w.id = gone.id",
    ] {
        sqlx::query(sql).bind(&dead).execute(&mut *transaction).await?;
    }
    Ok(transaction.commit().await?)
}

/// Notes that a worker lives; its row may have been cleared away while its session was lost.
async fn seen(connection: &mut PgConnection, id: i64, now: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        "insert into workers as t (id, started_at, seen_at) values ($1, $2, $2)
         on conflict (id) do update set seen_at = greatest(t.seen_at, excluded.seen_at)",
    )
    .bind(id)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}

/// Frees those of `rows` that are `worker`'s.
pub(super) async fn release(connection: &mut PgConnection, worker: i64, rows: &[ClaimRow<'_>]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    with_arrays!(
        planned connection,
        "with mine as (
             select c.scope, c.key from claims c
             where c.worker_id = $1 and (c.scope, c.key) in (select * from unnest($2::text[], $3::text[]))
             order by c.scope, c.key for update
         )
         delete from claims c using mine where c.scope = mine.scope and c.key = mine.key",
        worker,
        column(rows, |r| r.scope.as_ref()),
        column(rows, |r| r.key.as_ref()),
    )?;
    Ok(())
}

/// Claims those of `rows` that nobody else has who lives. Two workers that want the same rows take them in the same order.
async fn claim(
    connection: &mut PgConnection,
    id: i64,
    rows: &[ClaimRow<'_>],
    now: DateTime<Utc>,
) -> Result<Vec<Claim>> {
    let (scopes, keys) = (column(rows, |r| r.scope.as_ref()), column(rows, |r| r.key.as_ref()));
    let mut transaction = connection.begin().await?;
    seen(&mut transaction, id, now).await?;
    let new = with_arrays!(
        &mut *transaction,
        "insert into claims (scope, key, worker_id, claimed_at)
         select s.scope, s.key, $1, $2 from unnest($3::text[], $4::text[]) as s(scope, key)
         order by s.scope, s.key
         on conflict (scope, key) do nothing",
        id,
        now,
        &scopes,
        &keys,
    )?;
    if new.rows_affected() == rows.len() as u64 {
        transaction.commit().await?;
        return Ok(rows.iter().map(|r| Claim { scope: r.scope.to_string(), key: r.key.to_string() }).collect());
    }
    // Whose the others are is decided by a statement that begins when they are locked: it sees every worker that could
    // have claimed them, and whether it lives now.
    let held = sqlx::query(
        "select c.scope, c.key, c.worker_id from claims c
         where (c.scope, c.key) in (select * from unnest($1::text[], $2::text[]))
         order by c.scope, c.key for update",
    )
    .bind(&scopes)
    .bind(&keys)
    .fetch_all(&mut *transaction)
    .await?;
    let held: Vec<(Claim, i64)> =
        all(&held, |row| Ok((Claim { scope: row.try_get(0)?, key: row.try_get(1)? }, row.try_get(2)?)))?;
    let (mut ours, others): (Vec<_>, Vec<_>) = held.into_iter().partition(|(_, worker)| *worker == id);
    if !others.is_empty() {
        let taken = sqlx::query(concat!(
            "update claims c set worker_id = $2, claimed_at = $3
             from unnest($4::text[], $5::text[]) as s(scope, key)
             where c.scope = s.scope and c.key = s.key and c.worker_id <> all (array(",
            living!(),
            ")) returning c.scope, c.key"
        ))
        .bind(now - LEASE)
        .bind(id)
        .bind(now)
        .bind(column(&others, |(claim, _)| claim.scope.as_str()))
        .bind(column(&others, |(claim, _)| claim.key.as_str()))
        .fetch_all(&mut *transaction)
        .await?;
        ours.extend(all(&taken, |row| Ok((Claim { scope: row.try_get(0)?, key: row.try_get(1)? }, id)))?);
    }
    transaction.commit().await?;
    let mut ours: Vec<Claim> = ours.into_iter().map(|(claim, _)| claim).collect();
    ours.sort_unstable();
    Ok(ours)
}

/// What a worker does in its session.
enum Act<'a> {
    Claim(Vec<ClaimRow<'a>>, DateTime<Utc>),
    Release(Vec<ClaimRow<'a>>),
    Seen(DateTime<Utc>),
}

impl Session {
    /// Acts in the worker's session; in a new one, once, where the old one turns out to be lost. Gives what was claimed.
    async fn run(&self, act: &Act<'_>) -> Result<Vec<Claim>> {
        let mut slot = self.connection.lock().await;
        let (mut attempt, mut renewed) = (1, false);
        loop {
            let connection = match slot.take() {
                Some(connection) => connection,
                None => {
                    renewed = true;
                    self.pool.answered(self.renewed()).await?
                }
            };
            match self.pool.answered(self.act(slot.insert(connection), act)).await {
                Err(error) if made_again(&error, &mut attempt) => {}
                Err(error @ StoreError::Unavailable(_)) => {
                    *slot = None;
                    if renewed {
                        return Err(error);
                    }
                    tracing::debug!(worker.id = self.id, %error, "a worker lost its session and takes a new one");
                }
                result => return result,
            }
        }
    }

    async fn act(&self, connection: &mut PgConnection, act: &Act<'_>) -> Result<Vec<Claim>> {
        match act {
            Act::Claim(rows, now) => return claim(connection, self.id, rows, *now).await,
            Act::Release(rows) => release(connection, self.id, rows).await?,
            Act::Seen(now) => seen(connection, self.id, *now).await?,
        }
        Ok(Vec::new())
    }

    async fn renewed(&self) -> Result<PgConnection> {
        let mut connection = self.pool.acquire().await?.detach();
        let mut transaction = connection.begin().await?;
        take_lock(&mut transaction, self.id).await?;
        transaction.commit().await?;
        Ok(connection)
    }
}

#[async_trait]
impl Worker for Session {
    fn id(&self) -> i64 {
        self.id
    }

    async fn claim(&self, claims: &[Claim], now: DateTime<Utc>) -> Result<Vec<Claim>> {
        self.run(&Act::Claim(claim_rows(claims)?, micros(now))).await
    }

    async fn release(&self, claims: &[Claim]) -> Result<()> {
        self.run(&Act::Release(claim_rows(claims)?)).await.map(drop)
    }

    async fn held(&self) -> Result<Vec<Claim>> {
        let rows = sqlx::query("select scope, key from claims where worker_id = $1 order by scope, key")
            .bind(self.id)
            .fetch_all(&self.pool)
            .await?;
        all(&rows, |row| Ok(Claim { scope: row.try_get(0)?, key: row.try_get(1)? }))
    }

    async fn heartbeat(&self, now: DateTime<Utc>) -> Result<()> {
        self.run(&Act::Seen(micros(now))).await.map(drop)
    }
}
