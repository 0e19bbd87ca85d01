//! Database URLs: what they may look like, and how to show them without their secrets.

use std::path::PathBuf;

use url::Url;

use crate::{Result, StoreError};

/// What a database URL names.
#[derive(Debug)]
pub(crate) enum Location {
    /// The URL of a PostgreSQL server.
    Postgres(Url),
    /// A file.
    Sqlite(SqliteFile),
}

/// A catalogue in a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SqliteFile {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Pages (of 4 KiB) that it may have at most; `None`: SQLite's own limit, 16 TiB.
    pub(crate) max_page_count: Option<u32>,
}

/// The one option that a SQLite URL may have.
const MAX_PAGE_COUNT: &str = "max_page_count";

impl Location {
    /// Reads `postgres://..`, `postgresql://..`, `sqlite:path`, `sqlite://path`, or the latter two with
    /// `?max_page_count=N`.
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
                // A file whose name holds a `?` would only surprise: other programs take options there.
                let (path, options) = path.split_once('?').unwrap_or((path, ""));
                let mut max_page_count = None;
                for option in options.split('&').filter(|option| !option.is_empty()) {
                    max_page_count = match option.split_once('=') {
                        Some((MAX_PAGE_COUNT, pages)) => match pages.parse().ok().filter(|pages| *pages > 0) {
                            Some(pages) => Some(pages),
                            None => return Err(bad(format!("`{MAX_PAGE_COUNT}` is a number from 1 on"))),
                        },
                        _ => return Err(bad(format!("the only option for SQLite is `{MAX_PAGE_COUNT}`"))),
                    };
                }
                if path.is_empty() {
                    return Err(bad("it names no file; expected `sqlite:path`".to_owned()));
                }
                if path == ":memory:" {
                    return Err(bad("a catalogue lives in a file; expected `sqlite:path`".to_owned()));
                }
                if path.contains('\0') {
                    return Err(bad("a path cannot hold U+0000".to_owned()));
                }
                Ok(Self::Sqlite(SqliteFile { path: PathBuf::from(path), max_page_count }))
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
            assert!(matches!(Location::parse(url).unwrap(), Location::Sqlite(file) if file.path == *path), "{url}");
        }
        let small = SqliteFile { path: "a.db".into(), max_page_count: Some(99) };
        assert!(matches!(Location::parse("sqlite:a.db?max_page_count=99").unwrap(), Location::Sqlite(f) if f == small));
        for bad in [
            "",
            "a.db",
            "mysql://h/d",
            "postgres:h",
            "postgres://h:x/d",
            "sqlite:",
            "sqlite://",
            "sqlite::memory:",
            "sqlite:?max_page_count=99",
            "sqlite:a.db?mode=rwc",
            "sqlite:a.db?max_page_count=0",
            "sqlite:a.db?max_page_count=many",
            "sqlite:a.db?max_page_count=99&mode=rwc",
        ] {
            assert!(matches!(Location::parse(bad), Err(StoreError::Url { .. })), "{bad}");
        }
    }
}
