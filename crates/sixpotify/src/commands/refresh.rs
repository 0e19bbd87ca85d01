//! `sixpotify refresh`: fetch again what is stale, the oldest first.

use super::ingest::{Job, Task, carry_out};
use crate::cli::RefreshArgs;
use crate::failure::{Exit, Failure};
use crate::settings::Settings;

/// Plans, refreshes and reports.
pub(crate) async fn run(settings: &Settings, args: &RefreshArgs) -> Result<Exit, Failure> {
    let task = Task::Refresh { older_than: args.older_than };
    let job = Job::new(settings, task, args.facets.clone(), args.max_wait).await?;
    carry_out(&job, args.dry_run, args.json).await
}
