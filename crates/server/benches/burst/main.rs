//! A burst of Messenger events, on SQLite and on PostgreSQL: acknowledged with none lost, with a 99th percentile of at most five
//! times that of a handler which checks the same signature and does one durable insert; and how what was acknowledged drains.

#[path = "../../tests/it/app.rs"]
#[expect(dead_code, reason = "made for the tests, which use all of it")]
mod app;
mod bare;
mod load;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chat_sim::Graph;
use serde_json::Value;
use sixpotify_bot::Bot;
use sixpotify_bot::{Channel, Content, Conversation, Incoming};
use sixpotify_pipeline::{Resolver, Sources};
use sixpotify_server::channels::messenger::MessengerSettings;
use sixpotify_server::{AppState, Channels, Config, Parts, Server, Shelf, StoreLibrary};
use sixpotify_sources::clock::SharedClock;
use sixpotify_sources::{Clock as _, SystemClock};
use sixpotify_store::{Access, open};
use sixpotify_testkit::scratch::ScratchDir;
use sixpotify_testkit::{TEST_POSTGRES, TestDatabase};
use tokio::time::{Instant, sleep};

use load::{Burst, Latencies, SECRET};

/// Events of a burst, and people whose they are; each has as many.
const EVENTS: usize = 5000;
const PEOPLE: usize = 1000;

/// Bursts of each side, one after the other; the median of their percentiles counts.
const ROUNDS: usize = 3;

/// How long answers drain before they are counted.
const DRAIN: Duration = Duration::from_secs(10);

/// Messages of one answer, whose time is measured.
const ANSWERS: usize = 300;

#[tokio::main]
async fn main() {
    let folder = ScratchDir::new("sixpotify-burst").expect("a folder");
    for round in 0..ROUNDS {
        let url = format!("sqlite:{}", folder.path().join(format!("{round}.db")).display());
        measure("sqlite", &url, round).await;
    }
    if std::env::var(TEST_POSTGRES).is_err() {
        println!("postgres: {TEST_POSTGRES} is not set");
        return;
    }
    for round in 0..ROUNDS {
        let database = TestDatabase::create().await;
        measure("postgres", &database.url, round).await;
    }
}

/// One burst against a bare handler, one against the server, in the same catalogue.
async fn measure(kind: &str, url: &str, round: usize) {
    let store = open(url, Access::Write).await.expect("a catalogue");
    app::fill(&store, SystemClock.now()).await;
    let burst = Burst::new(round, EVENTS, PEOPLE);

    let bare = bare::start(url).await;
    let theirs = burst.run(bare.address, "/bare").await;
    assert_eq!(bare.rows().await, EVENTS, "the bare handler lost events");
    bare.close().await;

    let clock: SharedClock = Arc::new(SystemClock);
    let graph = Graph::start("page token").await.expect("a free port");
    let settings = MessengerSettings {
        page_token: "page token".into(),
        app_secret: SECRET.into(),
        verify_token: "verify".into(),
        api_url: graph.url().parse().expect("a URL"),
    };
    let resolver = Arc::new(Resolver::new(store.clone()));
    let shelf = Arc::new(Shelf::new(store.clone(), Sources::all()));
    let library = StoreLibrary::new(store.clone(), resolver.clone(), shelf.clone(), None);
    let bot = Bot::new(Arc::new(library));
    let state = AppState::new(Parts {
        store: store.clone(),
        resolver,
        shelf,
        bot,
        channels: Channels::open(Some(settings), None, &store, &clock).expect("an HTTP client"),
        clock: clock.clone(),
        config: Config { listen: ([127, 0, 0, 1], 0).into(), ..Config::default() },
    });
    let answer = time_to_answer(&state).await;
    let serving = Server::new(state).start().await.expect("a free port");
    let ours = burst.run(serving.address(), "/webhooks/messenger").await;
    let waiting = store.backlog().await.expect("a catalogue").waiting;
    let (calls, began) = (graph.calls(), Instant::now());
    sleep(DRAIN).await;
    let per_second = (graph.calls() - calls) as f64 / began.elapsed().as_secs_f64();
    assert_eq!(graph.refused(), [""; 0], "the platform refused something");
    serving.shutdown().await;
    let (answered, fewest, most) = fairness(&graph);
    let left = store.backlog().await.expect("a catalogue").waiting;
    assert!(waiting + answered as u64 >= EVENTS as u64, "{waiting} wait, {answered} are answered: some are lost");
    println!(
        "{kind}: {EVENTS} events acknowledged, none lost, {:.0}/s; p50 {:.1} ms, p99 {:.1} ms; a handler with one durable insert: {:.0}/s, p50 {:.1} ms, p99 {:.1} ms; p99 {:.2} times",
        ours.per_second,
        ours.p50,
        ours.p99,
        theirs.per_second,
        theirs.p50,
        theirs.p99,
        ours.p99 / theirs.p99
    );
    println!(
        "{kind}: then {per_second:.0} messages/s to the platform; answered {answered}, of each person {fewest} to {most}, {left} wait; a known artist's answer in {answer:.2} ms"
    );
    store.close().await;
}

/// Answers by now: all of them, and the fewest and the most of a person.
fn fairness(graph: &Graph) -> (usize, usize, usize) {
    let mut of: HashMap<String, usize> = HashMap::new();
    for message in graph.sent() {
        // The choices stand under the last message of an answer.
        if message.pointer("/message/quick_replies").is_some() {
            let person = message.pointer("/recipient/id").and_then(Value::as_str).unwrap_or_default().to_owned();
            *of.entry(person).or_default() += 1;
        }
    }
    let answered = of.values().sum();
    let fewest = if of.len() < PEOPLE { 0 } else { of.values().copied().min().unwrap_or(0) };
    (answered, fewest, of.values().copied().max().unwrap_or(0))
}

/// Median time to compute the answer to the name of a known artist, in milliseconds.
async fn time_to_answer(state: &AppState) -> f64 {
    let mut times = Vec::new();
    for n in 0..ANSWERS {
        let name = app::ARTISTS[n % load::NAMES].0;
        let incoming = Incoming::new(Channel::Messenger, "bench", Content::Text(name.to_owned()));
        let began = Instant::now();
        state.bot.answer(&incoming, Conversation::default(), SystemClock.now()).await.expect("an answer");
        times.push(began.elapsed());
    }
    Latencies::of(times, Duration::from_secs(1)).p50
}
