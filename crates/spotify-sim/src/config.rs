//! What a stand-in is told before it starts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;

/// Which of the two regimes of the Spotify Web API is played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Mode {
    /// Apps with extended quota: every endpoint, every field, pages of up to 50.
    #[default]
    Extended,
    /// What a newly registered app gets: endpoints withheld (403), fields missing, pages of up to 10.
    Development,
}

impl Mode {
    /// The name of the mode, as [`FromStr`] reads it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Extended => "extended",
            Self::Development => "development",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no [`Mode`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownMode(String);

impl fmt::Display for UnknownMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown mode `{}`, expected `extended` or `development`", self.0)
    }
}

impl std::error::Error for UnknownMode {}

impl FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(text: &str) -> Result<Self, UnknownMode> {
        [Self::Extended, Self::Development]
            .into_iter()
            .find(|mode| mode.name() == text)
            .ok_or_else(|| UnknownMode(text.to_owned()))
    }
}

/// How a stand-in behaves. The default is the friendliest: extended mode, no latency, no limits, no faults.
///
/// As JSON (see [`crate::RunningSim::control`]) every field has its own name; times are whole milliseconds and their
/// names end in `_ms`. Shares are probabilities from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The regime.
    pub mode: Mode,
    /// Time that every request under `/v1` and `/api/token` takes at least.
    #[serde(rename = "latency_ms", with = "ms")]
    pub latency: Duration,
    /// How far the service's clock is ahead, as its header `Date` says it.
    #[serde(rename = "clock_ahead_ms", with = "ms")]
    pub clock_ahead: Duration,
    /// The only client id that gets a token.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,

    /// How long a token is said to work (`expires_in`, whole seconds), and works if nothing below ends it before.
    #[serde(rename = "token_lifetime_ms", with = "ms")]
    pub token_lifetime: Duration,
    /// A token dies after this time, whatever `expires_in` said.
    #[serde(rename = "token_dies_after_ms", with = "optional_ms")]
    pub token_dies_after: Option<Duration>,
    /// A token dies after this many requests.
    pub token_requests: Option<u32>,

    /// Requests answered in any span of [`Config::window`]; beyond it 429 with `Retry-After`. `None`: no limit.
    pub limit_per_30s: Option<u32>,
    /// The length of the rolling window, 30 s as Spotify's.
    #[serde(rename = "window_ms", with = "ms")]
    pub window: Duration,
    /// Requests answered in any 24 hours; beyond it 429 with the reason `QUOTA_EXCEEDED`. `None`: no quota.
    pub quota_per_day: Option<u32>,
    /// What `Retry-After` says when the quota is exceeded; `None`: the time until the oldest request is 24 hours old.
    #[serde(rename = "quota_retry_after_ms", with = "optional_ms")]
    pub quota_retry_after: Option<Duration>,
    /// Whether a request that is sent while limited doubles the wait, up to 24 hours.
    pub escalation: bool,
    /// A client may still send for this time (and the latency) after the first 429, which it cannot have read yet.
    #[serde(rename = "escalation_grace_ms", with = "ms")]
    pub escalation_grace: Duration,
    /// The share of answers 429 without `Retry-After`.
    pub retry_after_missing: f64,
    /// The share of answers 429 of the rolling limit whose body is the text `Too many requests`.
    pub limited_as_text: f64,

    /// The share of requests that meet each fault; together at most 1.
    pub faults: BTreeMap<Fault, f64>,
    /// Which requests meet a fault: same seed, path, query and attempt, same fate.
    pub fault_seed: u64,
    /// Whether the token endpoint has faults too.
    pub faults_on_tokens: bool,
    /// How long a stall lasts before the connection is closed.
    #[serde(rename = "stall_ms", with = "ms")]
    pub stall: Duration,

    /// Ids of artists, albums or tracks that are gone.
    pub gone: BTreeSet<String>,
    /// The share of artists that are gone.
    pub gone_share: f64,
    /// Ids of artists that were merged: asked for one, the other one answers, with its own id.
    pub merged: BTreeMap<String, String>,
    /// The share of artists that were given a new id; the old one answers with the new one.
    pub merged_share: f64,

    /// Serves so many generated artists instead of the sample; cannot be changed later.
    pub artists: Option<u64>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            mode: Mode::Extended,
            latency: Duration::ZERO,
            clock_ahead: Duration::ZERO,
            client_id: "demo".to_owned(),
            client_secret: "demo-secret".to_owned(),
            token_lifetime: Duration::from_secs(3600),
            token_dies_after: None,
            token_requests: None,
            limit_per_30s: None,
            window: Duration::from_secs(30),
            quota_per_day: None,
            quota_retry_after: None,
            escalation: false,
            escalation_grace: Duration::from_millis(500),
            retry_after_missing: 0.0,
            limited_as_text: 0.0,
            faults: BTreeMap::new(),
            fault_seed: 0,
            faults_on_tokens: false,
            stall: Duration::from_secs(60),
            gone: BTreeSet::new(),
            gone_share: 0.0,
            merged: BTreeMap::new(),
            merged_share: 0.0,
            artists: None,
        }
    }
}

