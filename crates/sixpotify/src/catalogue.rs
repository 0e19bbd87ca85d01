//! Which catalogue a command works on, and which artist of it is meant.

use std::path::PathBuf;

use directories::ProjectDirs;
use sixpotify_core::{Artist, ArtistId, spotify_artist_id};
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

/// The artist that `text` means: an id, a link, or a name that is stored.
pub(crate) async fn find_artist(store: &SharedStore, text: &str) -> Result<Artist, Failure> {
    let id = spotify_artist_id(text).map(ArtistId::from).unwrap_or_else(|| ArtistId::from_stored(text.trim()));
    if let Some(detail) = store.artist_details(&[id]).await?.pop() {
        return Ok(detail.artist);
    }
    let mut artists = store.artists_by_name(text.trim()).await?.into_iter();
    let Some(artist) = artists.next() else {
        return Err(Failure::new(format!("`{text}` is not in the catalogue"))
            .hint(format!("`sixpotify ingest --name \"{text}\"` looks for it")));
    };
    let others: Vec<Artist> = artists.collect();
    if !others.is_empty() {
        let ids: Vec<String> = others.iter().map(|a| a.id.to_string()).collect();
        say(format!(
            "{} artists are called `{}`; this is {}, others: {}",
            others.len() + 1,
            artist.name,
            artist.id,
            ids.join(", ")
        ));
    }
    Ok(artist)
}
