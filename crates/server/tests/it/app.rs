//! A server with a small catalogue of its own.

use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use sixpotify_bot::Bot;
use sixpotify_core::{
    Album, AlbumId, Artist, ArtistId, AudioFeatures, Credit, Facet, FacetState, Source, Track, TrackId,
};
use sixpotify_pipeline::{Resolver, Sources};
use sixpotify_server::{AppState, Channels, Config, Front, Parts, Server, Shelf, StoreLibrary};
use sixpotify_sources::Clock;
use sixpotify_store::{
    Access, AlbumList, Alias, Batch, FacetMark, Features, GenreList, RelatedRow, SharedStore, TopTracks, open,
};
use sixpotify_testkit::scratch::ScratchDir;

/// A name that would run, were it not shown as text.
pub(crate) const NASTY: &str = "<script>document.title='pwned'</script>\"'><img src=x onerror=alert(1)>";

/// Artists with their genre and popularity; ids are `id0`, `id1`, ..
pub(crate) const ARTISTS: [(&str, &str, u8); 8] = [
    ("SHINee", "k-pop", 70),
    ("aespa", "k-pop", 80),
    ("Guns N' Roses", "rock", 78),
    ("Metallica", "metal", 79),
    ("Beyoncé", "r&b", 88),
    ("Björk", "art pop", 60),
    (NASTY, "noise", 10),
    ("Nobody Knows", "folk", 1),
];

/// A clock that stands still until it is told otherwise.
pub(crate) struct TestClock(Mutex<DateTime<Utc>>);

impl TestClock {
    /// Puts it forward.
    pub(crate) fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// A server, not listening yet.
pub(crate) struct App {
    pub(crate) store: SharedStore,
    /// Of the catalogue.
    pub(crate) url: String,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) state: AppState,
    front: Front,
    folder: ScratchDir,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// A header, empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl App {
    /// With the catalogue, everything read.
    pub(crate) async fn new() -> Self {
        Self::with(Config { listen: ([127, 0, 0, 1], 0).into(), ..Config::default() }).await
    }

    /// With other settings.
    pub(crate) async fn with(config: Config) -> Self {
        Self::at(None, config).await
    }

    /// In the empty catalogue at `url`; in a file of its own where there is none.
    pub(crate) async fn at(url: Option<&str>, config: Config) -> Self {
        let folder = ScratchDir::new("sixpotify-server").unwrap();
        let own = || format!("sqlite:{}", folder.path().join("catalogue.db").display());
        let url = url.map_or_else(own, str::to_owned);
        let store = open(&url, Access::Write).await.unwrap();
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let clock = Arc::new(TestClock(Mutex::new(start)));
        fill(&store, start).await;
        let resolver = Arc::new(Resolver::new(store.clone()));
        let shelf = Arc::new(Shelf::new(store.clone(), Sources::all()));
        let library = StoreLibrary::new(store.clone(), resolver.clone(), shelf.clone(), None);
        shelf.refresh().await.unwrap();
        let parts = Parts {
            store: store.clone(),
            resolver,
            shelf,
            bot: Bot::new(Arc::new(library)),
            channels: Channels::default(),
            clock: clock.clone(),
            config,
        };
        let state = AppState::new(parts);
        let front = Server::new(state.clone()).front();
        Self { store, url, clock, state, front, folder }
    }

    /// Whether the catalogue's files, the log beside it included, hold `text` anywhere.
    pub(crate) fn files_contain(&self, text: &str) -> bool {
        std::fs::read_dir(self.folder.path()).unwrap().any(|file| {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            bytes.windows(text.len()).any(|window| window == text.as_bytes())
        })
    }

