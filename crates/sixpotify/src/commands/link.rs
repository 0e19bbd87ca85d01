//! `sixpotify link add` and `link remove`: a person settles which artist an id at a source belongs to.

use sixpotify_core::{ArtistId, artist_link};
use sixpotify_sources::{Clock as _, SystemClock};
use sixpotify_store::{Access, Link};

use crate::catalogue::{find_artist, open_catalogue};
use crate::cli::{LinkArgs, LinkCommand};
use crate::failure::{Exit, Failure};
use crate::printer::{Out, say};
use crate::settings::Settings;

/// Joins, or undoes a join; both are remembered.
pub(crate) async fn run(settings: &Settings, what: &LinkCommand) -> Result<Exit, Failure> {
    let (LinkCommand::Add(LinkArgs { artist, link }) | LinkCommand::Remove(LinkArgs { artist, link })) = what;
    let id = parse(link)?;
    let store = open_catalogue(settings, Access::Read).await?;
    let artist = find_artist(&store, artist).await?;
    let link = Link { artist_id: artist.id.clone(), source: id.source, source_id: id.source_id.clone() };
    let named = format!("{} ({})", artist.name, artist.id);
    let (source, source_id) = (id.source, &id.source_id);
    let mut out = Out::new();
    match what {
        LinkCommand::Add(_) => {
            let former = store.add_link(&link).await?;
            out.line(format!("{source} {source_id} is {named} from now on"))?;
            if let Some(former) = former {
                say(format!("it was {former} before"));
            }
        }
        LinkCommand::Remove(_) => {
            if ArtistId::new(id.source, &id.source_id) == artist.id {
                return Err(Failure::usage(format!("{source} {source_id} is what {named} has its id from"))
                    .hint("`sixpotify forget` removes an artist"));
            }
            let had = store.reject_link(&link, SystemClock.now()).await?;
            out.line(format!("{source} {source_id} is not {named}, and no source will join them again"))?;
            if !had {
                say("they were not joined");
            }
        }
    }
    store.close().await;
    out.finish()?;
    Ok(Exit::Done)
}

/// Reads a link to an artist's page, or `source:id`.
fn parse(text: &str) -> Result<sixpotify_core::Link, Failure> {
    let text = text.trim();
    if let Some(link) = artist_link(text) {
        return Ok(link);
    }
    if let Some((source, id)) = text.split_once(':')
        && let Ok(source) = source.parse()
        && !id.trim().is_empty()
    {
        return Ok(sixpotify_core::Link { source, source_id: id.trim().to_owned() });
    }
    Err(Failure::usage(format!("`{text}` is no link to an artist")).hint(
        "copy the address of the artist's page at Spotify, MusicBrainz, Deezer or Last.fm, or give `source:id`, for instance `deezer:27`",
    ))
}
