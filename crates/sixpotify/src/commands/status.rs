//! `sixpotify status`: what the catalogue holds, what is pending, and the last runs.

use serde_json::json;
use sixpotify_store::{Access, Counts, PendingList, RunRecord};

use crate::catalogue::open_catalogue;
use crate::cli::JsonArgs;
use crate::failure::{Exit, Failure};
use crate::printer::{Out, number, row, table};
use crate::settings::Settings;

/// Runs shown.
const RUNS: usize = 5;

/// Shows the state of the catalogue.
pub(crate) async fn run(settings: &Settings, args: &JsonArgs) -> Result<Exit, Failure> {
    let store = open_catalogue(settings, Access::Read).await?;
    let (counts, pending, runs) = (store.counts().await?, store.pending().await?, store.recent_runs(RUNS).await?);
    let version = store.schema_version().await?;
    let mut out = Out::new();
    if args.json {
        out.json(&json!({
            "catalogue": store.location(),
            "schema_version": version,
            "counts": counts,
            "pending": pending,
            "runs": runs,
        }))?;
    } else {
        out.line(format!("{} (schema version {version})", store.location()))?;
        show_counts(&mut out, &counts)?;
        show_pending(&mut out, &pending)?;
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
