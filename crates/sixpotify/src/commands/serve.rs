//! `sixpotify serve`: the chat page, artist pages and the REST interface.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use sixpotify_bot::Bot;
use sixpotify_bot::learning::{Learner, Rules};
use sixpotify_pipeline::{RelateOptions, Resolver, Sources};
use sixpotify_server::{AppState, Channels, Config, LookUp, Parts, Server, Serving, Shelf, StoreLibrary};
use sixpotify_similar::Method;
use sixpotify_sources::SystemClock;
use sixpotify_sources::clock::SharedClock;
use sixpotify_sources::spotify::Spotify;
use sixpotify_store::{Access, SharedStore};
use tokio::net::TcpListener;

use super::ingest::{Job, client};
use crate::catalogue::open_catalogue;
use crate::cli::ServeArgs;
use crate::failure::{Exit, Failure};
use crate::printer::say;
use crate::settings::Settings;
use crate::signals;

/// The longest wait for a source before somebody who chats is told that it takes longer.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// Neighbours kept of an artist that is learned.
const DEPTH: usize = 50;

/// Serves until it is interrupted.
pub(crate) async fn run(settings: &Settings, args: &ServeArgs) -> Result<Exit, Failure> {
    let listen = settings.listen()?;
    let config = Config { listen, pictures: !settings.is_demo(), proxies: settings.proxies()?, ..Config::default() };
    let channels = Channels::open(settings.messenger()?, settings.telegram(args.telegram_poll)?, &clock())
        .map_err(|error| Failure::new(format!("no connection to a chat platform can be set up: {error}")))?;
    let listener = bind(listen).await?;
    let store = open_catalogue(settings, Access::Write).await?;
    let learner = learner(settings, &store).await?;
    let serving = start(&store, learner, channels, config, listener)?;
    say(format!("serving {} at http://{} (Ctrl-C ends it)", store.location(), serving.address()));
    let exit = until_stopped(serving).await;
    store.close().await;
    Ok(exit)
}

/// Takes the demo's port on loopback.
pub(crate) async fn demo_listener(port: u16) -> Result<TcpListener, Failure> {
    bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await
}

/// Serves the demo's catalogue until it is interrupted; the stand-in for Spotify is asked for what is not in it.
pub(crate) async fn demo(settings: &Settings, job: &Job, listener: TcpListener) -> Result<(), Failure> {
    let learner = learner_with(settings, &job.store, job.spotify.clone(), None)?;
    // The sample's pictures do not exist.
    let config = Config { pictures: false, ..Config::default() };
    let serving = start(&job.store, Some(learner), Channels::default(), config, listener)?;
    say(format!("chat at http://{} (Ctrl-C ends it)", serving.address()));
    until_stopped(serving).await;
    Ok(())
}

/// The same for the demo over open sources: nobody is asked for what is not in it.
pub(crate) async fn demo_open(store: &SharedStore, listener: TcpListener) -> Result<(), Failure> {
    let config = Config { pictures: false, ..Config::default() };
    let serving = start(store, None, Channels::default(), config, listener)?;
    say(format!("chat at http://{} (Ctrl-C ends it)", serving.address()));
    until_stopped(serving).await;
    Ok(())
}

/// A bot over `store`, with what it looks in.
pub(crate) fn bot(store: &SharedStore, learner: Option<Learner>) -> (Bot, Arc<Resolver>, Arc<Shelf>) {
    let resolver = Arc::new(Resolver::new(store.clone()));
    let shelf = Arc::new(Shelf::new(store.clone(), Sources::all()));
    let library = StoreLibrary::new(store.clone(), resolver.clone(), shelf.clone(), learner);
    (Bot::new(Arc::new(library)), resolver, shelf)
}

/// What looks up names that nobody knows yet; `None` where there is nobody to ask.
pub(crate) async fn learner(settings: &Settings, store: &SharedStore) -> Result<Option<Learner>, Failure> {
    if !settings.has_spotify() {
        return Ok(None);
    }
    let config = settings.spotify(MAX_WAIT)?;
    let budget = config.budget_day.filter(|budget| *budget > 0);
    let spotify = client(config, store).await?;
    learner_with(settings, store, spotify, budget).map(Some)
}

fn learner_with(
    settings: &Settings,
    store: &SharedStore,
    spotify: Spotify,
    budget: Option<u32>,
) -> Result<Learner, Failure> {
    let relate = RelateOptions { method: Method::Blend, depth: DEPTH, sources: Sources::all() };
    let look_up = LookUp::new(store.clone(), spotify, Arc::new(SystemClock), settings.freshness()?, relate);
    Ok(look_up.learner(Rules::for_budget(budget)))
}

fn clock() -> SharedClock {
    Arc::new(SystemClock)
}

async fn bind(listen: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(listen).await.map_err(|error| cannot_listen(listen, &error))
}

fn start(
    store: &SharedStore,
    learner: Option<Learner>,
    channels: Channels,
    config: Config,
    listener: TcpListener,
) -> Result<Serving, Failure> {
    let (bot, resolver, shelf) = bot(store, learner);
    let parts = Parts { store: store.clone(), resolver, shelf, bot, channels, clock: clock(), config };
    let listen = parts.config.listen;
    Server::new(AppState::new(parts)).start_on(listener).map_err(|error| cannot_listen(listen, &error))
}

fn cannot_listen(listen: SocketAddr, error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::AddrInUse => Failure::new(format!("port {} is taken on {}", listen.port(), listen.ip()))
            .hint("end the program that has it, or choose another: `demo --port 6869`, SIXPOTIFY_LISTEN for `serve`"),
        _ => Failure::new(format!("cannot listen on {listen}: {error}")).hint("see SIXPOTIFY_LISTEN"),
    }
}

async fn until_stopped(serving: Serving) -> Exit {
    let mut stop = signals::stop();
    // An error means that nobody can stop us any more, which comes to the same.
    let _ = stop.wait_for(|stop| *stop).await;
    if serving.shutdown().await {
        Exit::Done
    } else {
        say("not everything was finished in time");
        Exit::Failed
    }
}
