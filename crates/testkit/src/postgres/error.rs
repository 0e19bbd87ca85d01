//! Why a private server could not be had.

use std::fmt;
use std::io;

/// The outcome of asking for, or steering, a private server.
pub type Result<T> = std::result::Result<T, PostgresError>;

/// What went wrong, as far as it matters to the caller.
#[derive(Debug)]
#[non_exhaustive]
pub enum PostgresError {
    /// No PostgreSQL server programs on this machine: installing them helps.
    NotInstalled,
    /// Anything else, with what the programs said; installing does not help.
    Other {
        /// What was being done, starting with a verb.
        doing: String,
        /// What came of it, with the last lines of the server's log where there is one.
        detail: String,
    },
}

impl PostgresError {
    pub(super) fn other(doing: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Other { doing: doing.into(), detail: detail.into() }
    }

    pub(super) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::other(doing, error.to_string())
    }
}

impl fmt::Display for PostgresError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled => f.write_str(
                "no PostgreSQL server found: `initdb`, `postgres` and `pg_ctl` are neither on the PATH, nor under \
                 `/usr/lib/postgresql`, nor where `pg_config` points",
            ),
            Self::Other { doing, detail } => write!(f, "could not {doing}: {}", detail.trim_end()),
        }
    }
}

impl std::error::Error for PostgresError {}
