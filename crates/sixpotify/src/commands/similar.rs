//! `sixpotify similar`: the artists nearest to one, and why.

use serde_json::json;
use sixpotify_similar::{Reason, decode, words};
use sixpotify_store::{Access, Related, SharedStore};

use crate::catalogue::{find_artist, open_catalogue};
use crate::cli::SimilarArgs;
use crate::failure::{Exit, Failure};
use crate::printer::{Out, row, say, table};
use crate::settings::Settings;

/// Shows the stored neighbours.
pub(crate) async fn run(settings: &Settings, args: &SimilarArgs) -> Result<Exit, Failure> {
    let store = open_catalogue(settings, Access::Read).await?;
    let artist = find_artist(&store, &args.artist).await?;
    let related = store.related(&artist.id, usize::from(args.n)).await?;
    if related.is_empty() {
        return Err(nothing_stored(&store, &artist.name).await?);
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
        if related.len() < usize::from(args.n) {
            say(format!("{} neighbours are stored; `sixpotify relate --depth N` keeps more", related.len()));
        }
    }
    store.close().await;
    out.finish()?;
    Ok(Exit::Done)
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
        failure.hint("`sixpotify relate` computes them")
    } else {
        failure.hint("it entered the catalogue after the last `sixpotify relate`, or nothing is known of it to compare")
    })
}
