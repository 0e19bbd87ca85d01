//! Where the workspace is, and how programs are run in it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// The root of the clone that xtask was started in.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// Asks the environment that `cargo run` sets, not the compiler: a build may outlive the place it was made in.
    pub(crate) fn find() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR").context("start xtask as `cargo xtask`")?;
        let root = Path::new(&manifest).parent().context("xtask lies in no workspace")?;
        Ok(Self { root: root.to_path_buf() })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where this very build of xtask came from: it lies in `<target>/<profile>/`.
    pub(crate) fn target(&self) -> Result<PathBuf> {
        let xtask = env::current_exe().context("where xtask is")?;
        let target = xtask.ancestors().nth(2).context("xtask lies in no target directory")?;
        Ok(target.to_path_buf())
    }

    /// The same cargo that runs us, at the root; the command line is what follows.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(arguments).current_dir(&self.root).stdin(Stdio::null());
        command
    }

    /// What git knows of, and what it would know of after `git add`, relative to the root.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>> {
        let mut git = Command::new("git");
        git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"]);
        let output = git.current_dir(&self.root).stdin(Stdio::null()).output().context("start `git`")?;
        if !output.status.success() {
            bail!("`git ls-files` failed: {}", String::from_utf8_lossy(&output.stderr).trim_end());
        }
        let listed = String::from_utf8(output.stdout).context("a file name is not UTF-8")?;
        let files = listed.split_terminator('\0').map(PathBuf::from);
        // Deleted, but not yet for git.
        Ok(files.filter(|file| self.root.join(file).exists()).collect())
    }
}

/// Runs to the end, everything shown as it comes; an unsuccessful end is an error that names the command.
pub(crate) fn must_succeed(command: &mut Command) -> Result<()> {
    let line = command_line(command);
    let status = command.status().with_context(|| format!("start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// A command as a person would type it, for messages.
pub(crate) fn command_line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let mut line = name.to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}