impl Config {
    /// Checks what the types cannot say.
    ///
    /// # Errors
    /// One sentence about the first value that makes no sense.
    pub fn check(&self) -> Result<(), String> {
        let shares = [
            ("retry_after_missing", self.retry_after_missing),
            ("limited_as_text", self.limited_as_text),
            ("gone_share", self.gone_share),
            ("merged_share", self.merged_share),
        ];
        let faults = self.faults.iter().map(|(fault, share)| (fault.name(), *share));
        for (name, share) in shares.into_iter().chain(faults) {
            if !(0.0..=1.0).contains(&share) {
                return Err(format!("`{name}` is {share}, not a share from 0 to 1"));
            }
        }
        if self.faults.values().sum::<f64>() > 1.0 + 1e-9 {
            return Err("the shares of `faults` are more than 1 together".to_owned());
        }
        if self.window.is_zero() {
            return Err("`window` is no time at all".to_owned());
        }
        if self.artists == Some(0) || self.artists > Some(crate::generated::MOST) {
            return Err(format!("`artists` is not from 1 to {}", crate::generated::MOST));
        }
        Ok(())
    }

    /// Spreads `share` evenly over all kinds of fault.
    pub fn set_all_faults(&mut self, share: f64) {
        let kinds = Fault::ALL.len();
        #[expect(clippy::cast_precision_loss, reason = "a dozen")]
        let each = share / kinds as f64;
        self.faults = Fault::ALL.into_iter().map(|fault| (fault, each)).collect();
    }
}

/// Times as whole milliseconds.
mod ms {
    use std::time::Duration;

    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(crate::clock::whole_ms(*time))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

/// Times as whole milliseconds, or null.
mod optional_ms {
    use std::time::Duration;

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
        time.map(crate::clock::whole_ms).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_millis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_survives_json() {
        let mut config =
            Config { quota_per_day: Some(5), token_dies_after: Some(Duration::from_secs(1)), ..Config::default() };
        config.set_all_faults(0.05);
        config.merged.insert("a".to_owned(), "b".to_owned());
        let json = serde_json::to_value(&config).unwrap();
        assert_eq!(serde_json::from_value::<Config>(json).unwrap(), config);
        assert_eq!(config.check(), Ok(()));
    }

    #[test]
    fn shares_are_checked() {
        let bad = Config { gone_share: 1.5, ..Config::default() };
        assert!(bad.check().unwrap_err().contains("gone_share"));
        let mut bad = Config::default();
        bad.faults.insert(Fault::Stall, 0.6);
        bad.faults.insert(Fault::Html, 0.6);
        assert!(bad.check().is_err());
        assert!(Config { artists: Some(0), ..Config::default() }.check().is_err());
    }
}
