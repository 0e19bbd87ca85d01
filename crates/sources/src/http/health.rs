//! Whether a service answers at all: after many attempts in a row that brought nothing, nobody waits for it any more.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long a service that is away is not asked.
const AWAY_FOR: Duration = Duration::from_secs(300);

/// A service that has not answered once is away after fewer attempts than one that has, if they took some time: whoever is told to
/// slow down waits longer each time, and a dozen attempts are three minutes in which nobody else is asked instead.
const NEVER_ANSWERED: (u32, Duration) = (4, Duration::from_secs(10));

/// Counts attempts in a row without a usable answer, those of all requests together.
#[derive(Debug)]
pub(super) struct Health {
    bears: Option<u32>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    in_a_row: u32,
    /// When the first of them failed.
    since: Option<Instant>,
    has_answered: bool,
    away: Option<(Instant, String)>,
}

impl Health {
    /// `bears`: attempts in a row after which the service counts as away; `None`: any number.
    pub(super) fn new(bears: Option<u32>) -> Self {
        Self { bears, state: Mutex::default() }
    }

    pub(super) fn answered(&self) {
        *self.lock() = State { has_answered: true, ..State::default() };
    }

    pub(super) fn failed(&self, last: &str, now: Instant) {
        let mut state = self.lock();
        state.in_a_row = state.in_a_row.saturating_add(1);
        let since = *state.since.get_or_insert(now);
        let (attempts, time) = NEVER_ANSWERED;
        let never = !state.has_answered && state.in_a_row >= attempts && now - since >= time;
        if self.bears.is_some_and(|bears| never || state.in_a_row >= bears) {
            state.away = Some((now + AWAY_FOR, last.to_owned()));
        }
    }

    /// Attempts in a row and the last fault, while the service is away. Once it may be back, one failed attempt more is
    /// enough.
    pub(super) fn away(&self, now: Instant) -> Option<(u32, String)> {
        let state = self.lock();
        let (until, last) = state.away.as_ref()?;
        (*until > now).then(|| (state.in_a_row, last.clone()))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn away_is_for_a_while_and_any_answer_ends_it() {
        let now = Instant::now();
        let health = Health::new(Some(2));
        health.failed("HTTP 500", now);
        assert_eq!(health.away(now), None);
        health.failed("HTTP 502", now);
        assert_eq!(health.away(now), Some((2, "HTTP 502".to_owned())));
        assert_eq!(health.away(now + AWAY_FOR), None);
        health.failed("HTTP 503", now + AWAY_FOR);
        assert!(health.away(now + AWAY_FOR).is_some(), "one more is enough");
        health.answered();
        assert_eq!(health.away(now), None);
        let (attempts, time) = NEVER_ANSWERED;
        let row = |health: &Health, apart: Duration| {
            (0..attempts).for_each(|n| health.failed("HTTP 503", now + apart * n));
            health.away(now + apart * attempts).is_some()
        };
        let in_time = time / (attempts - 1) + Duration::from_millis(1);
        assert!(row(&Health::new(Some(12)), in_time), "it has not answered once");
        assert!(!row(&Health::new(Some(12)), Duration::ZERO), "what fails in a burst says little");
        assert!(!row(&Health::new(None), in_time));
        let known = Health::new(Some(12));
        known.answered();
        assert!(!row(&known, in_time), "it was there");
        let patient = Health::new(None);
        (0..99).for_each(|_| patient.failed("HTTP 500", now));
        assert_eq!(patient.away(now), None);
    }
}
