//! The flags.

use std::net::SocketAddr;

use clap::Parser;
use open_sim::{Config, Fault, Service};

/// Local stand-ins for MusicBrainz, ListenBrainz, Deezer, ReccoBeats and Last.fm, with a bundled sample of real music.
///
/// Prints the settings to give to `sixpotify`. `GET /stats` shows what was asked of them; `POST /control` takes a JSON
/// object of settings (`GET /control` lists them) and of acts: `advance_ms`, `reset_stats`, `reset_limits`.
#[derive(Parser)]
#[command(version, about)]
pub(crate) struct Args {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:6870")]
    pub(crate) listen: SocketAddr,
    /// Print the names of all artists as CSV and exit.
    #[arg(long)]
    pub(crate) names: bool,
    /// Leave out the limits of the real services.
    #[arg(long)]
    no_limits: bool,
    /// Let the clock, and with it the limits, run so many times as fast as the real one.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    time_scale: f64,
    /// Service that is gone: its connections are reset; may be repeated.
    #[arg(long, value_name = "SERVICE")]
    gone: Vec<Service>,
    /// Share of requests that meet a fault of any kind: for all services, or for one such as deezer=0.1; may be repeated.
    #[arg(long, value_name = "[SERVICE=]SHARE", value_parser = faults)]
    faults: Vec<(Option<Service>, f64)>,
    /// Share of requests to a service that meet one kind of fault, such as deezer=stall=0.01; may be repeated.
    #[arg(long, value_name = "SERVICE=KIND=SHARE", value_parser = fault)]
    fault: Vec<(Service, Fault, f64)>,
    /// Which requests meet a fault.
    #[arg(long, value_name = "N", default_value_t = 0)]
    fault_seed: u64,
    /// How long a stall lasts, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 60_000)]
    stall_ms: u64,
    /// Time that every request takes at least, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency_ms: u64,
}

impl From<Args> for Config {
    fn from(args: Args) -> Self {
        let mut config = Self {
            fault_seed: args.fault_seed,
            stall_ms: args.stall_ms,
            time_scale: args.time_scale,
            ..Self::default()
        };
        for service in Service::ALL {
            let settings = config.service(service);
            settings.limited = !args.no_limits;
            settings.gone = args.gone.contains(&service);
            settings.latency_ms = args.latency_ms;
            for (_, share) in args.faults.iter().filter(|(only, _)| only.is_none_or(|only| only == service)) {
                settings.set_all_faults(*share);
            }
        }
        for (service, fault, share) in args.fault {
            config.service(service).faults.insert(fault, share);
        }
        config
    }
}

fn share(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| format!("`{text}` is not a share from 0 to 1"))
}

fn faults(text: &str) -> Result<(Option<Service>, f64), String> {
    match text.split_once('=') {
        Some((service, rest)) => Ok((Some(service.parse()?), share(rest)?)),
        None => Ok((None, share(text)?)),
    }
}

fn fault(text: &str) -> Result<(Service, Fault, f64), String> {
    let mut parts = text.splitn(3, '=');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(service), Some(kind), Some(rest)) => Ok((service.parse()?, kind.parse()?, share(rest)?)),
        _ => Err("expected three parts with `=` between them, such as deezer=stall=0.01".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_become_settings() {
        let flags = "sim --time-scale 20 --gone labs --faults 0.14 --faults deezer=0.28 --fault lastfm=stall=0.5";
        let config = Config::from(Args::parse_from(flags.split(' ')));
        assert!(config.of(Service::Labs).gone && config.of(Service::MusicBrainz).limited);
        assert!((config.of(Service::Deezer).faults[&Fault::Html] - 0.02).abs() < 1e-9);
        assert!((config.of(Service::LastFm).faults[&Fault::Stall] - 0.5).abs() < 1e-9);
        assert!(!Config::from(Args::parse_from(["sim", "--no-limits"])).of(Service::Deezer).limited);
        assert!(fault("deezer=stall").is_err() && faults("spotify=1").is_err());
    }

    #[test]
    fn the_flags_are_sound() {
        use clap::CommandFactory as _;
        Args::command().debug_assert();
    }
}
