//! `sixpotify relate`: compute which artists resemble each other.

use serde_json::json;
use sixpotify_core::{Artist, Source};
use sixpotify_pipeline::{RelateOptions, RelateReport, relate, relate_one};
use sixpotify_sources::{Clock as _, SystemClock};
use sixpotify_store::{Access, RunRecord, SharedStore};

use crate::catalogue::{find_named_artist, open_catalogue};
use crate::cli::{Method, RelateArgs};
use crate::failure::{Exit, Failure};
use crate::printer::{Out, number, say};
use crate::settings::Settings;

/// Runs that are looked through for an earlier `relate`.
const RECENT: usize = 500;

/// Computes the ranking, stores it, and says what came of it.
pub(crate) async fn run(settings: &Settings, args: &RelateArgs) -> Result<Exit, Failure> {
    let store = open_catalogue(settings, Access::Read).await?;
    let only = match &args.only {
        Some(text) => Some(find_named_artist(&store, text).await?),
        None => None,
    };
    let said_before = spotify_entered(&store).await?;
    let options =
        RelateOptions { method: args.method.into(), depth: usize::from(args.depth), sources: args.sources.clone() };
    let report = recorded(&store, &options, only.as_ref()).await?;
    let mut out = Out::new();
    if args.json {
        out.json(&report)?;
    } else {
        out.line(match &only {
            Some(artist) => {
                format!("{} has {} neighbours now, in {:.1} s", artist.name, number(report.rows), report.seconds)
            }
            None => summary(&report),
        })?;
        if report.without_signal > 0 {
            let n = number(report.without_signal as u64);
            say(format!("{n} artists have nothing to compare (neither sound, genres nor listeners) and were left out"));
        }
    }
    if !said_before && report.sources.contains(&Source::Spotify) {
        say(terms());
    }
    store.close().await;
    out.finish()?;
    Ok(Exit::Done)
}

/// What is said once when facts from Spotify enter a ranking.
pub(crate) const fn terms() -> &'static str {
    "facts from Spotify entered the ranking; its developer terms restrict analysing its content: see docs/terms.md, and \
     `relate --sources open` to leave them out"
}

/// Whether facts from Spotify entered a ranking before, so that the terms were said.
pub(crate) async fn spotify_entered(store: &SharedStore) -> Result<bool, Failure> {
    let from_spotify = |run: &RunRecord| {
        let sources = run.counts.as_ref().and_then(|counts| counts["sources"].as_array());
        run.job == "relate" && sources.is_some_and(|sources| sources.iter().any(|s| s == Source::Spotify.as_str()))
    };
    Ok(store.recent_runs(RECENT).await?.iter().any(from_spotify))
}

/// How many neighbours of each artist the newest ranking was to keep; `None` where no run is known.
pub(crate) async fn stored_depth(store: &SharedStore) -> Result<Option<u64>, Failure> {
    let runs = store.recent_runs(RECENT).await?;
    let mut whole = runs.iter().filter(|run| run.job == "relate" && run.outcome.as_deref() == Some("done"));
    let depth = whole.find_map(|run| {
        let counts = run.counts.as_ref()?;
        if counts["only"].is_null() { counts["depth"].as_u64() } else { None }
    });
    Ok(depth)
}

/// `relate`, recorded in `runs`.
pub(crate) async fn recorded(
    store: &SharedStore,
    options: &RelateOptions,
    only: Option<&Artist>,
) -> Result<RelateReport, Failure> {
    let run = store.start_run("relate", Some(name(options.method)), SystemClock.now()).await?;
    let result = match only {
        Some(artist) => relate_one(store, &artist.id, options).await,
        None => relate(store, options).await,
    };
    let (outcome, counts) = match &result {
        Ok(report) => ("done", json!(report)),
        Err(error) => ("failed", json!({ "error": error.to_string() })),
    };
    let noted = store.finish_run(run, outcome, &counts, SystemClock.now()).await;
    let report = result?;
    noted?;
    Ok(report)
}

/// A method as it is typed and recorded.
const fn name(method: sixpotify_similar::Method) -> &'static str {
    match method {
        sixpotify_similar::Method::Blend => "blend",
        sixpotify_similar::Method::Audio => "audio",
        sixpotify_similar::Method::Genres => "genres",
        sixpotify_similar::Method::Behaviour => "behaviour",
    }
}

impl From<Method> for sixpotify_similar::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Blend => Self::Blend,
            Method::Audio => Self::Audio,
            Method::Genres => Self::Genres,
            Method::Behaviour => Self::Behaviour,
        }
    }
}

/// What came of it, in a line.
pub(crate) fn summary(report: &RelateReport) -> String {
    let known = [
        (report.with_audio, "with audio features"),
        (report.with_genres, "with genres"),
        (report.with_listeners, "with listeners"),
        (report.with_relations, "with relations"),
    ];
    // The first two are always told: their absence is what an operator wants to see.
    let known: Vec<String> = known
        .iter()
        .enumerate()
        .filter(|(at, (count, _))| *at < 2 || *count > 0)
        .map(|(_, (count, what))| format!("{} {what}", number(*count as u64)))
        .collect();
    format!(
        "related {} of {} artists ({}): {} neighbours in {:.1} s",
        number(report.related as u64),
        number(report.artists as u64),
        known.join(", "),
        number(report.rows),
        report.seconds,
    )
}
