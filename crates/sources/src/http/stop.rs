//! Whoever asked wants no more: what waits for its turn ends at once, what is on its way is finished.
//!
//! That is a property of who asks, not of the service: a door is shared by runs that end at different times. So it goes with the
//! task, and no endpoint has to hand it on.

use tokio::sync::watch;

tokio::task_local! {
    static STOP: watch::Receiver<bool>;
}

/// Does `asking`, and sends nothing more for it from the moment that `stop` becomes true: requests that wait, for their turn or to be
/// tried again, end with [`FetchError::Stopped`](super::FetchError::Stopped).
pub async fn until<F: Future>(stop: watch::Receiver<bool>, asking: F) -> F::Output {
    STOP.scope(stop, asking).await
}

/// Whether nothing more is to be sent for this task.
pub(super) fn is_stopped() -> bool {
    STOP.try_with(|stop| *stop.borrow()).unwrap_or(false)
}

/// What `wait` comes to; `None` where it was ended by a stop.
pub(super) async fn or_stopped<T>(wait: impl Future<Output = T>) -> Option<T> {
    let Ok(mut stop) = STOP.try_with(watch::Receiver::clone) else { return Some(wait.await) };
    let stopped = async {
        if stop.wait_for(|stop| *stop).await.is_err() {
            // Nobody can say so any more.
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        biased;
        () = stopped => None,
        done = wait => Some(done),
    }
}
