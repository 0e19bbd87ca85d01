//! Which catalogue a command works on, and which artist of it is meant.

use std::path::PathBuf;

use directories::ProjectDirs;
use sixpotify_core::Artist;
use sixpotify_pipeline::Resolver;
use sixpotify_resolve::{Candidate, Verdict};
use sixpotify_store::{Access, SharedStore, StoreError, open};

use crate::failure::Failure;
use crate::printer::say;
use crate::settings::Settings;

/// Opens the catalogue that the settings name.
pub(crate) async fn open_catalogue(settings: &Settings, access: Access) -> Result<SharedStore, Failure> {
    match open(&settings.database_url()?, access).await {
        Err(error @ StoreError::NoCatalogue { .. }) if settings.is_demo() => {
            Err(Failure::new(error.to_string()).hint("run `sixpotify demo` first"))
        }
        other => Ok(other?),
    }
}

/// The platform's folder for our data, for instance `~/.local/share/sixpotify`.
pub(crate) fn data_dir() -> Result<PathBuf, Failure> {
    let dirs = ProjectDirs::from("", "", "sixpotify")
        .ok_or_else(|| Failure::new("cannot tell where your home directory is").hint("set HOME, or DATABASE_URL"))?;
    Ok(dirs.data_dir().to_owned())
}

/// URL of the demo's own catalogue.
pub(crate) fn demo_url() -> Result<String, Failure> {
    Ok(format!("sqlite:{}", data_dir()?.join("demo.db").display()))
}

/// The artist that `text` means: an id, a link, a name, or what is near one.
pub(crate) async fn find_artist(store: &SharedStore, text: &str) -> Result<Artist, Failure> {
    let answer = Resolver::new(store.clone()).resolve(text).await?;
    let Some(best) = answer.candidates.first() else { return Err(not_there(text, &[])) };
    match answer.verdict {
        Verdict::NotFound => return Err(not_there(text, &answer.candidates)),
        Verdict::Ambiguous if !best.how.is_by_name() => {
            return Err(Failure::new(format!("`{text}` may mean several artists: {}", several(&answer.candidates)))
                .hint("name one of them as it is written there, or by its id"));
        }
        Verdict::Found(how) if !how.is_by_name() => {
            say(format!("`{text}` is taken for {}: {}", best.name, how.words()));
        }
        Verdict::Found(_) | Verdict::Ambiguous => {}
    }
    let alike = answer.candidates.iter().filter(|c| c.score >= best.score && best.how.is_by_name());
    let ids: Vec<&str> = alike.skip(1).map(|c| c.id.as_str()).collect();
    if !ids.is_empty() {
        let (count, others) = (ids.len() + 1, ids.join(", "));
        say(format!("{count} artists are called `{}`; this is {}, others: {others}", best.name, best.id));
    }
    artist(store, best).await
}

/// The artist that `text` means by its id, a link, its name or an alias: for what changes the catalogue, where no guess
/// will do.
pub(crate) async fn find_named_artist(store: &SharedStore, text: &str) -> Result<Artist, Failure> {
    let resolver = Resolver::new(store.clone());
    let Some(answer) = resolver.named(text).await? else {
        return Err(not_there(text, &resolver.resolve(text).await?.candidates));
    };
    match (answer.candidates.first(), answer.verdict) {
        (Some(best), Verdict::Found(_)) => artist(store, best).await,
        _ => Err(Failure::new(format!("several artists are called `{text}`: {}", several(&answer.candidates)))
            .hint("name one of them by its id")),
    }
}

async fn artist(store: &SharedStore, candidate: &Candidate) -> Result<Artist, Failure> {
    let detail = store.artist_details(std::slice::from_ref(&candidate.id)).await?.pop();
    detail.map(|d| d.artist).ok_or_else(|| Failure::new(format!("`{}` has just left the catalogue", candidate.name)))
}

fn not_there(text: &str, near: &[Candidate]) -> Failure {
    let failure = Failure::new(format!("`{text}` is not in the catalogue"));
    if near.is_empty() {
        failure.hint(format!("`sixpotify ingest --name \"{text}\"` looks for it"))
    } else {
        failure.hint(format!("did you mean {}?", several(near)))
    }
}

/// The first of some candidates.
fn several(candidates: &[Candidate]) -> String {
    let named = |c: &Candidate| format!("`{}` ({})", c.name, c.id);
    candidates.iter().take(3).map(named).collect::<Vec<_>>().join(", ")
}
