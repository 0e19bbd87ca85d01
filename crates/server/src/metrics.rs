//! Figures for Prometheus, counted where things happen. A small registry of our own: counters and histograms with fixed labels.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sixpotify_bot::{Channel, Outcome};

/// Upper bounds of the buckets of a latency, in seconds.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// All that is counted since the start.
#[derive(Default)]
pub struct Metrics {
    messages: Mutex<BTreeMap<(Channel, Option<Outcome>), u64>>,
    answers: Mutex<BTreeMap<Channel, Histogram>>,
    requests: Mutex<HashMap<String, BTreeMap<u16, Histogram>>>,
    tokens: Mutex<BTreeMap<Channel, bool>>,
}

/// How long things took.
#[derive(Clone, Default)]
struct Histogram {
    buckets: [u64; BUCKETS.len()],
    count: u64,
    sum: f64,
}

impl Histogram {
    fn add(&mut self, took: Duration) {
        let seconds = took.as_secs_f64();
        if let Some(bucket) = BUCKETS.iter().position(|bound| seconds <= *bound) {
            self.buckets[bucket] += 1;
        }
        self.count += 1;
        self.sum += seconds;
    }

    fn write(&self, out: &mut String, name: &str, labels: &str) {
        let mut below = 0;
        for (bound, count) in BUCKETS.iter().zip(self.buckets) {
            below += count;
            let _ = writeln!(out, "{name}_bucket{{{labels},le=\"{bound}\"}} {below}");
        }
        let _ = writeln!(out, "{name}_bucket{{{labels},le=\"+Inf\"}} {}", self.count);
        let _ = writeln!(out, "{name}_sum{{{labels}}} {}", self.sum);
        let _ = writeln!(out, "{name}_count{{{labels}}} {}", self.count);
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

    /// A request to `route` (its pattern, so that there are few) was answered with `status`.
    pub(crate) fn request(&self, route: &str, status: u16, took: Duration) {
        let mut all = lock(&self.requests);
        match all.get_mut(route) {
            Some(statuses) => statuses.entry(status).or_default().add(took),
            None => all.entry(route.to_owned()).or_default().entry(status).or_default().add(took),
        }
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
        let all = lock(&self.requests);
        let mut routes: Vec<_> = all.iter().collect();
        routes.sort_by_key(|(route, _)| *route);
        for (route, statuses) in routes {
            for (status, histogram) in statuses {
                let labels = format!("route=\"{route}\",status=\"{status}\"");
                histogram.write(&mut out, "sixpotify_http_request_seconds", &labels);
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
        metrics.request("/artist/{id}", 404, Duration::from_millis(1));
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
