//! From listens to counts: in how many sittings a listener heard an artist.
//!
//! A sitting is a run of listens with no pause of more than five minutes between the end of a track and the beginning of the
//! next one. An artist counts once in a sitting, however often it came: otherwise those who leave a player running decide who
//! belongs together. A track that was skipped does not count: one that was left before its half (or four minutes) were over,
//! or, where nobody says how long it is, within half a minute.

use super::listen::{Heard, Listen, Listener, Listens, MOST_ARTISTS, Map};

/// The pause that ends a sitting, in seconds.
const PAUSE: i64 = 300;

/// How long a track is taken for where nobody says, in seconds.
const USUAL_DURATION: i64 = 240;

/// Who hears less of a track skips it, in seconds.
const SHORTEST: i64 = 30;

/// Who hears so much of a track does not, in seconds.
const LONG_ENOUGH: i64 = 240;

/// Artists of one sitting that count: who hears more of them is a radio station, or a machine.
const MOST_IN_SITTING: usize = 300;

/// A listen that is said to be so much earlier than the last one ended was not sent in order, and belongs to another
/// sitting; in seconds.
const LONGEST_BACK: i64 = 3600;

/// Counts of listeners and artists, and the sittings that are under way.
#[derive(Debug, Default)]
pub(super) struct Counter {
    users: Vec<User>,
    user_numbers: Map<Listener, u32>,
    artist_numbers: Map<Heard, u32>,
    counts: Map<(u32, u32), u32>,
    /// Listens that count.
    pub(super) counted: u64,
    /// Listens that were skipped.
    pub(super) skips: u64,
}

#[derive(Debug, Default)]
struct User {
    /// The last listen, which counts unless the next one comes too early.
    last: Option<Last>,
    /// Whom the sitting has had so far.
    sitting: Vec<u32>,
    /// When the track before ended, in seconds since 1970.
    ended: Option<i64>,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    at: i64,
    duration: u32,
    artists: [u32; MOST_ARTISTS],
    /// How many of them there are.
    len: u8,
}

/// What was counted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    /// Listeners, by number.
    pub(super) users: Vec<Listener>,
    /// Artists, by number.
    pub(super) artists: Vec<Heard>,
    /// Listener, artist, sittings; in order.
    pub(super) counts: Vec<(u32, u32, u32)>,
}

impl Counter {
    /// Adds the listens of a block. They come in the order of their times, but for stragglers.
    pub(super) fn add(&mut self, block: Listens) {
        let users: Vec<u32> = block.users.into_iter().map(|user| self.user(user)).collect();
        let artists: Vec<u32> =
            block.artists.into_iter().map(|artist| number(&mut self.artist_numbers, artist)).collect();
        let mut heard = block.heard.into_iter().map(|n| artists[n as usize]);
        for Listen { user, at, duration, artists } in block.listens {
            let mut last = Last { at, duration, artists: [0; MOST_ARTISTS], len: artists };
            for (place, artist) in last.artists.iter_mut().zip(heard.by_ref().take(usize::from(artists))) {
                *place = artist;
            }
            self.listen(users[user as usize], last);
        }
    }

    fn user(&mut self, user: Listener) -> u32 {
        let number = number(&mut self.user_numbers, user);
        if self.users.len() <= number as usize {
            self.users.push(User::default());
        }
        number
    }

    fn listen(&mut self, number: u32, next: Last) {
        let user = &mut self.users[number as usize];
        if let Some(last) = user.last.replace(next) {
            if was_skipped(&last, next.at) {
                self.skips += 1;
            } else {
                self.count(number, &last);
            }
        }
    }

    fn count(&mut self, number: u32, listen: &Last) {
        let user = &mut self.users[number as usize];
        let apart = user.ended.is_none_or(|ended| {
            listen.at.saturating_sub(ended) > PAUSE || ended.saturating_sub(listen.at) > LONGEST_BACK
        });
        if apart {
            user.sitting.clear();
        }
        let duration = if listen.duration == 0 { USUAL_DURATION } else { i64::from(listen.duration) };
        user.ended = Some(listen.at.saturating_add(duration));
        self.counted += 1;
        for artist in &listen.artists[..usize::from(listen.len)] {
            if user.sitting.len() < MOST_IN_SITTING && !user.sitting.contains(artist) {
                user.sitting.push(*artist);
                *self.counts.entry((number, *artist)).or_default() += 1;
            }
        }
    }

    /// Pairs that are counted so far.
    pub(super) fn len(&self) -> usize {
        self.counts.len()
    }

