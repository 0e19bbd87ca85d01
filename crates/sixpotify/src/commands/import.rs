//! `sixpotify import`: tables and dumps into the catalogue.

mod dump;

use std::fs::File;
use std::path::Path;

use serde_json::json;
use sixpotify_core::Source;
use sixpotify_pipeline::{FileReport, ImportOptions, ImportReport, Kind, Table, import_tables};
use sixpotify_sources::{Clock as _, SystemClock};
use sixpotify_store::{Access, SharedStore};

use crate::catalogue::open_catalogue;
use crate::cli::{ImportCommand, ImportCsvArgs, Licence};
use crate::failure::{Exit, Failure};
use crate::printer::{Out, number, say};
use crate::progress::ImportProgress;
use crate::settings::Settings;

/// Problems that are shown line by line.
const SHOWN_PROBLEMS: usize = 10;

/// Runs what was typed after `import`.
pub(crate) async fn run(settings: &Settings, what: &ImportCommand) -> Result<Exit, Failure> {
    match what {
        ImportCommand::Csv(args) => csv(settings, args).await,
        ImportCommand::MusicBrainz { dump, license } => dump::run(settings, Source::MusicBrainz, dump, *license).await,
        ImportCommand::ListenBrainz(args) => dump::run(settings, Source::ListenBrainz, args, Licence::All).await,
    }
}

/// Imports the tables, and says what came of each.
async fn csv(settings: &Settings, args: &ImportCsvArgs) -> Result<Exit, Failure> {
    let files = [(Kind::Artists, &args.artists), (Kind::Tracks, &args.tracks), (Kind::Listens, &args.colisten)];
    let tables = files
        .into_iter()
        .filter_map(|(kind, path)| Some(opened(kind, path.as_deref()?)))
        .collect::<Result<Vec<Table>, Failure>>()?;
    let store = open_catalogue(settings, Access::Write).await?;
    let add_artists = match (args.add_artists, args.known_only) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    };
    let (report, result) = recorded(&store, tables, &ImportOptions { add_artists, salt: salt()? }).await?;
    let mut out = Out::new();
    if args.json {
        out.json(&report)?;
    } else {
        for file in &report.files {
            out.line(summary(file))?;
        }
        if result.is_ok() {
            let (artists, seconds) = (number(report.new_artists), report.seconds);
            out.line(format!("{artists} new artists in {seconds:.1} s"))?;
        }
    }
    if !args.json {
        report.files.iter().for_each(notes);
    }
    store.close().await;
    out.finish()?;
    result?;
    // A table of which nothing could be used is no success.
    let useless = report.files.iter().any(|file| file.stored == 0 && file.rows > 0 && file.skipped == file.rows);
    Ok(if useless { Exit::Failed } else { Exit::Done })
}

fn opened(kind: Kind, path: &Path) -> Result<Table, Failure> {
    let label = path.display().to_string();
    let failed = |why: String| Failure::new(format!("cannot read `{label}`: {why}")).hint("name a CSV file");
    if path.is_dir() {
        return Err(failed("it is a directory".to_owned()));
    }
    let file = File::open(path).map_err(|error| {
        failed(match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
            _ => error.to_string(),
        })
    })?;
    Ok(Table { kind, label, input: Box::new(file) })
}

/// The import, recorded in `runs`. The report comes also where it ended early.
async fn recorded(
    store: &SharedStore,
    tables: Vec<Table>,
    options: &ImportOptions,
) -> Result<(ImportReport, Result<(), Failure>), Failure> {
    let progress = ImportProgress::new();
    let now = SystemClock.now();
    let run = store.start_run("import", Some("csv"), now).await?;
    let (report, result) = import_tables(store, tables, options, now, &|kind, rows| progress.stored(kind, rows)).await;
    progress.finish();
    let (outcome, counts) = match &result {
        Ok(()) => ("done", json!(report)),
        Err(error) => ("failed", json!({ "error": error.to_string(), "files": report.files })),
    };
    let noted = store.finish_run(run, outcome, &counts, SystemClock.now()).await;
    match (&result, noted) {
        (Ok(()), noted) => noted?,
        // The catalogue that failed is asked to note that it did; it may not be able to.
        (Err(_), Err(second)) => tracing::debug!(error = %second, "the failed run could not be recorded"),
        (Err(_), Ok(())) => {}
    }
    Ok((report, result.map_err(Failure::from)))
}

/// A new salt, for a catalogue that has none.
fn salt() -> Result<String, Failure> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|e| Failure::new(format!("the system gives no random numbers: {e}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What came of a table, in a line.
fn summary(file: &FileReport) -> String {
    let mut text = format!("{}: {} of {} rows stored", file.file, number(file.stored), number(file.rows));
    let parts = [
        (file.repeated.unwrap_or(0), "of which repeat an earlier row (the last counts)"),
        (file.skipped, "left out as unusable"),
        (file.unknown_artists, "left out as their artists are not in the catalogue"),
        (file.forgotten, "left out as their artists were forgotten"),
    ];
    for (count, what) in parts.into_iter().filter(|(count, _)| *count > 0) {
        text.push_str(&format!(", {} {what}", number(count)));
    }
    text
}

/// What else there is to say of a table, on stderr.
fn notes(file: &FileReport) {
    let label = &file.file;
    if !file.encoding.is_empty() && file.encoding != "UTF-8" {
        say(format!("{label}: written in {}, converted", file.encoding));
    }
    if !file.missing_columns.is_empty() {
        say(format!("{label}: without {}", file.missing_columns.join(", ")));
    }
    if !file.unknown_columns.is_empty() {
        say(format!("{label}: not used: {}", file.unknown_columns.join(", ")));
    }
    if file.unusable_cells > 0 {
        say(format!("{label}: {} cells are no such value and count as empty", number(file.unusable_cells)));
    }
    for problem in file.problems.iter().take(SHOWN_PROBLEMS) {
        say(format!("{label}, line {}: {}", problem.line, problem.reason));
    }
    let more = (file.skipped + file.unusable_cells).saturating_sub(SHOWN_PROBLEMS as u64);
    if more > 0 && file.problems.len() > SHOWN_PROBLEMS {
        say(format!("{label}: {} more; `--json` lists a hundred", number(more)));
    }
    if file.unknown_artists > 0 {
        say(format!("{label}: `--add-artists` takes in artists that only this table names"));
    }
}
