//! Commits what the run brings: often enough that little is lost, seldom enough that it is cheap.

use std::sync::Arc;
use std::time::Duration;

use sixpotify_core::ArtistId;
use sixpotify_sources::clock::SharedClock;
use sixpotify_store::{Batch, SharedStore, StoreError};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use crate::patience::patiently;

/// A commit is due when this many answers wait ..
const ANSWERS: usize = 25;

/// .. or the oldest has waited this long.
const WAIT: Duration = Duration::from_secs(1);

/// What is ready goes along, up to this many answers: fewer and larger transactions when answers come fast.
const MOST_ANSWERS: usize = 1000;

/// One answer of the source, as what it changes.
pub(super) struct Answer {
    pub(super) batch: Batch,
    /// Names that have a final state with it.
    pub(super) done: usize,
    /// Artists of whom the source is asked nothing more in this run.
    pub(super) complete: Vec<ArtistId>,
}

/// What a commit brought to its end.
pub(super) struct Saved {
    /// Names that have a final state now.
    pub(super) names: usize,
    /// Artists of whom all that was answered is in the catalogue.
    pub(super) complete: Vec<ArtistId>,
}

/// Writes until the channel closes. Tells `saved` what each commit completed.
pub(super) async fn write_all(
    store: SharedStore,
    clock: SharedClock,
    worker: i64,
    mut answers: mpsc::Receiver<Answer>,
    saved: mpsc::UnboundedSender<Saved>,
) -> Result<(), StoreError> {
    while let Some(first) = answers.recv().await {
        let deadline = Instant::now() + WAIT;
        let Answer { mut batch, mut done, mut complete } = first;
        let mut n = 1;
        while n < ANSWERS {
            let Ok(Some(next)) = timeout_at(deadline, answers.recv()).await else { break };
            batch.append(next.batch);
            done += next.done;
            complete.extend(next.complete);
            n += 1;
        }
        while n < MOST_ANSWERS {
            let Ok(next) = answers.try_recv() else { break };
            batch.append(next.batch);
            done += next.done;
            complete.extend(next.complete);
            n += 1;
        }
        if !batch.is_empty() {
            // Claims that are settled by this batch are freed with it.
            batch.worker = Some(worker);
            let batch = Arc::new(batch);
            patiently(|| store.write_shared(batch.clone(), clock.now())).await?;
        }
        // Nobody listens any more when the run is ending; that is no fault.
        let _ = saved.send(Saved { names: done, complete });
    }
    Ok(())
}
