//! Takes in what webhooks bring. Calls that come while another is being written are written together, in one transaction: each is
//! told that it is stored when it is on disk, and a burst costs as many waits for the disk as it takes, not one for each call.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sixpotify_sources::clock::SharedClock;
use sixpotify_store::{ChatEvent, SharedStore, StoreError};
use tokio::sync::oneshot;

use crate::state::AppState;

/// Events of one transaction, after which no further call is added to it.
const MOST: usize = 500;

/// What a call is told: how many of its events were never seen before.
type Told = Result<usize, Arc<StoreError>>;

/// Calls that are not written yet.
#[derive(Default)]
pub(super) struct Inbox(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    calls: Vec<Call>,
    /// Somebody writes, and will see to what was added meanwhile.
    writing: bool,
}

struct Call {
    events: Vec<ChatEvent>,
    told: oneshot::Sender<Told>,
}

/// Nobody said what became of a call.
#[derive(Debug, thiserror::Error)]
#[error("the events of a call were lost on their way to the catalogue")]
struct Lost;

impl Inbox {
    /// Stores `events`; gives how many are new. When this returns they survive anything. It goes on where the caller gives up.
    ///
    /// # Errors
    /// The store's: nothing was stored.
    pub(super) async fn store(self: &Arc<Self>, state: &AppState, events: Vec<ChatEvent>) -> Told {
        let (told, hears) = oneshot::channel();
        let begin = {
            let mut waiting = self.lock();
            waiting.calls.push(Call { events, told });
            !std::mem::replace(&mut waiting.writing, true)
        };
        if begin {
            state.tasks.spawn(self.clone().write(state.store.clone(), state.clock.clone()));
        }
        hears.await.unwrap_or_else(|_| Err(Arc::new(StoreError::Other(Box::new(Lost)))))
    }

    /// Whether calls are being written.
    pub(super) fn is_busy(&self) -> bool {
        self.lock().writing
    }

    /// Writes until nobody waits.
    async fn write(self: Arc<Self>, store: SharedStore, clock: SharedClock) {
        let _writer = Writer(&self);
        while let Some(mut calls) = self.next() {
            let lengths: Vec<usize> = calls.iter().map(|call| call.events.len()).collect();
            let events: Vec<ChatEvent> = calls.iter_mut().flat_map(|call| std::mem::take(&mut call.events)).collect();
            match store.receive_events(&events, clock.now()).await {
                Ok(new) => {
                    let mut new = new.into_iter();
                    for (call, length) in calls.into_iter().zip(lengths) {
                        let count = new.by_ref().take(length).filter(|new| *new).count();
                        // Whoever called may be gone; the platform then calls again.
                        let _ = call.told.send(Ok(count));
                    }
                }
                Err(error) if calls.len() == 1 || concerns_all(&error) => {
                    let error = Arc::new(error);
                    for call in calls {
                        let _ = call.told.send(Err(error.clone()));
                    }
                }
                // One of them cannot be stored: the others are not to blame.
                Err(_) => {
                    let mut events = events.into_iter();
                    for (call, length) in calls.into_iter().zip(lengths) {
                        let own: Vec<ChatEvent> = events.by_ref().take(length).collect();
                        let stored = store.receive_events(&own, clock.now()).await;
                        let count = stored.map(|new| new.into_iter().filter(|new| *new).count());
                        let _ = call.told.send(count.map_err(Arc::new));
                    }
                }
            }
        }
    }

    /// The calls of the next transaction; `None`, and whoever calls next begins to write, where there are none.
    fn next(&self) -> Option<Vec<Call>> {
        let mut waiting = self.lock();
        let mut events = 0;
        let within = |call: &&Call| {
            let fits = events < MOST;
            events += call.events.len();
            fits
        };
        let count = waiting.calls.iter().take_while(within).count();
        waiting.writing = count > 0;
        (count > 0).then(|| waiting.calls.drain(..count).collect())
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever writes. If that dies, those who wait are told so, and the next call begins anew.
struct Writer<'a>(&'a Inbox);

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            *self.0.lock() = Waiting::default();
        }
    }
}

/// Whether the catalogue cannot take in anything at the moment, whatever it is.
fn concerns_all(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Unavailable(_) | StoreError::Unreachable { .. } | StoreError::Full(_) | StoreError::Busy { .. }
    )
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use chrono::{DateTime, Utc};
    use serde_json::json;
    use sixpotify_bot::Bot;
    use sixpotify_pipeline::{Resolver, Sources};
    use sixpotify_sources::Clock;
    use sixpotify_store::{Access, open};

    use super::*;
    use crate::{Channels, Config, Parts, Shelf, StoreLibrary};

    /// A clock that goes to pieces when it is looked at, once.
    struct Broken(AtomicBool);

    impl Clock for Broken {
        fn now(&self) -> DateTime<Utc> {
            assert!(!self.0.swap(false, Ordering::SeqCst), "the clock is broken");
            DateTime::from_timestamp(1_800_000_000, 0).unwrap()
        }
    }

    async fn state(folder: &std::path::Path) -> AppState {
        let url = format!("sqlite:{}", folder.join("inbox.db").display());
        let store = open(&url, Access::Write).await.unwrap();
        let resolver = Arc::new(Resolver::new(store.clone()));
        let shelf = Arc::new(Shelf::new(store.clone(), Sources::all()));
        let library = StoreLibrary::new(store.clone(), resolver.clone(), shelf.clone(), None);
        AppState::new(Parts {
            store,
            resolver,
            shelf,
            bot: Bot::new(Arc::new(library)),
            channels: Channels::default(),
            clock: Arc::new(Broken(AtomicBool::new(true))),
            config: Config::default(),
        })
    }

    fn events(from: usize, count: usize) -> Vec<ChatEvent> {
        let event = |n| ChatEvent {
            channel: "messenger".to_owned(),
            event_id: format!("mid.{n}"),
            user_key: "person".to_owned(),
            payload: json!({}),
        };
        (from..from + count).map(event).collect()
    }

    #[tokio::test]
    async fn when_a_writer_dies_all_who_wait_are_told_and_the_next_call_is_stored() {
        let folder = tempfile::tempdir().unwrap();
        let state = state(folder.path()).await;
        let inbox = Arc::new(Inbox::default());
        // One call is being written, another one, which does not fit into the same transaction, waits behind it.
        let (written, waits) = tokio::join!(inbox.store(&state, events(0, MOST)), inbox.store(&state, events(MOST, 1)));
        for told in [written, waits] {
            assert!(told.unwrap_err().to_string().contains("lost on their way"));
        }
        assert!(!inbox.is_busy());
        assert_eq!(state.store.backlog().await.unwrap().waiting, 0, "who is told that nothing was stored calls again");
        assert_eq!(inbox.store(&state, events(0, MOST)).await.unwrap(), MOST);
        assert_eq!(inbox.store(&state, events(MOST - 1, 2)).await.unwrap(), 1);
        assert_eq!(state.store.backlog().await.unwrap().waiting, MOST as u64 + 1);
    }
}
