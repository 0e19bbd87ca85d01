//! Long polling, for servers that nobody can reach.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use sixpotify_sources::http::Request;
use tokio::time::sleep;

use super::super::worker::Worker;
use super::{Telegram, UPDATES, incoming};
use crate::state::AppState;

/// How long the platform holds a poll that has nothing to say.
pub(super) const WAIT: Duration = Duration::from_secs(25);

/// After a poll that failed.
const PAUSE: Duration = Duration::from_secs(5);

/// Updates of one poll.
const AT_ONCE: u32 = 100;

/// Fetches updates until the server ends. One is only confirmed, by asking for those after it, when it is in the store.
pub(super) async fn run(worker: Arc<Worker<Telegram>>, state: AppState) {
    let mut offset = None;
    loop {
        let polled = tokio::select! {
            polled = poll(&worker, &state, offset) => polled,
            () = state.stop.cancelled() => return,
        };
        match polled {
            Ok(next) => offset = next.or(offset),
            Err(error) => {
                tracing::warn!(error, "updates of telegram could not be fetched");
                tokio::select! {
                    () = sleep(PAUSE) => {}
                    () = state.stop.cancelled() => return,
                }
            }
        }
    }
}

/// One poll; gives the offset of the next.
async fn poll(worker: &Worker<Telegram>, state: &AppState, offset: Option<i64>) -> Result<Option<i64>, String> {
    let telegram = worker.platform();
    let mut body = json!({
        "limit": AT_ONCE,
        "timeout": WAIT.as_secs(),
        "allowed_updates": ["message", "callback_query"],
    });
    if let Some(offset) = offset {
        body["offset"] = offset.into();
    }
    let request = Request::post(&UPDATES, telegram.url("getUpdates"), &body);
    let answer: Value = telegram.polls.fetch(&request).await.map_err(|error| error.to_string())?;
    let updates = answer.get("result").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let events: Vec<_> = updates.iter().filter_map(incoming::event).collect();
    worker.receive(state, events).await.map_err(|error| error.to_string())?;
    let last = updates.iter().filter_map(|update| update.get("update_id")?.as_i64()).max();
    Ok(last.map(|last| last.saturating_add(1)))
}
