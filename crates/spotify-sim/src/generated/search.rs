//! Search in a generated catalogue: the words of a name lead to its number, near numbers are the other hits.

use std::cmp::Reverse;

use super::names::Hint;
use super::things::{Place, TrackFacts};
use super::{Generated, MOST};
use crate::catalogue::Artist;
use crate::catalogue::query::Query;
use crate::fold::words;
use crate::hash::{hash, unit};

impl Generated {
    /// The artists that match, best first.
    pub(super) fn rank_artists(&self, query: &Query) -> Vec<Artist<'static>> {
        let text: Vec<String> = query.free.iter().chain(&query.artist).cloned().collect();
        let hint = Hint::read(&text);
        let exact = hint.number().filter(|number| *number < self.artists);
        let near = if query.artist.is_empty() { hint.likely() } else { Vec::new() };
        let mut numbers: Vec<u64> = near.into_iter().chain(exact).filter(|number| *number < self.artists).collect();
        numbers.sort_unstable();
        numbers.dedup();

        let seed = text.join(" ");
        let mut hits: Vec<(f64, Artist<'static>)> = Vec::new();
        for number in numbers {
            // As in the sample: a much more popular artist of a similar name may come first.
            let points = if Some(number) == exact { 86.0 } else { 45.0 };
            let namesake = self.show_namesake(number).filter(|_| Some(number) == exact);
            for artist in [Some(self.show_artist(number)), namesake].into_iter().flatten() {
                let wobble = unit(hash(&seed, artist.id.as_str())) * 6.0;
                hits.push((points + 0.45 * f64::from(artist.popularity) + wobble, artist));
            }
        }
        hits.retain(|(_, artist)| {
            query.genre.is_empty() || artist.genres.iter().any(|genre| words(genre) == query.genre)
        });
        hits.sort_by(|(a, x), (b, y)| b.total_cmp(a).then_with(|| x.id.cmp(&y.id)));
        hits.into_iter().map(|(_, artist)| artist).collect()
    }

    /// The tracks of the artist whose name is in the query, best first. There is no search by title alone or by ISRC.
    pub(super) fn rank_tracks(&self, query: &Query) -> Vec<Place> {
        let Some((artist, mut title)) = self.artist_and_title(query) else {
            return Vec::new();
        };
        title.extend(query.track.iter().cloned());
        let least = if query.track.is_empty() { 0.5 } else { 0.85 };
        let mut hits: Vec<(Reverse<u64>, Reverse<u8>, Place)> = Vec::new();
        for place in self.own_tracks(artist, MOST) {
            let facts = TrackFacts::of(place);
            let covered = covered(&title, &words(&facts.name));
            if covered >= least {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
                let covered = (covered * 1000.0) as u64;
                hits.push((Reverse(covered), Reverse(facts.popularity), place));
            }
        }
        hits.sort_by_key(|(covered, popularity, place)| (*covered, *popularity, place.album, place.track));
        hits.into_iter().map(|(_, _, place)| place).collect()
    }

    /// Which artist is meant, and the words that are not its name: the filter, else the longest end or beginning.
    fn artist_and_title(&self, query: &Query) -> Option<(u64, Vec<String>)> {
        let known = |name: &[String]| Hint::read(name).number().filter(|number| *number < self.artists);
        if !query.artist.is_empty() {
            return Some((known(&query.artist)?, query.free.clone()));
        }
        let free = &query.free;
        (2..=free.len().min(5)).rev().find_map(|length| {
            let (start, end) = (&free[..length], &free[free.len() - length..]);
            let by_end = known(end).map(|artist| (artist, free[..free.len() - length].to_vec()));
            by_end.or_else(|| known(start).map(|artist| (artist, free[length..].to_vec())))
        })
    }
}

/// The part of `wanted` that is in `there`; all of nothing.
#[expect(clippy::cast_precision_loss, reason = "a handful of words")]
fn covered(wanted: &[String], there: &[String]) -> f64 {
    if wanted.is_empty() {
        return 1.0;
    }
    wanted.iter().filter(|word| there.contains(word)).count() as f64 / wanted.len() as f64
}
