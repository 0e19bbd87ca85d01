//! A user's own tables: into the catalogue byte for byte, and out of it again as neighbours; tables that are bad in every way.

use std::io::Write as _;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use sixpotify_testkit::{BreakableProxy, wait_until};
use spotify_sim::Mode;

use crate::app::{App, Kind, of, on_both};
use crate::dump::{assert_same, dump};

on_both!(
    tables_become_a_catalogue,
    an_import_is_the_same_twice_and_in_parts,
    names_are_kept_byte_for_byte,
    listeners_are_never_stored_in_clear,
    rows_that_cannot_be_used_are_told,
    files_that_are_no_tables_are_refused,
    killed_in_the_middle,
    artists_of_other_sources_are_found_by_their_exact_name,
    forgotten_artists_stay_out,
);

const ARTISTS: &str = "\
artist,energy,acousticness,tempo,popularity,n_tracks,genres,source
Loud One,0.9,0.1,150.5,80,10,metal|hard rock,x
Loud Two,0.88,0.12,148,20.4,3,metal,x
Calm One,0.1,0.95,70,60,5,folk,x
Calm Two,0.12,0.9,72,,,folk|singer-songwriter,x
Unknown,,,,,,,x
";

const TRACKS: &str = "\
track_id,track_name,artist,release_date,energy,acousticness,key,duration_ms,popularity,explicit
3Nrfpe0tUJi4K4DXYWgMUX,Thunder,Loud One,1999-05-01,0.9,0.1,-1,200000,80,true
own-1,\"Thunder, again\",Loud Two,2001,0.88,0.12,11,199000.0,,false
own-2,Brook,Calm One,2015-02,0.1,0.95,0,300000,10,
own-3,Brook - Live,Calm One,2016,0.11,0.94,0,310000,5,
own-4,Stream,Calm Two,,0.12,0.9,,,50,0
";

const COLISTEN: &str = "\
user,artist,plays
ann,Loud One,10
ann,Loud Two,3
ben,Loud One,1
ben,Loud Two,7
ben,Nobody Else,5
eve,Calm One,2
eve,Calm Two,1
";

async fn new(kind: Kind) -> App {
    App::new(kind, Mode::Extended).await
}

/// Writes the three tables; gives the arguments that import them.
fn all_three(app: &App) -> Vec<String> {
    let mut args: Vec<String> = vec!["import".into(), "csv".into()];
    for (flag, name, text) in [
        ("--artists", "artists.csv", ARTISTS),
        ("--tracks", "tracks.csv", TRACKS),
        ("--colisten", "colisten.csv", COLISTEN),
    ] {
        args.extend([flag.to_owned(), app.file(name, text).display().to_string()]);
    }
    args
}

fn words(args: &[String]) -> Vec<&str> {
    args.iter().map(String::as_str).collect()
}

async fn imported(app: &App, flag: &str, text: impl AsRef<[u8]>) -> Value {
    let file = app.file("table.csv", text);
    app.json(&["import", "csv", flag, file.to_str().unwrap(), "--json"]).await
}

