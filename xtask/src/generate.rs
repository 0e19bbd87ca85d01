//! `cargo xtask generate`: documents that the program writes about itself, so that they cannot lie.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use sixpotify_testkit::scratch::ScratchDir;

use crate::workspace::{Workspace, must_succeed};

/// The folder of the documents; generated ones lie beside those written by hand.
const DOCS: &str = "docs";

/// Writes the generated documents into the tree.
pub(crate) fn write(workspace: &Workspace) -> Result<()> {
    let docs = workspace.root().join(DOCS);
    fs::create_dir_all(&docs).with_context(|| format!("create `{}`", docs.display()))?;
    write_into(workspace, &docs)
}

/// Compares the documents in the tree with what would be generated.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let fresh = ScratchDir::new("sixpotify-docs")?;
    write_into(workspace, fresh.path())?;
    let stale = differing(fresh.path(), &workspace.root().join(DOCS))?;
    if !stale.is_empty() {
        bail!(
            "not what the program says of itself now: {}\n\nhint: run `cargo xtask generate` and commit what it changes",
            stale.iter().map(|name| format!("`{DOCS}/{name}`")).collect::<Vec<_>>().join(", ")
        );
    }
    Ok(())
}

fn write_into(workspace: &Workspace, folder: &Path) -> Result<()> {
    let mut cargo = workspace.cargo(&["run", "--quiet", "--package", "sixpotify", "--", "generate-docs"]);
    must_succeed(cargo.arg(folder))
}

/// The names of the generated files that are missing from, or different in, `tracked`.
fn differing(generated: &Path, tracked: &Path) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    let mut seen = false;
    for entry in fs::read_dir(generated).with_context(|| format!("read `{}`", generated.display()))? {
        let entry = entry?;
        seen = true;
        let wanted = fs::read(entry.path()).with_context(|| format!("read `{}`", entry.path().display()))?;
        // Unreadable and absent come to the same: it has to be generated.
        let same = fs::read(tracked.join(entry.file_name())).is_ok_and(|found| found == wanted);
        if !same {
            names.insert(entry.file_name().to_string_lossy().into_owned());
        }
    }
    if !seen {
        bail!("`sixpotify generate-docs` wrote nothing");
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_or_is_missing_is_named_and_other_documents_are_left_alone() {
        let generated = ScratchDir::new("sixpotify-generated").unwrap();
        let tracked = ScratchDir::new("sixpotify-tracked").unwrap();
        assert!(differing(generated.path(), tracked.path()).is_err(), "nothing generated");
        for (name, text) in [("same.md", "a"), ("changed.md", "new"), ("missing.md", "c")] {
            fs::write(generated.path().join(name), text).unwrap();
        }
        for (name, text) in [("same.md", "a"), ("changed.md", "old"), ("by-hand.md", "d")] {
            fs::write(tracked.path().join(name), text).unwrap();
        }
        let stale: Vec<String> = differing(generated.path(), tracked.path()).unwrap().into_iter().collect();
        assert_eq!(stale, ["changed.md", "missing.md"]);
    }
}
