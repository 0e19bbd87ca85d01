//! A catalogue and a stand-in for Spotify of one test's own, and ingest runs on them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use sixpotify_core::ArtistId;
use sixpotify_pipeline::{Ingest, IngestError, IngestOptions, NameList, Progress, Report, Snapshot};
use sixpotify_sources::SystemClock;
use sixpotify_sources::http::{MemoryLedger, Retry, Timeouts};
use sixpotify_sources::spotify::{FoundArtist, Spotify, SpotifyConfig};
use sixpotify_store::{Access, ArtistDetail, NameRecord, SharedStore, open};
use sixpotify_testkit::TestDatabase;
use spotify_sim::{Config, RunningSim, Sim};
use sqlx::{Connection as _, Row as _};
use tokio::sync::watch;
use url::Url;

/// Makes a test of the same name for each database: `$name::sqlite`, `$name::postgres`.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        $(mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name(crate::world::Kind::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name(crate::world::Kind::Postgres).await;
            }
        })+
    };
}
pub(crate) use on_both;

/// The list that all runs of a test are about.
pub(crate) const LIST: &str = "test";

/// Times are not compared: they differ from run to run.
const TIMES: [&str; 4] = ["created_at", "updated_at", "fetched_at", "retry_at"];

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// A fresh catalogue, removed with this value.
pub(crate) struct Catalogue {
    pub(crate) store: SharedStore,
    url: String,
    _folder: tempfile::TempDir,
    _database: Option<TestDatabase>,
}

impl Catalogue {
    pub(crate) async fn new(kind: Kind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = match kind {
            Kind::Sqlite => None,
            Kind::Postgres => Some(TestDatabase::create().await),
        };
        let url = match &database {
            None => format!("sqlite:{}", folder.path().join("catalogue.db").display()),
            Some(database) => database.url.clone(),
        };
        let store = open(&url, Access::Write).await.unwrap();
        Self { store, url, _folder: folder, _database: database }
    }

    /// The first column of what `sql` finds, behind the store's back; nulls left out.
    pub(crate) async fn sql(&self, sql: &str) -> Vec<String> {
        if let Some(path) = self.url.strip_prefix("sqlite:") {
            let connection = rusqlite::Connection::open(path).unwrap();
            let mut statement = connection.prepare(sql).unwrap();
            let rows = statement.query_map([], |row| row.get::<_, Option<String>>(0)).unwrap();
            return rows.filter_map(Result::unwrap).collect();
        }
        let mut connection = sqlx::postgres::PgConnection::connect(&self.url).await.unwrap();
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap();
        rows.iter().filter_map(|row| row.get::<Option<String>, _>(0)).collect()
    }
}

/// A catalogue and a stand-in for Spotify.
pub(crate) struct World {
    pub(crate) sim: RunningSim,
    pub(crate) catalogue: Catalogue,
}

impl World {
    /// With the friendliest Spotify.
    pub(crate) async fn new(kind: Kind) -> Self {
        Self::with(kind, Config::default()).await
    }

    /// With a Spotify of one's own.
    pub(crate) async fn with(kind: Kind, config: Config) -> Self {
        let sim = Sim::start(([127, 0, 0, 1], 0).into(), config).await.unwrap();
        Self { sim, catalogue: Catalogue::new(kind).await }
    }

    pub(crate) fn store(&self) -> &SharedStore {
        &self.catalogue.store
    }

    /// A client that retries without delay and has sent nothing yet.
    pub(crate) fn spotify(&self) -> Spotify {
        client(&self.sim.api_url(), &self.sim.token_url())
    }

    /// Ingests all facets of these names.
    pub(crate) async fn ingest<S: AsRef<str>>(&self, names: &[S]) -> Report {
        self.run(&list(names), options()).await
    }

    /// Ingests a list and expects the run to come to its end, whatever became of the names.
    pub(crate) async fn run(&self, names: &NameList, options: IngestOptions) -> Report {
        let (_keep, stop) = watch::channel(false);
        run(self.store(), self.spotify(), names, options, &Silent, stop).await.unwrap()
    }

    /// The artist that a search for `name` shows with exactly this name, first of all.
    pub(crate) async fn searched(&self, name: &str) -> FoundArtist {
        let page = self.spotify().search_artists(name, 0).await.unwrap();
        page.artists.into_iter().find(|hit| hit.artist.name == name).unwrap()
    }

    /// All that the catalogue knows of all its artists.
    pub(crate) async fn artists(&self) -> Vec<ArtistDetail> {
        artists(self.store()).await
    }

    /// The only artist of the catalogue.
    pub(crate) async fn only_artist(&self) -> ArtistDetail {
        let mut artists = self.artists().await;
        assert_eq!(artists.len(), 1, "{artists:#?}");
        artists.remove(0)
    }

