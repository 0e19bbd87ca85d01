//! Plan and report, in words.

use std::time::Duration;

use serde_json::Value;
use sixpotify_core::Source;
use sixpotify_pipeline::{Listed, NameList, Outcome, Plan, Report};
use sixpotify_sources::{Clock as _, SystemClock};

use crate::failure::Failure;
use crate::printer::{Out, number, say};

/// Names of a kind that are shown; `--json` and the catalogue have all.
const NAMES: usize = 10;

/// What reading the list left out.
pub(crate) fn notes(names: &NameList) {
    let left_out = [(names.blank, "blank"), (names.duplicates, "repeated")];
    for (n, what) in left_out.into_iter().filter(|(n, _)| *n > 0) {
        say(format!("{} {what} line{} left out", number(n as u64), if n == 1 { "" } else { "s" }));
    }
    for skipped in names.skipped.iter().take(NAMES) {
        say(format!("line {} left out: {}", skipped.line, skipped.reason));
    }
    if names.skipped.len() > NAMES {
        say(format!("and {} more lines left out", number((names.skipped.len() - NAMES) as u64)));
    }
}

/// `plan: 556 names (12 known and fresh, 544 to search for); about 1,650 requests to spotify (544 searches, ..), about
/// 9 min at the present budget`, and whether the day's budget ends it early.
pub(crate) fn plan(plan: &Plan) -> String {
    let counts = |counts: &[(usize, &str)]| {
        let some = counts.iter().filter(|(n, _)| *n > 0);
        some.map(|(n, what)| format!("{} {what}", number(*n as u64))).collect::<Vec<_>>().join(", ")
    };
    let names = if plan.names > 0 {
        let parts =
            [(plan.fresh, "known and fresh"), (plan.searches, "to search for"), (plan.lookups, "to look up by id")];
        format!("{} names ({})", number(plan.names as u64), counts(&parts))
    } else {
        format!("{} artists with something stale", number(plan.artists as u64))
    };
    if plan.requests == 0 {
        return format!("plan: {names}; no requests");
    }
    let by_facet = counts(&[
        (plan.searches, "searches"),
        (plan.lookups, "profiles"),
        (plan.albums, "lists of albums"),
        (plan.top_tracks, "of top tracks"),
        (plan.audio_features, "requests for audio features"),
    ]);
    let time = plan.duration.map_or_else(String::new, |time| format!(", {} at the present budget", about(time)));
    let early = match plan.left_today {
        Some(left) if plan.ends_early() => {
            format!("; the day's budget ends it after {} of them, run it again on the days after", number(left))
        }
        _ => String::new(),
    };
    format!("plan: {names}; about {} requests to spotify ({by_facet}){time}{early}", number(plan.requests))
}

pub(crate) fn about(time: Duration) -> String {
    match time.as_secs() {
        0..=90 => format!("about {} s", time.as_secs().max(1)),
        s @ 91..=5400 => format!("about {} min", s.div_ceil(60)),
        s @ 5401..=172_800 => format!("about {:.1} h", s as f64 / 3600.0),
        s => format!("about {:.1} days", s as f64 / 86_400.0),
    }
}

