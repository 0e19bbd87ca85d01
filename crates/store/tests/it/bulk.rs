//! PostgreSQL's tables that are written in bulk: keys that triggers keep, and indexes that a first load leaves away.

use std::time::Duration;

use sixpotify_store::conformance::Place;
use sixpotify_store::{Access, open};
use sixpotify_testkit::wait_until;
use sqlx::postgres::{PgConnection, PgQueryResult};
use sqlx::{AssertSqlSafe, Connection};

use crate::postgres::{Database, database, write};

/// Listens have a foreign key that is kept by triggers, a statement at a time.
#[tokio::test]
async fn listens_are_of_artists_that_are_there_and_stay_with_them() {
    let place = database().await;
    let store = open(&place.url(), Access::Write).await.unwrap();
    for id in ["a", "b"] {
        write(&store, id).await.unwrap();
    }
    let mut connection = PgConnection::connect(&place.url()).await.unwrap();
    let columns = "insert into listens (user_key, artist_id, source, plays) values";
    let rows = "select concat_ws(' ', user_key, artist_id, plays) from listens order by 1";
    place.sql(&format!("{columns} ('u', 'a', 'csv', 3), ('u', 'b', 'csv', 4), ('v', 'b', 'csv', 5)")).await;
    let all = ["u a 3", "u b 4", "v b 5"].map(|row| Some(row.to_owned()));

    let nobody = "names the artist \"nobody\", who is not there";
    let elsewhere = "cannot be given to another artist";
    for (sql, said) in [
        // A single row, and one among rows of others: the statement as a whole.
        (format!("{columns} ('w', 'nobody', 'csv', 1)"), nobody),
        (format!("{columns} ('w', 'a', 'csv', 1), ('w', 'nobody', 'csv', 1)"), nobody),
        ("update listens set artist_id = 'a' where user_key = 'v'".to_owned(), elsewhere),
        ("update listens set artist_id = 'nobody' where user_key = 'v'".to_owned(), elsewhere),
        (
            format!(
                "{columns} ('v', 'b', 'csv', 1)
                 on conflict (user_key, artist_id, source) do update set artist_id = 'a'"
            ),
            elsewhere,
        ),
    ] {
        let error = sqlx::query(AssertSqlSafe(sql.clone())).execute(&mut connection).await.unwrap_err();
        let error = error.as_database_error().unwrap();
        assert!(error.is_foreign_key_violation() && error.message().contains(said), "{sql}: {error}");
        assert_eq!(place.sql(rows).await, all, "{sql}");
    }

    // What stays with its artist may change.
    place.sql("update listens set plays = plays + 1, artist_id = artist_id where user_key = 'v'").await;
    // An artist takes its listens along, and nobody else's.
    place.sql("delete from artists where id = 'b'").await;
    assert_eq!(place.sql(rows).await, [Some("u a 3".to_owned())]);
}

/// What becomes of a statement that comes while another's transaction, of another session, is open: it has to wait for that, which
/// then commits.
async fn meets(place: &Database, first: String, second: String) -> sqlx::Result<PgQueryResult> {
    let mut one = PgConnection::connect(&place.url()).await.unwrap();
    let mut transaction = one.begin().await.unwrap();
    sqlx::query(AssertSqlSafe(first)).execute(&mut *transaction).await.unwrap();
    let mut other = PgConnection::connect(&place.url()).await.unwrap();
    let waiting = tokio::spawn(async move { sqlx::query(AssertSqlSafe(second)).execute(&mut other).await });
    let waits = "select pid::text from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'";
    wait_until("the second waits for the first", Duration::from_secs(30), async || place.sql(waits).await.len() == 1)
        .await;
    transaction.commit().await.unwrap();
    waiting.await.unwrap()
}

