//! Names that try to do something to the terminal, or to a query.

use spotify_sim::Mode;

use crate::app::{App, Kind, on_both};

on_both!(control_characters_do_nothing, sql_is_a_name_like_any_other);

async fn control_characters_do_nothing(kind: Kind) {
    let app = App::new(kind, Mode::Extended).await;
    let nasty = "Evil\u{1b}[2J\u{9b}31m\u{202e}\u{7}Name";
    let file = app.file("nasty.csv", format!("{nasty}\nMetallica\n"));
    let said = app.run(&["ingest", file.to_str().unwrap(), "--facets", "profile"]).await;
    assert_eq!(said.code, 0, "{said:#?}");
    let json = app.run(&["ingest", file.to_str().unwrap(), "--facets", "profile", "--json"]).await;
    let missing = app.run(&["show", nasty]).await;
    let status = app.run(&["status"]).await;
    for text in [&said.stdout, &said.stderr, &json.stdout, &missing.stderr, &status.stdout] {
        let bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!text.contains(bad), "{text:?}");
    }
    assert!(said.stdout.contains("Evil\u{fffd}[2J"), "{said:#?}");
}

async fn sql_is_a_name_like_any_other(kind: Kind) {
    let app = App::new(kind, Mode::Extended).await;
    let names = ["'; drop table artists; --", "\" or 1=1 --", "artist:\"Metallica\" NOT x", "%_\\", "Metallica"];
    let file = app.file("sql.csv", names.map(|n| format!("\"{}\"", n.replace('"', "\"\""))).join("\n"));
    let report = app.json(&["ingest", file.to_str().unwrap(), "--facets", "profile", "--json"]).await;
    assert_eq!((&report["names"], &report["failed"]), (&5.into(), &0.into()), "{report:#}");
    for name in names {
        let code = app.run(&["show", "--", name]).await.code;
        assert_eq!(code, i32::from(name != "Metallica"), "{name}");
    }
    assert!(app.json(&["status", "--json"]).await["counts"]["artists"].as_u64().unwrap() >= 1);
}
