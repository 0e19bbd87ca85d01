//! Which of a source's hits a name means.

use std::fmt;

use serde_json::{Value, json};
use sixpotify_core::fold;
use sixpotify_sources::spotify::FoundArtist;

/// Of two artists with the same name, the one with this many times the followers of the other is meant.
const CLEAR_LEAD: u64 = 10;

/// Candidates that are kept for a name that was not decided.
const MOST_CANDIDATES: usize = 5;

/// How a name was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum How {
    /// The user gave the id.
    Id,
    /// The hit is spelt as asked, to the letter.
    Exact,
    /// The hit is spelt as asked but for case, accents, width, punctuation.
    Folded,
    /// Several hits are spelt alike, one is at least ten times as popular as the next.
    Popularity,
    /// Several hits are spelt alike and the source says nothing of their popularity: its own first.
    SourceRank,
}

impl How {
    /// The word in tables and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Exact => "exact",
            Self::Folded => "folded",
            Self::Popularity => "popularity",
            Self::SourceRank => "source-rank",
        }
    }
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a name means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decision<'a> {
    /// This artist.
    Found(&'a FoundArtist, How),
    /// One of several artists of that name.
    Ambiguous,
    /// None of the hits.
    NotFound,
}

/// Decides which of `hits`, in the source's order, `name` means.
///
/// A hit must have the same folded name. Among several an exact spelling wins; then the one with a tenfold lead in
/// followers (popularity where the source sends no followers); where it sends neither, its own first.
pub fn decide<'a>(name: &str, hits: &'a [FoundArtist]) -> Decision<'a> {
    let name = name.trim();
    let key = fold(name);
    let folded: Vec<&FoundArtist> = hits.iter().filter(|h| fold(&h.artist.name) == key).collect();
    let exact: Vec<&FoundArtist> = folded.iter().copied().filter(|h| h.artist.name == name).collect();
    let (alike, how) = if exact.is_empty() { (folded, How::Folded) } else { (exact, How::Exact) };
    match alike[..] {
        [] => Decision::NotFound,
        [one] => Decision::Found(one, how),
        [first, ..] => {
            if alike.iter().all(|h| reach(h).is_none()) {
                return Decision::Found(first, How::SourceRank);
            }
            let mut by_reach = alike;
            by_reach.sort_by_key(|h| std::cmp::Reverse(reach(h).unwrap_or(0)));
            let (first, second) = (reach(by_reach[0]).unwrap_or(0), reach(by_reach[1]).unwrap_or(0));
            if first > 0 && first >= second.saturating_mul(CLEAR_LEAD) {
                Decision::Found(by_reach[0], How::Popularity)
            } else {
                Decision::Ambiguous
            }
        }
    }
}

/// How many people an artist reaches, as far as the source says.
fn reach(hit: &FoundArtist) -> Option<u64> {
    hit.artist.followers.or(hit.artist.popularity.map(u64::from))
}

/// The candidates of an undecided name as the JSON that is stored: those of the same folded name first, then the
/// source's order; five at most.
pub(crate) fn candidates(name: &str, hits: &[FoundArtist]) -> Value {
    let key = fold(name);
    let mut best: Vec<&FoundArtist> = hits.iter().collect();
    best.sort_by_key(|h| fold(&h.artist.name) != key);
    let candidate = |hit: &FoundArtist| {
        let artist = &hit.artist;
        json!({
            "id": artist.id,
            "name": artist.name,
            "followers": artist.followers,
            "popularity": artist.popularity,
            "url": artist.url,
        })
    };
    best.into_iter().take(MOST_CANDIDATES).map(candidate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sixpotify_core::{Artist, ArtistId};

    fn hit(id: &str, name: &str, followers: Option<u64>) -> FoundArtist {
        let artist = Artist {
            id: ArtistId::from_stored(id),
            name: name.to_owned(),
            followers,
            popularity: None,
            url: None,
            image_url: None,
        };
        FoundArtist { artist, genres: None }
    }

    fn decided(name: &str, hits: &[FoundArtist]) -> String {
        match decide(name, hits) {
            Decision::Found(hit, how) => format!("{} {how}", hit.artist.id),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn the_right_artist_at_a_lower_rank_is_found() {
        let hits =
            [hit("a", "BTS Tribute", Some(9)), hit("b", "Earth, Wind & Fire", Some(9)), hit("c", "BTS", Some(1))];
        assert_eq!(decided("BTS", &hits), "c exact");
        assert_eq!(decided("bts", &hits), "c folded");
        assert_eq!(decided("earth wind and fire", &hits), "b folded");
        assert_eq!(decided("Earth", &hits), "NotFound");
    }

    #[test]
    fn an_exact_spelling_beats_a_popular_one() {
        let hits = [hit("a", "SHINEE", Some(5_000_000)), hit("b", "SHINee", Some(3))];
        assert_eq!(decided("SHINee", &hits), "b exact");
    }

    #[test]
    fn homonyms_need_a_tenfold_lead() {
        let clear = [hit("a", "Nirvana", Some(9)), hit("b", "Nirvana", Some(90))];
        assert_eq!(decided("Nirvana", &clear), "b popularity");
        let close = [hit("a", "Nirvana", Some(10)), hit("b", "Nirvana", Some(90))];
        assert_eq!(decided("Nirvana", &close), "Ambiguous");
        let nobody = [hit("a", "Nirvana", Some(0)), hit("b", "Nirvana", Some(0))];
        assert_eq!(decided("Nirvana", &nobody), "Ambiguous");
        let unsaid = [hit("a", "Nirvana", None), hit("b", "Nirvana", None)];
        assert_eq!(decided("Nirvana", &unsaid), "a source-rank");
    }

    #[test]
    fn candidates_of_the_same_name_come_first() {
        let hits = [hit("a", "Nirvana UK", None), hit("b", "Nirvana", None)];
        let ids: Vec<_> = candidates("nirvana", &hits).as_array().unwrap().iter().map(|c| c["id"].clone()).collect();
        assert_eq!(ids, ["b", "a"]);
    }
}
