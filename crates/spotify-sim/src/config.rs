//! What a stand-in is told before it starts.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Which of the two regimes of the Spotify Web API is played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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

/// How a stand-in behaves. The default is the friendliest: extended mode, no latency, no limit.
#[derive(Clone, Debug)]
pub struct Config {
    /// The regime.
    pub mode: Mode,
    /// Time that every request under `/v1` and `/api/token` takes at least.
    pub latency: Duration,
    /// The only client id that gets a token.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// How long a token works, and what `expires_in` says, in whole seconds.
    pub token_lifetime: Duration,
    /// Requests answered in any span of [`Config::window`]; beyond it 429 with `Retry-After`. `None`: no limit.
    pub limit_per_30s: Option<u32>,
    /// The length of the rolling window, 30 s as Spotify's.
    pub window: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            mode: Mode::Extended,
            latency: Duration::ZERO,
            client_id: "demo".to_owned(),
            client_secret: "demo-secret".to_owned(),
            token_lifetime: Duration::from_secs(3600),
            limit_per_30s: None,
            window: Duration::from_secs(30),
        }
    }
}
