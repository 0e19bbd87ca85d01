//! The program: `spotify-sim --mode development --latency 50ms`.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use spotify_sim::{Config, Mode, Sim};

/// A local stand-in for the Spotify Web API, with a bundled sample of real music.
#[derive(Parser)]
#[command(version, about)]
struct Args {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:6869")]
    listen: SocketAddr,
    /// Regime to play.
    #[arg(long, default_value = "extended")]
    mode: Mode,
    /// Time that every request takes at least, such as 50ms or 1.5s.
    #[arg(long, default_value = "0ms", value_parser = duration)]
    latency: Duration,
    /// The only client id that gets a token.
    #[arg(long, default_value = "demo")]
    client_id: String,
    /// Its secret.
    #[arg(long, default_value = "demo-secret")]
    client_secret: String,
    /// How long a token works.
    #[arg(long, default_value = "1h", value_parser = duration)]
    token_lifetime: Duration,
    /// Requests answered in any window; beyond it 429. Without it there is no limit.
    #[arg(long)]
    limit_per_30s: Option<u32>,
    /// Length of the rolling window.
    #[arg(long, default_value = "30s", value_parser = duration)]
    window: Duration,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let config = Config {
        mode: args.mode,
        latency: args.latency,
        client_id: args.client_id,
        client_secret: args.client_secret,
        token_lifetime: args.token_lifetime,
        limit_per_30s: args.limit_per_30s,
        window: args.window,
    };
    let sim = Sim::start(args.listen, config).await.with_context(|| format!("cannot listen on `{}`", args.listen))?;
    println!("SPOTIFY_API_URL={}", sim.api_url());
    println!("SPOTIFY_TOKEN_URL={}", sim.token_url());
    tokio::signal::ctrl_c().await.context("cannot wait for Ctrl-C")?;
    sim.shutdown().await;
    Ok(())
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
    let number: f64 = number.parse().map_err(|_| format!("`{number}` is no number"))?;
    Duration::try_from_secs_f64(number * factor).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        assert_eq!(duration("50ms"), Ok(Duration::from_millis(50)));
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("1h"), Ok(Duration::from_secs(3600)));
        assert!(duration("50").is_err());
        assert!(duration("s").is_err());
    }

    #[test]
    fn the_arguments_are_sound() {
        use clap::CommandFactory as _;
        Args::command().debug_assert();
    }
}
