//! How fast dumps are imported: MusicBrainz's artists into PostgreSQL, against `COPY` of the same rows into the same tables, with all
//! their indexes and keys, and once more with their primary keys only;
//! ListenBrainz's listens into counts; unpacking alone; and the same imports into SQLite, which has no target.
//!
//! `SIXPOTIFY_BENCH_POSTGRES=postgres://.. cargo bench -p sixpotify-pipeline --bench dumps [-- ARTISTS [LISTENS]]`, 300,000
//! artists and 3,000,000 listens unless told otherwise. The dumps are made here, of the real shape, and bare: what xz and zstd
//! take is measured apart. Exits with 1 where a target is missed. Peak memory is this process's (Linux).

mod made;
#[path = "../ingest/system.rs"]
#[expect(dead_code, reason = "shared with the other bench")]
mod system;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use futures_util::StreamExt as _;
use sixpotify_pipeline::{
    DumpOptions, DumpProgress, DumpReport, DumpSnapshot, import_listenbrainz, import_musicbrainz,
};
use sixpotify_sources::SystemClock;
use sixpotify_store::{Access, SharedStore, open};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use tokio::sync::watch;

type Fallible<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Tables that an import of artists fills, in an order in which they can be filled.
const TABLES: [&str; 6] = ["artists", "artist_link", "artist_alias", "genre_vote", "artist_genre", "facets"];

/// Times that `COPY` of the same rows takes, at most.
const MOST_TIMES: f64 = 2.0;

/// Artists a second, and listens a second, at least.
const ARTISTS_PER_SECOND: f64 = 40_000.0;
const LISTENS_PER_SECOND: f64 = 500_000.0;

/// Peak memory in bytes, at most.
const MOST_MEMORY: u64 = 300 << 20;

struct Silent;

impl DumpProgress for Silent {
    fn saved(&self, _: DumpSnapshot) {}
}

fn main() -> ExitCode {
    let Ok(server) = std::env::var("SIXPOTIFY_BENCH_POSTGRES") else {
        eprintln!(
            "SIXPOTIFY_BENCH_POSTGRES is not set: it names a PostgreSQL server on which databases may be created"
        );
        return ExitCode::FAILURE;
    };
    // Cargo adds `--bench`.
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<usize>().ok());
    let (artists, listens) = (numbers.next().unwrap_or(300_000), numbers.next().unwrap_or(3_000_000));
    println!("{}", system::described());
    match tokio::runtime::Runtime::new().map_err(Into::into).and_then(|r| r.block_on(run(&server, artists, listens))) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("the benchmark failed: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(server: &str, artists: usize, listens: usize) -> Fallible<bool> {
    let folder = tempfile::tempdir()?;
    let (dump, heard) = (folder.path().join("artist"), folder.path().join("listens.tar"));
    let bytes = made::artists(&dump, artists)?;
    let heard_bytes = made::listens(&heard, listens, artists)?;
    println!("{artists} artists in {} MB, {listens} listens in {} MB", bytes >> 20, heard_bytes >> 20);

    let catalogue = Database::create(server, "dumps").await?;
    let store = open(&catalogue.url, Access::Write).await?;
    let report = timed("import musicbrainz", artists, || imported(&store, &dump)).await?;
    let memory = system::peak_memory();
    let (imported_in, counted_in) = {
        let listened = timed("import listenbrainz", listens, || counted(&store, &heard)).await?;
        (report.0, listened.0)
    };
    let peak = system::peak_memory().or(memory);
    println!("peak memory {} MB", peak.unwrap_or(0) >> 20);
    timed("import musicbrainz once more (--force)", artists, || imported_again(&store, &dump)).await?;

    let copy = Database::create(server, "copied").await?;
    open(&copy.url, Access::Write).await?.close().await;
    let copied_in = copied(&catalogue.url, &copy.url).await?;
    println!("COPY of the same rows {copied_in:.2} s, {:.0} artists a second", per_second(artists, copied_in));
    let bare = Database::create(server, "bare").await?;
    open(&bare.url, Access::Write).await?.close().await;
    only_primary_keys(&bare.url).await?;
    let bare_in = copied(&catalogue.url, &bare.url).await?;
    println!("COPY with primary keys only {bare_in:.2} s, {:.0} artists a second", per_second(artists, bare_in));
    unpacked(&dump, bytes)?;
    store.close().await;
    catalogue.drop().await?;
    copy.drop().await?;
    bare.drop().await?;

    let file = open(&format!("sqlite:{}", folder.path().join("catalogue.db").display()), Access::Write).await?;
    timed("import musicbrainz into SQLite", artists, || imported(&file, &dump)).await?;
    timed("import listenbrainz into SQLite", listens, || counted(&file, &heard)).await?;
    file.close().await;

    let mut met = true;
    let mut target = |name: &str, value: f64, limit: f64, at_least: bool| {
        let good = if at_least { value >= limit } else { value <= limit };
        println!(
            "{name}: {value:.2} ({} {limit}){}",
            if at_least { "at least" } else { "at most" },
            if good { "" } else { " MISSED" }
        );
        met &= good;
    };
    target("times COPY of the same rows", imported_in / copied_in, MOST_TIMES, false);
    target("times COPY with primary keys only", imported_in / bare_in, MOST_TIMES, false);
    target("artists a second", per_second(artists, imported_in), ARTISTS_PER_SECOND, true);
    target("listens a second", per_second(listens, counted_in), LISTENS_PER_SECOND, true);
    if let Some(peak) = peak {
        target("peak memory in MB", (peak >> 20) as f64, (MOST_MEMORY >> 20) as f64, false);
    }
    Ok(met)
}

