//! `sixpotify`: artist names in; a music catalogue and related artists out.
//!
//! The binary holds commands, settings and output, no logic of its own: see the crates it is made of.

mod catalogue;
mod cli;
mod commands;
mod failure;
mod plain;
mod printer;
mod progress;
mod settings;
mod signals;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    init_log(cli.verbose);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failure::Failure::new(format!("cannot start: {error}")).report(),
    };
    let result = runtime.block_on(commands::run(cli));
    // A second Ctrl-C, or a hanging resolver, must not hold up the end: what matters is written.
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => failure.report(),
    }
}

/// Logs go to stderr: warnings, or more with `-v`; `RUST_LOG` overrules.
fn init_log(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "info,sixpotify_sources=debug,sixpotify_pipeline=debug",
        _ => "debug",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).init();
}
