//! How good a ranking is, and how sure that is.
//!
//! Definitions: nDCG after Järvelin and Kekäläinen (2002) with linear gains and the discount `log2(rank + 1)`; the interval is the
//! percentile bootstrap over the queries (Efron 1979).

use crate::audio::narrow;

/// The gain of each answer in the order of the ranking, 0 for one that is not relevant.
fn dcg(gains: impl Iterator<Item = f32>) -> f64 {
    gains.zip(2_u32..).map(|(gain, place)| f64::from(gain) / f64::from(place).log2()).sum()
}

/// Normalised discounted cumulative gain of the first `k`, 0 to 1. `relevant` are the gains of all that is relevant, in any order; 0
/// where nothing is.
#[must_use]
pub fn ndcg(ranked: &[f32], relevant: &[f32], k: usize) -> f32 {
    let mut ideal = relevant.to_vec();
    ideal.sort_by(|x, y| y.total_cmp(x));
    let best = dcg(ideal.into_iter().take(k));
    if best > 0.0 { narrow(dcg(ranked.iter().copied().take(k)) / best) } else { 0.0 }
}

/// Share of the first `k` places that hold something relevant; an empty place holds nothing.
#[must_use]
pub fn precision(ranked: &[f32], k: usize) -> f32 {
    ratio(hits(ranked, k), k)
}

/// Share of the `relevant` ones that are among the first `k`.
#[must_use]
pub fn recall(ranked: &[f32], relevant: usize, k: usize) -> f32 {
    ratio(hits(ranked, k), relevant)
}

/// One over the place of the first relevant answer; 0 without one.
#[must_use]
pub fn reciprocal_rank(ranked: &[f32]) -> f32 {
    ranked.iter().position(|gain| *gain > 0.0).map_or(0.0, |at| ratio(1, at + 1))
}

fn hits(ranked: &[f32], k: usize) -> usize {
    ranked.iter().take(k).filter(|gain| **gain > 0.0).count()
}

/// A share; 0 of nothing is 0.
pub(crate) fn ratio(part: usize, whole: usize) -> f32 {
    let wide = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    if whole == 0 { 0.0 } else { narrow(wide(part) / wide(whole)) }
}

/// A mean over queries with its 95 percent interval.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Estimate {
    /// The mean; 0 without values.
    pub mean: f32,
    /// Lower end of the interval.
    pub low: f32,
    /// Upper end of the interval.
    pub high: f32,
}

/// Mean of the values, and the 2.5 and 97.5 percent points of the means of 1,000 resamples drawn from `seed`.
#[must_use]
pub fn estimate(values: &[f32], seed: u64) -> Estimate {
    let count = values.len();
    let Ok(divisor) = u32::try_from(count) else { return Estimate::default() };
    if count == 0 {
        return Estimate::default();
    }
    let mean = |sum: f64| narrow(sum / f64::from(divisor));
    let mut dice = Dice::new(seed);
    let mut means: Vec<f32> =
        (0..1000).map(|_| mean((0..count).map(|_| f64::from(values[dice.below(count)])).sum())).collect();
    means.sort_by(f32::total_cmp);
    Estimate { mean: mean(values.iter().copied().map(f64::from).sum()), low: means[25], high: means[974] }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers for the same seed everywhere.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is above 0 and at most `u32::MAX`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        // Multiply and shift: the bias is below one in four thousand million.
        let end = u64::try_from(end).unwrap_or(u64::MAX).min(u64::from(u32::MAX));
        usize::try_from(((self.next() >> 32) * end) >> 32).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_hold() {
        let ranked = [0.0, 3.0, 1.0];
        let expected = (3.0 / 3.0_f32.log2() + 1.0 / 2.0) / (3.0 + 1.0 / 3.0_f32.log2());
        assert!((ndcg(&ranked, &[1.0, 3.0], 3) - expected).abs() < 1e-6);
        assert_eq!(ndcg(&[3.0, 1.0], &[1.0, 3.0], 10), 1.0);
        assert_eq!((precision(&ranked, 4), recall(&ranked, 4, 3), reciprocal_rank(&ranked)), (0.5, 0.5, 0.5));
        assert_eq!(
            (ndcg(&[], &[], 3), precision(&[], 0), recall(&[], 0, 3), reciprocal_rank(&[0.0])),
            (0.0, 0.0, 0.0, 0.0)
        );
    }

    #[test]
    fn an_interval_holds_the_mean_narrows_with_more_and_repeats() {
        let values = |n: u16| (0..n).map(|i| f32::from(i % 10)).collect::<Vec<_>>();
        let (few, many) = (estimate(&values(50), 7), estimate(&values(5000), 7));
        assert!(few.low < 4.5 && 4.5 < few.high && (many.mean - 4.5).abs() < 1e-6, "{few:?} {many:?}");
        assert!(many.high - many.low < (few.high - few.low) / 5.0, "{few:?} {many:?}");
        assert_eq!(estimate(&values(50), 7), few);
        assert_eq!(estimate(&[], 7), Estimate::default());
    }
}