/// Who is being deleted gets no listens meanwhile, and who just got some is not deleted without them: as with a foreign key.
#[tokio::test(flavor = "multi_thread")]
async fn listens_that_are_being_written_keep_their_artist() {
    let place = database().await;
    let store = open(&place.url(), Access::Write).await.unwrap();
    for id in ["a", "b"] {
        write(&store, id).await.unwrap();
    }
    let insert =
        |id: &str| format!("insert into listens (user_key, artist_id, source, plays) values ('u', '{id}', 'csv', 1)");
    let delete = |id: &str| format!("delete from artists where id = '{id}'");
    for (first, second, refused) in [(insert("a"), delete("a"), false), (delete("b"), insert("b"), true)] {
        let done = meets(&place, first, second).await;
        let violation = |error: &sqlx::Error| error.as_database_error().is_some_and(|e| e.is_foreign_key_violation());
        assert!(done.as_ref().err().is_some_and(violation) == refused && (done.is_ok() || refused), "{done:?}");
        let orphans = "select artist_id from listens where artist_id not in (select id from artists)";
        assert_eq!(place.sql(orphans).await, []);
    }
    assert_eq!(place.sql("select user_key from listens").await, []);
}

/// Tables whose foreign key is kept by triggers, a statement at a time; and a row of each, of an artist.
const KEPT_BY_TRIGGERS: [(&str, &str); 5] = [
    ("artist_link", "(artist_id, source, source_id) values ('{}', 'deezer', '{}{n}')"),
    ("artist_alias", "(artist_id, alias, alias_key, source) values ('{}', 'alias{n}', 'alias', 'user')"),
    ("genre_vote", "(artist_id, genre, source, weight) values ('{}', 'rock{n}', 'musicbrainz', 1)"),
    ("artist_genre", "(artist_id, genre, source) values ('{}', 'pop{n}', 'musicbrainz')"),
    (
        "facets",
        "(artist_id, facet, source, market, state, fetched_at, attempts)
         values ('{}', 'albums', 'deezer', '{n}', 'ok', '2026-01-01', 0)",
    ),
];

/// A statement that gives the `n`th row of a table to an artist.
fn row_of((table, row): (&str, &str), artist: &str, n: usize) -> String {
    format!("insert into {table} {}", row.replace("{}", artist).replace("{n}", &n.to_string()))
}

fn is_refused(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.is_foreign_key_violation())
}

#[tokio::test]
async fn rows_are_of_artists_that_are_there_and_go_with_them() {
    let place = database().await;
    let store = open(&place.url(), Access::Write).await.unwrap();
    let mut connection = PgConnection::connect(&place.url()).await.unwrap();
    for kept in KEPT_BY_TRIGGERS {
        let table = kept.0;
        for id in ["a", "b"] {
            write(&store, id).await.unwrap();
            place.sql(&row_of(kept, id, 0)).await;
        }
        let rows = format!("select artist_id from {table} order by 1");
        let both = ["a", "b"].map(|id| Some(id.to_owned()));
        assert_eq!(place.sql(&rows).await, both, "{table}");

        // A row of nobody; more of them than are looked for by the plan that is kept; and one that is given to nobody.
        let set = format!(
            "with moved as (select * from {table} where artist_id = 'a')
             insert into {table} select (jsonb_populate_record(null::{table}, to_jsonb(moved)
                 || jsonb_build_object('artist_id', 'x' || n, 'source_id', 'x' || n))).*
             from moved, generate_series(1, 300) n"
        );
        let moved = format!("update {table} set artist_id = 'nobody' where artist_id = 'a'");
        for sql in [row_of(kept, "nobody", 1), set, moved] {
            let error = sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&mut connection).await.unwrap_err();
            sqlx::raw_sql("rollback").execute(&mut connection).await.unwrap();
            assert!(is_refused(&error) && error.to_string().contains("who is not there"), "{sql}: {error}");
            let error = error.into_database_error().unwrap();
            assert_eq!((error.table(), error.constraint()), (Some(table), Some(&*format!("{table}_artist_id_fkey"))));
            assert_eq!(place.sql(&rows).await, both, "{sql}");
        }

        // What is given to somebody who is there stays; an artist takes along what is its own.
        place.sql(&format!("update {table} set artist_id = 'b' where artist_id = 'b'")).await;
        write(&store, "c").await.unwrap();
        place.sql(&format!("update {table} set artist_id = 'c' where artist_id = 'a'")).await;
        place.sql("delete from artists where id in ('a', 'b')").await;
        assert_eq!(place.sql(&rows).await, [Some("c".to_owned())], "{table}");
        place.sql("truncate artists cascade").await;
        assert_eq!(place.sql(&rows).await, [], "{table}");
    }
}

