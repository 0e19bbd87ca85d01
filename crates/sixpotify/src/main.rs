//! `sixpotify`: artist names in; a music catalogue and related artists out.
//!
//! The binary holds commands, settings and output, no logic of its own: see the crates it is made of.

mod catalogue;
mod cli;
mod commands;
mod failure;
mod log;
mod plain;
mod printer;
mod progress;
mod settings;
mod signals;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    if let Err(failure) = log::init(&cli) {
        return failure.report();
    }
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
