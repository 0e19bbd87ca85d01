//! A private PostgreSQL server to work with: prints its URL and runs until standard input ends.

use std::io::{self, Write as _};
use std::process::ExitCode;

use sixpotify_testkit::postgres::PrivatePostgres;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let server = PrivatePostgres::start()?;
    println!("{}", server.url("postgres"));
    io::stdout().flush()?;
    eprintln!("log: {}; end standard input (Ctrl-D) to stop", server.log().display());
    io::copy(&mut io::stdin().lock(), &mut io::sink())?;
    Ok(())
}
