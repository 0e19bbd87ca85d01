//! `sixpotify link`: a person settles which artist an id at a source belongs to.

use std::collections::BTreeMap;

use serde_json::json;
use sixpotify_core::{Artist, ArtistId, artist_link};
use sixpotify_sources::{Clock as _, SystemClock};
use sixpotify_store::{Access, Link, SharedStore};

use crate::catalogue::{find_artist, open_catalogue};
use crate::cli::{LinkArgs, LinkCommand, LinkListArgs};
use crate::failure::{Exit, Failure};
use crate::printer::{Out, row, say, table};
use crate::settings::Settings;

/// Artists whose names are read at once.
const PAGE: usize = 1000;

/// Joins, undoes a join (both are remembered), or lists them.
pub(crate) async fn run(settings: &Settings, what: &LinkCommand) -> Result<Exit, Failure> {
    let store = open_catalogue(settings, Access::Read).await?;
    let mut out = Out::new();
    match what {
        LinkCommand::Add(args) => add(&store, args, &mut out).await?,
        LinkCommand::Remove(args) => remove(&store, args, &mut out).await?,
        LinkCommand::List(args) => list(&store, args, &mut out).await?,
    }
    store.close().await;
    out.finish()?;
    Ok(Exit::Done)
}

/// The artist and the id that are meant.
async fn meant(store: &SharedStore, args: &LinkArgs) -> Result<(Artist, Link), Failure> {
    let id = parse(&args.link)?;
    let artist = find_artist(store, &args.artist).await?;
    let link = Link { artist_id: artist.id.clone(), source: id.source, source_id: id.source_id };
    Ok((artist, link))
}

async fn add(store: &SharedStore, args: &LinkArgs, out: &mut Out) -> Result<(), Failure> {
    let (artist, link) = meant(store, args).await?;
    let former = store.add_link(&link).await?;
    out.line(format!("{} {} is {} ({}) from now on", link.source, link.source_id, artist.name, artist.id))?;
    if let Some(former) = former {
        say(format!("it was {former} before"));
    }
    // Who came into the catalogue by this id is nobody else.
    let same = ArtistId::new(link.source, &link.source_id);
    if same != artist.id && !store.artist_details(std::slice::from_ref(&same)).await?.is_empty() {
        store.merge_artist(&same, &artist.id, SystemClock.now()).await?;
        say(format!("what the catalogue knew of {same} is {}'s now", artist.name));
    }
    Ok(())
}

async fn remove(store: &SharedStore, args: &LinkArgs, out: &mut Out) -> Result<(), Failure> {
    let (artist, link) = meant(store, args).await?;
    let (source, source_id) = (link.source, &link.source_id);
    let named = format!("{} ({})", artist.name, artist.id);
    if ArtistId::new(source, source_id) == artist.id {
        return Err(Failure::usage(format!("{source} {source_id} is what {named} has its id from"))
            .hint("`sixpotify forget` removes an artist"));
    }
    let had = store.reject_link(&link, SystemClock.now()).await?;
    out.line(format!("{source} {source_id} is not {named}, and no source will join them again"))?;
    if !had {
        say("they were not joined");
    }
    Ok(())
}

async fn list(store: &SharedStore, args: &LinkListArgs, out: &mut Out) -> Result<(), Failure> {
    let mut links = store.rejected_links().await?.into_iter().map(|link| (link, "undone by hand")).collect::<Vec<_>>();
    if let Some(text) = &args.artist {
        let artist = find_artist(store, text).await?;
        links.retain(|(link, _)| link.artist_id == artist.id);
        let details = store.artist_details(std::slice::from_ref(&artist.id)).await?;
        for (source, source_id) in details.into_iter().flat_map(|detail| detail.links) {
            links.push((Link { artist_id: artist.id.clone(), source, source_id }, "joined"));
        }
        links.sort_by(|(a, _), (b, _)| (a.source, &a.source_id).cmp(&(b.source, &b.source_id)));
    }
    let names = names(store, &links).await?;
    let name = |link: &Link| names.get(&link.artist_id).cloned();
    if args.json {
        let entry = |(link, state): &(Link, &str)| {
            let (id, source, source_id) = (&link.artist_id, link.source, &link.source_id);
            json!({ "artist": name(link), "id": id, "source": source, "source_id": source_id, "state": state })
        };
        return out.json(&links.iter().map(entry).collect::<Vec<_>>());
    }
    if links.is_empty() {
        say(if args.artist.is_some() { "it has no ids elsewhere" } else { "no join was undone by hand" });
        return Ok(());
    }
    let mut shown = table(&["ARTIST", "ID", "SOURCE", "ID THERE", "STATE"]);
    for (link, state) in &links {
        let artist = name(link).unwrap_or_else(|| "(not in the catalogue)".to_owned());
        let (id, source) = (link.artist_id.to_string(), link.source.to_string());
        shown.add_row(row([artist, id, source, link.source_id.clone(), (*state).to_owned()]));
    }
    out.table(&shown)
}

/// Names of the artists of `links`; who is not in the catalogue has none.
async fn names(store: &SharedStore, links: &[(Link, &str)]) -> Result<BTreeMap<ArtistId, String>, Failure> {
    let mut ids: Vec<ArtistId> = links.iter().map(|(link, _)| link.artist_id.clone()).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut names = BTreeMap::new();
    for some in ids.chunks(PAGE) {
        let details = store.artist_details(some).await?;
        names.extend(details.into_iter().map(|detail| (detail.artist.id, detail.artist.name)));
    }
    Ok(names)
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
