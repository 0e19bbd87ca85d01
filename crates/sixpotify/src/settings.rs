//! Settings: flag > environment > `sixpotify.toml` > default, each value with its origin.

mod channels;
mod sources;
mod table;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::TimeDelta;
use directories::ProjectDirs;
use secrecy::{ExposeSecret as _, SecretString};
use sixpotify_pipeline::Freshness;
use sixpotify_sources::http::{Retry, Timeouts};
use sixpotify_sources::spotify::SpotifyConfig;
use url::Url;

use crate::catalogue;
use crate::failure::Failure;

pub(crate) use table::{SETTINGS, Setting};

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A flag of the command line.
    Flag,
    /// The environment.
    Environment,
    /// A settings file.
    File(PathBuf),
    /// `sixpotify demo` chose it.
    Demo,
    /// Nobody said otherwise.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment => f.write_str("environment"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Demo => f.write_str("demo"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value that was set.
#[derive(Clone, Debug)]
struct Value {
    text: SecretString,
    origin: Origin,
}

/// All settings of a run. `Debug` shows no value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    set: BTreeMap<&'static str, Value>,
    demo: bool,
}

impl Settings {
    /// Reads the settings file (the given one, else `sixpotify.toml` here, else the one in the user's configuration
    /// folder) and the environment, and lays `flags` over them.
    ///
    /// # Errors
    /// An unreadable file, a key that there is not (the nearest known one is named), a value of the wrong kind.
    pub(crate) fn load(file: Option<&Path>, flags: &[(&'static str, String)], demo: bool) -> Result<Self, Failure> {
        let mut settings = Self { set: BTreeMap::new(), demo };
        if let Some(path) = file.map(Path::to_owned).or_else(usual_file) {
            let text = std::fs::read_to_string(&path)
                .map_err(|e| Failure::usage(format!("cannot read the settings file `{}`: {e}", path.display())))?;
            settings.read_file(&path, &text)?;
        }
        for setting in SETTINGS {
            match std::env::var(setting.key) {
                Ok(value) if !value.is_empty() => settings.insert(setting.key, value, Origin::Environment),
                Ok(_) | Err(std::env::VarError::NotPresent) => {}
                Err(std::env::VarError::NotUnicode(_)) => {
                    return Err(Failure::usage(format!("the environment variable `{}` is not UTF-8", setting.key)));
                }
            }
        }
        for (key, value) in flags {
            settings.insert(key, value.clone(), Origin::Flag);
        }
        Ok(settings)
    }

    /// Sets `key` as the demo needs it.
    pub(crate) fn set_for_demo(&mut self, key: &'static str, value: String) {
        self.insert(key, value, Origin::Demo);
    }

    /// Whether the demo's catalogue is meant.
    pub(crate) fn is_demo(&self) -> bool {
        self.demo
    }

    /// URL of the catalogue; may hold a password.
    pub(crate) fn database_url(&self) -> Result<String, Failure> {
        if self.demo {
            return catalogue::demo_url();
        }
        match self.get("DATABASE_URL") {
            Some(url) => Ok(url.to_owned()),
            None => Ok(format!("sqlite:{}", catalogue::data_dir()?.join("sixpotify.db").display())),
        }
    }

    /// Everything that the Spotify client needs.
    ///
    /// # Errors
    /// Missing credentials, and values that are not what they should be.
    pub(crate) fn spotify(&self, max_wait: Duration) -> Result<SpotifyConfig, Failure> {
        let (Some(id), Some(secret)) = (self.get("SPOTIFY_CLIENT_ID"), self.get("SPOTIFY_CLIENT_SECRET")) else {
            return Err(Failure::usage("spotify needs SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET").hint(
                "make an app at https://developer.spotify.com/dashboard and set both; `sixpotify demo` needs no account",
            ));
        };
        let budget = self.number("SPOTIFY_BUDGET_30S", 0..=100_000)?;
        let delay = self.number("SIXPOTIFY_RETRY_DELAY_MS", 0..=60_000)?;
        Ok(SpotifyConfig {
            client_id: id.to_owned(),
            client_secret: secret.into(),
            api_url: self.url("SPOTIFY_API_URL")?,
            token_url: self.url("SPOTIFY_TOKEN_URL")?,
            budget_30s: (budget > 0).then_some(budget),
            budget_day: self.optional_number("SPOTIFY_BUDGET_DAY", 0..=10_000_000)?,
            concurrency: self.optional_number("SPOTIFY_CONCURRENCY", 1..=256)?.map(|n| n as usize),
            market: self.market()?,
            max_wait,
            retry: Retry { base: Duration::from_millis(delay.into()), ..Retry::default() },
            timeouts: Timeouts::default(),
        })
    }

    /// How many proxies of the operator's own stand before the server.
    ///
    /// # Errors
    /// A value that is no number from 0 to 9.
    pub(crate) fn proxies(&self) -> Result<u8, Failure> {
        Ok(u8::try_from(self.number("SIXPOTIFY_PROXIES", 0..=9)?).unwrap_or(0))
    }

    /// When facts are stale.
    ///
    /// # Errors
    /// Values that are no times.
    pub(crate) fn freshness(&self) -> Result<Freshness, Failure> {
        Ok(Freshness {
            profile: self.age("SIXPOTIFY_FRESH_PROFILE")?,
            genres: self.age("SIXPOTIFY_FRESH_GENRES")?,
            albums: self.age("SIXPOTIFY_FRESH_ALBUMS")?,
            top_tracks: self.age("SIXPOTIFY_FRESH_TOP_TRACKS")?,
            not_found: self.age("SIXPOTIFY_FRESH_NOT_FOUND")?,
            ..Freshness::default()
        })
    }

    /// Whether lines of the log are JSON.
    ///
    /// # Errors
    /// A value that is neither `text` nor `json`.
    pub(crate) fn logs_as_json(&self) -> Result<bool, Failure> {
        match self.get("SIXPOTIFY_LOG").unwrap_or_default().trim() {
            "text" => Ok(false),
            "json" => Ok(true),
            other => Err(self.wrong("SIXPOTIFY_LOG", other, "`text` or `json`")),
        }
    }

    /// Where the server listens.
    ///
    /// # Errors
    /// A value that is no address with a port.
    pub(crate) fn listen(&self) -> Result<SocketAddr, Failure> {
        let text = self.get("SIXPOTIFY_LISTEN").unwrap_or_default();
        text.trim()
            .parse()
            .map_err(|_| self.wrong("SIXPOTIFY_LISTEN", text, "an address and port such as `127.0.0.1:6868`"))
    }

    fn age(&self, key: &'static str) -> Result<TimeDelta, Failure> {
        let text = self.get(key).unwrap_or_default();
        let age = crate::cli::duration(text).ok().and_then(|age| TimeDelta::from_std(age).ok());
        age.ok_or_else(|| self.wrong(key, text, "a time such as `12h` or `7d`"))
    }

    fn optional_number(&self, key: &'static str, range: std::ops::RangeInclusive<u32>) -> Result<Option<u32>, Failure> {
        self.get(key).map(|_| self.number(key, range)).transpose()
    }

    /// Each setting with its value as it may be shown, and its origin.
    pub(crate) fn shown(&self) -> Vec<(&'static Setting, String, Origin)> {
        let show = |setting: &'static Setting| match self.set.get(setting.key) {
            _ if setting.key == "DATABASE_URL" => {
                let url = self.database_url().map_or_else(|_| String::new(), |url| sixpotify_store::redact(&url));
                let origin = if self.demo { Origin::Demo } else { self.origin(setting.key) };
                (setting, url, origin)
            }
            Some(value) if setting.secret => (setting, "(set, not shown)".to_owned(), value.origin.clone()),
            Some(value) => (setting, value.text.expose_secret().to_owned(), value.origin.clone()),
            None => (setting, setting.default.unwrap_or("(not set)").to_owned(), Origin::Default),
        };
        SETTINGS.iter().map(show).collect()
    }

    fn origin(&self, key: &str) -> Origin {
        self.set.get(key).map_or(Origin::Default, |v| v.origin.clone())
    }

    fn insert(&mut self, key: &'static str, text: String, origin: Origin) {
        self.set.insert(key, Value { text: text.into(), origin });
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        match self.set.get(key) {
            Some(value) => Some(value.text.expose_secret()),
            None => SETTINGS.iter().find(|s| s.key == key).and_then(|s| s.default),
        }
    }

    fn number(&self, key: &'static str, range: std::ops::RangeInclusive<u32>) -> Result<u32, Failure> {
        let text = self.get(key).unwrap_or_default().trim();
        let number = text.parse().ok().filter(|n| range.contains(n));
        number.ok_or_else(|| {
            let what = format!("a whole number from {} to {}", range.start(), range.end());
            self.wrong(key, text, &what)
        })
    }

    fn url(&self, key: &'static str) -> Result<Url, Failure> {
        let text = self.get(key).unwrap_or_default();
        let url = Url::parse(text).ok().filter(|u| matches!(u.scheme(), "http" | "https") && u.has_host());
        url.ok_or_else(|| self.wrong(key, text, "an http or https URL"))
    }

    fn market(&self) -> Result<Option<String>, Failure> {
        let Some(market) = self.get("SPOTIFY_MARKET") else { return Ok(None) };
        if market.len() == 2 && market.bytes().all(|b| b.is_ascii_alphabetic()) {
            Ok(Some(market.to_ascii_uppercase()))
        } else {
            Err(self.wrong("SPOTIFY_MARKET", market, "a country such as `KR`"))
        }
    }

    fn wrong(&self, key: &str, text: &str, expected: &str) -> Failure {
        Failure::usage(format!("setting {key} is `{text}` ({}), expected {expected}", self.origin(key)))
    }

    /// Takes the keys of a settings file: those of the table, in lower case.
    fn read_file(&mut self, path: &Path, text: &str) -> Result<(), Failure> {
        let shown = path.display();
        let table: toml::Table = toml::from_str(text)
            .map_err(|e| Failure::usage(format!("the settings file `{shown}` is not valid TOML: {}", e.message())))?;
        for (name, value) in table {
            let Some(setting) = SETTINGS.iter().find(|s| s.key.eq_ignore_ascii_case(&name)) else {
                let nearest = nearest(&name);
                return Err(Failure::usage(format!("unknown setting `{name}` in `{shown}`"))
                    .hint(format!("the nearest known one is `{nearest}`; `sixpotify config` lists all")));
            };
            let text = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Boolean(yes) => yes.to_string(),
                _ => {
                    return Err(Failure::usage(format!(
                        "setting `{name}` in `{shown}` is neither text nor a whole number"
                    )));
                }
            };
            self.insert(setting.key, text, Origin::File(path.to_owned()));
        }
        Ok(())
    }
}

