//! Genres for those who have none: borrowed from their neighbours.
//!
//! An artist without genres gets the mean of those of its nearest artists that have some: of the [`TAKEN`] that behaviour joins to it most
//! strongly, or, where it joins none that has genres, of those that sound nearest. A neighbour's share falls with its distance.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::genres::Genres;
use crate::nearest::{Candidate, Nearest};
use crate::places::{Places, reported, squared_within};
use crate::tree::LEAF;

/// Neighbours that lend.
const TAKEN: usize = 20;

/// Genres that are borrowed, the weightiest.
const BORROWED: usize = 24;

/// How much farther than the nearest a neighbour is that counts a third (`1 / e`).
const FADES: f32 = 0.1;

/// The weights that each position without genres borrows, in the order of the positions. `joined` gives whom behaviour joins to an item.
pub(crate) fn spread(
    places: &Places,
    genres: &Genres,
    positions: std::ops::Range<usize>,
    joined: impl Fn(usize) -> Vec<(u32, f32)> + Sync,
) -> Vec<(usize, Vec<(u32, f64)>)> {
    if !genres.has_any() {
        return Vec::new();
    }
    positions
        .into_par_iter()
        .filter(|position| !genres.knows(*position))
        .map(|position| {
            let mut nearest = Nearest::new(TAKEN, &[]);
            for (item, strength) in joined(places.item(position)) {
                let index = places.position(item as usize);
                if genres.knows(index) {
                    nearest.offer(Candidate { distance: 1.0 - strength, index });
                }
            }
            if nearest.is_empty() {
                by_sound(places, genres, position, &mut nearest);
            }
            (position, mean(genres, &nearest.into_sorted()))
        })
        .filter(|(_, weights)| !weights.is_empty())
        .collect()
}

/// The nearest positions by sound of those that have genres.
fn by_sound(places: &Places, genres: &Genres, position: usize, nearest: &mut Nearest<'_>) {
    let Some(here) = places.here(position) else { return };
    let mut limit = f32::INFINITY;
    places.walk(&here, limit, |leaf| {
        for (lane, squared) in places.squares(&here, leaf).into_iter().enumerate() {
            let index = leaf * LEAF + lane;
            if squared <= limit && squared < f32::INFINITY && genres.knows(index) {
                nearest.offer(Candidate { distance: reported(squared), index });
            }
        }
        limit = squared_within(nearest.bound());
        limit
    });
}

fn mean(genres: &Genres, lenders: &[Candidate]) -> Vec<(u32, f64)> {
    let Some(first) = lenders.first() else { return Vec::new() };
    let share = |lender: &Candidate| f64::from((first.distance - lender.distance) / FADES).exp();
    let whole: f64 = lenders.iter().map(share).sum();
    let mut sums: BTreeMap<u32, f64> = BTreeMap::new();
    for lender in lenders {
        for (genre, weight) in genres.weights(lender.index) {
            *sums.entry(genre).or_default() += weight * share(lender) / whole;
        }
    }
    let mut weights: Vec<(u32, f64)> = sums.into_iter().collect();
    weights.sort_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(&y.0)));
    weights.truncate(BORROWED);
    weights.sort_by_key(|(genre, _)| *genre);
    weights
}
