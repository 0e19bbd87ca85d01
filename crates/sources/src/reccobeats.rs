//! ReccoBeats: audio features of tracks, without a key.
//!
//! Facts: <https://reccobeats.com/docs>. Tracks are asked for by Spotify's id, ReccoBeats' own, or recording code (ISRC).
//! Answers come in any order and leave out what is unknown. Not there: beats per bar, and much of what came out since
//! 2025. That `ids` takes recording codes is seen in public code and not in the documentation: where the service refuses
//! them, those tracks are unknown, and the way round is [`ReccoBeats::find_artists`] and [`ReccoBeats::tracks_of`].

mod endpoints;
mod map;
mod wire;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use sixpotify_core::{AudioFeatures, Source, SpotifyId};
use url::Url;

use crate::client::{Manners, SourceClient};
use crate::clock::SharedClock;
use crate::http::{Access, Door, DoorConfig, Endpoint, FetchError, Ledger, Request, join};
use endpoints as ep;

/// Ids in one request. More are dropped in silence.
pub const IDS_LIMIT: usize = 40;

/// Requests are counted in windows of this length; how many are allowed is not published.
pub const WINDOW: Duration = Duration::from_secs(10);

/// Requests a window, unless set: two a second.
pub const BUDGET: u32 = 20;

/// Tracks of an artist a page.
const TRACKS_PAGE: usize = 50;

/// Pages of an artist's tracks at most.
const MOST_PAGES: usize = 20;

/// Hits asked for in a search.
const SEARCH_LIMIT: usize = 25;

/// What the client needs to know.
#[derive(Clone, Debug)]
pub struct ReccoBeatsConfig {
    /// Base of the API, such as `https://api.reccobeats.com/v1`.
    pub api_url: Url,
    /// Requests in any [`WINDOW`] at most; `None`: no limit of our own.
    pub budget: Option<u32>,
    /// The rest.
    pub manners: Manners,
}

/// By what a track is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TrackKey {
    /// Spotify's id.
    Spotify(SpotifyId),
    /// Its recording code.
    Isrc(String),
    /// ReccoBeats' own id.
    Own(String),
}

impl fmt::Display for TrackKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spotify(id) => id.fmt(f),
            Self::Isrc(text) | Self::Own(text) => f.write_str(text),
        }
    }
}

/// An artist as ReccoBeats knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundArtist {
    /// ReccoBeats' own id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The id at Spotify.
    pub spotify: Option<SpotifyId>,
}

/// A track as ReccoBeats knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundTrack {
    /// ReccoBeats' own id.
    pub id: String,
    /// The title.
    pub title: String,
    /// The id at Spotify.
    pub spotify: Option<SpotifyId>,
    /// The recording code.
    pub isrc: Option<String>,
    /// Length in milliseconds.
    pub duration_ms: Option<u32>,
    /// 0 to 100.
    pub popularity: Option<u8>,
}

/// A client for ReccoBeats. Cheap to clone; clones share limits and counters.
#[derive(Clone)]
pub struct ReccoBeats {
    door: Door,
    api_url: Url,
}

impl ReccoBeats {
    /// Sets the client up; sends nothing yet.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn new(config: ReccoBeatsConfig, clock: SharedClock, ledger: Arc<dyn Ledger>) -> Result<Self, reqwest::Error> {
        let door = DoorConfig {
            concurrency: 2,
            window: WINDOW,
            per_window: config.budget,
            ..config.manners.door(Source::ReccoBeats)
        };
        Ok(Self { door: Door::new(door, Access::Open, clock, ledger)?, api_url: config.api_url })
    }

    /// Audio features of tracks in the order of `keys`, `None` where there are none; [`IDS_LIMIT`] a request. Keys of
    /// different kinds may be mixed.
    pub async fn audio_features(&self, keys: &[TrackKey]) -> Result<Vec<Option<AudioFeatures>>, FetchError> {
        let mut all = Vec::with_capacity(keys.len());
        for some in keys.chunks(IDS_LIMIT) {
            let url = self.by_ids(&["audio-features"], some);
            let answer = self.door.fetch::<wire::Content<wire::Features>>(&Request::get(&ep::FEATURES, url)).await;
            match answer {
                Ok(answer) => all.extend(map::features_of(some, answer.content)),
                // None of them is known.
                Err(FetchError::Gone { .. }) => all.extend(some.iter().map(|_| None)),
                Err(other) => return Err(other),
            }
        }
        Ok(all)
    }

    /// Tracks in the order of `keys`, `None` for those that ReccoBeats does not know; [`IDS_LIMIT`] a request.
    pub async fn tracks(&self, keys: &[TrackKey]) -> Result<Vec<Option<FoundTrack>>, FetchError> {
        let mut all = Vec::with_capacity(keys.len());
        for some in keys.chunks(IDS_LIMIT) {
            let url = self.by_ids(&["track"], some);
            match self.door.fetch::<wire::Content<wire::Track>>(&Request::get(&ep::TRACKS, url)).await {
                Ok(answer) => all.extend(map::tracks_of(some, answer.content)),
                Err(FetchError::Gone { .. }) => all.extend(some.iter().map(|_| None)),
                Err(other) => return Err(other),
            }
        }
        Ok(all)
    }

    /// Searches artists by name: 25 at most, in ReccoBeats' order.
    pub async fn find_artists(&self, name: &str) -> Result<Vec<FoundArtist>, FetchError> {
        let name: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let mut url = join(&self.api_url, &["artist", "search"]);
        url.query_pairs_mut()
            .append_pair("searchText", name.trim())
            .append_pair("size", &SEARCH_LIMIT.to_string())
            .append_pair("page", "0");
        let answer: wire::Content<wire::Artist> = self.door.fetch(&Request::get(&ep::SEARCH, url)).await?;
        Ok(answer.content.into_iter().filter_map(map::artist).collect())
    }

    /// The tracks of an artist by ReccoBeats' own id, page by page, a thousand at most.
    pub async fn tracks_of(&self, artist: &str) -> Result<Vec<FoundTrack>, FetchError> {
        let mut tracks: Vec<FoundTrack> = Vec::new();
        for page in 0..MOST_PAGES {
            let mut url = join(&self.api_url, &["artist", artist, "track"]);
            url.query_pairs_mut().append_pair("size", &TRACKS_PAGE.to_string()).append_pair("page", &page.to_string());
            let answer: wire::Content<wire::Track> = self.door.fetch(&Request::get(&ep::TRACKS_OF, url)).await?;
            let (pages, full) = (answer.pages(), answer.content.len() >= TRACKS_PAGE);
            let before = tracks.len();
            let new = answer.content.into_iter().filter_map(map::track);
            tracks.extend(new);
            let last = pages.map_or(!full, |pages| page + 1 >= pages);
            if last || tracks.len() == before {
                break;
            }
        }
        Ok(tracks)
    }

    fn by_ids(&self, path: &[&str], keys: &[TrackKey]) -> Url {
        let ids: Vec<String> = keys.iter().map(TrackKey::to_string).collect();
        let mut url = join(&self.api_url, path);
        url.query_pairs_mut().append_pair("ids", &ids.join(","));
        url
    }
}

impl SourceClient for ReccoBeats {
    fn source(&self) -> Source {
        Source::ReccoBeats
    }

    fn doors(&self) -> Vec<&Door> {
        vec![&self.door]
    }

    fn endpoints(&self) -> &'static [&'static Endpoint] {
        &ep::ALL
    }
}
