//! What can be typed after `find` and `alias`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Arguments of `find`.
#[derive(Debug, Args)]
pub(crate) struct FindArgs {
    /// What somebody typed: a name, perhaps misspelt or in another script, an id or a link
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    pub text: Option<String>,
    /// Answer every line of a file: CSV with a column `query`, or one query a line; `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// How to write the answers to a file
    #[arg(long, value_enum, requires = "file", default_value_t = FindFormat::Csv)]
    pub format: FindFormat,
    /// Say every step on the way
    #[arg(long, conflicts_with = "file")]
    pub explain: bool,
    /// Print JSON (with `--file`: one line an answer)
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
}

/// Formats of `find --file`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FindFormat {
    /// `query,answer,how,score,candidates`: the answer is empty unless it is sure, candidates are joined by `|`
    Csv,
    /// One line an answer
    Json,
}

/// What is done with other names.
#[derive(Debug, Subcommand)]
pub(crate) enum AliasCommand {
    /// Give an artist another name
    Add(AliasAddArgs),
    /// Take back another name that was given by hand
    Remove(AliasRemoveArgs),
    /// Show other names, and who says so
    List(AliasListArgs),
    /// Take over many from a file
    ///
    /// Either one artist a line, `name<TAB>alias|alias`, an alias perhaps with its language before it (`ko:에스파`); or CSV with
    /// the columns `artist` and `alias`, and perhaps `locale`. Artists are named as for `alias add`.
    Import(AliasImportArgs),
}

/// Arguments of `alias add`.
#[derive(Debug, Args)]
pub(crate) struct AliasAddArgs {
    /// The artist: its name as it is stored, an alias of it, an id or a link
    pub artist: String,
    /// The other name
    pub alias: String,
    /// The language that it is in, for instance `ko`
    #[arg(long, value_name = "LANGUAGE")]
    pub locale: Option<String>,
}

/// Arguments of `alias remove`.
#[derive(Debug, Args)]
pub(crate) struct AliasRemoveArgs {
    /// The artist: its name as it is stored, an alias of it, an id or a link
    pub artist: String,
    /// The other name, to the letter
    pub alias: String,
}

/// Arguments of `alias list`.
#[derive(Debug, Args)]
pub(crate) struct AliasListArgs {
    /// The artist [default: all that have other names]
    pub artist: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `alias import`.
#[derive(Debug, Args)]
pub(crate) struct AliasImportArgs {
    /// The file; `-` for standard input
    pub file: PathBuf,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
}
