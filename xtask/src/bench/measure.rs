//! Wall time and peak memory of whole processes.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};
use std::{env, fmt, thread};

use anyhow::{Context as _, Result, bail};

use crate::workspace::command_line;

/// The kernel keeps the peak; only what a process still gains in its last moments is missed.
const SAMPLE_EVERY: Duration = Duration::from_millis(5);

/// Settings of the person who measures, which would change what is measured.
const FOREIGN_SETTINGS: [&str; 4] = ["DATABASE_URL", "SPOTIFY_", "SIXPOTIFY_", "XDG_"];

/// Of one command, run several times.
#[derive(Debug)]
pub(super) struct Figures {
    /// Ascending; never empty.
    times: Vec<Duration>,
    /// The highest of all runs, in kB of 1024 bytes; none where the system does not tell.
    peak_kb: Option<u64>,
}

impl Figures {
    fn median(&self) -> Duration {
        let half = self.times.len() / 2;
        if self.times.len() % 2 == 1 { self.times[half] } else { (self.times[half - 1] + self.times[half]) / 2 }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", time(self.median()))?;
        if let [first, .., last] = self.times[..] {
            write!(f, " (median of {}, {} to {})", self.times.len(), time(first), time(last))?;
        }
        match self.peak_kb {
            Some(peak_kb) => write!(f, ", peak {} MB resident", peak_kb * 1024 / 1_000_000),
            None => f.write_str(", peak memory not told by this system"),
        }
    }
}

fn time(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{:.1} ms", duration.as_secs_f64() * 1e3)
    } else {
        format!("{:.2} s", duration.as_secs_f64())
    }
}

/// Runs `program arguments` `runs` times with `home` as its home, data and working directory.
pub(super) fn command(program: &Path, arguments: &[&str], home: &Path, runs: usize) -> Result<Figures> {
    let mut times = Vec::with_capacity(runs);
    let mut peak_kb = None;
    for _ in 0..runs {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(home);
        let names = env::vars_os().map(|(name, _)| name);
        names.filter(|name| is_foreign(&name.to_string_lossy())).for_each(|name| {
            command.env_remove(name);
        });
        command.env("HOME", home).env("XDG_DATA_HOME", home.join("data"));
        let log = home.join("output.log");
        let (took, peak) = watched(&mut command, &log)?;
        times.push(took);
        peak_kb = peak_kb.max(peak);
    }
    times.sort();
    Ok(Figures { times, peak_kb })
}

fn is_foreign(name: &str) -> bool {
    FOREIGN_SETTINGS.iter().any(|prefix| name.starts_with(prefix))
}

/// The wall time of one run that shows what it says.
pub(super) fn once(command: &mut Command) -> Result<Duration> {
    let start = Instant::now();
    crate::workspace::must_succeed(command)?;
    Ok(start.elapsed())
}

/// Wall time and peak memory of one run; what it says goes to `log`, and into the error where it fails.
fn watched(command: &mut Command, log: &Path) -> Result<(Duration, Option<u64>)> {
    let line = command_line(command);
    let output = File::create(log).with_context(|| format!("create `{}`", log.display()))?;
    let errors = output.try_clone().context("a second handle on the log")?;
    command.stdin(Stdio::null()).stdout(output).stderr(errors);
    let start = Instant::now();
    let mut child = command.spawn().with_context(|| format!("start `{line}`"))?;
    let pid = child.id();
    let (over, watch) = mpsc::channel();
    let sampler = thread::spawn(move || sample(pid, &watch));
    let status = child.wait();
    let took = start.elapsed();
    // Ends the sampler: the channel is closed.
    drop::<mpsc::Sender<()>>(over);
    let Ok(peak_kb) = sampler.join() else { bail!("the memory sampler panicked") };
    let status = status.with_context(|| format!("wait for `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status}):\n{}", fs::read_to_string(log).unwrap_or_default().trim_end());
    }
    Ok((took, peak_kb))
}

fn sample(pid: u32, watch: &mpsc::Receiver<()>) -> Option<u64> {
    let status = format!("/proc/{pid}/status");
    let mut peak_kb = None;
    loop {
        // Gone when the process is, or not Linux: the last value stands.
        let now = fs::read_to_string(&status).ok().and_then(|status| high_water_kb(&status));
        peak_kb = peak_kb.max(now);
        match watch.recv_timeout(SAMPLE_EVERY) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return peak_kb,
        }
    }
}

fn high_water_kb(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sixpotify_testkit::scratch::ScratchDir;

    fn figures(millis: &[u64]) -> Figures {
        Figures { times: millis.iter().copied().map(Duration::from_millis).collect(), peak_kb: Some(2000) }
    }

    #[test]
    fn the_middle_is_the_median_and_is_what_is_shown() {
        assert_eq!(figures(&[1500]).to_string(), "1.50 s, peak 2 MB resident");
        assert_eq!(figures(&[10, 20, 90]).to_string(), "20.0 ms (median of 3, 10.0 ms to 90.0 ms), peak 2 MB resident");
        assert_eq!(figures(&[10, 20, 30, 90]).median(), Duration::from_millis(25));
    }

    #[test]
    fn the_peak_is_read_from_the_line_that_holds_it() {
        let status = "Name:\tx\nVmPeak:\t  999 kB\nVmHWM:\t  1234 kB\nVmRSS:\t  1 kB\n";
        assert_eq!(high_water_kb(status), Some(1234));
        assert_eq!(high_water_kb("Name:\tx\n"), None);
    }

    #[test]
    fn runs_are_counted_in_their_own_home_and_a_failure_carries_what_was_said() {
        let home = ScratchDir::new("sixpotify-measure").unwrap();
        let shell = Path::new("/bin/sh");
        let script = "test \"$PWD\" -ef \"$HOME\" && echo x >> runs";
        let figures = command(shell, &["-c", script], home.path(), 3).unwrap();
        assert_eq!(figures.times.len(), 3);
        assert_eq!(fs::read_to_string(home.path().join("runs")).unwrap(), "x\nx\nx\n");
        let error = command(shell, &["-c", "echo why >&2; exit 3"], home.path(), 1).unwrap_err().to_string();
        assert!(error.contains("why") && error.contains('3'), "{error}");
    }

    #[test]
    fn a_persons_own_settings_stay_out_and_the_systems_stay() {
        assert!(["DATABASE_URL", "SPOTIFY_CLIENT_ID", "SIXPOTIFY_LAKE", "XDG_DATA_HOME"].into_iter().all(is_foreign));
        assert!(!["PATH", "LANG", "TMPDIR"].into_iter().any(is_foreign));
    }
}
