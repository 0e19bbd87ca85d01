//! A test that hangs fails the run instead of holding it up for ever.
//!
//! The test programs have no limit of their own. One that has printed nothing for a long time is ended, after what can be
//! seen of it was said; cargo then goes on with the next program, and fails at the end.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{self, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use std::{fs, io};

/// How often it looks.
const TURN: Duration = Duration::from_secs(1);

/// What was printed so far by the program that runs now.
#[derive(Debug, Default)]
struct Seen {
    /// When the last line came; absent between two programs, when cargo may be building.
    last: Option<Instant>,
    /// Tests of which the runner said that they take long.
    slow: BTreeSet<String>,
}

impl Seen {
    fn line(&mut self, line: &str, now: Instant) {
        let line = line.trim_end();
        if line.starts_with("running ") && (line.ends_with(" tests") || line.ends_with(" test")) {
            *self = Self { last: Some(now), slow: BTreeSet::new() };
        } else if line.starts_with("test result: ") {
            *self = Self::default();
        } else if self.last.is_some() {
            self.last = Some(now);
            let Some(test) = line.strip_prefix("test ") else { return };
            if let Some((name, _)) = test.split_once(" has been running for over") {
                self.slow.insert(name.to_owned());
            } else if let Some((name, _)) = test.split_once(" ... ") {
                self.slow.remove(name);
            }
        }
    }

    /// The slow tests, once, where nothing has been printed for `limit`.
    fn hung(&mut self, limit: Duration, now: Instant) -> Option<BTreeSet<String>> {
        if now.duration_since(self.last?) < limit {
            return None;
        }
        Some(std::mem::take(self).slow)
    }
}

/// Watches the test programs of one cargo, until dropped.
#[derive(Debug)]
pub(crate) struct Watchdog {
    seen: Arc<Mutex<Seen>>,
    /// Its end ends the thread.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watchdog {
    /// Ends what the process `cargo` has started when it is silent for `limit`; `more` is what else there is to say then.
    pub(crate) fn over(cargo: u32, limit: Duration, more: impl Fn() -> String + Send + 'static) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (stop, stopped) = mpsc::channel();
        let watched = seen.clone();
        let thread = thread::spawn(move || {
            while stopped.recv_timeout(TURN.min(limit)) == Err(RecvTimeoutError::Timeout) {
                let hung = watched.lock().unwrap_or_else(PoisonError::into_inner).hung(limit, Instant::now());
                if let Some(tests) = hung {
                    let tests: Vec<_> = tests.iter().map(|test| format!("`{test}`")).collect();
                    eprintln!(
                        "error: the test program has printed nothing for {} s and is ended; it was running {}\n{}",
                        limit.as_secs(),
                        if tests.is_empty() { "tests unknown".to_owned() } else { tests.join(", ") },
                        more(),
                    );
                    if let Err(error) = end_children(cargo) {
                        // Nothing would ever come: what we hold ends with us.
                        eprintln!("error: it cannot be ended: {error}");
                        process::exit(1);
                    }
                }
            }
        });
        Self { seen, stop: Some(stop), thread: Some(thread) }
    }

    /// Takes in one line of the programs' output.
    pub(crate) fn line(&self, line: &str) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).line(line, Instant::now());
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.stop.take());
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            eprintln!("error: the watchdog of the tests panicked");
        }
    }
}

/// Ends the processes that `parent` has started.
fn end_children(parent: u32) -> io::Result<()> {
    let mut children = Vec::new();
    for task in fs::read_dir(Path::new("/proc").join(parent.to_string()).join("task"))? {
        let listed = fs::read_to_string(task?.path().join("children"))?;
        children.extend(listed.split_whitespace().map(str::to_owned));
    }
    if children.is_empty() {
        return Err(io::Error::new(io::ErrorKind::NotFound, format!("process {parent} has no children")));
    }
    // The shell's own `kill`: the program of that name is missing on small systems.
    let mut kill = Command::new("sh");
    kill.args(["-c", "kill -KILL \"$@\"", "kill"]).args(&children).stdin(Stdio::null());
    match kill.status()? {
        status if status.success() => Ok(()),
        status => Err(io::Error::other(format!("`kill` failed ({status})"))),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    #[test]
    fn silence_counts_while_a_program_runs_and_not_while_cargo_builds() {
        let start = Instant::now();
        let mut seen = Seen::default();
        assert_eq!(seen.hung(LIMIT, start + 9 * LIMIT), None);
        seen.line("running 3 tests\n", start);
        assert_eq!(seen.hung(LIMIT, start + LIMIT / 2), None);
        seen.line("test a ... ok\n", start + LIMIT / 2);
        seen.line("test b has been running for over 60 seconds\n", start + LIMIT / 2);
        seen.line("test c has been running for over 60 seconds\n", start + LIMIT / 2);
        seen.line("test c ... FAILED\n", start + LIMIT);
        assert_eq!(seen.hung(LIMIT, start + LIMIT + LIMIT / 2), None);
        assert_eq!(seen.hung(LIMIT, start + 2 * LIMIT), Some(BTreeSet::from(["b".to_owned()])));
        // Once for a program.
        assert_eq!(seen.hung(LIMIT, start + 9 * LIMIT), None);
        seen.line("running 1 test\n", start);
        seen.line("test result: ok. 1 passed; 0 failed\n", start);
        assert_eq!(seen.hung(LIMIT, start + 9 * LIMIT), None);
    }

    #[test]
    fn a_silent_program_is_ended_and_its_parent_goes_on() {
        let mut parent = Command::new("sh");
        parent.args(["-c", "echo running 1 test; sleep 3600; echo went on; exit 7"]);
        let mut parent = parent.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let watchdog = Watchdog::over(parent.id(), Duration::from_millis(50), String::new);
        let mut lines = Vec::new();
        for line in BufReader::new(parent.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            watchdog.line(&line);
            lines.push(line);
        }
        let status = parent.wait().unwrap();
        assert_eq!(
            (lines.last().map(String::as_str), status.code(), status.signal()),
            (Some("went on"), Some(7), None)
        );
    }
}
