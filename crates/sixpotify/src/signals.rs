//! Ctrl-C: the first one ends a job in good order, the second one at once.

use std::sync::OnceLock;

use tokio::sync::watch;

use crate::printer::say;

/// Becomes true with the first Ctrl-C (or `SIGTERM`, on Unix). The second ends the process: what was reported as saved is saved.
///
/// One signal is one for all of the process, however many of its parts wait for it.
pub(crate) fn stop() -> watch::Receiver<bool> {
    static STOPPED: OnceLock<watch::Receiver<bool>> = OnceLock::new();
    STOPPED.get_or_init(listen).clone()
}

fn listen() -> watch::Receiver<bool> {
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        interrupted().await;
        say("stopping: finishing the requests in flight and saving (once more to stop at once)");
        // The job may have ended already.
        let _ = stop.send(true);
        interrupted().await;
        say("stopped at once: what was reported as saved is saved");
        say("hint: run the same command again to go on");
        std::process::exit(crate::failure::Exit::Paused as i32);
    });
    stopped
}

#[cfg(unix)]
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return ctrl_c().await;
    };
    tokio::select! {
        () = ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn interrupted() {
    ctrl_c().await;
}

async fn ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        // No handler could be set up: Ctrl-C then ends the process as usual.
        std::future::pending::<()>().await;
    }
}
