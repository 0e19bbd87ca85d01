//! `sixpotify serve`: the chat page, artist pages and the REST interface.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use sixpotify_bot::Bot;
use sixpotify_bot::learning::Learner;
use sixpotify_core::Source;
use sixpotify_pipeline::{OpenSources, RelateOptions, Resolver, Sources};
use sixpotify_server::{AppState, Channels, Config, LookUp, OpenLookUp, Parts, Server, Serving, Shelf, StoreLibrary};
use sixpotify_similar::Method;
use sixpotify_sources::SystemClock;
use sixpotify_sources::clock::SharedClock;
use sixpotify_store::{Access, SharedStore};
use tokio::net::TcpListener;

use super::ingest::{Job, client, open};
use crate::catalogue::open_catalogue;
use crate::cli::ServeArgs;
use crate::commands::relate::DEPTH;
use crate::failure::{Exit, Failure};
use crate::printer::say;
use crate::settings::Settings;
use crate::signals;

/// The longest wait for a source before somebody who chats is told that it takes longer.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// Serves until it is interrupted.
pub(crate) async fn run(settings: &Settings, args: &ServeArgs) -> Result<Exit, Failure> {
    let listen = settings.listen()?;
    let config = Config { listen, pictures: !settings.is_demo(), proxies: settings.proxies()?, ..Config::default() };
    let (messenger, telegram) = (settings.messenger()?, settings.telegram(args.telegram_poll)?);
    let listener = bind(listen).await?;
    let store = open_catalogue(settings, Access::Write).await?;
    let channels = Channels::open(messenger, telegram, &store, &clock())
        .map_err(|error| Failure::new(format!("no connection to a chat platform can be set up: {error}")))?;
    let (learner, asked) = learner(settings, &store).await?;
    let serving = start(&store, learner, channels, config, listener)?;
    say(format!("serving {} at http://{} (Ctrl-C ends it)", store.location(), serving.address()));
    say(asked);
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
    let learner = look_up(settings, &job.store)?.with_spotify(job.spotify.clone()).learner();
    // The sample's pictures do not exist.
    let config = Config { pictures: false, ..Config::default() };
    let serving = start(&job.store, Some(learner), Channels::default(), config, listener)?;
    say(format!("chat at http://{} (Ctrl-C ends it)", serving.address()));
    until_stopped(serving).await;
    Ok(())
}

/// The same for the demo over open sources: their stand-ins are asked.
pub(crate) async fn demo_open(settings: &Settings, store: &SharedStore, listener: TcpListener) -> Result<(), Failure> {
    let (sources, paces) = open::clients(settings, store, &open::wanted(&[]), MAX_WAIT)?;
    let asked = OpenLookUp { sources, paces, order: settings.order()?, beside_spotify: false };
    let learner = look_up(settings, store)?.with_open(asked).learner();
    let config = Config { pictures: false, ..Config::default() };
    let serving = start(store, Some(learner), Channels::default(), config, listener)?;
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

/// What looks up names that nobody knows yet, `None` where there is nobody to ask; and who is asked, in a sentence.
///
/// The demo's stand-in is asked by `demo` alone: nothing of the demo goes to the network.
pub(crate) async fn learner(settings: &Settings, store: &SharedStore) -> Result<(Option<Learner>, String), Failure> {
    if settings.is_demo() {
        return Ok((None, asked_for_names(None, &[])));
    }
    let chosen = settings.sources()?;
    let mut look_up = look_up(settings, store)?;
    let mut beside = None;
    if settings.has_spotify_keys() && (chosen.is_empty() || chosen.contains(&Source::Spotify)) {
        let config = settings.spotify(MAX_WAIT)?;
        look_up = look_up.with_spotify(client(config, store).await?);
        beside = Some(!chosen.is_empty());
    }
    let wanted = open::wanted(&chosen);
    let (sources, paces) = match wanted.is_empty() {
        true => (OpenSources::default(), Vec::new()),
        false => open::clients(settings, store, &wanted, MAX_WAIT)?,
    };
    let asked: Vec<Source> = sources.clients().iter().map(|client| client.source()).collect();
    let told = asked_for_names(beside, &asked);
    if beside.is_none() && asked.is_empty() {
        return Ok((None, told));
    }
    if !asked.is_empty() {
        if beside != Some(false) && open::is_nameless(settings, &sources) {
            open::hint_at_contact();
        }
        let mut order = settings.order()?;
        if !chosen.is_empty() {
            order = order.only(&chosen);
        }
        look_up = look_up.with_open(OpenLookUp { sources, paces, order, beside_spotify: beside == Some(true) });
    }
    Ok((Some(look_up.learner()), told))
}

fn look_up(settings: &Settings, store: &SharedStore) -> Result<LookUp, Failure> {
    let relate = RelateOptions { method: Method::Blend, depth: DEPTH, sources: Sources::all() };
    Ok(LookUp::new(store.clone(), clock(), settings.freshness()?, relate))
}

/// Who is asked for names that nobody knows yet: whoever has no keys did not ask for any network. `spotify`: it is asked, and
/// whether the others are asked besides, whatever it knows.
fn asked_for_names(spotify: Option<bool>, open: &[Source]) -> String {
    let open = open.iter().map(|source| source.as_str()).collect::<Vec<_>>().join(", ");
    let whom = match (spotify, open.is_empty()) {
        (None, true) => return "names that nobody knows yet are not looked up anywhere".to_owned(),
        (Some(_), true) => "spotify".to_owned(),
        (None, false) => open,
        (Some(true), false) => format!("spotify, {open}"),
        (Some(false), false) => format!("spotify, and where its keys are in development mode also at {open}"),
    };
    format!("names that nobody knows yet are looked up at {whom}; SIXPOTIFY_SOURCES says whom to ask")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_serves_is_told_who_is_asked() {
        let open = [Source::MusicBrainz, Source::Deezer];
        let both =
            "names that nobody knows yet are looked up at musicbrainz, deezer; SIXPOTIFY_SOURCES says whom to ask";
        assert_eq!(asked_for_names(None, &open), both);
        assert!(asked_for_names(None, &[]).contains("not looked up"));
        assert!(asked_for_names(Some(false), &[]).contains("looked up at spotify;"));
        assert!(asked_for_names(Some(true), &open).contains("spotify, musicbrainz"));
        assert!(asked_for_names(Some(false), &open).contains("development mode also at musicbrainz"));
    }
}
