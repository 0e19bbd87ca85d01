//! PostgreSQL: the suite, servers that refuse, and servers and networks that go away.

use std::time::Duration;

use async_trait::async_trait;
use chrono::DateTime;
use futures_util::TryStreamExt;
use sixpotify_core::{Artist, ArtistId};
use sixpotify_store::conformance::Place;
use sixpotify_store::{Access, Batch, SharedStore, StoreError, open};
use sixpotify_testkit::postgres::PrivatePostgres;
use sixpotify_testkit::{BreakableProxy, TestDatabase, wait_until};
use sqlx::postgres::{PgConnection, Postgres};
use sqlx::{AssertSqlSafe, Connection, Row, Transaction};
use tokio::task::JoinHandle;

pub(super) struct Database(TestDatabase);

#[async_trait]
impl Place for Database {
    fn url(&self) -> String {
        self.0.url.clone()
    }

    async fn sql(&self, sql: &str) -> Vec<Option<String>> {
        rows(&self.0.url, sql).await
    }
}

async fn rows(url: &str, sql: &str) -> Vec<Option<String>> {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

pub(super) async fn database() -> Database {
    Database(TestDatabase::create().await)
}

mod suite {
    use super::database;

    sixpotify_store::conformance_suite!(database);
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

pub(super) async fn write(store: &SharedStore, id: &str) -> sixpotify_store::Result<()> {
    store.write(&batch(id), DateTime::UNIX_EPOCH).await
}

async fn unreachable(url: &str) -> String {
    match open(url, Access::Write).await.err() {
        Some(error @ StoreError::Unreachable { .. }) => error.to_string(),
        other => panic!("{url}: {other:?}"),
    }
}

/// A write that waits in the middle of its transaction for a lock that `holder` has, until the first value is rolled back.
async fn held_write<'h>(
    place: &Database,
    holder: &'h mut PgConnection,
    store: &SharedStore,
    id: &'static str,
) -> (Transaction<'h, Postgres>, JoinHandle<sixpotify_store::Result<()>>) {
    let mut lock = holder.begin().await.unwrap();
    sqlx::query("lock table artists in share mode").execute(&mut *lock).await.unwrap();
    let store = store.clone();
    let writing = tokio::spawn(async move { write(&store, id).await });
    let waiting = "select pid::text from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'";
    wait_until("the write waits for the lock", Duration::from_secs(30), async || place.sql(waiting).await.len() == 1)
        .await;
    (lock, writing)
}

#[tokio::test]
async fn a_server_that_does_not_let_us_in_is_told_with_the_reason() {
    let place = database().await;
    let url = url::Url::parse(&place.url()).unwrap();
    let with = |change: &dyn Fn(&mut url::Url)| {
        let mut url = url.clone();
        change(&mut url);
        url.to_string()
    };

    let missing = unreachable(&with(&|u| u.set_path("no_such_database"))).await;
    assert!(missing.contains("database \"no_such_database\" does not exist"), "{missing}");

    let nobody = unreachable(&with(&|u| {
        u.set_username("nobody_here").unwrap();
        u.set_password(Some("hunter2")).unwrap();
    }))
    .await;
    assert!(nobody.contains("nobody_here") && !nobody.contains("hunter2"), "{nobody}");

    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let refused = unreachable(&with(&|u| u.set_port(Some(port)).unwrap())).await;
    assert!(refused.contains("refused"), "{refused}");

    let unknown = unreachable("postgres://me:hunter2@no-such-host.invalid/db").await;
    assert!(unknown.contains("no-such-host.invalid") && !unknown.contains("hunter2"), "{unknown}");

    let tls = unreachable(&with(&|u| u.set_query(Some("sslmode=require")))).await;
    assert!(tls.to_lowercase().contains("tls"), "{tls}");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let error = unreachable(&format!("postgres://me@127.0.0.1:{port}/db?connect_timeout=1")).await;
    assert!(error.contains("no answer within 1 s"), "{error}");
}

#[tokio::test]
async fn a_certificate_that_cannot_be_read_is_named() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        // The request for TLS, and that it is granted.
        client.read_exact(&mut [0; 8]).await.unwrap();
        client.write_all(b"S").await.unwrap();
        client
    });
    let url = format!("postgres://me@127.0.0.1:{port}/db?sslmode=verify-full&sslrootcert=no/such/file.pem");
    let error = unreachable(&url).await;
    assert!(error.contains("cannot read the file `no/such/file.pem` of `sslrootcert`"), "{error}");
    server.await.unwrap();
}

