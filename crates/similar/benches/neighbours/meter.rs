//! Wall time, processor time and peak memory of this process, as Linux tells them.

use std::fmt;
use std::fs;
use std::ops::Add;
use std::time::Instant;

/// Seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) wall: f64,
    /// User and system, of all threads.
    pub(crate) processor: f64,
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { wall: self.wall + other.wall, processor: self.processor + other.processor }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} s wall, {:.2} s processor", self.wall, self.processor)
    }
}

/// Does something and says what it cost.
pub(crate) fn measure<T>(work: impl FnOnce() -> T) -> (T, Cost) {
    let (start, before) = (Instant::now(), processor());
    let done = work();
    (done, Cost { wall: start.elapsed().as_secs_f64(), processor: processor() - before })
}

/// Seconds that this process has had a processor. Without Linux's word, those since the first call.
fn processor() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name in brackets may hold blanks; utime and stime are the 12th and 13th field after it, in hundredths.
    let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
    let ticks: Vec<f64> = after.split_whitespace().skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
    ticks.iter().sum::<f64>() / 100.0
}

/// The most memory that was resident since the last call, in MB; then forgets it.
pub(crate) fn peak_mb() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    // Where this is refused, peaks are those since the start: higher, never lower.
    let _ = fs::write("/proc/self/clear_refs", "5");
    line.trim().trim_end_matches("kB").trim().parse().map_or(f64::NAN, |kb: f64| kb * 1024.0 / 1e6)
}
