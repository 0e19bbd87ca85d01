//! `sixpotify serve`: the chat page, artist pages and the REST interface.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use sixpotify_bot::Bot;
use sixpotify_bot::learning::Learner;
use sixpotify_pipeline::{Resolver, Sources};
use sixpotify_server::{AppState, Channels, Config, Parts, Server, Serving, Shelf, StoreLibrary};
use sixpotify_sources::SystemClock;
use sixpotify_sources::clock::SharedClock;
use sixpotify_store::{Access, SharedStore};

use crate::catalogue::open_catalogue;
use crate::cli::ServeArgs;
use crate::failure::{Exit, Failure};
use crate::printer::say;
use crate::settings::Settings;
use crate::signals;

/// Serves until it is interrupted.
pub(crate) async fn run(settings: &Settings, args: &ServeArgs) -> Result<Exit, Failure> {
    let listen = settings.listen()?;
    let channels = Channels::open(settings.messenger()?, settings.telegram(args.telegram_poll)?, &clock())
        .map_err(|error| Failure::new(format!("no connection to a chat platform can be set up: {error}")))?;
    let store = open_catalogue(settings, Access::Write).await?;
    let config = Config { listen, pictures: !settings.is_demo(), ..Config::default() };
    let serving = start(&store, None, channels, config).await?;
    say(format!("serving {} at http://{} (Ctrl-C ends it)", store.location(), serving.address()));
    let exit = until_stopped(serving).await;
    store.close().await;
    Ok(exit)
}

/// Serves the demo's catalogue on loopback until it is interrupted.
pub(crate) async fn demo(store: &SharedStore, port: u16) -> Result<(), Failure> {
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    // The sample's pictures do not exist.
    let config = Config { listen, pictures: false, ..Config::default() };
    let serving = start(store, None, Channels::default(), config).await?;
    say(format!("chat at http://{} (Ctrl-C ends it)", serving.address()));
    until_stopped(serving).await;
    Ok(())
}

fn clock() -> SharedClock {
    Arc::new(SystemClock)
}

async fn start(
    store: &SharedStore,
    learner: Option<Learner>,
    channels: Channels,
    config: Config,
) -> Result<Serving, Failure> {
    let listen = config.listen;
    let resolver = Arc::new(Resolver::new(store.clone()));
    let shelf = Arc::new(Shelf::new(store.clone(), Sources::all()));
    let library = StoreLibrary::new(store.clone(), resolver.clone(), shelf.clone(), learner);
    let parts = Parts {
        store: store.clone(),
        resolver,
        shelf,
        bot: Bot::new(Arc::new(library)),
        channels,
        clock: clock(),
        config,
    };
    Server::new(AppState::new(parts)).start().await.map_err(|error| cannot_listen(listen, &error))
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
