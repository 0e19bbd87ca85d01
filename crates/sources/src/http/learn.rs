//! What a service bears, learned from its answers.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::Budget;

/// Answers are counted in so many parts of a window.
const PARTS: u32 = 100;

/// A first estimate is this at least: one request a second in Spotify's window.
const LEAST: f64 = 30.0;

/// An estimate is raised by this share ..
const RAISE: f64 = 0.03;

/// .. after this many quiet windows at most (twice as many after every raise that went too far).
const MOST_QUIET: u32 = 20;

/// The estimate of a window's limit: what was answered in the window before a "too many requests"; raised slowly while
/// windows are quiet, to the setting at most.
#[derive(Debug)]
pub(super) struct Learned {
    window: Duration,
    setting: Option<u32>,
    estimate: Option<f64>,
    /// Answers by part of a window, oldest first.
    answered: VecDeque<(Instant, u32)>,
    quiet_since: Instant,
    quiet_windows: u32,
}

impl Learned {
    pub(super) fn new(window: Duration, setting: Option<u32>, now: Instant) -> Self {
        Self { window, setting, estimate: None, answered: VecDeque::new(), quiet_since: now, quiet_windows: 1 }
    }

    /// Goes on from what an earlier run learned.
    pub(super) fn restore(&mut self, estimate: u32) {
        self.estimate = Some(f64::from(estimate.max(1)));
    }

    /// Notes a request that was not refused.
    pub(super) fn answered(&mut self, now: Instant) {
        match self.answered.back_mut() {
            Some((at, n)) if now - *at < self.window / PARTS => *n += 1,
            _ => self.answered.push_back((now, 1)),
        }
        self.forget_before(now);
    }

    /// Notes a "too many requests", the first of its kind in a while; gives the new estimate.
    pub(super) fn limited(&mut self, now: Instant) -> u32 {
        self.forget_before(now);
        let borne: u32 = self.answered.iter().map(|(_, n)| n).sum();
        let borne = f64::from(borne.max(1));
        // A refusal after a few requests says little: others may have used up the window. What looks too low is approached
        // by halves.
        let estimate = match self.estimate {
            Some(before) => {
                self.quiet_windows = (self.quiet_windows * 2).min(MOST_QUIET);
                borne.clamp(before * 0.5, before * 0.97).max(1.0)
            }
            None => {
                let setting = self.setting.map_or(f64::INFINITY, f64::from);
                borne.max(LEAST).min(setting * 0.97).max(1.0)
            }
        };
        self.estimate = Some(estimate);
        self.quiet_since = now;
        whole(estimate)
    }

    /// The window's budget at `now`; `None`: no limit known.
    pub(super) fn budget(&mut self, now: Instant) -> Option<Budget> {
        while let Some(estimate) = self.estimate {
            let raise_at = self.quiet_since + self.window * self.quiet_windows;
            if now < raise_at {
                break;
            }
            self.quiet_since = raise_at;
            let raised = (estimate * (1.0 + RAISE)).max(estimate + 1.0);
            self.estimate = match self.setting {
                // Back at the setting there is nothing to estimate.
                Some(setting) if raised >= f64::from(setting) => None,
                _ => Some(raised),
            };
        }
        let requests = self.budget_of(self.estimate).map(whole)?;
        Some(Budget { requests, window: self.window })
    }

    /// Requests within the window that ends at `now`.
    pub(super) fn recent(&self, now: Instant) -> u32 {
        self.answered.iter().filter(|(at, _)| *at + self.window > now).map(|(_, n)| n).sum()
    }

    fn budget_of(&self, estimate: Option<f64>) -> Option<f64> {
        match (estimate, self.setting.map(f64::from)) {
            (Some(estimate), Some(setting)) => Some(estimate.min(setting)),
            (estimate, setting) => estimate.or(setting),
        }
    }

    fn forget_before(&mut self, now: Instant) {
        while self.answered.front().is_some_and(|(at, _)| *at + self.window < now) {
            self.answered.pop_front();
        }
    }
}

/// At least 1.
fn whole(estimate: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range of u32")]
    let whole = estimate.clamp(1.0, f64::from(u32::MAX)) as u32;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(30);

    #[test]
    fn the_estimate_is_what_was_borne_and_rises_slowly() {
        let start = Instant::now();
        let mut learned = Learned::new(WINDOW, None, start);
        assert_eq!(learned.budget(start), None);
        for i in 0..60 {
            learned.answered(start + Duration::from_millis(i * 50));
        }
        let limited = start + Duration::from_secs(3);
        assert_eq!(learned.limited(limited), 60);
        assert_eq!(learned.budget(limited).unwrap().requests, 60);
        assert_eq!(learned.budget(limited + WINDOW).unwrap().requests, 61);
        assert_eq!(learned.budget(limited + WINDOW * 3).unwrap().requests, 65);
    }

    #[test]
    fn raises_that_go_too_far_come_less_often() {
        let start = Instant::now();
        let mut learned = Learned::new(WINDOW, None, start);
        learned.restore(100);
        learned.limited(start);
        learned.limited(start + WINDOW);
        let before = learned.budget(start + WINDOW).unwrap().requests;
        assert_eq!(learned.budget(start + WINDOW * 4).unwrap().requests, before, "four quiet windows are waited for");
    }

    #[test]
    fn the_setting_is_the_ceiling() {
        let start = Instant::now();
        let mut learned = Learned::new(WINDOW, Some(90), start);
        assert_eq!(learned.budget(start).unwrap().requests, 90);
        for _ in 0..30 {
            learned.answered(start);
        }
        assert_eq!(learned.limited(start), 30);
        assert_eq!(learned.limited(start), 29, "the same again is a little less");
        assert_eq!(learned.budget(start + WINDOW * 1000).unwrap().requests, 90);
    }
}
