//! What can be typed after `eval`.

use clap::Args;
use sixpotify_pipeline::Sources;

/// Arguments of `eval`.
#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    /// Places of a ranking that count
    #[arg(short, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub k: u16,
    /// Share of the listeners that are held out
    #[arg(long, value_name = "SHARE", default_value_t = 0.5, value_parser = share)]
    pub listeners: f64,
    /// Share of the genre vocabulary that is held out
    #[arg(long, value_name = "SHARE", default_value_t = 0.4, value_parser = share)]
    pub genres: f64,
    /// Chooses what is held out; another seed, another split
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Whose facts may enter: `all`, `open` (all but Spotify's), or names such as `musicbrainz,csv`
    #[arg(long, value_name = "A,B", default_value = "all", value_parser = super::ranked_sources)]
    pub sources: Sources,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
}

/// A number above 0 and below 1.
fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "expected a share such as `0.5`".to_owned())?;
    if share > 0.0 && share < 1.0 { Ok(share) } else { Err("a share is above 0 and below 1".to_owned()) }
}
