//! Database URLs: what they may look like, and how to show them without their secrets.

use std::path::PathBuf;

use url::Url;

use crate::{Result, StoreError};

/// What a database URL names.
#[derive(Debug)]
pub(crate) enum Location {
    /// The URL of a PostgreSQL server.
    Postgres(Url),
    /// The path of a file.
    Sqlite(PathBuf),
}

impl Location {
    /// Reads `postgres://..`, `postgresql://..`, `sqlite:path` or `sqlite://path`.
    ///
    /// # Errors
    /// [`StoreError::Url`] for anything else.
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let bad = |reason: String| StoreError::Url { url: redact(url), reason };
        let scheme = url.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
        match scheme.as_deref() {
            Some("postgres" | "postgresql") => {
                let parsed = Url::parse(url).map_err(|error| bad(error.to_string()))?;
                if parsed.cannot_be_a_base() {
                    return Err(bad("expected `postgres://user@host:port/database`".to_owned()));
                }
                Ok(Self::Postgres(parsed))
            }
            Some("sqlite") => {
                let path = &url["sqlite:".len()..];
                let path = path.strip_prefix("//").unwrap_or(path);
                if path.is_empty() {
                    return Err(bad("it names no file; expected `sqlite:path`".to_owned()));
                }
                if path == ":memory:" {
                    return Err(bad("a catalogue lives in a file; expected `sqlite:path`".to_owned()));
                }
                if path.contains('\0') {
                    return Err(bad("a path cannot hold U+0000".to_owned()));
                }
                // Other programs take options here; a file with such a name would only surprise.
                if path.contains('?') {
                    return Err(bad("options after `?` are not understood for SQLite".to_owned()));
                }
                Ok(Self::Sqlite(PathBuf::from(path)))
            }
            _ => Err(bad("expected `postgres://..` or `sqlite:path`".to_owned())),
        }
    }
}

/// `url` without passwords, fit for messages and logs. Understands what no parser does, too.
pub fn redact(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return if url.to_ascii_lowercase().starts_with("sqlite:") { url.to_owned() } else { hide_pairs(url) };
    };
    if scheme.eq_ignore_ascii_case("sqlite") {
        return url.to_owned();
    }
    // A password may hold any character when it was not encoded: everything up to the last `@` can belong to it.
    let shown = match rest.rsplit_once('@') {
        Some((account, place)) => match account.split_once(':') {
            Some((user, _)) => format!("{user}@{place}"),
            None => rest.to_owned(),
        },
        None => without_port_that_is_none(rest),
    };
    hide_pairs(&format!("{scheme}://{shown}"))
}

/// `user:password` without a host reads as `host:port`; what is no port is not shown.
fn without_port_that_is_none(rest: &str) -> String {
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    match authority.rsplit_once(':') {
        Some((host, port)) if !authority.ends_with(']') && !port.bytes().all(|b| b.is_ascii_digit()) => {
            format!("{host}:***{path}")
        }
        _ => rest.to_owned(),
    }
}

/// Leaves out the values of `password=` and the like after `?` and in `key=value` lists.
fn hide_pairs(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for piece in text.split_inclusive(['?', '&', ' ']) {
        match piece.split_once('=') {
            Some((key, value)) if key.to_ascii_lowercase().contains("password") => {
                shown.push_str(key);
                shown.push_str("=***");
                shown.extend(value.chars().last().filter(|c| ['&', ' ', '?'].contains(c)));
            }
            _ => shown.push_str(piece),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_never_shown() {
        for (url, shown) in [
            ("postgres://me:secret@host:5432/db", "postgres://me@host:5432/db"),
            ("postgres://me@host/db", "postgres://me@host/db"),
            ("postgres://host/db", "postgres://host/db"),
            ("postgres://me:secret", "postgres://me:***"),
            ("postgres://me:secret/db", "postgres://me:***/db"),
            ("postgres://[::1]:5432/db", "postgres://[::1]:5432/db"),
            ("postgres://[::1]/db", "postgres://[::1]/db"),
            ("postgres://me:s/e@c?r&e#t@host/db", "postgres://me@host/db"),
            ("postgres://me:secret@host:bad/db?sslmode=x", "postgres://me@host:bad/db?sslmode=x"),
            (
                "postgres://host/db?user=me&password=secret&sslmode=require",
                "postgres://host/db?user=me&password=***&sslmode=require",
            ),
            ("host=h password=secret dbname=d", "host=h password=*** dbname=d"),
            ("mysql://me:secret@host/db", "mysql://me@host/db"),
            ("sqlite:a@b:c.db", "sqlite:a@b:c.db"),
        ] {
            assert_eq!(redact(url), shown);
        }
    }

    #[test]
    fn urls_name_a_server_or_a_file() {
        assert!(matches!(Location::parse("postgres://h/d").unwrap(), Location::Postgres(_)));
        assert!(matches!(Location::parse("postgresql://h/d").unwrap(), Location::Postgres(_)));
        for (url, path) in [
            ("sqlite:a.db", "a.db"),
            ("sqlite://a.db", "a.db"),
            ("sqlite:/x/a.db", "/x/a.db"),
            ("sqlite:///x/a.db", "/x/a.db"),
            ("sqlite:~/a b.db", "~/a b.db"),
        ] {
            assert!(matches!(Location::parse(url).unwrap(), Location::Sqlite(p) if p == *path), "{url}");
        }
        for bad in [
            "",
            "a.db",
            "mysql://h/d",
            "postgres:h",
            "postgres://h:x/d",
            "sqlite:",
            "sqlite://",
            "sqlite::memory:",
            "sqlite:a.db?mode=rwc",
        ] {
            assert!(matches!(Location::parse(bad), Err(StoreError::Url { .. })), "{bad}");
        }
    }
}
