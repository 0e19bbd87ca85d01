//! Whatever is wrong: one sentence with what and where, a hint, the right exit code, and a catalogue that is whole.

use spotify_sim::Mode;

use crate::app::{App, Kind, on_both, said};

on_both!(newer_schema, wrong_secret, html_instead_of_json, nothing_there_yet);

async fn app() -> App {
    App::new(Kind::Sqlite, Mode::Extended).await
}

/// Commands that never come as far as a database are tested on one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_are_no_lists() {
    let app = app().await;
    app.file("empty.csv", "");
    app.file("blank.csv", "\n  \r\n");
    app.file("garbage.csv", [0x89, b'P', b'N', b'G', b'\n', 0, 1, 2, 0xFF]);
    app.file("western.csv", b"BTS\nBeyonc\xE9\n");
    std::fs::create_dir(app.folder().join("folder")).unwrap();
    let plain = "a list of names is plain text: one name a line, or CSV with a column `name`";
    let one = "one name a line, or CSV with a column `name`";
    for (file, error, hint) in [
        ("missing.csv", "cannot read `missing.csv`: there is no such file", "`-` reads names from standard input"),
        ("folder", "`folder` is a directory", "name a CSV file of artist names"),
        ("empty.csv", "`empty.csv` holds no names", one),
        ("blank.csv", "`blank.csv` holds no names", one),
        ("garbage.csv", "`garbage.csv` is not a text file (line 2 holds binary data)", plain),
        (
            "western.csv",
            "`western.csv` is not UTF-8 text (line 2)",
            "save it as UTF-8 (in a spreadsheet: \"CSV UTF-8\")",
        ),
    ] {
        assert_eq!(app.fails(1, &["ingest", file]).await, format!("error: {error}\n\nhint: {hint}\n"));
    }
    assert!(!app.folder().join("catalogue.db").exists());
    assert_eq!(app.sim.stats().requests, 0);
}

