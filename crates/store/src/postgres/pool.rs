//! The connections of a program, and calls that end although the server never answers.
//!
//! A statement may take as long as it needs: a ranking is swapped in minutes, a lock is waited for. So there is no deadline;
//! but a call that has waited for a while asks over a new connection whether the server still works for one of our sessions.
//! A server that says nothing there either, that knows of no such session (it failed over), or all whose sessions have waited
//! for a while for *us* to go on in a transaction (a box in between forgot the connection and lost the answer), will not answer
//! the call any more.

use std::collections::VecDeque;
use std::ops::Deref;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgQueryResult, PgRow, Postgres};
use sqlx::{Connection as _, Either, Execute, Executor, SqlStr};
use tokio::time::{Instant, sleep, timeout};

use super::error::reason;
use crate::Result;

/// Sessions that are remembered: those of the pool, those of workers, and some that are gone.
const SESSIONS: usize = 64;

/// For so long after a call was given up, a connection is tried with a deadline before it is used again.
const DOUBT: Duration = Duration::from_secs(60);

/// The server did not answer, and does not work on an answer.
#[derive(Debug, thiserror::Error)]
#[error("no answer within {} s, and none to be expected", .0.as_secs())]
struct NoAnswer(Duration);

/// Our sessions that are not idle, as `a`; `$1` and `$2` are [`Known::sessions`].
macro_rules! ours {
    () => {
        "from pg_stat_activity a join unnest($1, $2) s(pid, started) on a.pid = s.pid and a.backend_start = s.started
         where a.state is distinct from 'idle'"
    };
}

/// The condition that the server has waited for us for more than `$3` seconds, in a transaction or in the middle of a `copy`.
macro_rules! abandoned {
    () => {
        "coalesce((a.state like 'idle in transaction%' or a.wait_event = 'ClientRead')
             and a.state_change < clock_timestamp() - make_interval(secs => $3), false)"
    };
}

/// A pool of connections. Statements that are run on it by themselves end although nobody answers; several in one transaction
/// do within [`Self::answered`].
#[derive(Clone, Debug)]
pub(super) struct Pool {
    connections: PgPool,
    options: PgConnectOptions,
    /// How long the server may take to let us in.
    connect: Duration,
    /// How long a call waits before it asks whether it waits in vain, and again before it believes that.
    patience: Duration,
    known: Arc<Known>,
}

/// A session at the server: the number of its process, which another one may have later, and when it began.
type Session = (i32, DateTime<Utc>);

/// What is known of the connections.
#[derive(Debug, Default)]
struct Known {
    /// The newest last.
    sessions: Mutex<VecDeque<Session>>,
    /// Until when connections are in doubt.
    doubt: Mutex<Option<Instant>>,
    /// Streams that wait for their readers.
    unread: AtomicUsize,
}

/// A stream waits for its reader as long as this lives.
pub(super) struct Unread<'p>(&'p AtomicUsize);

impl Drop for Unread<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Known {
    fn add(&self, session: Session) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.push_back(session);
        if sessions.len() > SESSIONS {
            sessions.pop_front();
        }
    }

    /// As two columns.
    fn sessions(&self) -> (Vec<i32>, Vec<DateTime<Utc>>) {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().unzip()
    }

    fn doubt(&self) {
        *self.doubt.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + DOUBT);
    }

    fn in_doubt(&self) -> bool {
        self.doubt.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| Instant::now() < until)
    }
}

