//! `sixpotify demo`: the first thing a newcomer sees.

use spotify_sim::Mode;

use crate::app::{App, Kind};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn demo_needs_nothing_and_touches_nothing_else() {
    let app = App::new(Kind::Sqlite, Mode::Extended).await;
    let mut command = app.command(&["demo", "--no-serve"]);
    for setting in
        ["DATABASE_URL", "SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "SPOTIFY_API_URL", "SPOTIFY_TOKEN_URL"]
    {
        command.env_remove(setting);
    }
    let said = crate::app::said(command).await;
    assert_eq!(said.code, 0, "{said:#?}");
    for expected in ["artists", "genres", "albums", "tracks", "audio features", "nearest to Metallica", "Now try:"] {
        assert!(said.stdout.contains(expected), "{expected}: {said:#?}");
    }
    // Three artists with their five nearest.
    assert_eq!(said.stdout.lines().filter(|l| l.trim_start().starts_with("5 ")).count(), 3, "{}", said.stdout);
    assert_eq!(app.sim.stats().requests, 0, "the demo brings its own stand-in");
    assert!(!app.folder().join("catalogue.db").exists(), "the demo has its own catalogue");

    let mut command = app.command(&["similar", "GUNS N ROSES", "--demo", "-n", "3"]);
    command.env_remove("DATABASE_URL");
    let similar = crate::app::said(command).await;
    assert_eq!(similar.code, 0, "{similar:#?}");
    assert!(similar.stdout.starts_with("nearest to Guns N' Roses\n"), "{similar:#?}");

    // A second demo starts from nothing and comes to the same.
    let again = crate::app::said(app.command(&["demo", "--no-serve"])).await;
    let counts = |text: &str| text.lines().skip(1).take(5).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(counts(&said.stdout), counts(&again.stdout));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_demo_the_hint_is_to_run_it() {
    let app = App::new(Kind::Sqlite, Mode::Extended).await;
    let said = app.run(&["status", "--demo"]).await;
    assert_eq!(said.code, 1);
    assert!(said.stderr.ends_with("\nhint: run `sixpotify demo` first\n"), "{said:#?}");
}