/// As with a foreign key: who is being deleted gets no rows meanwhile, and who just got some is not deleted without them.
#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_being_written_keep_their_artist() {
    let place = database().await;
    let store = open(&place.url(), Access::Write).await.unwrap();
    for kept in KEPT_BY_TRIGGERS {
        let table = kept.0;
        for id in ["a", "b", "c", "d"] {
            write(&store, id).await.unwrap();
        }
        place.sql(&row_of(kept, "d", 0)).await;
        let delete = |id: &str| format!("delete from artists where id = '{id}'");
        let moved = format!("update {table} set artist_id = 'c' where artist_id = 'd'");
        for (first, second, refused) in [
            (row_of(kept, "a", 0), delete("a"), false),
            (delete("b"), row_of(kept, "b", 0), true),
            (delete("c"), moved, true),
        ] {
            let done = meets(&place, first, second).await;
            assert_eq!(done.as_ref().err().is_some_and(is_refused), refused, "{table}: {done:?}");
            assert!(done.is_ok() || refused, "{table}: {done:?}");
        }
        assert_eq!(place.sql(&format!("select artist_id from {table}")).await, [Some("d".to_owned())]);
        place.sql("delete from artists").await;
    }
}

/// The catalogue of the program before, with rows in it, keeps them, and its keys are kept from then on.
#[tokio::test]
async fn keys_that_triggers_keep_come_to_a_catalogue_with_rows() {
    let place = database().await;
    let store = open(&place.url(), Access::Write).await.unwrap();
    for id in ["a", "b"] {
        write(&store, id).await.unwrap();
    }
    // As migration 8 left it.
    for (table, _) in KEPT_BY_TRIGGERS {
        place.sql(&format!("drop trigger {table}_added on {table}")).await;
        place.sql(&format!("drop trigger {table}_moved on {table}")).await;
        place
            .sql(&format!(
                "alter table {table} add constraint {table}_artist_id_fkey
                 foreign key (artist_id) references artists on delete cascade"
            ))
            .await;
    }
    for sql in [
        "drop trigger artists_emptied on artists",
        "drop trigger artists_gone on artists",
        "create function listens_go_with_artists() returns trigger language plpgsql as
             'begin execute ''delete from listens where artist_id in (select id from gone)''; return null; end'",
        "create trigger artists_gone after delete on artists referencing old table as gone
             for each statement execute function listens_go_with_artists()",
        "delete from schema_migrations where version > 8",
    ] {
        place.sql(sql).await;
    }
    for kept in KEPT_BY_TRIGGERS {
        place.sql(&row_of(kept, "a", 0)).await;
        place.sql(&row_of(kept, "b", 0)).await;
    }
    store.close().await;

    let store = open(&place.url(), Access::Write).await.unwrap();
    assert!(store.schema_version().await.unwrap() >= 9);
    let mut connection = PgConnection::connect(&place.url()).await.unwrap();
    place.sql("delete from artists where id = 'a'").await;
    for kept in KEPT_BY_TRIGGERS {
        let rows = format!("select artist_id from {}", kept.0);
        assert_eq!(place.sql(&rows).await, [Some("b".to_owned())]);
        let error = sqlx::query(AssertSqlSafe(row_of(kept, "a", 1))).execute(&mut connection).await.unwrap_err();
        assert!(is_refused(&error), "{error}");
    }
    let keys = "select conname from pg_constraint
        where contype = 'f' and conrelid in ('artist_link'::regclass, 'facets'::regclass)";
    assert_eq!(place.sql(keys).await, []);
}

const INDEXES: &str = "select indexdef from pg_indexes where schemaname = current_schema() order by 1";

