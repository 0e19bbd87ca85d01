//! `sixpotify relate`: compute which artists resemble each other.

use serde_json::json;
use sixpotify_core::{Artist, Source};
use sixpotify_pipeline::{RelateOptions, RelateReport, Sources, relate, relate_one, stored_ranking};
use sixpotify_sources::{Clock as _, SystemClock};
use sixpotify_store::{Access, RunRecord, SharedStore};

use crate::catalogue::{find_named_artist, open_catalogue};
use crate::cli::{Method, RelateArgs};
use crate::failure::{Exit, Failure};
use crate::printer::{Out, number, say};
use crate::settings::Settings;

/// Runs that are looked through for an earlier `relate`.
const RECENT: usize = 5_000;

/// Neighbours that are kept of each artist where nothing else is said.
pub(crate) const DEPTH: usize = 50;

/// Computes the ranking, stores it, and says what came of it.
pub(crate) async fn run(settings: &Settings, args: &RelateArgs) -> Result<Exit, Failure> {
    let store = open_catalogue(settings, Access::Read).await?;
    let only = match &args.only {
        Some(text) => Some(find_named_artist(&store, text).await?),
        None => None,
    };
    let said_before = spotify_entered(&store).await?;
    let usual = RelateOptions { method: args.method.unwrap_or_default().into(), depth: DEPTH, sources: Sources::all() };
    let stored = if only.is_some() { stored_ranking(&store).await? } else { None };
    let mut options = stored.unwrap_or(usual);
    if let Some(method) = args.method {
        options.method = method.into();
    }
    if let Some(depth) = args.depth {
        options.depth = usize::from(depth);
    }
    if let Some(sources) = &args.sources {
        options.sources = sources.clone();
    }
    let report = recorded(&store, &options, only.as_ref()).await?;
    let mut out = Out::new();
    if args.json {
        out.json(&report)?;
    } else {
        out.line(match &only {
            Some(artist) => of_one(&artist.name, &report),
            None => summary(&report),
        })?;
        if report.only.is_some() && report.entered.is_none() {
            say(
                "the stored ranking was made with another method or other sources: the lists of others stay as they are",
            );
        }
        if options.sources != Sources::all() {
            let entered: Vec<&str> = report.sources.iter().map(|source| source.as_str()).collect();
            let entered = if entered.is_empty() { "none".to_owned() } else { entered.join(", ") };
            say(format!("only facts of these sources could enter the ranking: {}; entered: {entered}", report.allowed));
        }
        if report.without_signal > 0 {
            let n = number(report.without_signal as u64);
            say(format!(
                "{n} artists were left out: nothing is known of them to compare (neither sound, genres nor listeners), or nobody \
                 else has anything of it"
            ));
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

/// `relate`, recorded in `runs`.
pub(crate) async fn recorded(
    store: &SharedStore,
    options: &RelateOptions,
    only: Option<&Artist>,
) -> Result<RelateReport, Failure> {
    let run = store.start_run("relate", Some(options.method.name()), SystemClock.now()).await?;
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

/// What came of it for one artist, in a line.
fn of_one(name: &str, report: &RelateReport) -> String {
    let others =
        report.entered.map_or_else(String::new, |lists| format!(" and stands in {} lists of others", number(lists)));
    format!("{name} has {} neighbours now{others}, in {:.1} s", number(report.rows), report.seconds)
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
