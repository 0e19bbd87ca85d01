//! Workers that live, die and meet: sessions and locks of PostgreSQL, and the one worker of a SQLite file.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sixpotify_store::conformance::Place;
use sixpotify_store::{Access, Claim, SharedStore, StoreError, Worker, open};
use sixpotify_testkit::postgres::PrivatePostgres;
use sixpotify_testkit::{BreakableProxy, wait_until};
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use super::postgres::database;
use super::sqlite::file;

/// A safety net, not a measure.
const LONG: Duration = Duration::from_secs(60);

/// Ends the sessions that hold locks of workers.
const END_SESSIONS: &str = "select pg_terminate_backend(pid)::text from pg_locks
     where locktype = 'advisory' and classid = 'workers'::regclass and database =
         (select oid from pg_database where datname = current_database())";

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

fn claims(keys: impl IntoIterator<Item = impl ToString>) -> Vec<Claim> {
    keys.into_iter().map(|key| Claim { scope: "list".into(), key: key.to_string() }).collect()
}

async fn catalogue(url: &str) -> SharedStore {
    open(url, Access::Write).await.unwrap()
}

/// The worker gets all of `wanted` as soon as the server knows that those who had them are gone.
async fn gets(worker: &dyn Worker, wanted: &[Claim], now: DateTime<Utc>) {
    wait_until("the claims are free", LONG, async || worker.claim(wanted, now).await.unwrap() == wanted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_share_without_meeting() {
    let place = database().await;
    let (one, other) = (catalogue(&place.url()).await, catalogue(&place.url()).await);
    let (first, second) = (one.begin_work(at(0)).await.unwrap(), other.begin_work(at(0)).await.unwrap());
    let third = one.begin_work(at(0)).await.unwrap();
    assert_eq!(first.claim(&claims(["a", "b"]), at(0)).await.unwrap(), claims(["a", "b"]));
    assert_eq!(second.claim(&claims(["b", "c", "a"]), at(1)).await.unwrap(), claims(["c"]));
    assert_eq!(third.claim(&claims(["c", "a", "d"]), at(1)).await.unwrap(), claims(["d"]), "of the same program");
    second.release(&claims(["a", "c"])).await.unwrap();
    assert_eq!(third.claim(&claims(["a", "c"]), at(2)).await.unwrap(), claims(["c"]), "only one's own can be freed");

    // The lock goes with the session, and the session with the worker; long before the lease ends.
    drop(first);
    gets(&*second, &claims(["a", "b"]), at(2)).await;
    assert_eq!(third.claim(&claims(["b"]), at(2)).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_claim_goes_to_one_of_those_who_ask_at_once() {
    let place = database().await;
    let mut tasks = Vec::new();
    for n in 0..6_usize {
        let store = catalogue(&place.url()).await;
        tasks.push(tokio::spawn(async move {
            let worker = store.begin_work(at(0)).await.unwrap();
            let mut got = Vec::new();
            for round in 0..20 {
                // Overlapping, in different orders.
                let mut wanted: Vec<usize> = (0..60).map(|key| round * 40 + (key * 7 + n) % 60).collect();
                if n % 2 == 0 {
                    wanted.reverse();
                }
                got.extend(worker.claim(&claims(wanted), at(0)).await.unwrap());
                let again = got.last().cloned();
                assert_eq!(worker.claim(again.as_slice(), at(0)).await.unwrap(), again.as_slice());
            }
            got.sort_unstable();
            got.dedup();
            (worker, got)
        }));
    }
    let mut all = Vec::new();
    let mut workers = Vec::new();
    for task in tasks {
        let (worker, got) = task.await.unwrap();
        workers.push(worker);
        all.extend(got);
    }
    let number = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!((all.len(), number), (19 * 40 + 60, 19 * 40 + 60));
}

/// The server ends the session: the claims are free at once, and the worker goes on under its number with those that
/// nobody took.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_whose_session_ends_begins_again() {
    let place = database().await;
    let store = catalogue(&place.url()).await;
    let first = store.begin_work(at(0)).await.unwrap();
    first.claim(&claims(["a", "b"]), at(0)).await.unwrap();
    let ended = place.sql(END_SESSIONS).await;
    assert_eq!(ended, [Some("true".to_owned())]);
    let second = store.begin_work(at(1)).await.unwrap();
    gets(&*second, &claims(["a"]), at(1)).await;

    first.heartbeat(at(2)).await.unwrap();
    assert_eq!(second.claim(&claims(["b", "c"]), at(2)).await.unwrap().last(), claims(["c"]).last());
    let known = place.sql("select id::text from workers order by id").await;
    assert_eq!(known, [first.id(), second.id()].map(|id| Some(id.to_string())));
    let ours = first.claim(&claims(["a", "b", "c", "d"]), at(3)).await.unwrap();
    assert!(ours.contains(&claims(["d"])[0]) && !ours.contains(&claims(["a"])[0]), "{ours:?}");
    assert_eq!(second.claim(&claims(["d"]), at(3)).await.unwrap(), [], "it lives");
}

/// A session of which the server does not know that nobody is at its other end gives way to the new one.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_left_behind_does_not_keep_its_worker_out() {
    let place = database().await;
    let store = catalogue(&place.url()).await;
    let worker = store.begin_work(at(0)).await.unwrap();
    place.sql(END_SESSIONS).await;
    let mut left_behind = PgConnection::connect(&place.url()).await.unwrap();
    sqlx::query("select pg_advisory_lock(('workers'::regclass::oid::bigint << 32) | $1)")
        .bind(worker.id())
        .execute(&mut left_behind)
        .await
        .unwrap();
    assert_eq!(worker.claim(&claims(["a"]), at(1)).await.unwrap(), claims(["a"]));
    left_behind.ping().await.unwrap_err();
    let other = store.begin_work(at(1)).await.unwrap();
    assert_eq!(other.claim(&claims(["a"]), at(1)).await.unwrap(), []);
}

/// Without a sign of life the claims are free after 30 seconds by the callers' clocks, session or not.
#[tokio::test]
async fn a_silent_worker_loses_its_claims_with_the_lease() {
    let place = database().await;
    let store = catalogue(&place.url()).await;
    let (silent, other) = (store.begin_work(at(0)).await.unwrap(), store.begin_work(at(0)).await.unwrap());
    silent.claim(&claims(["a", "b"]), at(0)).await.unwrap();
    assert_eq!(other.claim(&claims(["a"]), at(29)).await.unwrap(), []);
    silent.heartbeat(at(10)).await.unwrap();
    assert_eq!(other.claim(&claims(["a"]), at(39)).await.unwrap(), []);
    assert_eq!(other.claim(&claims(["a"]), at(40)).await.unwrap(), claims(["a"]));
    // It was silent, not dead: it goes on with what it still has.
    assert_eq!(silent.claim(&claims(["a", "b"]), at(41)).await.unwrap(), claims(["b"]));
    assert_eq!(other.claim(&claims(["b"]), at(70)).await.unwrap(), []);

    // Who begins clears away what the dead left.
    let newest = store.begin_work(at(71)).await.unwrap();
    let known = place.sql("select id::text from workers order by id").await;
    assert_eq!(known, [other.id(), newest.id()].map(|id| Some(id.to_string())));
    assert_eq!(place.sql("select key from claims").await, [Some("a".to_owned())]);
    other.heartbeat(at(72)).await.unwrap();
    silent.heartbeat(at(72)).await.unwrap();
    assert_eq!(silent.claim(&claims(["a", "b"]), at(72)).await.unwrap(), claims(["b"]));
}

/// Two catalogues in one database have workers of the same number that know nothing of each other.
#[tokio::test(flavor = "multi_thread")]
async fn workers_of_another_schema_are_others() {
    let place = database().await;
    place.sql("create schema music").await;
    let here = catalogue(&place.url()).await;
    let there = catalogue(&format!("{}?options=-csearch_path%3Dmusic", place.url())).await;
    let (one, two) = (here.begin_work(at(0)).await.unwrap(), there.begin_work(at(0)).await.unwrap());
    assert_eq!(one.id(), two.id());
    assert_eq!(one.claim(&claims(["a"]), at(0)).await.unwrap(), claims(["a"]));
    assert_eq!(two.claim(&claims(["a"]), at(0)).await.unwrap(), claims(["a"]));
    drop(one);
    let next = here.begin_work(at(1)).await.unwrap();
    gets(&*next, &claims(["a"]), at(1)).await;
}

/// A cut network is an error of the calls that meet it; afterwards the worker has its claims again.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_outlives_its_network() {
    let place = database().await;
    let (proxy, url) = BreakableProxy::in_front_of(&place.url()).await.unwrap();
    let store = catalogue(&format!("{url}?connect_timeout=2")).await;
    let worker = store.begin_work(at(0)).await.unwrap();
    worker.claim(&claims(["a"]), at(0)).await.unwrap();
    proxy.cut().await;
    for error in [worker.heartbeat(at(1)).await.err(), worker.claim(&claims(["b"]), at(1)).await.err()] {
        assert!(matches!(error, Some(StoreError::Unavailable(_))), "{error:?}");
    }
    proxy.restore();
    assert_eq!(worker.claim(&claims(["a", "b"]), at(2)).await.unwrap(), claims(["a", "b"]));
    let other = catalogue(&place.url()).await.begin_work(at(2)).await.unwrap();
    assert_eq!(other.claim(&claims(["a", "b"]), at(2)).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_outlives_a_restart_of_the_server() {
    let server = PrivatePostgres::start().unwrap();
    let store = catalogue(&server.url("postgres")).await;
    let worker = store.begin_work(at(0)).await.unwrap();
    worker.claim(&claims(["a"]), at(0)).await.unwrap();
    let server = tokio::task::spawn_blocking(move || {
        server.restart().unwrap();
        server
    })
    .await
    .unwrap();
    worker.heartbeat(at(1)).await.unwrap();
    let other = store.begin_work(at(1)).await.unwrap();
    assert_eq!(other.claim(&claims(["a", "b"]), at(1)).await.unwrap(), claims(["b"]));
    drop(server);
}

fn busy(result: sixpotify_store::Result<Box<dyn Worker>>) -> Option<u32> {
    match result.err() {
        Some(StoreError::Busy { pid, .. }) => pid,
        other => panic!("{other:?}"),
    }
}

/// One worker per file, by whatever path; who only writes a line is not kept out.
#[tokio::test]
async fn a_file_has_one_worker_at_a_time() {
    let place = file().await;
    let store = catalogue(&place.url()).await;
    let worker = store.begin_work(at(0)).await.unwrap();
    let same_file = place.path().parent().unwrap().join(".").join(place.path().file_name().unwrap());
    let second = catalogue(&format!("sqlite:{}", same_file.display())).await;
    assert_eq!(busy(second.begin_work(at(0)).await), Some(std::process::id()));
    assert_eq!(busy(store.begin_work(at(100)).await), Some(std::process::id()), "no lease: the system knows better");
    second.settle_name("l", "A", &sixpotify_core::ArtistId::from_stored("a"), "chosen", at(1)).await.unwrap();

    drop(worker);
    let next = second.begin_work(at(1)).await.unwrap();
    assert_eq!(next.claim(&claims(["a"]), at(1)).await.unwrap(), claims(["a"]));
    assert_eq!(place.sql("select cast(id as text) from workers").await, [Some(next.id().to_string())]);
}

#[tokio::test]
async fn a_lock_that_cannot_be_made_is_told() {
    let place = file().await;
    let store = catalogue(&place.url()).await;
    let lock = format!("{}-lock", place.path().display());
    std::fs::create_dir(&lock).unwrap();
    match store.begin_work(at(0)).await.err() {
        Some(StoreError::Unreachable { reason, .. }) => assert!(reason.starts_with(&format!("cannot lock `{lock}`: "))),
        other => panic!("{other:?}"),
    }
}

/// Where the other process of [`another_process_is_told_by_its_number`] finds the catalogue.
const HELD: &str = "SIXPOTIFY_TEST_HELD_CATALOGUE";

#[tokio::test]
async fn another_process_is_told_by_its_number() {
    let place = file().await;
    let store = catalogue(&place.url()).await;
    let mut other = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "workers::the_other_process", "--ignored", "--nocapture"])
        .env(HELD, place.url())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(other.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().ends_with("at work")), "the other process did not begin to work");
    assert_eq!(busy(store.begin_work(at(0)).await), Some(other.id()));
    // As by SIGKILL: nothing of it can tidy up.
    other.kill().unwrap();
    other.wait().unwrap();
    let worker = store.begin_work(at(0)).await.unwrap();
    assert_eq!(worker.claim(&claims(["theirs"]), at(0)).await.unwrap(), claims(["theirs"]));
}

#[tokio::test]
#[ignore = "is the other process of the test above, not a test"]
async fn the_other_process() {
    let store = catalogue(&std::env::var(HELD).unwrap()).await;
    let worker = store.begin_work(at(0)).await.unwrap();
    worker.claim(&claims(["theirs"]), at(0)).await.unwrap();
    println!("at work");
    // Until it is killed, or whoever started it is gone.
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}