async fn tables_become_a_catalogue(kind: Kind) {
    let app = new(kind).await;
    let args = all_three(&app);
    let said = app.run(&words(&args)).await;
    assert_eq!(said.code, 0, "{said:#?}");
    let out = app.without_folder(&said.stdout);
    let (rows, seconds) = out.rsplit_once(" in ").unwrap();
    assert!(seconds.ends_with(" s\n"), "{out}");
    assert_eq!(
        rows,
        "[DIR]/artists.csv: 5 of 5 rows stored\n\
         [DIR]/tracks.csv: 5 of 5 rows stored\n\
         [DIR]/colisten.csv: 6 of 7 rows stored, 1 left out as their artists are not in the catalogue\n\
         5 new artists"
    );
    let talk = app.without_folder(&said.stderr);
    assert!(talk.contains("[DIR]/artists.csv: without danceability, key, loudness"), "{talk}");
    assert!(talk.contains("[DIR]/artists.csv: not used: source\n"), "{talk}");
    assert!(talk.contains("`--add-artists` takes in artists that only this table names"), "{talk}");

    let status = app.json(&["status", "--json"]).await;
    assert_eq!((&status["runs"][0]["job"], &status["runs"][0]["outcome"]), (&"import".into(), &"done".into()));
    let report = app.json(&["relate", "--json"]).await;
    assert_eq!(
        ["artists", "with_audio", "with_genres", "with_listeners", "listeners", "related"]
            .map(|key| report[key].as_u64()),
        [5, 4, 4, 4, 3, 4].map(Some),
        "{report:#}"
    );
    assert_eq!(report["sources"], serde_json::json!(["csv"]));
    let near = app.json(&["similar", "Loud One", "--json"]).await;
    assert_eq!(near["similar"][0]["name"], "Loud Two", "{near:#}");
    let because = near["similar"][0]["because"].as_str().unwrap();
    assert!(because.contains("metal") && because.contains("heard by the same people"), "{because}");
    let shown = app.json(&["show", "Loud Two", "--json"]).await;
    assert_eq!((&shown["popularity"], &shown["genres"][0][1]), (&20.into(), &"csv".into()), "{shown:#}");
}

/// The same tables leave the same catalogue: again, one at a time, in any order, and from any database.
async fn an_import_is_the_same_twice_and_in_parts(kind: Kind) {
    let app = new(kind).await;
    let args = all_three(&app);
    app.ok(&words(&args)).await;
    let once = dump(&app.url).await;
    assert!(once.contains("artist_features: 4 rows") && once.contains("listens: 6 rows"), "{once}");
    app.ok(&words(&args)).await;
    assert_same(&once, &dump(&app.url).await);

    let parts = new(kind).await;
    let args = all_three(&parts);
    parts.ok(&words(&args[..4])).await;
    for flag in [6, 4] {
        let file = args[flag + 1].as_str();
        parts.ok(&["import", "csv", &args[flag], file, "--known-only"]).await;
    }
    // Each catalogue has a salt of its own, so listeners have other names there.
    let without_users = |dump: &str| {
        let keep = |line: &&str| line.matches(|c: char| c.is_ascii_hexdigit()).count() < 60 || !line.contains("plays");
        dump.lines().filter(keep).map(str::to_owned).collect::<Vec<_>>().join("\n")
    };
    if kind == Kind::Postgres {
        assert_same(&without_users(&once), &without_users(&dump(&parts.url).await));
    }
}

/// Two spellings are two artists; quotes, commas, blanks and line ends come back as they were.
async fn names_are_kept_byte_for_byte(kind: Kind) {
    let app = new(kind).await;
    let names =
        ["AC/DC", "ac/dc", " Blank ", "Tyler, The Creator", "\"Weird Al\" Yankovic", "에스파", "two\r\nlines", "=1+1"];
    let mut table = String::from("artist,energy,genres\r\n");
    for (n, name) in names.iter().enumerate() {
        table.push_str(&format!("\"{}\",0.{n},g{}\r\n", name.replace('"', "\"\""), n % 2));
    }
    let report = imported(&app, "--artists", &table).await;
    assert_eq!((&report["new_artists"], &report["files"][0]["stored"]), (&8.into(), &8.into()), "{report:#}");
    app.ok(&["relate", "--depth", "100"]).await;
    let rows = app.ok(&["similar", "--all", "--depth", "100", "--format", "csv"]).await;
    let mut reader = csv::Reader::from_reader(rows.as_bytes());
    assert_eq!(reader.headers().unwrap(), vec!["artist", "neighbour", "rank", "distance"]);
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    for name in names {
        let own: Vec<&csv::StringRecord> = records.iter().filter(|record| &record[0] == name).collect();
        // Every other one, but the other spelling.
        let expected = if name.eq_ignore_ascii_case("ac/dc") { 6 } else { 7 };
        assert_eq!(own.len(), expected, "{name:?}: {own:?}");
        assert!(own.iter().zip(1..).all(|(record, rank)| record[2] == rank.to_string()), "{own:?}");
    }
    let lines = app.ok(&["similar", "--all", "--format", "json", "-n", "1"]).await;
    assert_eq!(lines.lines().count(), names.len());
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert!(names.contains(&first["artist"].as_str().unwrap()), "{first}");
}

