//! `sixpotify demo`: the main job with nothing but this program.

use std::time::Instant;

use open_sim::{OpenSim, Service};
use sixpotify_pipeline::{NameList, RelateOptions, Sources};
use sixpotify_similar::Method;
use sixpotify_store::{Access, SharedStore};
use spotify_sim::{Config, RunningSim, Sim};
use tokio::net::TcpListener;

use super::ingest::{Job, OpenJob, Task, Wishes};
use super::similar::show_neighbours;
use super::{relate, serve, status};
use crate::catalogue::{self, find_artist};
use crate::cli::DemoArgs;
use crate::commands::relate::DEPTH;
use crate::failure::{Exit, Failure};
use crate::printer::{Out, number, say};
use crate::settings::Settings;

/// Artists of the sample whose neighbours are shown; each of another kind of music.
const SHOWN: [&str; 3] = ["Metallica", "Drake", "Shania Twain"];

/// Runs the demo.
pub(crate) async fn run(args: &DemoArgs) -> Result<Exit, Failure> {
    let started = Instant::now();
    let mut settings = Settings::load(None, &[], true)?;
    // Taken before anything is done: who has to choose another port should not wait for that.
    let listener = if args.no_serve { None } else { Some(serve::demo_listener(args.port).await?) };
    remove_former()?;
    if args.open {
        return run_open(settings, listener, started).await;
    }
    let sim = start_sim(&mut settings).await?;
    let names = NameList::of(&spotify_sim::sample::artist_names());
    say(format!(
        "a stand-in for Spotify serves a sample of real music at {}; ingesting its {} artists",
        sim.api_url(),
        number(names.entries.len() as u64)
    ));
    let task = Task::Ingest { list: "sample".to_owned(), names };
    let job = Job::new(&settings, &task, &Wishes::all()).await?;
    let (ingested, result) = job.run(&task, None).await?;
    result?;
    say(format!(
        "found {} of {} names ({} could be several artists, {} unknown) with {} requests in {:.1} s",
        number(ingested.found as u64),
        number(ingested.names as u64),
        number(ingested.ambiguous as u64),
        number(ingested.not_found as u64),
        number(ingested.requests),
        ingested.seconds
    ));
    let options = RelateOptions { method: Method::Blend, depth: DEPTH, sources: Sources::all() };
    let related = relate::recorded(&job.store, &options, None).await?;
    say(relate::summary(&related));
    show(&job.store, started).await?;
    if let Some(listener) = listener {
        serve::demo(&settings, &job, listener).await?;
    }
    sim.shutdown().await;
    job.store.close().await;
    Ok(if ingested.has_failures() { Exit::Failed } else { Exit::Done })
}

/// The same over stand-ins for the open sources: no account at all.
async fn run_open(mut settings: Settings, listener: Option<TcpListener>, started: Instant) -> Result<Exit, Failure> {
    let config = open_sim::Config::default();
    let key = config.lastfm_key.clone();
    let sim = OpenSim::start(([127, 0, 0, 1], 0).into(), config)
        .await
        .map_err(|e| Failure::new(format!("cannot listen on a loopback port: {e}")))?;
    for service in Service::ALL {
        settings.set_for_demo(service.setting(), sim.url(service));
    }
    let none = ["DEEZER_BUDGET_5S", "RECCOBEATS_BUDGET_10S", "LASTFM_BUDGET_5S", "MUSICBRAINZ_SPACING_MS"];
    let rest = [("LASTFM_API_KEY", key), ("SIXPOTIFY_CONTACT", "the demo".to_owned())];
    for (setting, value) in none.map(|setting| (setting, "0".to_owned())).into_iter().chain(rest) {
        settings.set_for_demo(setting, value);
    }
    let names = NameList::of(&spotify_sim::sample::artist_names());
    say(format!(
        "stand-ins for MusicBrainz, ListenBrainz, Deezer, ReccoBeats and Last.fm serve a sample of real music; ingesting its {} artists",
        number(names.entries.len() as u64)
    ));
    let store = catalogue::open_catalogue(&settings, Access::Write).await?;
    let task = Task::Ingest { list: "sample".to_owned(), names };
    let ingested = OpenJob::new(&settings, store.clone(), &task, &Wishes::all())?.run(task.names()).await?;
    say(format!(
        "found {} of {} names ({} could be several artists, {} unknown) with {} requests to {} sources in {:.1} s",
        number(ingested.found as u64),
        number(ingested.names as u64),
        number(ingested.ambiguous as u64),
        number(ingested.not_found as u64),
        number(ingested.requests),
        ingested.sources.len(),
        ingested.seconds
    ));
    let options = RelateOptions { method: Method::Blend, depth: DEPTH, sources: Sources::all() };
    say(relate::summary(&relate::recorded(&store, &options, None).await?));
    show(&store, started).await?;
    if let Some(listener) = listener {
        serve::demo_open(&settings, &store, listener).await?;
    }
    sim.shutdown().await;
    store.close().await;
    Ok(if ingested.has_failures() { Exit::Failed } else { Exit::Done })
}

/// The demo always starts from nothing, and only ever touches its own file.
fn remove_former() -> Result<(), Failure> {
    let db = catalogue::data_dir()?.join("demo.db");
    for suffix in ["", "-wal", "-shm"] {
        let mut path = db.clone().into_os_string();
        path.push(suffix);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Failure::new(format!(
                    "cannot remove the former demo catalogue `{}`: {error}",
                    db.display()
                )));
            }
            _ => {}
        }
    }
    Ok(())
}

async fn start_sim(settings: &mut Settings) -> Result<RunningSim, Failure> {
    let config = Config::default();
    let (id, secret) = (config.client_id.clone(), config.client_secret.clone());
    let sim = Sim::start(([127, 0, 0, 1], 0).into(), config)
        .await
        .map_err(|e| Failure::new(format!("cannot listen on a loopback port: {e}")))?;
    let chosen = [
        ("SPOTIFY_CLIENT_ID", id),
        ("SPOTIFY_CLIENT_SECRET", secret),
        ("SPOTIFY_API_URL", sim.api_url()),
        ("SPOTIFY_TOKEN_URL", sim.token_url()),
        ("SPOTIFY_BUDGET_30S", "0".to_owned()),
        ("SPOTIFY_CONCURRENCY", "16".to_owned()),
    ];
    for (key, value) in chosen {
        settings.set_for_demo(key, value);
    }
    Ok(sim)
}

async fn show(store: &SharedStore, started: Instant) -> Result<(), Failure> {
    let mut out = Out::new();
    out.line(format!("stored in {}", store.location()))?;
    status::show_counts(&mut out, &store.counts().await?)?;
    for name in SHOWN {
        let artist = find_artist(store, name).await?;
        out.line("")?;
        show_neighbours(&mut out, &artist.name, &store.related(&artist.id, 5).await?)?;
    }
    out.line("")?;
    out.line(format!("done in {:.1} s. Now try:", started.elapsed().as_secs_f64()))?;
    let me = std::env::args().next().unwrap_or_else(|| "sixpotify".to_owned());
    for command in ["similar \"guns n roses\" --demo", "show eminem --demo", "status --demo", "ingest artists.csv"] {
        out.line(format!("  {me} {command}"))?;
    }
    out.line("The last one asks open sources, and Spotify where SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET are set; `doctor` says what works.")?;
    out.finish()
}
