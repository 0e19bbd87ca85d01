//! MusicBrainz's web service: names, aliases, genres, and ids elsewhere.
//!
//! Facts: <https://musicbrainz.org/doc/MusicBrainz_API>. No key. One request a second on average for an address, whoever
//! sends it; beyond that every request of the address is answered by 503 until the rate falls. A `User-Agent` that names a
//! contact is a duty; others share a bucket, or find their connections dropped.

mod dialect;
mod endpoints;
mod map;
mod query;
mod wire;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sixpotify_core::{Alias, Artist, GenreVote, Link, Mbid, Source, Track};
use url::Url;

use crate::client::{Manners, SourceClient};
use crate::clock::SharedClock;
use crate::http::{Access, Door, DoorConfig, Endpoint, FetchError, Ledger, Request, join};
use endpoints as ep;

pub use map::artist_record;

/// Between two requests of all processes at one address: the second that is asked for, and a tenth for the network.
pub const SPACING: Duration = Duration::from_millis(1100);

/// Hits asked for in a search: 100 at most are allowed.
pub const SEARCH_LIMIT: usize = 25;

/// Links looked up in one request. The service names no limit; a longer URL than this makes is refused by some proxies.
pub const LINKS_LIMIT: usize = 20;

/// What the client needs to know.
#[derive(Clone, Debug)]
pub struct MusicBrainzConfig {
    /// Base of the web service, such as `https://musicbrainz.org/ws/2`.
    pub api_url: Url,
    /// Between two requests; [`SPACING`] for the public service, less for a mirror of one's own.
    pub spacing: Duration,
    /// The rest.
    pub manners: Manners,
}

/// An artist as a search shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundArtist {
    /// Its id at MusicBrainz.
    pub mbid: Mbid,
    /// The profile: name and page.
    pub artist: Artist,
    /// How well it fits, 0 to 100, the best hit having 100.
    pub score: u8,
    /// What tells namesakes apart: "90s US grunge band".
    pub disambiguation: Option<String>,
    /// `Person`, `Group`, `Orchestra`, `Choir`, `Character` or `Other`.
    pub kind: Option<String>,
    /// ISO 3166 code of the country.
    pub country: Option<String>,
    /// Other names.
    pub aliases: Vec<Alias>,
}

/// An artist as a look-up, or a line of the JSON dump, shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ArtistRecord {
    /// Its id at MusicBrainz. Not the one that was asked for where that artist was merged into this one.
    pub mbid: Mbid,
    /// The profile: name and page.
    pub artist: Artist,
    /// What tells namesakes apart.
    pub disambiguation: Option<String>,
    /// `Person`, `Group`, `Orchestra`, `Choir`, `Character` or `Other`.
    pub kind: Option<String>,
    /// ISO 3166 code of the country.
    pub country: Option<String>,
    /// Other names; `None` where they were not sent.
    pub aliases: Option<Vec<Alias>>,
    /// Genres with votes, most votes first; `None` where they were not sent. Votes are licensed CC BY-NC-SA.
    pub genres: Option<Vec<GenreVote>>,
    /// Ids elsewhere that are in use, each once; `None` where they were not sent. Two at one source are ambiguous.
    pub links: Option<Vec<Link>>,
}

/// A client for MusicBrainz's web service. Cheap to clone; clones share the pace.
#[derive(Clone)]
pub struct MusicBrainz {
    door: Door,
    api_url: Url,
    /// Whether the service was seen to refuse several links at once.
    one_by_one: Arc<AtomicBool>,
}

