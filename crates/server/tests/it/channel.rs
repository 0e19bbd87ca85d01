//! A server with channels, over a catalogue in a file or in a database, with the small library behind its bot.

use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use sixpotify_bot::Bot;
use sixpotify_bot::learning::Rules;
use sixpotify_bot::testing::SmallLibrary;
use sixpotify_pipeline::{Resolver, Sources};
use sixpotify_server::channels::messenger::MessengerSettings;
use sixpotify_server::channels::telegram::TelegramSettings;
use sixpotify_server::{AppState, Channels, Config, Front, Parts, Server, Serving, Shelf};
use sixpotify_sources::Clock;
use sixpotify_sources::clock::SharedClock;
use sixpotify_store::{Access, SharedStore, open};

/// A clock that goes on by itself, and can be set forward.
#[derive(Clone, Default)]
pub(crate) struct HandClock(Arc<Mutex<TimeDelta>>);

impl HandClock {
    pub(crate) fn pass(&self, time: TimeDelta) {
        *self.0.lock().unwrap() += time;
    }
}

impl Clock for HandClock {
    fn now(&self) -> DateTime<Utc> {
        sixpotify_sources::SystemClock.now() + *self.0.lock().unwrap()
    }
}

pub(crate) struct TestServer {
    pub(crate) store: SharedStore,
    pub(crate) library: SmallLibrary,
    pub(crate) clock: HandClock,
    pub(crate) serving: Option<Serving>,
    front: Front,
}

impl TestServer {
    /// A server on the catalogue at `url`; answers what comes in only where `running`.
    pub(crate) async fn at(
        url: &str,
        messenger: Option<MessengerSettings>,
        telegram: Option<TelegramSettings>,
        running: bool,
    ) -> Self {
        let clock = HandClock::default();
        let shared: SharedClock = Arc::new(clock.clone());
        let store = open(url, Access::Write).await.unwrap();
        let spawn = Arc::new(|work| drop(tokio::spawn(work)));
        let now = shared.clone();
        let library = SmallLibrary::new(Rules::default(), spawn, Arc::new(move || now.now()));
        let parts = Parts {
            store: store.clone(),
            resolver: Arc::new(Resolver::new(store.clone())),
            shelf: Arc::new(Shelf::new(store.clone(), Sources::all())),
            bot: Bot::new(Arc::new(library.clone())),
            channels: Channels::open(messenger, telegram, &store, &shared).unwrap(),
            clock: shared,
            config: Config { listen: ([127, 0, 0, 1], 0).into(), ..Config::default() },
        };
        let server = Server::new(AppState::new(parts));
        let front = server.front();
        let serving = if running { Some(server.start().await.unwrap()) } else { None };
        Self { store, library, clock, serving, front }
    }

    pub(crate) async fn call(&self, request: Request<Body>) -> Response<Body> {
        self.front.call(request).await
    }

    /// Status of a POST of `body` to `path` with one header.
    pub(crate) async fn post(&self, path: &str, header: Option<(&str, &str)>, body: &[u8]) -> StatusCode {
        let mut request = Request::post(path);
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        self.call(request.body(Body::from(body.to_vec())).unwrap()).await.status()
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, String) {
        let response = self.call(Request::get(path).body(Body::empty()).unwrap()).await;
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    /// How many events are stored and not answered.
    pub(crate) async fn waiting(&self) -> u64 {
        self.store.backlog().await.unwrap().waiting
    }
}

/// The URL of a catalogue in a folder.
pub(crate) fn in_folder(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("chat.db").display())
}
