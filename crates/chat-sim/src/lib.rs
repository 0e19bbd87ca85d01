//! Local stand-ins for the Messenger Send API and the Telegram Bot API.
//!
//! They take what the real ones take and refuse everything else, with the real ones' errors: lengths, counts, fields that do not
//! exist, a wrong token. They know nothing of the program that talks to them; their limits are written from the platforms'
//! documents. What they accepted and refused can be read by a test, and they can be told to fail.

mod check;
mod graph;
mod telegram;

pub use graph::Graph;
pub use telegram::Telegram;

use std::time::Duration;

use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::timeout;

/// A safety net for tests that wait, not a measure.
const LONG: Duration = Duration::from_secs(60);

/// An error that the next calls get.
#[derive(Clone, Debug)]
pub struct Failure {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Value,
    /// For how many calls.
    pub times: usize,
    /// Whether what was sent is taken all the same, as when an answer gets lost.
    pub taken: bool,
}

/// Waits until `is_so` is true, looking again whenever something happened.
async fn wait_until(happened: &Notify, is_so: impl Fn() -> bool) {
    let waiting = async {
        loop {
            let next = happened.notified();
            let mut next = std::pin::pin!(next);
            next.as_mut().enable();
            if is_so() {
                return;
            }
            next.await;
        }
    };
    assert!(timeout(LONG, waiting).await.is_ok(), "it did not happen in {LONG:?}");
}