fn per_second(n: usize, seconds: f64) -> f64 {
    n as f64 / seconds
}

async fn timed<F: Future<Output = Fallible<DumpReport>>>(
    what: &str,
    n: usize,
    work: impl FnOnce() -> F,
) -> Fallible<(f64, DumpReport)> {
    let started = Instant::now();
    let report = work().await?;
    let seconds = started.elapsed().as_secs_f64();
    println!("{what}: {seconds:.2} s, {:.0} a second", per_second(n, seconds));
    Ok((seconds, report))
}

fn options(path: &Path) -> DumpOptions {
    DumpOptions { path: path.to_owned(), force: false, open_licence: false, salt: "bench".to_owned() }
}

async fn imported(store: &SharedStore, path: &Path) -> Fallible<DumpReport> {
    let (_keep, stop) = watch::channel(false);
    Ok(import_musicbrainz(store, &options(path), Arc::new(SystemClock), &Silent, stop).await?)
}

async fn imported_again(store: &SharedStore, path: &Path) -> Fallible<DumpReport> {
    let (_keep, stop) = watch::channel(false);
    let options = DumpOptions { force: true, ..options(path) };
    Ok(import_musicbrainz(store, &options, Arc::new(SystemClock), &Silent, stop).await?)
}

async fn counted(store: &SharedStore, path: &Path) -> Fallible<DumpReport> {
    let (_keep, stop) = watch::channel(false);
    Ok(import_listenbrainz(store, &options(path), Arc::new(SystemClock), &Silent, stop).await?)
}

/// Seconds that `COPY` takes for all rows, in one transaction a table.
async fn copied(from: &str, to: &str) -> Fallible<f64> {
    let mut source = PgConnection::connect(from).await?;
    let mut target = PgConnection::connect(to).await?;
    let mut seconds = 0.0;
    for table in TABLES {
        let mut rows: Vec<u8> = Vec::new();
        let sql = format!("copy {table} to stdout");
        let mut out = source.copy_out_raw(&sql).await?;
        while let Some(part) = out.next().await {
            rows.extend_from_slice(&part?);
        }
        drop(out);
        let started = Instant::now();
        let mut copy = target.copy_in_raw(&format!("copy {table} from stdin")).await?;
        for part in rows.chunks(256 * 1024) {
            copy.send(part).await?;
        }
        copy.finish().await?;
        seconds += started.elapsed().as_secs_f64();
    }
    Ok(seconds)
}

/// Takes away what an import of artists keeps up and `COPY` need not: foreign keys, all triggers, all indexes but primary keys.
async fn only_primary_keys(url: &str) -> Fallible<()> {
    let mut connection = PgConnection::connect(url).await?;
    for table in TABLES {
        connection.execute(AssertSqlSafe(format!("alter table {table} disable trigger user"))).await?;
    }
    let extras: Vec<String> = sqlx::query_scalar(
        "select format('alter table %s drop constraint %I', conrelid::regclass, conname) from pg_constraint
         where contype = 'f' and conrelid = any($1::text[]::regclass[])
         union all
         select format('drop index %s', indexrelid::regclass) from pg_index
         where not indisprimary and indrelid = any($1::text[]::regclass[])",
    )
    .bind(&TABLES[..])
    .fetch_all(&mut connection)
    .await?;
    for sql in extras {
        connection.execute(AssertSqlSafe(sql)).await?;
    }
    Ok(())
}

/// Says how fast a part of the dump is unpacked.
fn unpacked(dump: &Path, bytes: u64) -> Fallible<()> {
    use std::io::{Read as _, Write as _};
    let mut plain = Vec::new();
    std::fs::File::open(dump)?.take(64 << 20).read_to_end(&mut plain)?;
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
    encoder.write_all(&plain)?;
    let xz = encoder.finish()?;
    let zstd = ruzstd::encoding::compress_to_vec(plain.as_slice(), ruzstd::encoding::CompressionLevel::Fastest);
    let rate = |seconds: f64| (plain.len() >> 20) as f64 / seconds;
    let started = Instant::now();
    std::io::copy(&mut liblzma::read::XzDecoder::new(xz.as_slice()), &mut std::io::sink())?;
    let xz = rate(started.elapsed().as_secs_f64());
    let started = Instant::now();
    std::io::copy(&mut ruzstd::decoding::StreamingDecoder::new(zstd.as_slice())?, &mut std::io::sink())?;
    println!(
        "unpacking: xz {xz:.0} MB/s, zstd {:.0} MB/s (of {} MB)",
        rate(started.elapsed().as_secs_f64()),
        bytes >> 20
    );
    Ok(())
}

/// A database of our own.
struct Database {
    server: String,
    name: String,
    url: String,
}

impl Database {
    async fn create(server: &str, what: &str) -> Fallible<Self> {
        let name = format!("sixpotify_bench_{what}_{}", std::process::id());
        let mut connection = PgConnection::connect(server).await?;
        connection.execute(AssertSqlSafe(format!("create database {name}"))).await?;
        let mut url = url::Url::parse(server)?;
        url.set_path(&name);
        Ok(Self { server: server.to_owned(), url: url.to_string(), name })
    }

    async fn drop(self) -> Fallible<()> {
        let mut connection = PgConnection::connect(&self.server).await?;
        connection.execute(AssertSqlSafe(format!("drop database {} with (force)", self.name))).await?;
        Ok(())
    }
}
