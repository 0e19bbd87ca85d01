//! Which of a source's hits a name means.

use serde_json::{Value, json};
use sixpotify_core::fold;
use sixpotify_resolve::{Entry, Index, Reach, Verdict};
use sixpotify_sources::spotify::FoundArtist;

pub use sixpotify_resolve::How;

/// Candidates that are kept for a name that was not decided.
const MOST_CANDIDATES: usize = 5;

/// From this score on a source is sure of a hit itself.
const SURE: u8 = 90;

/// What a source says of an artist that it found for a name.
#[derive(Clone, Copy, Debug)]
pub struct Hit<'a> {
    /// The artist's name.
    pub name: &'a str,
    /// Its other names, as far as the source sends them.
    pub aliases: &'a [&'a str],
    /// How well known it is there.
    pub reach: Reach,
    /// How sure the source is of it, 0 to 100, where it says so.
    pub score: Option<u8>,
}

/// Which hit is meant, by its place in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// This one.
    Found(usize, How),
    /// One of several artists of that name.
    Ambiguous,
    /// None of them.
    NotFound,
}

/// Decides which of `hits`, in the source's order, `name` means.
///
/// First those of the same folded name: an exact spelling wins; then the one with a tenfold lead in followers (popularity
/// where the source sends no followers); where it sends neither, its own first. Then those with `name` as another name, by
/// the source or by the built-in table, decided alike. Then the ways of [`Index::find`]; where these are bold (another
/// script, a slip of the keyboard), only a hit that the source, too, puts first or is sure of.
pub fn choose_hit(name: &str, hits: &[Hit<'_>]) -> Choice {
    let name = name.trim();
    match called(name, hits) {
        Some((alike, how)) => among(hits, &alike, how),
        None => by_likeness(name, hits),
    }
}

/// The hits that are called `name`: to the letter, else folded, else by another name that the source gives. `None` where
/// there is none.
pub(crate) fn called(name: &str, hits: &[Hit<'_>]) -> Option<(Vec<usize>, How)> {
    let key = fold(name);
    let fits = |how: How, hit: &Hit<'_>| match how {
        How::Exact => hit.name == name,
        How::Folded => fold(hit.name) == key,
        _ => hit.aliases.iter().any(|alias| fold(alias) == key),
    };
    [How::Exact, How::Folded, How::SourceAlias].into_iter().find_map(|how| {
        let alike: Vec<usize> = (0..hits.len()).filter(|&at| fits(how, &hits[at])).collect();
        (!alike.is_empty()).then_some((alike, how))
    })
}

/// Of hits that fit equally well.
pub(crate) fn among(hits: &[Hit<'_>], alike: &[usize], how: How) -> Choice {
    match *alike {
        [] => Choice::NotFound,
        [one] => Choice::Found(one, how),
        [first, ..] => {
            let reaches: Vec<Reach> = alike.iter().map(|&at| hits[at].reach).collect();
            if reaches.iter().all(|reach| reach.is_unknown()) {
                return Choice::Found(first, How::SourceRank);
            }
            Reach::clear_lead(&reaches).map_or(Choice::Ambiguous, |best| Choice::Found(alike[best], How::Popularity))
        }
    }
}

fn by_likeness(name: &str, hits: &[Hit<'_>]) -> Choice {
    let ids: Vec<String> = (0..hits.len()).map(|at| at.to_string()).collect();
    let entries = hits.iter().zip(&ids);
    let index =
        Index::build(entries.map(|(hit, id)| Entry { id, name: hit.name, reach: hit.reach, aliases: hit.aliases }));
    let answer = index.find(name);
    let place = |id: &str| id.parse::<usize>().ok().filter(|at| *at < hits.len());
    match answer.verdict {
        Verdict::NotFound => Choice::NotFound,
        Verdict::Ambiguous => {
            let best = answer.candidates.first().map_or(0.0, |c| c.score);
            let alike = answer.candidates.iter().filter(|c| c.score >= best && c.how == How::Alias);
            let mut alike: Vec<usize> = alike.filter_map(|c| place(c.id.as_str())).collect();
            alike.sort_unstable();
            if alike.is_empty() { Choice::Ambiguous } else { among(hits, &alike, How::Alias) }
        }
        Verdict::Found(how) => {
            let Some(at) = answer.candidates.first().and_then(|c| place(c.id.as_str())) else {
                return Choice::NotFound;
            };
            let bold = matches!(how, How::Transliterated | How::Sound | How::Typo | How::Decorated | How::Part);
            let backed = at == 0 || hits[at].score.is_some_and(|score| score >= SURE);
            if bold && !backed { Choice::NotFound } else { Choice::Found(at, how) }
        }
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

/// [`choose_hit`] among Spotify's hits, which come with neither aliases nor a score.
pub fn decide<'a>(name: &str, hits: &'a [FoundArtist]) -> Decision<'a> {
    let hit = |found: &'a FoundArtist| Hit {
        name: &found.artist.name,
        aliases: &[],
        reach: Reach { followers: found.artist.followers, popularity: found.artist.popularity.map(u32::from) },
        score: None,
    };
    match choose_hit(name, &hits.iter().map(hit).collect::<Vec<_>>()) {
        Choice::Found(at, how) => Decision::Found(&hits[at], how),
        Choice::Ambiguous => Decision::Ambiguous,
        Choice::NotFound => Decision::NotFound,
    }
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
    fn other_scripts_go_by_alias_and_sound_not_by_likeness() {
        let hits = [hit("a", "aespa", None), hit("b", "Espa", None)];
        assert_eq!(decided("에스파", &hits), "a alias");
        let hits = [hit("a", "Unknown Mortal Orchestra", None), hit("b", "Radiohead", None)];
        assert_eq!(decided("라디오헤드", &hits), "b alias", "the table knows it at any rank");
        let hits = [hit("a", "Zzyzx Karavan", None), hit("b", "Other", None)];
        assert_eq!(decided("지지익스 카라반", &hits[1..]), "NotFound");
        assert_eq!(decided("王菲", &[hit("a", "Wang Fu", None)]), "NotFound", "Han is never read out");
    }

    #[test]
    fn slips_are_forgiven_only_where_the_source_agrees() {
        let hits = [hit("a", "Metallica", None), hit("b", "Metal", None)];
        assert_eq!(decided("metalllica", &hits), "a loose");
        assert_eq!(decided("Metsllica", &hits), "a typo");
        assert_eq!(decided("Metsllica", &[hits[1].clone(), hits[0].clone()]), "NotFound");
    }

    #[test]
    fn a_sources_aliases_count_and_so_does_its_score() {
        let hit = |name, aliases, score| Hit { name, aliases, reach: Reach::default(), score: Some(score) };
        let hits = [hit("Faye Wong", &["王菲", "Shirley Wong"][..], 100), hit("王菲菲", &[], 60)];
        assert_eq!(choose_hit("王菲", &hits), Choice::Found(0, How::SourceAlias));
        assert_eq!(choose_hit("shirley wong", &hits), Choice::Found(0, How::SourceAlias));
        let hits = [hit("Metal", &[], 95), hit("Metallica", &[], 92), hit("Metallico", &[], 10)];
        assert_eq!(choose_hit("Metsllica", &hits), Choice::Found(1, How::Typo));
        let two = [hit("A", &["X"][..], 90), hit("B", &["X"], 90)];
        assert_eq!(choose_hit("x", &two), Choice::Found(0, How::SourceRank));
        assert_eq!(choose_hit("x", &[]), Choice::NotFound);
    }

    #[test]
    fn candidates_of_the_same_name_come_first() {
        let hits = [hit("a", "Nirvana UK", None), hit("b", "Nirvana", None)];
        let ids: Vec<_> = candidates("nirvana", &hits).as_array().unwrap().iter().map(|c| c["id"].clone()).collect();
        assert_eq!(ids, ["b", "a"]);
    }
}
