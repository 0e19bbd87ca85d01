//! Names in, a catalogue out: in both modes of Spotify, on both databases.

use serde_json::Value;
use spotify_sim::{Config, Mode};

use crate::app::{App, Kind, on_both};
use crate::dump::{assert_same, dump};
use crate::names;

on_both!(extended_mode, development_mode, again_costs_nothing, chosen_facets, ids_and_links, original_queries);

async fn extended_mode(kind: Kind) {
    let app = App::new(kind, Mode::Extended).await;
    let file = app.file("artists.csv", names::csv());
    let report = app.json(&["ingest", file.to_str().unwrap(), "--json"]).await;
    let asked = names::list().len();
    assert_eq!(report["names"], asked);
    assert_eq!(report["outcome"], "done");
    assert_eq!(report["not_found"], names::UNKNOWN);
    assert_eq!(report["failed"], 0);
    assert!(report["how"]["folded"].as_u64().unwrap() > 100, "{report:#}");
    for facet in ["profile", "genres", "albums", "top_tracks", "audio_features"] {
        let coverage = &report["facets"][facet];
        assert!(coverage["fetched"].as_u64().unwrap() > 400, "{facet}: {coverage}");
        assert_eq!((&coverage["withheld"], &coverage["failed"]), (&Value::from(0), &Value::from(0)), "{facet}");
    }
    assert_eq!(report["development_mode"], false);

    let status = app.json(&["status", "--json"]).await;
    let counts = &status["counts"];
    assert_eq!(counts["artists"], report["facets"]["profile"]["fetched"]);
    for what in ["albums", "tracks", "audio_features", "artists_with_genres"] {
        assert!(counts[what].as_u64().unwrap() > 300, "{what}: {counts}");
    }

    let related = app.json(&["relate", "--depth", "20", "--json"]).await;
    assert!(related["rows"].as_u64().unwrap() > 20 * 400, "{related}");
    let similar = app.json(&["similar", names::list()[0].as_str(), "-n", "5", "--json"]).await;
    let neighbours = similar["similar"].as_array().unwrap();
    assert_eq!(neighbours.len(), 5);
    let distances: Vec<f64> = neighbours.iter().map(|n| n["distance"].as_f64().unwrap()).collect();
    assert!(distances.is_sorted() && distances[0] >= 0.0 && distances[4] <= 1.0, "{distances:?}");
    assert!(neighbours.iter().all(|n| !n["because"].as_str().unwrap().is_empty()), "{similar:#}");
}

async fn development_mode(kind: Kind) {
    let app = App::new(kind, Mode::Development).await;
    let file = app.file("artists.csv", names::csv());
    let report = app.json(&["ingest", file.to_str().unwrap(), "--json"]).await;
    assert_eq!((&report["outcome"], &report["failed"]), (&"done".into(), &0.into()), "{report:#}");
    assert_eq!(report["development_mode"], true);
    // What comes with the search itself; genres are not among it.
    let facets = report["facets"].as_object().unwrap();
    assert_eq!(facets.keys().collect::<Vec<_>>(), ["genres", "profile"]);
    assert!(facets["profile"]["fetched"].as_u64().unwrap() > 400, "{report:#}");
    assert!(facets["genres"]["withheld"].as_u64().unwrap() > 400, "{report:#}");
    // Albums on request, ten a page.
    let albums = app.json(&["ingest", file.to_str().unwrap(), "--facets", "albums", "--json"]).await;
    assert!(albums["facets"]["albums"]["fetched"].as_u64().unwrap() > 400, "{albums:#}");
    // Homonyms are decided by Spotify's own order here, and listed.
    assert!(!report["source_ranked_names"].as_array().unwrap().is_empty(), "{report:#}");
    assert_eq!(app.sim.stats().by_status.get(&403), None, "nothing is asked for that this mode withholds");

    let details = app.json(&["show", names::list()[0].as_str(), "--json"]).await;
    assert_eq!((&details["followers"], &details["popularity"]), (&Value::Null, &Value::Null));
}

