//! From a URL to a pool of connections.

use std::io::ErrorKind;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};
use url::Url;

use super::error::reason;
use super::pool::Pool;
use crate::{Result, StoreError, redact};

/// How long the server may take to let us in, where the URL has no `connect_timeout`; and how long a call waits for a
/// connection, a server that restarts included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a call waits before it asks whether the server still works on it, where the URL has no `tcp_user_timeout`.
const PATIENCE: Duration = Duration::from_secs(10);

/// Connections per program. Streams and rankings under construction hold one each.
const CONNECTIONS: u32 = 8;

/// Connections for what is to be acknowledged: one for each platform.
const INBOX: u32 = 2;

/// Parameters of libpq that the driver does not need: it behaves as their defaults say.
const LEFT_TO_DRIVER: &[&str] = &[
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "fallback_application_name",
    "gssencmode",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "sslcompression",
    "sslsni",
];

/// Parameters that the driver understands.
const UNDERSTOOD: &[&str] = &[
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

/// Those of them that name files.
const FILES: &[&str] = &["sslcert", "sslkey", "sslrootcert"];

/// How to reach a server.
#[derive(Debug)]
pub(super) struct Server {
    options: PgConnectOptions,
    timeout: Duration,
    patience: Duration,
    location: String,
    /// Parameters that name files, with the paths.
    files: Vec<(String, String)>,
}

impl Server {
    /// Reads a URL with libpq's parameters.
    ///
    /// # Errors
    /// [`StoreError::Url`] with what is wrong.
    pub(super) fn parse(mut url: Url) -> Result<Self> {
        let bad = |url: &Url, reason: String| StoreError::Url { url: redact(url.as_str()), reason };
        let (mut timeout, mut patience) = (CONNECT_TIMEOUT, PATIENCE);
        let mut kept = Vec::new();
        for (key, value) in url.query_pairs() {
            if key == "connect_timeout" {
                let seconds: u64 = value
                    .parse()
                    .map_err(|_| bad(&url, format!("`connect_timeout={value}` is no number of seconds")))?;
                // Zero means forever to libpq; a program that hangs helps nobody.
                timeout = if seconds == 0 { CONNECT_TIMEOUT } else { Duration::from_secs(seconds) };
            } else if key == "tcp_user_timeout" {
                let millis: u64 = value
                    .parse()
                    .map_err(|_| bad(&url, format!("`tcp_user_timeout={value}` is no number of milliseconds")))?;
                // Zero means the system's default to libpq.
                patience = if millis == 0 { PATIENCE } else { Duration::from_millis(millis) };
            } else if UNDERSTOOD.contains(&key.as_ref()) || key.starts_with("options[") {
                kept.push((key.into_owned(), value.into_owned()));
            } else if !LEFT_TO_DRIVER.contains(&key.as_ref()) {
                return Err(bad(&url, format!("unknown parameter `{key}`")));
            }
        }
        let shown = url.clone();
        let files: Vec<_> = kept.iter().filter(|(key, _)| FILES.contains(&key.as_str())).cloned().collect();
        url.set_query(None);
        if !kept.is_empty() {
            url.query_pairs_mut().extend_pairs(kept);
        }
        let mut options = PgConnectOptions::from_url(&url).map_err(|error| bad(&shown, reason(&error)))?;
        if options.get_application_name().is_none() {
            options = options.application_name("sixpotify");
        }
        let location = location(&options);
        Ok(Self { options: options.disable_statement_logging(), timeout, patience, location, files })
    }

    /// `postgres://user@host:port/database`.
    pub(super) fn location(&self) -> &str {
        &self.location
    }

    /// One connection, to find out whether the server lets us in, and why not.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`].
    pub(super) async fn connect(&self) -> Result<PgConnection> {
        let reason = match tokio::time::timeout(self.timeout, PgConnection::connect_with(&self.options)).await {
            Ok(Ok(connection)) => return Ok(connection),
            Ok(Err(error)) => self.unreadable_file(&error).unwrap_or_else(|| reason(&error)),
            Err(_) => format!("no answer within {} s", self.timeout.as_secs()),
        };
        Err(StoreError::Unreachable { location: self.location.clone(), reason })
    }

    /// The driver does not say which file it could not read.
    fn unreadable_file(&self, error: &sqlx::Error) -> Option<String> {
        let sqlx::Error::Io(error) = error else { return None };
        if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) {
            return None;
        }
        self.files.iter().find_map(|(key, path)| {
            let error = std::fs::File::open(path).err()?;
            Some(format!("cannot read the file `{path}` of `{key}`: {error}"))
        })
    }

    /// The pool for all calls but those of [`Self::inbox`]; connects when needed, and anew after a loss.
    pub(super) fn pool(&self) -> Pool {
        self.pool_of(CONNECTIONS)
    }

    /// A pool for what is to be acknowledged: it waits for no connection behind what is being answered.
    pub(super) fn inbox(&self) -> Pool {
        self.pool_of(INBOX)
    }

    fn pool_of(&self, connections: u32) -> Pool {
        Pool::new(self.options.clone(), connections, self.timeout, self.patience)
    }
}

fn location(options: &PgConnectOptions) -> String {
    let (user, port) = (options.get_username(), options.get_port());
    // As libpq: without a name, the database is called like the user.
    let database = options.get_database().unwrap_or(user);
    match options.get_socket() {
        Some(socket) => format!("postgres://{user}@/{database}?host={}&port={port}", socket.display()),
        None => format!("postgres://{user}@{}:{port}/{database}", options.get_host()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Server> {
        Server::parse(Url::parse(url).unwrap())
    }

    #[test]
    fn locations_have_no_secrets() {
        for (url, shown) in [
            ("postgres://me:secret@db.example:5433/music?sslmode=require", "postgres://me@db.example:5433/music"),
            ("postgresql://me@db.example?password=secret&connect_timeout=3", "postgres://me@db.example:5432/me"),
            ("postgres://me@%2Frun%2Fpg/music", "postgres://me@/music?host=/run/pg&port=5432"),
        ] {
            assert_eq!(parse(url).unwrap().location(), shown);
        }
    }

    #[test]
    fn wrong_parameters_are_named() {
        for (url, reason) in [
            ("postgres://me:secret@h/d?sslmode=sometimes", "sometimes"),
            ("postgres://me:secret@h/d?sslmod=require", "unknown parameter `sslmod`"),
            ("postgres://me:secret@h/d?connect_timeout=soon", "`connect_timeout=soon` is no number of seconds"),
            ("postgres://me:secret@h/d?tcp_user_timeout=1s", "`tcp_user_timeout=1s` is no number of milliseconds"),
        ] {
            let error = parse(url).unwrap_err();
            assert!(matches!(error, StoreError::Url { .. }), "{error}");
            let text = error.to_string();
            assert!(text.contains(reason) && !text.contains("secret"), "{text}");
        }
        assert!(parse("postgres://h/d?sslmode=require&channel_binding=require").is_ok());
    }
}
