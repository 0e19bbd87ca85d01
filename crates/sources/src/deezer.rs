//! Deezer's public API: fans, pictures, albums, top tracks, related artists, recording codes.
//!
//! Facts: <https://developers.deezer.com/api>. No key for the catalogue. Errors come with HTTP 200. Pictures may be linked
//! and not stored; previews expire within hours, so they are not even read.

mod dialect;
mod endpoints;
mod map;
mod wire;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use sixpotify_core::{Album, Artist, DeezerId, Related, Source, Track};
use url::Url;

use crate::client::{Manners, SourceClient};
use crate::clock::SharedClock;
use crate::http::{Access, Door, DoorConfig, Endpoint, FetchError, Ledger, Request, join};
use endpoints as ep;

/// Deezer counts requests in a window of this length; 50 are said to be allowed.
pub const WINDOW: Duration = Duration::from_secs(5);

/// Requests a window, unless set.
pub const BUDGET: u32 = 40;

/// Hits asked for in a search.
pub const SEARCH_LIMIT: usize = 25;

/// Related artists asked for.
pub const RELATED_LIMIT: usize = 50;

/// Albums a page.
const ALBUMS_LIMIT: usize = 100;

/// Pages of albums at most: nobody has ten thousand.
const MOST_PAGES: usize = 100;

/// What the client needs to know.
#[derive(Clone, Debug)]
pub struct DeezerConfig {
    /// Base of the API, such as `https://api.deezer.com`.
    pub api_url: Url,
    /// Requests in any [`WINDOW`] at most; `None`: no limit of our own.
    pub budget: Option<u32>,
    /// The rest.
    pub manners: Manners,
}

/// An artist as Deezer describes it. Its fans are the followers of the profile.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundArtist {
    /// Its id at Deezer.
    pub id: DeezerId,
    /// The profile.
    pub artist: Artist,
    /// Number of albums.
    pub albums: Option<u32>,
}

/// A track with what only the look-up of one track says.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackDetail {
    /// The track, with its recording code.
    pub track: Track,
    /// Deezer's ids of the artists credited, in the order of the track's credits.
    pub artists: Vec<DeezerId>,
    /// Beats a minute.
    pub bpm: Option<f32>,
}

/// A client for Deezer's API. Cheap to clone; clones share limits and counters.
#[derive(Clone)]
pub struct Deezer {
    door: Door,
    api_url: Url,
}

impl Deezer {
    /// Sets the client up; sends nothing yet.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn new(config: DeezerConfig, clock: SharedClock, ledger: Arc<dyn Ledger>) -> Result<Self, reqwest::Error> {
        let door = DoorConfig {
            concurrency: 4,
            window: WINDOW,
            per_window: config.budget,
            dialect: Arc::new(dialect::Deezer),
            ..config.manners.door(Source::Deezer)
        };
        Ok(Self { door: Door::new(door, Access::Open, clock, ledger)?, api_url: config.api_url })
    }

    /// Searches artists by name: [`SEARCH_LIMIT`] at most, in Deezer's order.
    pub async fn search_artists(&self, name: &str) -> Result<Vec<FoundArtist>, FetchError> {
        let name: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let mut url = self.url(&["search", "artist"]);
        url.query_pairs_mut().append_pair("q", name.trim()).append_pair("limit", &SEARCH_LIMIT.to_string());
        let found: wire::Page<wire::Artist> = self.door.fetch(&Request::get(&ep::SEARCH, url)).await?;
        Ok(found.data.into_iter().flatten().filter_map(map::artist).collect())
    }

    /// One artist.
    pub async fn artist(&self, id: DeezerId) -> Result<FoundArtist, FetchError> {
        let url = self.url(&["artist", &id.to_string()]);
        let artist: wire::Artist = self.door.fetch(&Request::get(&ep::ARTIST, url)).await?;
        map::artist(artist).ok_or_else(|| self.gone(&ep::ARTIST))
    }

    /// All albums and singles of an artist, page by page to the end. Deezer does not say whom they credit.
    pub async fn albums(&self, id: DeezerId) -> Result<Vec<Album>, FetchError> {
        let mut albums = Vec::new();
        let mut seen = HashSet::new();
        for page in 0..MOST_PAGES {
            let mut url = self.url(&["artist", &id.to_string(), "albums"]);
            url.query_pairs_mut()
                .append_pair("limit", &ALBUMS_LIMIT.to_string())
                .append_pair("index", &(page * ALBUMS_LIMIT).to_string());
            let answer: wire::Page<wire::Album> = self.door.fetch(&Request::get(&ep::ALBUMS, url)).await?;
            let before = albums.len();
            albums
                .extend(answer.data.into_iter().flatten().filter_map(map::album).filter(|a| seen.insert(a.id.clone())));
            // A page that brings nothing new would be followed for ever.
            if answer.next.is_none() || albums.len() == before {
                break;
            }
        }
        Ok(albums)
    }

    /// The artist's most played tracks, best first, without recording codes: those are part of [`Self::track`] only.
    pub async fn top_tracks(&self, id: DeezerId, limit: usize) -> Result<Vec<Track>, FetchError> {
        let mut url = self.url(&["artist", &id.to_string(), "top"]);
        url.query_pairs_mut().append_pair("limit", &limit.to_string());
        let answer: wire::Page<wire::Track> = self.door.fetch(&Request::get(&ep::TOP, url)).await?;
        Ok(answer.data.into_iter().flatten().filter_map(map::track).collect())
    }

    /// Artists that Deezer calls related, best first; it gives no scores.
    pub async fn related(&self, id: DeezerId) -> Result<Vec<Related>, FetchError> {
        let mut url = self.url(&["artist", &id.to_string(), "related"]);
        url.query_pairs_mut().append_pair("limit", &RELATED_LIMIT.to_string());
        let answer: wire::Page<wire::Artist> = self.door.fetch(&Request::get(&ep::RELATED, url)).await?;
        Ok(answer.data.into_iter().flatten().filter_map(map::related).collect())
    }

    /// One track, with its recording code.
    pub async fn track(&self, id: DeezerId) -> Result<TrackDetail, FetchError> {
        let url = self.url(&["track", &id.to_string()]);
        let track: wire::Track = self.door.fetch(&Request::get(&ep::TRACK, url)).await?;
        map::track_detail(track).ok_or_else(|| self.gone(&ep::TRACK))
    }

    /// The track with a recording code; `None` where Deezer knows none.
    pub async fn track_by_isrc(&self, isrc: &str) -> Result<Option<TrackDetail>, FetchError> {
        let url = self.url(&["track", &format!("isrc:{isrc}")]);
        match self.door.fetch::<wire::Track>(&Request::get(&ep::TRACK_BY_ISRC, url)).await {
            Ok(track) => Ok(map::track_detail(track)),
            Err(FetchError::Gone { .. }) => Ok(None),
            Err(other) => Err(other),
        }
    }

    fn url(&self, segments: &[&str]) -> Url {
        join(&self.api_url, segments)
    }

    fn gone(&self, endpoint: &'static Endpoint) -> FetchError {
        FetchError::Gone { service: "deezer".to_owned(), endpoint: endpoint.path }
    }
}

impl SourceClient for Deezer {
    fn source(&self) -> Source {
        Source::Deezer
    }

    fn doors(&self) -> Vec<&Door> {
        vec![&self.door]
    }

    fn endpoints(&self) -> &'static [&'static Endpoint] {
        &ep::ALL
    }
}
