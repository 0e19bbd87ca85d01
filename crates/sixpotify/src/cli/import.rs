//! What can be typed after `import`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// What is imported.
#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Your own tables of artists, tracks and co-listening
    ///
    /// Columns are found by their heads, in any order: artists have `artist` and perhaps `genres` (parted by `|`), `popularity`,
    /// `n_tracks` and audio features by Spotify's names; tracks `track_id` and perhaps `track_name`, `artist`, `release_date` or
    /// `release_year`, `popularity`, `explicit` and features; co-listening `user`, `artist` and perhaps `plays`. Names are kept byte
    /// for byte: two spellings are two artists. Run it again at any time: the same tables leave the same catalogue.
    Csv(ImportCsvArgs),
}

/// Arguments of `import csv`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("tables").required(true).multiple(true).args(["artists", "tracks", "colisten"]))]
pub(crate) struct ImportCsvArgs {
    /// Table of artists; says who is in the catalogue, so that the others add nobody
    #[arg(long, value_name = "FILE")]
    pub artists: Option<PathBuf>,
    /// Table of tracks
    #[arg(long, value_name = "FILE")]
    pub tracks: Option<PathBuf>,
    /// Table of who heard whom how often; names of users are hashed and never stored
    #[arg(long, value_name = "FILE")]
    pub colisten: Option<PathBuf>,
    /// Add artists that only tracks or co-listening name [default: only without `--artists`]
    #[arg(long)]
    pub add_artists: bool,
    /// Add no artist that only tracks or co-listening name
    #[arg(long, conflicts_with = "add_artists")]
    pub known_only: bool,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
}
