//! `sixpotify refresh`: fetch again what is stale, the oldest first.

use super::ingest::{Task, Wishes, carry_out};
use crate::cli::RefreshArgs;
use crate::failure::{Exit, Failure};
use crate::settings::Settings;

/// Plans, refreshes and reports.
pub(crate) async fn run(settings: &Settings, args: &RefreshArgs) -> Result<Exit, Failure> {
    let wishes = Wishes {
        sources: if args.source.is_empty() { settings.sources()? } else { args.source.clone() },
        facets: args.facets.clone(),
        max_wait: args.max_wait,
        licence: args.license,
    };
    carry_out(settings, &Task::Refresh { older_than: args.older_than }, &wishes, args.dry_run, args.json).await
}
