//! Figures for Prometheus, counted where things happen. A small registry of our own: counters and histograms with fixed labels.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use sixpotify_bot::{Channel, Outcome};

/// Upper bounds of the buckets of a latency, in seconds.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// All that is counted since the start.
#[derive(Default)]
pub struct Metrics {
    messages: Mutex<BTreeMap<(Channel, Option<Outcome>), u64>>,
    answers: Mutex<BTreeMap<Channel, Histogram>>,
    requests: RwLock<HashMap<String, BTreeMap<u16, Arc<Figures>>>>,
    tokens: Mutex<BTreeMap<Channel, bool>>,
}

/// How long answers of one route with one status took.
#[derive(Default)]
pub(crate) struct Figures {
    route: String,
    status: u16,
    took: Histogram,
}

impl Figures {
    /// The route and the status.
    pub(crate) fn of(&self) -> (&str, u16) {
        (&self.route, self.status)
    }

    /// Counts one more.
    pub(crate) fn add(&self, took: Duration) {
        self.took.add(took);
    }
}

/// How long things took. Counted without a lock: what is read meanwhile may lack a part of the newest.
#[derive(Default)]
struct Histogram {
    buckets: [AtomicU64; BUCKETS.len()],
    count: AtomicU64,
    nanoseconds: AtomicU64,
}

impl Histogram {
    fn add(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        if let Some(bucket) = BUCKETS.iter().position(|bound| seconds <= *bound) {
            self.buckets[bucket].fetch_add(1, Relaxed);
        }
        self.count.fetch_add(1, Relaxed);
        self.nanoseconds.fetch_add(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX), Relaxed);
    }

    fn write(&self, out: &mut String, name: &str, labels: &str) {
        let mut below = 0;
        for (bound, count) in BUCKETS.iter().zip(&self.buckets) {
            below += count.load(Relaxed);
            let _ = writeln!(out, "{name}_bucket{{{labels},le=\"{bound}\"}} {below}");
        }
        let count = self.count.load(Relaxed).max(below);
        let sum = Duration::from_nanos(self.nanoseconds.load(Relaxed)).as_secs_f64();
        let _ = writeln!(out, "{name}_bucket{{{labels},le=\"+Inf\"}} {count}");
        let _ = writeln!(out, "{name}_sum{{{labels}}} {sum}");
        let _ = writeln!(out, "{name}_count{{{labels}}} {count}");
    }
}

impl Metrics {
    /// A message was answered, `took` after it came.
    pub fn answered(&self, channel: Channel, outcome: Outcome, took: Duration) {
        *lock(&self.messages).entry((channel, Some(outcome))).or_default() += 1;
        lock(&self.answers).entry(channel).or_default().add(took);
    }

    /// A message could not be answered.
    pub fn failed(&self, channel: Channel) {
        *lock(&self.messages).entry((channel, None)).or_default() += 1;
    }

    /// Whether the platform refuses our token.
    pub(crate) fn token_refused(&self, channel: Channel, refused: bool) {
        lock(&self.tokens).insert(channel, refused);
    }

    /// Where answers of `route` (its pattern, so that there are few) with `status` are counted.
    pub(crate) fn of_route(&self, route: &str, status: u16) -> Arc<Figures> {
        let known = |all: &HashMap<String, BTreeMap<u16, Arc<Figures>>>| all.get(route)?.get(&status).cloned();
        if let Some(figures) = known(&self.requests.read().unwrap_or_else(PoisonError::into_inner)) {
            return figures;
        }
        let mut all = self.requests.write().unwrap_or_else(PoisonError::into_inner);
        let figures = || Arc::new(Figures { route: route.to_owned(), status, took: Histogram::default() });
        all.entry(route.to_owned()).or_default().entry(status).or_insert_with(figures).clone()
    }

    /// Everything in the text format of Prometheus.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        head(
            &mut out,
            "sixpotify_messages_total",
            "counter",
            "Messages of people, by channel and how they were answered.",
        );
        for ((channel, outcome), count) in &*lock(&self.messages) {
            let outcome = outcome.map_or("error", Outcome::as_str);
            let _ = writeln!(out, "sixpotify_messages_total{{channel=\"{channel}\",outcome=\"{outcome}\"}} {count}");
        }
        head(&mut out, "sixpotify_answer_seconds", "histogram", "Time from a message to its answer.");
        for (channel, histogram) in &*lock(&self.answers) {
            histogram.write(&mut out, "sixpotify_answer_seconds", &format!("channel=\"{channel}\""));
        }
        head(
            &mut out,
            "sixpotify_token_refused",
            "gauge",
            "1 while a platform refuses the token, and nobody is answered there.",
        );
        for (channel, refused) in &*lock(&self.tokens) {
            let _ = writeln!(out, "sixpotify_token_refused{{channel=\"{channel}\"}} {}", u8::from(*refused));
        }
        head(&mut out, "sixpotify_http_request_seconds", "histogram", "Time from a request to the head of its answer.");
        let all = self.requests.read().unwrap_or_else(PoisonError::into_inner);
        let mut routes: Vec<_> = all.iter().collect();
        routes.sort_by_key(|(route, _)| *route);
        for (route, statuses) in routes {
            for (status, figures) in statuses {
                let labels = format!("route=\"{route}\",status=\"{status}\"");
                figures.took.write(&mut out, "sixpotify_http_request_seconds", &labels);
            }
        }
        out
    }
}

/// Writes an answered message to the log: neither what was said nor by whom.
pub(crate) fn log(channel: Channel, outcome: Outcome, took: Duration) {
    tracing::info!(%channel, outcome = outcome.as_str(), duration_ms = took.as_secs_f64() * 1e3, "a message was answered");
}

/// The two lines before the figures of a name. Writing to a text cannot fail.
pub(crate) fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_as_prometheus_reads_them() {
        let metrics = Metrics::default();
        metrics.answered(Channel::Web, Outcome::RightAway, Duration::from_millis(3));
        metrics.answered(Channel::Web, Outcome::RightAway, Duration::from_secs(60));
        metrics.failed(Channel::Web);
        metrics.of_route("/artist/{id}", 404).add(Duration::from_millis(1));
        let text = metrics.text();
        for line in [
            "sixpotify_messages_total{channel=\"web\",outcome=\"right_away\"} 2",
            "sixpotify_messages_total{channel=\"web\",outcome=\"error\"} 1",
            "sixpotify_answer_seconds_bucket{channel=\"web\",le=\"0.0025\"} 0",
            "sixpotify_answer_seconds_bucket{channel=\"web\",le=\"0.005\"} 1",
            "sixpotify_answer_seconds_bucket{channel=\"web\",le=\"+Inf\"} 2",
            "sixpotify_answer_seconds_count{channel=\"web\"} 2",
            "sixpotify_http_request_seconds_count{route=\"/artist/{id}\",status=\"404\"} 1",
            "# TYPE sixpotify_messages_total counter",
        ] {
            assert!(text.lines().any(|found| found == line), "no `{line}` in\n{text}");
        }
    }
}
