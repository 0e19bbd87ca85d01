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
