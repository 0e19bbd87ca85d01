//! `sixpotify choose`: a person says which artist a name means.

use sixpotify_core::spotify_artist_id;
use sixpotify_pipeline::{NameEntry, NameList};
use sixpotify_sources::{Clock as _, SystemClock};

use super::ingest::{Job, Task, Wishes, exit_of};
use crate::cli::ChooseArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Out;
use crate::settings::Settings;

/// The list of names that were chosen before any list asked for them.
const LIST: &str = "chosen";

/// Fetches the artist, and settles the name in every list.
pub(crate) async fn run(settings: &Settings, args: &ChooseArgs) -> Result<Exit, Failure> {
    let name = args.name.trim().to_owned();
    let Some(id) = spotify_artist_id(&args.artist) else {
        return Err(Failure::usage(format!("`{}` is not a Spotify artist id or link", args.artist)).hint(
            "copy the link of the artist's page, for instance https://open.spotify.com/artist/3Nrfpe0tUJi4K4DXYWgMUX",
        ));
    };
    if name.is_empty() {
        return Err(Failure::usage("the name is blank"));
    }
    let entry = NameEntry { name: name.clone(), id: Some(id.clone()) };
    let names = NameList { entries: vec![entry], ..NameList::default() };
    let task = Task::Ingest { list: LIST.to_owned(), names };
    let job = Job::new(settings, &task, &Wishes::all()).await?;
    let (report, result) = job.run(&task, None).await?;
    result?;
    if report.not_found > 0 {
        return Err(Failure::new(format!("spotify has no artist {id}")).hint("check the link"));
    }
    let records = job.store.names(LIST, std::slice::from_ref(&name)).await?;
    let Some(artist) = records.into_iter().find_map(|r| r.artist_id) else {
        // Paused or stopped: nothing is settled yet.
        return Ok(exit_of(&report));
    };
    job.store.settle_name(LIST, &name, &artist, "chosen", SystemClock.now()).await?;
    let detail = job.store.artist_details(std::slice::from_ref(&artist)).await?.pop();
    let found: String = detail.map_or_else(|| artist.to_string(), |d| format!("{} ({artist})", d.artist.name));
    let mut out = Out::new();
    out.line(format!("`{name}` means {found} from now on"))?;
    out.finish()?;
    job.store.close().await;
    Ok(exit_of(&report))
}
