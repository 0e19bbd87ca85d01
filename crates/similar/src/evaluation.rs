//! The protocol that says how good recommendations are for a catalogue of one's own.
//!
//! **Held-out listeners.** Listeners are split by a hash. From the held-out ones comes the truth: artists with at least 5 of them count;
//! the score of a pair is the correlation (phi) of the two sets of listeners times `n / (n + 3)` for `n >= 2` common ones; the 20 best
//! above 0 are relevant, their gain is the score; artists with fewer than 5 relevant ones are not asked. Phi and not the cosine, so that
//! popular artists are not near everybody. Rankings are cut to the artists that count.
//!
//! **Held-out genres.** A share of the *vocabulary* is hidden by a hash, everywhere. Who shares a hidden genre is relevant.
//!
//! **No leakage by construction.** A split consumes the table and gives back two types: [`Training`], which is all that a ranker can be
//! built from and holds no row of a held-out listener nor a hidden genre, and [`Truth`], which can only be asked for scores.

use std::collections::{BTreeMap, BTreeSet};

use crate::audio::narrow;
use crate::behaviour::Listen;
use crate::item::Item;
use crate::metrics::{Dice, Estimate, estimate, ndcg, precision, ratio, recall, reciprocal_rank};

const LISTENERS: usize = 5;
const RELEVANT: usize = 20;

/// What a ranker may be built from.
#[derive(Debug)]
pub struct Training {
    items: Vec<Item>,
    listens: Vec<Listen>,
}

impl Training {
    /// The items, without hidden genres.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The plays, without held-out listeners.
    #[must_use]
    pub fn listens(&self) -> &[Listen] {
        &self.listens
    }
}

/// What is right: for each query the relevant items and their gains.
#[derive(Debug)]
pub struct Truth {
    relevant: BTreeMap<usize, BTreeMap<usize, f32>>,
    candidates: BTreeSet<usize>,
    /// The less popular half of the candidates.
    tail: BTreeSet<usize>,
}

/// Holds out `share` (0 to 1) of the listeners, chosen by `seed`.
#[must_use]
pub fn hold_out_listeners(items: Vec<Item>, listens: Vec<Listen>, share: f64, seed: u64) -> (Training, Truth) {
    let (held, rest): (Vec<Listen>, Vec<Listen>) =
        listens.into_iter().partition(|row| chosen(u64::from(row.user), share, seed));
    let mut users: BTreeMap<u32, BTreeSet<usize>> = BTreeMap::new();
    for row in
        held.into_iter().filter(|row| row.plays > 0.0 && row.plays.is_finite() && (row.item as usize) < items.len())
    {
        users.entry(row.user).or_default().insert(row.item as usize);
    }
    let mut listeners: BTreeMap<usize, f64> = BTreeMap::new();
    for own in users.values() {
        for item in own {
            *listeners.entry(*item).or_default() += 1.0;
        }
    }
    listeners.retain(|_, count| *count >= f64::from(u32::try_from(LISTENERS).unwrap_or(u32::MAX)));
    let mut common: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for own in users.values() {
        let own: Vec<usize> = own.iter().copied().filter(|item| listeners.contains_key(item)).collect();
        for a in &own {
            for b in own.iter().filter(|b| a != *b) {
                *common.entry((*a, *b)).or_default() += 1.0;
            }
        }
    }
    let all = f64::from(u32::try_from(users.len()).unwrap_or(u32::MAX));
    let mut pairs: BTreeMap<usize, Vec<(usize, f32)>> = BTreeMap::new();
    for ((a, b), n) in common.into_iter().filter(|(_, n)| *n >= 2.0) {
        let (x, y) = (listeners[&a], listeners[&b]);
        let spread = (x * (1.0 - x / all) * y * (1.0 - y / all)).sqrt();
        let score = narrow((n - x * y / all) / spread * n / (n + 3.0));
        // An artist that everybody hears has no spread, and the score is no number.
        if score > 0.0 {
            pairs.entry(a).or_default().push((b, score));
        }
    }
    let relevant = pairs.into_iter().filter_map(|(item, mut row)| {
        row.sort_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(&y.0)));
        row.truncate(RELEVANT);
        (row.len() >= LISTENERS).then(|| (item, row.into_iter().collect()))
    });
    let truth = Truth::new(relevant.collect(), listeners.into_keys().collect(), &items);
    (Training { items, listens: rest }, truth)
}

/// Hides `share` (0 to 1) of the genre vocabulary, chosen by `seed`. Queries and candidates have visible and hidden genres.
#[must_use]
pub fn hold_out_genres(mut items: Vec<Item>, listens: Vec<Listen>, share: f64, seed: u64) -> (Training, Truth) {
    let mut hidden: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    let mut candidates = BTreeSet::new();
    for (index, item) in items.iter_mut().enumerate() {
        let keys: Vec<String> =
            item.genres.iter().map(|genre| genre.trim().to_lowercase()).filter(|g| !g.is_empty()).collect();
        let (out, visible): (Vec<String>, Vec<String>) =
            keys.into_iter().partition(|genre| chosen(text_hash(genre), share, seed));
        if !out.is_empty() && !visible.is_empty() {
            candidates.insert(index);
            for genre in out {
                hidden.entry(genre).or_default().insert(index);
            }
        }
        item.genres = visible;
    }
    let mut relevant: BTreeMap<usize, BTreeMap<usize, f32>> = BTreeMap::new();
    for members in hidden.values() {
        for a in members {
            relevant.entry(*a).or_default().extend(members.iter().filter(|b| a != *b).map(|b| (*b, 1.0)));
        }
    }
    relevant.retain(|_, others| !others.is_empty());
    let truth = Truth::new(relevant, candidates, &items);
    (Training { items, listens }, truth)
}

