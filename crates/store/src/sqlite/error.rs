//! What SQLite's errors mean to the caller.

use rusqlite::ErrorCode;

use crate::StoreError;

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Unavailable(Box::new(error)),
            Some(ErrorCode::DiskFull) => Self::Full(Box::new(error)),
            _ => Self::Other(Box::new(error)),
        }
    }
}

/// What SQLite said, without its numbers.
pub(super) fn reason(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    fn error(sql: &str, prepare: impl FnOnce(&Connection)) -> StoreError {
        let directory = tempfile::tempdir().unwrap();
        let connection = Connection::open(directory.path().join("x.db")).unwrap();
        prepare(&connection);
        connection.execute_batch(sql).unwrap_err().into()
    }

    #[test]
    fn full_busy_and_wrong_are_told_apart() {
        let fill = "create table t (x); insert into t values (zeroblob(1000000))";
        let full = error(fill, |c| {
            let pages = c.pragma_update_and_check(None, "max_page_count", 10, |row| row.get::<_, i64>(0));
            assert_eq!(pages, Ok(10));
        });
        assert!(matches!(full, StoreError::Full(_)), "{full}");

        let mut other = None;
        let busy = error("create table t (x)", |c| {
            let holder = Connection::open(c.path().unwrap()).unwrap();
            holder.execute_batch("begin immediate").unwrap();
            c.busy_timeout(std::time::Duration::ZERO).unwrap();
            other = Some(holder);
        });
        assert!(matches!(busy, StoreError::Unavailable(_)), "{busy}");

        let wrong = error("select * from nothing", |_| ());
        assert!(matches!(wrong, StoreError::Other(_)), "{wrong}");
    }
}
