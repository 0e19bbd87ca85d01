//! Clients of all open sources with short delays, and one call of each endpoint.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use open_sim::{Config, OpenSim, RunningSim, Service as Played};
use sixpotify_core::{DeezerId, Link, Mbid, Source, SpotifyId};
use sixpotify_sources::deezer::{Deezer, DeezerConfig};
use sixpotify_sources::http::{FetchError, Ledger, MemoryLedger};
use sixpotify_sources::lastfm::{ArtistKey, LastFm, LastFmConfig};
use sixpotify_sources::listenbrainz::{ListenBrainz, ListenBrainzConfig};
use sixpotify_sources::musicbrainz::{MusicBrainz, MusicBrainzConfig};
use sixpotify_sources::reccobeats::{ReccoBeats, ReccoBeatsConfig, TrackKey};
use sixpotify_sources::{Manners, SourceClient, SystemClock};
use url::Url;

use crate::client::{patience, quick_retry};
use crate::service::Service;

/// Quick retries, short waits.
pub(crate) fn manners() -> Manners {
    Manners {
        contact: Some("tests@example.org".to_owned()),
        max_wait: Duration::from_secs(10),
        unsaid_wait: Duration::from_millis(2),
        retry: quick_retry(),
        timeouts: patience(Duration::from_secs(20)),
    }
}

/// The addresses of all services.
#[derive(Clone)]
pub(crate) struct Addresses {
    pub(crate) musicbrainz: Url,
    pub(crate) listenbrainz: Url,
    pub(crate) labs: Url,
    pub(crate) deezer: Url,
    pub(crate) reccobeats: Url,
    pub(crate) lastfm: Url,
}

impl Addresses {
    pub(crate) fn of(sim: &RunningSim) -> Self {
        let url = |service| Url::parse(&sim.url(service)).unwrap();
        Self {
            musicbrainz: url(Played::MusicBrainz),
            listenbrainz: url(Played::ListenBrainz),
            labs: url(Played::Labs),
            deezer: url(Played::Deezer),
            reccobeats: url(Played::ReccoBeats),
            lastfm: url(Played::LastFm),
        }
    }

    /// All at a service of the tests' own.
    pub(crate) fn all_at(service: &Service) -> Self {
        let url = service.api_url();
        Self {
            musicbrainz: url.clone(),
            listenbrainz: url.clone(),
            labs: url.clone(),
            deezer: url.clone(),
            reccobeats: url.clone(),
            lastfm: url,
        }
    }
}

/// A client that is made when it is first used: setting one up takes longer than most tests.
pub(crate) type Lazy<T> = LazyLock<T, Box<dyn FnOnce() -> T + Send>>;

fn lazy<T>(make: impl FnOnce() -> T + Send + 'static) -> Lazy<T> {
    LazyLock::new(Box::new(make))
}

fn ledger() -> Arc<dyn Ledger> {
    Arc::new(MemoryLedger::default())
}

/// A client of each source, without budgets of its own.
pub(crate) struct Clients {
    pub(crate) musicbrainz: Lazy<MusicBrainz>,
    pub(crate) listenbrainz: Lazy<ListenBrainz>,
    pub(crate) deezer: Lazy<Deezer>,
    pub(crate) reccobeats: Lazy<ReccoBeats>,
    pub(crate) lastfm: Lazy<LastFm>,
}

impl Clients {
    pub(crate) fn new(at: &Addresses, manners: &Manners) -> Self {
        Self::with(at, manners, Some("demo-token"), "demo-key")
    }

    pub(crate) fn with(at: &Addresses, manners: &Manners, token: Option<&str>, key: &str) -> Self {
        let manners = || manners.clone();
        let musicbrainz =
            MusicBrainzConfig { api_url: at.musicbrainz.clone(), spacing: Duration::ZERO, manners: manners() };
        let listenbrainz = ListenBrainzConfig {
            api_url: at.listenbrainz.clone(),
            labs_url: at.labs.clone(),
            token: token.map(|token| token.to_owned().into()),
            budget: None,
            manners: manners(),
        };
        let deezer = DeezerConfig { api_url: at.deezer.clone(), budget: None, manners: manners() };
        let reccobeats = ReccoBeatsConfig { api_url: at.reccobeats.clone(), budget: None, manners: manners() };
        let lastfm = LastFmConfig {
            api_url: at.lastfm.clone(),
            api_key: key.to_owned().into(),
            budget: None,
            manners: manners(),
        };
        Self {
            musicbrainz: lazy(|| MusicBrainz::new(musicbrainz, Arc::new(SystemClock), ledger()).unwrap()),
            listenbrainz: lazy(|| ListenBrainz::new(listenbrainz, Arc::new(SystemClock), ledger()).unwrap()),
            deezer: lazy(|| Deezer::new(deezer, Arc::new(SystemClock), ledger()).unwrap()),
            reccobeats: lazy(|| ReccoBeats::new(reccobeats, Arc::new(SystemClock), ledger()).unwrap()),
            lastfm: lazy(|| LastFm::new(lastfm, Arc::new(SystemClock), ledger()).unwrap()),
        }
    }

