//! The flags.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;
use spotify_sim::{Config, Fault, Mode};

/// A local stand-in for the Spotify Web API, with a bundled sample of real music.
///
/// Prints the two URLs to give to a client. `GET /stats` shows what was asked of it; `POST /control` takes a JSON object
/// of settings (`GET /control` lists them) and of acts: `advance_ms`, `revoke_tokens`, `reset_stats`, `reset_limits`,
/// `all_faults`.
#[derive(Parser)]
#[command(version, about)]
pub(crate) struct Args {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:6869")]
    pub(crate) listen: SocketAddr,
    /// Regime to play.
    #[arg(long, default_value = "extended")]
    mode: Mode,
    /// Time that every request takes at least, such as 50ms or 1.5s.
    #[arg(long, default_value = "0ms", value_parser = duration)]
    latency: Duration,
    /// How far the header Date is ahead of the true time.
    #[arg(long, default_value = "0ms", value_parser = duration)]
    clock_ahead: Duration,
    /// The only client id that gets a token.
    #[arg(long, default_value = "demo")]
    client_id: String,
    /// Its secret.
    #[arg(long, default_value = "demo-secret")]
    client_secret: String,
    /// Serve so many generated artists instead of the sample.
    #[arg(long, value_name = "N")]
    pub(crate) artists: Option<u64>,
    /// Print the names of all artists as CSV and exit.
    #[arg(long)]
    pub(crate) names: bool,

    /// How long a token is said to work, and works.
    #[arg(long, default_value = "1h", value_parser = duration, help_heading = "Tokens")]
    token_lifetime: Duration,
    /// A token dies after this time, whatever was said.
    #[arg(long, value_parser = duration, help_heading = "Tokens")]
    token_dies_after: Option<Duration>,
    /// A token dies after this many requests.
    #[arg(long, value_name = "N", help_heading = "Tokens")]
    token_requests: Option<u32>,

    /// Requests answered in any window; beyond it 429. Without it there is no limit.
    #[arg(long, value_name = "N", help_heading = "Limits")]
    limit_per_30s: Option<u32>,
    /// Length of the rolling window.
    #[arg(long, default_value = "30s", value_parser = duration, help_heading = "Limits")]
    window: Duration,
    /// Requests answered in any 24 hours; beyond it 429 with the reason QUOTA_EXCEEDED.
    #[arg(long, value_name = "N", help_heading = "Limits")]
    quota_per_day: Option<u32>,
    /// What Retry-After says then, instead of the true time.
    #[arg(long, value_parser = duration, help_heading = "Limits")]
    quota_retry_after: Option<Duration>,
    /// Double the wait, up to a day, for every request sent while limited.
    #[arg(long, help_heading = "Limits")]
    escalation: bool,
    /// Time after a 429 in which requests on their way are forgiven, besides the latency.
    #[arg(long, default_value = "500ms", value_parser = duration, help_heading = "Limits")]
    escalation_grace: Duration,
    /// Share of answers 429 without Retry-After.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, help_heading = "Limits")]
    retry_after_missing: f64,
    /// Share of answers 429 with a body of text.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, help_heading = "Limits")]
    limited_as_text: f64,

    /// Share of requests that meet a fault of any kind.
    #[arg(long, value_name = "SHARE", help_heading = "Faults")]
    faults: Option<f64>,
    /// Share of requests that meet one kind of fault, such as reset-inside=0.01; may be repeated.
    #[arg(long, value_name = "KIND=SHARE", value_parser = fault, help_heading = "Faults")]
    fault: Vec<(Fault, f64)>,
    /// Which requests meet a fault.
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Faults")]
    fault_seed: u64,
    /// Let the token endpoint have faults too.
    #[arg(long, help_heading = "Faults")]
    faults_on_tokens: bool,
    /// How long a stall lasts.
    #[arg(long, default_value = "60s", value_parser = duration, help_heading = "Faults")]
    stall: Duration,

    /// Id of an artist, album or track that is gone; may be repeated.
    #[arg(long, value_name = "ID", help_heading = "Ids")]
    gone: Vec<String>,
    /// Share of artists that are gone.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, help_heading = "Ids")]
    gone_share: f64,
    /// Artist that was merged into another, which answers for it; may be repeated.
    #[arg(long, value_name = "ID=ID", value_parser = pair, help_heading = "Ids")]
    merged: Vec<(String, String)>,
    /// Share of artists that have a new id, with which the old one answers.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, help_heading = "Ids")]
    merged_share: f64,
}

impl From<Args> for Config {
    fn from(args: Args) -> Self {
        let mut config = Self {
            mode: args.mode,
            latency: args.latency,
            clock_ahead: args.clock_ahead,
            client_id: args.client_id,
            client_secret: args.client_secret,
            token_lifetime: args.token_lifetime,
            token_dies_after: args.token_dies_after,
            token_requests: args.token_requests,
            limit_per_30s: args.limit_per_30s,
            window: args.window,
            quota_per_day: args.quota_per_day,
            quota_retry_after: args.quota_retry_after,
            escalation: args.escalation,
            escalation_grace: args.escalation_grace,
            retry_after_missing: args.retry_after_missing,
            limited_as_text: args.limited_as_text,
            fault_seed: args.fault_seed,
            faults_on_tokens: args.faults_on_tokens,
            stall: args.stall,
            gone: args.gone.into_iter().collect(),
            gone_share: args.gone_share,
            merged: args.merged.into_iter().collect(),
            merged_share: args.merged_share,
            artists: args.artists,
            ..Self::default()
        };
        if let Some(share) = args.faults {
            config.set_all_faults(share);
        }
        config.faults.extend(args.fault);
        config
    }
}

/// Reads a time such as `50ms`, `1.5s`, `2m`, `1h` or `1d`.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return Err("expected a number and a unit: ms, s, m, h or d".to_owned()),
    };
    let number: f64 = number.parse().map_err(|_| format!("`{number}` is not a number"))?;
    Duration::try_from_secs_f64(number * factor).map_err(|error| error.to_string())
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (left, right) = text.split_once('=').ok_or("expected two parts with `=` between them")?;
    Ok((left.to_owned(), right.to_owned()))
}

fn fault(text: &str) -> Result<(Fault, f64), String> {
    let (kind, share) = pair(text)?;
    Ok((kind.parse()?, share.parse().map_err(|_| format!("`{share}` is not a share from 0 to 1"))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        assert_eq!(duration("50ms"), Ok(Duration::from_millis(50)));
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("1d"), Ok(Duration::from_secs(86_400)));
        assert!(duration("50").is_err());
        assert!(duration("s").is_err());
    }

    #[test]
    fn flags_become_settings() {
        let flags = "sim --mode development --faults 0.12 --fault stall=0.5 --merged a=b --limit-per-30s 9";
        let config = Config::from(Args::parse_from(flags.split(' ')));
        assert_eq!((config.mode, config.limit_per_30s), (Mode::Development, Some(9)));
        assert_eq!((config.faults[&Fault::Stall], config.faults.len()), (0.5, 12));
        assert_eq!(config.merged["a"], "b");
        assert_eq!(Config::from(Args::parse_from(["sim"])), Config::default());
    }

    #[test]
    fn the_flags_are_sound() {
        use clap::CommandFactory as _;
        Args::command().debug_assert();
    }
}