/// What a first load leaves away comes back as the migrations make it, whoever brings it back.
#[tokio::test]
async fn a_first_load_leaves_indexes_away_and_brings_them_back() {
    let place = database().await;
    let store = open(&place.url(), Access::Write).await.unwrap();
    let all = place.sql(INDEXES).await;
    assert!(store.begin_load().await.unwrap());
    assert_eq!(place.sql(INDEXES).await.len(), all.len() - 5);
    assert!(store.begin_load().await.unwrap());
    // What is written and asked meanwhile is written and answered.
    write(&store, "a").await.unwrap();
    assert_eq!(store.artists_by_name("a").await.unwrap().len(), 1);
    // Another one that opens the catalogue sees that somebody is at it, and leaves it so; and so does another load.
    let other = open(&place.url(), Access::Write).await.unwrap();
    assert!(!other.begin_load().await.unwrap());
    assert_eq!(place.sql(INDEXES).await.len(), all.len() - 5);
    store.end_load().await.unwrap();
    assert_eq!(place.sql(INDEXES).await, all);
    store.end_load().await.unwrap();

    // With artists in it, a catalogue is not emptied of anything.
    assert!(!store.begin_load().await.unwrap());
    assert_eq!(place.sql(INDEXES).await, all);
}

/// A load whose program was killed leaves a catalogue that the next one mends.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_load_left_away_comes_back_with_the_next_program() {
    let place = database().await;
    let all = {
        let store = open(&place.url(), Access::Write).await.unwrap();
        let all = place.sql(INDEXES).await;
        assert!(store.begin_load().await.unwrap());
        write(&store, "a").await.unwrap();
        all
    };
    // Whoever only reads takes it as it is.
    let reader = open(&place.url(), Access::Read).await.unwrap();
    assert_eq!(reader.artists_by_name("a").await.unwrap().len(), 1);
    let locked = "select pid::text from pg_locks where locktype = 'advisory'
        and database = (select oid from pg_database where datname = current_database())";
    wait_until("the session of the load is gone", Duration::from_secs(30), async || place.sql(locked).await.is_empty())
        .await;
    assert_eq!(place.sql(INDEXES).await.len(), all.len() - 5);
    let store = open(&place.url(), Access::Write).await.unwrap();
    assert_eq!(place.sql(INDEXES).await, all);
    assert_eq!(store.artists_by_name("a").await.unwrap().len(), 1);
}

/// Tables that somebody is at, and those of another account, keep their indexes: the load is slower then.
#[tokio::test(flavor = "multi_thread")]
async fn a_load_that_may_not_leave_indexes_away_goes_on_with_them() {
    let place = database().await;
    let store = open(&place.url(), Access::Write).await.unwrap();
    let all = place.sql(INDEXES).await;
    let mut reader = PgConnection::connect(&place.url()).await.unwrap();
    let mut reading = reader.begin().await.unwrap();
    sqlx::query("select 1 from facets").execute(&mut *reading).await.unwrap();
    assert!(!store.begin_load().await.unwrap());
    reading.commit().await.unwrap();
    assert_eq!(place.sql(INDEXES).await, all);

    let role = format!("loads_{}", std::process::id());
    place.sql(&format!("create role {role} login")).await;
    place.sql(&format!("grant select, insert, update, delete on all tables in schema public to {role}")).await;
    let mut url = url::Url::parse(&place.url()).unwrap();
    url.set_username(&role).unwrap();
    let guest = open(url.as_str(), Access::Write).await.unwrap();
    assert!(!guest.begin_load().await.unwrap());
    place.sql("drop index artists_name").await;
    let guest_again = open(url.as_str(), Access::Write).await.unwrap();
    write(&guest_again, "a").await.unwrap();
    assert_eq!(guest_again.artists_by_name("a").await.unwrap().len(), 1);
    for guest in [guest, guest_again] {
        guest.close().await;
    }
    open(&place.url(), Access::Write).await.unwrap();
    assert_eq!(place.sql(INDEXES).await, all);
    place.sql(&format!("drop owned by {role}")).await;
    place.sql(&format!("drop role {role}")).await;
}
