//! Finds the server programs, which most distributions keep off the PATH.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

/// Debian's layout: one folder per major version.
const VERSIONED: &str = "/usr/lib/postgresql";
/// All are needed, and must come from one folder so that their versions agree.
const PROGRAMS: [&str; 3] = ["initdb", "postgres", "pg_ctl"];

/// A folder that holds `initdb`, `postgres` and `pg_ctl`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    bin: PathBuf,
}

impl Installation {
    /// The first of: the PATH, Debian's `/usr/lib/postgresql/*/bin` (newest first), `pg_config --bindir`.
    #[must_use]
    pub fn find() -> Option<Self> {
        let path = env::var_os("PATH").unwrap_or_default();
        on_path(&path).or_else(|| newest_under(Path::new(VERSIONED))).or_else(from_pg_config)
    }

    /// Where the programs are.
    #[must_use]
    pub fn bin(&self) -> &Path {
        &self.bin
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }

    fn in_folder(bin: &Path) -> Option<Self> {
        let complete = PROGRAMS.iter().all(|program| bin.join(program).is_file());
        complete.then(|| Self { bin: bin.to_path_buf() })
    }
}

fn on_path(path: &OsStr) -> Option<Installation> {
    env::split_paths(path).find_map(|folder| {
        // A link to `initdb` alone is enough to find the folder that it really lives in.
        let initdb = fs::canonicalize(folder.join("initdb")).ok()?;
        Installation::in_folder(initdb.parent()?)
    })
}

fn newest_under(root: &Path) -> Option<Installation> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(root)
        .ok()?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort();
    versions.iter().rev().find_map(|(_, bin)| Installation::in_folder(bin))
}

fn from_pg_config() -> Option<Installation> {
    let output = Command::new("pg_config").arg("--bindir").stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let bin = String::from_utf8(output.stdout).ok()?;
    Installation::in_folder(Path::new(bin.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::ScratchDir;

    fn install(bin: &Path, programs: &[&str]) {
        fs::create_dir_all(bin).unwrap();
        for program in programs {
            fs::write(bin.join(program), "").unwrap();
        }
    }

    #[test]
    fn versions_are_compared_as_numbers_and_incomplete_ones_passed_over() {
        let root = ScratchDir::new("sixpotify-install").unwrap();
        install(&root.path().join("9/bin"), &PROGRAMS);
        install(&root.path().join("15/bin"), &PROGRAMS);
        install(&root.path().join("17/bin"), &["pg_ctl"]);
        install(&root.path().join("not-a-version/bin"), &PROGRAMS);

        let found = newest_under(root.path()).unwrap();
        assert_eq!(found.bin(), root.path().join("15/bin"));
        assert_eq!(newest_under(&root.path().join("absent")), None);
    }

    #[test]
    fn a_link_on_the_path_leads_to_the_real_folder() {
        let root = ScratchDir::new("sixpotify-install").unwrap();
        let real = fs::canonicalize(root.path()).unwrap().join("real");
        install(&real, &PROGRAMS);
        let linked = root.path().join("linked");
        fs::create_dir(&linked).unwrap();
        std::os::unix::fs::symlink(real.join("initdb"), linked.join("initdb")).unwrap();

        let path = env::join_paths([root.path().join("empty"), linked]).unwrap();
        assert_eq!(on_path(&path).unwrap().bin(), real);
        assert_eq!(on_path(OsStr::new("")), None);
    }
}
