//! Items that nothing tells apart: found once, so that a search meets all of them as one.
//!
//! A catalogue may hold a hundred thousand rows of one sound and the same genres (a service's placeholder, a table imported badly). Each
//! of them is as near to an asker as any other, so a bound holds none of them back, and comparing all with all is the square of their
//! number. In a search a crowd stands in one place, is compared once, and hands in its members in their order for as long as they
//! are taken.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use rayon::prelude::*;

/// Fewer equal items than this are compared one by one: that costs little, and most catalogues have some.
pub(crate) const CROWD: usize = 16;

/// The kind of an item that is in no crowd, whatever it looks like.
pub(crate) const ALONE: u32 = u32::MAX;

/// The crowds, each with its members ascending, by their first members. `rows` holds `axes` values per item, `unknown` the share of its
/// unknown axes; members of a crowd have the same kind, too. Without `kinds`, all are of one.
pub(crate) fn crowds(rows: &[f32], unknown: &[f32], axes: usize, kinds: &[u32]) -> Vec<Vec<u32>> {
    let kind = |item: usize| kinds.get(item).copied().unwrap_or_default();
    let row =
        |item: usize| rows[item * axes..][..axes].iter().chain(&unknown[item..=item]).map(|value| value.to_bits());
    let print = |item: usize| {
        // Its keys are fixed: the same at every run.
        let mut hasher = DefaultHasher::new();
        kind(item).hash(&mut hasher);
        row(item).for_each(|bits| bits.hash(&mut hasher));
        hasher.finish()
    };
    let len = u32::try_from(unknown.len()).unwrap_or(u32::MAX);
    let mut prints: Vec<(u64, u32)> = (0..len)
        .into_par_iter()
        .filter(|item| kind(*item as usize) != ALONE)
        .map(|item| (print(item as usize), item))
        .collect();
    prints.par_sort_unstable();
    let mut crowds: Vec<Vec<u32>> = prints
        .chunk_by(|x, y| x.0 == y.0)
        .filter(|alike| alike.len() >= CROWD)
        .map(|alike| {
            // Equal prints are nearly a proof.
            let first = alike[0].1 as usize;
            let same = |item: &u32| kind(*item as usize) == kind(first) && row(*item as usize).eq(row(first));
            alike.iter().map(|(_, item)| *item).filter(same).collect()
        })
        .collect();
    crowds.retain(|crowd: &Vec<u32>| crowd.len() >= CROWD);
    crowds.sort_unstable();
    crowds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_of_the_same_values_and_kind_are_a_crowd() {
        // Three values in turn, and a kind apart among the first.
        let rows: Vec<f32> = (0..90_u8).map(|n| f32::from(n % 3)).collect();
        let mut kinds = vec![7; 90];
        (kinds[0], kinds[3]) = (ALONE, 8);
        let found = crowds(&rows, &[0.0; 90], 1, &kinds);
        assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [30, 30, 28]);
        assert_eq!([found[0][0], found[1][0], found[2][0]], [1, 2, 6]);
        assert!(found.iter().all(|crowd| crowd.is_sorted()));
        assert_eq!(crowds(&rows[..45], &[0.0; 45], 1, &kinds), Vec::<Vec<u32>>::new(), "fifteen, fifteen, thirteen");
        assert_eq!(crowds(&[], &[0.0; 90], 0, &[]), [(0..90).collect::<Vec<u32>>()], "nothing to be told apart by");
    }
}
