//! How much of what a service allows is used, by a client that knows the limit and by one that has to learn it.

use std::thread;
use std::time::Duration;

use crate::Fallible;
use crate::process::Measured;
use crate::rounds::{Case, Limits, Sink, count};
use crate::sections::{Setting, verdict};
use crate::work::{Facets, Names};

/// Requests that the stand-in answers in any 30 s.
const ALLOWED: u32 = 900;

/// Enough names for seven windows and a part of an eighth.
const NAMES: u64 = ALLOWED as u64 * 15 / 2;

/// The first window is where a client that does not know the limit meets it.
const COUNTED_FROM: usize = 1;

/// At least this share is to be used by a client that knows the limit ..
const LEAST_KNOWN: f64 = 0.95;

/// .. and this by one that learns it.
const LEAST_LEARNED: f64 = 0.80;

/// All four runs at once: they wait most of the time, and have nothing in common.
pub(crate) fn measure(setting: &Setting) -> Fallible<bool> {
    let cases: Vec<(Sink, bool)> =
        Sink::CATALOGUES.into_iter().flat_map(|into| [(into, true), (into, false)]).collect();
    let measured: Vec<Fallible<Measured>> = thread::scope(|scope| {
        let run = |&(into, known): &(Sink, bool)| {
            let limits = Limits { service: Some(ALLOWED), client: known.then_some(ALLOWED) };
            let (names, facets) = (Names::Generated(NAMES), Facets::Profiles);
            let case = Case { names, facets, latency: Duration::from_millis(20), into, limits };
            scope.spawn(move || case.once(&setting.server))
        };
        let running: Vec<_> = cases.iter().map(run).collect();
        running.into_iter().map(|run| run.join().unwrap_or_else(|_| Err("a run panicked".into()))).collect()
    });
    let mut met = true;
    for ((into, known), measured) in cases.into_iter().zip(measured) {
        met &= judge(into, known, &measured?)?;
    }
    Ok(met)
}

/// Prints what was used of each whole window, and how politely.
fn judge(into: Sink, known: bool, measured: &Measured) -> Fallible<bool> {
    let stats = &measured.source.stats;
    let answered: Vec<u64> = stats.windows.iter().map(|window| window.requests - window.limited).collect();
    // The last window is the one in which the names ran out.
    let whole = answered.get(COUNTED_FROM..answered.len().saturating_sub(1)).filter(|windows| windows.len() >= 5);
    let whole = whole.ok_or_else(|| format!("too few windows: {answered:?}"))?;
    let used = count(whole.iter().sum()) / count(u64::from(ALLOWED) * whole.len() as u64);
    let (how, least) = if known { ("told", LEAST_KNOWN) } else { ("learning", LEAST_LEARNED) };
    println!("  {}, {how}: answered in each window {answered:?}", into.name());
    print!("             {:.1}% of what is allowed", used * 100.0);
    let enough = verdict(&format!("at least {:.0}%", least * 100.0), used >= least);

    let bursts = stats.limited - stats.while_limited;
    let windows = answered.len() as u64;
    print!(
        "             {bursts} bursts of 429s in {windows} windows, {} requests in flight then",
        stats.while_limited
    );
    let rare = verdict("at most one a window", bursts <= windows);
    let (knowingly, worse) = (stats.while_limited_knowingly, stats.escalations);
    print!("             {knowingly} requests sent while limited, {worse} escalations");
    Ok(verdict("none", knowingly == 0 && worse == 0) && rare && enough)
}
