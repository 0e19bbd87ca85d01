//! SQLite: the suite, and files that are not what they should be.

use std::path::PathBuf;

use async_trait::async_trait;
use chrono::DateTime;
use rusqlite::Connection;
use rusqlite::types::Value;
use sixpotify_core::{Artist, ArtistId};
use sixpotify_store::conformance::Place;
use sixpotify_store::{Access, Batch, RelatedRow, StoreError, open};
use tempfile::TempDir;

pub(super) struct File {
    directory: TempDir,
}

impl File {
    pub(super) fn path(&self) -> PathBuf {
        self.directory.path().join("nested").join("catalogue with blanks.db")
    }
}

#[async_trait]
impl Place for File {
    fn url(&self) -> String {
        format!("sqlite:{}", self.path().display())
    }

    async fn sql(&self, sql: &str) -> Vec<Option<String>> {
        let connection = Connection::open(self.path()).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
        connection.pragma_update(None, "foreign_keys", "on").unwrap();
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| {
            Ok(match row.get::<_, Value>(0)? {
                Value::Null => None,
                Value::Text(text) => Some(text),
                other => panic!("`{sql}` returns {other:?}, not text"),
            })
        });
        rows.unwrap().collect::<Result<_, _>>().unwrap()
    }
}

pub(super) async fn file() -> File {
    File { directory: TempDir::new().unwrap() }
}

mod suite {
    use super::file;

    sixpotify_store::conformance_suite!(file);
}

fn batch(id: &str) -> Batch {
    let artist = Artist {
        id: ArtistId::from_stored(id),
        name: id.to_owned(),
        followers: None,
        popularity: None,
        url: None,
        image_url: None,
    };
    Batch { artists: vec![artist], ..Batch::default() }
}

#[tokio::test]
async fn what_is_no_catalogue_is_told_apart() {
    let directory = TempDir::new().unwrap();
    let url = |name: &str| format!("sqlite:{}", directory.path().join(name).display());
    std::fs::write(directory.path().join("text.db"), "this is certainly no database, whatever its name says").unwrap();
    std::fs::write(directory.path().join("empty.db"), "").unwrap();
    Connection::open(directory.path().join("other.db")).unwrap().execute_batch("create table runs (x)").unwrap();

    for name in ["missing.db", "missing/deep/x.db", "empty.db", "other.db"] {
        let error = open(&url(name), Access::Read).await.err().unwrap();
        assert!(matches!(error, StoreError::NoCatalogue { .. }), "{name}: {error}");
    }
    let mut left: Vec<_> = std::fs::read_dir(directory.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    left.sort_unstable();
    assert_eq!(left, ["empty.db", "other.db", "text.db"], "looking leaves nothing behind");

    for (url, access, reason) in [
        (url(""), Access::Write, "it is a directory"),
        (url("text.db"), Access::Write, "file is not a database"),
        (url("text.db"), Access::Read, "file is not a database"),
        (url("text.db/x.db"), Access::Write, "Not a directory"),
        (url("other.db"), Access::Write, "table runs already exists"),
    ] {
        match open(&url, access).await.err() {
            Some(StoreError::Unreachable { reason: said, .. }) => assert!(said.contains(reason), "{said}"),
            other => panic!("{url}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn an_empty_file_becomes_a_catalogue() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("empty.db");
    std::fs::write(&path, "").unwrap();
    let store = open(&format!("sqlite://{}", path.display()), Access::Write).await.unwrap();
    assert_eq!(store.location(), format!("sqlite:{}", path.display()));
    assert_eq!(store.counts().await.unwrap().artists, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_leaves_one_file() {
    let place = file().await;
    let store = open(&place.url(), Access::Write).await.unwrap();
    store.write(&batch("a"), DateTime::UNIX_EPOCH).await.unwrap();
    assert_eq!(store.counts().await.unwrap().artists, 1);
    store.close().await;
    let left: Vec<_> =
        std::fs::read_dir(place.path().parent().unwrap()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["catalogue with blanks.db"]);
}

/// A new ranking goes in without its index, which is made at the end: what the migrations made is there again.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_ranking_leaves_the_tables_and_indexes_as_they_were() {
    const MADE: &str = "select type || ' ' || name || ': ' || coalesce(sql, '') from sqlite_schema order by type, name";
    let place = file().await;
    let store = open(&place.url(), Access::Write).await.unwrap();
    for id in ["a", "b"] {
        store.write(&batch(id), DateTime::UNIX_EPOCH).await.unwrap();
    }
    let before = place.sql(MADE).await;
    assert!(before.iter().flatten().any(|made| made.starts_with("index related_artists_related: ")));
    for distance in [0.25, 0.5] {
        let mut ranking = store.begin_related().await.unwrap();
        let row = |artist: &str, related: &str| RelatedRow {
            artist_id: ArtistId::from_stored(artist),
            rank: 1,
            related_id: ArtistId::from_stored(related),
            distance,
            why: "s".to_owned(),
        };
        ranking.write(&[row("a", "b"), row("b", "a")]).await.unwrap();
        assert_eq!(ranking.finish().await.unwrap(), 2);
        assert_eq!(place.sql(MADE).await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_go_on_while_another_program_writes() {
    let place = file().await;
    let store = open(&place.url(), Access::Write).await.unwrap();
    store.write(&batch("a"), DateTime::UNIX_EPOCH).await.unwrap();
    let mut other = Connection::open(place.path()).unwrap();
    let transaction = other.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    transaction.execute("delete from artists", []).unwrap();
    assert_eq!(store.counts().await.unwrap().artists, 1);
    // Waits for the other program, and then writes.
    let writing = tokio::spawn({
        let store = store.clone();
        async move { store.write(&batch("b"), DateTime::UNIX_EPOCH).await }
    });
    assert_eq!(store.counts().await.unwrap().artists, 1);
    transaction.commit().unwrap();
    writing.await.unwrap().unwrap();
    assert_eq!(store.artist_ids_after(None, 9).await.unwrap(), [ArtistId::from_stored("b")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_gives_up_does_not_stop_later_ones() {
    let place = file().await;
    let store = open(&place.url(), Access::Write).await.unwrap();
    for n in 0..50 {
        let (id, batch) = (n.to_string(), batch(&n.to_string()));
        let writing = store.write(&batch, DateTime::UNIX_EPOCH);
        // Polled once, then dropped: the transaction commits as a whole or never began.
        let dropped = tokio::time::timeout(std::time::Duration::ZERO, writing).await;
        let known = store.artist_details(&[ArtistId::from_stored(id)]).await.unwrap();
        assert!(known.len() <= 1 && (dropped.is_err() || known.len() == 1));
    }
    store.write(&batch("last"), DateTime::UNIX_EPOCH).await.unwrap();
    assert_eq!(store.artists_by_name("last").await.unwrap().len(), 1);
}
