//! How long somebody waits for an artist whom nobody knew before: on the chat page and on Messenger, in the catalogue of the sample,
//! with sources that take their time and are asked at the pace that they want. An answer within two seconds is what is wished.

#[path = "../tests/it/demo.rs"]
#[expect(dead_code, reason = "made for the tests, which use all of it")]
mod demo;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{Request, StatusCode};
use chat_sim::Graph;
use futures_util::StreamExt as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use open_sim::{OpenSim, Service, ServiceConfig};
use serde_json::json;
use sha2::Sha256;
use sixpotify_bot::Bot;
use sixpotify_core::Source;
use sixpotify_pipeline::{Freshness, OpenSources, Order, RelateOptions, Resolver, Sources};
use sixpotify_server::channels::messenger::MessengerSettings;
use sixpotify_server::{
    AppState, Channels, Config, Front, LookUp, OpenLookUp, Parts, Server, Serving, Shelf, StoreLibrary,
};
use sixpotify_similar::Method;
use sixpotify_sources::deezer::{self, Deezer, DeezerConfig};
use sixpotify_sources::http::{MemoryLedger, Retry, Timeouts};
use sixpotify_sources::listenbrainz::{ListenBrainz, ListenBrainzConfig};
use sixpotify_sources::musicbrainz::{MusicBrainz, MusicBrainzConfig, SPACING};
use sixpotify_sources::reccobeats::{ReccoBeats, ReccoBeatsConfig};
use sixpotify_sources::{Clock as _, Manners, SystemClock};
use sixpotify_store::SharedStore;
use sixpotify_testkit::scratch::ScratchDir;
use spotify_sim::Mode;
use tokio::time::{Instant, sleep};
use url::Url;

/// What every request to a source takes.
const LATENCY: Duration = Duration::from_millis(150);

/// New names on each channel.
const NAMES: usize = 8;

const SECRET: &str = "app secret";

#[tokio::main]
async fn main() {
    let folder = ScratchDir::new("sixpotify-learn").expect("a folder");
    for (way, mode, open) in [
        ("spotify", Some(Mode::Extended), false),
        ("spotify in development mode and open sources", Some(Mode::Development), true),
        ("open sources", None, true),
    ] {
        let mut names = spotify_sim::sample::artist_names();
        // From all over the sample; letters and blanks only, as they go into a form.
        let plain = |name: &String| name.len() > 5 && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b' ');
        let asked: Vec<String> = names.iter().filter(|name| plain(name)).step_by(61).take(2 * NAMES).cloned().collect();
        names.retain(|name| !asked.contains(name));
        let file = folder.path().join(format!("{}.db", way.replace(' ', "-")));
        let store = demo::catalogue(&format!("sqlite:{}", file.display()), &names).await;
        let clock = Arc::new(SystemClock);
        let relate = RelateOptions { method: Method::Blend, depth: 50, sources: Sources::all() };
        let mut look_up = LookUp::new(store.clone(), clock, Freshness::default(), relate);
        let mut running = Vec::new();
        if let Some(mode) = mode {
            let config = spotify_sim::Config { mode, latency: LATENCY, ..spotify_sim::Config::default() };
            let (sim, spotify) = demo::stand_in(config, Retry::default(), Timeouts::default()).await;
            look_up = look_up.with_spotify(spotify);
            running.push(sim);
        }
        let mut services = open_sim::Config::default();
        let latency_ms = u64::try_from(LATENCY.as_millis()).expect("a short time");
        services.services = Service::ALL
            .into_iter()
            .map(|service| (service, ServiceConfig { latency_ms, ..ServiceConfig::default() }))
            .collect();
        let others = OpenSim::start(([127, 0, 0, 1], 0).into(), services).await.expect("a free port");
        if open {
            look_up = look_up.with_open(open_sources(&others));
        }
        let graph = Graph::start("page token").await.expect("a free port");
        let (front, serving) = serve(&store, look_up, &graph).await;
        let (web, messenger) = asked.split_at(NAMES);
        let on_web = measure(web, async |name| on_the_page(&front, name).await).await;
        let on_messenger = measure(messenger, async |name| on_messenger(&front, &graph, name).await).await;
        println!("{way}, {} ms an answer: on the page {on_web}; on Messenger {on_messenger}", LATENCY.as_millis());
        assert_eq!(graph.refused(), [""; 0], "the platform refused something");
        serving.shutdown().await;
        store.close().await;
        for sim in running {
            sim.shutdown().await;
        }
        others.shutdown().await;
    }
}

