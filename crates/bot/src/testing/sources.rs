//! Sources that know a few more artists, and have their moods.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::future;
use sixpotify_core::{ArtistId, fold};

use super::{Shelf, data, lock};
use crate::learning::{LookedUp, Sources};
use crate::library::{Learned, Wanted};
use crate::link::LinkKind;

/// How the sources are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// They answer at once.
    Fair,
    /// They answer when the weather changes.
    Slow,
    /// They take no requests before this.
    Blocked(DateTime<Utc>),
    /// They fail.
    Stormy,
}

/// The sources.
pub struct Abroad {
    shelf: Arc<Mutex<Shelf>>,
    weather: Mutex<(Weather, Vec<Waker>)>,
    asked: AtomicU32,
}

impl Abroad {
    pub(super) fn new(shelf: Arc<Mutex<Shelf>>) -> Self {
        Self { shelf, weather: Mutex::new((Weather::Fair, Vec::new())), asked: AtomicU32::new(0) }
    }

    /// Changes the weather.
    pub fn set(&self, weather: Weather) {
        let mut state = self.weather.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 = weather;
        state.1.drain(..).for_each(Waker::wake);
    }

    /// How many look-ups they were asked for.
    pub fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }

    pub(super) fn is_slow(&self) -> bool {
        self.weather.lock().unwrap_or_else(PoisonError::into_inner).0 == Weather::Slow
    }

    /// The weather, when it is not slow any more.
    async fn settled(&self) -> Weather {
        future::poll_fn(|context| {
            let mut state = self.weather.lock().unwrap_or_else(PoisonError::into_inner);
            if state.0 == Weather::Slow {
                state.1.push(context.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(state.0)
        })
        .await
    }
}

#[async_trait]
impl Sources for Abroad {
    async fn look_up(&self, wanted: &Wanted) -> LookedUp {
        self.asked.fetch_add(1, Ordering::SeqCst);
        match self.settled().await {
            Weather::Blocked(until) => {
                return LookedUp { learned: Ok(Learned::Blocked { until: Some(until) }), requests: 0 };
            }
            Weather::Stormy => return LookedUp { learned: Err("the source failed".into()), requests: 1 },
            Weather::Fair | Weather::Slow => {}
        }
        let known = data::abroad().into_iter().find(|artist| match wanted {
            Wanted::Name(name) => std::iter::once(artist.name)
                .chain(artist.aliases.iter().copied())
                .any(|known| fold(known) == fold(name)),
            Wanted::Link(link) => {
                link.kind == LinkKind::Artist && ArtistId::new(link.source, &link.id).as_str() == artist.id
            }
        });
        let learned = match known {
            Some(artist) => {
                let id = ArtistId::from_stored(artist.id);
                lock(&self.shelf).add(artist);
                Learned::Artist(id)
            }
            None => Learned::NotFound,
        };
        LookedUp { learned: Ok(learned), requests: 2 }
    }
}