/// `sixpotify.toml` here, else in the user's configuration folder, where there is one.
fn usual_file() -> Option<PathBuf> {
    let here = PathBuf::from("sixpotify.toml");
    let users = || ProjectDirs::from("", "", "sixpotify").map(|d| d.config_dir().join("sixpotify.toml"));
    [Some(here), users()].into_iter().flatten().find(|p| p.is_file())
}

/// Variables of the environment that look like settings of ours and are none, each with the nearest known one.
pub(crate) fn unknown_variables() -> Vec<(String, String)> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let ours = |name: &String| PREFIXES.iter().any(|p| name.starts_with(p));
    // Those of the tests, and those that other Spotify programs use, are none of our business.
    let known = |name: &String| SETTINGS.iter().any(|s| s.key == name) || OTHERS.contains(&name.as_str());
    let mut unknown: Vec<String> = names.filter(|n| ours(n) && !known(n)).collect();
    unknown.sort();
    unknown.into_iter().map(|n| (n.clone(), nearest(&n).to_uppercase())).collect()
}

/// How names of settings begin that nobody else uses.
const PREFIXES: [&str; 8] =
    ["SIXPOTIFY_", "SPOTIFY_", "MUSICBRAINZ_", "LISTENBRAINZ_", "DEEZER_", "RECCOBEATS_", "LASTFM_", "MESSENGER_"];

