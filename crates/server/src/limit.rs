//! How much one visitor may ask: a bucket that fills evenly, for each key.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Keys that are remembered at most. Beyond it, those whose buckets are full again are forgotten; if that is not enough, all:
/// then everybody begins anew, and memory stays bounded.
const MOST_KEYS: usize = 50_000;

/// A limit for each of any number of keys.
pub(crate) struct RateLimit<K> {
    burst: u32,
    every: TimeDelta,
    /// When the bucket of a key is full again.
    full_at: Mutex<HashMap<K, DateTime<Utc>>>,
}

impl<K: Eq + Hash> RateLimit<K> {
    /// `burst` at once, and one more for each `every`.
    pub(crate) fn new(burst: u32, every: TimeDelta) -> Self {
        Self { burst, every, full_at: Mutex::default() }
    }

    /// Takes one out of the bucket of `key`.
    ///
    /// # Errors
    /// How long until there is one again.
    pub(crate) fn take(&self, key: K, now: DateTime<Utc>) -> Result<(), TimeDelta> {
        let mut all = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST_KEYS && !all.contains_key(&key) {
            all.retain(|_, full_at| *full_at > now);
            if all.len() >= MOST_KEYS {
                all.clear();
            }
        }
        let capacity = self.every * i32::try_from(self.burst).unwrap_or(i32::MAX);
        let full_at = all.entry(key).or_insert(now);
        // A clock that was put back must not lock anybody out.
        let from = if *full_at > now + capacity { now } else { (*full_at).max(now) };
        let next = from + self.every;
        if next - now > capacity {
            return Err(next - now - capacity);
        }
        *full_at = next;
        Ok(())
    }
}

/// The part of an address that one subscriber has: all of it, or the first half of a version 6 one.
pub(crate) fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn a_burst_passes_and_then_one_each_interval() {
        let limit = RateLimit::new(3, TimeDelta::seconds(10));
        for _ in 0..3 {
            assert_eq!(limit.take("a", at(0)), Ok(()));
        }
        assert_eq!(limit.take("a", at(0)), Err(TimeDelta::seconds(10)));
        assert_eq!(limit.take("b", at(0)), Ok(()), "others are not concerned");
        assert_eq!(limit.take("a", at(9)), Err(TimeDelta::seconds(1)));
        assert_eq!(limit.take("a", at(10)), Ok(()));
        assert_eq!(limit.take("a", at(10)), Err(TimeDelta::seconds(10)));
        assert_eq!(limit.take("a", at(1000)), Ok(()));
        assert_eq!(limit.take("a", at(-5000)), Ok(()), "the clock was put back");
    }

    #[test]
    fn memory_is_bounded() {
        let limit = RateLimit::new(1, TimeDelta::seconds(10));
        for key in 0..3 * MOST_KEYS {
            assert_eq!(limit.take(key, at(0)), Ok(()));
        }
        assert!(limit.full_at.lock().unwrap().len() <= MOST_KEYS);
    }

    #[test]
    fn one_subscriber_is_one_key() {
        let same = |a: &str, b: &str| subscriber(a.parse().unwrap()) == subscriber(b.parse().unwrap());
        assert!(same("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"));
        assert!(!same("2001:db8:1:2::1", "2001:db8:1:3::1"));
        assert!(same("::ffff:1.2.3.4", "1.2.3.4"));
        assert!(!same("1.2.3.4", "1.2.3.5"));
    }
}
