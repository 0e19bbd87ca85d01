//! Stable hashes: the same text gives the same number on every machine and in every release.
//!
//! Everything that the sample lacks is derived from these, so changing them changes every derived id.

/// 64-bit FNV-1a over `kind`, a separator and `text`, then mixed so that every bit depends on every byte.
pub fn hash(kind: &str, text: &str) -> u64 {
    let mut state: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in kind.bytes().chain([0]).chain(text.bytes()) {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    mix(state)
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection that spreads every bit.
pub const fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The number that [`mix`] makes `mixed` of.
pub const fn unmix(mixed: u64) -> u64 {
    // Each step undone in turn; the factors are the inverses of those of `mix` modulo 2^64.
    let mut z = mixed;
    z ^= (z >> 31) ^ (z >> 62);
    z = z.wrapping_mul(0x3196_42b2_d24d_8ec3);
    z ^= (z >> 27) ^ (z >> 54);
    z = z.wrapping_mul(0x96de_1b17_3f11_9089);
    z ^= (z >> 30) ^ (z >> 60);
    z.wrapping_sub(0x9e37_79b9_7f4a_7c15)
}

/// A hash as a number in `0.0..1.0`.
#[expect(clippy::cast_precision_loss, reason = "53 bits are kept, which a double holds exactly")]
pub fn unit(hash: u64) -> f64 {
    (hash >> 11) as f64 / (1_u64 << 53) as f64
}

/// A hash as a number in `0..bound`.
pub const fn below(hash: u64, bound: u64) -> u64 {
    // Multiply-shift: the high half of the product is uniform in 0..bound.
    ((hash as u128 * bound as u128) >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_never_changes() {
        assert_eq!(hash("artist", "BTS"), hash("artist", "BTS"));
        assert_ne!(hash("artist", "BTS"), hash("album", "BTS"));
        assert_ne!(hash("a", "bc"), hash("ab", "c"));
    }

    #[test]
    fn mixing_can_be_undone() {
        for n in (0..1000).chain([u64::MAX, 1 << 63]) {
            assert_eq!(unmix(mix(n)), n);
        }
    }

    #[test]
    fn ranges_hold() {
        for n in 0..1000 {
            let h = mix(n);
            assert!((0.0..1.0).contains(&unit(h)));
            assert!(below(h, 7) < 7);
        }
    }
}