impl MusicBrainz {
    /// Sets the client up; sends nothing yet. `ledger` is shared by all processes that keep the pace together.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn new(config: MusicBrainzConfig, clock: SharedClock, ledger: Arc<dyn Ledger>) -> Result<Self, reqwest::Error> {
        let door = DoorConfig {
            concurrency: 2,
            window: config.spacing,
            per_window: (!config.spacing.is_zero()).then_some(1),
            dialect: Arc::new(dialect::MusicBrainz),
            ..config.manners.door(Source::MusicBrainz)
        };
        let door = Door::new(door, Access::Open, clock, ledger)?;
        Ok(Self { door, api_url: config.api_url, one_by_one: Arc::default() })
    }

    /// Searches artists by name or alias, as it is typed: [`SEARCH_LIMIT`] at most, the best first.
    pub async fn search_artists(&self, name: &str) -> Result<Vec<FoundArtist>, FetchError> {
        let mut url = self.url(&["artist"]);
        url.query_pairs_mut()
            .append_pair("query", &query::artist(name))
            .append_pair("limit", &SEARCH_LIMIT.to_string())
            .append_pair("fmt", "json");
        let found: wire::Search = self.door.fetch(&Request::get(&ep::SEARCH, url)).await?;
        Ok(found.artists.into_iter().filter_map(map::found).collect())
    }

    /// One artist with aliases, genres and links. The answer carries another id where that artist was merged.
    pub async fn artist(&self, id: &Mbid) -> Result<ArtistRecord, FetchError> {
        let mut url = self.url(&["artist", id.as_str()]);
        // Written by hand: the service wants the plus signs as they are.
        url.set_query(Some("inc=aliases+genres+url-rels&fmt=json"));
        let artist: wire::Artist = self.door.fetch(&Request::get(&ep::ARTIST, url)).await?;
        map::record(artist).ok_or_else(|| self.unreadable(&ep::ARTIST))
    }

    /// One recording with its credits. The answer carries another id where that recording was merged.
    pub async fn recording(&self, id: &Mbid) -> Result<Track, FetchError> {
        let mut url = self.url(&["recording", id.as_str()]);
        url.set_query(Some("inc=artist-credits+isrcs&fmt=json"));
        let recording: wire::Recording = self.door.fetch(&Request::get(&ep::RECORDING, url)).await?;
        map::recording(recording).ok_or_else(|| self.unreadable(&ep::RECORDING))
    }

    /// The artists that MusicBrainz joins to links, each link with all of its artists; links unknown there have none.
    /// [`LINKS_LIMIT`] links a request, where the service takes several.
    pub async fn artists_of_links(&self, links: &[Link]) -> Result<Vec<(Link, Vec<Mbid>)>, FetchError> {
        let mut joined: Vec<(Link, Vec<Mbid>)> = links.iter().map(|link| (link.clone(), Vec::new())).collect();
        for some in joined.chunks_mut(LINKS_LIMIT) {
            self.join_links(some).await?;
        }
        Ok(joined)
    }

    async fn join_links(&self, links: &mut [(Link, Vec<Mbid>)]) -> Result<(), FetchError> {
        if links.len() > 1 && !self.one_by_one.load(Ordering::Relaxed) {
            match self.ask_for_links(links).await {
                Err(FetchError::Rejected { .. }) => self.one_by_one.store(true, Ordering::Relaxed),
                other => return other,
            }
        }
        for at in 0..links.len() {
            self.ask_for_links(&mut links[at..=at]).await?;
        }
        Ok(())
    }

    async fn ask_for_links(&self, links: &mut [(Link, Vec<Mbid>)]) -> Result<(), FetchError> {
        let mut url = self.url(&["url"]);
        {
            let mut query = url.query_pairs_mut();
            for address in links.iter().filter_map(|(link, _)| map::address(link)) {
                query.append_pair("resource", &address);
            }
            query.append_pair("inc", "artist-rels").append_pair("fmt", "json");
        }
        let found: wire::Urls = match self.door.fetch(&Request::get(&ep::URL, url)).await {
            Err(FetchError::Gone { .. }) => return Ok(()),
            other => other?,
        };
        for (link, mbid) in map::artists_of(found) {
            for (_, mbids) in links.iter_mut().filter(|(asked, _)| *asked == link) {
                if !mbids.contains(&mbid) {
                    mbids.push(mbid.clone());
                }
            }
        }
        Ok(())
    }

    fn url(&self, segments: &[&str]) -> Url {
        join(&self.api_url, segments)
    }

    fn unreadable(&self, endpoint: &'static Endpoint) -> FetchError {
        let last = "an answer without an id or a name".to_owned();
        FetchError::Failed { service: "musicbrainz".to_owned(), endpoint: endpoint.path, attempts: 1, last }
    }
}

impl SourceClient for MusicBrainz {
    fn source(&self) -> Source {
        Source::MusicBrainz
    }

    fn doors(&self) -> Vec<&Door> {
        vec![&self.door]
    }

    fn endpoints(&self) -> &'static [&'static Endpoint] {
        &ep::ALL
    }
}
