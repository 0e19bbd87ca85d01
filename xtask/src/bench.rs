//! `cargo xtask bench`: what the project promises to be fast at, measured.

mod measure;
mod table;

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use sixpotify_testkit::postgres::{Durability, PrivatePostgres};
use sixpotify_testkit::scratch::ScratchDir;

use crate::requirements;
use crate::workspace::{Workspace, must_succeed};
use table::{BENCHES, Bench, Work};

/// Set for the bench programs: a server with the durability that servers have.
const BENCH_POSTGRES: &str = "SIXPOTIFY_BENCH_POSTGRES";

/// Prints what there is to measure.
pub(crate) fn list() {
    for bench in BENCHES {
        let only = if bench.only_by_name { " (only by name)" } else { "" };
        println!("{:<10} {}{only}", bench.name, bench.what);
    }
}

/// Runs the named benches, or all that do not insist on being named; a failing one does not stop the next.
pub(crate) fn run(workspace: &Workspace, names: &[&str]) -> Result<()> {
    let chosen = choose(names)?;
    let setting = Setting::prepare(workspace, &chosen)?;
    let mut lines = Vec::new();
    let mut failed = Vec::new();
    for bench in &chosen {
        eprintln!("\n==> {}: {}", bench.name, bench.what);
        match setting.run(bench) {
            Ok(figures) => lines.push(format!("{:<10} {figures}", bench.name)),
            Err(error) => {
                eprintln!("error: {error:#}");
                lines.push(format!("{:<10} FAILED", bench.name));
                failed.push(bench.name);
            }
        }
    }
    println!();
    lines.iter().for_each(|line| println!("{line}"));
    if !failed.is_empty() {
        bail!("not measured: {}", failed.join(", "));
    }
    Ok(())
}

fn choose(names: &[&str]) -> Result<Vec<&'static Bench>> {
    if names.is_empty() {
        return Ok(BENCHES.iter().filter(|bench| !bench.only_by_name).collect());
    }
    let find = |name: &&str| {
        let found = BENCHES.iter().find(|bench| bench.name == *name);
        found.with_context(|| format!("there is no bench `{name}`\n\nhint: `cargo xtask bench --list` names them"))
    };
    names.iter().map(find).collect()
}

/// What the chosen benches need, made once.
struct Setting<'a> {
    workspace: &'a Workspace,
    server: Option<PrivatePostgres>,
    binary: PathBuf,
    /// The program's data go here, not to the user's own.
    home: ScratchDir,
}

impl<'a> Setting<'a> {
    fn prepare(workspace: &'a Workspace, chosen: &[&Bench]) -> Result<Self> {
        let server = if chosen.iter().any(|bench| matches!(bench.work, Work::Program { .. })) {
            requirements::postgres()?;
            Some(PrivatePostgres::start_with(Durability::Full)?)
        } else {
            None
        };
        if chosen.iter().any(|bench| matches!(bench.work, Work::Command { .. })) {
            must_succeed(&mut workspace.cargo(&["build", "--release", "--package", "sixpotify"]))?;
        }
        let binary = workspace.target()?.join("release/sixpotify");
        Ok(Self { workspace, server, binary, home: ScratchDir::new("sixpotify-bench")? })
    }

    /// One line of figures, or a word on where they were printed.
    fn run(&self, bench: &Bench) -> Result<String> {
        match bench.work {
            Work::Program { package, bench } => {
                let server = self.server.as_ref().context("the PostgreSQL server for bench programs")?;
                let mut cargo = self.workspace.cargo(&["bench", "--package", package, "--bench", bench]);
                must_succeed(cargo.env(BENCH_POSTGRES, server.url("postgres")))?;
                Ok("done, figures above".into())
            }
            Work::Computation { package, bench } => {
                must_succeed(&mut self.workspace.cargo(&["bench", "--package", package, "--bench", bench]))?;
                Ok("done, figures above".into())
            }
            Work::Command { before, arguments, runs } => {
                if let Some(before) = before {
                    measure::command(&self.binary, before, self.home.path(), 1)?;
                }
                let figures = measure::command(&self.binary, arguments, self.home.path(), runs)?;
                Ok(figures.to_string())
            }
            Work::CleanBuild => {
                let target = self.home.path().join("target");
                let mut cargo = self.workspace.cargo(&["build", "--release", "--package", "sixpotify"]);
                let took = measure::once(cargo.env("CARGO_TARGET_DIR", &target))?;
                Ok(format!("{:.1} s", took.as_secs_f64()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_choose_exactly_what_they_name() {
        let names: BTreeSet<&str> = BENCHES.iter().map(|bench| bench.name).collect();
        assert_eq!(names.len(), BENCHES.len());
        assert!(choose(&[]).unwrap().iter().all(|bench| !bench.only_by_name));
        assert_eq!(choose(&["build"]).unwrap()[0].name, "build");
        let error = choose(&["demo", "nonsense"]).err().unwrap().to_string();
        assert!(error.starts_with("there is no bench `nonsense`"), "{error}");
    }
}