#[tokio::test]
async fn an_account_without_rights_is_told_so() {
    let place = database().await;
    let role = format!("reader_{}", std::process::id());
    place.sql(&format!("create role {role} login")).await;
    place.sql("revoke create on schema public from public").await;
    let mut url = url::Url::parse(&place.url()).unwrap();
    url.set_username(&role).unwrap();
    url.set_password(None).unwrap();
    let error = unreachable(url.as_str()).await;
    assert!(error.contains("permission denied for schema public"), "{error}");
    place.sql(&format!("drop role {role}")).await;
}

#[tokio::test]
async fn tables_of_another_program_are_left_alone() {
    for sql in ["create table runs (x int)", "create table schema_migrations (version bigint, dirty boolean)"] {
        let place = database().await;
        place.sql(sql).await;
        let error = unreachable(&place.url()).await;
        assert!(error.contains("tables of another program are in the way"), "{error}");
    }
}

#[tokio::test]
async fn a_schema_named_by_options_holds_the_catalogue() {
    let place = database().await;
    place.sql("create schema music").await;
    let url = format!("{}?options=-csearch_path%3Dmusic", place.url());
    let store = open(&url, Access::Write).await.unwrap();
    write(&store, "a").await.unwrap();
    assert_eq!(place.sql("select name from music.artists").await, [Some("a".to_owned())]);
}

/// A cut connection is an error of the call that meets it and of no later one.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_is_replaced() {
    let place = database().await;
    let (proxy, url) = BreakableProxy::in_front_of(&place.url()).await.unwrap();
    let store = open(&format!("{url}?connect_timeout=2"), Access::Write).await.unwrap();
    write(&store, "before").await.unwrap();

    proxy.cut().await;
    for error in [write(&store, "lost").await.err(), store.counts().await.err()] {
        assert!(matches!(error, Some(StoreError::Unavailable(_))), "{error:?}");
    }
    let ranking = store.begin_related().await.err();
    assert!(matches!(ranking, Some(StoreError::Unavailable(_))), "{ranking:?}");
    let stream: Result<Vec<_>, _> = store.relate_input().try_collect().await;
    assert!(matches!(stream, Err(StoreError::Unavailable(_))));

    proxy.restore();
    write(&store, "after").await.unwrap();
    let names = place.sql("select name from artists order by name").await;
    assert_eq!(names, [Some("after".to_owned()), Some("before".to_owned())]);
}

/// A call that is in the middle of its transaction when the connection breaks writes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_lost_in_a_transaction_writes_nothing() {
    let place = database().await;
    let (proxy, url) = BreakableProxy::in_front_of(&place.url()).await.unwrap();
    let store = open(&format!("{url}?connect_timeout=2"), Access::Write).await.unwrap();
    write(&store, "a").await.unwrap();
    let mut holder = PgConnection::connect(&place.url()).await.unwrap();
    let (lock, writing) = held_write(&place, &mut holder, &store, "b").await;
    proxy.cut().await;
    let error = writing.await.unwrap().unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    lock.rollback().await.unwrap();
    proxy.restore();
    write(&store, "c").await.unwrap();
    let names = place.sql("select name from artists order by name").await;
    assert_eq!(names, [Some("a".to_owned()), Some("c".to_owned())]);
}

