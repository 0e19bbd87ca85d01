//! How fast many artists are written: by the store, and by the plainest way that each database has.
//!
//! `SIXPOTIFY_BENCH_POSTGRES=postgres://.. cargo bench -p sixpotify-store --bench bulk [-- ROWS [ROUNDS]]`, a million
//! rows and three rounds unless told otherwise. The plain ways get their rows ready made, key of the name included; the
//! store gets artists, and folds, cleans, sorts and compares. Rows have random ids, as Spotify's are. The median of the
//! rounds counts; the spread says how noisy the machine is. Exits with 1 where a target is missed.

use std::process::ExitCode;
use std::time::Instant;

use chrono::DateTime;
use rusqlite::{Connection, TransactionBehavior, params};
use sixpotify_core::{Artist, ArtistId, fold};
use sixpotify_store::{Access, Batch, SharedStore, open};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

/// Artists per call of the store.
const BATCH: usize = 100_000;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let Ok(server) = std::env::var("SIXPOTIFY_BENCH_POSTGRES") else {
        eprintln!(
            "SIXPOTIFY_BENCH_POSTGRES is not set: it names a PostgreSQL server on which databases may be created"
        );
        return ExitCode::FAILURE;
    };
    // Cargo adds `--bench`.
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<usize>().ok());
    let rows = numbers.next().unwrap_or(1_000_000);
    let rounds = numbers.next().unwrap_or(3).max(1);
    match tokio::runtime::Runtime::new().map_err(Into::into).and_then(|r| r.block_on(run(&server, rows, rounds))) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("the benchmark failed: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(server: &str, rows: usize, rounds: usize) -> Fallible<bool> {
    println!("{rows} artists in batches of {BATCH}, {rounds} rounds; rows/s: median (slowest to fastest)");
    let data = Data::generate(rows);
    let started = Instant::now();
    let length: usize = data.first.iter().flat_map(|b| &b.artists).map(|a| fold(&a.name).len()).sum();
    let folding = started.elapsed().as_secs_f64();
    println!("folding the names alone: {:.0} names/s ({length} bytes)", per_second(rows, folding));

    let mut database = Database::create(server).await?;
    let postgres = measure_postgres(&mut database, &data, rounds).await;
    database.drop().await?;
    let fast_enough = postgres?.report("PostgreSQL", "plain COPY", [0.55, 0.40, 0.40]);
    let sqlite = measure_sqlite(&data, rounds).await?;
    Ok(sqlite.report("SQLite", "bare insert loop", [0.5, 0.5, 0.5]) && fast_enough)
}

fn per_second(rows: usize, seconds: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a number of rows to be shown")]
    let rows = rows as f64;
    rows / seconds
}

/// The same artists in every shape that is needed.
struct Data {
    rows: usize,
    first: Vec<Batch>,
    /// All followers changed.
    changed: Vec<Batch>,
}

impl Data {
    fn generate(rows: usize) -> Self {
        let mut random = fastrand::Rng::with_seed(7);
        let words = [
            "Night",
            "River",
            "Éclair",
            "에스파",
            "Mötley",
            "of the",
            "Seoul",
            "Young",
            "&",
            "Blue",
            "Señor",
            "宇多田",
        ];
        let artists: Vec<Artist> = (0..rows)
            .map(|n| {
                let id: String = std::iter::repeat_with(|| random.alphanumeric()).take(22).collect();
                let word = |random: &mut fastrand::Rng| words[random.usize(..words.len())];
                Artist {
                    name: format!("{} {} {n}", word(&mut random), word(&mut random)),
                    followers: Some(random.u64(..50_000_000)),
                    popularity: Some(random.u8(..=100)),
                    url: Some(format!("https://open.spotify.com/artist/{id}")),
                    image_url: Some(format!("https://i.scdn.co/image/ab6761610000e5eb{id}")),
                    id: ArtistId::from_stored(id),
                }
            })
            .collect();
        let batches = |artists: &[Artist]| -> Vec<Batch> {
            artists.chunks(BATCH).map(|part| Batch { artists: part.to_vec(), ..Batch::default() }).collect()
        };
        let first = batches(&artists);
        let more: Vec<Artist> =
            artists.into_iter().map(|a| Artist { followers: a.followers.map(|f| f + 1), ..a }).collect();
        Self { rows, first, changed: batches(&more) }
    }