    /// The client of a source, as far as its manners go.
    pub(crate) fn of(&self, source: Source) -> &dyn SourceClient {
        match source {
            Source::MusicBrainz => &*self.musicbrainz,
            Source::ListenBrainz => &*self.listenbrainz,
            Source::Deezer => &*self.deezer,
            Source::ReccoBeats => &*self.reccobeats,
            Source::LastFm => &*self.lastfm,
            other => panic!("{other} is no open source"),
        }
    }
}

/// The sources that have clients here.
pub(crate) const OPEN: [Source; 5] =
    [Source::MusicBrainz, Source::ListenBrainz, Source::Deezer, Source::ReccoBeats, Source::LastFm];

/// Stand-ins.
pub(crate) async fn sim(config: Config) -> RunningSim {
    OpenSim::start("127.0.0.1:0".parse().unwrap(), config).await.unwrap()
}

/// An artist whom all services know.
pub(crate) const ARTIST: &str = "ILLENIUM";

/// What one call of an endpoint brought, in brief: the same for the same answer.
pub(crate) type Told = Result<String, FetchError>;

fn told<T: std::fmt::Debug>(result: Result<T, FetchError>) -> Told {
    result.map(|value| format!("{value:?}"))
}

/// Calls every endpoint of a source once.
pub(crate) async fn call_all(clients: &Clients, source: Source, sim: &RunningSim) -> Vec<(&'static str, Told)> {
    let known = sim.known(ARTIST).unwrap();
    let mbid = Mbid::parse(&known.mbid.unwrap()).unwrap();
    let deezer = DeezerId(known.deezer.unwrap());
    let spotify = |id: &str| SpotifyId::parse(id).unwrap();
    match source {
        Source::MusicBrainz => {
            let links = [Link { source: Source::Spotify, source_id: known.spotify }];
            let recording = Mbid::parse(&sim.recording_of(&known.tracks[0])).unwrap();
            let client = &clients.musicbrainz;
            vec![
                ("search", told(client.search_artists(ARTIST).await)),
                ("artist", told(client.artist(&mbid).await)),
                ("links", told(client.artists_of_links(&links).await)),
                ("recording", told(client.recording(&recording).await)),
            ]
        }
        Source::ListenBrainz => {
            let client = &clients.listenbrainz;
            vec![
                ("popularity", told(client.popularity(std::slice::from_ref(&mbid)).await)),
                ("similar", told(client.similar_artists(&mbid).await)),
                ("top", told(client.top_recordings(&mbid).await)),
            ]
        }
        Source::Deezer => {
            let client = &clients.deezer;
            vec![
                ("search", told(client.search_artists(ARTIST).await)),
                ("artist", told(client.artist(deezer).await)),
                ("albums", told(client.albums(deezer).await)),
                ("top", told(client.top_tracks(deezer, 10).await)),
                ("related", told(client.related(deezer).await)),
                ("track", told(client.track(DeezerId(300_000_001)).await)),
            ]
        }
        Source::ReccoBeats => {
            let client = &clients.reccobeats;
            let keys: Vec<TrackKey> = known.tracks.iter().take(5).map(|id| TrackKey::Spotify(spotify(id))).collect();
            vec![
                ("features", told(client.audio_features(&keys).await)),
                ("tracks", told(client.tracks(&keys).await)),
                ("search", told(client.find_artists(ARTIST).await)),
            ]
        }
        Source::LastFm => {
            let (client, key) = (&clients.lastfm, ArtistKey::Name(ARTIST.to_owned()));
            vec![
                ("similar", told(client.similar_artists(&key).await)),
                ("tags", told(client.top_tags(&key).await)),
                ("tracks", told(client.top_tracks(&key, 10).await)),
            ]
        }
        other => panic!("{other} is no open source"),
    }
}