/// The report of a run.
pub(crate) fn report(out: &mut Out, report: &Report) -> Result<(), Failure> {
    let how: Vec<String> = report.how.iter().map(|(how, n)| format!("{how} {}", number(*n as u64))).collect();
    let how = if how.is_empty() { String::new() } else { format!(" (in this run: {})", how.join(", ")) };
    out.line(format!("names        {}", number(report.names as u64)))?;
    out.line(format!("found        {}{how}", number(report.found as u64)))?;
    names(out, "ambiguous", report.ambiguous, &report.ambiguous_names)?;
    names(out, "not found", report.not_found, &report.not_found_names)?;
    names(out, "failed", report.failed, &report.failed_names)?;
    if report.left > 0 {
        out.line(format!("left         {}", number(report.left as u64)))?;
    }
    if !report.source_ranked_names.is_empty() {
        let shown = &report.source_ranked_names;
        out.line(format!("decided by a source's own order among several of that name: {}", shown.len()))?;
        list(out, shown)?;
    }
    for (facet, coverage) in &report.facets {
        let counts = [
            (coverage.fetched, "fetched"),
            (coverage.fresh, "fresh"),
            (coverage.withheld, "withheld"),
            (coverage.failed, "failed"),
        ];
        let counts: Vec<String> =
            counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", number(*n))).collect();
        let counts = if counts.is_empty() { "none fetched".to_owned() } else { counts.join(", ") };
        out.line(format!("{:<14} {counts}", facet.as_str()))?;
    }
    for (error, n) in &report.facet_errors {
        out.line(format!("  {} x {error}", number(*n)))?;
    }
    if report.development_mode {
        out.line(
            "this key is in spotify's development mode: no followers, popularity, genres, top tracks or audio features",
        )?;
    }
    for (source, of) in report.sources.iter().filter(|(_, of)| of.requests > 0 || of.gone.is_some()) {
        let missed = if of.missed > 0 { format!(", {} not asked", number(of.missed)) } else { String::new() };
        let failed = if of.failed > 0 { format!(", {} failed", number(of.failed)) } else { String::new() };
        out.line(format!(
            "{source:<14} {} answers, {} requests{failed}{missed}",
            number(of.answered),
            number(of.requests)
        ))?;
        if let Some(why) = &of.gone {
            out.line(format!("  passed over: {why}; the next run asks for what is missing"))?;
        }
    }
    let retries = if report.retries > 0 {
        format!(", {} of them again after a fault", number(report.retries))
    } else {
        String::new()
    };
    let limited = if report.limited > 0 { format!(", {} told to wait", number(report.limited)) } else { String::new() };
    out.line(format!("{} requests{retries}{limited}, {:.1} s", number(report.requests), report.seconds))?;
    ending(report);
    Ok(())
}

/// Says that ListenBrainz wants a token for what it withheld; its labs know none.
pub(crate) fn hint_at_token(report: &Report) {
    let Some(of) = report.sources.get(&Source::ListenBrainz) else { return };
    let withheld: Vec<&str> = of.withheld.iter().copied().filter(|endpoint| endpoint.starts_with("/1/")).collect();
    if !withheld.is_empty() {
        say(format!(
            "hint: listenbrainz gives {} to those with a token only: set LISTENBRAINZ_TOKEN to that of a free account \
             (https://listenbrainz.org/settings); what is missing is asked for again after a day",
            withheld.join(", ")
        ));
    }
}

fn names(out: &mut Out, what: &str, n: usize, these: &[Listed]) -> Result<(), Failure> {
    if n == 0 {
        return Ok(());
    }
    out.line(format!("{what:<12} {}", number(n as u64)))?;
    list(out, these)
}

fn list(out: &mut Out, these: &[Listed]) -> Result<(), Failure> {
    for listed in these.iter().take(NAMES) {
        let why = listed.why.clone().or_else(|| listed.candidates.as_ref().map(candidates)).unwrap_or_default();
        out.line(format!("  {}{}{why}", listed.name, if why.is_empty() { "" } else { ": " }))?;
    }
    if these.len() > NAMES {
        out.line(format!("  and {} more (`--json` has all)", number((these.len() - NAMES) as u64)))?;
    }
    Ok(())
}

/// `BTS (3Nrfpe0tUJi4K4DXYWgMUX, 64,000,000 followers), ..`, the best three.
fn candidates(candidates: &Value) -> String {
    let one = |c: &Value| {
        let followers = c["followers"].as_u64().map_or_else(String::new, |n| format!(", {} followers", number(n)));
        format!("{} ({}{followers})", c["name"].as_str().unwrap_or_default(), c["id"].as_str().unwrap_or_default())
    };
    let best: Vec<String> = candidates.as_array().into_iter().flatten().take(3).map(one).collect();
    if best.is_empty() { "no candidates".to_owned() } else { format!("perhaps {}", best.join(", ")) }
}

/// How to go on, where the run ended early.
fn ending(report: &Report) {
    let saved = format!("{} of {} names are done and saved", number(report.done() as u64), number(report.names as u64));
    match &report.outcome {
        Outcome::Paused { until, reason } => {
            let wait = (*until - SystemClock.now()).to_std().unwrap_or_default();
            let minutes = wait.as_secs().div_ceil(60);
            let wait = if minutes >= 60 {
                format!("{} h {} min", minutes / 60, minutes % 60)
            } else {
                format!("{minutes} min")
            };
            let until = until.with_timezone(&chrono::Local).format("%Y-%m-%d %H:%M");
            say(format!("spotify allows the next request at {until} (in {wait}): {reason}. {saved}."));
            say("hint: run the same command again after that");
        }
        Outcome::Stopped => {
            say(format!("stopped: {saved}."));
            say("hint: run the same command again to go on");
        }
        Outcome::Broken => say(saved),
        Outcome::Done => {}
    }
}
