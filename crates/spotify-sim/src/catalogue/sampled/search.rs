//! The ranking of a search: text match mixed with popularity, so that the exact name is not always first.

use std::collections::HashMap;

use super::Sampled;
use crate::catalogue::index::{field, share};
use crate::catalogue::query::Query;
use crate::fold::words;
use crate::hash::{hash, unit};
use crate::id::Id;

/// Points of the exact name; one that merely contains the query gets up to 90.
const EXACT: f32 = 86.0;
/// Points of an artist for sharing a track with the exact name: famous company outranks the unknown.
const COMPANION: f32 = 54.0;
/// A hit must cover this part of a plain query.
const LOOSE: f32 = 0.4;
/// A hit must cover this part of what stands in a field filter.
const STRICT: f32 = 0.85;
/// Other artists on the tracks of the artist whose name was given follow as loose hits, at most so many.
const COMPANY: usize = 12;

impl Sampled {
    /// The artists that match, best first.
    pub(super) fn rank_artists(&self, query: &Query) -> Vec<u32> {
        let strict = !query.artist.is_empty();
        let text: Vec<String> = query.free.iter().chain(&query.artist).cloned().collect();
        if text.is_empty() {
            return self.artists_of_genre(query);
        }
        let (key, seed) = (text.concat(), text.join(" "));
        let mut scores: HashMap<u32, f32> = HashMap::new();
        for (at, covered) in self.artist_index.coverage(&text, field::NAME) {
            if covered >= if strict { STRICT } else { LOOSE } {
                let name = &self.artists[at as usize].key;
                scores.insert(at, 62.0 * covered + 28.0 * share(key.len(), name.len()));
            }
        }
        let exact = self.by_key.get(&key).map_or(&[][..], Vec::as_slice);
        scores.extend(exact.iter().map(|at| (*at, EXACT)));
        for (at, score) in &mut scores {
            let row = &self.artists[*at as usize];
            *score += 0.45 * f32::from(row.popularity) + wobble(&seed, row.id);
        }
        if !strict && let Some(best) = exact.first() {
            for at in self.company(*best) {
                scores.entry(at).or_insert(COMPANION + 0.6 * f32::from(self.artists[at as usize].popularity));
            }
        }
        scores.retain(|at, _| self.has_genre(*at, query));
        best_first(scores, |at| self.artists[at as usize].id)
    }

    /// The tracks that match, best first.
    pub(super) fn rank_tracks(&self, query: &Query) -> Vec<u32> {
        let parts = [
            (&query.free, field::ANY, LOOSE),
            (&query.track, field::NAME, STRICT),
            (&query.artist, field::ARTIST, STRICT),
            (&query.album, field::ALBUM, STRICT),
        ];
        let mut scores: Option<HashMap<u32, f32>> = None;
        for (text, fields, least) in parts.into_iter().filter(|(text, ..)| !text.is_empty()) {
            let mut covered = self.track_index.coverage(text, fields);
            covered.retain(|_, part| *part >= least);
            scores = Some(match scores {
                None => covered,
                Some(so_far) => so_far.into_iter().filter_map(|(at, s)| Some((at, s + covered.get(&at)?))).collect(),
            });
        }
        let only_narrowed = query.isrc.is_some() || query.years.is_some() || !query.genre.is_empty();
        let mut scores = scores.unwrap_or_else(|| if only_narrowed { self.every_track() } else { HashMap::new() });
        scores.retain(|at, _| self.is_narrowed_to(*at, query));
        let title = if query.track.is_empty() { &query.free } else { &query.track };
        for (at, score) in &mut scores {
            let row = &self.tracks[*at as usize];
            let exact = if words(&row.name) == *title { 15.0 } else { 0.0 };
            *score = 60.0 * *score + exact + 0.4 * f32::from(row.popularity);
        }
        best_first(scores, |at| self.tracks[at as usize].id)
    }

    fn every_track(&self) -> HashMap<u32, f32> {
        (0..).zip(&self.tracks).map(|(at, _)| (at, 0.0)).collect()
    }

    fn is_narrowed_to(&self, at: u32, query: &Query) -> bool {
        let row = &self.tracks[at as usize];
        let year = self.albums[row.album as usize].released.year;
        query.years.is_none_or(|(first, last)| (first..=last).contains(&year))
            && query.isrc.as_ref().is_none_or(|isrc| super::derive::isrc(row.id).as_ref() == Some(isrc))
            && self.has_genre(row.artists[0], query)
    }

    fn artists_of_genre(&self, query: &Query) -> Vec<u32> {
        if query.genre.is_empty() {
            return Vec::new();
        }
        let all = (0..).zip(&self.artists).filter(|(at, _)| self.has_genre(*at, query));
        best_first(all.map(|(at, row)| (at, f32::from(row.popularity))).collect(), |at| self.artists[at as usize].id)
    }

    fn has_genre(&self, at: u32, query: &Query) -> bool {
        query.genre.is_empty() || self.artists[at as usize].genres.iter().any(|genre| words(genre) == query.genre)
    }

    /// Other artists on the tracks of this one, in the order of its tracks.
    fn company(&self, of: u32) -> Vec<u32> {
        let mut others = Vec::new();
        let tracks = self.artists[of as usize].tracks.iter();
        for at in tracks.flat_map(|track| &self.tracks[*track as usize].artists) {
            if *at != of && !others.contains(at) {
                others.push(*at);
            }
        }
        others.truncate(COMPANY);
        others
    }
}

/// A little unfairness, the same for the same query and artist: -3 to 3.
#[expect(clippy::cast_possible_truncation, reason = "from 53 to 24 bits of a score")]
fn wobble(query: &str, id: Id) -> f32 {
    (unit(hash(query, id.as_str())) * 6.0 - 3.0) as f32
}

fn best_first(scores: HashMap<u32, f32>, id: impl Fn(u32) -> Id) -> Vec<u32> {
    let mut hits: Vec<(u32, f32)> = scores.into_iter().collect();
    hits.sort_by(|(a, x), (b, y)| y.total_cmp(x).then_with(|| id(*a).cmp(&id(*b))));
    hits.into_iter().map(|(at, _)| at).collect()
}
