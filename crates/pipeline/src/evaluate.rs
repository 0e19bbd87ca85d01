//! Evaluate: how good the similarity is on this catalogue, by facts that were held out of it.
//!
//! The protocol, and why nothing held out can reach a ranking, is in `similar::evaluation`; here the catalogue is read, every ranker is
//! built from the training part alone, and scored. See `docs/evaluation.md`.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;
use sixpotify_core::Source;
use sixpotify_similar::evaluation::{Scores, Training, Truth, hold_out_genres, hold_out_listeners};
use sixpotify_similar::metrics::Estimate;
use sixpotify_similar::{Item, Method, Space};
use sixpotify_store::{SharedStore, StoreError};

use crate::signals::{Signals, Sources};

/// How many candidates a query's list must hold, as a multiple of `k`: what the deepest metric looks at.
const DEPTH_PER_K: usize = 10;

/// Neighbours that are asked for at first, as a multiple of the number of candidates that a list needs.
const FIRST_DEPTH: usize = 4;

/// How to evaluate.
#[derive(Clone, Debug, PartialEq)]
pub struct EvaluateOptions {
    /// Places that count.
    pub k: usize,
    /// Share of listeners that are held out, 0 to 1.
    pub listeners: f64,
    /// Share of the genre vocabulary that is held out, 0 to 1.
    pub genres: f64,
    /// Chooses what is held out, and the resamples of the intervals.
    pub seed: u64,
    /// Whose facts may enter.
    pub sources: Sources,
}

/// How good the rankings are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EvaluateReport {
    /// Places that count.
    pub k: usize,
    /// What chose what is held out.
    pub seed: u64,
    /// Artists in the catalogue.
    pub artists: usize,
    /// Whose facts entered.
    pub sources: Vec<Source>,
    /// One entry for each kind of facts held out, of which there were enough.
    pub protocols: Vec<ProtocolReport>,
    /// Kinds of which there was not enough, and why.
    pub skipped: Vec<Skipped>,
    /// Seconds that it took.
    pub seconds: f64,
}

/// What could not be held out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// `listeners` or `genres`.
    pub held_out: &'static str,
    /// Why.
    pub reason: String,
}

/// Scores by one kind of facts held out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProtocolReport {
    /// `listeners` or `genres`.
    pub held_out: &'static str,
    /// The share that was held out.
    pub share: f64,
    /// Artists that were asked for.
    pub queries: usize,
    /// Scores, the baselines first.
    pub rankers: Vec<RankerScores>,
}

/// Scores of one ranker.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RankerScores {
    /// `random`, `popularity`, or a method of `relate`.
    pub ranker: &'static str,
    /// Normalised discounted cumulative gain at `k`.
    pub ndcg: Interval,
    /// Precision at `k`.
    pub precision: Interval,
    /// Recall at ten times `k`.
    pub recall: Interval,
    /// Mean reciprocal rank.
    pub mrr: Interval,
    /// nDCG at `k` over the less popular half of the candidates.
    pub tail_ndcg: Interval,
    /// Share of the candidates that are among the first `k` of any query.
    pub coverage: f32,
}

/// A mean over the queries with its 95 percent bootstrap interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The mean.
    pub mean: f32,
    /// Lower end.
    pub low: f32,
    /// Upper end.
    pub high: f32,
}

impl From<Estimate> for Interval {
    fn from(Estimate { mean, low, high }: Estimate) -> Self {
        Self { mean, low, high }
    }
}

impl RankerScores {
    fn new(ranker: &'static str, scores: &Scores) -> Self {
        Self {
            ranker,
            ndcg: scores.ndcg.into(),
            precision: scores.precision.into(),
            recall: scores.recall.into(),
            mrr: scores.mrr.into(),
            tail_ndcg: scores.tail_ndcg.into(),
            coverage: scores.coverage,
        }
    }
}

/// Why there are no scores.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// The catalogue failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The computation ended before its end.
    #[error("the evaluation was interrupted")]
    Interrupted,
}

