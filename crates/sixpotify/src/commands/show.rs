//! `sixpotify show`: all that is known of an artist, and who said so.

use serde_json::{Value, json};
use sixpotify_store::{Access, ArtistDetail};

use crate::catalogue::{find_artist, open_catalogue};
use crate::cli::ArtistArgs;
use crate::failure::{Exit, Failure};
use crate::printer::{Out, number, row, table};
use crate::settings::Settings;

/// Albums shown on a terminal; `--json` has all.
const ALBUMS: usize = 10;

/// Shows the artist.
pub(crate) async fn run(settings: &Settings, args: &ArtistArgs) -> Result<Exit, Failure> {
    let store = open_catalogue(settings, Access::Read).await?;
    let artist = find_artist(&store, &args.artist).await?;
    let mut details = store.artist_details(std::slice::from_ref(&artist.id)).await?;
    let detail = details.pop().ok_or_else(|| Failure::new(format!("`{}` has just left the catalogue", artist.name)))?;
    let mut out = Out::new();
    if args.json {
        let mut shown = json!(detail);
        let words: Vec<Value> =
            detail.attributions().iter().map(|(source, words)| json!({ "source": source, "words": words })).collect();
        shown["attributions"] = json!(words);
        out.json(&shown)?;
    } else {
        show(&mut out, &detail)?;
    }
    store.close().await;
    out.finish()?;
    Ok(Exit::Done)
}

fn show(out: &mut Out, detail: &ArtistDetail) -> Result<(), Failure> {
    let artist = &detail.artist;
    out.line(&artist.name)?;
    let genres: Vec<String> = detail.genres.iter().map(|(genre, source)| format!("{genre} ({source})")).collect();
    let links: Vec<String> = detail.links.iter().map(|(source, id)| format!("{source} {id}")).collect();
    let known = [
        ("id", Some(artist.id.to_string())),
        ("page", artist.url.clone()),
        ("picture", artist.image_url.clone()),
        ("followers", artist.followers.map(number)),
        ("popularity", artist.popularity.map(|p| format!("{p} of 100"))),
        ("genres", (!genres.is_empty()).then(|| genres.join(", "))),
        ("ids", (!links.is_empty()).then(|| links.join(", "))),
    ];
    for (what, value) in known {
        out.line(format!("  {what:<11} {}", value.as_deref().unwrap_or("not known")))?;
    }

    if !detail.albums.is_empty() {
        out.line(format!("\nalbums ({})", detail.albums.len()).trim_start())?;
        let mut albums = table(&[" DATE", "TYPE", "TITLE"]);
        for album in detail.albums.iter().take(ALBUMS) {
            let date = album.release_date.clone().unwrap_or_default();
            albums.add_row(row([format!(" {date}"), album.album_type.clone().unwrap_or_default(), album.name.clone()]));
        }
        out.table(&albums)?;
        if detail.albums.len() > ALBUMS {
            out.line(format!("  and {} more (`--json` has all)", detail.albums.len() - ALBUMS))?;
        }
    }
    if !detail.top_tracks.is_empty() {
        out.line("top tracks")?;
        let mut tracks = table(&["", "TITLE", "BY", "MARKET", "FROM"]);
        for track in &detail.top_tracks {
            let by: Vec<&str> = track.artists.iter().map(|c| c.name.as_str()).collect();
            let (rank, market) = (track.rank.to_string(), track.market.clone());
            tracks.add_row(row([rank, track.name.clone(), by.join(", "), market, track.source.to_string()]));
        }
        out.table(&tracks)?;
    }
    out.line("asked")?;
    let mut asked = table(&[" WHAT", "WHOM", "WHEN", "RESULT"]);
    for facet in &detail.facets {
        let when = facet.fetched_at.format("%Y-%m-%d %H:%M UTC").to_string();
        let result = facet.error.as_ref().map_or_else(|| facet.state.to_string(), |e| format!("{}: {e}", facet.state));
        asked.add_row(row([format!(" {}", facet.facet), facet.source.to_string(), when, result]));
    }
    out.table(&asked)?;
    for (_, words) in detail.attributions() {
        out.line(format!("from {words}"))?;
    }
    Ok(())
}
