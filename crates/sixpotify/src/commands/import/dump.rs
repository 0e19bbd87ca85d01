//! `sixpotify import musicbrainz` and `import listenbrainz`: dumps of whole services into the catalogue.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;

use serde_json::json;
use sixpotify_core::Source;
use sixpotify_pipeline::{DumpError, DumpOptions, DumpOutcome, DumpReport, import_listenbrainz, import_musicbrainz};
use sixpotify_sources::{Clock as _, SystemClock};
use sixpotify_store::{Access, SharedStore};

use super::salt;
use crate::catalogue::open_catalogue;
use crate::cli::{ImportDumpArgs, Licence};
use crate::failure::{Exit, Failure};
use crate::plain::plain;
use crate::printer::{Out, number, say};
use crate::progress::DumpBar;
use crate::settings::Settings;
use crate::signals;

/// Imports a dump, and says what came of it.
pub(super) async fn run(
    settings: &Settings,
    source: Source,
    args: &ImportDumpArgs,
    licence: Licence,
) -> Result<Exit, Failure> {
    let store = open_catalogue(settings, Access::Write).await?;
    let salt = if source == Source::ListenBrainz { store.listener_salt(&salt()?).await? } else { String::new() };
    let mut options =
        DumpOptions { path: args.file.clone(), force: args.force, open_licence: licence == Licence::Open, salt };
    let stop = signals::stop();
    let mut result = recorded(&store, source, &options, stop.clone()).await;
    if let Err(DumpError::Older { .. }) = &result
        && wished(&result)?
    {
        options.force = true;
        result = recorded(&store, source, &options, stop).await;
    }
    let report = result?;
    let mut out = Out::new();
    if args.json {
        out.json(&report)?;
    } else {
        out.line(summary(&report))?;
        notes(&report);
    }
    store.close().await;
    out.finish()?;
    Ok(if report.outcome == DumpOutcome::Stopped { Exit::Paused } else { Exit::Done })
}

/// Whether the user, asked on a terminal, wants the older dump all the same.
fn wished(result: &Result<DumpReport, DumpError>) -> Result<bool, Failure> {
    let Err(error) = result else { return Ok(false) };
    if !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
        return Ok(false);
    }
    eprint!("{}. Import it all the same? [y/N] ", plain(&error.to_string()));
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// The import, recorded in `runs`.
async fn recorded(
    store: &SharedStore,
    source: Source,
    options: &DumpOptions,
    stop: tokio::sync::watch::Receiver<bool>,
) -> Result<DumpReport, DumpError> {
    let clock = Arc::new(SystemClock);
    let run = store.start_run("import", Some(source.as_str()), clock.now()).await?;
    let bar = DumpBar::new();
    let result = match source {
        Source::ListenBrainz => import_listenbrainz(store, options, clock.clone(), &bar, stop).await,
        _ => import_musicbrainz(store, options, clock.clone(), &bar, stop).await,
    };
    bar.finish();
    let (outcome, counts) = match &result {
        Ok(report) if report.outcome == DumpOutcome::Stopped => ("paused", json!(report)),
        Ok(report) => ("done", json!(report)),
        Err(error) => ("failed", json!({ "error": error.to_string() })),
    };
    let noted = store.finish_run(run, outcome, &counts, clock.now()).await;
    match (&result, noted) {
        (Ok(_), noted) => noted?,
        // The catalogue that failed is asked to note that it did; it may not be able to.
        (Err(_), Err(second)) => tracing::debug!(error = %second, "the failed run could not be recorded"),
        (Err(_), Ok(())) => {}
    }
    result
}

/// What came of it, in a line.
fn summary(report: &DumpReport) -> String {
    let of = report.dump_date.map_or_else(String::new, |date| format!(" of {}", date.date_naive()));
    let dump = format!("{}'s dump{of}", report.source);
    if report.outcome == DumpOutcome::Already {
        return format!("{dump} is in the catalogue already ({} records)", number(report.resumed_after));
    }
    let stored = if report.source == Source::ListenBrainz {
        format!(
            "{} listens count, {} were skipped after a moment; {} counts stored, {} of artists that the catalogue does not have left out",
            number(report.counted),
            number(report.skips),
            number(report.stored_counts),
            number(report.unknown_artists)
        )
    } else {
        format!(
            "{} new artists, {} known ones ({} of them joined by a link)",
            number(report.new_artists),
            number(report.known_artists),
            number(report.joined_artists)
        )
    };
    format!("{dump}: {} records in {:.1} s: {stored}", number(report.records), report.seconds)
}

/// What else there is to say, on stderr.
fn notes(report: &DumpReport) {
    match report.outcome {
        DumpOutcome::Already => say("hint: `--force` imports it again from its beginning"),
        DumpOutcome::Stopped => say("stopped with everything saved; run the same command again to go on"),
        DumpOutcome::Done if report.resumed_after > 0 => {
            say(format!("went on behind {} records of an earlier run", number(report.resumed_after)));
        }
        DumpOutcome::Done => {}
    }
    for line in &report.faulty_lines {
        say(format!("{}, line {}: {}", line.file, line.line, line.reason));
    }
    if report.faulty > 0 {
        let shown = if report.faulty > report.faulty_lines.len() as u64 { "; the first of them are above" } else { "" };
        let lines = if report.faulty == 1 { "line" } else { "lines" };
        say(format!("{} {lines} could not be used{shown}", number(report.faulty)));
    }
    if report.in_doubt > 0 {
        say(format!(
            "{} artists have links to several artists of the catalogue and stay apart; `sixpotify link add` joins them",
            number(report.in_doubt)
        ));
    }
    vanished(report);
    if report.forgotten > 0 {
        say(format!("{} artists were left out as they were forgotten", number(report.forgotten)));
    }
}

/// What became of artists that the dump does not have any more.
fn vanished(report: &DumpReport) {
    let (source, gone) = (report.source, &report.vanished);
    if gone.too_many {
        say(format!("more than a tenth of {source}'s artists are missing in this dump: nothing of them was changed"));
        say("hint: where the dump is whole, `--force` takes back what it does not have any more");
    }
    if gone.merged + gone.removed + gone.kept > 0 {
        say(format!(
            "{source} does not have {} artists any more: {} became another one, {} were removed, {} stay for what others say of them",
            number(gone.merged + gone.removed + gone.kept),
            number(gone.merged),
            number(gone.removed),
            number(gone.kept)
        ));
    }
    for artist in &gone.kept_artists {
        say(format!("not at {source} any more: {artist}"));
    }
}
