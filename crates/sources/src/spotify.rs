//! Spotify's Web API: the client, in both of Spotify's modes.
//!
//! Facts: <https://developer.spotify.com/documentation/web-api>. Apps with *extended quota* get everything; apps in
//! *development mode* get no batch reads, top tracks or audio features, ten hits a search, and artists without
//! followers, popularity and, as far as is known, genres. Which mode a key has is learned from its answers.

mod dialect;
mod endpoints;
mod map;
mod wire;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use sixpotify_core::{Album, Artist, AudioFeatures, SpotifyId, Track};
use url::Url;

use crate::clock::SharedClock;
use crate::http::join as join_segments;
use crate::http::{
    Access, Budget, ClientCredentials, Door, DoorConfig, FetchError, KeyState, Ledger, LedgerError, Request, Retry,
    Stats, Timeouts,
};
use endpoints as ep;

/// Spotify counts requests in a rolling window of this length.
pub const WINDOW: Duration = Duration::from_secs(30);

/// Hits asked for in a search: the most that both modes allow.
pub const SEARCH_LIMIT: usize = 10;

/// Albums a page with extended quota.
const ALBUMS_LIMIT: usize = 50;

/// Albums a page in development mode.
const ALBUMS_LIMIT_DEVELOPMENT: usize = 10;

/// Ids in one request for several artists.
pub const ARTISTS_LIMIT: usize = 50;

/// Ids in one request for audio features.
pub const FEATURES_LIMIT: usize = 100;

/// Requests in flight with extended quota, unless set.
pub const CONCURRENCY: usize = 16;

/// Requests in flight in development mode, unless set: parallel calls there are answered with waits of hours.
pub const CONCURRENCY_DEVELOPMENT: usize = 2;

/// Requests in any 24 hours in development mode, unless set. Blocks were seen after some 800 (2026-08).
pub const DAY_DEVELOPMENT: u32 = 500;

/// How long an endpoint that was withheld is not asked for again.
const WITHHELD_FOR: TimeDelta = TimeDelta::days(1);

/// What the client needs to know.
#[derive(Clone, Debug)]
pub struct SpotifyConfig {
    /// Client id of the app.
    pub client_id: String,
    /// Client secret of the app.
    pub client_secret: SecretString,
    /// Base of the API, without a slash at the end.
    pub api_url: Url,
    /// The token endpoint.
    pub token_url: Url,
    /// Requests per 30 s at most; `None`: no limit of our own.
    pub budget_30s: Option<u32>,
    /// Requests in 24 hours at most, 0 for any number; `None`: any number, and [`DAY_DEVELOPMENT`] once that mode shows.
    pub budget_day: Option<u32>,
    /// Requests in flight at most; `None`: [`CONCURRENCY`], and [`CONCURRENCY_DEVELOPMENT`] once that mode shows.
    pub concurrency: Option<usize>,
    /// Market for search and albums; `None` leaves it to Spotify.
    pub market: Option<String>,
    /// The longest wait while Spotify is blocked.
    pub max_wait: Duration,
    /// What to do about faults.
    pub retry: Retry,
    /// Deadlines.
    pub timeouts: Timeouts,
}

impl SpotifyConfig {
    /// Names the key without telling it: 16 hexadecimal digits of the SHA-256 of the client id. The secret is not in it.
    pub fn fingerprint(&self) -> String {
        use sha2::Digest as _;
        sha2::Sha256::digest(self.client_id.as_bytes())[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Market of top tracks where none is set.
pub const DEFAULT_MARKET: &str = "US";

/// Under this word the ledger keeps that a key is in development mode, beside the endpoints that are withheld from it.
const DEVELOPMENT_MODE: &str = "development mode";

/// Which regime a key is under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Everything, as before 2024-11.
    Extended,
    /// What a newly registered app gets.
    Development,
}

/// An artist as Spotify describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundArtist {
    /// The profile.
    pub artist: Artist,
    /// The genres; `None` where Spotify did not send the field.
    pub genres: Option<Vec<String>>,
}

/// One page of hits, in Spotify's order.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchPage {
    /// The hits.
    pub artists: Vec<FoundArtist>,
    /// Whether there are more after these.
    pub more: bool,
}

/// A client for Spotify's Web API. Cheap to clone; clones share token, limits and counters.
#[derive(Clone)]
pub struct Spotify {
    door: Door,
    config: Arc<SpotifyConfig>,
    clock: SharedClock,
    mode: Arc<AtomicU8>,
    /// Whether answers of this run have shown development mode, and that is still to be noted.
    mode_seen: Arc<AtomicBool>,
}

