//! From listens to counts: in how many sittings a listener heard an artist.
//!
//! A sitting is a run of listens with no pause of more than five minutes between the end of a track and the beginning of the
//! next one. An artist counts once in a sitting, however often it came: otherwise those who leave a player running decide who
//! belongs together. A track that was skipped does not count: one that was left before its half (or four minutes) were over,
//! or, where nobody says how long it is, within half a minute.

use std::hash::BuildHasher as _;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::listen::{Listen, Listens, MOST_ARTISTS, Map, Who, Whom, mbid_text};
use sixpotify_core::Source;

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

/// Bits of a [`Count`] for the listener, the artist and the number.
const USER_BITS: u32 = 24;
const ARTIST_BITS: u32 = 27;
const TIMES_BITS: u32 = 64 - USER_BITS - ARTIST_BITS;

/// How often a listener heard an artist, both by number, in eight bytes: there are millions of them. In the order of their
/// listeners, then artists. More than 8,191 times count as so many, which is more than anybody's count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Count(u64);

impl Count {
    /// Numbers have no more bits than there are for them: [`Counter::is_full`] long before.
    pub(super) fn new(user: u32, artist: u32, times: u32) -> Self {
        let most = (1 << TIMES_BITS) - 1;
        Self(u64::from(user) << (64 - USER_BITS) | u64::from(artist) << TIMES_BITS | u64::from(times).min(most))
    }

    pub(super) fn user(self) -> u32 {
        self.part(ARTIST_BITS + TIMES_BITS, USER_BITS)
    }

    pub(super) fn artist(self) -> u32 {
        self.part(TIMES_BITS, ARTIST_BITS)
    }

    pub(super) fn times(self) -> u32 {
        self.part(0, TIMES_BITS)
    }

    /// Whether it is of the same listener and artist.
    pub(super) fn is_of_same(self, other: Self) -> bool {
        self.pair() == other.pair()
    }

    fn pair(self) -> u64 {
        self.0 >> TIMES_BITS
    }

    #[expect(clippy::cast_possible_truncation, reason = "no part has more than 32 bits")]
    fn part(self, from: u32, bits: u32) -> u32 {
        (self.0 >> from & ((1 << bits) - 1)) as u32
    }
}

/// Bytes that counting may take; what is handed on to be written takes about as much again.
const MOST_BYTES: usize = 80 << 20;

/// Bytes of an entry of each map, with its text and what a map leaves free.
const COUNT_BYTES: usize = 16;
const USER_BYTES: usize = 200;
const ARTIST_BYTES: usize = 80;

/// Whom somebody heard.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Heard {
    /// An id at a source.
    Id(Source, String),
    /// A name, to the letter.
    Name(String),
}

/// Counts of listeners and artists, and the sittings that are under way.
#[derive(Debug, Default)]
pub(super) struct Counter {
    users: Vec<User>,
    user_numbers: Map<i64, u32>,
    user_names: Map<Box<str>, u32>,
    artists: u32,
    mbids: Map<u128, u32>,
    spotify: Map<Box<str>, u32>,
    names: Map<Box<str>, u32>,
    counts: Counts,
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
    /// Listeners, by number: `#` and the service's number, or a name.
    pub(super) users: Vec<String>,
    /// Artists, by number.
    pub(super) artists: Vec<Heard>,
    /// In how many sittings who heard whom, each once, in no order.
    pub(super) counts: Vec<Count>,
}

impl Counter {
    /// Adds the listens of a block. They come in the order of their times, but for stragglers.
    pub(super) fn add(&mut self, block: &Listens) {
        let mut heard = block.heard.iter();
        for Listen { user, at, duration, artists } in &block.listens {
            let mut last = Last { at: *at, duration: *duration, artists: [0; MOST_ARTISTS], len: *artists };
            for (place, whom) in last.artists.iter_mut().zip(heard.by_ref().take(usize::from(*artists))) {
                *place = self.artist(block, *whom);
            }
            let user = self.user(block, *user);
            self.listen(user, last);
        }
    }

    fn user(&mut self, block: &Listens, who: Who) -> u32 {
        let next = u32::try_from(self.users.len()).unwrap_or(u32::MAX);
        let number = match who {
            Who::Number(id) => *self.user_numbers.entry(id).or_insert(next),
            Who::Name(name) => number(&mut self.user_names, block.text(name), next),
        };
        if number == next {
            self.users.push(User::default());
        }
        number
    }

