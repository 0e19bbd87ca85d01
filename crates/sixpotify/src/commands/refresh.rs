//! `sixpotify refresh`: fetch again what is stale, the oldest first.

use sixpotify_core::Source;
use sixpotify_pipeline::{Outcome, Report};
use sixpotify_store::Access;

use super::ingest::{Job, OpenJob, OpenWishes, Task, carry_out, exit_of, open, shown};
use crate::catalogue::open_catalogue;
use crate::cli::{Licence, RefreshArgs};
use crate::failure::{Exit, Failure};
use crate::printer::{Out, say};
use crate::settings::Settings;

/// Plans, refreshes and reports.
pub(crate) async fn run(settings: &Settings, args: &RefreshArgs) -> Result<Exit, Failure> {
    let chosen = settings.sources()?;
    let others = open::wanted(&chosen);
    let wishes = OpenWishes {
        sources: others.clone(),
        facets: args.facets.clone(),
        max_wait: args.max_wait,
        licence: Licence::All,
        older_than: args.older_than,
    };
    let spotify = if chosen.is_empty() { settings.has_spotify_keys() } else { chosen.contains(&Source::Spotify) };
    if !spotify {
        let store = open_catalogue(settings, Access::Read).await?;
        if args.dry_run {
            store.close().await;
            return Err(Failure::usage("`--dry-run` is for spotify: what is due at open sources is found on the way"));
        }
        let report = OpenJob::new(settings, store.clone(), "", &wishes)?.refresh().await?;
        show(&report, args.json)?;
        store.close().await;
        return Ok(exit_of(&report));
    }
    let job =
        Job::new(settings, Task::Refresh { older_than: args.older_than }, args.facets.clone(), args.max_wait).await?;
    if args.dry_run || others.is_empty() {
        return carry_out(&job, args.dry_run, args.json).await;
    }
    say(shown::plan(&job.plan().await?));
    let (mut report, result) = job.run().await?;
    let wished = !chosen.is_empty() || report.development_mode;
    if wished && !matches!(report.outcome, Outcome::Stopped) {
        report.add_open(OpenJob::new(settings, job.store.clone(), "", &wishes)?.refresh().await?);
    }
    show(&report, args.json)?;
    job.store.close().await;
    result?;
    Ok(exit_of(&report))
}

fn show(report: &Report, json: bool) -> Result<(), Failure> {
    let mut out = Out::new();
    if json {
        out.json(report)?;
    } else {
        shown::report(&mut out, report)?;
    }
    out.finish()
}