impl Pool {
    /// Connects when needed, with `most` connections at most, and anew after a loss.
    pub(super) fn new(options: PgConnectOptions, most: u32, connect: Duration, patience: Duration) -> Self {
        let known = Arc::new(Known::default());
        let (connected, released) = (known.clone(), known.clone());
        let connections = PgPoolOptions::new()
            .max_connections(most)
            .acquire_timeout(connect)
            .after_connect(move |connection, _| {
                let known = connected.clone();
                Box::pin(async move {
                    let session = "select pid, backend_start from pg_stat_activity where pid = pg_backend_pid()";
                    known.add(sqlx::query_as(session).fetch_one(connection).await?);
                    Ok(())
                })
            })
            .after_release(move |connection, _| {
                let known = released.clone();
                Box::pin(async move {
                    // The driver tries every connection that comes back, without a deadline: one that is dead would keep its
                    // place in the pool.
                    if known.in_doubt() {
                        timeout(patience, connection.ping()).await.map_err(|_| no_answer(patience))??;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(options.clone());
        Self { connections, options, connect, patience, known }
    }

    /// What `work` gives, or that the server does not answer.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`] where it does not; those of `work`.
    pub(super) async fn answered<T: Send>(&self, work: impl Future<Output = Result<T>> + Send) -> Result<T> {
        self.awaited(work).await?
    }

    /// Says that a stream waits for its reader, who may take any time: its session waits for us, and not in vain.
    pub(super) fn unread(&self) -> Unread<'_> {
        self.known.unread.fetch_add(1, Ordering::Relaxed);
        Unread(&self.known.unread)
    }

    async fn awaited<T: Send>(&self, work: impl Future<Output = T> + Send) -> sqlx::Result<T> {
        let mut done = None;
        self.watched(pin!(async { done = Some(work.await) })).await?;
        done.ok_or_else(|| no_answer(self.patience))
    }

    /// Returns when `work` is done. One function for all kinds of work: compiled once.
    async fn watched(&self, mut work: Pin<&mut (dyn Future<Output = ()> + Send)>) -> sqlx::Result<()> {
        let mut in_vain = false;
        loop {
            tokio::select! {
                biased;
                () = &mut work => return Ok(()),
                () = sleep(self.patience) => {}
            }
            tokio::select! {
                biased;
                () = &mut work => return Ok(()),
                at_work = self.at_work() => {
                    // Twice: a session may have been between two statements.
                    if in_vain && !at_work {
                        self.known.doubt();
                        let patience_ms = u64::try_from(self.patience.as_millis()).unwrap_or(u64::MAX);
                        tracing::warn!(patience_ms, "the database server does not answer");
                        self.end_abandoned().await;
                        return Err(no_answer(2 * self.patience));
                    }
                    in_vain = !at_work;
                }
            }
        }
    }

    /// Whether the server works for one of our sessions, or has not waited for us for long in a transaction or a `copy`, or we
    /// let it wait. What it may not tell counts as work.
    async fn at_work(&self) -> bool {
        if self.known.unread.load(Ordering::Relaxed) > 0 {
            return true;
        }
        let at_work = concat!("select exists (select ", ours!(), " and not ", abandoned!(), ")");
        match self.aside(at_work).await {
            Ok(at_work) => at_work,
            // It speaks: too many connections, for instance.
            Err(sqlx::Error::Database(_)) => true,
            Err(_) => false,
        }
    }

    /// Ends sessions at whose other end nobody is any more, as far as the server can be reached: they would hold their locks
    /// until it notices that by itself, which takes hours.
    async fn end_abandoned(&self) {
        let ended = concat!("select count(pg_terminate_backend(a.pid)) > 0 ", ours!(), " and ", abandoned!());
        if let Err(error) = self.aside(ended).await {
            tracing::debug!(error = %reason(&error), "sessions that were given up may go on");
        }
    }

    /// What a question about our sessions is answered over a connection of its own, with a deadline.
    async fn aside(&self, question: &'static str) -> sqlx::Result<bool> {
        let (processes, starts) = self.known.sessions();
        let asking = async {
            let mut connection = PgConnection::connect_with(&self.options).await?;
            let answer = sqlx::query_scalar(question)
                .bind(processes)
                .bind(starts)
                .bind(2.0 * self.patience.as_secs_f64())
                .fetch_one(&mut connection)
                .await?;
            connection.close().await?;
            Ok(answer)
        };
        timeout(self.connect, asking).await.map_err(|_| no_answer(self.connect))?
    }
}

fn no_answer(patience: Duration) -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, NoAnswer(patience)))
}

impl Deref for Pool {
    type Target = PgPool;

    fn deref(&self) -> &PgPool {
        &self.connections
    }
}

impl<'p> Executor<'p> for &'p Pool {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, sqlx::Result<Either<PgQueryResult, PgRow>>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let rows = self.connections.fetch_many(query);
        Box::pin(stream::unfold(Some(rows), move |rows| async move {
            let mut rows = rows?;
            match self.awaited(rows.next()).await {
                Ok(row) => row.map(|row| (row, Some(rows))),
                Err(error) => Some((Err(error), None)),
            }
        }))
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, sqlx::Result<Option<PgRow>>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let row = self.connections.fetch_optional(query);
        Box::pin(async move { self.awaited(row).await? })
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [sqlx::postgres::PgTypeInfo],
    ) -> BoxFuture<'e, sqlx::Result<sqlx::postgres::PgStatement>>
    where
        'p: 'e,
    {
        Box::pin(async move { self.awaited(self.connections.prepare_with(sql, parameters)).await? })
    }
}
