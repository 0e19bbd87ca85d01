//! What PostgreSQL's and the driver's errors mean to the caller.

use crate::StoreError;

/// What a caller can do about an error with this SQLSTATE.
enum Meaning {
    TryAgain,
    Full,
    Other,
}

fn meaning(code: &str) -> Meaning {
    match code {
        // Deadlock, serialization, lock not available; too many connections; a server that became read-only (failover).
        "40P01" | "40001" | "55P03" | "53300" | "25006" => Meaning::TryAgain,
        // Shut down, crashed, starting up; connection exceptions.
        "57P01" | "57P02" | "57P03" => Meaning::TryAgain,
        _ if code.starts_with("08") => Meaning::TryAgain,
        "53100" => Meaning::Full,
        _ => Meaning::Other,
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let meaning = match &error {
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => {
                Meaning::TryAgain
            }
            sqlx::Error::Database(database) => database.code().map_or(Meaning::Other, |code| meaning(&code)),
            _ => Meaning::Other,
        };
        match meaning {
            Meaning::TryAgain => Self::Unavailable(Box::new(error)),
            Meaning::Full => Self::Full(Box::new(error)),
            Meaning::Other => Self::Other(Box::new(error)),
        }
    }
}

/// Whether the server gave up a transaction in favour of another one, so that it may simply be made again.
pub(super) fn lost_to_another(error: &StoreError) -> bool {
    let StoreError::Unavailable(source) = error else { return false };
    source
        .downcast_ref::<sqlx::Error>()
        .and_then(sqlx::Error::as_database_error)
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| code == "40P01" || code == "40001")
}

/// What the server or the system said, without the driver's words around it.
pub(super) fn reason(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(database) => database.message().to_owned(),
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::Configuration(source) => source.to_string(),
        sqlx::Error::Tls(source) => format!("TLS: {source}"),
        sqlx::Error::PoolTimedOut => "no connection became free in time".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_what_the_caller_can_do() {
        for code in ["08006", "08001", "57P01", "57P03", "40P01", "53300", "25006"] {
            assert!(matches!(meaning(code), Meaning::TryAgain), "{code}");
        }
        assert!(matches!(meaning("53100"), Meaning::Full));
        for code in ["23503", "42601", "57014", "XX000"] {
            assert!(matches!(meaning(code), Meaning::Other), "{code}");
        }
    }
}
