//! Who works on what. One process works on a file at a time: it holds an operating-system lock on a second file beside
//! it, which goes with the process, however that ends. Whatever another worker had claimed is therefore free, and what
//! this one claims is kept in memory: claiming waits for no transaction, and the table of claims stays empty.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rusqlite::{TransactionBehavior, params};

use super::connection::{Connections, blocking};
use super::value::time_text;
use crate::rows::{ClaimRow, claim_rows};
use crate::{Claim, Result, StoreError, Worker};

/// What the one worker holds.
#[derive(Debug, Default)]
pub(super) struct Held {
    worker: i64,
    claims: BTreeSet<Claim>,
}

impl Held {
    /// Frees those of `rows` that are `worker`'s.
    pub(super) fn release(&mut self, worker: i64, rows: &[ClaimRow<'_>]) {
        if worker == self.worker {
            for row in rows {
                self.claims.remove(&claim(row));
            }
        }
    }
}

fn claim(row: &ClaimRow<'_>) -> Claim {
    Claim { scope: row.scope.to_string(), key: row.key.to_string() }
}

/// The one worker, with the lock that says so.
struct Holder {
    connections: Arc<Connections>,
    id: i64,
    _lock: File,
}

/// Begins to work, and clears away what earlier workers left.
pub(super) async fn begin(connections: &Arc<Connections>, now: DateTime<Utc>) -> Result<Box<dyn Worker>> {
    let of = connections.clone();
    let lock = blocking(move || lock(of.path(), of.location())).await?;
    let id = connections
        .write(move |connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.execute_batch("delete from claims; delete from workers")?;
            transaction
                .prepare_cached("insert into workers (started_at, seen_at) values (?1, ?1)")?
                .execute(params![time_text(now)])?;
            let id = transaction.last_insert_rowid();
            transaction.commit()?;
            Ok(id)
        })
        .await?;
    *connections.held() = Held { worker: id, claims: BTreeSet::new() };
    Ok(Box::new(Holder { connections: connections.clone(), id, _lock: lock }))
}

/// The file whose lock says that somebody works on the catalogue at `path`; the same by whatever way one came there.
fn lock_path(path: &Path) -> PathBuf {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut name = OsString::from(path);
    name.push("-lock");
    name.into()
}

/// Takes the lock and leaves the number of this process in the file. The file stays when the lock goes: deleting it would
/// let two processes lock two files of the same name.
fn lock(path: &Path, location: &str) -> Result<File> {
    let lock_path = lock_path(path);
    let refused = |error: std::io::Error| StoreError::Unreachable {
        location: location.to_owned(),
        reason: format!("cannot lock `{}`: {error}", lock_path.display()),
    };
    let mut file =
        File::options().read(true).write(true).create(true).truncate(false).open(&lock_path).map_err(refused)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            // Just taken, or on a system whose locks keep readers out, it says nothing.
            let pid = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
            return Err(StoreError::Busy { location: location.to_owned(), pid });
        }
        Err(TryLockError::Error(error)) => return Err(refused(error)),
    }
    file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(refused)?;
    Ok(file)
}

#[async_trait]
impl Worker for Holder {
    fn id(&self) -> i64 {
        self.id
    }

    /// All of them: there is no other worker while this one holds the lock.
    async fn claim(&self, claims: &[Claim], _now: DateTime<Utc>) -> Result<Vec<Claim>> {
        let ours: Vec<Claim> = claim_rows(claims)?.iter().map(claim).collect();
        self.connections.held().claims.extend(ours.iter().cloned());
        Ok(ours)
    }

    async fn release(&self, claims: &[Claim]) -> Result<()> {
        self.connections.held().release(self.id, &claim_rows(claims)?);
        Ok(())
    }

    async fn held(&self) -> Result<Vec<Claim>> {
        Ok(self.connections.held().claims.iter().cloned().collect())
    }

    async fn heartbeat(&self, now: DateTime<Utc>) -> Result<()> {
        let id = self.id;
        self.connections
            .write(move |connection| {
                connection
                    .prepare_cached("update workers set seen_at = max(seen_at, ?2) where id = ?1")?
                    .execute(params![id, time_text(now)])?;
                Ok(())
            })
            .await
    }
}
