//! The thread that writes.
//!
//! SQLite's pages are allocated and freed thousands of times in a run. On the threads of a pool, which take turns, each
//! with an arena of the allocator to itself, a process grew with its catalogue: 470 MB after 100,000 artists.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use tokio::sync::oneshot;

use super::connection::{Anything, Erased, erased, restored};
use crate::{Result, StoreError};

/// Work, and who waits for it.
struct Job {
    work: Erased,
    done: oneshot::Sender<thread::Result<Anything>>,
}

/// Runs one piece of work after the other; started with the first, ends with this value.
#[derive(Debug, Default)]
pub(super) struct WriterThread(OnceLock<Sender<Job>>);

/// The work panicked, or the thread could not be started.
#[derive(Debug, thiserror::Error)]
#[error("the thread that writes failed")]
struct WriterFailed;

impl WriterThread {
    /// Runs `work`, to its end also when the caller gives up.
    pub(super) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let failed = || StoreError::Other(Box::new(WriterFailed));
        let (done, result) = oneshot::channel();
        self.0.get_or_init(start).send(Job { work: erased(work), done }).map_err(|_| failed())?;
        match result.await {
            Ok(Ok(result)) => restored(result),
            Ok(Err(_)) | Err(_) => Err(failed()),
        }
    }
}

fn start() -> Sender<Job> {
    let (jobs, todo) = channel::<Job>();
    let work = move || {
        for job in todo {
            // A panic is one caller's failure, not the end of the thread. Nobody may listen any more.
            let _ = job.done.send(catch_unwind(AssertUnwindSafe(job.work)));
        }
    };
    let started = thread::Builder::new().name("sqlite-writer".to_owned()).spawn(work);
    if let Err(error) = started {
        // The jobs then have no receiver, and every one of them fails.
        tracing::error!(%error, "could not start the thread that writes");
    }
    jobs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_fails_its_caller_and_nobody_else() {
        let thread = WriterThread::default();
        let first = thread.run(|| Ok(std::thread::current().id())).await.unwrap();
        let failed = thread.run::<()>(|| panic!("on purpose")).await;
        assert!(matches!(failed, Err(StoreError::Other(_))), "{failed:?}");
        assert_eq!(thread.run(|| Ok(std::thread::current().id())).await.unwrap(), first, "still the same thread");
    }

    #[tokio::test]
    async fn work_goes_on_when_its_caller_gives_up() {
        let thread = WriterThread::default();
        let (go, wait) = channel::<()>();
        let (done, heard) = channel();
        let given_up = thread.run(move || {
            wait.recv().unwrap();
            done.send(()).unwrap();
            Ok(())
        });
        tokio::select! {
            biased;
            _ = given_up => panic!("it waits for us"),
            () = std::future::ready(()) => {}
        }
        go.send(()).unwrap();
        assert!(thread.run(move || Ok(heard.recv().is_ok())).await.unwrap());
    }
}