    /// Ends all sittings and gives what was counted, and begins anew.
    pub(super) fn take(&mut self) -> Counted {
        for number in 0..u32::try_from(self.users.len()).unwrap_or(u32::MAX) {
            if let Some(last) = self.users[number as usize].last.take() {
                self.count(number, &last);
            }
        }
        let mut counts: Vec<(u32, u32, u32)> =
            std::mem::take(&mut self.counts).into_iter().map(|((user, artist), n)| (user, artist, n)).collect();
        counts.sort_unstable();
        self.users.clear();
        Counted { users: by_number(&mut self.user_numbers), artists: by_number(&mut self.artist_numbers), counts }
    }
}

/// Whether who began another track at `now` had heard too little of `last`. Listens of one moment are made up.
fn was_skipped(last: &Last, now: i64) -> bool {
    let heard = now.saturating_sub(last.at);
    if heard < 0 {
        // Not in order: nothing can be told.
        return false;
    }
    let enough = match i64::from(last.duration) {
        0 => SHORTEST,
        duration => (duration / 2).min(LONG_ENOUGH),
    };
    heard < enough
}

fn number<K: std::hash::Hash + Eq>(numbers: &mut Map<K, u32>, key: K) -> u32 {
    let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
    *numbers.entry(key).or_insert(next)
}

fn by_number<K>(numbers: &mut Map<K, u32>) -> Vec<K> {
    let mut all: Vec<(u32, K)> = numbers.drain().map(|(key, number)| (number, key)).collect();
    all.sort_unstable_by_key(|(number, _)| *number);
    all.into_iter().map(|(_, key)| key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is counted of one listener's tracks: `(second, duration, artist)`.
    fn counts(tracks: &[(i64, u32, &str)]) -> (Vec<(String, u32)>, u64) {
        let mut counter = Counter::default();
        for (at, duration, artist) in tracks {
            counter.add(Listens {
                users: vec![Listener::Name("ann".to_owned())],
                artists: vec![Heard::Name((*artist).to_owned())],
                listens: vec![Listen { user: 0, at: *at, duration: *duration, artists: 1 }],
                heard: vec![0],
                faulty: Vec::new(),
            });
        }
        let counted = counter.take();
        let name = |n: u32| match &counted.artists[n as usize] {
            Heard::Name(name) | Heard::Id(_, name) => name.clone(),
        };
        let mut counts: Vec<_> = counted.counts.iter().map(|(_, artist, n)| (name(*artist), *n)).collect();
        counts.sort();
        (counts, counter.skips)
    }

    fn expect(tracks: &[(i64, u32, &str)], expected: &[(&str, u32)], skips: u64) {
        let expected = expected.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect();
        assert_eq!(counts(tracks), (expected, skips));
    }

    #[test]
    fn an_artist_counts_once_in_a_sitting() {
        expect(&[(0, 200, "a"), (200, 200, "b"), (400, 200, "a"), (600, 200, "a")], &[("a", 1), ("b", 1)], 0);
        // 300 seconds after the end of the last track is the same sitting, 301 is another one.
        expect(&[(0, 200, "a"), (500, 200, "a"), (1001, 200, "a")], &[("a", 2)], 0);
    }

    #[test]
    fn a_track_that_was_left_does_not_count() {
        expect(&[(0, 200, "a"), (99, 200, "b"), (299, 200, "c")], &[("b", 1), ("c", 1)], 1);
        expect(&[(0, 200, "a"), (100, 200, "b")], &[("a", 1), ("b", 1)], 0);
        // Four minutes of a long one are enough; of one of unknown length, half a minute.
        expect(&[(0, 3000, "a"), (240, 200, "b")], &[("a", 1), ("b", 1)], 0);
        expect(&[(0, 0, "a"), (29, 0, "b"), (59, 0, "c")], &[("b", 1), ("c", 1)], 1);
        expect(&[(5, 0, "a"), (5, 0, "b"), (5, 0, "c")], &[("c", 1)], 2);
    }

    #[test]
    fn stragglers_do_no_harm() {
        expect(&[(100_000, 200, "a"), (50, 200, "b"), (250, 200, "b")], &[("a", 1), ("b", 1)], 0);
        expect(&[(i64::MAX, 200, "a"), (i64::MIN / 2, 200, "b")], &[("a", 1), ("b", 1)], 0);
    }

    #[test]
    fn what_was_taken_is_gone() {
        let mut counter = Counter::default();
        assert_eq!(counter.take(), Counted::default());
        assert_eq!(counter.len(), 0);
    }
}
