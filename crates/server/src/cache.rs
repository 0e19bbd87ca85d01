//! Answers that are asked for again and again, kept for a short while.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use axum::body::Bytes;
use chrono::{DateTime, TimeDelta, Utc};

/// How long an answer is given again.
const FRESH: TimeDelta = TimeDelta::seconds(30);

/// Bytes of answers that are kept at most.
const MOST: usize = 16 << 20;

/// What an answer is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// Of whom.
    pub(crate) id: String,
    /// After which rank.
    pub(crate) after: u32,
    /// How many.
    pub(crate) limit: usize,
}

/// Answers with when they are stale.
#[derive(Default)]
pub(crate) struct Answers(RwLock<Kept>);

#[derive(Default)]
struct Kept {
    bytes: usize,
    all: HashMap<Key, (Bytes, DateTime<Utc>)>,
}

impl Answers {
    /// The answer, if it is there and fresh.
    pub(crate) fn get(&self, key: &Key, now: DateTime<Utc>) -> Option<Bytes> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (body, stale_at) = kept.all.get(key)?;
        // A clock that was put back makes nothing fresh for longer.
        (*stale_at > now && *stale_at <= now + FRESH).then(|| body.clone())
    }

    /// Keeps an answer. Where there is no room, all others go: the ones that are asked for come back.
    pub(crate) fn put(&self, key: Key, body: Bytes, now: DateTime<Utc>) {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let size = body.len() + key.id.len();
        if kept.bytes + size > MOST {
            *kept = Kept::default();
        }
        kept.bytes += size;
        if let Some((former, _)) = kept.all.insert(key.clone(), (body, now + FRESH)) {
            kept.bytes -= former.len() + key.id.len();
        }
    }

    /// Forgets all: the catalogue has changed.
    pub(crate) fn clear(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Kept::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str) -> Key {
        Key { id: id.to_owned(), after: 0, limit: 10 }
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn answers_are_given_again_for_half_a_minute() {
        let answers = Answers::default();
        answers.put(key("a"), Bytes::from_static(b"1"), at(0));
        assert_eq!(answers.get(&key("a"), at(29)).as_deref(), Some(&b"1"[..]));
        assert_eq!(answers.get(&key("a"), at(30)), None);
        assert_eq!(answers.get(&key("a"), at(-60)), None);
        assert_eq!(answers.get(&Key { after: 1, ..key("a") }, at(0)), None);
        answers.clear();
        assert_eq!(answers.get(&key("a"), at(0)), None);
    }

    #[test]
    fn room_is_bounded() {
        let answers = Answers::default();
        for n in 0..100 {
            answers.put(key(&format!("{n:04}")), Bytes::from(vec![0; 1 << 20]), at(0));
            assert!(answers.0.read().unwrap().bytes <= MOST);
        }
        assert!(answers.get(&key("0099"), at(0)).is_some());
        for _ in 0..100 {
            answers.put(key("same"), Bytes::from_static(b"x"), at(0));
        }
        let kept = answers.0.read().unwrap();
        let counted: usize = kept.all.iter().map(|(key, (body, _))| key.id.len() + body.len()).sum();
        assert_eq!(kept.bytes, counted);
    }
}
