//! The command line: what can be typed.

mod eval;
mod import;
mod names;
mod similar;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use sixpotify_core::{Facet, Source, UnknownWord};
use sixpotify_pipeline::Sources;
use url::Url;

pub(crate) use eval::EvalArgs;
pub(crate) use import::{ImportCommand, ImportCsvArgs, ImportDumpArgs, Licence};
pub(crate) use names::{
    AliasAddArgs, AliasCommand, AliasImportArgs, AliasListArgs, AliasRemoveArgs, FindArgs, FindFormat,
};
pub(crate) use similar::{Method, Popularity, RelateArgs, RowFormat, SimilarArgs};

/// Artist names in; a music catalogue in PostgreSQL or SQLite, and related artists, out.
///
/// Start with `sixpotify demo`: it needs no account, no network and no database server.
#[derive(Debug, Parser)]
#[command(name = "sixpotify", version, propagate_version = true, infer_long_args = true, max_term_width = 100)]
pub(crate) struct Cli {
    /// Catalogue to use: `postgres://user@host/name` or `sqlite:path` [setting: DATABASE_URL]
    #[arg(long, global = true, value_name = "URL", conflicts_with = "demo")]
    pub database_url: Option<String>,

    /// Use the catalogue that `sixpotify demo` made
    #[arg(long, global = true)]
    pub demo: bool,

    /// Read settings from this file instead of `sixpotify.toml`
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Say more of what happens, on stderr; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,

    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Try it: no account, no network, no database server
    ///
    /// Starts a local stand-in for Spotify with a sample of real music, ingests all of its artists through the real
    /// client into a catalogue of its own (never yours), relates them and shows the result. Other commands reach that
    /// catalogue with `--demo`.
    Demo(DemoArgs),
    /// Turn a list of artist names into a catalogue
    ///
    /// Reads names from a CSV file (a header with `name` or `artist`, perhaps `spotify_id` or `url`; or just one name a
    /// line), finds each artist, and stores what the sources tell of it. Says first what it will do. Run it again
    /// at any time: what is known and fresh is not asked for again, and a run that was cut off goes on where it was.
    Ingest(IngestArgs),
    /// Fetch again what is stale, the oldest first
    ///
    /// Takes artists of the catalogue of whom a facet is older than the settings allow (or than `--older-than`), was never
    /// asked for, or failed and is due again. Run it from cron; it ends like `ingest`.
    Refresh(RefreshArgs),
    /// Say which artist a text means, and how that was found
    ///
    /// Finds names in any script and case, with typos, nicknames and sounds: in the catalogue only. Says nothing sure where
    /// several could be meant.
    Find(FindArgs),
    /// Other names of artists: add, list, import
    #[command(subcommand)]
    Alias(AliasCommand),
    /// Say which artist an ambiguous name means
    ///
    /// The choice holds for every list that has the name, now and later.
    Choose(ChooseArgs),
    /// Remove an artist, and keep it out
    Forget(ForgetArgs),
    /// Say which artist an id at a source belongs to
    #[command(subcommand)]
    Link(LinkCommand),
    /// Bring tables and dumps into the catalogue
    #[command(subcommand)]
    Import(ImportCommand),
    /// Compute which artists resemble each other
    ///
    /// Compares all artists of the catalogue by the sound of their tracks, their genres, who is heard by the same people, whom
    /// sources say to be related and who made tracks together, and replaces the stored ranking at once when it is ready.
    Relate(RelateArgs),
    /// Show the artists or songs nearest to one, and why
    Similar(SimilarArgs),
    /// Measure how good the similarity is on this catalogue
    ///
    /// Holds some listeners, and some genres, out of the catalogue, ranks artists without them, and scores the rankings by what was
    /// held out, beside chance, popularity and each signal alone. Stores nothing.
    Eval(EvalArgs),
    /// Show all that is known of an artist, and who said so
    Show(ArtistArgs),
    /// Show what the catalogue holds, what is pending, and the last runs
    Status(JsonArgs),
    /// Serve the chat page, artist pages and the REST interface
    ///
    /// Listens on loopback unless SIXPOTIFY_LISTEN says otherwise. Ctrl-C (or SIGTERM) ends it in good order: what has come in
    /// is answered first.
    Serve(ServeArgs),
    /// Tell a platform that people chat on about the bot: menus, commands, where events go
    #[command(subcommand)]
    Channel(ChannelCommand),
    /// Talk to the chatbot in the terminal
    ///
    /// The same bot as on the chat page: one message a line. A number is an entry of the list above, a letter one of the choices in
    /// brackets. Ctrl-D ends it.
    Chat(ChatArgs),
    /// Write the catalogue out as CSV or JSON
    Export(ExportArgs),
    /// Bring the catalogue's tables up to date
    ///
    /// Commands that need it do so by themselves; this one does nothing else.
    Migrate(JsonArgs),
    /// Show every setting, its value and where it comes from
    Config(JsonArgs),
    /// Find out what works with your keys and settings, and how to mend the rest
    ///
    /// Asks each source that `ingest` asks a request or two. Ends with 0 only when `ingest` can run.
    Doctor(JsonArgs),
    /// Print a completion script for a shell
    ///
    /// For instance: sixpotify completions bash > ~/.local/share/bash-completion/completions/sixpotify
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write the reference pages (for the maintainers)
    #[command(hide = true)]
    GenerateDocs {
        /// Folder to write to
        dir: PathBuf,
    },
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Port of the chat page, on loopback; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 6868)]
    pub port: u16,
    /// Ingest from stand-ins for the open sources instead of Spotify's
    #[arg(long)]
    pub open: bool,
    /// End after the result instead of serving the chat page
    #[arg(long)]
    pub no_serve: bool,
}

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Fetch what people write on Telegram, instead of waiting for it at the webhook; for servers that nobody can reach
    #[arg(long)]
    pub telegram_poll: bool,
}

