//! `cargo xtask tidy`: the house rules that neither the compiler nor clippy knows.

mod arrows;
mod manifest;
mod migrations;
mod paths;
mod readme;
mod sources;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::workspace::Workspace;

/// A broken rule, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Problem {
    /// Relative to the root.
    path: PathBuf,
    /// From 1; none where it is about the whole file.
    line: Option<usize>,
    /// What is wrong and what would be right.
    text: String,
}

impl Problem {
    fn file(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        Self { path: path.into(), line: None, text: text.into() }
    }

    /// `index` counts from 0, as iterators do.
    fn line(path: impl Into<PathBuf>, index: usize, text: impl Into<String>) -> Self {
        Self { path: path.into(), line: Some(index + 1), text: text.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.text)
    }
}

/// Checks every file that git knows of, or would with `git add`, and names all problems.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let files = workspace.files()?;
    let mut problems = Vec::new();
    let mut manifests = Vec::new();
    for file in &files {
        let full = workspace.root().join(file);
        let bytes = fs::read(&full).with_context(|| format!("read `{}`", full.display()))?;
        // Pictures and packed data have no lines.
        let Ok(text) = String::from_utf8(bytes) else { continue };
        problems.extend(paths::check(file, &text));
        if file.extension().is_some_and(|extension| extension == "rs") {
            problems.extend(sources::check(file, &text));
        }
        if file.file_name().is_some_and(|name| name == "Cargo.toml") && file != Path::new("Cargo.toml") {
            manifests.push((file.as_path(), manifest::Manifest::parse(&text)));
        }
    }
    problems.extend(arrows::check(&manifests));
    problems.extend(migrations::check(&files));
    problems.extend(readme::check(fs::read_to_string(workspace.root().join("README.md")).ok().as_deref()));

    problems.sort();
    for problem in &problems {
        eprintln!("{problem}");
    }
    if !problems.is_empty() {
        bail!("problems found: {}, in {} files looked at", problems.len(), files.len());
    }
    Ok(())
}
