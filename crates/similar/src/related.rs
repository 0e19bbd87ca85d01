//! Which genres are related: by the artists that have both, and by the words of their names.
//!
//! Two genres' strength is the sum of two cosines: of their sets of artists (less what chance would give it), times `n / (n + 3)` where
//! `n` artists have both, and of the words of their names, each weighing `ln(1 + n / df)` where `df` of the `n` genres have it. The [`KEPT`] strongest of each genre
//! stay, in both directions. Each strength is divided by the root of the product of the two genres' sums of strengths (where those exceed
//! 1): a genre whose words are everybody's is not near to everything, and the matrix "own genre + related ones" has no
//! negative eigenvalue, so that a cosine by it never exceeds 1.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::audio::narrow;
use crate::sparse::Sparse;

/// The most related genres that are kept of each.
const KEPT: usize = 8;

/// Strengths below this are chance.
const LEAST: f64 = 0.05;

/// Common artists at which a strength has half its weight.
const SHRINK: f64 = 3.0;

/// What a genre's own strength is written as; strengths are whole numbers so that sums of them are exact.
pub(crate) const WHOLE: f32 = 256.0;

/// Of an artist with more genres than this, only the first count together.
const TOGETHER: usize = 32;

/// Per genre the related ones with strengths of 1 to [`WHOLE`], in their order. `rows` are the artists' genres, ascending and without
/// repetition; `counts` how many of all `artists` each genre has.
pub(crate) fn relate<'a>(
    names: &[String],
    counts: &[f64],
    artists: f64,
    rows: impl Iterator<Item = &'a [u32]>,
) -> Sparse {
    let together = together(names.len(), rows);
    let (words, by_word) = words(names);
    let best: Vec<Vec<(u32, f64)>> = (0..names.len())
        .into_par_iter()
        .map_init(
            || vec![0.0_f64; names.len()],
            |strengths, genre| {
                let mut touched: Vec<u32> = Vec::new();
                for (word, here) in words.row(genre) {
                    for (other, there) in by_word.row(*word as usize) {
                        if strengths[*other as usize] == 0.0 {
                            touched.push(*other);
                        }
                        strengths[*other as usize] += f64::from(*here) * f64::from(*there);
                    }
                }
                for (other, both) in together.row(genre) {
                    let both = f64::from(*both);
                    let product = counts[genre] * counts[*other as usize];
                    let beyond = both - product / artists;
                    if beyond <= 0.0 {
                        continue;
                    }
                    if strengths[*other as usize] == 0.0 {
                        touched.push(*other);
                    }
                    strengths[*other as usize] += beyond / product.sqrt() * both / (both + SHRINK);
                }
                let found = touched.into_iter().map(|other| (other, std::mem::take(&mut strengths[other as usize])));
                let mut row: Vec<(u32, f64)> =
                    found.filter(|(other, strength)| *other as usize != genre && *strength >= LEAST).collect();
                row.sort_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(&y.0)));
                row.truncate(KEPT);
                row
            },
        )
        .collect();
    let mut both: Vec<Vec<(u32, f64)>> = vec![Vec::new(); names.len()];
    for (genre, row) in (0_u32..).zip(&best) {
        for (other, strength) in row {
            both[genre as usize].push((*other, *strength));
            both[*other as usize].push((genre, *strength));
        }
    }
    for row in &mut both {
        row.sort_by(|x, y| x.0.cmp(&y.0).then(y.1.total_cmp(&x.1)));
        row.dedup_by_key(|(other, _)| *other);
    }
    let sums: Vec<f64> = both.iter().map(|row| row.iter().map(|(_, s)| *s).sum::<f64>().max(1.0)).collect();
    Sparse::from_rows(both.iter().enumerate().map(|(genre, row)| {
        let scaled = |(other, strength): &(u32, f64)| {
            let strength = strength / (sums[genre] * sums[*other as usize]).sqrt();
            (*other, narrow((strength * f64::from(WHOLE)).floor()))
        };
        row.iter().map(scaled).filter(|(_, strength)| *strength > 0.0).collect()
    }))
}

/// Per genre the others and how many artists have both.
fn together<'a>(genres: usize, rows: impl Iterator<Item = &'a [u32]>) -> Sparse {
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    for row in rows {
        let row = &row[..row.len().min(TOGETHER)];
        for (at, one) in row.iter().enumerate() {
            pairs.extend(row[at + 1..].iter().map(|other| (*one, *other)));
        }
    }
    pairs.par_sort_unstable();
    let mut lists: Vec<Vec<(u32, f32)>> = vec![Vec::new(); genres];
    for same in pairs.chunk_by(|x, y| x == y) {
        let ((one, other), count) = (same[0], same.iter().fold(0.0, |count, _| count + 1.0));
        lists[one as usize].push((other, count));
        lists[other as usize].push((one, count));
    }
    Sparse::from_rows(lists)
}

/// Per genre its words with their weights at length 1, and per word its genres.
fn words(names: &[String]) -> (Sparse, Sparse) {
    let split = |name: &String| {
        let words = name.split(|c: char| c.is_whitespace() || matches!(c, '-' | '_' | '/')).filter(|w| !w.is_empty());
        let mut words: Vec<String> = words.map(str::to_owned).collect();
        words.sort_unstable();
        words.dedup();
        words
    };
    let own: Vec<Vec<String>> = names.iter().map(split).collect();
    let mut counts: BTreeMap<&str, (u32, f64)> = BTreeMap::new();
    for word in own.iter().flatten() {
        counts.entry(word).or_default().1 += 1.0;
    }
    for (number, (place, _)) in (0..).zip(counts.values_mut()) {
        *place = number;
    }
    let weigh = |words: &Vec<String>| -> Vec<(u32, f32)> {
        let weights = words.iter().map(|word| {
            let (number, count) = counts[word.as_str()];
            (number, (names.len() as f64 / count).ln_1p())
        });
        let length = weights.clone().map(|(_, weight)| weight * weight).sum::<f64>().sqrt();
        weights.map(|(number, weight)| (number, narrow(weight / length))).collect()
    };
    let by_genre = Sparse::from_rows(own.iter().map(weigh));
    let by_word = by_genre.transposed(counts.len(), &(0..0));
    (by_genre, by_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strength(sparse: &Sparse, a: usize, b: u32) -> f32 {
        sparse.row(a).iter().find(|(other, _)| *other == b).map_or(0.0, |(_, strength)| *strength)
    }

    #[test]
    fn common_words_and_common_artists_relate_and_chance_does_not() {
        let names = ["dance pop", "electro", "indie-pop", "k-pop", "polka"].map(str::to_owned);
        let rows: Vec<&[u32]> = vec![&[1, 3], &[1, 3], &[1, 3], &[0], &[2], &[4]];
        let related = relate(&names, &[1.0, 3.0, 1.0, 3.0, 1.0], 6.0, rows.into_iter());
        assert!(strength(&related, 0, 2) > 0.0 && strength(&related, 1, 3) > 0.0);
        assert_eq!(related.row(4), []);
        for a in 0..5_u32 {
            for b in 0..5_u32 {
                assert_eq!(strength(&related, a as usize, b), strength(&related, b as usize, a));
            }
            let sum: f32 = related.row(a as usize).iter().map(|(_, strength)| strength).sum();
            assert!(sum <= 2.0 * WHOLE && related.row(a as usize).iter().all(|(_, s)| *s <= WHOLE));
        }
    }
}