/// Platforms of `channel`.
#[derive(Debug, Subcommand)]
pub(crate) enum ChannelCommand {
    /// Facebook Messenger
    #[command(subcommand)]
    Messenger(SetupMessenger),
    /// Telegram
    #[command(subcommand)]
    Telegram(SetupTelegram),
}

/// What can be done about Messenger.
#[derive(Debug, Subcommand)]
pub(crate) enum SetupMessenger {
    /// Set up Get Started, the greeting and the menu of the page
    Setup,
}

/// What can be done about Telegram.
#[derive(Debug, Subcommand)]
pub(crate) enum SetupTelegram {
    /// Register the commands, and the webhook or none
    Setup(SetupTelegramArgs),
}

/// Arguments of `channel telegram setup`.
#[derive(Debug, Args)]
pub(crate) struct SetupTelegramArgs {
    /// Where Telegram sends updates, such as `https://your.address/webhooks/telegram`; without it they can be fetched
    #[arg(long, value_name = "URL")]
    pub webhook: Option<Url>,
}

/// Arguments of `ingest`.
#[derive(Debug, Args)]
pub(crate) struct IngestArgs {
    /// CSV file with names; `-` for standard input
    #[arg(value_name = "FILE", required_unless_present = "name")]
    pub file: Option<PathBuf>,
    /// A name, besides those of the file; may be given several times
    #[arg(long, value_name = "NAME")]
    pub name: Vec<String>,
    /// What to fetch: profile, genres, albums, top_tracks, audio_features, aliases, links, related [default: all]
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = facet)]
    pub facets: Option<Vec<Facet>>,
    /// Whom to ask: spotify, musicbrainz, listenbrainz, deezer, reccobeats, lastfm
    ///
    /// By default the setting SIXPOTIFY_SOURCES; where that is not set: without Spotify keys all others, with keys spotify, and
    /// the others too where the keys turn out to be in development mode.
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = source)]
    pub source: Vec<Source>,
    /// `open` leaves out MusicBrainz's genres and votes, which are licensed CC BY-NC-SA
    #[arg(long, value_enum, default_value_t = Licence::All)]
    pub license: Licence,
    /// The longest wait when a source wants no requests; beyond it everything is saved, and where nobody else is asked the run ends
    /// with 75
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub max_wait: Duration,
    /// Say what would be done, and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Print the plan or the report as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `refresh`.
#[derive(Debug, Args)]
pub(crate) struct RefreshArgs {
    /// Take what is older than this, whatever the settings say
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub older_than: Option<Duration>,
    /// What to fetch: profile, genres, albums, top_tracks, audio_features, aliases, links, related [default: as for ingest]
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = facet)]
    pub facets: Option<Vec<Facet>>,
    /// Whom to ask: spotify, musicbrainz, listenbrainz, deezer, reccobeats, lastfm [default: as for ingest]
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = source)]
    pub source: Vec<Source>,
    /// `open` leaves out MusicBrainz's genres and votes, which are licensed CC BY-NC-SA
    #[arg(long, value_enum, default_value_t = Licence::All)]
    pub license: Licence,
    /// The longest wait when a source wants no requests; beyond it everything is saved, and where nobody else is asked the run ends
    /// with 75
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub max_wait: Duration,
    /// Say what would be done, and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Print the plan or the report as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `choose`.
#[derive(Debug, Args)]
pub(crate) struct ChooseArgs {
    /// The name as it stands in the list
    pub name: String,
    /// The artist: a Spotify id, link or URI
    #[arg(value_name = "ID|URL")]
    pub artist: String,
}

/// What is settled of a link.
#[derive(Debug, Subcommand)]
pub(crate) enum LinkCommand {
    /// The id is this artist's, whoever had it
    Add(LinkArgs),
    /// The id is not this artist's, and no source joins them again
    ///
    /// What that source said of the artist goes too; the next refresh asks again.
    Remove(LinkArgs),
    /// List an artist's ids at sources, and the joins that were undone
    List(LinkListArgs),
}