    fn artist(&mut self, block: &Listens, whom: Whom) -> u32 {
        let next = self.artists;
        let number = match whom {
            Whom::Mbid(id) => *self.mbids.entry(id).or_insert(next),
            Whom::Spotify(id) => number(&mut self.spotify, block.text(id), next),
            Whom::Name(name) => number(&mut self.names, block.text(name), next),
        };
        self.artists += u32::from(number == next);
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
                self.counts.add(number, *artist);
            }
        }
    }

    /// Whether what is counted should be written before more is.
    pub(super) fn is_full(&self) -> bool {
        let (users, artists) = (self.users.len(), self.artists as usize);
        self.counts.0.len() * COUNT_BYTES + users * USER_BYTES + artists * ARTIST_BYTES > MOST_BYTES
    }

    /// Ends all sittings: what follows counts as if nothing had been before.
    pub(super) fn end_sittings(&mut self) {
        for number in 0..u32::try_from(self.users.len()).unwrap_or(u32::MAX) {
            let user = &mut self.users[number as usize];
            if let Some(last) = user.last.take() {
                self.count(number, &last);
            }
            let user = &mut self.users[number as usize];
            (user.sitting, user.ended) = (Vec::new(), None);
        }
    }

    /// Ends all sittings and gives what was counted, and begins anew.
    pub(super) fn take(&mut self) -> Counted {
        self.end_sittings();
        let mut users = vec![String::new(); self.users.len()];
        self.users = Vec::new();
        for (id, number) in std::mem::take(&mut self.user_numbers) {
            users[number as usize] = format!("#{id}");
        }
        for (name, number) in std::mem::take(&mut self.user_names) {
            users[number as usize] = name.into_string();
        }
        let mut artists = vec![Heard::Name(String::new()); self.artists as usize];
        self.artists = 0;
        for (id, number) in std::mem::take(&mut self.mbids) {
            artists[number as usize] = Heard::Id(Source::MusicBrainz, mbid_text(id));
        }
        for (id, number) in std::mem::take(&mut self.spotify) {
            artists[number as usize] = Heard::Id(Source::Spotify, id.into_string());
        }
        for (name, number) in std::mem::take(&mut self.names) {
            artists[number as usize] = Heard::Name(name.into_string());
        }
        Counted { users, artists, counts: std::mem::take(&mut self.counts.0).into_iter().collect() }
    }
}

/// Counts, found by listener and artist.
#[derive(Debug, Default)]
struct Counts(HashTable<Count>, foldhash::fast::RandomState);

impl Counts {
    /// One sitting more.
    fn add(&mut self, user: u32, artist: u32) {
        let Self(table, hashes) = self;
        let one = Count::new(user, artist, 1);
        let hash = |count: &Count| hashes.hash_one(count.pair());
        match table.entry(hash(&one), |count| count.is_of_same(one), hash) {
            Entry::Occupied(mut count) => {
                let former = *count.get();
                *count.get_mut() = Count::new(user, artist, former.times() + 1);
            }
            Entry::Vacant(place) => {
                place.insert(one);
            }
        }
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

/// The number of a text, `next` where it is new.
fn number(numbers: &mut Map<Box<str>, u32>, text: &str, next: u32) -> u32 {
    match numbers.get(text) {
        Some(number) => *number,
        None => {
            numbers.insert(text.into(), next);
            next
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(user: &str, at: i64, duration: u32, artist: &str) -> Listens {
        let mut block = Listens::default();
        let (user, artist) = (Who::Name(block.add_text(user)), Whom::Name(block.add_text(artist)));
        block.heard.push(artist);
        block.listens.push(Listen { user, at, duration, artists: 1 });
        block
    }

    /// What is counted of one listener's tracks: `(second, duration, artist)`.
    fn counts(tracks: &[(i64, u32, &str)]) -> (Vec<(String, u32)>, u64) {
        let mut counter = Counter::default();
        for (at, duration, artist) in tracks {
            counter.add(&block("ann", *at, *duration, artist));
        }
        let counted = counter.take();
        assert!(counted.counts.iter().all(|count| counted.users[count.user() as usize] == "ann"));
        let name = |n: u32| match &counted.artists[n as usize] {
            Heard::Name(name) | Heard::Id(_, name) => name.clone(),
        };
        let mut counts: Vec<_> = counted.counts.iter().map(|count| (name(count.artist()), count.times())).collect();
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
        counter.add(&block("ann", 0, 200, "a"));
        assert_eq!(counter.take().counts, [Count::new(0, 0, 1)]);
        assert_eq!(counter.take(), Counted::default());
    }

    #[test]
    fn sittings_that_were_ended_are_not_gone_on_with() {
        let mut counter = Counter::default();
        for ends in [false, true] {
            counter.add(&block("ann", 0, 200, "a"));
            if ends {
                counter.end_sittings();
            }
            counter.add(&block("ann", 200, 200, "a"));
            let counts = counter.take().counts;
            assert_eq!(counts, [Count::new(0, 0, 1 + u32::from(ends))]);
        }
    }

    #[test]
    fn a_count_holds_what_it_is_made_of() {
        let last = (1 << USER_BITS) - 1;
        for (user, artist, times) in [(0, 0, 1), (last, 0, 8191), (3, last, 2), (last, last, 0)] {
            let count = Count::new(user, artist, times);
            assert_eq!((count.user(), count.artist(), count.times()), (user, artist, times));
        }
        assert_eq!(Count::new(1, 1, 9000).times(), 8191);
        assert!(Count::new(1, last, 5) < Count::new(2, 0, 1) && Count::new(1, 0, 9) < Count::new(1, 1, 1));
        assert!(
            Count::new(1, 2, 3).is_of_same(Count::new(1, 2, 4)) && !Count::new(1, 2, 3).is_of_same(Count::new(2, 2, 3))
        );
    }

    #[test]
    fn memory_fills() {
        let mut counter = Counter::default();
        counter.users.resize_with(MOST_BYTES / USER_BYTES, User::default);
        assert!(!counter.is_full());
        counter.add(&block("ann", 0, 200, "a"));
        assert!(counter.is_full());
        counter.take();
        assert!(!counter.is_full());
    }
}
