//! Ranks a folder of comma-separated tables and writes `artist,neighbour,rank`, the form that ranking scorers read:
//! `score DIR artists [--table FILE] [--only FILE] [--colisten FILE] [--no-genres] [--half-genres] [--depth N]` or
//! `score DIR tracks TABLE [--artists FILE] [--depth N]`; the answer goes to standard output.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use sixpotify_similar::{AudioProfile, Feature, Item, Listen, Method, Song, SongFilter, SongSpace, Space};

type Row = HashMap<String, String>;
type Failure = Box<dyn Error>;

/// The options of a command line, and what remains.
struct Options {
    plain: Vec<String>,
    valued: BTreeMap<String, String>,
}

impl Options {
    fn read() -> Self {
        let mut options = Self { plain: Vec::new(), valued: BTreeMap::new() };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            match word.strip_prefix("--") {
                Some(flag @ ("no-genres" | "half-genres")) => {
                    options.valued.insert(flag.to_owned(), String::new());
                }
                Some(name) => {
                    options.valued.insert(name.to_owned(), words.next().unwrap_or_default());
                }
                None => options.plain.push(word),
            }
        }
        options
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.valued.get(name).map(String::as_str)
    }

    fn depth(&self) -> usize {
        self.get("depth").and_then(|text| text.parse().ok()).unwrap_or(100)
    }
}

fn table(path: &Path) -> Result<Vec<Row>, Failure> {
    let mut reader = csv::Reader::from_path(path).map_err(|e| format!("cannot read `{}`: {e}", path.display()))?;
    Ok(reader.deserialize().collect::<Result<_, _>>()?)
}

fn number(row: &Row, column: &str) -> Option<f32> {
    row.get(column)?.parse().ok()
}

fn audio(row: &Row) -> AudioProfile {
    Feature::ALL.into_iter().map(|feature| (feature, number(row, feature.name()))).collect()
}

fn genres(row: &Row) -> Vec<String> {
    row.get("genres")
        .map(|text| text.split('|').filter(|g| !g.is_empty()).map(str::to_owned).collect())
        .unwrap_or_default()
}

/// FNV-1a: which half of the artists loses its genres, the same at every run.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, byte| (h ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn artists(dir: &Path, options: &Options) -> Result<(), Failure> {
    let mut rows = table(&dir.join(options.get("table").unwrap_or("artists.csv")))?;
    if let Some(file) = options.get("only") {
        let only: HashSet<String> =
            table(&dir.join(file))?.into_iter().filter_map(|mut row| row.remove("artist")).collect();
        rows.retain(|row| row.get("artist").is_some_and(|name| only.contains(name)));
    }
    let names: Vec<String> = rows.iter().map(|row| row["artist"].clone()).collect();
    let item = |row: &Row| {
        let dropped = options.get("no-genres").is_some()
            || options.get("half-genres").is_some() && (hash(&row["artist"]) >> 20).is_multiple_of(2);
        Item {
            audio: Some(audio(row)),
            genres: if dropped { Vec::new() } else { genres(row) },
            popularity: number(row, "popularity"),
            ..Item::default()
        }
    };
    let items: Vec<Item> = rows.iter().map(item).collect();
    let positions: HashMap<&str, u32> = names.iter().map(String::as_str).zip(0..).collect();
    let mut listens = Vec::new();
    if let Some(file) = options.get("colisten") {
        let listen = |row: &Row| {
            let item = *positions.get(row.get("artist")?.as_str())?;
            Some(Listen { user: row.get("user")?.parse().ok()?, item, plays: number(row, "plays")? })
        };
        // An absolute path stays as it is.
        listens.extend(table(&dir.join(file))?.iter().filter_map(listen));
    }
    let space = Space::with_listens(&items, &listens, Method::Blend);
    let mut out = csv::Writer::from_writer(std::io::stdout().lock());
    out.write_record(["artist", "neighbour", "rank", "distance"])?;
    for batch in space.all(options.depth()) {
        for (index, list) in (batch.first..).zip(batch.lists) {
            for (rank, near) in (1..).zip(list) {
                out.write_record([
                    &names[index],
                    &names[near.index],
                    &format!("{rank}"),
                    &format!("{}", near.distance),
                ])?;
            }
        }
    }
    Ok(out.flush()?)
}

fn tracks(dir: &Path, file: &str, options: &Options) -> Result<(), Failure> {
    let artists = options.get("artists").map_or_else(|| Ok(Vec::new()), |file| table(&dir.join(file)))?;
    let genres_of: HashMap<&str, Vec<String>> =
        artists.iter().map(|row| (row["artist"].as_str(), genres(row))).collect();
    let song = |row: &Row| Song {
        id: row["track_id"].clone(),
        artists: row.get("artist").into_iter().cloned().collect(),
        title: row.get("track_name").cloned().unwrap_or_default(),
        audio: audio(row),
        year: number(row, "release_year").or_else(|| row.get("release_date")?.get(..4)?.parse().ok()),
        genres: row.get("artist").and_then(|name| genres_of.get(name.as_str())).cloned().unwrap_or_default(),
        popularity: number(row, "popularity"),
        ..Song::default()
    };
    let space = SongSpace::build(table(&dir.join(file))?.iter().map(song).collect());
    let mut out = csv::Writer::from_writer(std::io::stdout().lock());
    out.write_record(["artist", "neighbour", "rank"])?;
    let name = |index| space.id(index).unwrap_or_default();
    for batch in space.all(options.depth(), &SongFilter::default()) {
        for (index, list) in (batch.first..).zip(batch.lists) {
            for (rank, near) in (1..).zip(list) {
                out.write_record([name(index), name(near.index), &format!("{rank}")])?;
            }
        }
    }
    Ok(out.flush()?)
}

fn run() -> Result<(), Failure> {
    let options = Options::read();
    match options.plain.as_slice() {
        [dir, what] if what == "artists" => artists(Path::new(dir), &options),
        [dir, what, file] if what == "tracks" => tracks(Path::new(dir), file, &options),
        _ => Err("usage: score DIR artists|tracks [OPTIONS]".into()),
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
