//! The client under test, pointed at a service of the tests' own or at a stand-in, with short delays.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use sixpotify_core::SpotifyId;
use sixpotify_sources::Clock;
use sixpotify_sources::http::{FetchError, MemoryLedger, Retry, Timeouts};
use sixpotify_sources::spotify::{Spotify, SpotifyConfig};
use spotify_sim::{Config, RunningSim, Sim};
use url::Url;

use crate::service::Service;

/// The id of the tests' app.
pub(crate) const CLIENT_ID: &str = "demo";

/// Its secret; the one that a stand-in knows by default.
pub(crate) const CLIENT_SECRET: &str = "demo-secret";

/// An id of the right shape.
pub(crate) const ID: &str = "0000000000000000000abc";

/// A clock that begins at a time of ours, whatever the machine's date, and then goes with tokio's, paused or not.
pub(crate) struct TestClock(tokio::time::Instant);

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(tokio::time::Instant::now())
    }
}

/// When it begins.
pub(crate) fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).unwrap()
}

/// Whether `at` is `after` the beginning, and the little that a test takes.
pub(crate) fn is_after(at: DateTime<Utc>, after: TimeDelta) -> bool {
    let late = at - (now() + after);
    (TimeDelta::zero()..TimeDelta::seconds(60)).contains(&late)
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        now() + TimeDelta::from_std(self.0.elapsed()).unwrap()
    }
}

/// Five attempts, a millisecond apart.
pub(crate) fn quick_retry() -> Retry {
    Retry { base: Duration::from_millis(1), longest: Duration::from_millis(5), ..Retry::default() }
}

/// Waits for nothing longer than this much, and no longer than a minute altogether.
pub(crate) fn patience(read: Duration) -> Timeouts {
    Timeouts { connect: Duration::from_secs(5), read, whole: Duration::from_secs(60) }
}

/// Settings for a service: no budget, quick retries, patient deadlines, waits of up to 10 s.
pub(crate) fn config(api_url: Url, token_url: Url) -> SpotifyConfig {
    SpotifyConfig {
        client_id: CLIENT_ID.to_owned(),
        client_secret: CLIENT_SECRET.to_owned().into(),
        api_url,
        token_url,
        budget_30s: None,
        budget_day: Some(0),
        concurrency: None,
        market: None,
        max_wait: Duration::from_secs(10),
        retry: quick_retry(),
        timeouts: patience(Duration::from_secs(20)),
    }
}

/// A client for settings.
pub(crate) fn spotify(config: SpotifyConfig) -> Spotify {
    Spotify::new(config, Arc::new(TestClock::new()), Arc::new(MemoryLedger::default())).unwrap()
}

impl Service {
    /// Settings for a client of this service.
    pub(crate) fn config(&self) -> SpotifyConfig {
        config(self.api_url(), self.token_url())
    }

    /// A client of this service.
    pub(crate) fn spotify(&self) -> Spotify {
        spotify(self.config())
    }
}

/// A stand-in.
pub(crate) async fn sim(config: Config) -> RunningSim {
    Sim::start("127.0.0.1:0".parse().unwrap(), config).await.unwrap()
}

/// Settings for a client of a stand-in.
pub(crate) fn sim_config(sim: &RunningSim) -> SpotifyConfig {
    config(Url::parse(&sim.api_url()).unwrap(), Url::parse(&sim.token_url()).unwrap())
}

/// An id.
pub(crate) fn id(text: &str) -> SpotifyId {
    SpotifyId::parse(text).unwrap()
}

/// The parts of [`FetchError::Failed`]: attempts and the last fault.
pub(crate) fn failed<T: std::fmt::Debug>(result: Result<T, FetchError>) -> (u32, String) {
    match result {
        Err(FetchError::Failed { attempts, last, .. }) => (attempts, last),
        other => panic!("{other:?}"),
    }
}
