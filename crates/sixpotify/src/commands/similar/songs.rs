//! `similar --song`, `similar ARTIST --songs`, `similar --all --songs`: neighbours of songs, computed when asked.

use serde_json::{Value, json};
use sixpotify_pipeline::{Found, Songs};
use sixpotify_similar::{Neighbour, SongFilter, words};
use sixpotify_store::SharedStore;

use super::all::Rows;
use crate::catalogue::find_artist;
use crate::cli::SimilarArgs;
use crate::failure::Failure;
use crate::printer::{Out, row, say, table};

/// Songs that are listed where a title is not enough.
const LISTED: usize = 10;

/// Shows the songs nearest to one.
pub(super) async fn near(store: &SharedStore, text: &str, args: &SimilarArgs) -> Result<(), Failure> {
    let songs = read(store, args).await?;
    let (index, others) = match songs.find(text) {
        Found::Song { index, others } => (index, others),
        Found::Ambiguous(matches) => {
            let listed: Vec<String> = matches.iter().take(LISTED).map(|index| shown(&songs, *index)).collect();
            return Err(Failure::new(format!("`{text}` is the title of several songs: {}", listed.join("; ")))
                .hint("say whose: `similar --song \"TITLE - ARTIST\"`"));
        }
        Found::Nothing => {
            return Err(Failure::new(format!("there is no song `{text}` in the catalogue"))
                .hint("a track's id or link, `TITLE - ARTIST`, or a title; `sixpotify show ARTIST` lists songs"));
        }
    };
    if !others.is_empty() {
        let listed: Vec<String> =
            others.iter().take(LISTED).map(|index| songs.facts(*index).source_id().to_owned()).collect();
        say(format!("`{text}` could also mean {}; this is {}", listed.join(", "), songs.facts(index).source_id()));
    }
    let found = songs.space().near(index, usize::from(args.n), &filter(args)).unwrap_or_default();
    let mut out = Out::new();
    if args.json {
        let similar: Vec<Value> = ranked(&songs, &found);
        out.json(&json!({ "song": song(&songs, index), "similar": similar }))?;
    } else {
        out.line(format!("nearest to {}", shown(&songs, index)))?;
        neighbours(&mut out, &songs, &found)?;
        limits(&songs, &found, args);
    }
    out.finish()
}

/// Shows the songs of an artist to start with, and those by others that are nearest to them.
pub(super) async fn of_artist(store: &SharedStore, artist: &str, args: &SimilarArgs) -> Result<(), Failure> {
    let artist = find_artist(store, artist).await?;
    let songs = read(store, args).await?;
    let (n, filter) = (usize::from(args.n), filter(args));
    let Some(start) = songs.space().of_artist(artist.id.as_str(), n, &filter) else {
        return Err(Failure::new(format!("no songs of `{}` are in the catalogue", artist.name))
            .hint("`sixpotify ingest` fetches top tracks where Spotify gives them; `sixpotify import csv --tracks` takes your own"));
    };
    let found = songs.for_artist(&artist.id, n, &filter);
    let mut out = Out::new();
    if args.json {
        let start: Vec<Value> = start.iter().map(|index| song(&songs, *index)).collect();
        out.json(&json!({ "artist": artist, "start_with": start, "nearest": ranked(&songs, &found) }))?;
    } else {
        out.line(format!("songs of {} to start with", artist.name))?;
        let mut list = table(&["", "SONG", "YEAR", "POPULARITY"]);
        for (rank, index) in (1_usize..).zip(&start) {
            let facts = songs.facts(*index);
            let year = facts.year.map_or_else(String::new, |year| year.to_string());
            let popularity = facts.popularity.map_or_else(String::new, |popularity| popularity.to_string());
            list.add_row(row([rank.to_string(), shown(&songs, *index), year, popularity]));
        }
        out.table(&list)?;
        out.line("")?;
        out.line("nearest to them")?;
        neighbours(&mut out, &songs, &found)?;
        limits(&songs, &found, args);
    }
    out.finish()
}