/// "CSV" and "Unicode text" as a Korean spreadsheet writes them: converted, and said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_of_korean_spreadsheets() {
    let app = app().await;
    app.file("cp949.csv", b"name\r\nMetallica\r\n\xB9\xE6\xC5\xBA\xBC\xD2\xB3\xE2\xB4\xDC\r\n");
    let text = "\u{feff}name\r\nMetallica\r\n방탄소년단\r\n";
    app.file("unicode.txt", text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    for (file, note) in [
        ("cp949.csv", "`cp949.csv` is written in CP949 (EUC-KR): converted"),
        ("unicode.txt", "`unicode.txt` is written in UTF-16: converted"),
    ] {
        let said = app.run(&["ingest", file, "--facets", "profile", "--json"]).await;
        assert_eq!(said.code, 0, "{said:#?}");
        assert!(said.stderr.contains(note), "{said:#?}");
        let report: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
        assert_eq!((&report["names"], &report["found"]), (&2.into(), &1.into()), "{report:#}");
        assert_eq!(report["not_found_names"][0]["name"], "방탄소년단", "{report:#}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_of_a_megabyte_is_left_out_and_named() {
    let app = app().await;
    app.file("long.csv", format!("Metallica\n{}\nDrake\n", "x".repeat(1 << 20)));
    let said = app.run(&["ingest", "long.csv", "--facets", "profile", "--json"]).await;
    assert_eq!(said.code, 0, "{said:#?}");
    assert!(said.stderr.contains("line 2 left out: 1048576 bytes are too long for a name: `xxxx"), "{said:#?}");
    let report: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!((&report["names"], &report["found"]), (&2.into(), &2.into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn database_urls_that_lead_nowhere() {
    let app = app().await;
    app.file("text.db", "this is no database, but it is long enough to be taken for one at first sight. ".repeat(40));
    std::fs::create_dir(app.folder().join("folder")).unwrap();
    for (url, what) in [
        ("mysql://root:hush@localhost/x", "is not a database URL"),
        ("nonsense", "is not a database URL"),
        ("postgres://user:hush@127.0.0.1:1/name", "cannot open the catalogue at `postgres://user@127.0.0.1:1/name`"),
        ("postgres://user:hush@no-such-host.invalid/name", "cannot open the catalogue at"),
        (
            "postgres://user:hush@127.0.0.1:1/name?sslmode=verify-full&sslrootcert=/no/such/file",
            "cannot open the catalogue at",
        ),
        ("sqlite:text.db", "cannot open the catalogue at `sqlite:[DIR]/text.db`"),
        ("sqlite:folder", "cannot open the catalogue at `sqlite:[DIR]/folder`"),
        ("sqlite:/proc/none/catalogue.db", "cannot open the catalogue at `sqlite:/proc/none/catalogue.db`"),
    ] {
        let stderr = app.fails(1, &["ingest", "--name", "Metallica", "--database-url", url]).await;
        assert!(stderr.starts_with("error: ") && stderr.contains(what), "{url}: {stderr}");
        assert!(stderr.contains("\nhint: ") && !stderr.contains("hush"), "{url}: {stderr}");
        assert_eq!(stderr.trim_end().lines().count(), 3, "one sentence, a blank line, a hint: {stderr}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_usage_is_exit_code_2() {
    let app = app().await;
    for args in [
        &["ingest"][..],
        &["ingest", "x.csv", "--facets", "album"],
        &["ingest", "x.csv", "--max-wait", "soon"],
        &["relate", "--depth", "0"],
        &["similar"],
        &["nonsense"],
        &["status", "--demo", "--database-url", "sqlite:x"],
    ] {
        let stderr = app.fails(2, args).await;
        assert!(stderr.starts_with("error: "), "{args:?}: {stderr}");
    }
    let mut command = app.command(&["ingest", "--name", "BTS"]);
    command.env_remove("SPOTIFY_CLIENT_SECRET");
    let said = said(command).await;
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("spotify needs SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET"), "{said:#?}");
    assert!(said.stderr.contains("hint: "), "{said:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_files_with_mistakes() {
    let app = app().await;
    for (text, error) in [
        ("databse_url = \"sqlite:x\"", "unknown setting `databse_url` in `sixpotify.toml`"),
        ("database_url = ", "is not valid TOML"),
        ("spotify_market = 1.5", "neither text nor a whole number"),
    ] {
        app.file("sixpotify.toml", text);
        let stderr = app.fails(2, &["config"]).await;
        assert!(stderr.contains(error), "{stderr}");
    }
    app.file("sixpotify.toml", "databse_url = \"sqlite:x\"");
    assert!(app.fails(2, &["config"]).await.contains("the nearest known one is `database_url`"));
    app.file("sixpotify.toml", "spotify_market = \"KR\"\nspotify_client_secret = \"hush\"");
    let shown = app.ok(&["config"]).await;
    assert!(shown.contains("sixpotify.toml") && !shown.contains("hush") && !shown.contains("demo-secret"), "{shown}");
}

async fn newer_schema(kind: Kind) {
    let app = App::new(kind, Mode::Extended).await;
    app.ok(&["migrate"]).await;
    let newer = "insert into schema_migrations (version, name, checksum, applied_at) values (9999, 'later', 'x', '2030-01-01T00:00:00Z')";
    match kind {
        Kind::Sqlite => {
            let db = rusqlite::Connection::open(app.url.strip_prefix("sqlite:").unwrap()).unwrap();
            db.execute(newer, []).unwrap();
        }
        Kind::Postgres => {
            use sqlx::Connection as _;
            let mut db = sqlx::PgConnection::connect(&app.url).await.unwrap();
            sqlx::query(newer).execute(&mut db).await.unwrap();
        }
    }
    for args in [&["ingest", "--name", "Metallica"][..], &["status"], &["relate"], &["migrate"]] {
        let stderr = app.fails(1, args).await;
        assert!(stderr.contains("has schema version 9999, this program knows up to"), "{stderr}");
        assert!(stderr.contains("hint: install a newer sixpotify"), "{stderr}");
    }
}

async fn wrong_secret(kind: Kind) {
    let app = App::new(kind, Mode::Extended).await;
    let file = app.file("artists.csv", crate::names::csv());
    let mut command = app.command(&["ingest", file.to_str().unwrap()]);
    command.env("SPOTIFY_CLIENT_SECRET", "not-it");
    let said = said(command).await;
    assert_eq!(said.code, 1, "{said:#?}");
    assert!(said.stderr.contains("error: spotify refuses the credentials: Invalid client secret\n"), "{said:#?}");
    assert!(said.stderr.contains("hint: check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET"), "{said:#?}");
    assert!(!said.stderr.contains("not-it") && !said.stdout.contains("not-it"), "{said:#?}");
    let stats = app.sim.stats();
    assert_eq!((stats.tokens_issued, stats.tokens_refused, stats.requests), (0, 1, 0), "one refusal is enough");
    // Nothing is lost: all names wait.
    let list = app.json(&["status", "--json"]).await["pending"][0].clone();
    assert_eq!((&list["pending"], &list["failed"]), (&crate::names::list().len().into(), &0.into()), "{list}");
    let report = app.json(&["ingest", file.to_str().unwrap(), "--facets", "profile", "--json"]).await;
    assert_eq!((&report["left"], &report["failed"]), (&0.into(), &0.into()), "{report:#}");
}

async fn html_instead_of_json(kind: Kind) {
    let app = App::new(kind, Mode::Extended).await;
    let web = crate::limits::html_server().await;
    let file = app.file("artists.csv", crate::names::csv());
    let mut command = app.command(&["ingest", file.to_str().unwrap()]);
    command.env("SPOTIFY_API_URL", format!("http://{web}/v1"));
    let said = said(command).await;
    assert_eq!(said.code, 1, "{said:#?}");
    assert!(
        said.stderr.contains(
            "spotify gave no usable answer to /search in 5 attempts: HTTP 200 with text/html instead of JSON"
        ),
        "{said:#?}"
    );
    assert!(said.stderr.contains("hint: "), "{said:#?}");
    // The service is back: the same command ends well.
    let report = app.json(&["ingest", file.to_str().unwrap(), "--facets", "profile", "--json"]).await;
    assert_eq!((&report["outcome"], &report["failed"]), (&"done".into(), &0.into()), "{report:#}");
}

async fn nothing_there_yet(kind: Kind) {
    let app = App::new(kind, Mode::Extended).await;
    for args in [&["status"][..], &["show", "BTS"], &["similar", "BTS"], &["relate"], &["export", "csv"]] {
        let stderr = app.fails(1, args).await;
        assert!(
            stderr.contains("there is no catalogue at") && stderr.contains("hint: run `sixpotify ingest artists.csv`"),
            "{stderr}"
        );
    }
    app.ok(&["migrate"]).await;
    // An empty catalogue is a catalogue.
    assert_eq!(app.json(&["status", "--json"]).await["counts"]["artists"], 0);
    assert_eq!(app.json(&["relate", "--json"]).await["rows"], 0);
    assert!(app.fails(1, &["show", "BTS"]).await.contains("hint: `sixpotify ingest --name \"BTS\"` looks for it"));
}
