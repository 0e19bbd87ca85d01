//! `sixpotify status`: what the catalogue holds, what is pending, and the last runs.

use serde_json::json;
use sixpotify_sources::{Clock as _, SystemClock};
use sixpotify_store::{Access, Counts, Failure as Failed, PendingList, RunRecord, SourceKey, SourceState};

use crate::catalogue::open_catalogue;
use crate::cli::JsonArgs;
use crate::failure::{Exit, Failure};
use crate::printer::{Out, number, row, table};
use crate::settings::Settings;

/// Runs shown.
const RUNS: usize = 5;

/// Failures shown.
const FAILURES: usize = 10;

/// Shows the state of the catalogue.
pub(crate) async fn run(settings: &Settings, args: &JsonArgs) -> Result<Exit, Failure> {
    let store = open_catalogue(settings, Access::Read).await?;
    let (counts, pending, runs) = (store.counts().await?, store.pending().await?, store.recent_runs(RUNS).await?);
    let (sources, failures) = (store.source_states(SystemClock.now()).await?, store.failures(FAILURES).await?);
    let version = store.schema_version().await?;
    let mut out = Out::new();
    if args.json {
        out.json(&json!({
            "catalogue": store.location(),
            "schema_version": version,
            "counts": counts,
            "sources": sources.iter().map(|(key, state)| json!({ "key": key, "state": state })).collect::<Vec<_>>(),
            "pending": pending,
            "failures": failures,
            "runs": runs,
        }))?;
    } else {
        out.line(format!("{} (schema version {version})", store.location()))?;
        show_counts(&mut out, &counts)?;
        show_sources(&mut out, &sources)?;
        show_pending(&mut out, &pending)?;
        show_failures(&mut out, &failures)?;
        show_runs(&mut out, &runs)?;
    }
    store.close().await;
    out.finish()?;
    Ok(Exit::Done)
}

/// What is stored, a line each.
pub(crate) fn show_counts(out: &mut Out, counts: &Counts) -> Result<(), Failure> {
    let lines = [
        ("artists", counts.artists, String::new()),
        ("genres", counts.genres, format!("of {} artists", number(counts.artists_with_genres))),
        ("albums", counts.albums, String::new()),
        ("tracks", counts.tracks, format!("{} with audio features", number(counts.audio_features))),
        ("related artists", counts.related_artists, format!("of {} artists", number(counts.artists_with_related))),
    ];
    for (what, n, more) in lines {
        let line = format!("  {:>9} {what}", number(n));
        out.line(if more.is_empty() { line } else { format!("{line}, {more}") })?;
    }
    Ok(())
}

/// What each key may do now.
fn show_sources(out: &mut Out, sources: &[(SourceKey, SourceState)]) -> Result<(), Failure> {
    for (key, state) in sources {
        let today = format!("{} requests in the last 24 hours", number(state.today));
        let blocked = state.blocked.as_ref().map_or_else(String::new, |(until, reason)| {
            let until = until.with_timezone(&chrono::Local).format("%Y-%m-%d %H:%M");
            format!("; wants none before {until}: {reason}")
        });
        let withheld: Vec<&str> = state.withheld.keys().map(String::as_str).collect();
        let withheld = if withheld.is_empty() { String::new() } else { format!("; withheld: {}", withheld.join(", ")) };
        out.line(format!("{} (key {}): {today}{blocked}{withheld}", key.source, key.fingerprint))?;
    }
    Ok(())
}

/// What failed and is tried again.
fn show_failures(out: &mut Out, failures: &[Failed]) -> Result<(), Failure> {
    if failures.is_empty() {
        return Ok(());
    }
    out.line("failed, to be tried again")?;
    let mut shown = table(&[" WHAT", "OF", "TIMES", "AGAIN", "WHY"]);
    for failed in failures {
        let what = failed.facet.map_or_else(|| "name".to_owned(), |f| f.to_string());
        let again = failed.retry_at.map_or_else(String::new, |at| at.format("%Y-%m-%d %H:%M UTC").to_string());
        let why = failed.error.clone().unwrap_or_default();
        shown.add_row(row([format!(" {what}"), failed.name.clone(), failed.attempts.to_string(), again, why]));
    }
    out.table(&shown)
}

fn show_pending(out: &mut Out, pending: &[PendingList]) -> Result<(), Failure> {
    if pending.is_empty() {
        return out.line("nothing is pending");
    }
    out.line("pending lists (run `sixpotify ingest` on them again)")?;
    let mut lists = table(&[" LIST", "NAMES", "FOUND", "AMBIGUOUS", "NOT FOUND", "FAILED", "LEFT"]);
    for list in pending {
        let counts = [list.names, list.found, list.ambiguous, list.not_found, list.failed, list.pending].map(number);
        let [names, found, ambiguous, not_found, failed, left] = counts;
        lists.add_row(row([format!(" {}", list.list), names, found, ambiguous, not_found, failed, left]));
    }
    out.table(&lists)
}

fn show_runs(out: &mut Out, runs: &[RunRecord]) -> Result<(), Failure> {
    if runs.is_empty() {
        return Ok(());
    }
    out.line("last runs")?;
    let mut shown = table(&[" RUN", "JOB", "BEGAN", "TOOK", "OUTCOME"]);
    for run in runs {
        let took = run
            .finished_at
            .map_or_else(|| "not ended".to_owned(), |end| format!("{:.1} s", (end - run.started_at).as_seconds_f64()));
        let job = run.method.as_ref().map_or_else(|| run.job.clone(), |m| format!("{} {m}", run.job));
        let began = run.started_at.format("%Y-%m-%d %H:%M UTC").to_string();
        let outcome = run.outcome.clone().unwrap_or_else(|| "running, or killed".to_owned());
        shown.add_row(row([format!(" {}", run.id), job, began, took, outcome]));
    }
    out.table(&shown)
}
