//! Last.fm: similar artists, tags and top tracks, with a key.
//!
//! Facts: <https://www.last.fm/api>. Artists are known by their names; a name with a slip may be answered for the artist
//! that it corrects it to. Numbers are texts; errors may come with HTTP 200. Pictures are not given any more, and the
//! terms ask for a link back and no commercial use.

mod dialect;
mod endpoints;
mod map;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde::de::DeserializeOwned;
use sixpotify_core::{GenreVote, Mbid, Related, Source};
use url::Url;

use crate::client::{Manners, SourceClient};
use crate::clock::SharedClock;
use crate::http::{Access, Door, DoorConfig, Endpoint, FetchError, Ledger, Request};
use endpoints as ep;

/// Five requests a second are allowed on average; this is the window of [`BUDGET`].
pub const WINDOW: Duration = Duration::from_secs(5);

/// Requests a window, unless set: four a second.
pub const BUDGET: u32 = 20;

/// Similar artists asked for.
pub const SIMILAR_LIMIT: usize = 100;

/// What the client needs to know.
#[derive(Clone, Debug)]
pub struct LastFmConfig {
    /// The one address of the API, such as `https://ws.audioscrobbler.com/2.0/`.
    pub api_url: Url,
    /// The key.
    pub api_key: SecretString,
    /// Requests in any [`WINDOW`] at most; `None`: no limit of our own.
    pub budget: Option<u32>,
    /// The rest.
    pub manners: Manners,
}

/// By what an artist is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ArtistKey {
    /// Its name.
    Name(String),
    /// Its id at MusicBrainz. Last.fm does not know all of them.
    Mbid(Mbid),
}

/// What Last.fm says, and of whom: the name that it took the question to mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer<T> {
    /// The artist's name at Last.fm; `None` where it was not repeated.
    pub artist: Option<String>,
    /// What was asked for.
    pub items: Vec<T>,
}

/// A track, and how much it is heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopTrack {
    /// The title.
    pub name: String,
    /// The recording's id at MusicBrainz.
    pub mbid: Option<Mbid>,
    /// Plays in all.
    pub plays: Option<u64>,
    /// People who played it.
    pub listeners: Option<u64>,
    /// Page of the track.
    pub url: Option<String>,
}

/// A client for Last.fm. Cheap to clone; clones share limits and counters.
#[derive(Clone)]
pub struct LastFm {
    door: Door,
    api_url: Url,
}

impl LastFm {
    /// Sets the client up; sends nothing yet.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn new(config: LastFmConfig, clock: SharedClock, ledger: Arc<dyn Ledger>) -> Result<Self, reqwest::Error> {
        let door = DoorConfig {
            concurrency: 2,
            window: WINDOW,
            per_window: config.budget,
            dialect: Arc::new(dialect::LastFm),
            ..config.manners.door(Source::LastFm)
        };
        let access = Access::Query { name: "api_key", secret: config.api_key };
        Ok(Self { door: Door::new(door, access, clock, ledger)?, api_url: config.api_url })
    }

    /// Artists that Last.fm calls similar, best first.
    pub async fn similar_artists(&self, artist: &ArtistKey) -> Result<Answer<Related>, FetchError> {
        let answer: wire::Similar = self.ask(&ep::SIMILAR, "artist.getSimilar", artist, SIMILAR_LIMIT).await?;
        Ok(map::similar(answer.similarartists))
    }

    /// Tags as votes for genres, the heaviest first; those that are plainly no genres are left out.
    pub async fn top_tags(&self, artist: &ArtistKey) -> Result<Answer<GenreVote>, FetchError> {
        let answer: wire::Tags = self.ask(&ep::TAGS, "artist.getTopTags", artist, 100).await?;
        Ok(map::tags(answer.toptags))
    }

    /// The artist's most played tracks, best first.
    pub async fn top_tracks(&self, artist: &ArtistKey, limit: usize) -> Result<Answer<TopTrack>, FetchError> {
        let answer: wire::Tracks = self.ask(&ep::TRACKS, "artist.getTopTracks", artist, limit).await?;
        Ok(map::tracks(answer.toptracks))
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        endpoint: &'static Endpoint,
        method: &str,
        artist: &ArtistKey,
        limit: usize,
    ) -> Result<T, FetchError> {
        let mut url = self.api_url.clone();
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("method", method);
            match artist {
                ArtistKey::Name(name) => query.append_pair("artist", name).append_pair("autocorrect", "1"),
                ArtistKey::Mbid(id) => query.append_pair("mbid", id.as_str()),
            };
            query.append_pair("limit", &limit.to_string()).append_pair("format", "json");
        }
        self.door.fetch(&Request::get(endpoint, url)).await
    }
}

impl SourceClient for LastFm {
    fn source(&self) -> Source {
        Source::LastFm
    }

    fn doors(&self) -> Vec<&Door> {
        vec![&self.door]
    }

    fn endpoints(&self) -> &'static [&'static Endpoint] {
        &ep::ALL
    }
}
