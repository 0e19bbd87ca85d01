//! `cargo xtask ci`: everything that has to hold, each step to its end, all failures in one run.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::test::{self, Outcome};
use crate::workspace::{Workspace, must_succeed};
use crate::{generate, tidy};

/// Runs every step, whatever became of the one before, and closes with what failed and the tests' total.
pub(crate) fn run(workspace: &Workspace) -> Result<ExitCode> {
    let mut steps = Steps::default();
    steps.take("fmt", || must_succeed(&mut workspace.cargo(&["fmt", "--all", "--check"])));
    steps.take("clippy", || {
        must_succeed(&mut workspace.cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
    });
    steps.take("doc", || {
        let mut doc = workspace.cargo(&["doc", "--workspace", "--no-deps"]);
        must_succeed(doc.env("RUSTDOCFLAGS", "-D warnings"))
    });
    steps.take("tidy", || tidy::run(workspace));
    steps.take("generate --check", || generate::check(workspace));
    let mut tests: Option<Outcome> = None;
    steps.take("test", || {
        let outcome = tests.insert(test::execute(workspace, &[])?);
        if outcome.code != 0 {
            bail!("the tests failed");
        }
        Ok(())
    });

    println!();
    let failed = steps.report();
    if let Some(outcome) = tests {
        println!("{}", outcome.totals);
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What was done so far.
#[derive(Default)]
struct Steps {
    done: Vec<(&'static str, Duration, Result<()>)>,
}

impl Steps {
    fn take(&mut self, name: &'static str, step: impl FnOnce() -> Result<()>) {
        eprintln!("\n==> {name}");
        let start = Instant::now();
        let outcome = step();
        let took = start.elapsed();
        match &outcome {
            Ok(()) => eprintln!("==> {name}: ok, {:.1} s", took.as_secs_f64()),
            Err(error) => eprintln!("error: {error:#}\n==> {name}: FAILED, {:.1} s", took.as_secs_f64()),
        }
        self.done.push((name, took, outcome));
    }

    /// One line a step; whether any failed.
    fn report(&self) -> bool {
        for (name, took, outcome) in &self.done {
            let verdict = if outcome.is_ok() { "ok" } else { "FAILED" };
            println!("{verdict:<7} {name:<17} {:>7.1} s", took.as_secs_f64());
        }
        self.done.iter().any(|(_, _, outcome)| outcome.is_err())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_does_not_hide_the_next_and_fails_the_whole() {
        let mut steps = Steps::default();
        steps.take("first", || bail!("no"));
        steps.take("second", || Ok(()));
        assert_eq!(steps.done.len(), 2);
        assert!(steps.report());
        assert!(!Steps::default().report());
    }
}
