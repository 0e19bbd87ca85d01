//! Keeps what is held in memory in step with the catalogue, which other processes write.

use std::sync::atomic::Ordering;

use sixpotify_store::StoreError;

use crate::state::AppState;

/// Reads names, then songs; and both again whenever a run has ended since; until the server ends. Names come first: with them
/// the server can answer, and says that it is ready.
pub(crate) async fn watch(state: AppState) {
    let mut seen = None;
    loop {
        match look(&state, seen).await {
            Ok(newest) => seen = Some(newest),
            Err(error) => tracing::warn!(error = %error, "names and songs could not be read"),
        }
        tokio::select! {
            () = tokio::time::sleep(state.config.follow) => {}
            () = state.stop.cancelled() => return,
        }
    }
}

/// Reads everything where the newest ended run is not the one that was `seen`; gives the newest one.
async fn look(state: &AppState, seen: Option<Option<i64>>) -> Result<Option<i64>, StoreError> {
    // Names change with every artist that is learned, not only with runs.
    state.resolver.follow().await?;
    state.resolver.load().await?;
    state.names_read.store(true, Ordering::Release);
    let runs = state.store.recent_runs(10).await?;
    let newest = runs.iter().find(|run| run.outcome.is_some()).map(|run| run.id);
    if seen == Some(newest) {
        return Ok(newest);
    }
    state.answers.clear();
    state.shelf.refresh().await?;
    Ok(newest)
}