    /// What a query counts in the catalogue's own tables.
    pub(crate) fn count(&self, sql: &str) -> i64 {
        let connection = rusqlite::Connection::open(self.folder.path().join("catalogue.db")).unwrap();
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// Answers a request.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.front.call(request).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    /// Answers a `GET`.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Answers a form sent to the chat page, with a cookie where there is one.
    pub(crate) async fn say(&self, form: &str, cookie: Option<&str>, live: bool) -> Answer {
        let mut request = Request::post("/").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        if live {
            request = request.header(header::ACCEPT, "text/event-stream");
        }
        self.send(request.body(Body::from(form.to_owned())).unwrap()).await
    }
}

/// The id of an artist of [`ARTISTS`]: of the shape of a Spotify id.
pub(crate) fn id(index: usize) -> String {
    format!("artist0000000000000{index:03}")
}

fn track_id(artist: usize, song: usize) -> TrackId {
    TrackId::from_stored(format!("track00000000000{artist:03}{song:03}"))
}

/// Fills an empty catalogue.
pub(crate) async fn fill(store: &SharedStore, now: DateTime<Utc>) {
    let mut batch = Batch::default();
    for (index, (name, genre, popularity)) in ARTISTS.into_iter().enumerate() {
        let artist_id = ArtistId::from_stored(id(index));
        let credits = vec![Credit { id: artist_id.clone(), name: name.to_owned() }];
        batch.artists.push(Artist {
            id: artist_id.clone(),
            name: name.to_owned(),
            followers: Some(1000 * u64::from(popularity)),
            popularity: Some(popularity),
            url: Some(format!("https://open.spotify.com/artist/{}", id(index))),
            image_url: (index % 2 == 0).then(|| format!("https://i.scdn.co/image/{index}")),
        });
        batch.genres.push(GenreList {
            artist_id: artist_id.clone(),
            source: Source::Spotify,
            genres: vec![genre.to_owned()],
        });
        // The last one is an artist of whom nothing but the name is known.
        if index + 1 == ARTISTS.len() {
            continue;
        }
        let album = Album {
            id: AlbumId::from_stored(format!("album{index}")),
            name: format!("Album of {name}"),
            album_type: Some("album".to_owned()),
            release_date: Some("2008-05-22".to_owned()),
            release_date_precision: Some("day".to_owned()),
            total_tracks: Some(3),
            url: None,
            image_url: None,
            artists: credits.clone(),
        };
        for song in 0..3_usize {
            batch.tracks.push(Track {
                id: track_id(index, song),
                name: format!("Song {song} of {name}"),
                album: Some(album.clone()),
                duration_ms: Some(200_000),
                explicit: Some(false),
                isrc: None,
                popularity: Some(popularity.saturating_sub(u8::try_from(song).unwrap())),
                url: Some(format!("https://open.spotify.com/track/{}", track_id(index, song))),
                preview_url: None,
                artists: credits.clone(),
            });
            let share = (index * 3 + song) as f32 / 24.0;
            let features = AudioFeatures {
                danceability: Some(share),
                energy: Some(1.0 - share),
                valence: Some(0.5),
                acousticness: Some(0.2),
                tempo: Some(120.0),
                loudness: Some(-6.0),
                ..AudioFeatures::default()
            };
            batch.features.push(Features { track_id: track_id(index, song), source: Source::Spotify, features });
        }
        batch.albums.push(AlbumList {
            artist_id: artist_id.clone(),
            source: Source::Spotify,
            albums: vec![("album".to_owned(), album)],
        });
        batch.top_tracks.push(TopTracks {
            artist_id: artist_id.clone(),
            market: "US".to_owned(),
            source: Source::Spotify,
            track_ids: (0..3).map(|song| track_id(index, song)).collect(),
        });
        batch.facets.push(FacetMark {
            artist_id,
            facet: Facet::Profile,
            source: Source::Spotify,
            market: String::new(),
            state: FacetState::Ok,
            how: None,
            retry_at: None,
            attempts: 0,
            error: None,
        });
    }
    store.write(&batch, now).await.unwrap();
    let alias = |artist: usize, alias: &str| Alias {
        artist_id: ArtistId::from_stored(id(artist)),
        alias: alias.to_owned(),
        locale: Some("ko".to_owned()),
        source: Source::User,
    };
    store.add_aliases(&[alias(1, "에스파"), alias(0, "샤이니")], now).await.unwrap();
    let mut related = store.begin_related().await.unwrap();
    let mut rows = Vec::new();
    for of in 0..ARTISTS.len() - 1 {
        let others = (0..ARTISTS.len() - 1).filter(|other| *other != of);
        rows.extend((1..).zip(others).map(|(rank, other)| RelatedRow {
            artist_id: ArtistId::from_stored(id(of)),
            rank,
            related_id: ArtistId::from_stored(id(other)),
            distance: rank as f32 / 10.0,
            why: "g:k-pop|s:close".to_owned(),
        }));
    }
    related.write(&rows).await.unwrap();
    related.finish().await.unwrap();
}