/// A server that says nothing any more, or does not know our sessions any more, ends the calls under way; later ones are served
/// as soon as somebody answers.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_falls_silent_ends_the_call() {
    let place = database().await;
    let (proxy, url) = BreakableProxy::in_front_of(&place.url()).await.unwrap();
    let store = open(&format!("{url}?connect_timeout=1&tcp_user_timeout=200"), Access::Write).await.unwrap();
    let now = DateTime::UNIX_EPOCH;
    for forgotten in [false, true] {
        let worker = store.begin_work(now).await.unwrap();
        let mut ranking = store.begin_related().await.unwrap();
        write(&store, "a").await.unwrap();
        if forgotten {
            proxy.forget();
        } else {
            proxy.stall();
        }
        let ids = [ArtistId::from_stored("a")];
        let (first, second, third, fourth, fifth) = tokio::join!(
            store.counts(),
            store.artist_details(&ids),
            write(&store, "lost"),
            ranking.write(&[]),
            store.relate_input().try_collect::<Vec<_>>(),
        );
        let errors = [first.err(), second.err(), third.err(), fourth.err(), fifth.err()];
        // Of a forgotten connection only those that had to use it know.
        let in_vain = errors.iter().flatten().filter(|error| matches!(error, StoreError::Unavailable(_))).count();
        assert!(in_vain == 5 || forgotten && errors[3].is_some(), "{errors:?}");
        assert!(errors.iter().flatten().all(|error| matches!(error, StoreError::Unavailable(_))), "{errors:?}");
        if forgotten {
            worker.heartbeat(now).await.unwrap();
        } else {
            let lost = worker.heartbeat(now).await.err();
            assert!(matches!(lost, Some(StoreError::Unavailable(_))), "{lost:?}");
        }
        proxy.restore();
        write(&store, "after").await.unwrap();
        assert!(store.counts().await.unwrap().artists >= 2);
        worker.heartbeat(now).await.unwrap();
    }
}

/// Answers that never come back: the server waits for the next statement or the next row, and we for its answer.
#[tokio::test(flavor = "multi_thread")]
async fn lost_answers_are_not_waited_for() {
    let place = database().await;
    let (proxy, url) = BreakableProxy::in_front_of(&place.url()).await.unwrap();
    let store = open(&format!("{url}?tcp_user_timeout=1000"), Access::Write).await.unwrap();
    write(&store, "before").await.unwrap();
    let mut ranking = store.begin_related().await.unwrap();
    let mut holder = PgConnection::connect(&place.url()).await.unwrap();
    let (lock, writing) = held_write(&place, &mut holder, &store, "lost").await;
    proxy.lose_answers();
    lock.rollback().await.unwrap();
    let seen = async || {
        let sql = "select state || ' ' || wait_event_type from pg_stat_activity
            where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid() order by 1";
        place.sql(sql).await == ["active Client", "idle in transaction Client"].map(|wait| Some(wait.to_owned()))
    };
    let (written, ranked, ()) =
        tokio::join!(writing, ranking.write(&[]), wait_until("the server waits for us", Duration::from_secs(30), seen));
    let written = written.unwrap();
    for error in [written.err(), ranked.err()] {
        assert!(matches!(error, Some(StoreError::Unavailable(_))), "{error:?}");
    }
    write(&store, "after").await.unwrap();
    let names = place.sql("select name from artists order by name").await;
    assert_eq!(names, ["after", "before"].map(|name| Some(name.into())));
}

/// Nobody is at the other end of a session any more, and the server does not know: what it holds is free once its call was
/// given up, so that the same can be written again.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_given_up_holds_nothing() {
    let place = database().await;
    let (proxy, url) = BreakableProxy::in_front_of(&place.url()).await.unwrap();
    let store = open(&format!("{url}?tcp_user_timeout=500"), Access::Write).await.unwrap();
    write(&store, "before").await.unwrap();
    let mut holder = PgConnection::connect(&place.url()).await.unwrap();
    let (lock, writing) = held_write(&place, &mut holder, &store, "a").await;
    let sessions = async |condition: &str| {
        let sql = format!("select pid::text from pg_stat_activity where datname = current_database() and {condition}");
        place.sql(&sql).await.len()
    };
    proxy.forget();
    let holding = "state = 'idle in transaction' and query like '%artists%' and query not like 'lock%'";
    lock.rollback().await.unwrap();
    wait_until("the session holds the row", Duration::from_secs(30), async || sessions(holding).await == 1).await;
    let error = writing.await.unwrap().unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    assert_eq!(sessions(holding).await, 0);
    write(&store, "a").await.unwrap();
    assert_eq!(
        place.sql("select name from artists order by name").await,
        ["a", "before"].map(|name| Some(name.into()))
    );
}

