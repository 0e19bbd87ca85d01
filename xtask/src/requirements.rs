//! Programs that the tests need and cargo cannot bring: installed where we may, named where we may not.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context as _, Result, bail};
use sixpotify_testkit::postgres::Installation;

use crate::workspace::must_succeed;

/// Sees to it that there are PostgreSQL server programs.
pub(crate) fn postgres() -> Result<()> {
    if Installation::find().is_some() {
        return Ok(());
    }
    if !may_install() {
        bail!(
            "no PostgreSQL server on this machine (`initdb`, `postgres`, `pg_ctl`)\n\n\
             hint: install one; nothing has to be set up or started:\n\
             \x20 Debian, Ubuntu  sudo apt-get install postgresql\n\
             \x20 Fedora          sudo dnf install postgresql-server\n\
             \x20 Arch            sudo pacman -S postgresql\n\
             \x20 macOS           brew install postgresql@17 && export PATH=\"$(brew --prefix postgresql@17)/bin:$PATH\""
        );
    }
    apt_install(&["postgresql"])?;
    Installation::find().context("Debian's `postgresql` is installed, but has no server programs")?;
    Ok(())
}

/// Sees to it that there is a browser.
pub(crate) fn chromium() -> Result<()> {
    if sixpotify_testkit::chromium().is_some() {
        return Ok(());
    }
    if !may_install() {
        bail!(
            "no Chromium on this machine\n\n\
             hint: install it; the tests start it themselves:\n\
             \x20 Debian          sudo apt-get install chromium\n\
             \x20 Ubuntu          sudo snap install chromium\n\
             \x20 Fedora          sudo dnf install chromium\n\
             \x20 Arch            sudo pacman -S chromium"
        );
    }
    apt_install(&["chromium"])?;
    sixpotify_testkit::chromium().context("Debian's `chromium` is installed, but is not on the PATH")?;
    Ok(())
}

/// Root, on a system with Debian's package manager.
fn may_install() -> bool {
    let root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    let path = env::var_os("PATH").unwrap_or_default();
    root && env::split_paths(&path).any(|folder| folder.join("apt-get").is_file())
}

/// The package lists of a new machine are empty or old, so they are fetched first. What a package starts of its own
/// accord (Debian's makes a server on port 5432) is left alone: nothing here uses it.
fn apt_install(packages: &[&str]) -> Result<()> {
    eprintln!("installing what the tests need: {}", packages.join(" "));
    must_succeed(apt_get().arg("update"))?;
    must_succeed(apt_get().args(["install", "--yes", "--no-install-recommends"]).args(packages))
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    // Another apt may be at work on a machine that has just booted.
    command.args(["--option", "DPkg::Lock::Timeout=300"]);
    command.env("DEBIAN_FRONTEND", "noninteractive").current_dir(Path::new("/")).stdin(Stdio::null());
    command
}
