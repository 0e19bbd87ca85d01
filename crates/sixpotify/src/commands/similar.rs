//! `sixpotify similar`: the artists or songs nearest to one, and why; or those of all.

mod all;
mod songs;

use serde_json::json;
use sixpotify_pipeline::{Nearest, RelateOptions, Sources, nearest, stored_ranking};
use sixpotify_similar::{Fame, Method, Reason, decode, words};
use sixpotify_store::{Access, Related, SharedStore};

use crate::catalogue::{find_artist, open_catalogue};
use crate::cli::{Popularity, SimilarArgs};
use crate::commands::relate::DEPTH;
use crate::failure::{Exit, Failure};
use crate::printer::{Out, row, say, table};
use crate::settings::Settings;

/// Shows what is wanted.
pub(crate) async fn run(settings: &Settings, args: &SimilarArgs) -> Result<Exit, Failure> {
    // The flag has a value even where it is not given, so that clap does not see that it lacks `--all`.
    if args.format.is_some() && !args.all {
        return Err(Failure::usage("`--format` says how `--all` writes rows").hint("elsewhere `--json` gives JSON"));
    }
    let store = open_catalogue(settings, Access::Read).await?;
    match (&args.artist, &args.song) {
        (Some(artist), _) if args.songs => songs::of_artist(&store, artist, args).await?,
        (Some(artist), _) => artists(&store, artist, args).await?,
        (None, Some(song)) => songs::near(&store, song, args).await?,
        (None, None) if args.songs => songs::all(&store, args).await?,
        (None, None) => all::run(&store, args).await?,
    }
    store.close().await;
    Ok(Exit::Done)
}

/// Refuses what only songs have.
fn without_songs_filters(args: &SimilarArgs) -> Result<(), Failure> {
    let flags = [
        (args.market.is_some(), "--market"),
        (args.no_explicit, "--no-explicit"),
        (args.same_artist, "--same-artist"),
        (args.sources != Sources::all(), "--sources"),
    ];
    match flags.iter().find(|(given, _)| *given) {
        Some((_, flag)) => Err(Failure::usage(format!("`{flag}` is about songs"))
            .hint("with `--songs` or `--song`; whose facts enter the ranking of artists, `relate --sources` says")),
        None => Ok(()),
    }
}

/// Shows the stored neighbours of an artist.
async fn artists(store: &SharedStore, artist: &str, args: &SimilarArgs) -> Result<(), Failure> {
    without_songs_filters(args)?;
    let artist = find_artist(store, artist).await?;
    let n = usize::from(args.n);
    let usual = RelateOptions { method: Method::Blend, depth: DEPTH, sources: Sources::all() };
    let Nearest { related, computed } = nearest(store, &artist.id, n, args.popularity.into(), &usual).await?;
    if related.is_empty() && !computed {
        return Err(nothing_stored(store, &artist.name).await?);
    }
    let mut out = Out::new();
    if args.json {
        let entry = |r: &Related| {
            let mut value = json!(r);
            value["why"] = json!(r.why.split('|').collect::<Vec<_>>());
            value["because"] = json!(because(&r.why));
            value
        };
        out.json(&json!({ "artist": artist, "similar": related.iter().map(entry).collect::<Vec<_>>() }))?;
    } else {
        show_neighbours(&mut out, &artist.name, &related)?;
        if computed && related.len() < n {
            say(format!("no more than {} artists of the catalogue are such and can be compared", related.len()));
        } else if related.len() < n {
            say(shortage(store, related.len(), n).await?);
        }
    }
    out.finish()
}

/// Why fewer neighbours are shown than were asked for.
async fn shortage(store: &SharedStore, stored: usize, n: usize) -> Result<String, Failure> {
    let depth = stored_ranking(store).await?.map_or(stored, |ranking| ranking.depth);
    let keeps_more = stored >= depth;
    Ok(if keeps_more {
        format!("{stored} neighbours are stored; `sixpotify relate --depth {n}` keeps more")
    } else {
        format!("{stored} neighbours: with nobody else it has anything in common that is known")
    })
}

impl From<Popularity> for Fame {
    fn from(popularity: Popularity) -> Self {
        match popularity {
            Popularity::Any => Self::Any,
            Popularity::Known => Self::Known,
            Popularity::Hidden => Self::Hidden,
        }
    }
}

/// A heading and a line for each neighbour.
pub(crate) fn show_neighbours(out: &mut Out, name: &str, related: &[Related]) -> Result<(), Failure> {
    out.line(format!("nearest to {name}"))?;
    let mut shown = table(&["", "ARTIST", "DISTANCE", "BECAUSE"]);
    for r in related {
        shown.add_row(row([r.rank.to_string(), r.artist.name.clone(), format!("{:.3}", r.distance), because(&r.why)]));
    }
    out.table(&shown)
}

/// Reason codes in words; codes of a newer program are left out.
fn because(why: &str) -> String {
    let reasons: Vec<Reason> = decode(why).flatten().collect();
    words(&reasons)
}

async fn nothing_stored(store: &SharedStore, name: &str) -> Result<Failure, Failure> {
    let failure = Failure::new(format!("`{name}` has no related artists"));
    Ok(if store.counts().await?.related_artists == 0 {
        failure.hint("`sixpotify relate` computes them; where it found none, no two artists have anything in common")
    } else {
        failure.hint(
            "it entered the catalogue after the last `sixpotify relate` (then `relate --only` helps), or nothing is known of it to compare",
        )
    })
}
