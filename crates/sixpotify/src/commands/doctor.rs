//! `sixpotify doctor`: what works with your keys and settings, and how to mend the rest.

mod open;
mod spotify;

use std::time::Instant;

use serde::Serialize;
use sixpotify_core::Source;
use sixpotify_sources::{Clock as _, SystemClock};
use sixpotify_store::{Access, SharedStore};

use super::relate;
use crate::catalogue::open_catalogue;
use crate::cli::JsonArgs;
use crate::failure::{Exit, Failure};
use crate::printer::{Out, number};
use crate::settings::{Settings, unknown_variables};

/// A database that takes longer than this for a simple question slows everything down.
const SLOW_MS: u128 = 100;

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// As it should be.
    Ok,
    /// Works, but worth knowing.
    Note,
    /// `ingest` cannot run like this.
    Wrong,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Check {
    what: String,
    verdict: Verdict,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

impl Check {
    fn ok(what: &str, found: impl Into<String>) -> Self {
        Self { what: what.to_owned(), verdict: Verdict::Ok, found: found.into(), fix: None }
    }

    fn note(what: &str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { verdict: Verdict::Note, fix: Some(fix.into()), ..Self::ok(what, found) }
    }

    fn wrong(what: &str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { verdict: Verdict::Wrong, fix: Some(fix.into()), ..Self::ok(what, found) }
    }

    /// Whether it works.
    fn is_fine(&self) -> bool {
        self.verdict == Verdict::Ok
    }

    fn failed(what: &str, failure: &Failure) -> Self {
        let fix = failure.hint_text().unwrap_or("see above").to_owned();
        Self::wrong(what, failure.text(), fix)
    }
}

/// Looks at everything and says what it found. 0 only when `ingest` can run.
pub(crate) async fn run(settings: &Settings, args: &JsonArgs) -> Result<Exit, Failure> {
    let mut checks = Vec::new();
    for (name, nearest) in unknown_variables() {
        let fix = format!("the nearest known one is `{nearest}`; `sixpotify config` lists all");
        checks.push(Check::note("settings", format!("`{name}` is set and does nothing"), fix));
    }
    let store = match open_catalogue(settings, Access::Write).await {
        Ok(store) => {
            checks.push(database(&store).await);
            checks.push(disk(&store).await);
            checks.extend(terms(&store).await);
            Some(store)
        }
        Err(failure) => {
            checks.push(Check::failed("database", &failure));
            None
        }
    };
    match settings.sources() {
        Ok(chosen) => sources(settings, &chosen, store.as_ref(), &mut checks).await,
        // Whom `ingest` would ask is not known.
        Err(failure) => checks.push(Check::failed("sources", &failure)),
    }
    if let Some(store) = &store {
        store.close().await;
    }

    let mut out = Out::new();
    if args.json {
        out.json(&checks)?;
    } else {
        for check in &checks {
            show(&mut out, check)?;
        }
    }
    out.finish()?;
    let wrong = checks.iter().any(|c| c.verdict == Verdict::Wrong);
    Ok(if wrong { Exit::Failed } else { Exit::Done })
}

/// Those who are asked: `chosen`, or, where that is empty, whoever can be.
async fn sources(settings: &Settings, chosen: &[Source], store: Option<&SharedStore>, checks: &mut Vec<Check>) {
    let keys = if chosen.is_empty() { settings.has_spotify_keys() } else { chosen.contains(&Source::Spotify) };
    if keys {
        spotify::look(settings, store, checks).await;
    } else {
        checks.push(Check::note(
            "spotify",
            "not asked: there are no keys, or SIXPOTIFY_SOURCES leaves it out; `ingest` works without it",
            "SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET add its ids, links and pictures: https://developer.spotify.com/dashboard",
        ));
    }
    let Some(store) = store else { return };
    let finds = open::look(settings, chosen, store, checks).await;
    if !keys && !finds {
        checks.push(Check::wrong(
            "names",
            "nobody who knows names of artists answers: neither musicbrainz nor deezer, and there are no keys for spotify",
            "is there a way to the network, and are the addresses in `sixpotify config` right?",
        ));
    }
}

fn show(out: &mut Out, check: &Check) -> Result<(), Failure> {
    let mark = match check.verdict {
        Verdict::Ok => "ok",
        Verdict::Note => "note",
        Verdict::Wrong => "WRONG",
    };
    out.line(format!("{mark:<6} {}: {}", check.what, check.found))?;
    match &check.fix {
        Some(fix) => out.line(format!("       {fix}")),
        None => Ok(()),
    }
}

/// Reachability, version and latency.
async fn database(store: &SharedStore) -> Check {
    let started = Instant::now();
    let asked = async { Ok::<_, sixpotify_store::StoreError>((store.version().await?, store.schema_version().await?)) };
    match asked.await {
        Ok((version, schema)) => {
            let ms = started.elapsed().as_millis() / 2;
            let found = format!("{} ({version}), schema version {schema}, {ms} ms a question", store.location());
            if ms > SLOW_MS {
                Check::note("database", found, "a database nearer by makes every run faster")
            } else {
                Check::ok("database", found)
            }
        }
        Err(error) => Check::failed("database", &error.into()),
    }
}

/// What the catalogue takes, and the room that is left for it, as far as that can be asked.
async fn disk(store: &SharedStore) -> Check {
    const LITTLE: u64 = 200 << 20;
    let size = match store.size().await {
        Ok(size) => format!("the catalogue takes {} MB", number(size >> 20)),
        Err(error) => return Check::failed("disk", &error.into()),
    };
    match room(&store.location()) {
        Some(free) if free < LITTLE => {
            let found = format!("{} MB free; {size}", number(free >> 20));
            Check::note("disk", found, "ten thousand artists with everything take some 150 MB")
        }
        Some(free) => Check::ok("disk", format!("{} MB free; {size}", number(free >> 20))),
        None => Check::ok("disk", format!("{size}; how much room is left only its server can tell")),
    }
}

/// What is to be known where facts from Spotify are in a ranking.
async fn terms(store: &SharedStore) -> Option<Check> {
    match relate::spotify_entered(store).await {
        Ok(false) => None,
        Ok(true) => Some(Check::note(
            "terms",
            "facts from Spotify entered a ranking; its developer terms restrict analysing its content (docs/terms.md)",
            "`sixpotify relate --sources open` leaves them out",
        )),
        Err(failure) => Some(Check::failed("terms", &failure)),
    }
}

/// Free bytes where a catalogue that is a file lies.
fn room(location: &str) -> Option<u64> {
    let file = std::path::Path::new(location.strip_prefix("sqlite:")?);
    fs4::available_space(file.parent()?).ok()
}

/// Now, on the machine's clock.
fn now() -> chrono::DateTime<chrono::Utc> {
    SystemClock.now()
}
