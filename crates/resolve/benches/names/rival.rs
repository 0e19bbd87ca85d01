//! The rival: PostgreSQL with the same names under a trigram index.

use std::time::Instant;

use sixpotify_core::fold;
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _, Row as _};

use crate::made::{Made, Query};
use crate::{Fallible, Figures};

/// Rows that are sent at once.
const CHUNK: usize = 50_000;

/// Asks PostgreSQL `queries`; `None` where it has no trigrams. Its tables are temporary.
pub(crate) async fn measure(server: &str, made: &Made, queries: &[Query]) -> Fallible<Option<Figures>> {
    let mut connection = PgConnection::connect(server).await?;
    if connection.execute("create extension if not exists pg_trgm").await.is_err() {
        return Ok(None);
    }
    connection.execute("create temp table names (name text not null, key text not null)").await?;
    let forms: Vec<(&str, String)> = made
        .artists
        .iter()
        .flat_map(|artist| {
            std::iter::once(&artist.name).chain(&artist.aliases).map(|form| (artist.name.as_str(), fold(form)))
        })
        .collect();
    let started = Instant::now();
    for chunk in forms.chunks(CHUNK) {
        let (names, keys): (Vec<&str>, Vec<&str>) = chunk.iter().map(|(name, key)| (*name, key.as_str())).unzip();
        sqlx::query("insert into names select * from unnest($1::text[], $2::text[])")
            .bind(names)
            .bind(keys)
            .execute(&mut connection)
            .await?;
    }
    connection.execute("create index on names using gin (key gin_trgm_ops)").await?;
    connection.execute("analyze names").await?;
    println!("pg_trgm: loaded and indexed in {:.1} s", started.elapsed().as_secs_f64());
    let mut times = Vec::with_capacity(queries.len());
    let (mut right, mut found_any) = (0, 0);
    for query in queries {
        let key = fold(&query.text);
        let started = Instant::now();
        let row = sqlx::query("select name from names where key % $1 order by similarity(key, $1) desc, key limit 1")
            .bind(&key)
            .fetch_optional(&mut connection)
            .await?;
        times.push(started.elapsed());
        let found: Option<String> = row.map(|row| row.try_get(0)).transpose()?;
        found_any += usize::from(found.is_some());
        right += usize::from(found.is_some() && found == query.meant);
    }
    connection.close().await?;
    Ok(Some(Figures::of(times, right, found_any, "pg_trgm, the most similar name")))
}
