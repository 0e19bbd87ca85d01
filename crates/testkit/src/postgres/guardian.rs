//! Cleans up after a server's owner, however the owner ends.
//!
//! The guardian is a small shell process in a process group of its own that reads from a pipe whose other end only the
//! owner holds. The pipe ends when the owner drops it, exits, panics, is interrupted or is killed by SIGKILL; then the
//! guardian stops the server at once and removes its directory. The normal end takes the same way, so it is exercised
//! by every use. Only somebody who kills the guardian as well leaves a server behind.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

/// `$1` is the directory. SIGQUIT to the first process is an immediate shutdown; a number below one in the pid file
/// belongs to a server program in single-user mode (`initdb` at work), which ends by itself once its files are gone.
/// The pid file, not the process, is waited for: where nobody reaps orphans a dead process stays in the table.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
read -r _
pidfile=$1/data/postmaster.pid
pid=
[ -f "$pidfile" ] && read -r pid < "$pidfile"
case $pid in
  '' | *[!0-9]*) turns=0 ;;
  *) kill -QUIT "$pid" 2>/dev/null && turns=200 || turns=0 ;;
esac
while [ -f "$pidfile" ] && [ "$turns" -gt 0 ]; do
  turns=$((turns - 1))
  sleep 0.05
done
turns=100
while ! rm -rf -- "$1" 2>/dev/null; do
  turns=$((turns - 1))
  [ "$turns" -gt 0 ] || exit 1
  sleep 0.05
done
"#;

/// Holds the owner's end of the pipe; dropping it stops the server and waits until its directory is gone.
#[derive(Debug)]
pub(super) struct Guardian {
    child: Child,
    /// Some until dropped.
    lifeline: Option<ChildStdin>,
}

impl Guardian {
    /// Starts watching over `dir`, whose server (if any) keeps its data in `dir/data`.
    pub(super) fn watch(dir: &Path) -> io::Result<Self> {
        let mut child = Command::new("sh")
            .args(["-c", SCRIPT, "sixpotify-guardian"])
            .arg(dir)
            .current_dir("/")
            .stdin(Stdio::piped())
            // Held open, these would keep whoever reads our own output waiting for the guardian.
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Out of reach of Ctrl-C, which goes to the whole group of the terminal's foreground job.
            .process_group(0)
            .spawn()?;
        let lifeline = child.stdin.take();
        Ok(Self { child, lifeline })
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        match self.child.wait() {
            Ok(status) if status.success() => {}
            Ok(status) => {
                eprintln!("a private PostgreSQL server may not have been removed ({status})")
            }
            Err(error) => {
                eprintln!("a private PostgreSQL server may not have been removed: {error}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::fresh_dir;
    use std::fs;

    #[test]
    fn a_stale_or_odd_pid_file_hits_nobody_and_goes_with_the_rest() {
        // The last is above the largest process number that any system gives.
        for pid in ["", "-4711\nrest\n", "not a number\n", "999999999\n"] {
            let dir = fresh_dir("sixpotify-guardian").unwrap();
            let guardian = Guardian::watch(&dir).unwrap();
            fs::create_dir(dir.join("data")).unwrap();
            fs::write(dir.join("data/postmaster.pid"), pid).unwrap();
            drop(guardian);
            assert!(!dir.exists(), "{pid:?}");
        }
    }

    #[test]
    fn an_owner_who_has_removed_everything_is_fine() {
        let dir = fresh_dir("sixpotify-guardian").unwrap();
        let mut guardian = Guardian::watch(&dir).unwrap();
        fs::remove_dir(&dir).unwrap();
        drop(guardian.lifeline.take());
        assert!(guardian.child.wait().unwrap().success());
    }
}
