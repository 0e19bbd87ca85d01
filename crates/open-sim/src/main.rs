//! The program: `open-sim --time-scale 20`.

mod args;

use std::io::{self, Write as _};

use anyhow::Context as _;
use clap::Parser as _;
use open_sim::{OpenSim, RunningSim, Service};

use args::Args;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let (listen, names) = (args.listen, args.names);
    let listen = if names { "127.0.0.1:0".parse()? } else { listen };
    let sim = OpenSim::start(listen, args.into()).await.with_context(|| format!("cannot serve on `{listen}`"))?;
    if names {
        return match print_names(&sim) {
            // Whoever reads has enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other.context("cannot write the names"),
        };
    }
    for service in Service::ALL {
        println!("{}={}", service.setting(), sim.url(service));
    }
    let scale = sim.config().time_scale;
    if scale > 1.0 {
        // The pace of the real services, as fast as the clock runs here.
        println!("MUSICBRAINZ_SPACING_MS={:.0}", 1100.0 / scale);
        for (setting, requests) in
            [("DEEZER_BUDGET_5S", 40.0), ("RECCOBEATS_BUDGET_10S", 20.0), ("LASTFM_BUDGET_5S", 20.0)]
        {
            println!("{setting}={:.0}", requests * scale);
        }
    }
    println!("LISTENBRAINZ_TOKEN={}", sim.config().listenbrainz_token);
    println!("LASTFM_API_KEY={}", sim.config().lastfm_key);
    tokio::signal::ctrl_c().await.context("cannot wait for Ctrl-C")?;
    sim.shutdown().await;
    Ok(())
}

/// Writes the names of all artists as CSV: one column, one line each, quoted only where they must be.
fn print_names(sim: &RunningSim) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    writeln!(out, "name")?;
    for name in sim.names() {
        if name.contains([',', '"']) {
            writeln!(out, "\"{}\"", name.replace('"', "\"\""))?;
        } else {
            writeln!(out, "{name}")?;
        }
    }
    out.flush()
}
