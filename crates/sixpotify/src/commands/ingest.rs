//! `sixpotify ingest`: names in, a catalogue out.

mod input;
mod job;
pub(crate) mod open;
pub(crate) mod shown;

use sixpotify_core::Source;
use sixpotify_pipeline::{NameList, Outcome, Report};
use sixpotify_store::{Access, SharedStore};

use crate::catalogue::open_catalogue;
use crate::cli::IngestArgs;
use crate::failure::{Exit, Failure};
use crate::printer::{Out, say};
use crate::settings::Settings;

pub(crate) use job::{Job, Task, client};
pub(crate) use open::{OpenJob, OpenWishes};

/// Reads the names, says what will be done, does it, and reports.
pub(crate) async fn run(settings: &Settings, args: &IngestArgs) -> Result<Exit, Failure> {
    let (list, names) = input::read(args)?;
    shown::notes(&names);
    let chosen = if args.source.is_empty() { settings.sources()? } else { args.source.clone() };
    let wishes = |sources: Vec<Source>| OpenWishes {
        sources,
        facets: args.facets.clone(),
        max_wait: args.max_wait,
        licence: args.license,
        older_than: None,
    };
    let spotify = if chosen.is_empty() { settings.has_spotify_keys() } else { chosen.contains(&Source::Spotify) };
    if !spotify {
        let store = open_catalogue(settings, Access::Write).await?;
        let job = OpenJob::new(settings, store.clone(), &list, &wishes(open::wanted(&chosen)))?;
        return carry_out_open(&job, &store, &names, args).await;
    }
    let task = Task::Ingest { list: list.clone(), names: names.clone() };
    let job = Job::new(settings, task, args.facets.clone(), args.max_wait).await?;
    let others = open::wanted(&chosen);
    let by_choice = !chosen.is_empty() && !others.is_empty();
    if args.dry_run {
        return carry_out(&job, true, args.json).await;
    }
    say(shown::plan(&job.plan().await?));
    let (mut report, result) = job.run().await?;
    // In development mode Spotify withholds most: the others fill what is absent. Nobody else is asked otherwise, unless wished.
    let ended = matches!(report.outcome, Outcome::Stopped);
    if !ended && (by_choice || chosen.is_empty() && report.development_mode) {
        let open = OpenJob::new(settings, job.store.clone(), &list, &wishes(others))?;
        say(open.shown(&open.plan(&names).await?));
        report.add_open(open.run(&names).await?);
    }
    let mut out = Out::new();
    if args.json {
        out.json(&report)?;
    } else {
        shown::report(&mut out, &report)?;
    }
    out.finish()?;
    job.store.close().await;
    result?;
    Ok(exit_of(&report))
}

/// Plan, run and report of a run without Spotify.
async fn carry_out_open(
    job: &OpenJob,
    store: &SharedStore,
    names: &NameList,
    args: &IngestArgs,
) -> Result<Exit, Failure> {
    let plan = job.plan(names).await?;
    let mut out = Out::new();
    if args.dry_run {
        if args.json {
            out.json(&plan)?;
        } else {
            out.line(job.shown(&plan))?;
        }
        out.finish()?;
        store.close().await;
        return Ok(Exit::Done);
    }
    say(job.shown(&plan));
    let report = job.run(names).await?;
    if args.json {
        out.json(&report)?;
    } else {
        shown::report(&mut out, &report)?;
    }
    out.finish()?;
    store.close().await;
    Ok(exit_of(&report))
}

/// Plan, run and report of a job: `ingest` and `refresh` alike.
pub(crate) async fn carry_out(job: &Job, dry_run: bool, json: bool) -> Result<Exit, Failure> {
    let plan = job.plan().await?;
    if dry_run {
        let mut out = Out::new();
        if json {
            out.json(&plan)?;
        } else {
            out.line(shown::plan(&plan))?;
        }
        out.finish()?;
        job.store.close().await;
        return Ok(Exit::Done);
    }
    say(shown::plan(&plan));
    let (report, result) = job.run().await?;
    let mut out = Out::new();
    if json {
        out.json(&report)?;
    } else {
        shown::report(&mut out, &report)?;
    }
    out.finish()?;
    job.store.close().await;
    result?;
    Ok(exit_of(&report))
}

pub(crate) fn exit_of(report: &Report) -> Exit {
    match report.outcome {
        Outcome::Paused { .. } | Outcome::Stopped => Exit::Paused,
        Outcome::Broken => Exit::Failed,
        Outcome::Done if report.has_failures() => Exit::Failed,
        Outcome::Done => Exit::Done,
    }
}
