//! What can be typed after `relate` and `similar`.

use clap::{Args, ValueEnum};
use sixpotify_pipeline::Sources;

/// Arguments of `relate`.
#[derive(Debug, Args)]
pub(crate) struct RelateArgs {
    /// What to compare (default: blend)
    #[arg(long, value_enum)]
    pub method: Option<Method>,
    /// Neighbours to keep of each artist (default: 50)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub depth: Option<u16>,
    /// Whose facts may enter: `all`, `open` (all but Spotify's), or names such as `musicbrainz,csv` (default: all)
    #[arg(long, value_name = "A,B", value_parser = super::ranked_sources)]
    pub sources: Option<Sources>,
    /// Compute the neighbours of this artist alone (name, id or link) and enter it into those of others, without computing the rest
    /// anew; method, depth and sources are those of the stored ranking unless given
    #[arg(long, value_name = "ARTIST")]
    pub only: Option<String>,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
}

/// What `relate` compares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Method {
    /// All that is known together
    #[default]
    Blend,
    /// The sound alone
    Audio,
    /// The genres alone
    Genres,
    /// Co-listening, sources' lists and shared tracks alone
    Behaviour,
}

/// Arguments of `similar`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["artist", "song", "all"]))]
pub(crate) struct SimilarArgs {
    /// Name, id or link
    pub artist: Option<String>,
    /// Songs nearest to this one: `TITLE - ARTIST`, a title, or a track's id or link
    #[arg(long, value_name = "TITLE - ARTIST|ID")]
    pub song: Option<String>,
    /// Everybody's neighbours, as a stream of rows
    #[arg(long)]
    pub all: bool,
    /// Songs: those of the artist to start with, and those nearest to them; with `--all`, the neighbours of all songs
    #[arg(long, conflicts_with = "song")]
    pub songs: bool,
    /// Neighbours to show
    #[arg(short, long = "depth", value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    pub n: u16,
    /// Only neighbours of the better or the less known half of the catalogue, by the median popularity
    #[arg(long, value_enum, default_value_t = Popularity::Any, value_name = "HOW")]
    pub popularity: Popularity,
    /// Allow songs of the same artist
    #[arg(long)]
    pub same_artist: bool,
    /// Only songs that are known to be available in this country (ISO 3166-1 alpha-2)
    #[arg(long, value_name = "COUNTRY", value_parser = country)]
    pub market: Option<String>,
    /// No songs with explicit words
    #[arg(long)]
    pub no_explicit: bool,
    /// Whose facts of songs may enter: `all`, `open` (all but Spotify's), or names; for artists, `relate` decides
    #[arg(long, value_name = "A,B", default_value = "all", value_parser = super::ranked_sources)]
    pub sources: Sources,
    /// How `--all` writes rows (default: csv, with `--json` JSON lines)
    #[arg(long, value_enum)]
    pub format: Option<RowFormat>,
    /// Print JSON
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
}

impl SimilarArgs {
    /// How `--all` writes rows: CSV, unless something else is wanted.
    pub(crate) fn rows(&self) -> RowFormat {
        self.format.unwrap_or(if self.json { RowFormat::Json } else { RowFormat::Csv })
    }
}

/// Two letters of a country.
fn country(text: &str) -> Result<String, String> {
    match text.trim() {
        code if code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphabetic()) => Ok(code.to_ascii_uppercase()),
        _ => Err("expected the two letters of a country (ISO 3166-1), such as `KR`".to_owned()),
    }
}

/// Which neighbours are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Popularity {
    /// All
    Any,
    /// The better known half
    Known,
    /// The less known half, and those of unknown popularity
    Hidden,
}

/// Formats of `similar --all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowFormat {
    /// Comma-separated values with a header
    Csv,
    /// JSON lines
    Json,
}
