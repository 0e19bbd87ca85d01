//! Connections to one file: one that writes, a few that only read, and where they are kept.

use std::any::Any;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard, Semaphore};

use super::claims::Held;
use super::error::reason;
use super::thread::WriterThread;
use crate::{Result, StoreError};

/// How long a connection waits for another program's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How many calls may read at the same time.
const READERS: usize = 4;

/// Statements kept ready per connection; there are fewer.
const STATEMENTS: usize = 96;

/// Pages in the write-ahead log from which on a commit folds it into the file; pages have 4 KiB.
const LOG_PAGES: u32 = 16_384;

/// What stays of the log on disk when a larger transaction has passed, in bytes.
const LOG_BYTES: u32 = LOG_PAGES * 4096;

/// The file and its connections. All methods that return futures run SQLite on the blocking threads.
#[derive(Debug)]
pub(super) struct Connections {
    path: PathBuf,
    location: String,
    max_page_count: Option<u32>,
    /// Opened when first needed: a catalogue that is only read is not touched.
    writer: Arc<AsyncMutex<Option<Connection>>>,
    readers: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
    held: Mutex<Held>,
    thread: WriterThread,
    closed: AtomicBool,
}

/// The catalogue was closed by this program.
#[derive(Debug, thiserror::Error)]
#[error("it was closed")]
struct Closed;

/// A blocking thread died.
#[derive(Debug, thiserror::Error)]
#[error("a database thread failed: {0}")]
struct ThreadFailed(tokio::task::JoinError);

