//! From hashes of keys to the forms that have them: sorted pairs in one array, and a small sorted one for what is new.

use std::ops::Range;

/// A 32-bit hash of `symbols`; `salt` keeps kinds of keys apart.
pub(crate) fn hash(salt: u32, symbols: impl IntoIterator<Item = u32>) -> u32 {
    let mut state = 0xcbf2_9ce4_8422_2325_u64 ^ u64::from(salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for symbol in symbols {
        state = (state ^ u64::from(symbol)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    state ^= state >> 32;
    state = state.wrapping_mul(0xd6e8_feb8_6659_fd93);
    (state >> 32) as u32
}

/// [`hash`] of the bytes of a text.
pub(crate) fn hash_text(salt: u32, text: &str) -> u32 {
    hash(salt, text.bytes().map(u32::from))
}

/// Pairs of a hash and a form. Eight bytes a pair, and one cache miss or two a look-up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Postings {
    /// Sorted pairs, the hash in the upper half.
    base: Vec<u64>,
    /// Where in `base` the hashes with the same upper `32 - shift` bits begin; one more at the end.
    starts: Vec<u32>,
    shift: u32,
    /// Pairs that are not in `base` yet: sorted, or in any order while [`Self::add_later`] fills it.
    fresh: Vec<u64>,
}

/// So many new pairs are merged into the large array; beyond it, keeping the small one sorted costs more.
const MOST_FRESH: usize = 8192;

impl Postings {
    /// Adds a pair that look-ups see at once.
    pub(crate) fn add(&mut self, hash: u32, form: u32) {
        let pair = pair(hash, form);
        if let Err(at) = self.fresh.binary_search(&pair) {
            self.fresh.insert(at, pair);
        }
        if self.fresh.len() > MOST_FRESH.max(self.base.len() / 64) {
            self.settle();
        }
    }

    /// Adds a pair that look-ups see after [`Self::settle`] only: for loading much at once.
    pub(crate) fn add_later(&mut self, hash: u32, form: u32) {
        self.fresh.push(pair(hash, form));
    }

    /// Sorts in what is new.
    pub(crate) fn settle(&mut self) {
        if self.fresh.is_empty() {
            return;
        }
        self.base.append(&mut self.fresh);
        self.fresh = Vec::new();
        // Runs that are sorted already are merged, not sorted again; where there is none, the other way is faster.
        if self.starts.is_empty() {
            self.base.sort_unstable()
        } else {
            self.base.sort()
        }
        self.base.dedup();
        self.base.shrink_to_fit();
        let bits = (self.base.len() / 2).max(1).ilog2();
        self.shift = 32 - bits;
        self.starts.clear();
        self.starts.reserve_exact((1 << bits) + 1);
        let mut at = 0;
        for bucket in 0..1_u64 << bits {
            self.starts.push(position(at));
            let end = (bucket + 1) << (self.shift + 32).min(63);
            let last = bucket + 1 == 1 << bits;
            while at < self.base.len() && (last || self.base[at] < end) {
                at += 1;
            }
        }
        self.starts.push(position(at));
    }

    /// The forms under `hash`, in ascending order but for those that are new.
    pub(crate) fn get(&self, hash: u32) -> impl Iterator<Item = u32> + '_ {
        let (found, fresh) = self.places(hash);
        self.base[found].iter().chain(fresh).map(|&pair| lower(pair))
    }

    /// Where in the large array the pairs of `hash` stand, and those that are new.
    pub(crate) fn places(&self, hash: u32) -> (Range<usize>, &[u64]) {
        let bucket = if self.starts.is_empty() {
            0..0
        } else {
            let bucket = if self.shift == 32 { 0 } else { (hash >> self.shift) as usize };
            self.starts[bucket] as usize..self.starts[bucket + 1] as usize
        };
        let found = run(&self.base[bucket.clone()], hash);
        (bucket.start + found.start..bucket.start + found.end, &self.fresh[run(&self.fresh, hash)])
    }

    /// The form of the pair at a place in the large array.
    pub(crate) fn form_at(&self, place: usize) -> u32 {
        lower(self.base[place])
    }

    /// The forms of the large array, in its order.
    pub(crate) fn settled(&self) -> impl ExactSizeIterator<Item = u32> + '_ {
        self.base.iter().map(|&pair| lower(pair))
    }

    /// Takes over the pairs of another that was only loaded, its forms counted on from `first`.
    pub(crate) fn absorb(&mut self, other: &Self, first: u32) {
        // Its forms are fewer than the numbers that are left, so that the sum does not reach into the hash.
        self.fresh.extend(other.fresh.iter().map(|pair| pair + u64::from(first)));
    }

    /// Bytes that it takes.
    pub(crate) fn bytes(&self) -> usize {
        (self.base.capacity() + self.fresh.capacity()) * 8 + self.starts.capacity() * 4
    }
}

/// Pairs of one hash that are counted one by one.
const SHORT: usize = 16;

/// Where in sorted pairs those of `hash` stand.
fn run(pairs: &[u64], hash: u32) -> Range<usize> {
    let begin = pairs.partition_point(|&pair| upper(pair) < hash);
    // Most are short; that of a word that everybody has is not walked through.
    let length = match pairs[begin..].iter().take(SHORT).position(|&pair| upper(pair) != hash) {
        Some(length) => length,
        None => pairs[begin..].partition_point(|&pair| upper(pair) == hash),
    };
    begin..begin + length
}

/// The form of a pair that is new.
pub(crate) fn form_of(pair: u64) -> u32 {
    lower(pair)
}

fn pair(hash: u32, form: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(form)
}

fn upper(pair: u64) -> u32 {
    (pair >> 32) as u32
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is what is asked for")]
fn lower(pair: u64) -> u32 {
    pair as u32
}

fn position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn what_was_added_is_found_and_nothing_else(
            bulk in prop::collection::vec((0_u32..40, 0_u32..20), 0..200),
            later in prop::collection::vec((0_u32..40, 20_u32..40), 0..50),
            spread in prop::sample::select(vec![1_u32, 0x0400_0001, 0x3fff_ffff]),
        ) {
            let mut postings = Postings::default();
            bulk.iter().for_each(|&(hash, form)| postings.add_later(hash.wrapping_mul(spread), form));
            postings.settle();
            later.iter().for_each(|&(hash, form)| postings.add(hash.wrapping_mul(spread), form));
            for hash in 0..41_u32 {
                let found: BTreeSet<u32> = postings.get(hash.wrapping_mul(spread)).collect();
                let added = bulk.iter().chain(&later).filter(|(h, _)| h.wrapping_mul(spread) == hash.wrapping_mul(spread));
                prop_assert_eq!(found, added.map(|&(_, form)| form).collect::<BTreeSet<u32>>());
            }
        }
    }

    #[test]
    fn many_new_pairs_are_merged_in() {
        let mut postings = Postings::default();
        for form in 0..20_000_u32 {
            postings.add(form.wrapping_mul(0x9e37_79b9), form);
        }
        assert!(postings.base.len() > MOST_FRESH);
        assert!((0..20_000).all(|form: u32| postings.get(form.wrapping_mul(0x9e37_79b9)).eq([form])));
    }
}
