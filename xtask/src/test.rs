//! `cargo xtask test`: the tests, with all that they need, and one honest total.

mod totals;
mod watchdog;

use std::env;
use std::io::{self, BufReader, Write as _};
use std::process::{ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use sixpotify_testkit::SmallDisk;
use sixpotify_testkit::postgres::PrivatePostgres;

use crate::requirements;
use crate::workspace::{Workspace, command_line};
pub(crate) use totals::Totals;
use watchdog::Watchdog;

/// Set for the tests: the server that they make their databases on.
const TEST_POSTGRES: &str = "SIXPOTIFY_TEST_POSTGRES";

/// A test program that prints nothing for so long hangs. The longest tests take two minutes, several times as long on a
/// machine that does other things as well.
const SILENCE: Duration = Duration::from_secs(15 * 60);

/// What contract tests compare with; it is not part of the repository.
const CONTRACTS: [(&str, &str); 2] = [
    ("SIXPOTIFY_OPENAPI", "nothing was compared with the Spotify OpenAPI file"),
    ("SIXPOTIFY_FIXTURES", "nothing was compared with recorded answers"),
];

/// How the run went.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// What the test programs counted.
    pub(crate) totals: Totals,
    /// Cargo's exit code; 1 where it was killed, or where it was content although nothing ran.
    pub(crate) code: u8,
}

/// Runs the tests and prints the total as the last line.
pub(crate) fn run(workspace: &Workspace, arguments: &[&str]) -> Result<ExitCode> {
    let outcome = execute(workspace, arguments)?;
    println!("{}", outcome.totals);
    Ok(ExitCode::from(outcome.code))
}

/// Runs the tests; the total is left to the caller, who may have more to say before it.
pub(crate) fn execute(workspace: &Workspace, arguments: &[&str]) -> Result<Outcome> {
    requirements::postgres()?;
    requirements::chromium()?;
    let mut unset = unset_contracts();
    unset.extend(no_small_disk());
    say(&unset);
    let server = Arc::new(PrivatePostgres::start()?);

    let mut cargo = workspace.cargo(&["test", "--no-fail-fast"]);
    if !chooses_packages(arguments) {
        cargo.arg("--workspace");
    }
    cargo.args(arguments).env(TEST_POSTGRES, server.url("postgres"));
    let line = command_line(&cargo);
    let mut child = cargo.stdout(Stdio::piped()).spawn().with_context(|| format!("start `{line}`"))?;
    let stdout = child.stdout.take().context("the output of the tests")?;
    let asked = server.clone();
    let watchdog = Watchdog::over(child.id(), SILENCE, move || match asked.activity() {
        Ok(sessions) => format!("sessions of PostgreSQL:\n{sessions}"),
        Err(error) => error.to_string(),
    });
    let totals = pass_through(BufReader::new(stdout), &watchdog).context("pass on the output of the tests")?;
    let status = child.wait().with_context(|| format!("wait for `{line}`"))?;
    drop((watchdog, server));

    say(&unset);
    let mut code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    if status.success() && totals.ran() == 0 {
        eprintln!("error: `{line}` ran no test");
        code = 1;
    }
    if !status.success() && totals.failed() == 0 {
        eprintln!(
            "error: `{line}` failed ({status}) without a failed test: something did not build, or a test program died"
        );
    }
    Ok(Outcome { totals, code })
}

/// Shows every line as it comes, and counts.
fn pass_through(mut output: impl io::BufRead, watchdog: &Watchdog) -> io::Result<Totals> {
    let mut totals = Totals::default();
    let mut stdout = io::stdout().lock();
    let mut line = Vec::new();
    // Bytes, not text: a test may print anything.
    while output.read_until(b'\n', &mut line)? != 0 {
        stdout.write_all(&line)?;
        stdout.flush()?;
        let text = String::from_utf8_lossy(&line);
        watchdog.line(&text);
        totals.count(&text);
        line.clear();
    }
    Ok(totals)
}

/// Whether cargo is told already what to test.
fn chooses_packages(arguments: &[&str]) -> bool {
    let ours = arguments.iter().take_while(|argument| **argument != "--");
    ours.into_iter().any(|argument| {
        let long = ["--package", "--workspace", "--all", "--manifest-path"];
        argument.starts_with("-p") || long.iter().any(|name| argument.split('=').next() == Some(name))
    })
}

fn unset_contracts() -> Vec<String> {
    let unset = CONTRACTS.iter().filter(|(name, _)| env::var_os(name).is_none_or(|value| value.is_empty()));
    unset.map(|(name, consequence)| format!("note: {name} is not set: {consequence}")).collect()
}

/// What is not tried where no disk can be mounted.
fn no_small_disk() -> Option<String> {
    let reason = SmallDisk::mount(1).err()?;
    Some(format!("note: no small disk can be mounted here: not run: PostgreSQL without space left ({reason})"))
}

fn say(notes: &[String]) {
    for note in notes {
        eprintln!("{note}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_tested_unless_cargo_is_told_otherwise() {
        for chosen in [&["-p", "x"][..], &["-px"], &["--package=x"], &["name", "--package", "x"], &["--workspace"]] {
            assert!(chooses_packages(chosen), "{chosen:?}");
        }
        for rest in [&[][..], &["name"], &["--", "-p"], &["--release"], &["--packages"]] {
            assert!(!chooses_packages(rest), "{rest:?}");
        }
    }
}
