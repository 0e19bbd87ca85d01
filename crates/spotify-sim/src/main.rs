//! The program: `spotify-sim --mode development --latency 50ms`.

mod args;

use std::io::{self, Write as _};

use anyhow::Context as _;
use clap::Parser as _;
use spotify_sim::{Sim, generated, sample};

use args::Args;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    if args.names {
        return match print_names(args.artists) {
            // Whoever reads has enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other.context("cannot write the names"),
        };
    }
    let listen = args.listen;
    let sim = Sim::start(listen, args.into()).await.with_context(|| format!("cannot serve on `{listen}`"))?;
    println!("SPOTIFY_API_URL={}", sim.api_url());
    println!("SPOTIFY_TOKEN_URL={}", sim.token_url());
    tokio::signal::ctrl_c().await.context("cannot wait for Ctrl-C")?;
    sim.shutdown().await;
    Ok(())
}

/// Writes the names of all artists as CSV: one column, one line each, quoted only where they must be.
fn print_names(artists: Option<u64>) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let names: Box<dyn Iterator<Item = String>> = match artists {
        Some(count) => Box::new(generated::artist_names(count)),
        None => Box::new(sample::artist_names().into_iter()),
    };
    writeln!(out, "name")?;
    for name in names {
        if name.contains([',', '"']) {
            writeln!(out, "\"{}\"", name.replace('"', "\"\""))?;
        } else {
            writeln!(out, "{name}")?;
        }
    }
    out.flush()
}