/// Writes the neighbours of all songs as rows.
pub(super) async fn all(store: &SharedStore, args: &SimilarArgs) -> Result<(), Failure> {
    let songs = read(store, args).await?;
    let (depth, format, filter) = (usize::from(args.n), args.rows(), filter(args));
    // The cores are busy with this for a while; the runtime's own threads must not be.
    let written = tokio::task::spawn_blocking(move || {
        let mut rows = Rows::new(format, ["track", "neighbour"])?;
        for batch in songs.space().all(depth, &filter) {
            for (index, list) in (batch.first..).zip(batch.lists) {
                for (rank, near) in (1..).zip(list) {
                    let (of, other) = (songs.facts(index), songs.facts(near.index));
                    rows.write(of.source_id(), other.source_id(), rank, near.distance)?;
                }
            }
        }
        rows.finish()
    });
    written.await.map_err(|_| Failure::new("computing the neighbours was interrupted"))?
}

async fn read(store: &SharedStore, args: &SimilarArgs) -> Result<Songs, Failure> {
    let songs = Songs::read(store, &args.sources).await?;
    if songs.space().is_empty() {
        return Err(Failure::new("there are no songs in the catalogue")
            .hint("`sixpotify import csv --tracks FILE` or `sixpotify ingest` brings some"));
    }
    Ok(songs)
}

fn filter(args: &SimilarArgs) -> SongFilter {
    SongFilter {
        same_artist: args.same_artist,
        market: args.market.clone(),
        clean: args.no_explicit,
        fame: args.popularity.into(),
    }
}

/// Says what the filters could not know.
fn limits(songs: &Songs, found: &[Neighbour], args: &SimilarArgs) {
    if found.len() < usize::from(args.n) {
        let why = if args.market.is_some() { "; songs of unknown markets are in none" } else { "" };
        say(format!("{} songs fit{why}", found.len()));
    }
    let unknown = found.iter().filter(|near| songs.facts(near.index).explicit.is_none()).count();
    if args.no_explicit && unknown > 0 {
        say(format!("of {unknown} of these songs nobody says whether their words are explicit"));
    }
}

fn neighbours(out: &mut Out, songs: &Songs, found: &[Neighbour]) -> Result<(), Failure> {
    if found.is_empty() {
        return Ok(());
    }
    let mut list = table(&["", "SONG", "DISTANCE", "BECAUSE"]);
    for (rank, near) in (1_usize..).zip(found) {
        let distance = format!("{:.3}", near.distance);
        list.add_row(row([rank.to_string(), shown(songs, near.index), distance, words(&near.why)]));
    }
    out.table(&list)
}

/// A song for people: title and artists, or its id where it has no title.
fn shown(songs: &Songs, index: usize) -> String {
    let facts = songs.facts(index);
    let artists: Vec<&str> = facts.artists.iter().map(|credit| credit.name.as_str()).collect();
    let title = if facts.title.is_empty() { facts.source_id() } else { &facts.title };
    if artists.is_empty() { title.to_owned() } else { format!("{title} - {}", artists.join(", ")) }
}

fn song(songs: &Songs, index: usize) -> Value {
    let facts = songs.facts(index);
    json!({
        "id": facts.id,
        "source_id": facts.source_id(),
        "name": facts.title,
        "artists": facts.artists,
        "year": facts.year,
        "popularity": facts.popularity,
        "explicit": facts.explicit,
    })
}

fn ranked(songs: &Songs, found: &[Neighbour]) -> Vec<Value> {
    let entry = |(rank, near): (usize, &Neighbour)| {
        let mut value = song(songs, near.index);
        value["rank"] = json!(rank);
        value["distance"] = json!(near.distance);
        value["why"] = json!(near.why.iter().map(ToString::to_string).collect::<Vec<_>>());
        value["because"] = json!(words(&near.why));
        value
    };
    (1..).zip(found).map(entry).collect()
}
