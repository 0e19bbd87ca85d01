//! A catalogue's tables as text, to be compared row for row.

use std::fmt::Write as _;

use sqlx::Connection as _;

/// Tables that hold facts; `runs` is the history, not the result.
const TABLES: [&str; 19] = [
    "artists",
    "artist_alias",
    "artist_genre",
    "genre_vote",
    "artist_link",
    "albums",
    "album_artist",
    "tracks",
    "track_artist",
    "top_tracks",
    "audio_features",
    "artist_features",
    "source_related",
    "listens",
    "rejected_links",
    "imports",
    "related_artists",
    "facets",
    "ingest_names",
];

/// Columns that say when, which differs from run to run.
const TIMES: [&str; 5] = ["created_at", "updated_at", "fetched_at", "retry_at", "rejected_at"];

/// The first column of what `sql` gives, as text; nothing where the table is not there yet.
pub(crate) async fn rows(url: &str, sql: &str) -> Vec<String> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        let Ok(db) = rusqlite::Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY) else {
            return Vec::new();
        };
        let Ok(mut statement) = db.prepare(sql) else { return Vec::new() };
        let text = |row: &rusqlite::Row<'_>| {
            Ok(match row.get::<_, rusqlite::types::Value>(0)? {
                rusqlite::types::Value::Text(text) => text,
                rusqlite::types::Value::Integer(number) => number.to_string(),
                other => format!("{other:?}"),
            })
        };
        return statement.query_map([], text).map_or_else(|_| Vec::new(), |rows| rows.filter_map(Result::ok).collect());
    }
    let mut db = sqlx::PgConnection::connect(url).await.unwrap();
    let sql = format!("select r.v::text from ({sql}) r(v)");
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&mut db).await.unwrap_or_default()
}

/// All rows of all tables, sorted, without times.
pub(crate) async fn dump(url: &str) -> String {
    let mut text = String::new();
    for table in TABLES {
        let mut rows =
            if let Some(path) = url.strip_prefix("sqlite:") { sqlite(path, table) } else { postgres(url, table).await };
        rows.sort();
        writeln!(text, "{table}: {} rows", rows.len()).unwrap();
        for row in rows {
            writeln!(text, "  {row}").unwrap();
        }
    }
    text
}

/// Expects two dumps to be equal, and shows the first lines that differ.
pub(crate) fn assert_same(one: &str, other: &str) {
    if one == other {
        return;
    }
    let lines: std::collections::HashSet<&str> = one.lines().collect();
    let others: std::collections::HashSet<&str> = other.lines().collect();
    let only_one: Vec<_> = one.lines().filter(|l| !others.contains(l)).take(10).collect();
    let only_other: Vec<_> = other.lines().filter(|l| !lines.contains(l)).take(10).collect();
    panic!("the catalogues differ; only in the first: {only_one:#?}, only in the second: {only_other:#?}");
}

fn sqlite(path: &str, table: &str) -> Vec<String> {
    let db = rusqlite::Connection::open(path).unwrap();
    let mut statement = db.prepare(&format!("select * from {table}")).unwrap();
    let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let kept: Vec<usize> = (0..columns.len()).filter(|i| !TIMES.contains(&columns[*i].as_str())).collect();
    let row = |row: &rusqlite::Row<'_>| {
        let value = |i: &usize| Ok(format!("{:?}", row.get::<_, rusqlite::types::Value>(*i)?));
        Ok(kept.iter().map(value).collect::<rusqlite::Result<Vec<_>>>()?.join(" "))
    };
    statement.query_map([], row).unwrap().map(Result::unwrap).collect()
}

async fn postgres(url: &str, table: &str) -> Vec<String> {
    let mut db = sqlx::PgConnection::connect(url).await.unwrap();
    let without: String = TIMES.iter().map(|t| format!(" - '{t}'")).collect();
    let sql = format!("select (to_jsonb(t){without})::text from {table} t");
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&mut db).await.unwrap()
}