    /// What became of a name.
    pub(crate) async fn name(&self, name: &str) -> NameRecord {
        let mut records = self.store().names(LIST, &[name.to_owned()]).await.unwrap();
        assert_eq!(records.len(), 1, "{name}: {records:?}");
        records.remove(0)
    }

    /// Requests to an endpoint so far.
    pub(crate) fn asked(&self, endpoint: &str) -> u64 {
        self.sim.stats().by_endpoint.get(endpoint).copied().unwrap_or(0)
    }
}

/// A client that retries without delay.
pub(crate) fn client(api_url: &str, token_url: &str) -> Spotify {
    let friendly = Config::default();
    let config = SpotifyConfig {
        client_id: friendly.client_id,
        client_secret: friendly.client_secret.into(),
        api_url: Url::parse(api_url).unwrap(),
        token_url: Url::parse(token_url).unwrap(),
        budget_30s: None,
        budget_day: Some(0),
        concurrency: None,
        market: None,
        max_wait: Duration::from_secs(60),
        retry: Retry { base: Duration::from_millis(1), ..Retry::default() },
        timeouts: Timeouts { read: Duration::from_secs(1), ..Timeouts::default() },
    };
    Spotify::new(config, Arc::new(SystemClock), Arc::new(MemoryLedger::default())).unwrap()
}

/// All facets, as the program runs them.
pub(crate) fn options() -> IngestOptions {
    IngestOptions::new(LIST, 32)
}

/// The names as a list.
pub(crate) fn list<S: AsRef<str>>(names: &[S]) -> NameList {
    NameList::of(&names.iter().map(|name| name.as_ref().to_owned()).collect::<Vec<_>>())
}

/// A run with everything to be chosen.
pub(crate) async fn run(
    store: &SharedStore,
    spotify: Spotify,
    names: &NameList,
    options: IngestOptions,
    progress: &dyn Progress,
    stop: watch::Receiver<bool>,
) -> Result<Report, IngestError> {
    Ingest::new(store.clone(), spotify, Arc::new(SystemClock), options).run(names, progress, stop).await
}

/// Listens to nothing.
pub(crate) struct Silent;

impl Progress for Silent {
    fn saved(&self, _: Snapshot) {}
}

/// Says in a channel when so many names are saved, and remembers how many are.
pub(crate) struct Reached {
    names: usize,
    done: AtomicUsize,
    said: watch::Sender<bool>,
}

impl Reached {
    pub(crate) fn new(names: usize) -> Self {
        Self { names, done: AtomicUsize::new(0), said: watch::Sender::new(false) }
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<bool> {
        self.said.subscribe()
    }

    /// The names that were said to be saved.
    pub(crate) fn done(&self) -> usize {
        self.done.load(Ordering::Relaxed)
    }
}

impl Progress for Reached {
    fn saved(&self, snapshot: Snapshot) {
        self.done.store(snapshot.done, Ordering::Relaxed);
        if snapshot.done >= self.names {
            self.said.send_replace(true);
        }
    }
}

/// All artists of a catalogue, by id.
pub(crate) async fn artists(store: &SharedStore) -> Vec<ArtistDetail> {
    let ids: Vec<ArtistId> = store.artist_ids_after(None, 1_000_000).await.unwrap();
    store.artist_details(&ids).await.unwrap()
}

/// All that a catalogue holds of artists and of `names`, a line each, without times.
pub(crate) async fn dump(store: &SharedStore, names: &NameList) -> Vec<String> {
    let mut lines = Vec::new();
    for artist in artists(store).await {
        let mut json = serde_json::to_value(artist).unwrap();
        without_times(&mut json);
        lines.push(json.to_string());
    }
    let names: Vec<String> = names.entries.iter().map(|entry| entry.name.clone()).collect();
    let mut records = store.names(LIST, &names).await.unwrap();
    records.sort_by(|a, b| a.name.cmp(&b.name));
    lines.extend(records.into_iter().map(|record| format!("{:?}", NameRecord { retry_at: None, ..record })));
    let counts = store.counts().await.unwrap();
    lines.push(format!("{counts:?}"));
    lines
}

/// Expects two dumps to be equal, and shows the first lines that differ.
pub(crate) fn assert_same(one: &[String], other: &[String]) {
    let lacks = |all: &[String], other: &[String]| -> Vec<String> {
        all.iter().filter(|line| !other.contains(line)).take(3).cloned().collect()
    };
    let (only_one, only_other) = (lacks(one, other), lacks(other, one));
    assert!(
        one == other,
        "the catalogues differ; only in the first: {only_one:#?}, only in the second: {only_other:#?}"
    );
}

fn without_times(json: &mut Value) {
    match json {
        Value::Object(fields) => {
            fields.retain(|name, _| !TIMES.contains(&name.as_str()));
            fields.values_mut().for_each(without_times);
        }
        Value::Array(items) => items.iter_mut().for_each(without_times),
        _ => {}
    }
}