impl Connections {
    pub(super) fn new(path: PathBuf, location: String, max_page_count: Option<u32>) -> Self {
        Self {
            path,
            location,
            max_page_count,
            writer: Arc::default(),
            readers: Arc::new(Semaphore::new(READERS)),
            idle: Mutex::default(),
            held: Mutex::default(),
            thread: WriterThread::default(),
            closed: AtomicBool::new(false),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn location(&self) -> &str {
        &self.location
    }

    /// What this program's worker has claimed.
    pub(super) fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` on a connection that only reads, in one transaction: all that it reads is of one moment.
    pub(super) async fn read<T, F>(self: &Arc<Self>, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        self.read_any(Box::new(move |connection| Ok(Box::new(work(connection)?)))).await.map(restored)
    }

    /// [`Self::read`] for all kinds of work: compiled once.
    async fn read_any(self: &Arc<Self>, work: Reading) -> Result<Anything> {
        let permit = self.readers.clone().acquire_owned().await.map_err(|_| closed())?;
        let this = self.clone();
        blocking(move || {
            // Given back last, when the connection is idle again, also when the caller is gone.
            let _permit = permit;
            let connection = this.reader()?;
            let result = connection.unchecked_transaction().map_err(StoreError::from).and_then(|t| work(&t));
            this.give_back(connection);
            result
        })
        .await
    }

    /// Runs `work` on the connection that writes, alone in this program.
    pub(super) async fn write<T, F>(self: &Arc<Self>, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    {
        self.write_any(Box::new(move |connection| Ok(Box::new(work(connection)?)))).await.map(restored)
    }

    /// [`Self::write`] for all kinds of work: compiled once.
    async fn write_any(self: &Arc<Self>, work: Writing) -> Result<Anything> {
        let mut writer = self.alone().await?;
        let this = self.clone();
        let work = move || {
            let connection = match writer.take() {
                Some(connection) => connection,
                None => this.open_writer(false)?,
            };
            work(writer.insert(connection))
        };
        self.thread.run(work).await
    }

    /// Keeps this program's other writers out until the guard is dropped.
    pub(super) async fn alone(&self) -> Result<OwnedMutexGuard<Option<Connection>>> {
        let writer = self.writer.clone().lock_owned().await;
        if self.closed.load(Ordering::Acquire) { Err(closed()) } else { Ok(writer) }
    }

    /// Ends all calls to come and takes what was written into the main file.
    pub(super) async fn close(self: &Arc<Self>) {
        self.closed.store(true, Ordering::Release);
        self.readers.close();
        let mut writer = self.writer.clone().lock_owned().await;
        let this = self.clone();
        let done = blocking(move || {
            this.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
            if let Some(connection) = writer.take() {
                connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))?;
            }
            Ok(())
        })
        .await;
        if let Err(error) = done {
            // The log beside the file stays and is read by whoever opens the catalogue next.
            tracing::warn!(%error, "could not fold the write-ahead log into the catalogue when closing it");
        }
    }

    fn reader(&self) -> Result<Connection> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(connection) => Ok(connection),
            None => self.open_reader(),
        }
    }

    fn give_back(&self, connection: Connection) {
        if !self.closed.load(Ordering::Acquire) {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }

    /// A new connection that only reads. It is opened like one that writes, where the system allows that: the last
    /// connection to go takes the write-ahead log with it, and one that cannot write would leave it there.
    pub(super) fn open_reader(&self) -> Result<Connection> {
        let connection = self.open_file(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        self.prepared(connection, |connection| connection.pragma_update(None, "query_only", "on"))
    }

    /// A new connection that can write; creates the file where `create` says so.
    pub(super) fn open_writer(&self, create: bool) -> Result<Connection> {
        let create = if create { OpenFlags::SQLITE_OPEN_CREATE } else { OpenFlags::empty() };
        let connection = self.open_file(OpenFlags::SQLITE_OPEN_READ_WRITE | create)?;
        self.prepared(connection, |connection| {
            use_write_ahead_log(connection)?;
            connection.pragma_update(None, "synchronous", "normal")?;
            connection.pragma_update(None, "foreign_keys", "on")?;
            if let Some(pages) = self.max_page_count {
                connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
            }
            // In KiB when negative: big batches touch index pages all over the file.
            connection.pragma_update(None, "cache_size", -64 * 1024)?;
            // Keys are in no order, so that every transaction touches pages all over the file. The longer the log may
            // become before it is folded in, the more of them are written to the file once instead of again and again.
            connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
            // The log does not stay as large as the largest transaction made it.
            connection.pragma_update(None, "journal_size_limit", LOG_BYTES)
        })
    }

    fn open_file(&self, flags: OpenFlags) -> Result<Connection> {
        Connection::open_with_flags(&self.path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
            .map_err(|error| self.cannot_open(error))
    }

    fn prepared(
        &self,
        connection: Connection,
        settings: impl FnOnce(&Connection) -> rusqlite::Result<()>,
    ) -> Result<Connection> {
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.busy_timeout(BUSY_TIMEOUT).and_then(|()| settings(&connection)).map_err(|e| self.cannot_open(e))?;
        Ok(connection)
    }

    /// `error` as met while opening: what is neither busy nor full is [`StoreError::Unreachable`].
    pub(super) fn cannot_open(&self, error: rusqlite::Error) -> StoreError {
        let reason = match error.sqlite_error_code() {
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
                // SQLite only says that it cannot; the system says why.
                let file = std::fs::OpenOptions::new().read(true).write(true).open(&self.path);
                file.err().map_or_else(|| reason(&error), |why| why.to_string())
            }
            _ => reason(&error),
        };
        match StoreError::from(error) {
            StoreError::Other(_) => StoreError::Unreachable { location: self.location.clone(), reason },
            decided => decided,
        }
    }
}

/// Switches to the write-ahead log. Two programs that do so at once may meet a lock that SQLite does not wait for.
fn use_write_ahead_log(connection: &Connection) -> rusqlite::Result<()> {
    let pause = Duration::from_millis(20);
    let mut waited = Duration::ZERO;
    loop {
        match connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(())) {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && waited < BUSY_TIMEOUT => {
                std::thread::sleep(pause);
                waited += pause;
            }
            done => return done,
        }
    }
}

fn closed() -> StoreError {
    StoreError::Other(Box::new(Closed))
}

/// Runs `work` on a thread that may block.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    joined(tokio::task::spawn_blocking(erased(work)).await.map(restored))
}

/// What some work gave. Where its type is not told, what runs the work is compiled once, not for every kind of work.
pub(super) type Anything = Box<dyn Any + Send>;

/// Work that gives anything.
pub(super) type Erased = Box<dyn FnOnce() -> Anything + Send>;

/// Work on a connection that only reads.
type Reading = Box<dyn FnOnce(&Connection) -> Result<Anything> + Send>;

/// Work on the connection that writes.
type Writing = Box<dyn FnOnce(&mut Connection) -> Result<Anything> + Send>;

/// `work` without its type.
pub(super) fn erased<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Erased {
    Box::new(move || Box::new(work()))
}

/// What [`erased`] work gave.
///
/// # Panics
/// When that was of another type.
pub(super) fn restored<T: 'static>(given: Anything) -> T {
    *given.downcast().expect("work gives what it was made to give")
}

/// What a blocking thread returned, or how it died.
pub(super) fn joined<T>(result: Result<Result<T>, tokio::task::JoinError>) -> Result<T> {
    result.unwrap_or_else(|failure| Err(StoreError::Other(Box::new(ThreadFailed(failure)))))
}
