//! Test databases: each empty, each alone, none left over.

use std::env;

use sixpotify_testkit::{TEST_POSTGRES, TestDatabase};
use sqlx::{Connection as _, PgConnection};

async fn exists(name: &str) -> bool {
    let mut admin = PgConnection::connect(&env::var(TEST_POSTGRES).unwrap()).await.unwrap();
    sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(name)
        .fetch_one(&mut admin)
        .await
        .unwrap()
}

#[tokio::test]
async fn each_is_empty_and_dropped_even_while_somebody_is_connected() {
    let first = TestDatabase::create().await;
    let second = TestDatabase::create().await;
    let mut connection = PgConnection::connect(&first.url).await.unwrap();
    sqlx::raw_sql("create table t (n int)").execute(&mut connection).await.unwrap();

    let mut other = PgConnection::connect(&second.url).await.unwrap();
    let tables: i64 = sqlx::query_scalar("select count(*) from pg_tables where schemaname = 'public'")
        .fetch_one(&mut other)
        .await
        .unwrap();
    assert_eq!(tables, 0);

    let name = first.url.rsplit('/').next().unwrap().to_owned();
    assert!(name.starts_with("t_"), "{name}");
    assert!(exists(&name).await);
    drop(first);
    assert!(!exists(&name).await);
    assert!(sqlx::query("select 1").execute(&mut connection).await.is_err());
}

#[tokio::test]
#[should_panic(expected = "no connection to `postgres://nobody@127.0.0.1:1/postgres`")]
async fn an_unreachable_server_fails_the_test() {
    TestDatabase::create_on("postgres://nobody@127.0.0.1:1/postgres").await;
}