async fn listeners_are_never_stored_in_clear(kind: Kind) {
    let app = new(kind).await;
    imported(&app, "--colisten", "user,artist\nann@example.org,A\nann@example.org,B\nben,A\n").await;
    let all = dump(&app.url).await;
    assert!(all.contains("artists: 2 rows") && all.contains("listens: 3 rows"), "{all}");
    assert!(!all.contains("ann") && !all.contains("\"ben\""), "{all}");
    let other = new(kind).await;
    imported(&other, "--colisten", "user,artist\nann@example.org,A\nann@example.org,B\nben,A\n").await;
    let listens = |text: &str| text.split("listens: ").nth(1).unwrap().to_owned();
    assert_ne!(listens(&all), listens(&dump(&other.url).await), "each catalogue has its own salt");
}

/// Bad rows cost themselves only, and are named by their lines.
async fn rows_that_cannot_be_used_are_told(kind: Kind) {
    let app = new(kind).await;
    let huge = "x".repeat(2 << 20);
    let table = [
        &b"artist,energy,popularity,genres\nGood,0.5,50,pop\n,0.5,1,pop\n"[..],
        b"Bad \xFF bytes,0.5,1,pop\nToo,many,fields,here,now\nNumbers,inf,101,pop\n",
        format!("{huge},0.5,1,pop\n").as_bytes(),
        b"\"Never closed,0.5,1,pop\nGood,NaN,51,rock\nAfter,0.25,,\nCut off,0.",
    ]
    .concat();
    // The beginning decides on the encoding: the row with bad bytes must not be part of it.
    let padding = "Pad,0.1,1,pop\n".repeat((1 << 20) / 14 + 1);
    let head = b"artist,energy,popularity,genres\n";
    let table = [&head[..], padding.as_bytes(), &table[head.len()..]].concat();
    let first = padding.lines().count() + 2;
    let report = imported(&app, "--artists", &table).await;
    let file = &report["files"][0];
    let told: Vec<(u64, String)> = file["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (p["line"].as_u64().unwrap() - first as u64, p["reason"].as_str().unwrap().to_owned()))
        .collect();
    let expected = [
        (1, "has no artist".to_owned()),
        (2, "holds bytes that are no text".to_owned()),
        (3, "has 5 fields where the header has 4".to_owned()),
        (4, "`inf` is no energy".to_owned()),
        (4, "`101` is no popularity".to_owned()),
        (5, format!("a line of {} bytes is too long", (2 << 20) + 11)),
        (6, "a quote is opened and never closed".to_owned()),
        (9, "has 2 fields where the header has 4".to_owned()),
    ];
    assert_eq!(told, expected);
    assert_eq!((&file["skipped"], &file["unusable_cells"]), (&6.into(), &2.into()), "{file:#}");
    let artists = app.json(&["status", "--json"]).await["counts"]["artists"].clone();
    assert_eq!(artists, 4, "Pad, Good, Numbers, After");
    let good = app.json(&["show", "Good", "--json"]).await;
    assert_eq!((&good["popularity"], &good["genres"][0][0]), (&51.into(), &"rock".into()), "the last row counts");

    let listens = imported(&app, "--colisten", "user,artist,plays\nu,Good,0\nu,Good,x\nu,,1\n,Good,1\nu,Good,\n").await;
    assert_eq!(
        (&listens["files"][0]["stored"], &listens["files"][0]["skipped"]),
        (&1.into(), &4.into()),
        "{listens:#}"
    );
}

async fn files_that_are_no_tables_are_refused(kind: Kind) {
    let app = new(kind).await;
    for (flag, bytes, expected) in [
        ("--artists", &b""[..], "error: `[DIR]/bad.csv` is empty\n"),
        (
            "--artists",
            b"PK\x03\x04\0\0\0\0\x01",
            "error: `[DIR]/bad.csv` is not a text file (line 1 holds binary data)\n",
        ),
        ("--artists", b"artist\nBeyonc\xE9\n", "error: `[DIR]/bad.csv` is not UTF-8 text (line 2)\n"),
        (
            "--artists",
            b"band,energy\nX,0.1\n",
            "error: `[DIR]/bad.csv` has no column `artist`; the first line names: band, energy\n",
        ),
        (
            "--tracks",
            b"track_name\nX\n",
            "error: `[DIR]/bad.csv` has no column `track_id`; the first line names: track_name\n",
        ),
        (
            "--colisten",
            b"artist,plays\nX,1\n",
            "error: `[DIR]/bad.csv` has no column `user`; the first line names: artist, plays\n",
        ),
        (
            "--artists",
            b"\"artist,energy\nX,0.1\n",
            "error: `[DIR]/bad.csv` begins with a line that is no header: a quote is opened and never closed\n",
        ),
    ] {
        let file = app.file("bad.csv", bytes);
        let said = app.run(&["import", "csv", flag, file.to_str().unwrap()]).await;
        assert_eq!(said.code, 1, "{said:#?}");
        let talk = app.without_folder(&said.stderr);
        assert!(talk.contains(expected) && talk.contains("\nhint: "), "{talk}");
    }
    let missing = app.fails(1, &["import", "csv", "--tracks", "nowhere.csv"]).await;
    assert!(missing.contains("error: cannot read `nowhere.csv`: there is no such file\n"), "{missing}");
    let nothing = app.run(&["import", "csv"]).await;
    assert_eq!(nothing.code, 2, "{nothing:#?}");
    // Every row is bad: nothing is stored, and that is no success.
    let file = app.file("bad.csv", "artist\n\"\"\n\" \"\n");
    assert_eq!(app.run(&["import", "csv", "--artists", file.to_str().unwrap()]).await.code, 1);
}

/// More rows than one transaction takes.
fn many(rows: usize) -> String {
    let mut table = String::from("artist,energy,genres\n");
    for n in 0..rows {
        table.push_str(&format!("Artist {n},0.{},genre {}|all\n", n % 10, n % 7));
    }
    table
}

async fn killed_in_the_middle(kind: Kind) {
    let table = many(30_000);
    let undisturbed = new(kind).await;
    imported(&undisturbed, "--artists", &table).await;

    let app = new(kind).await;
    app.ok(&["migrate"]).await;
    let file = app.file("table.csv", &table);
    let args = ["import", "csv", "--artists", file.to_str().unwrap()];
    for most in [0, 10_000] {
        let mut child = app.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_until("a part is stored", Duration::from_secs(240), async || stored(&app).await > most).await;
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(stored(&app).await.is_multiple_of(10_000), "whole transactions only");
    }
    app.ok(&args).await;
    assert_same(&dump(&undisturbed.url).await, &dump(&app.url).await);
}

async fn stored(app: &App) -> u64 {
    let sql = "select count(*) from artists";
    let count: i64 = if let Some(path) = app.url.strip_prefix("sqlite:") {
        rusqlite::Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
    } else {
        use sqlx::Connection as _;
        let mut db = sqlx::PgConnection::connect(&app.url).await.unwrap();
        sqlx::query_scalar(sql).fetch_one(&mut db).await.unwrap()
    };
    u64::try_from(count).unwrap()
}

/// Co-listening for artists that were ingested: the exact name leads to them, and once found they stay found.
async fn artists_of_other_sources_are_found_by_their_exact_name(kind: Kind) {
    let app = new(kind).await;
    app.ok(&["ingest", "--name", "Eminem", "--facets", "profile,genres"]).await;
    let eminem = app.json(&["show", "Eminem", "--json"]).await;
    let table = "artist,popularity,genres\nEminem,1,from the table\neminem,2,\n";
    let report = imported(&app, "--artists", table).await;
    assert_eq!(report["new_artists"], 1, "the other spelling: {report:#}");
    let after = app.json(&["show", eminem["id"].as_str().unwrap(), "--json"]).await;
    assert_eq!((&after["id"], &after["popularity"]), (&eminem["id"], &eminem["popularity"]));
    assert_eq!(after["genres"], serde_json::json!([["from the table", "csv"]]));
    let terms = app.run(&["relate"]).await;
    assert!(terms.stderr.contains("docs/terms.md"), "{terms:#?}");
    assert!(!app.run(&["relate"]).await.stderr.contains("docs/terms.md"), "said once");
    let open = app.json(&["relate", "--sources", "open", "--json"]).await;
    assert_eq!(open["sources"], serde_json::json!(["csv"]), "{open:#}");
}

async fn forgotten_artists_stay_out(kind: Kind) {
    let app = new(kind).await;
    imported(&app, "--artists", ARTISTS).await;
    app.ok(&["forget", "Calm One"]).await;
    let report = imported(&app, "--artists", ARTISTS).await;
    assert_eq!((&report["files"][0]["forgotten"], &report["files"][0]["stored"]), (&1.into(), &4.into()), "{report:#}");
    app.fails(1, &["show", "Calm One"]).await;
    let report = imported(&app, "--tracks", TRACKS).await;
    assert_eq!((&report["files"][0]["stored"], &report["new_artists"]), (&5.into(), &0.into()), "{report:#}");
}

/// The rows come through a pipe while the network breaks: the import waits for the server and loses nothing.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_is_gone_for_a_moment() {
    let mut app = new(Kind::Postgres).await;
    let direct = app.url.clone();
    let (proxy, url) = BreakableProxy::in_front_of(&direct).await.unwrap();
    app.ok(&["migrate"]).await;
    let pipe = app.folder().join("pipe.csv");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    app.url = format!("{url}?connect_timeout=2");
    let args = ["import", "csv", "--artists", pipe.to_str().unwrap()];
    let child = app.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    app.url = direct;
    // Much more than what the encoding is judged by, which is read before anything else.
    let table = many(90_000);
    let (first, rest) = table.split_at(table.len() / 2);
    let mut file = tokio::task::spawn_blocking({
        let (pipe, first) = (pipe.clone(), first.to_owned());
        move || {
            let mut file = std::fs::OpenOptions::new().write(true).open(pipe).unwrap();
            file.write_all(first.as_bytes()).unwrap();
            file
        }
    })
    .await
    .unwrap();
    wait_until("a part is stored", Duration::from_secs(240), async || stored(&app).await >= 10_000).await;
    proxy.cut().await;
    let rest = rest.to_owned();
    let writing = tokio::task::spawn_blocking(move || file.write_all(rest.as_bytes()).unwrap());
    let refused = proxy.refused();
    wait_until("it has tried again", Duration::from_secs(240), async || proxy.refused() > refused).await;
    proxy.restore();
    writing.await.unwrap();
    let said = of(&tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap());
    assert_eq!(said.code, 0, "{said:#?}");
    assert!(said.stderr.contains("the catalogue is not available"), "{said:#?}");
    assert_eq!(stored(&app).await, 90_000);

    proxy.cut().await;
    app.url = format!("{url}?connect_timeout=1");
    let file = app.file("table.csv", ARTISTS);
    let gone = app.fails(1, &["import", "csv", "--artists", file.to_str().unwrap()]).await;
    assert!(gone.contains("\nhint: "), "{gone}");
}
