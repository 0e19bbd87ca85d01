//! How one service speaks, where that differs from plain HTTP.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, RETRY_AFTER};

use super::attempt;

/// An answer as it came, before anything of it is understood.
#[derive(Clone, Copy)]
pub struct Received<'a> {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Its body, whole; empty where a refusal's body was cut off.
    pub body: &'a [u8],
    /// The service's own time, where it says it.
    pub(super) date: Option<DateTime<Utc>>,
}

impl Received<'_> {
    /// A header's text.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The wait that `Retry-After` names.
    pub fn retry_after(&self) -> Option<Duration> {
        self.header(&RETRY_AFTER).and_then(|said| attempt::wait(said, self.date))
    }

    /// The wait that a header names in seconds.
    pub fn seconds(&self, name: &HeaderName) -> Option<Duration> {
        let seconds: f64 = self.header(name)?.trim().parse().ok()?;
        Duration::try_from_secs_f64(seconds.max(0.0)).ok()
    }
}

/// What an answer means in the service's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Too many requests.
    Limited {
        /// How long to wait, where the service says so.
        retry_after: Option<Duration>,
        /// Whether a quota of hours or days is used up, which says nothing of the window.
        quota: bool,
        /// For people.
        reason: String,
    },
    /// Too much for the service at the moment; it does not say for how long. Everybody slows down.
    Busy(String),
    /// The service is out of order: worth another attempt.
    Fault(String),
    /// The secret is not good.
    Unauthorized(String),
    /// There is no such item, for certain.
    Gone,
    /// It does not understand the request; the next one will be no better.
    Rejected(String),
}

/// A service's own rules for reading its answers. Every method has a default that says: as plain HTTP has it.
pub trait Dialect: fmt::Debug + Send + Sync {
    /// What an answer means that its status does not say, or says otherwise than usual.
    fn verdict(&self, answer: &Received<'_>) -> Option<Verdict> {
        let _ = answer;
        None
    }

    /// How long to keep still after this answer, although it was no refusal: the last request of a window is used up.
    fn rest_after(&self, answer: &Received<'_>) -> Option<Duration> {
        let _ = answer;
        None
    }

    /// Whether a connection that is reset or closed without an answer says "slow down", as a 503 would.
    fn resets_mean_busy(&self) -> bool {
        false
    }
}

/// Plain HTTP.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain;

impl Dialect for Plain {}
