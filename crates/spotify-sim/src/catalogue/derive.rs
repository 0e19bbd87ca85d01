//! What the data set lacks, made up from what it has: plausible, and the same every time.

use super::{Image, Released};
use crate::hash::{below, hash, mix, unit};
use crate::id::Id;

/// The popularity of an artist from that of its tracks: mostly its best one, then the next four.
/// An artist without a popular track gets a number from 0 to 11.
pub(crate) fn artist_popularity(name: &str, mut tracks: Vec<u8>) -> u8 {
    tracks.sort_unstable_by(|a, b| b.cmp(a));
    tracks.truncate(5);
    let best = tracks.first().map_or(0, |p| u32::from(*p));
    if best == 0 {
        return u8::try_from(below(hash("popularity", name), 12)).unwrap_or(0);
    }
    let mean = tracks.iter().map(|p| u32::from(*p)).sum::<u32>() / u32::try_from(tracks.len()).unwrap_or(1);
    u8::try_from((best * 7 + mean * 3) / 10).unwrap_or(100)
}

/// Followers from popularity, on a log scale: about 20 at 0, 60 thousand at 50, 8 million at 80,
/// and within a factor of 2.5 either way.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 8 and 10^9, rounded")]
pub(crate) fn followers(name: &str, popularity: u8) -> u64 {
    let spread = (unit(hash("followers", name)) - 0.5) * 0.8;
    10_f64.powf(1.3 + 0.07 * f64::from(popularity) + spread).round() as u64
}

/// A picture; one in nine artists of little popularity has none.
pub(crate) fn artist_image(name: &str, popularity: u8) -> Option<Image> {
    let drawn = hash("image", name);
    (popularity > 45 || !drawn.is_multiple_of(9)).then_some(Image(drawn))
}

/// Whether an artist of little popularity is not classified yet, that is, has no genres.
pub(crate) fn is_unclassified(name: &str, popularity: u8) -> bool {
    popularity < 30 && hash("unclassified", name).is_multiple_of(25)
}

/// When an album came out: the year that its name states, otherwise one from 1972 to 2022, mostly late ones.
/// One in six is known to the year only, one in thirty to the month.
pub(crate) fn released(id: Id, name: &str) -> Released {
    let drawn = hash("released", id.as_str());
    let year = stated_year(name).unwrap_or_else(|| 2022 - below(drawn, 51) * below(mix(drawn), 51) / 50);
    let month = 1 + below(mix(drawn ^ 1), 12);
    let day = 1 + below(mix(drawn ^ 2), 28);
    let small = |n: u64| u8::try_from(n).ok();
    let (month, day) = match drawn % 30 {
        0..5 => (None, None),
        5 => (small(month), None),
        _ => (small(month), small(day)),
    };
    Released { year: u16::try_from(year).unwrap_or(2022), month, day }
}

/// A year from 1960 to 2022 that stands in the name as a word of its own.
fn stated_year(name: &str) -> Option<u64> {
    name.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.len() == 4)
        .filter_map(|word| word.parse().ok())
        .find(|year| (1960..=2022).contains(year))
}

/// A recording code under the unassigned country code `ZZ`, so that it can name no real recording;
/// one track in forty has none.
pub(crate) fn isrc(id: Id) -> Option<String> {
    let drawn = hash("isrc", id.as_str());
    (!drawn.is_multiple_of(40)).then(|| format!("ZZS6P{:07}", below(mix(drawn), 10_000_000)))
}

/// A second artist of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Namesake {
    pub(crate) followers: u64,
    pub(crate) popularity: u8,
    /// Whether it has about as many followers, so that nobody can tell who is meant.
    pub(crate) rivals: bool,
}

/// The namesake of an artist: one name in 24 has one, if it is known at all. Most are nearly unknown (at most a
/// fiftieth of the followers), one in sixteen is about as well known.
pub(crate) fn namesake(name: &str, followers: u64, popularity: u8) -> Option<Namesake> {
    let drawn = hash("namesake", name);
    if followers < 200 || !drawn.is_multiple_of(24) {
        return None;
    }
    let rivals = mix(drawn).is_multiple_of(16);
    Some(Namesake {
        followers: if rivals {
            followers * (40 + below(drawn, 50)) / 100
        } else {
            followers / (50 + below(drawn, 400))
        },
        popularity: if rivals {
            popularity.saturating_sub(2)
        } else {
            popularity.min(u8::try_from(below(drawn, 5)).unwrap_or(0))
        },
        rivals,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn popularity_follows_the_best_tracks() {
        assert_eq!(artist_popularity("x", vec![80, 80]), 80);
        assert_eq!(artist_popularity("x", vec![0, 70]), 59);
        assert!(artist_popularity("x", vec![0, 0]) < 12);
        assert!(followers("x", 90) > 100 * followers("x", 50));
    }

    #[test]
    fn a_year_in_the_name_is_the_year() {
        let id = Id::derived("album", "x");
        assert_eq!(released(id, "Halloween Party 2022").year, 2022);
        assert_eq!(released(id, "Best of 1984 (Live)").year, 1984);
        assert!((1972..=2022).contains(&released(id, "12345").year));
    }
}
