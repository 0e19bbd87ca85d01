//! Private servers: what they keep, and that nothing is left of them.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sixpotify_testkit::postgres::PrivatePostgres;
use sixpotify_testkit::wait_until;
use sqlx::{Connection as _, PgConnection};

const LIMIT: Duration = Duration::from_secs(60);

async fn connects(url: &str) -> bool {
    PgConnection::connect(url).await.is_ok()
}

#[tokio::test]
async fn committed_rows_survive_a_restart_and_a_crash_on_the_same_url() {
    let server = PrivatePostgres::start().unwrap();
    let url = server.url("postgres");
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let settings: (String, String, String) = sqlx::query_as(
        "select current_setting('server_encoding'), datcollate, current_setting('fsync') from pg_database \
         where datname = current_database()",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(settings, ("UTF8".into(), "C".into(), "off".into()));
    sqlx::raw_sql("create table kept (n int); insert into kept values (7)").execute(&mut connection).await.unwrap();

    server.restart().unwrap();
    assert!(sqlx::query("select 1").execute(&mut connection).await.is_err(), "the session must have ended");
    server.kill().unwrap();
    assert!(!connects(&url).await);
    assert!(server.kill().unwrap_err().to_string().starts_with("could not kill PostgreSQL"));
    server.resume().unwrap();

    let mut connection = PgConnection::connect(&url).await.unwrap();
    let n: i32 = sqlx::query_scalar("select n from kept").fetch_one(&mut connection).await.unwrap();
    assert_eq!(n, 7);
}

#[tokio::test]
async fn two_servers_do_not_meet_and_dropping_one_removes_it() {
    let first = PrivatePostgres::start().unwrap();
    let second = PrivatePostgres::start().unwrap();
    let (first_url, second_url) = (first.url("postgres"), second.url("postgres"));
    assert_ne!(first_url, second_url);
    let first_dir = first.log().parent().unwrap().to_path_buf();
    assert!(first_dir.exists());

    drop(first);
    assert!(!first_dir.exists());
    assert!(!connects(&first_url).await);
    assert!(connects(&second_url).await);
}

/// A process that holds a server, as xtask does.
fn holder() -> (Child, String, PathBuf) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_private-postgres"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let mut said = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut said).unwrap();
    let log = said.strip_prefix("log: ").and_then(|rest| rest.split(';').next());
    let dir = Path::new(log.unwrap_or_else(|| panic!("{said}"))).parent().unwrap().to_path_buf();
    (child, url.trim().to_owned(), dir)
}

#[tokio::test]
async fn a_killed_owner_leaves_neither_server_nor_directory() {
    let (mut owner, url, dir) = holder();
    assert!(connects(&url).await);
    assert!(dir.exists());

    // SIGKILL: nothing in the owner gets a chance to clean up.
    owner.kill().unwrap();
    owner.wait().unwrap();
    wait_until("the guardian has removed the directory", LIMIT, async || !dir.exists()).await;
    assert!(!connects(&url).await);
}

#[tokio::test]
async fn the_program_runs_until_its_input_ends() {
    let (mut owner, url, dir) = holder();
    assert!(connects(&url).await);
    drop(owner.stdin.take());
    assert!(owner.wait().unwrap().success());
    assert!(!dir.exists());
    assert!(!connects(&url).await);
}

#[tokio::test]
async fn what_its_sessions_wait_for_can_be_seen() {
    let server = PrivatePostgres::start().unwrap();
    let url = server.url("postgres");
    let mut holder = PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("create table contested (n int)").execute(&mut holder).await.unwrap();
    let mut held = holder.begin().await.unwrap();
    sqlx::raw_sql("lock table contested").execute(&mut *held).await.unwrap();
    let waiting = tokio::spawn(async move {
        let mut connection = PgConnection::connect(&url).await.unwrap();
        sqlx::raw_sql("select 'in vain' from contested").execute(&mut connection).await.map(|_| ())
    });
    wait_until("the wait is seen", LIMIT, async || {
        server.activity().unwrap().lines().any(|line| line.contains("'in vain'") && line.contains("Lock"))
    })
    .await;
    held.rollback().await.unwrap();
    waiting.await.unwrap().unwrap();
    drop(holder);
    server.stop().unwrap();
    assert!(server.activity().unwrap_err().to_string().starts_with("could not ask PostgreSQL what its sessions do"));
}
