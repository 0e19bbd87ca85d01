//! What can be typed after `import`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

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
    /// MusicBrainz's JSON dump of artists, `artist.tar.xz`
    ///
    /// Names, aliases, genres by votes, and ids elsewhere, by which artists of the catalogue are recognised. Get it from
    /// <https://metabrainz.org/datasets>. An import that is cut off goes on where it was.
    #[command(name = "musicbrainz")]
    MusicBrainz {
        #[command(flatten)]
        dump: ImportDumpArgs,
        /// `open` leaves out genres and votes, which are licensed CC BY-NC-SA
        #[arg(long, value_enum, default_value_t = Licence::All)]
        license: Licence,
    },
    /// ListenBrainz's dump of listens, `listenbrainz-listens-dump-*.tar.zst`
    ///
    /// In how many sittings who heard which artist of the catalogue: what `relate` learns from. Names of listeners are hashed
    /// and never stored. Import artists first. A full dump replaces what was counted, an incremental one adds to it.
    #[command(name = "listenbrainz")]
    ListenBrainz(ImportDumpArgs),
}

/// What of a dump is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Licence {
    /// Everything
    All,
    /// Without what MusicBrainz gives under CC BY-NC-SA
    Open,
}

/// Arguments of imports of dumps.
#[derive(Debug, Args)]
pub(crate) struct ImportDumpArgs {
    /// The dump, as it was downloaded
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Take a dump that is older than the catalogue's, one that is in it already, or one that lacks many of its artists
    #[arg(long)]
    pub force: bool,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
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