/// Variables with our prefixes that are not settings of the program.
const OTHERS: [&str; 5] = [
    "SIXPOTIFY_OPENAPI",
    "SIXPOTIFY_FIXTURES",
    "SIXPOTIFY_TEST_POSTGRES",
    "SIXPOTIFY_BENCH_POSTGRES",
    "SPOTIFY_REDIRECT_URI",
];

/// The known key that is most like `name`, as it is written in a file.
fn nearest(name: &str) -> String {
    let likeness = |key: &str| strsim::jaro_winkler(&key.to_lowercase(), &name.to_lowercase());
    let best = SETTINGS.iter().max_by(|a, b| likeness(a.key).total_cmp(&likeness(b.key)));
    best.map_or_else(String::new, |s| s.key.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_file(text: &str) -> Result<Settings, Failure> {
        let mut settings = Settings::default();
        settings.read_file(Path::new("sixpotify.toml"), text)?;
        Ok(settings)
    }

    fn text(failure: Failure) -> String {
        format!("{failure:?}")
    }

    #[test]
    fn files_give_values_and_typos_name_the_nearest_key() {
        let settings = from_file("spotify_client_id = \"abc\"\nspotify_budget_30s = 7\n").unwrap();
        assert_eq!(settings.get("SPOTIFY_CLIENT_ID"), Some("abc"));
        assert_eq!(settings.number("SPOTIFY_BUDGET_30S", 0..=9).unwrap(), 7);
        let error = text(from_file("spotify_clientid = \"abc\"").unwrap_err());
        assert!(
            error.contains("unknown setting `spotify_clientid`") && error.contains("`spotify_client_id`"),
            "{error}"
        );
        assert!(text(from_file("spotify_market = [1]").unwrap_err()).contains("neither text"));
    }

    #[test]
    fn secrets_are_neither_shown_nor_debugged() {
        let settings = from_file("spotify_client_secret = \"hush\"\ndatabase_url = \"postgres://u:hush@h/d\"").unwrap();
        assert!(!format!("{settings:?}").contains("hush"));
        assert!(settings.shown().iter().all(|(_, value, _)| !value.contains("hush")));
    }

    #[test]
    fn wrong_values_say_what_is_expected() {
        let settings =
            from_file("spotify_budget_30s = -3\nspotify_market = \"Korea\"\nspotify_api_url = \"spotify\"").unwrap();
        assert!(text(settings.number("SPOTIFY_BUDGET_30S", 0..=9).unwrap_err()).contains("from 0 to 9"));
        assert!(text(settings.market().unwrap_err()).contains("a country such as `KR`"));
        assert!(text(settings.url("SPOTIFY_API_URL").unwrap_err()).contains("an http or https URL"));
    }
}