/// Holds facts of the catalogue out, ranks without them, and scores the rankings by them. Stores nothing.
///
/// # Errors
/// See [`EvaluateError`].
pub async fn evaluate(store: &SharedStore, options: &EvaluateOptions) -> Result<EvaluateReport, EvaluateError> {
    let started = tokio::time::Instant::now();
    let signals = Signals::read(store, &options.sources).await?;
    let options = options.clone();
    let mut report = tokio::task::spawn_blocking(move || of_signals(signals, &options))
        .await
        .map_err(|_| EvaluateError::Interrupted)?;
    report.seconds = started.elapsed().as_secs_f64();
    Ok(report)
}

fn of_signals(signals: Signals, options: &EvaluateOptions) -> EvaluateReport {
    let mut report = EvaluateReport {
        k: options.k,
        seed: options.seed,
        artists: signals.items.len(),
        sources: signals.from.iter().copied().collect(),
        protocols: Vec::new(),
        skipped: Vec::new(),
        seconds: 0.0,
    };
    let Signals { items, listens, .. } = signals;
    for (held_out, share) in [("listeners", options.listeners), ("genres", options.genres)] {
        let (training, truth) = match held_out {
            "listeners" => hold_out_listeners(items.clone(), listens.clone(), share, options.seed),
            _ => hold_out_genres(items.clone(), listens.clone(), share, options.seed),
        };
        let queries = truth.queries().count();
        if queries == 0 {
            let reason = match held_out {
                "listeners" if listens.is_empty() => "who hears whom is not known",
                "listeners" => {
                    "no artist has 5 of the held-out listeners, each pair at least 2, in common with 5 other artists"
                }
                _ if items.iter().all(|item| item.genres.is_empty()) => "no artist has genres",
                _ => "no artist has both a visible genre and a hidden one that another has, too",
            };
            report.skipped.push(Skipped { held_out, reason: reason.to_owned() });
            continue;
        }
        let rankers = rankers(&training, &truth, options);
        report.protocols.push(ProtocolReport { held_out, share, queries, rankers });
    }
    report
}

fn rankers(training: &Training, truth: &Truth, options: &EvaluateOptions) -> Vec<RankerScores> {
    let (k, seed) = (options.k, options.seed);
    let mut scores = vec![
        RankerScores::new("random", &truth.random(k, seed)),
        RankerScores::new("popularity", &truth.popularity(k, seed, training)),
    ];
    let has = |known: fn(&Item) -> bool| training.items().iter().any(known);
    let methods = [
        ("audio", Method::Audio, has(|item| item.audio.is_some())),
        ("genres", Method::Genres, has(|item| !item.genres.is_empty())),
        (
            "behaviour",
            Method::Behaviour,
            !training.listens().is_empty() || has(|item| !item.related.is_empty() || !item.worked_with.is_empty()),
        ),
        ("blend", Method::Blend, true),
    ];
    for (name, method, _) in methods.into_iter().filter(|(.., known)| *known) {
        let space = Space::with_listens(training.items(), training.listens(), method);
        let queries: Vec<usize> = truth.queries().collect();
        let mut lists = lists(&space, &queries, truth, k.saturating_mul(DEPTH_PER_K)).into_iter();
        // `score` asks in the order of the queries.
        scores.push(RankerScores::new(name, &truth.score(k, seed, |_| lists.next().unwrap_or_default())));
    }
    scores
}

/// The neighbours of the queries, deep enough that `needed` candidates are among them, computed by as many threads as there are cores.
fn lists(space: &Space, queries: &[usize], truth: &Truth, needed: usize) -> Vec<Vec<usize>> {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut lists: Vec<(usize, Vec<usize>)> = std::thread::scope(|scope| {
        let worker = || {
            let mut own = Vec::new();
            while let Some(query) = queries.get(next.fetch_add(1, Ordering::Relaxed)) {
                own.push((*query, list(space, *query, truth, needed)));
            }
            own
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    lists.sort_unstable_by_key(|(query, _)| *query);
    lists.into_iter().map(|(_, list)| list).collect()
}

fn list(space: &Space, query: usize, truth: &Truth, needed: usize) -> Vec<usize> {
    let mut depth = needed.saturating_mul(FIRST_DEPTH);
    loop {
        let near = space.neighbours(query, depth).unwrap_or_default();
        let complete = near.len() < depth || depth >= space.len();
        let candidates = near.iter().filter(|near| truth.is_candidate(near.index)).count();
        if complete || candidates >= needed {
            return near.into_iter().map(|near| near.index).collect();
        }
        depth = depth.saturating_mul(4);
    }
}
