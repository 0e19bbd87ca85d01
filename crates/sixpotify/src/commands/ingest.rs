//! `sixpotify ingest`: names in, a catalogue out.

mod input;
mod job;
mod shown;

use sixpotify_pipeline::{Outcome, Report};

use crate::cli::IngestArgs;
use crate::failure::{Exit, Failure};
use crate::printer::{Out, say};
use crate::settings::Settings;

pub(crate) use job::{Job, Task, client};

/// Reads the names, says what will be done, does it, and reports.
pub(crate) async fn run(settings: &Settings, args: &IngestArgs) -> Result<Exit, Failure> {
    let (list, names) = input::read(args)?;
    shown::notes(&names);
    let job = Job::new(settings, Task::Ingest { list, names }, args.facets.clone(), args.max_wait).await?;
    carry_out(&job, args.dry_run, args.json).await
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
