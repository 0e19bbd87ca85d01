//! `sixpotify ingest`: names in, a catalogue out.

mod input;
mod job;
pub(crate) mod open;
pub(crate) mod shown;

use std::time::Duration;

use serde_json::json;
use sixpotify_core::{Facet, Source};
use sixpotify_pipeline::{Beside, Outcome, Report};
use sixpotify_store::SharedStore;

use crate::catalogue::open_catalogue;
use crate::cli::{IngestArgs, Licence};
use crate::failure::{Exit, Failure};
use crate::printer::{Out, say};
use crate::settings::Settings;

pub(crate) use job::{Job, Task, client};
pub(crate) use open::OpenJob;

/// What is asked of whom: `ingest` and `refresh` alike.
pub(crate) struct Wishes {
    /// Nobody else is asked; empty: all that there are keys for.
    pub sources: Vec<Source>,
    /// What is fetched; `None`: all.
    pub facets: Option<Vec<Facet>>,
    /// The longest wait while a source is blocked.
    pub max_wait: Duration,
    /// What may be taken.
    pub licence: Licence,
}

impl Wishes {
    /// Everything, of everybody.
    pub(crate) fn all() -> Self {
        Self { sources: Vec::new(), facets: None, max_wait: Duration::from_secs(60), licence: Licence::All }
    }
}

/// Reads the names, says what will be done, does it, and reports.
pub(crate) async fn run(settings: &Settings, args: &IngestArgs) -> Result<Exit, Failure> {
    let (list, names) = input::read(args)?;
    shown::notes(&names);
    let wishes = Wishes {
        sources: if args.source.is_empty() { settings.sources()? } else { args.source.clone() },
        facets: args.facets.clone(),
        max_wait: args.max_wait,
        licence: args.license,
    };
    carry_out(settings, &Task::Ingest { list, names }, &wishes, args.dry_run, args.json).await
}

/// Who does a task.
enum Workers {
    Spotify(Box<Job>),
    Open(SharedStore, Box<OpenJob>),
    Both(Box<(Job, OpenJob)>, Beside),
}

impl Workers {
    /// Sets up whoever is wished for; sends nothing yet.
    async fn new(settings: &Settings, task: &Task, wishes: &Wishes) -> Result<Self, Failure> {
        let chosen = &wishes.sources;
        let spotify = if chosen.is_empty() { settings.has_spotify_keys() } else { chosen.contains(&Source::Spotify) };
        let others = !open::wanted(chosen).is_empty();
        if !spotify {
            let store = open_catalogue(settings, task.access()).await?;
            let open = OpenJob::new(settings, store.clone(), task, wishes)?;
            return Ok(Self::Open(store, Box::new(open)));
        }
        let job = Job::new(settings, task, wishes).await?;
        if !others {
            return Ok(Self::Spotify(Box::new(job)));
        }
        let open = OpenJob::new(settings, job.store.clone(), task, wishes)?;
        let order = settings.order()?;
        let wished = !chosen.is_empty() || Facet::ALL.iter().any(|facet| order.is_chosen(*facet));
        let beside = if wished { Beside::Always } else { Beside::WhereNeeded };
        Ok(Self::Both(Box::new((job, open)), beside))
    }

    fn store(&self) -> &SharedStore {
        match self {
            Self::Spotify(job) => &job.store,
            Self::Both(jobs, _) => &jobs.0.store,
            Self::Open(store, _) => store,
        }
    }

    /// What will be done, in lines of words and as JSON.
    async fn plan(&self, task: &Task) -> Result<(Vec<String>, serde_json::Value), Failure> {
        match self {
            Self::Spotify(job) => {
                let plan = job.plan(task).await?;
                Ok((vec![shown::plan(&plan)], json!(plan)))
            }
            Self::Open(_, open) => {
                let plan = open.plan(task.names(), false).await?;
                Ok((vec![open.shown(&plan)], open.json(&plan)))
            }
            Self::Both(jobs, beside) => {
                let (job, open) = &**jobs;
                let plan = job.plan(task).await?;
                let (mut text, mut json) = (vec![shown::plan(&plan)], json!(plan));
                if *beside == Beside::Always || job.is_in_development_mode() {
                    let plan = open.plan(task.names(), true).await?;
                    text.push(open.shown(&plan));
                    json["others"] = open.json(&plan);
                }
                Ok((text, json))
            }
        }
    }

    fn hint(&self) {
        match self {
            Self::Both(jobs, beside) if *beside == Beside::Always || jobs.0.is_in_development_mode() => jobs.1.hint(),
            Self::Open(_, open) => open.hint(),
            _ => {}
        }
    }

    /// Does it. The report comes also when it ended on an error of Spotify's, which is the second value then.
    async fn run(&self, task: &Task) -> Result<(Report, Result<(), Failure>), Failure> {
        match self {
            Self::Spotify(job) => job.run(task, None).await,
            Self::Open(_, open) => Ok((open.run(task.names()).await?, Ok(()))),
            Self::Both(jobs, beside) => jobs.0.run(task, Some((&jobs.1.ingest, *beside))).await,
        }
    }
}

/// Plan, run and report of a task: `ingest` and `refresh` alike.
pub(crate) async fn carry_out(
    settings: &Settings,
    task: &Task,
    wishes: &Wishes,
    dry_run: bool,
    json: bool,
) -> Result<Exit, Failure> {
    let workers = Workers::new(settings, task, wishes).await?;
    let (text, plan) = workers.plan(task).await?;
    if dry_run {
        let mut out = Out::new();
        if json {
            out.json(&plan)?;
        } else {
            for line in text {
                out.line(line)?;
            }
        }
        out.finish()?;
        workers.store().close().await;
        return Ok(Exit::Done);
    }
    workers.hint();
    text.into_iter().for_each(say);
    let (report, result) = workers.run(task).await?;
    let mut out = Out::new();
    if json {
        out.json(&report)?;
    } else {
        shown::report(&mut out, &report)?;
    }
    out.finish()?;
    if settings.get("LISTENBRAINZ_TOKEN").is_none() {
        shown::hint_at_token(&report);
    }
    workers.store().close().await;
    result?;
    Ok(exit_of(&report))
}

pub(crate) fn exit_of(report: &Report) -> Exit {
    match report.outcome {
        Outcome::Paused { .. } | Outcome::Stopped => Exit::Paused,
        Outcome::Broken => Exit::Failed,
        Outcome::Done if report.has_failures() => Exit::Failed,
        // Nobody was there to say who they are.
        Outcome::Done if report.left > 0 => Exit::Paused,
        Outcome::Done => Exit::Done,
    }
}

/// The word in `runs` for how a run ended.
pub(crate) fn outcome_of(report: &Report) -> &'static str {
    match exit_of(report) {
        Exit::Done => "done",
        Exit::Paused => "paused",
        _ => "failed",
    }
}
