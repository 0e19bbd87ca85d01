//! Names as people type them: `find` and `alias`, and the other commands that name an artist.

use std::io::Write as _;
use std::process::Stdio;

use spotify_sim::Mode;

use crate::app::{App, Kind, of, on_both};

on_both!(one_name, a_file_of_names, other_names, guesses_are_said);

async fn filled(kind: Kind) -> App {
    let app = App::new(kind, Mode::Extended).await;
    let mut args = vec!["ingest", "--facets", "profile"];
    for name in ["Metallica", "Drake", "Måneskin", "Guns N' Roses"] {
        args.extend(["--name", name]);
    }
    app.ok(&args).await;
    app
}

async fn one_name(kind: Kind) {
    let app = filled(kind).await;
    let id = app.json(&["show", "Metallica", "--json"]).await["id"].as_str().unwrap().to_owned();
    let found = app.ok(&["find", "metalica"]).await;
    assert!(found.starts_with(&format!("Metallica\n  id     {id}\n  how    loose: ")), "{found}");
    let found = app.json(&["find", "메탈리카", "--json"]).await;
    assert_eq!((&found["answer"], &found["id"], &found["state"]), (&"Metallica".into(), &id.into(), &"found".into()));
    let explained = app.ok(&["find", "MANESKIN", "--explain"]).await;
    assert!(explained.starts_with("folded: `maneskin`\n") && explained.contains("\nMåneskin\n"), "{explained}");
    assert_eq!(app.ok(&["find", "Behemoth"]).await, "`Behemoth` is not in the catalogue\n");
    let nothing = app.json(&["find", "", "--json"]).await;
    assert_eq!((&nothing["state"], &nothing["answer"]), (&"not_found".into(), &serde_json::Value::Null));
    for text in ["\u{202e}\u{1b}[2J", "'; drop table artists; --", "😀", &"x".repeat(10_000)] {
        let shown = app.ok(&["find", text]).await;
        assert!(shown.contains("is not in the catalogue") && !shown.contains('\u{1b}'), "{shown}");
        assert!(shown.len() < 400, "what is long is not said again: {shown}");
    }
}

async fn a_file_of_names(kind: Kind) {
    let app = filled(kind).await;
    app.file("queries.csv", "query\n  metallica \n\"guns, roses\"\nguns and roses\nMåneskin\nBehemoth\n드레이크\n");
    let csv = app.ok(&["find", "--file", "queries.csv", "--format", "csv"]).await;
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "query,answer,how,score,candidates");
    assert_eq!(lines[1], "  metallica ,Metallica,folded,0.980,Metallica");
    assert!(lines[2].starts_with("\"guns, roses\","), "{csv}");
    assert!(lines[3].starts_with("guns and roses,Guns N' Roses,"), "{csv}");
    assert_eq!(lines[4], "Måneskin,Måneskin,exact,1.000,Måneskin");
    assert_eq!(lines[5], "Behemoth,,,,");
    assert!(lines[6].starts_with("드레이크,Drake,"), "{csv}");
    assert_eq!(lines.len(), 7);
    let jsons = app.ok(&["find", "--file", "queries.csv", "--json"]).await;
    let states: Vec<serde_json::Value> =
        jsons.lines().map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap()["state"].clone()).collect();
    assert_eq!(states[0], "found");
    assert_eq!(states[4], "not_found");
}

/// Bytes that are no text come by standard input, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_by_standard_input() {
    let app = filled(Kind::Sqlite).await;
    let ask = |bytes: &'static [u8]| {
        let mut command = app.command(&["find", "--file", "-"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(bytes).unwrap();
        of(&child.wait_with_output().unwrap())
    };
    let plain = ask(b"DRAKE\nnobody at all\n");
    assert_eq!(plain.stdout, "query,answer,how,score,candidates\nDRAKE,Drake,folded,0.980,Drake\nnobody at all,,,,\n");
    let broken = ask(b"query\nM\xC3neskin\n");
    assert_eq!((broken.code, broken.stdout.as_str()), (1, ""));
    assert!(broken.stderr.starts_with("error: standard input is not UTF-8 text (line 2)\n"), "{}", broken.stderr);
    let korean = ask(b"query\r\nDrake\r\n\xB9\xE6\xC5\xBA\xBC\xD2\xB3\xE2\xB4\xDC\r\n");
    assert_eq!(korean.stderr, "standard input is written in CP949 (EUC-KR): converted\n");
    assert!(korean.stdout.contains("\nDrake,Drake,exact,"), "{}", korean.stdout);
}

async fn other_names(kind: Kind) {
    let app = filled(kind).await;
    assert_eq!(app.ok(&["find", "Zwiebel Xylo"]).await, "`Zwiebel Xylo` is not in the catalogue\n");
    let added = app.ok(&["alias", "add", "drake", "Zwiebel Xylo", "--locale", "en"]).await;
    assert!(added.starts_with("`Zwiebel Xylo` is now another name of Drake ("), "{added}");
    let again = app.ok(&["alias", "add", "Drake", "Zwiebel Xylo"]).await;
    assert!(again.contains("already"), "{again}");
    assert_eq!(app.json(&["find", "zwiebel xylo", "--json"]).await["how"], "alias");
    assert_eq!(app.json(&["show", "zwiebel xylo", "--json"]).await["name"], "Drake");

    app.file("aliases.tsv", "# by hand\nMetallica\tko:메탈|The Four Horsemen\nNobody\tX\nnonsense\n");
    let report = app.json(&["alias", "import", "aliases.tsv", "--json"]).await;
    assert_eq!((&report["added"], &report["unknown_artists"][0]), (&2.into(), &"Nobody".into()), "{report:#}");
    assert_eq!(report["skipped_lines"], serde_json::json!([4]));
    assert_eq!(app.json(&["alias", "import", "aliases.tsv", "--json"]).await["known_already"], 2);
    let all = app.json(&["alias", "list", "--json"]).await;
    assert_eq!(all.as_array().unwrap().len(), 3, "{all:#}");
    let of_metallica = app.ok(&["alias", "list", "메탈"]).await;
    assert!(of_metallica.contains("메탈") && !of_metallica.contains("Papi"), "{of_metallica}");

    app.ok(&["alias", "remove", "Metallica", "메탈"]).await;
    let gone = app.fails(1, &["alias", "remove", "Metallica", "메탈"]).await;
    assert!(gone.starts_with("error: nobody gave Metallica the name `메탈` by hand\n"), "{gone}");
    let blank = app.fails(2, &["alias", "add", "Drake", " \u{200b}"]).await;
    assert_eq!(blank, "error: the other name is blank\n");
}

/// What only reads may guess, and says so; what changes the catalogue does not.
async fn guesses_are_said(kind: Kind) {
    let app = filled(kind).await;
    let said = app.run(&["show", "Metsllica"]).await;
    assert_eq!(said.code, 0, "{said:#?}");
    assert_eq!(said.stderr, "`Metsllica` is taken for Metallica: a slip of the keyboard away\n");
    let refused = app.fails(1, &["forget", "Metsllica"]).await;
    assert!(
        refused.starts_with("error: `Metsllica` is not in the catalogue\n\nhint: did you mean `Metallica` ("),
        "{refused}"
    );
    let refused = app.fails(1, &["alias", "add", "Metsllica", "X"]).await;
    assert!(refused.contains("did you mean `Metallica`"), "{refused}");
    app.ok(&["forget", "METALLICA"]).await;
    assert!(app.ok(&["find", "Metallica"]).await.contains("is not in the catalogue"));
}
