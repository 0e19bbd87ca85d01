//! What the stand-ins are told before they start.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;

/// A service that is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// MusicBrainz' web service.
    MusicBrainz,
    /// ListenBrainz' API.
    ListenBrainz,
    /// ListenBrainz' labs.
    Labs,
    /// Deezer's API.
    Deezer,
    /// ReccoBeats' API.
    ReccoBeats,
    /// Last.fm's API.
    LastFm,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::MusicBrainz, Self::ListenBrainz, Self::Labs, Self::Deezer, Self::ReccoBeats, Self::LastFm];

    /// The name, as flags, settings, counters and the first part of its addresses spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::MusicBrainz => "musicbrainz",
            Self::ListenBrainz => "listenbrainz",
            Self::Labs => "labs",
            Self::Deezer => "deezer",
            Self::ReccoBeats => "reccobeats",
            Self::LastFm => "lastfm",
        }
    }

    /// The path of the service's base address.
    pub(crate) fn base(self) -> &'static str {
        match self {
            Self::MusicBrainz => "/musicbrainz/ws/2",
            Self::ListenBrainz => "/listenbrainz",
            Self::Labs => "/labs",
            Self::Deezer => "/deezer",
            Self::ReccoBeats => "/reccobeats/v1",
            Self::LastFm => "/lastfm/2.0/",
        }
    }

    /// The setting of `sixpotify` that the address is for.
    pub fn setting(self) -> &'static str {
        match self {
            Self::MusicBrainz => "MUSICBRAINZ_API_URL",
            Self::ListenBrainz => "LISTENBRAINZ_API_URL",
            Self::Labs => "LISTENBRAINZ_LABS_URL",
            Self::Deezer => "DEEZER_API_URL",
            Self::ReccoBeats => "RECCOBEATS_API_URL",
            Self::LastFm => "LASTFM_API_URL",
        }
    }

    /// The service that a path belongs to.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        path.trim_start_matches('/').split('/').next()?.parse().ok()
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Service {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|service| service.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("unknown service `{text}`, expected one of {names}")
        })
    }
}

/// How one service behaves. The default is the friendliest: no limit, no faults.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceConfig {
    /// Whether the real service's limit is kept.
    pub limited: bool,
    /// The share of requests that meet each fault; together at most 1.
    pub faults: BTreeMap<Fault, f64>,
    /// Whether it is gone: every connection is reset.
    pub gone: bool,
    /// Time that every request takes at least, in real milliseconds.
    pub latency_ms: u64,
}

/// How the stand-ins behave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Each service; those that are not named are friendly.
    pub services: BTreeMap<Service, ServiceConfig>,
    /// Which requests meet a fault: same seed, service, path, query and attempt, same fate.
    pub fault_seed: u64,
    /// How long a stall lasts before the connection is closed, in real milliseconds.
    pub stall_ms: u64,
    /// How much faster than the real one the stand-ins' clock runs; cannot be changed later.
    pub time_scale: f64,
    /// The one token that ListenBrainz knows; without it top recordings are refused.
    pub listenbrainz_token: String,
    /// Whether ListenBrainz and its labs refuse everything without that token.
    pub listenbrainz_wants_token: bool,
    /// The one key that Last.fm knows.
    pub lastfm_key: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            services: BTreeMap::new(),
            fault_seed: 0,
            stall_ms: 60_000,
            time_scale: 1.0,
            listenbrainz_token: "demo-token".to_owned(),
            listenbrainz_wants_token: false,
            lastfm_key: "demo-key".to_owned(),
        }
    }
}

impl Config {
    /// All services with their real limits, on a clock that runs `time_scale` times as fast as the real one.
    pub fn limited(time_scale: f64) -> Self {
        let limited = ServiceConfig { limited: true, ..ServiceConfig::default() };
        let services = Service::ALL.into_iter().map(|service| (service, limited.clone())).collect();
        Self { services, time_scale, ..Self::default() }
    }

    /// The settings of one service, to be read.
    pub fn of(&self, service: Service) -> ServiceConfig {
        self.services.get(&service).cloned().unwrap_or_default()
    }

    /// The settings of one service, to be changed.
    pub fn service(&mut self, service: Service) -> &mut ServiceConfig {
        self.services.entry(service).or_default()
    }

    /// How long a stall lasts.
    pub(crate) fn stall(&self) -> Duration {
        Duration::from_millis(self.stall_ms)
    }

    /// Checks what the types cannot say.
    ///
    /// # Errors
    /// One sentence about the first value that makes no sense.
    pub fn check(&self) -> Result<(), String> {
        if !(0.001..=1_000_000.0).contains(&self.time_scale) {
            return Err(format!("`time_scale` is {}, not from 0.001 to 1000000", self.time_scale));
        }
        for (service, config) in &self.services {
            if let Some((fault, share)) = config.faults.iter().find(|(_, share)| !(0.0..=1.0).contains(*share)) {
                return Err(format!("`{fault}` of {service} is {share}, not a share from 0 to 1"));
            }
            if config.faults.values().sum::<f64>() > 1.0 + 1e-9 {
                return Err(format!("the shares of the faults of {service} are more than 1 together"));
            }
        }
        Ok(())
    }
}

impl ServiceConfig {
    /// Spreads `share` evenly over all kinds of fault.
    pub fn set_all_faults(&mut self, share: f64) {
        #[expect(clippy::cast_precision_loss, reason = "a dozen")]
        let each = share / Fault::ALL.len() as f64;
        self.faults = Fault::ALL.into_iter().map(|fault| (fault, each)).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_survives_json_and_is_checked() {
        let mut config = Config::limited(20.0);
        config.service(Service::Deezer).set_all_faults(0.1);
        let json = serde_json::to_value(&config).unwrap();
        assert_eq!(serde_json::from_value::<Config>(json).unwrap(), config);
        assert_eq!(config.check(), Ok(()));
        config.service(Service::Labs).faults.insert(Fault::Stall, 1.5);
        assert!(config.check().unwrap_err().contains("`stall` of labs"));
        assert!(Config { time_scale: 0.0, ..Config::default() }.check().is_err());
    }

    #[test]
    fn paths_belong_to_services() {
        for service in Service::ALL {
            assert_eq!(Service::of_path(service.base()), Some(service));
        }
        assert_eq!(Service::of_path("/stats"), None);
        assert!("spotify".parse::<Service>().unwrap_err().contains("musicbrainz"));
    }
}
