//! ListenBrainz: how much artists are heard, who is heard by the same people, and which recordings.
//!
//! Facts: <https://listenbrainz.readthedocs.io/>. Two services: the API, and "labs", which promises no stability. A token
//! (of a free account) is needed for top recordings since 2026-08, and goes to the API only.

mod dialect;
mod endpoints;
mod map;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;
use sixpotify_core::{Mbid, Related, Source, Track};
use url::Url;

use crate::client::{Manners, SourceClient};
use crate::clock::SharedClock;
use crate::http::{Access, Door, DoorConfig, Endpoint, FetchError, Ledger, Request, join};
use endpoints as ep;

/// Artists in one request for popularity.
pub const POPULARITY_LIMIT: usize = 1000;

/// The computation behind similar artists that ListenBrainz's own artist pages use.
pub const ALGORITHM: &str =
    "session_based_days_7500_session_300_contribution_3_threshold_10_limit_100_filter_True_skip_30";

/// ListenBrainz counts requests in a window of about this length, and says with each answer how many are left.
const WINDOW: Duration = Duration::from_secs(10);

/// What the client needs to know.
#[derive(Clone, Debug)]
pub struct ListenBrainzConfig {
    /// Base of the API, such as `https://api.listenbrainz.org`.
    pub api_url: Url,
    /// Base of labs, such as `https://labs.api.listenbrainz.org`.
    pub labs_url: Url,
    /// A user's token.
    pub token: Option<SecretString>,
    /// Requests in any 10 seconds at most; `None`: as many as its answers say are left.
    pub budget: Option<u32>,
    /// The rest.
    pub manners: Manners,
}

/// How much an artist is heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Popularity {
    /// Listens in all; `None`: unknown.
    pub listens: Option<u64>,
    /// People who listened; `None`: unknown.
    pub listeners: Option<u64>,
}

impl Popularity {
    /// Listeners that count as a popularity of 100: about as many as the most heard artists have.
    const MOST_LISTENERS: f64 = 50_000.0;

    /// Popularity from 0 to 100 on a logarithmic scale of listeners, as Spotify's is one of plays.
    pub fn percent(&self) -> Option<u8> {
        #[expect(clippy::cast_precision_loss, reason = "a logarithm need not be exact")]
        let listeners = self.listeners? as f64;
        let share = (listeners + 1.0).ln() / (Self::MOST_LISTENERS + 1.0).ln();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 to 100")]
        Some((share * 100.0).round().clamp(0.0, 100.0) as u8)
    }
}

/// A recording, and how much it is heard.
#[derive(Clone, Debug, PartialEq)]
pub struct TopRecording {
    /// The recording. Its id is that of MusicBrainz.
    pub track: Track,
    /// How much it is heard.
    pub popularity: Popularity,
}

/// A client for ListenBrainz. Cheap to clone; clones share limits and counters.
#[derive(Clone)]
pub struct ListenBrainz {
    api: Door,
    labs: Door,
    api_url: Url,
    labs_url: Url,
}

impl ListenBrainz {
    /// Sets the client up; sends nothing yet.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn new(
        config: ListenBrainzConfig,
        clock: SharedClock,
        ledger: Arc<dyn Ledger>,
    ) -> Result<Self, reqwest::Error> {
        let door = DoorConfig {
            concurrency: 4,
            window: WINDOW,
            per_window: config.budget,
            dialect: Arc::new(dialect::ListenBrainz),
            ..config.manners.door(Source::ListenBrainz)
        };
        let access = Access::optional_header("Token", config.token);
        let api = Door::new(door.clone(), access, clock.clone(), ledger.clone())?;
        let service = format!("{}'s labs", door.service);
        let labs = Door::new(DoorConfig { service, concurrency: 2, ..door }, Access::Open, clock, ledger)?;
        Ok(Self { api, labs, api_url: config.api_url, labs_url: config.labs_url })
    }

    /// How much artists are heard, in the order of `ids`; [`POPULARITY_LIMIT`] a request.
    pub async fn popularity(&self, ids: &[Mbid]) -> Result<Vec<Popularity>, FetchError> {
        let mut all = Vec::with_capacity(ids.len());
        for some in ids.chunks(POPULARITY_LIMIT) {
            let mbids: Vec<&str> = some.iter().map(Mbid::as_str).collect();
            let url = join(&self.api_url, &["1", "popularity", "artist"]);
            let request = Request::post(&ep::POPULARITY, url, &json!({ "artist_mbids": mbids }));
            let answer: Vec<Option<wire::Popularity>> = self.api.fetch(&request).await?;
            all.extend(map::popularity(some, &answer));
        }
        Ok(all)
    }

    /// Artists that the same people hear in one sitting, best first, a hundred at most.
    pub async fn similar_artists(&self, id: &Mbid) -> Result<Vec<Related>, FetchError> {
        let mut url = join(&self.labs_url, &["similar-artists", "json"]);
        url.query_pairs_mut().append_pair("artist_mbids", id.as_str()).append_pair("algorithm", ALGORITHM);
        let answer: Vec<wire::Similar> = self.labs.fetch(&Request::get(&ep::SIMILAR, url)).await?;
        Ok(map::similar(id, answer))
    }

    /// The artist's most heard recordings, best first. Withheld without a token.
    pub async fn top_recordings(&self, id: &Mbid) -> Result<Vec<TopRecording>, FetchError> {
        let url = join(&self.api_url, &["1", "popularity", "top-recordings-for-artist", id.as_str()]);
        let answer: Vec<wire::Recording> = self.api.fetch(&Request::get(&ep::TOP_RECORDINGS, url)).await?;
        Ok(answer.into_iter().filter_map(map::recording).collect())
    }
}

impl SourceClient for ListenBrainz {
    fn source(&self) -> Source {
        Source::ListenBrainz
    }

    fn doors(&self) -> Vec<&Door> {
        vec![&self.api, &self.labs]
    }

    fn endpoints(&self) -> &'static [&'static Endpoint] {
        &ep::ALL
    }
}
