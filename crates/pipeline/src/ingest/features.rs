//! Collects tracks of many artists into full requests for audio features.

use std::collections::{BTreeSet, HashMap, HashSet};

use sixpotify_core::{ArtistId, TrackId};
use sixpotify_sources::spotify::FEATURES_LIMIT;

/// Tracks to ask for, and the artists that wait for them.
#[derive(Debug, Default)]
pub(super) struct FeatureQueue {
    ready: Vec<TrackId>,
    waiting: HashMap<TrackId, Vec<ArtistId>>,
    missing: HashMap<ArtistId, usize>,
}

impl FeatureQueue {
    /// Adds the tracks of `artist` that have no features yet. Returns whether the artist is done already: no tracks.
    pub(super) fn add(&mut self, artist: &ArtistId, tracks: BTreeSet<TrackId>) -> bool {
        if tracks.is_empty() {
            return true;
        }
        *self.missing.entry(artist.clone()).or_default() += tracks.len();
        for track in tracks {
            let waiting = self.waiting.entry(track.clone()).or_default();
            if waiting.is_empty() {
                self.ready.push(track);
            }
            waiting.push(artist.clone());
        }
        false
    }

    /// The next request's worth of tracks; a smaller one only when nothing more will come (`last`).
    pub(super) fn take(&mut self, last: bool) -> Option<Vec<TrackId>> {
        if self.ready.len() >= FEATURES_LIMIT {
            Some(self.ready.drain(..FEATURES_LIMIT).collect())
        } else if last && !self.ready.is_empty() {
            Some(std::mem::take(&mut self.ready))
        } else {
            None
        }
    }

    /// Notes that `tracks` were answered; the artists that wait for nothing more.
    pub(super) fn answered(&mut self, tracks: &[TrackId]) -> Vec<ArtistId> {
        let mut done = Vec::new();
        for artist in tracks.iter().flat_map(|t| self.waiting.remove(t).unwrap_or_default()) {
            if let Some(missing) = self.missing.get_mut(&artist) {
                *missing -= 1;
                if *missing == 0 {
                    self.missing.remove(&artist);
                    done.push(artist);
                }
            }
        }
        done
    }

    /// Notes that `tracks` were not answered; all artists that wait for one of them are given up.
    pub(super) fn failed(&mut self, tracks: &[TrackId]) -> HashSet<ArtistId> {
        let waiting = tracks.iter().flat_map(|t| self.waiting.remove(t).unwrap_or_default());
        // Given up once: an artist may wait in several requests.
        let hit: HashSet<ArtistId> = waiting.filter(|artist| self.missing.contains_key(artist)).collect();
        self.missing.retain(|artist, _| !hit.contains(artist));
        hit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(range: std::ops::Range<usize>) -> BTreeSet<TrackId> {
        range.map(|n| TrackId::from_stored(format!("{n:022}"))).collect()
    }

    #[test]
    fn requests_are_full_until_the_last_and_no_track_is_asked_twice() {
        let mut queue = FeatureQueue::default();
        let (a, b) = (ArtistId::from_stored("a"), ArtistId::from_stored("b"));
        assert!(queue.add(&ArtistId::from_stored("none"), BTreeSet::new()));
        assert!(!queue.add(&a, ids(0..90)));
        assert_eq!(queue.take(false), None);
        assert!(!queue.add(&b, ids(80..120)));
        let first = queue.take(false).unwrap();
        assert_eq!(first.len(), 100);
        assert_eq!(queue.take(false), None);
        let last = queue.take(true).unwrap();
        assert_eq!(last.len(), 20);
        assert_eq!(queue.answered(&first), [a]);
        assert_eq!(queue.answered(&last), [b]);
        assert_eq!(queue.take(true), None);
    }

    #[test]
    fn a_failed_request_gives_up_its_artists_only() {
        let mut queue = FeatureQueue::default();
        let (a, b) = (ArtistId::from_stored("a"), ArtistId::from_stored("b"));
        queue.add(&a, ids(0..100));
        queue.add(&b, ids(200..210));
        let first = queue.take(false).unwrap();
        assert_eq!(queue.failed(&first), HashSet::from([a.clone()]));
        let second = queue.take(true).unwrap();
        assert_eq!(queue.answered(&second), [b]);
    }

    #[test]
    fn an_artist_in_two_failed_requests_is_given_up_once() {
        let mut queue = FeatureQueue::default();
        let a = ArtistId::from_stored("a");
        queue.add(&a, ids(0..110));
        let (first, second) = (queue.take(false).unwrap(), queue.take(true).unwrap());
        assert_eq!(queue.failed(&first), HashSet::from([a]));
        assert_eq!(queue.failed(&second), HashSet::new());
    }
}