/// Median and longest time to the answers of `names`.
async fn measure(names: &[String], ask: impl AsyncFn(&str) -> Duration) -> String {
    let mut all = Vec::new();
    for name in names {
        // What the last name took of the pace is not this one's.
        sleep(2 * SPACING).await;
        all.push(ask(name).await);
    }
    all.sort_unstable();
    let within = all.iter().filter(|took| **took <= Duration::from_secs(2)).count();
    let (median, longest) = (all[all.len() / 2].as_secs_f64(), all[all.len() - 1].as_secs_f64());
    format!("median {median:.2} s, longest {longest:.2} s, {within} of {} within 2 s", all.len())
}

async fn on_the_page(front: &Front, name: &str) -> Duration {
    let form = format!("text={}", name.replace(' ', "+"));
    let request = Request::post("/")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT, "text/event-stream")
        .body(Body::from(form))
        .expect("a request");
    let began = Instant::now();
    let mut said = String::new();
    let mut events = front.call(request).await.into_body().into_data_stream();
    while let Some(part) = events.next().await {
        said.push_str(&String::from_utf8_lossy(&part.expect("it is sent to its end")));
        // The card has a page; what is said before it has none.
        if said.contains("/artist/") {
            return began.elapsed();
        }
    }
    panic!("`{name}` is not answered: {said}");
}

async fn on_messenger(front: &Front, graph: &Graph, name: &str) -> Duration {
    let message = json!({ "mid": format!("mid.{name}"), "text": name });
    let now = SystemClock.now().timestamp_millis();
    let event =
        json!({ "sender": { "id": name }, "recipient": { "id": "PAGE" }, "timestamp": now, "message": message });
    let call = json!({ "object": "page", "entry": [{ "id": "PAGE", "time": now, "messaging": [event] }] }).to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key");
    mac.update(call.as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let request = Request::post("/webhooks/messenger")
        .header("x-hub-signature-256", format!("sha256={hex}"))
        .body(Body::from(call))
        .expect("a request");
    let began = Instant::now();
    assert_eq!(front.call(request).await.status(), StatusCode::OK);
    let carded = |graph: &Graph| graph.sent_to(name).iter().any(|sent| sent.pointer("/message/attachment").is_some());
    graph.until(carded).await;
    began.elapsed()
}

async fn serve(store: &SharedStore, look_up: LookUp, graph: &Graph) -> (Front, Serving) {
    let clock = Arc::new(SystemClock);
    let settings = MessengerSettings {
        page_token: "page token".into(),
        app_secret: SECRET.into(),
        verify_token: "verify".into(),
        api_url: graph.url().parse().expect("a URL"),
    };
    let resolver = Arc::new(Resolver::new(store.clone()));
    resolver.load().await.expect("names");
    let shelf = Arc::new(Shelf::new(store.clone(), Sources::all()));
    shelf.refresh().await.expect("songs");
    let library = StoreLibrary::new(store.clone(), resolver.clone(), shelf.clone(), Some(look_up.learner()));
    let shared: sixpotify_sources::clock::SharedClock = clock.clone();
    let server = Server::new(AppState::new(Parts {
        store: store.clone(),
        resolver,
        shelf,
        bot: Bot::new(Arc::new(library)),
        channels: Channels::open(Some(settings), None, store, &shared).expect("an HTTP client"),
        clock,
        config: Config { listen: ([127, 0, 0, 1], 0).into(), ..Config::default() },
    }));
    (server.front(), server.start().await.expect("a free port"))
}

fn open_sources(sim: &open_sim::RunningSim) -> OpenLookUp {
    let clock = Arc::new(SystemClock);
    let ledger = || Arc::new(MemoryLedger::default());
    let url = |service| Url::parse(&sim.url(service)).expect("a URL");
    let manners = Manners::default;
    let (labs_url, token) = (url(Service::Labs), Some("demo-token".into()));
    let musicbrainz = MusicBrainzConfig { api_url: url(Service::MusicBrainz), spacing: SPACING, manners: manners() };
    let listenbrainz =
        ListenBrainzConfig { api_url: url(Service::ListenBrainz), labs_url, token, budget: None, manners: manners() };
    let budget = Some(deezer::BUDGET);
    let deezer = DeezerConfig { api_url: url(Service::Deezer), budget, manners: manners() };
    let reccobeats = ReccoBeatsConfig { api_url: url(Service::ReccoBeats), budget: None, manners: manners() };
    let sources = OpenSources {
        musicbrainz: Some(MusicBrainz::new(musicbrainz, clock.clone(), ledger()).expect("a client")),
        listenbrainz: Some(ListenBrainz::new(listenbrainz, clock.clone(), ledger()).expect("a client")),
        deezer: Some(Deezer::new(deezer, clock.clone(), ledger()).expect("a client")),
        reccobeats: Some(ReccoBeats::new(reccobeats, clock, ledger()).expect("a client")),
        lastfm: None,
    };
    let paces = vec![(Source::MusicBrainz, SPACING.as_secs_f64())];
    OpenLookUp { sources, paces, order: Order::default(), beside_spotify: false }
}