impl Spotify {
    /// Sets the client up; sends nothing yet.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn new(config: SpotifyConfig, clock: SharedClock, ledger: Arc<dyn Ledger>) -> Result<Self, reqwest::Error> {
        let tokens = ClientCredentials::new(
            "spotify",
            config.token_url.clone(),
            &config.client_id,
            config.client_secret.clone(),
            config.retry,
        );
        let door = DoorConfig {
            concurrency: config.concurrency.unwrap_or(CONCURRENCY),
            window: WINDOW,
            per_window: config.budget_30s,
            per_day: config.budget_day.filter(|day| *day > 0),
            max_wait: config.max_wait,
            retry: config.retry,
            timeouts: config.timeouts,
            dialect: Arc::new(dialect::Spotify),
            ..DoorConfig::new("spotify")
        };
        let door = Door::new(door, Access::Tokens(Box::new(tokens)), clock.clone(), ledger)?;
        Ok(Self { door, config: config.into(), clock, mode: Arc::default(), mode_seen: Arc::default() })
    }

    /// Searches artists by name: the page of [`SEARCH_LIMIT`] hits that begins at `offset`.
    pub async fn search_artists(&self, name: &str, offset: usize) -> Result<SearchPage, FetchError> {
        let mut url = self.url(&["search"]);
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("q", &search_text(name)).append_pair("type", "artist");
            query.append_pair("limit", &SEARCH_LIMIT.to_string());
            if offset > 0 {
                query.append_pair("offset", &offset.to_string());
            }
            if let Some(market) = &self.config.market {
                query.append_pair("market", market);
            }
        }
        let answer: wire::Search = self.door.fetch(&Request::get(&ep::SEARCH, url)).await?;
        let page = answer.artists;
        let artists: Vec<_> = page.items.into_iter().flatten().filter_map(|a| self.found(a)).collect();
        self.note_mode().await?;
        Ok(SearchPage { artists, more: page.next.is_some() })
    }

    /// One artist. The answer may carry another id: the artist that this one was merged into.
    pub async fn artist(&self, id: &SpotifyId) -> Result<FoundArtist, FetchError> {
        let url = self.url(&["artists", id.as_str()]);
        let artist: wire::Artist = self.door.fetch(&Request::get(&ep::ARTIST, url)).await?;
        let found = self.found(artist);
        self.note_mode().await?;
        found.ok_or(FetchError::Gone { service: "spotify".to_owned(), endpoint: ep::ARTIST.path })
    }

    /// One track with its album and credits. The answer may carry another id: the track that is played instead.
    pub async fn track(&self, id: &SpotifyId) -> Result<Track, FetchError> {
        let url = self.url(&["tracks", id.as_str()]);
        let track: wire::Track = self.door.fetch(&Request::get(&ep::TRACK, url)).await?;
        map::track(track).ok_or(FetchError::Gone { service: "spotify".to_owned(), endpoint: ep::TRACK.path })
    }

    /// Up to [`ARTISTS_LIMIT`] artists at once, in the order of `ids`, `None` for those that do not exist. Withheld in
    /// development mode.
    pub async fn artists(&self, ids: &[SpotifyId]) -> Result<Vec<Option<FoundArtist>>, FetchError> {
        let mut url = self.url(&["artists"]);
        url.query_pairs_mut().append_pair("ids", &join(ids.iter().map(SpotifyId::as_str)));
        let answer: wire::Artists = self.noting_mode(self.door.fetch(&Request::get(&ep::ARTISTS, url)).await)?;
        Ok(answer.artists.into_iter().map(|a| a.and_then(|a| self.found(a))).collect())
    }

    /// All albums and singles of an artist, page by page to the end, each with its group.
    pub async fn albums(&self, id: &SpotifyId) -> Result<Vec<(String, Album)>, FetchError> {
        let mut albums = Vec::new();
        let mut limit = self.albums_page_limit();
        let mut next = Some(self.albums_url(id, limit));
        let mut seen = HashSet::new();
        while let Some(url) = next.take() {
            if !seen.insert(url.clone()) {
                let last = "`next` leads back to a page that was read already".to_owned();
                let (service, endpoint) = ("spotify".to_owned(), ep::ALBUMS.path);
                return Err(FetchError::Failed { service, endpoint, attempts: 1, last });
            }
            let page = self.door.fetch::<wire::Page<wire::Album>>(&Request::get(&ep::ALBUMS, url)).await;
            let page = match page {
                // Development mode allows ten a page; before the first search we do not know the mode.
                Err(FetchError::Rejected { status: 400, .. }) if limit > ALBUMS_LIMIT_DEVELOPMENT => {
                    limit = ALBUMS_LIMIT_DEVELOPMENT;
                    albums.clear();
                    next = Some(self.albums_url(id, limit));
                    continue;
                }
                other => other?,
            };
            if limit == ALBUMS_LIMIT_DEVELOPMENT {
                // Not before it is answered: the 400 might have had another cause, such as an unknown market.
                self.set_mode(Mode::Development);
            }
            let empty = page.items.is_empty();
            albums.extend(page.items.into_iter().flatten().filter_map(map::album_in_group));
            // An empty page that still names a next one would be followed for ever.
            next = page.next.filter(|_| !empty).map(|next| self.next_url(id, &next));
        }
        Ok(albums)
    }

    /// The artist's most played tracks in the market (ten at most), best first. Withheld in development mode.
    pub async fn top_tracks(&self, id: &SpotifyId) -> Result<Vec<Track>, FetchError> {
        let mut url = self.url(&["artists", id.as_str(), "top-tracks"]);
        url.query_pairs_mut().append_pair("market", self.top_tracks_market());
        let answer: wire::Tracks = self.noting_mode(self.door.fetch(&Request::get(&ep::TOP_TRACKS, url)).await)?;
        Ok(answer.tracks.into_iter().flatten().filter_map(map::track).collect())
    }

    /// Tracks by an artist of this name, by search: [`SEARCH_LIMIT`] at most, in Spotify's order. Artists of the same name
    /// are among them; both modes have it.
    pub async fn search_tracks(&self, artist: &str) -> Result<Vec<Track>, FetchError> {
        let mut url = self.url(&["search"]);
        let text = format!("artist:\"{}\"", search_text(artist));
        url.query_pairs_mut()
            .append_pair("q", &text)
            .append_pair("type", "track")
            .append_pair("limit", &SEARCH_LIMIT.to_string())
            .append_pair("market", self.top_tracks_market());
        let answer: wire::TrackSearch = self.door.fetch(&Request::get(&ep::SEARCH, url)).await?;
        Ok(answer.tracks.items.into_iter().flatten().filter_map(map::track).collect())
    }

    /// Audio features of up to [`FEATURES_LIMIT`] tracks, in the order of `ids`, `None` where Spotify has none. Withheld
    /// in development mode, and from every app made after 2024-11-27.
    pub async fn audio_features(&self, ids: &[SpotifyId]) -> Result<Vec<Option<AudioFeatures>>, FetchError> {
        let mut url = self.url(&["audio-features"]);
        url.query_pairs_mut().append_pair("ids", &join(ids.iter().map(SpotifyId::as_str)));
        let answer: wire::FeaturesList = self.door.fetch(&Request::get(&ep::AUDIO_FEATURES, url)).await?;
        // By id, not by place: a list that is one short must not shift everybody's features.
        let with_id = |f: wire::Features| Some((f.id.clone()?, map::features(&f)));
        let by_id: HashMap<_, _> = answer.audio_features.into_iter().flatten().filter_map(with_id).collect();
        Ok(ids.iter().map(|id| by_id.get(id.as_str()).copied()).collect())
    }

    /// Requests in flight at most, as set up.
    pub fn concurrency(&self) -> usize {
        self.config.concurrency.unwrap_or(CONCURRENCY)
    }

    /// The market whose top tracks are asked for.
    pub fn top_tracks_market(&self) -> &str {
        self.config.market.as_deref().unwrap_or(DEFAULT_MARKET)
    }

    /// The mode of this key, as far as its answers have shown.
    pub fn mode(&self) -> Option<Mode> {
        match self.mode.load(Ordering::Relaxed) {
            1 => Some(Mode::Extended),
            2 => Some(Mode::Development),
            _ => None,
        }
    }

    /// Paths of the endpoints that Spotify has withheld from this key so far.
    pub fn withheld(&self) -> Vec<&'static str> {
        self.door.withheld()
    }

    /// How far this machine's clock is ahead of Spotify's, by the last answer.
    pub fn clock_skew(&self) -> Option<TimeDelta> {
        self.door.clock_skew()
    }

    /// Requests so far.
    pub fn stats(&self) -> Stats {
        self.door.stats()
    }

    /// Answers in the present window, and the budget for it where one is set or learned.
    pub fn window(&self) -> (u32, Option<Budget>) {
        self.door.window()
    }

    /// Requests allowed in any 24 hours.
    pub fn per_day(&self) -> Option<u32> {
        self.door.per_day()
    }

    /// Goes on from what the ledger knows of the key: a block in force, endpoints that were withheld lately, the mode.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn restore(&self) -> Result<KeyState, LedgerError> {
        let state = self.door.restore_withheld(&ep::ALL, WITHHELD_FOR).await?;
        let since = self.clock.now() - WITHHELD_FOR;
        if state.withheld.get(DEVELOPMENT_MODE).is_some_and(|at| *at > since) {
            self.set_mode(Mode::Development);
            self.mode_seen.store(false, Ordering::Relaxed);
        }
        Ok(state)
    }

    /// What the ledger knows of the key at `now`.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn ledger_state(&self, now: DateTime<Utc>) -> Result<KeyState, LedgerError> {
        self.door.ledger_state(now).await
    }

    /// Gives back unused requests: for the end of a run.
    ///
    /// # Errors
    /// [`FetchError::Uncounted`] when the ledger is away.
    pub async fn rest(&self) -> Result<(), FetchError> {
        self.note_mode().await?;
        self.door.rest().await
    }

    /// Notes development mode in the ledger as soon as it shows, so that a run that is killed has not learned it in vain.
    /// What was only restored is not noted again: it must grow old, or an app that was given extended quota would never
    /// be asked again.
    async fn note_mode(&self) -> Result<(), FetchError> {
        if self.mode_seen.swap(false, Ordering::Relaxed) {
            self.door.note(DEVELOPMENT_MODE).await?;
        }
        Ok(())
    }

    fn found(&self, artist: wire::Artist) -> Option<FoundArtist> {
        let extended = artist.followers.is_some() || artist.popularity.is_some();
        if self.mode().is_none() {
            self.set_mode(if extended { Mode::Extended } else { Mode::Development });
        }
        map::artist(artist)
    }

    fn noting_mode<T>(&self, result: Result<T, FetchError>) -> Result<T, FetchError> {
        if let Err(FetchError::Withheld { .. }) = result {
            self.set_mode(Mode::Development);
        }
        result
    }

    /// Development mode stays, once it has shown: the places in flight must not be lowered twice.
    fn set_mode(&self, mode: Mode) {
        if mode == Mode::Extended {
            // An error means that the mode is known already.
            let _ = self.mode.compare_exchange(0, 1, Ordering::Relaxed, Ordering::Relaxed);
            return;
        }
        if self.mode.swap(2, Ordering::Relaxed) == 2 {
            return;
        }
        self.mode_seen.store(true, Ordering::Relaxed);
        if self.config.concurrency.is_none() {
            self.door.lower_concurrency(CONCURRENCY - CONCURRENCY_DEVELOPMENT);
        }
        if self.config.budget_day.is_none() {
            self.door.set_per_day(Some(DAY_DEVELOPMENT));
        }
    }

    fn albums_page_limit(&self) -> usize {
        if self.mode() == Some(Mode::Development) { ALBUMS_LIMIT_DEVELOPMENT } else { ALBUMS_LIMIT }
    }

    fn albums_url(&self, id: &SpotifyId, limit: usize) -> Url {
        let mut url = self.url(&["artists", id.as_str(), "albums"]);
        let mut query = url.query_pairs_mut();
        query.append_pair("include_groups", "album,single").append_pair("limit", &limit.to_string());
        if let Some(market) = &self.config.market {
            query.append_pair("market", market);
        }
        drop(query);
        url
    }

    fn url(&self, segments: &[&str]) -> Url {
        join_segments(&self.config.api_url, segments)
    }

    /// The page that `next` names, at the base we were told to use: the token goes nowhere else.
    fn next_url(&self, id: &SpotifyId, next: &str) -> Url {
        let mut url = self.url(&["artists", id.as_str(), "albums"]);
        url.set_query(next.split_once('?').map(|(_, query)| query));
        url
    }
}

/// A name as the text of a search: quotes and colons would be read as Spotify's field filters.
fn search_text(name: &str) -> String {
    name.chars()
        .map(|c| if matches!(c, '"' | ':') || c.is_control() { ' ' } else { c })
        .collect::<String>()
        .trim()
        .to_owned()
}

fn join<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    ids.collect::<Vec<_>>().join(",")
}
