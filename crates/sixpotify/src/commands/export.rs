//! `sixpotify export`: the catalogue as CSV or JSON lines, streamed page by page.

use std::fs::File;
use std::io::{BufWriter, IsTerminal as _, Write};
use std::path::Path;

use sixpotify_core::ArtistId;
use sixpotify_store::{Access, ArtistDetail, SharedStore};

use crate::catalogue::open_catalogue;
use crate::cli::{ExportArgs, ExportFormat, ExportTable};
use crate::failure::{Exit, Failure};
use crate::plain::plain;
use crate::printer::write_json;
use crate::settings::Settings;

/// Artists read at once.
const PAGE: usize = 500;

/// Writes the catalogue out. A file is written beside its name and renamed when it is complete.
pub(crate) async fn run(settings: &Settings, args: &ExportArgs) -> Result<Exit, Failure> {
    let store = open_catalogue(settings, Access::Read).await?;
    match &args.output {
        None => {
            let stdout = std::io::stdout();
            let safe = stdout.is_terminal();
            write(&store, args, BufWriter::new(stdout.lock()), safe).await?;
        }
        Some(path) => to_file(&store, args, path).await?,
    }
    store.close().await;
    Ok(Exit::Done)
}

async fn to_file(store: &SharedStore, args: &ExportArgs, path: &Path) -> Result<(), Failure> {
    let failed = |e: std::io::Error| Failure::new(format!("cannot write `{}`: {e}", path.display()));
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let file = File::create(&part).map_err(failed)?;
    write(store, args, BufWriter::new(file), false).await?;
    std::fs::rename(&part, path).map_err(failed)
}

/// `safe`: for a terminal, where control characters in names must do no harm; files get the names byte for byte.
async fn write(store: &SharedStore, args: &ExportArgs, out: impl Write, safe: bool) -> Result<(), Failure> {
    match args.format {
        ExportFormat::Json => json(store, out).await,
        ExportFormat::Csv => csv(store, args.table, out, safe).await,
    }
}

async fn json(store: &SharedStore, mut out: impl Write) -> Result<(), Failure> {
    let mut after = None;
    while let Some(page) = next_page(store, &mut after).await? {
        for detail in &page {
            write_json(&mut out, detail)?;
        }
    }
    out.flush()?;
    Ok(())
}

async fn csv(store: &SharedStore, table: ExportTable, out: impl Write, safe: bool) -> Result<(), Failure> {
    let mut writer = ::csv::Writer::from_writer(out);
    writer.write_record(heads(table)).map_err(of_csv)?;
    let mut after = None;
    while let Some(page) = next_page(store, &mut after).await? {
        for detail in &page {
            for record in records(store, table, detail).await? {
                let cells = record.iter().map(|cell| if safe { plain(cell) } else { cell.into() });
                writer.write_record(cells.map(std::borrow::Cow::into_owned)).map_err(of_csv)?;
            }
        }
    }
    writer.flush()?;
    Ok(())
}

async fn next_page(store: &SharedStore, after: &mut Option<ArtistId>) -> Result<Option<Vec<ArtistDetail>>, Failure> {
    let ids = store.artist_ids_after(after.as_ref(), PAGE).await?;
    let Some(last) = ids.last() else { return Ok(None) };
    *after = Some(last.clone());
    Ok(Some(store.artist_details(&ids).await?))
}

const FEATURES: [&str; 13] = [
    "danceability",
    "energy",
    "key",
    "loudness",
    "mode",
    "speechiness",
    "acousticness",
    "instrumentalness",
    "liveness",
    "valence",
    "tempo",
    "time_signature",
    "duration_ms",
];

fn heads(table: ExportTable) -> Vec<&'static str> {
    match table {
        ExportTable::Artists => vec!["id", "name", "followers", "popularity", "url", "image_url", "genres"],
        ExportTable::Albums => {
            vec![
                "artist_id",
                "artist",
                "album_id",
                "album",
                "album_type",
                "album_group",
                "release_date",
                "total_tracks",
                "url",
            ]
        }
        ExportTable::Tracks => {
            let track = ["artist_id", "artist", "market", "rank", "track_id", "track", "album", "popularity", "url"];
            track.into_iter().chain(FEATURES).collect()
        }
        ExportTable::Related => vec!["artist_id", "artist", "rank", "neighbour_id", "neighbour", "distance", "why"],
    }
}

async fn records(store: &SharedStore, table: ExportTable, detail: &ArtistDetail) -> Result<Vec<Vec<String>>, Failure> {
    let artist = &detail.artist;
    let (id, name) = (artist.id.to_string(), artist.name.clone());
    Ok(match table {
        ExportTable::Artists => {
            let genres: Vec<&str> = detail.genres.iter().map(|(g, _)| g.as_str()).collect();
            let (followers, popularity) = (text(artist.followers), text(artist.popularity));
            let (url, image_url) = (text(artist.url.clone()), text(artist.image_url.clone()));
            vec![vec![id, name, followers, popularity, url, image_url, genres.join("|")]]
        }
        ExportTable::Albums => {
            let record = |a: &sixpotify_store::AlbumEntry| {
                vec![
                    id.clone(),
                    name.clone(),
                    a.id.to_string(),
                    a.name.clone(),
                    text(a.album_type.clone()),
                    text(a.album_group.clone()),
                    text(a.release_date.clone()),
                    text(a.total_tracks),
                    text(a.url.clone()),
                ]
            };
            detail.albums.iter().map(record).collect()
        }
        ExportTable::Tracks => {
            let record = |t: &sixpotify_store::TrackEntry| {
                let mut cells = vec![
                    id.clone(),
                    name.clone(),
                    t.market.clone(),
                    t.rank.to_string(),
                    t.id.to_string(),
                    t.name.clone(),
                    text(t.album.clone()),
                    text(t.popularity),
                    text(t.url.clone()),
                ];
                cells.extend(features(t));
                cells
            };
            detail.top_tracks.iter().map(record).collect()
        }
        ExportTable::Related => {
            let related = store.related(&artist.id, usize::from(u16::MAX)).await?;
            let record = |r: sixpotify_store::Related| {
                let distance = r.distance.to_string();
                vec![
                    id.clone(),
                    name.clone(),
                    r.rank.to_string(),
                    r.artist.id.to_string(),
                    r.artist.name,
                    distance,
                    r.why,
                ]
            };
            related.into_iter().map(record).collect()
        }
    })
}

fn features(track: &sixpotify_store::TrackEntry) -> [String; 13] {
    let f = track.features.map(|(f, _)| f).unwrap_or_default();
    [
        text(f.danceability),
        text(f.energy),
        text(f.key),
        text(f.loudness),
        text(f.mode),
        text(f.speechiness),
        text(f.acousticness),
        text(f.instrumentalness),
        text(f.liveness),
        text(f.valence),
        text(f.tempo),
        text(f.time_signature),
        text(f.duration_ms),
    ]
}

/// The error underneath, so that a closed pipe is known for what it is.
pub(crate) fn of_csv(error: ::csv::Error) -> std::io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => std::io::Error::other(format!("{other:?}")),
    }
}

fn text(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |v| v.to_string())
}
