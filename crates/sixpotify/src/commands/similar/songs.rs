//! `similar --song`, `similar ARTIST --songs`, `similar --all --songs`: neighbours of songs, computed when asked.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sixpotify_core::ArtistId;
use sixpotify_pipeline::{Found, Songs};
use sixpotify_similar::songs::Fame;
use sixpotify_similar::{Neighbour, SongFilter, words};
use sixpotify_store::SharedStore;

use super::all::Rows;
use crate::catalogue::find_artist;
use crate::cli::{Popularity, SimilarArgs};
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
        let listed: Vec<String> = others.iter().take(LISTED).map(|index| songs.source_id(*index).to_owned()).collect();
        say(format!("`{text}` could also mean {}; this is {}", listed.join(", "), songs.source_id(index)));
    }
    let found = songs.space().near(index, usize::from(args.n), &filter(args)).unwrap_or_default();
    let mut out = Out::new();
    if args.json {
        let similar: Vec<Value> = ranked(&songs, &found);
        out.json(&json!({ "song": song(&songs, index), "similar": similar }))?;
    } else {
        out.line(format!("nearest to {}", shown(&songs, index)))?;
        neighbours(&mut out, &songs, &found)?;
        too_few(found.len(), args);
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
    let related = store.related(&artist.id, usize::from(u16::MAX)).await?;
    let related: BTreeMap<ArtistId, f32> = related.into_iter().map(|r| (r.artist.id, r.distance)).collect();
    let found = songs.for_artist(&artist.id, n, &filter, &related);
    let mut out = Out::new();
    if args.json {
        let start: Vec<Value> = start.iter().map(|index| song(&songs, *index)).collect();
        out.json(&json!({ "artist": artist, "start_with": start, "nearest": ranked(&songs, &found) }))?;
    } else {
        out.line(format!("songs of {} to start with", artist.name))?;
        let mut list = table(&["", "SONG", "YEAR", "POPULARITY"]);
        for (rank, index) in (1_usize..).zip(&start) {
            let facts = &songs.space().songs()[*index];
            let number = |n: Option<f32>| n.map_or_else(String::new, |n| format!("{n:.0}"));
            list.add_row(row([rank.to_string(), shown(&songs, *index), number(facts.year), number(facts.popularity)]));
        }
        out.table(&list)?;
        out.line("")?;
        out.line("nearest to them")?;
        neighbours(&mut out, &songs, &found)?;
        too_few(found.len(), args);
    }
    out.finish()
}

/// Writes the neighbours of all songs as rows.
pub(super) async fn all(store: &SharedStore, args: &SimilarArgs) -> Result<(), Failure> {
    let songs = read(store, args).await?;
    let (depth, format, filter) = (usize::from(args.n), args.format, filter(args));
    // The cores are busy with this for a while; the runtime's own threads must not be.
    let written = tokio::task::spawn_blocking(move || {
        let mut rows = Rows::new(format, ["track", "neighbour"])?;
        let mut failed = Ok(());
        songs.space().each(depth, &filter, |index, list| {
            for (rank, near) in (1..).zip(list) {
                if failed.is_ok() {
                    failed = rows.write(songs.source_id(index), songs.source_id(near.index), rank, near.distance);
                }
            }
        });
        failed?;
        rows.finish()
    });
    written.await.map_err(|_| Failure::new("computing the neighbours was interrupted"))?
}

async fn read(store: &SharedStore, args: &SimilarArgs) -> Result<Songs, Failure> {
    let songs = Songs::read(store, &args.sources).await?;
    if songs.space().songs().is_empty() {
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
        fame: match args.popularity {
            Popularity::Any => Fame::Any,
            Popularity::Known => Fame::Known,
            Popularity::Hidden => Fame::Hidden,
        },
    }
}

fn too_few(found: usize, args: &SimilarArgs) {
    if found < usize::from(args.n) {
        let why = if args.market.is_some() { "; songs of unknown markets are in none" } else { "" };
        say(format!("{found} songs fit{why}"));
    }
}

fn neighbours(out: &mut Out, songs: &Songs, found: &[Neighbour]) -> Result<(), Failure> {
    let mut list = table(&["", "SONG", "DISTANCE", "BECAUSE"]);
    for (rank, near) in (1_usize..).zip(found) {
        let distance = format!("{:.3}", near.distance);
        list.add_row(row([rank.to_string(), shown(songs, near.index), distance, words(&near.why)]));
    }
    out.table(&list)
}

/// A song for people: title and artists, or its id where it has no title.
fn shown(songs: &Songs, index: usize) -> String {
    let artists: Vec<&str> = songs.artists(index).iter().map(|credit| credit.name.as_str()).collect();
    let title = match songs.title(index) {
        "" => songs.source_id(index),
        title => title,
    };
    if artists.is_empty() { title.to_owned() } else { format!("{title} - {}", artists.join(", ")) }
}

fn song(songs: &Songs, index: usize) -> Value {
    let facts = &songs.space().songs()[index];
    json!({
        "id": songs.id(index),
        "source_id": songs.source_id(index),
        "name": songs.title(index),
        "artists": songs.artists(index),
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