    fn artists(&self) -> impl Iterator<Item = &Artist> {
        self.first.iter().flat_map(|b| &b.artists)
    }
}

/// Seconds per round.
#[derive(Default)]
struct Times {
    rows: usize,
    plain: Vec<f64>,
    empty: Vec<f64>,
    same: Vec<f64>,
    changed: Vec<f64>,
}

impl Times {
    /// Prints all, and whether the targets (shares of the plain way's speed) are met.
    fn report(mut self, database: &str, plain_name: &str, targets: [f64; 3]) -> bool {
        let rows = self.rows;
        let show = |what: &str, times: &mut Vec<f64>| {
            times.sort_by(f64::total_cmp);
            let median = per_second(rows, times[times.len() / 2]);
            let slowest = per_second(rows, times[times.len() - 1]);
            let fastest = per_second(rows, times[0]);
            print!("{database}: {what:<38} {median:>8.0} rows/s ({slowest:.0} to {fastest:.0})");
            median
        };
        let plain = show(plain_name, &mut self.plain);
        println!();
        let mut met = true;
        for (what, times, target) in [
            ("store, into an empty table", &mut self.empty, targets[0]),
            ("store, every row exists, unchanged", &mut self.same, targets[1]),
            ("store, every row exists, all changed", &mut self.changed, targets[2]),
        ] {
            let share = show(what, times) / plain;
            let verdict = if share >= target { "met" } else { "MISSED" };
            println!("  {:.0}% of {plain_name}; target {:.0}%: {verdict}", share * 100.0, target * 100.0);
            met &= share >= target;
        }
        met
    }
}

async fn write_all(store: &SharedStore, batches: &[Batch], time: i64) -> Fallible<f64> {
    let now = DateTime::from_timestamp(1_795_000_000 + time, 0).ok_or("no such time")?;
    let started = Instant::now();
    for batch in batches {
        store.write(batch, now).await?;
    }
    Ok(started.elapsed().as_secs_f64())
}

/// A database of our own on the server.
struct Database {
    server: PgConnection,
    name: String,
    url: String,
}

impl Database {
    async fn create(server_url: &str) -> Fallible<Self> {
        let mut server = PgConnection::connect(server_url).await?;
        let name = format!("sixpotify_bench_{}", std::process::id());
        server.execute(AssertSqlSafe(format!("create database {name}"))).await?;
        let mut url = url::Url::parse(server_url)?;
        url.set_path(&name);
        Ok(Self { server, name, url: url.into() })
    }

    async fn drop(mut self) -> Fallible<()> {
        self.server.execute(AssertSqlSafe(format!("drop database {}", self.name))).await?;
        Ok(self.server.close().await?)
    }
}

async fn measure_postgres(database: &mut Database, data: &Data, rounds: usize) -> Fallible<Times> {
    let store = open(&database.url, Access::Write).await?;
    let mut connection = PgConnection::connect(&database.url).await?;
    for setting in ["server_version", "fsync", "synchronous_commit", "shared_buffers", "max_wal_size"] {
        let value: String =
            sqlx::query_scalar("select current_setting($1)").bind(setting).fetch_one(&mut connection).await?;
        print!("{setting} {value}  ");
    }
    println!();
    connection.execute("create table plain (like artists including all) with (fillfactor = 70)").await?;
    let text = copy_text(data);
    let mut times = Times { rows: data.rows, ..Times::default() };
    for _ in 0..rounds {
        connection.execute("truncate plain; truncate artists cascade").await?;
        connection.execute("checkpoint").await?;
        let started = Instant::now();
        let mut copy = connection.copy_in_raw("copy plain from stdin").await?;
        for chunk in text.chunks(256 * 1024) {
            copy.send(chunk).await?;
        }
        copy.finish().await?;
        times.plain.push(started.elapsed().as_secs_f64());

        connection.execute("checkpoint").await?;
        times.empty.push(write_all(&store, &data.first, 0).await?);
        connection.execute("checkpoint").await?;
        times.same.push(write_all(&store, &data.first, 1).await?);
        connection.execute("checkpoint").await?;
        times.changed.push(write_all(&store, &data.changed, 2).await?);
        let (rows, sum): (i64, i64) =
            sqlx::query_as("select count(*), sum(followers)::bigint from artists where updated_at > created_at")
                .fetch_one(&mut connection)
                .await?;
        check(data, rows, sum)?;
    }
    connection.close().await?;
    store.close().await;
    Ok(times)
}