async fn again_costs_nothing(kind: Kind) {
    let app = App::new(kind, Mode::Extended).await;
    let file = app.file("artists.csv", names::csv());
    let args = ["ingest", file.to_str().unwrap(), "--facets", "profile,genres", "--json"];
    app.json(&args).await;
    let stats = app.sim.stats();
    let asked = names::list().len() as u64;
    let pages = stats.by_endpoint["/v1/search"];
    // One request a name; a second page only where nothing on the first is spelt alike.
    assert!((asked..=asked + 2 * names::UNKNOWN as u64).contains(&pages), "{pages} for {asked} names");
    assert_eq!(stats.requests, pages, "{stats:#?}");
    let before = dump(&app.url).await;
    let plan = app.json(&["ingest", file.to_str().unwrap(), "--facets", "profile,genres", "--dry-run", "--json"]).await;
    assert_eq!((&plan["fresh"], &plan["requests"]), (&Value::from(asked), &Value::from(0)));
    let report = app.json(&args).await;
    assert_eq!(report["requests"], 0);
    assert_eq!(
        report["names"],
        report["found"].as_u64().unwrap()
            + report["not_found"].as_u64().unwrap()
            + report["ambiguous"].as_u64().unwrap()
    );
    assert_same(&before, &dump(&app.url).await);

    // The same names in another list are known, too.
    let other = app.file("others.csv", names::csv());
    let report = app.json(&["ingest", other.to_str().unwrap(), "--facets", "profile,genres", "--json"]).await;
    let unsettled = report["not_found"].as_u64().unwrap() + report["ambiguous"].as_u64().unwrap();
    assert!(report["requests"].as_u64().unwrap() <= 2 * unsettled, "{report:#}");
}

async fn chosen_facets(kind: Kind) {
    let app = App::new(kind, Mode::Extended).await;
    let name = names::list().swap_remove(0);
    let report = app.json(&["ingest", "--name", &name, "--facets", "albums", "--json"]).await;
    let facets: Vec<&String> = report["facets"].as_object().unwrap().keys().collect();
    assert_eq!(facets, ["albums", "profile"]);
    let counts = app.json(&["status", "--json"]).await["counts"].clone();
    assert_eq!((&counts["tracks"], &counts["artists_with_genres"]), (&Value::from(0), &Value::from(0)));
    // The rest later: only the rest is asked for.
    let report = app.json(&["ingest", "--name", &name, "--json"]).await;
    assert_eq!(report["facets"]["albums"]["fresh"], 1);
    assert_eq!(report["facets"]["genres"]["fetched"], 1);
    assert_eq!(report["facets"]["audio_features"]["fetched"], 1);
}

async fn ids_and_links(kind: Kind) {
    for mode in [Mode::Extended, Mode::Development] {
        let app = App::with(kind, Config { mode, ..Config::default() }).await;
        let found = app.json(&["ingest", "--name", "Metallica", "--facets", "profile", "--json"]).await;
        assert_eq!(found["found"], 1);
        let id = app.json(&["show", "metallica", "--json"]).await["id"].as_str().unwrap().to_owned();
        let csv = format!(
            "name,url\nThe band with the black album,https://open.spotify.com/intl-ko/artist/{id}?si=x\nNobody,0000000000000000000000\nDrake,\n"
        );
        let file = app.file("ids.csv", csv);
        let report = app.json(&["ingest", file.to_str().unwrap(), "--facets", "profile", "--json"]).await;
        assert_eq!((&report["found"], &report["not_found"]), (&Value::from(2), &Value::from(1)), "{report:#}");
        assert_eq!(app.json(&["show", &id, "--json"]).await["name"], "Metallica");
    }
}

/// The original project's own queries.
async fn original_queries(kind: Kind) {
    let app = App::new(kind, Mode::Extended).await;
    let file = app.file("artists.csv", "Metallica\nmåneskin\nDRAKE\n");
    app.ok(&["ingest", file.to_str().unwrap()]).await;
    let genres =
        "SELECT t2.genre FROM artists t1 JOIN artist_genre t2 ON t2.artist_id = t1.id WHERE t1.name = 'Metallica'";
    let profile = "SELECT id, name, followers, popularity, url, image_url FROM artists WHERE name = 'Metallica'";
    let (genres, profiles) = match kind {
        Kind::Sqlite => {
            let db = rusqlite::Connection::open(app.url.strip_prefix("sqlite:").unwrap()).unwrap();
            let count = |sql| {
                let mut statement = db.prepare(sql).unwrap();
                statement.query_map([], |_| Ok(())).unwrap().count()
            };
            (count(genres), count(profile))
        }
        Kind::Postgres => {
            use sqlx::Connection as _;
            let mut db = sqlx::PgConnection::connect(&app.url).await.unwrap();
            let genres = sqlx::query(genres).fetch_all(&mut db).await.unwrap().len();
            (genres, sqlx::query(profile).fetch_all(&mut db).await.unwrap().len())
        }
    };
    // Metallica is in the sample as rock and as metal: the original kept one of the two.
    assert_eq!((genres, profiles), (2, 1));
}