/// Arguments of `link`.
#[derive(Debug, Args)]
pub(crate) struct LinkArgs {
    /// Name or id of the artist in the catalogue
    pub artist: String,
    /// Address of a page at Spotify, MusicBrainz, Deezer or Last.fm, or `source:id`
    #[arg(value_name = "URL|SOURCE:ID")]
    pub link: String,
}

/// Arguments of `link list`.
#[derive(Debug, Args)]
pub(crate) struct LinkListArgs {
    /// Name or id of the artist in the catalogue [default: only the joins that were undone, of all artists]
    pub artist: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `forget`.
#[derive(Debug, Args)]
pub(crate) struct ForgetArgs {
    /// Name, Spotify id or link
    pub artist: String,
}

/// Arguments of `show`.
#[derive(Debug, Args)]
pub(crate) struct ArtistArgs {
    /// Name, Spotify id or link
    pub artist: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of commands that only read.
#[derive(Debug, Args)]
pub(crate) struct JsonArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `chat`.
#[derive(Debug, Args)]
pub(crate) struct ChatArgs {
    /// Print each answer as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// `csv`: one table; `json`: one line an artist, with everything
    #[arg(value_enum)]
    pub format: ExportFormat,
    /// The table for `csv`
    #[arg(long, value_enum, default_value_t = ExportTable::Artists)]
    pub table: ExportTable,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Formats of `export`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// Comma-separated values with a header
    Csv,
    /// JSON lines
    Json,
}

/// Tables of `export csv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportTable {
    /// Profile and genres (joined by `|`), one line an artist
    Artists,
    /// Albums, one line an artist and album
    Albums,
    /// Top tracks with audio features, one line an artist, market and rank
    Tracks,
    /// Related artists, one line a neighbour
    Related,
}

/// A source that can be asked.
pub(crate) fn source(text: &str) -> Result<Source, String> {
    let asked = Source::ALL.iter().filter(|source| !matches!(source, Source::Csv | Source::User));
    known("source", text, asked.map(|source| (source.as_str(), *source)))
}

/// Whose facts may enter a ranking: `open`, `all`, or names of sources parted by commas.
pub(crate) fn ranked_sources(text: &str) -> Result<Sources, String> {
    let words = || ["all", "open"].into_iter().chain(Source::ALL.iter().map(|source| source.as_str()));
    for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        known("source", word, words().map(|word| (word, ())))?;
    }
    text.parse().map_err(|error: UnknownWord| error.to_string())
}

/// A facet.
pub(crate) fn facet(text: &str) -> Result<Facet, String> {
    known("facet", text, Facet::ALL.iter().map(|facet| (facet.as_str(), *facet)))
}

/// The thing that a word of `words` names; otherwise an error that names the nearest.
fn known<T>(kind: &str, text: &str, words: impl Iterator<Item = (&'static str, T)>) -> Result<T, String> {
    let text = text.trim();
    let likeness = |word: &str| strsim::jaro_winkler(word, &text.to_lowercase());
    match words.max_by(|(a, _), (b, _)| (*a == text).cmp(&(*b == text)).then(likeness(a).total_cmp(&likeness(b)))) {
        Some((word, thing)) if word == text => Ok(thing),
        Some((nearest, _)) => Err(format!("unknown {kind} `{text}`; the nearest known one is `{nearest}`")),
        None => Err(format!("unknown {kind} `{text}`")),
    }
}

/// `90`, `90s`, `500ms`, `5m`, `2h`, `7d`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| "expected a time such as `60s`, `5m` or `2h`".to_owned())?;
    match unit {
        "ms" => Ok(Duration::from_millis(number)),
        "" | "s" => Ok(Duration::from_secs(number)),
        "m" | "min" => Ok(Duration::from_secs(number.saturating_mul(60))),
        "h" => Ok(Duration::from_secs(number.saturating_mul(3600))),
        "d" => Ok(Duration::from_secs(number.saturating_mul(86_400))),
        _ => Err(format!("unknown unit `{unit}`; known: ms, s, m, h, d")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn times_are_read() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("60"), Ok(Duration::from_secs(60)));
        assert_eq!(duration("2h"), Ok(Duration::from_secs(7200)));
        assert!(duration("soon").is_err());
        assert_eq!(
            source("musicbranz").unwrap_err(),
            "unknown source `musicbranz`; the nearest known one is `musicbrainz`"
        );
        assert!(source("csv").is_err(), "nobody can be asked");
        assert_eq!(
            ranked_sources("csv, open").unwrap().to_string(),
            "csv,open".parse::<Sources>().unwrap().to_string()
        );
        assert_eq!(ranked_sources("csv,opne").unwrap_err(), "unknown source `opne`; the nearest known one is `open`");
        assert!(duration("3 days").is_err());
    }
}