fn copy_text(data: &Data) -> Vec<u8> {
    let mut text = String::new();
    for a in data.artists() {
        let number = |n: Option<u64>| n.map_or("\\N".to_owned(), |n| n.to_string());
        let words = |w: &Option<String>| w.clone().unwrap_or("\\N".to_owned());
        text.push_str(&format!(
            "{}\t{}\t{}\t{}\t{}\t{}\t{}\t2026-11-22 00:00:00Z\t2026-11-22 00:00:00Z\n",
            a.id,
            a.name,
            number(a.followers),
            number(a.popularity.map(u64::from)),
            words(&a.url),
            words(&a.image_url),
            fold(&a.name)
        ));
    }
    text.into_bytes()
}

async fn measure_sqlite(data: &Data, rounds: usize) -> Fallible<Times> {
    let mut times = Times { rows: data.rows, ..Times::default() };
    let keys: Vec<String> = data.artists().map(|a| fold(&a.name)).collect();
    for _ in 0..rounds {
        let directory = tempfile::tempdir()?;
        let plain = directory.path().join("plain.db");
        open(&format!("sqlite:{}", plain.display()), Access::Write).await?.close().await;
        times.plain.push(bare_loop(&plain, data, &keys)?);

        let path = directory.path().join("store.db");
        let store = open(&format!("sqlite:{}", path.display()), Access::Write).await?;
        times.empty.push(write_all(&store, &data.first, 0).await?);
        times.same.push(write_all(&store, &data.first, 1).await?);
        times.changed.push(write_all(&store, &data.changed, 2).await?);
        let (rows, sum) = Connection::open(&path)?.query_row(
            "select count(*), sum(followers) from artists where updated_at > created_at",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        check(data, rows, sum)?;
        store.close().await;
    }
    Ok(times)
}

/// A prepared statement per row in one transaction, on a connection that is set up like the store's.
fn bare_loop(path: &std::path::Path, data: &Data, keys: &[String]) -> Fallible<f64> {
    let mut connection = Connection::open(path)?;
    for (setting, value) in [("journal_mode", "wal"), ("synchronous", "normal"), ("cache_size", "-32768")] {
        connection.pragma_update_and_check(None, setting, value, |_| Ok(())).or_else(|error| match error {
            rusqlite::Error::QueryReturnedNoRows => Ok(()),
            other => Err(other),
        })?;
    }
    let started = Instant::now();
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    {
        let mut insert = transaction.prepare(
            "insert into artists (id, name, followers, popularity, url, image_url, name_key, created_at, updated_at)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
        )?;
        for (a, key) in data.artists().zip(keys) {
            let followers = a.followers.map(|f| f.cast_signed());
            let now = "2026-11-22T00:00:00.000000Z";
            insert.execute(params![a.id.as_str(), a.name, followers, a.popularity, a.url, a.image_url, key, now])?;
        }
    }
    transaction.commit()?;
    Ok(started.elapsed().as_secs_f64())
}

/// That what was measured was also done: all rows changed.
fn check(data: &Data, rows: i64, followers: i64) -> Fallible<()> {
    let expected: u64 = data.changed.iter().flat_map(|b| &b.artists).filter_map(|a| a.followers).sum();
    if usize::try_from(rows) != Ok(data.rows) || followers != expected.cast_signed() {
        return Err(
            format!("{rows} rows with {followers} followers are there, not {} with {expected}", data.rows).into()
        );
    }
    Ok(())
}
