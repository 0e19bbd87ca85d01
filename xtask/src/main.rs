//! The project's own chores, one command each: `cargo xtask help` lists them.

mod bench;
mod ci;
mod generate;
mod requirements;
mod test;
mod tidy;
mod workspace;

use std::env;
use std::process::ExitCode;

use anyhow::Result;
use workspace::Workspace;

/// As for the product: wrong usage is told apart from failure.
const USAGE_ERROR: u8 = 2;

const HELP: &str = "\
The project's own chores

Usage: cargo xtask <COMMAND> [ARGUMENTS]

Commands:
  test [ARGS..]      run the tests against a private PostgreSQL server (installed first where this is root on a
                     Debian-like system) and SQLite; ARGS go to `cargo test`, e.g. `-p sixpotify-store`, a test's
                     name, `-- --nocapture`; without `-p` the whole workspace is tested
  ci                 everything that has to hold: fmt, clippy, doc, tidy, generate --check, test
  tidy               check the house rules that no compiler knows: who depends on whom, file heads, lengths, ..
  generate           write the generated documents, docs/commands.md and docs/settings.md
  generate --check   fail when they are not what would be generated
  bench [NAMES..]    build for release and measure; all that do not have to be named, or those named
  bench --list       what can be measured
  help               this text

Environment:
  SIXPOTIFY_OPENAPI    the Spotify OpenAPI file that the contract tests compare with (`test`, `ci`)
  SIXPOTIFY_FIXTURES   the folder of recorded answers that the contract tests read (`test`, `ci`)

Set for what is run: SIXPOTIFY_TEST_POSTGRES (tests) and SIXPOTIFY_BENCH_POSTGRES (benches), the URL of the private server.
It stops with xtask, however that ends. For one to work with: `cargo run -p sixpotify-testkit --bin private-postgres`.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<ExitCode> {
    let Some((command, rest)) = arguments.split_first() else {
        return Ok(misused("a command is missing"));
    };
    // Arguments after `--` belong to the tests.
    let help = rest.iter().take_while(|argument| *argument != "--").any(|argument| is_help(argument));
    if help || is_help(command) {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    }
    let workspace = Workspace::find()?;
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    match (command.as_str(), &rest[..]) {
        ("test", rest) => test::run(&workspace, rest),
        ("ci", []) => ci::run(&workspace),
        ("tidy", []) => tidy::run(&workspace).map(|()| ExitCode::SUCCESS),
        ("generate", []) => generate::write(&workspace).map(|()| ExitCode::SUCCESS),
        ("generate", ["--check"]) => generate::check(&workspace).map(|()| ExitCode::SUCCESS),
        ("bench", ["--list"]) => {
            bench::list();
            Ok(ExitCode::SUCCESS)
        }
        ("bench", names) => bench::run(&workspace, names).map(|()| ExitCode::SUCCESS),
        ("ci" | "tidy" | "generate", rest) => Ok(misused(&format!("`{command}` does not take `{}`", rest.join(" ")))),
        _ => Ok(misused(&format!("there is no command `{command}`"))),
    }
}

fn is_help(argument: &str) -> bool {
    matches!(argument, "help" | "--help" | "-h")
}

fn misused(what: &str) -> ExitCode {
    eprintln!("error: {what}\n\nhint: `cargo xtask help` lists the commands");
    ExitCode::from(USAGE_ERROR)
}
