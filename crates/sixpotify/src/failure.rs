//! How commands end: exit codes, and one clear sentence when something is wrong.

use std::process::ExitCode;

use sixpotify_pipeline::{DumpError, ImportError, IngestError, RelateError, TableError};
use sixpotify_sources::http::FetchError;
use sixpotify_store::StoreError;

use crate::plain::plain;

/// Exit codes that scripts may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything has a final state.
    Done = 0,
    /// Something failed after its retries.
    Failed = 1,
    /// Wrong usage.
    Usage = 2,
    /// Paused with everything saved: run again later (`EX_TEMPFAIL` of sysexits.h).
    Paused = 75,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command failed: what and where, in one sentence, and what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    text: String,
    hint: Option<String>,
}

impl Failure {
    /// A failure with exit code 1.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { exit: Exit::Failed, text: text.into(), hint: None }
    }

    /// Wrong usage: exit code 2.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, ..Self::new(text) }
    }

    /// With what to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The sentence.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What to do about it.
    pub(crate) fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Says it on stderr and gives the exit code.
    pub(crate) fn report(self) -> ExitCode {
        eprintln!("error: {}", plain(&self.text));
        if let Some(hint) = self.hint {
            eprintln!("\nhint: {}", plain(&hint));
        }
        self.exit.into()
    }
}

impl From<std::io::Error> for Failure {
    /// Errors of writing to stdout; everything else is given its own words where it happens.
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            // The reader has seen enough (`| head`): that is no failure.
            std::process::exit(0);
        }
        Self::new(format!("cannot write the output: {error}"))
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let hint = match &error {
            StoreError::Url { .. } => "`postgres://user:password@host:5432/name` or `sqlite:path/to/file.db`",
            StoreError::NoCatalogue { .. } => {
                "run `sixpotify ingest artists.csv` to make one, or `sixpotify demo` and then use `--demo`"
            }
            StoreError::Unreachable { .. } => "check DATABASE_URL (`sixpotify config` shows where it comes from)",
            StoreError::NewerSchema { .. } => "install a newer sixpotify; this one changes nothing there",
            StoreError::Busy { .. } => "wait until it has ended, or use PostgreSQL, where any number may work together",
            StoreError::Unavailable(_) => "what was reported as saved is saved; run the same command again",
            StoreError::Full(_) => "make room, then run the same command again; what was reported as saved is saved",
            StoreError::Other(_) => return Self::new(error.to_string()),
        };
        Self::new(error.to_string()).hint(hint)
    }
}

impl From<&FetchError> for Failure {
    fn from(error: &FetchError) -> Self {
        let hint = match error {
            FetchError::Credentials { service, .. } if service == "lastfm" => {
                "check LASTFM_API_KEY against https://www.last.fm/api/accounts; without it Last.fm is not asked"
            }
            FetchError::Credentials { service, .. } if service == "listenbrainz" => {
                "check LISTENBRAINZ_TOKEN against https://listenbrainz.org/settings; without it only top recordings are missing"
            }
            FetchError::Credentials { .. } => {
                "check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET against https://developer.spotify.com/dashboard"
            }
            FetchError::Forbidden { service, .. } if service == "musicbrainz" => {
                "set SIXPOTIFY_CONTACT to your mail address or page: MusicBrainz refuses those whom it cannot write to"
            }
            FetchError::Forbidden { .. } => {
                "the app's owner needs a Premium subscription, and the app must not be blocked: see https://developer.spotify.com/dashboard"
            }
            FetchError::Paused { .. } => "run the same command again after that",
            FetchError::Uncounted { .. } => {
                "the count of requests is kept in the catalogue; what was reported as saved is saved, so run the same command again"
            }
            _ => {
                "check the connection, and SPOTIFY_API_URL if it is set; what was reported as saved is saved, so run the same command again"
            }
        };
        Self::new(error.to_string()).hint(hint)
    }
}

impl From<IngestError> for Failure {
    fn from(error: IngestError) -> Self {
        match error {
            IngestError::Store(error) => error.into(),
            IngestError::Source { error, .. } => (&error).into(),
        }
    }
}

impl From<DumpError> for Failure {
    fn from(error: DumpError) -> Self {
        let text = error.to_string();
        let hint = match error {
            DumpError::Store(error) => return error.into(),
            DumpError::Unreadable { .. } => "name the file as it was downloaded",
            DumpError::NotADump { .. } => "see `sixpotify import --help` for which file is wanted",
            DumpError::Broken { .. } => {
                "what could be read is stored; download the file again, compare its checksum, and import it again to go on"
            }
            DumpError::Older { .. } => "`--force` takes it all the same",
            DumpError::Interrupted => "run the same command again to go on",
        };
        Self::new(text).hint(hint)
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        let text = error.to_string();
        let hint = match error {
            ImportError::Store(error) => return error.into(),
            ImportError::Read { .. } => "what was stored before stays; import the same tables again",
            ImportError::Table { error, .. } => match error {
                TableError::Binary { .. } => "a table is plain text: CSV with a header",
                TableError::NotUtf8 { .. } => "save it as UTF-8 (in a spreadsheet: \"CSV UTF-8\")",
                TableError::Empty => "it needs a header and a line for each row",
                TableError::Column { .. } | TableError::Header { .. } => {
                    "the first line names the columns, parted by commas: `sixpotify import csv --help` lists them"
                }
            },
        };
        Self::new(text).hint(hint)
    }
}

impl From<RelateError> for Failure {
    fn from(error: RelateError) -> Self {
        match error {
            RelateError::Store(error) => error.into(),
            RelateError::NoSuchArtist(_) => Self::new(error.to_string()),
            RelateError::Interrupted => Self::new(error.to_string()).hint("the former ranking is still in place"),
        }
    }
}
