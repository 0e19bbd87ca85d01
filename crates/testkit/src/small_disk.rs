//! A disk with little room: a `tmpfs` of one's own.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::scratch::ScratchDir;

/// A mounted disk, unmounted with this value.
#[derive(Debug)]
pub struct SmallDisk {
    folder: ScratchDir,
}

impl SmallDisk {
    /// Mounts a disk of so many megabytes.
    ///
    /// # Errors
    /// Why that cannot be done here: only root may, and not in every container.
    pub fn mount(megabytes: u32) -> Result<Self, String> {
        let folder = ScratchDir::new("sixpotify-small-disk").map_err(|error| error.to_string())?;
        mount(&format!("size={megabytes}m,mode=0777"), folder.path())?;
        Ok(Self { folder })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Makes it so large that so many kilobytes are free beside what is on it.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn leave_free(&self, kilobytes: u64) -> Result<(), String> {
        let used = Command::new("du").args(["--summarize", "--block-size=1K"]).arg(self.path()).output();
        let used = String::from_utf8_lossy(&used.map_err(|error| error.to_string())?.stdout).into_owned();
        let used: Option<u64> = used.split_whitespace().next().and_then(|number| number.parse().ok());
        let size = used.ok_or("`du` says nothing")? + kilobytes;
        mount(&format!("remount,size={size}k"), self.path())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a server may still be closing its files.
        if let Err(error) = succeed(Command::new("umount").arg("--lazy").arg(self.path())) {
            eprintln!("could not unmount `{}`: {error}", self.path().display());
        }
    }
}

fn mount(options: &str, at: &Path) -> Result<(), String> {
    succeed(Command::new("mount").args(["-t", "tmpfs", "-o", options, "sixpotify-small-disk"]).arg(at))
}

fn succeed(command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()) }
}
