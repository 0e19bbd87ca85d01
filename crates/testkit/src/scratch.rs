//! A directory of one's own under the system's temporary directory, removed with its owner.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fs, io, process};

/// A fresh, empty directory that is removed, with all that is in it, when this value is dropped.
#[derive(Debug)]
pub struct ScratchDir {
    path: PathBuf,
}

impl ScratchDir {
    /// Creates a directory whose name starts with `prefix`, readable by its owner only where the system's umask says so.
    ///
    /// # Errors
    /// Whatever the file system says, with the path.
    pub fn new(prefix: &str) -> io::Result<Self> {
        let path = fresh_dir(prefix)?;
        Ok(Self { path })
    }

    /// Where it is; absolute.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for ScratchDir {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            eprintln!("could not remove `{}`: {error}", self.path.display());
        }
    }
}

/// Creates the directory and leaves its removal to the caller.
pub(crate) fn fresh_dir(prefix: &str) -> io::Result<PathBuf> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let temp = env::temp_dir();
    loop {
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = temp.join(format!("{prefix}-{}-{next}-{nanos:09}", process::id()));
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            // Left over from a process that had our number before us: take the next name.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                let text = format!("could not create `{}`: {error}", path.display());
                return Err(io::Error::new(error.kind(), text));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_are_apart_and_both_go_with_their_contents() {
        let first = ScratchDir::new("sixpotify-scratch").unwrap();
        let second = ScratchDir::new("sixpotify-scratch").unwrap();
        assert_ne!(first.path(), second.path());
        fs::create_dir(first.path().join("folder")).unwrap();
        fs::write(first.path().join("folder/file"), "x").unwrap();

        let gone = first.path().to_path_buf();
        drop(first);
        assert!(!gone.exists());
        assert!(second.path().exists());
    }
}