/// The scores of one ranking.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// Queries asked.
    pub queries: usize,
    /// nDCG at `k`.
    pub ndcg: Estimate,
    /// Precision at `k`.
    pub precision: Estimate,
    /// Recall at `10 * k`.
    pub recall: Estimate,
    /// Mean reciprocal rank.
    pub mrr: Estimate,
    /// nDCG at `k` over the queries of the less popular half.
    pub tail_ndcg: Estimate,
    /// Share of the candidates that are among the first `k` of any query.
    pub coverage: f32,
}

impl Truth {
    fn new(relevant: BTreeMap<usize, BTreeMap<usize, f32>>, candidates: BTreeSet<usize>, items: &[Item]) -> Self {
        let mut order: Vec<usize> = candidates.iter().copied().collect();
        let fame = |index: usize| items[index].known_popularity().unwrap_or(0.0);
        order.sort_by(|a, b| fame(*a).total_cmp(&fame(*b)).then(a.cmp(b)));
        let tail = order[..order.len() / 2].iter().copied().collect();
        Self { relevant, candidates, tail }
    }

    /// The items to ask for, in order.
    pub fn queries(&self) -> impl Iterator<Item = usize> {
        self.relevant.keys().copied()
    }

    /// Whether an item may be an answer; others are passed over. That says nothing of what is right.
    #[must_use]
    pub fn is_candidate(&self, item: usize) -> bool {
        self.candidates.contains(&item)
    }

    /// Scores a ranker, which gives the items near a query, nearest first; those that are not candidates are passed over, so it must
    /// rank deep enough. `seed` is that of the intervals.
    pub fn score(&self, k: usize, seed: u64, mut rank: impl FnMut(usize) -> Vec<usize>) -> Scores {
        let (mut gain, mut exact, mut found, mut first, mut tail) = (vec![], vec![], vec![], vec![], vec![]);
        let mut covered = BTreeSet::new();
        for (query, relevant) in &self.relevant {
            let mut seen = BTreeSet::new();
            let mut list = rank(*query);
            list.retain(|item| item != query && self.candidates.contains(item) && seen.insert(*item));
            covered.extend(list.iter().take(k).copied());
            let gains: Vec<f32> = list.iter().map(|item| relevant.get(item).copied().unwrap_or(0.0)).collect();
            let all: Vec<f32> = relevant.values().copied().collect();
            let value = ndcg(&gains, &all, k);
            gain.push(value);
            exact.push(precision(&gains, k));
            found.push(recall(&gains, all.len(), k.saturating_mul(10)));
            first.push(reciprocal_rank(&gains));
            if self.tail.contains(query) {
                tail.push(value);
            }
        }
        Scores {
            queries: gain.len(),
            ndcg: estimate(&gain, seed),
            precision: estimate(&exact, seed),
            recall: estimate(&found, seed),
            mrr: estimate(&first, seed),
            tail_ndcg: estimate(&tail, seed),
            coverage: ratio(covered.len(), self.candidates.len()),
        }
    }

    /// The baseline of chance: the candidates shuffled anew for every query, from `seed`.
    #[must_use]
    pub fn random(&self, k: usize, seed: u64) -> Scores {
        let mut dice = Dice::new(seed);
        let mut order: Vec<usize> = self.candidates.iter().copied().collect();
        self.score(k, seed, |_| {
            for at in (1..order.len()).rev() {
                order.swap(at, dice.below(at + 1));
            }
            order.clone()
        })
    }

    /// The baseline of fame: the same for every query, by the plays of the training listeners, then by popularity.
    #[must_use]
    pub fn popularity(&self, k: usize, seed: u64, training: &Training) -> Scores {
        let mut listeners: BTreeMap<usize, BTreeSet<u32>> = BTreeMap::new();
        for row in &training.listens {
            listeners.entry(row.item as usize).or_default().insert(row.user);
        }
        let count = |index: usize| listeners.get(&index).map_or(0, BTreeSet::len);
        let fame = |index: usize| training.items[index].known_popularity().unwrap_or(0.0);
        let mut order: Vec<usize> = self.candidates.iter().copied().collect();
        order.sort_by(|a, b| count(*b).cmp(&count(*a)).then(fame(*b).total_cmp(&fame(*a))).then(a.cmp(b)));
        self.score(k, seed, |_| order.clone())
    }
}

fn text_hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Whether a key falls into the share, by a hash: independent of the order and of what else there is.
fn chosen(key: u64, share: f64, seed: u64) -> bool {
    let mut dice = Dice::new(key ^ Dice::new(seed).next());
    let places = 1_000_000;
    f64::from(u32::try_from(dice.below(places)).unwrap_or(0)) < share * 1e6
}
