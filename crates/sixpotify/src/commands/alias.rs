//! `sixpotify alias`: other names of artists, given by hand.

use std::collections::BTreeMap;

use futures_util::TryStreamExt as _;
use serde_json::json;
use sixpotify_core::{Artist, ArtistId, Source, fold};
use sixpotify_pipeline::GivenAliases;
use sixpotify_sources::{Clock as _, SystemClock};
use sixpotify_store::{Access, Alias, SharedStore};

use super::find::{not_text, read, say_encoding};
use crate::catalogue::{find_named_artist, open_catalogue};
use crate::cli::{AliasAddArgs, AliasCommand, AliasImportArgs, AliasListArgs, AliasRemoveArgs};
use crate::failure::{Exit, Failure};
use crate::printer::{Out, row, say, table};
use crate::settings::Settings;

/// Artists whose aliases are read at once.
const PAGE: usize = 1000;

/// Aliases that are written at once.
const AT_ONCE: usize = 5000;

/// Names that were not found and are said one by one.
const SAID: usize = 20;

/// Does what was asked for.
pub(crate) async fn run(settings: &Settings, command: &AliasCommand) -> Result<Exit, Failure> {
    let store = open_catalogue(settings, Access::Read).await?;
    let mut out = Out::new();
    match command {
        AliasCommand::Add(args) => add(&store, args, &mut out).await?,
        AliasCommand::Remove(args) => remove(&store, args, &mut out).await?,
        AliasCommand::List(args) => list(&store, args, &mut out).await?,
        AliasCommand::Import(args) => import(&store, args, &mut out).await?,
    }
    store.close().await;
    out.finish()?;
    Ok(Exit::Done)
}

async fn add(store: &SharedStore, args: &AliasAddArgs, out: &mut Out) -> Result<(), Failure> {
    let name = args.alias.trim();
    if fold(name).is_empty() {
        return Err(Failure::usage("the other name is blank"));
    }
    let artist = find_named_artist(store, &args.artist).await?;
    let alias = alias(&artist.id, name, args.locale.as_deref());
    let new = store.add_aliases(&[alias], SystemClock.now()).await?;
    let word = if new > 0 { "is now another name of" } else { "is another name of it already:" };
    out.line(format!("`{name}` {word} {} ({})", artist.name, artist.id))
}

fn alias(artist: &ArtistId, name: &str, locale: Option<&str>) -> Alias {
    let (alias, locale) = (name.to_owned(), locale.map(str::to_owned));
    Alias { artist_id: artist.clone(), alias, locale, source: Source::User }
}

async fn remove(store: &SharedStore, args: &AliasRemoveArgs, out: &mut Out) -> Result<(), Failure> {
    let artist = find_named_artist(store, &args.artist).await?;
    let name = args.alias.trim();
    if !store.remove_alias(&artist.id, name, SystemClock.now()).await? {
        return Err(Failure::new(format!("nobody gave {} the name `{name}` by hand", artist.name))
            .hint(format!("`sixpotify alias list \"{}\"` shows its other names", artist.name)));
    }
    out.line(format!("`{name}` is no name of {} ({}) any more", artist.name, artist.id))
}

async fn list(store: &SharedStore, args: &AliasListArgs, out: &mut Out) -> Result<(), Failure> {
    let aliases = match &args.artist {
        Some(text) => {
            let artist = find_named_artist(store, text).await?;
            named(store.aliases(std::slice::from_ref(&artist.id)).await?, &BTreeMap::from([(artist.id, artist.name)]))
        }
        None => all(store).await?,
    };
    if args.json {
        let entry = |(artist, alias): &(String, Alias)| {
            let (id, name) = (&alias.artist_id, &alias.alias);
            json!({ "artist": artist, "id": id, "alias": name, "locale": alias.locale, "source": alias.source })
        };
        return out.json(&aliases.iter().map(entry).collect::<Vec<_>>());
    }
    if aliases.is_empty() {
        say("no other names are stored (those of the built-in table need not be)");
        return Ok(());
    }
    let mut shown = table(&["ARTIST", "ALIAS", "LANGUAGE", "FROM"]);
    for (artist, alias) in aliases {
        let locale = alias.locale.unwrap_or_default();
        shown.add_row(row([artist, alias.alias, locale, alias.source.to_string()]));
    }
    out.table(&shown)
}

/// Aliases with the names of their artists.
fn named(aliases: Vec<Alias>, names: &BTreeMap<ArtistId, String>) -> Vec<(String, Alias)> {
    let name = |alias: &Alias| names.get(&alias.artist_id).cloned().unwrap_or_default();
    aliases.into_iter().map(|alias| (name(&alias), alias)).collect()
}

async fn all(store: &SharedStore) -> Result<Vec<(String, Alias)>, Failure> {
    let mut artists = store.all_names();
    let mut names = BTreeMap::new();
    let mut found = Vec::new();
    loop {
        let next = artists.try_next().await?;
        let last = next.is_none();
        if let Some(artist) = next.filter(|artist| !artist.aliases.is_empty()) {
            names.insert(artist.id, artist.name);
        }
        if names.len() == PAGE || last {
            let ids: Vec<ArtistId> = names.keys().cloned().collect();
            found.extend(named(store.aliases(&ids).await?, &names));
            names.clear();
        }
        if last {
            return Ok(found);
        }
    }
}

async fn import(store: &SharedStore, args: &AliasImportArgs, out: &mut Out) -> Result<(), Failure> {
    let (label, bytes) = read(&args.file)?;
    let given = GivenAliases::read(&bytes).map_err(|error| not_text(&label, &error))?;
    say_encoding(&label, given.encoding);
    let mut artists: BTreeMap<&str, Option<Artist>> = BTreeMap::new();
    let mut aliases = Vec::new();
    for line in &given.aliases {
        if !artists.contains_key(line.artist.as_str()) {
            artists.insert(&line.artist, by_name(store, &line.artist).await?);
        }
        if let Some(Some(artist)) = artists.get(line.artist.as_str()) {
            aliases.push(alias(&artist.id, &line.alias, line.locale.as_deref()));
        }
    }
    let mut added = 0;
    for some in aliases.chunks(AT_ONCE) {
        added += store.add_aliases(some, SystemClock.now()).await?;
    }
    let unknown: Vec<&str> = artists.iter().filter(|(_, found)| found.is_none()).map(|(name, _)| *name).collect();
    if args.json {
        return out.json(&json!({
            "given": given.aliases.len(),
            "added": added,
            "known_already": aliases.len() as u64 - added,
            "unknown_artists": unknown,
            "skipped_lines": given.skipped,
        }));
    }
    out.line(format!("{added} other names added, {} were known", aliases.len() as u64 - added))?;
    for name in unknown.iter().take(SAID) {
        say(format!("`{name}` is not in the catalogue, or there are several"));
    }
    if unknown.len() > SAID {
        say(format!("and {} more are not", unknown.len() - SAID));
    }
    for line in given.skipped.iter().take(SAID) {
        say(format!("{label}, line {line}: no artist and alias"));
    }
    Ok(())
}

/// The one artist of this name; a file that names one of several says too little.
async fn by_name(store: &SharedStore, text: &str) -> Result<Option<Artist>, Failure> {
    let found = sixpotify_pipeline::Resolver::new(store.clone()).named(text).await?;
    let Some(id) = found.as_ref().and_then(|answer| Some(answer.found()?.0.id.clone())) else { return Ok(None) };
    Ok(store.artist_details(&[id]).await?.pop().map(|detail| detail.artist))
}
