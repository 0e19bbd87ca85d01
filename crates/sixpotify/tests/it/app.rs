//! A catalogue, a folder and a stand-in for Spotify of one test's own, and the binary to run on them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use sixpotify_testkit::TestDatabase;
use spotify_sim::{Config, Mode, RunningSim, Sim};

/// Makes a test of the same name for each database: `$name::sqlite`, `$name::postgres`.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        $(mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name(crate::app::Kind::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name(crate::app::Kind::Postgres).await;
            }
        })+
    };
}
pub(crate) use on_both;

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// One test's world.
pub(crate) struct App {
    pub(crate) sim: RunningSim,
    pub(crate) url: String,
    folder: tempfile::TempDir,
    _database: Option<TestDatabase>,
}

/// What a finished command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl App {
    /// With the friendliest Spotify of a mode.
    pub(crate) async fn new(kind: Kind, mode: Mode) -> Self {
        Self::with(kind, Config { mode, ..Config::default() }).await
    }

    /// With a Spotify of one's own.
    pub(crate) async fn with(kind: Kind, config: Config) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sim = Sim::start(([127, 0, 0, 1], 0).into(), config).await.unwrap();
        let database = match kind {
            Kind::Sqlite => None,
            Kind::Postgres => Some(TestDatabase::create().await),
        };
        let url = match &database {
            None => format!("sqlite:{}", folder.path().join("catalogue.db").display()),
            Some(database) => database.url.clone(),
        };
        Self { sim, url, folder, _database: database }
    }

    /// The test's folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into the test's folder.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The binary with these arguments, on this world and no other: no setting of the machine reaches it.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("sixpotify"));
        command
            .args(args)
            .current_dir(self.folder())
            .stdin(Stdio::null())
            .env_clear()
            .env("HOME", self.folder())
            .env("DATABASE_URL", &self.url)
            .env("SPOTIFY_CLIENT_ID", "demo")
            .env("SPOTIFY_CLIENT_SECRET", "demo-secret")
            .env("SPOTIFY_API_URL", self.sim.api_url())
            .env("SPOTIFY_TOKEN_URL", self.sim.token_url())
            .env("SIXPOTIFY_SOURCES", "spotify")
            .env("SPOTIFY_BUDGET_30S", "0")
            .env("SPOTIFY_BUDGET_DAY", "0")
            .env("SIXPOTIFY_RETRY_DELAY_MS", "1");
        command
    }

    /// Runs the binary to its end.
    pub(crate) async fn run(&self, args: &[&str]) -> Said {
        said(self.command(args)).await
    }

    /// Runs it and expects exit code 0; gives stdout.
    pub(crate) async fn ok(&self, args: &[&str]) -> String {
        let said = self.run(args).await;
        assert_eq!(said.code, 0, "{args:?}: {said:#?}");
        said.stdout
    }

    /// Runs a `--json` command and expects exit code 0.
    pub(crate) async fn json(&self, args: &[&str]) -> serde_json::Value {
        serde_json::from_str(&self.ok(args).await).unwrap()
    }

    /// Runs it and expects a failure with this code; gives stderr, with the test's folder written as `[DIR]`.
    pub(crate) async fn fails(&self, code: i32, args: &[&str]) -> String {
        let said = self.run(args).await;
        assert_eq!(said.code, code, "{args:?}: {said:#?}");
        assert_eq!(said.stdout, "", "{args:?}");
        self.without_folder(&said.stderr)
    }

    /// `text` with the test's folder written as `[DIR]`.
    pub(crate) fn without_folder(&self, text: &str) -> String {
        text.replace(&self.folder().display().to_string(), "[DIR]")
    }
}

/// Runs a command to its end without holding up the stand-in, which lives in this process.
pub(crate) async fn said(mut command: Command) -> Said {
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    of(&output)
}

pub(crate) fn of(output: &Output) -> Said {
    Said {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout.clone()).unwrap(),
        stderr: String::from_utf8(output.stderr.clone()).unwrap(),
    }
}