/// A reader may take its time, in the middle of a transaction, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_of_a_stream_is_waited_for() {
    let place = database().await;
    let store = open(&format!("{}?tcp_user_timeout=100", place.url()), Access::Write).await.unwrap();
    // More than are read ahead.
    place
        .sql(
            "insert into artists (id, name, name_key, created_at, updated_at)
             select n::text, n::text, n::text, now(), now() from generate_series(1, 9999) n",
        )
        .await;
    let mut artists = store.relate_input();
    artists.try_next().await.unwrap().unwrap();
    let held = "select pid::text from pg_stat_activity where datname = current_database()
        and state = 'idle in transaction' and state_change < clock_timestamp() - interval '2 s'";
    wait_until("the reader was slow", Duration::from_secs(30), async || place.sql(held).await.len() == 1).await;
    let rest: Vec<_> = artists.try_collect().await.unwrap();
    assert_eq!(rest.len(), 9_998);
}

/// What takes long is not given up as long as the server works on it, or waits for another session.
#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_takes_long_is_waited_for() {
    let place = database().await;
    let (proxy, url) = BreakableProxy::in_front_of(&place.url()).await.unwrap();
    let store = open(&format!("{url}?tcp_user_timeout=300"), Access::Write).await.unwrap();
    write(&store, "a").await.unwrap();
    let mut holder = PgConnection::connect(&place.url()).await.unwrap();
    let mut lock = holder.begin().await.unwrap();
    sqlx::query("lock table artists in access exclusive mode").execute(&mut *lock).await.unwrap();
    let before = proxy.accepted();
    let waiting = tokio::spawn(async move { (write(&store, "b").await, store.counts().await) });
    wait_until("it was asked several times whether it waits in vain", Duration::from_secs(30), async || {
        proxy.accepted() > before + 3
    })
    .await;
    lock.rollback().await.unwrap();
    let (written, counts) = waiting.await.unwrap();
    written.unwrap();
    assert_eq!(counts.unwrap().artists, 2);
}

/// A restart of the server is a pause, and costs at most the calls under way.
#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_server_is_found_again() {
    let server = PrivatePostgres::start().unwrap();
    let store = open(&server.url("postgres"), Access::Write).await.unwrap();
    write(&store, "a").await.unwrap();
    let mut ranking = store.begin_related().await.unwrap();

    let server = tokio::task::spawn_blocking(move || {
        server.restart().unwrap();
        server
    })
    .await
    .unwrap();
    let lost = ranking.write(&[]).await.err();
    assert!(matches!(lost, Some(StoreError::Unavailable(_))), "{lost:?}");
    drop(ranking);
    // The pool notices by itself that its connections are gone.
    write(&store, "b").await.unwrap();
    assert_eq!(store.counts().await.unwrap().artists, 2);

    let server = tokio::task::spawn_blocking(move || {
        server.kill().unwrap();
        server
    })
    .await
    .unwrap();
    let stopped = open(&format!("{}?connect_timeout=1", server.url("postgres")), Access::Read).await.err();
    assert!(matches!(stopped, Some(StoreError::Unreachable { .. })), "{stopped:?}");
    let server = tokio::task::spawn_blocking(move || {
        server.resume().unwrap();
        server
    })
    .await
    .unwrap();
    write(&store, "c").await.unwrap();
    assert_eq!(store.counts().await.unwrap().artists, 3, "what was reported as written survived the crash");
    drop(server);
}
