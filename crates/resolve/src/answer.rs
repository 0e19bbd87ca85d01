//! What a name means: a verdict, and candidates with the reason for each.

use std::fmt;

use sixpotify_core::ArtistId;

/// How an artist was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum How {
    /// The user gave the id or a link.
    Id,
    /// The name is spelt as asked, to the letter.
    Exact,
    /// The name is spelt as asked but for case, accents, width, punctuation, stylised letters.
    Folded,
    /// It is another name of the artist.
    Alias,
    /// Several artists are spelt alike, one is at least ten times as popular as the next.
    Popularity,
    /// Several artists are spelt alike and the source says nothing of their popularity: its own first.
    SourceRank,
    /// The source put it first, and gives the name as another one of the artist.
    SourceAlias,
    /// The same but for articles, number words, titles, doubled letters and the like.
    Loose,
    /// The words stand in another order.
    Order,
    /// The name with something around it.
    Decorated,
    /// The name spelt out letter by letter.
    Spelt,
    /// Typed with the keyboard of another alphabet.
    Keyboard,
    /// It sounds the same in another script.
    Transliterated,
    /// It sounds the same, spelt otherwise.
    Sound,
    /// A slip of the keyboard away.
    Typo,
    /// A part of the name, by which only one well-known artist is called.
    Part,
}

impl How {
    /// The word in tables and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Exact => "exact",
            Self::Folded => "folded",
            Self::Alias => "alias",
            Self::Popularity => "popularity",
            Self::SourceRank => "source-rank",
            Self::SourceAlias => "source-alias",
            Self::Loose => "loose",
            Self::Order => "order",
            Self::Decorated => "decorated",
            Self::Spelt => "spelt",
            Self::Keyboard => "keyboard",
            Self::Transliterated => "transliterated",
            Self::Sound => "sound",
            Self::Typo => "typo",
            Self::Part => "part",
        }
    }

    /// Whether it is the artist's id, name or alias itself, not something like it.
    pub fn is_by_name(self) -> bool {
        matches!(
            self,
            Self::Id
                | Self::Exact
                | Self::Folded
                | Self::Alias
                | Self::Popularity
                | Self::SourceRank
                | Self::SourceAlias
        )
    }

    /// The reason in a few words, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Id => "its id",
            Self::Exact => "spelt exactly so",
            Self::Folded => "the same but for case, accents or signs",
            Self::Alias => "another name of it",
            Self::Popularity => "by far the best known of that name",
            Self::SourceRank => "the source's first of that name",
            Self::SourceAlias => "the source's first, and another name of it there",
            Self::Loose => "the same but for articles, numbers or doubled letters",
            Self::Order => "the same words in another order",
            Self::Decorated => "the name with something around it",
            Self::Spelt => "the name spelt letter by letter",
            Self::Keyboard => "typed with another keyboard",
            Self::Transliterated => "the same sound in another script",
            Self::Sound => "the same sound, spelt otherwise",
            Self::Typo => "a slip of the keyboard away",
            Self::Part => "a part of its name",
        }
    }
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How many people an artist reaches, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Followers at the source.
    pub followers: Option<u64>,
    /// Popularity at the source, 0 to 100.
    pub popularity: Option<u32>,
}

/// Of two artists with the same name, the one with this many times the followers of the other is meant.
const CLEAR_LEAD: u64 = 10;

impl Reach {
    /// From nobody (0) to everybody (1), for weighing candidates that are otherwise as good; 0 where nothing is known.
    pub(crate) fn weight(self) -> f32 {
        match (self.followers, self.popularity) {
            (_, Some(popularity)) => popularity.min(100) as f32 / 100.0,
            (Some(followers), None) => ((followers as f32 + 1.0).log10() / 8.0).min(1.0),
            (None, None) => 0.0,
        }
    }

    /// Which of several artists of one name is so much better known than the next that it is meant: the one with a tenfold
    /// lead in followers (in popularity where none has followers). `None` where there is no such lead.
    pub fn clear_lead(of: &[Self]) -> Option<usize> {
        let by = |value: fn(&Self) -> Option<u64>| {
            of.iter().any(|r| value(r).is_some()).then(|| of.iter().map(|r| value(r).unwrap_or(0)).collect::<Vec<_>>())
        };
        let values = by(|r| r.followers).or_else(|| by(|r| r.popularity.map(u64::from)))?;
        let best = (0..values.len()).max_by_key(|&at| (values[at], std::cmp::Reverse(at)))?;
        let second = values.iter().enumerate().filter(|(at, _)| *at != best).map(|(_, v)| *v).max().unwrap_or(0);
        (values[best] > 0 && values[best] >= second.saturating_mul(CLEAR_LEAD)).then_some(best)
    }

    /// Whether nothing is known.
    pub fn is_unknown(self) -> bool {
        self == Self::default()
    }
}

/// An artist that a name may mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The artist.
    pub id: ArtistId,
    /// Its name, as it is stored.
    pub name: String,
    /// How it was found.
    pub how: How,
    /// From 0 to 1; from [`crate::ACCEPTED`] on it may be accepted.
    pub score: f32,
    /// The name or alias that matched.
    pub matched: String,
    /// How well known it is.
    pub reach: Reach,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The first candidate is meant.
    Found(How),
    /// Several may be meant.
    Ambiguous,
    /// None is meant; candidates are the nearest.
    NotFound,
}

/// What a name means.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What was decided.
    pub verdict: Verdict,
    /// Best first; [`crate::MOST_CANDIDATES`] at most.
    pub candidates: Vec<Candidate>,
    /// What was tried, and what came of it, in words.
    pub steps: Vec<String>,
}

impl Answer {
    /// The artist that is meant, and how it was found.
    pub fn found(&self) -> Option<(&Candidate, How)> {
        match self.verdict {
            Verdict::Found(how) => self.candidates.first().map(|c| (c, how)),
            Verdict::Ambiguous | Verdict::NotFound => None,
        }
    }

    /// An answer without candidates.
    pub fn nothing(step: impl Into<String>) -> Self {
        Self { verdict: Verdict::NotFound, candidates: Vec::new(), steps: vec![step.into()] }
    }
}

/// Decides between artists that have the same name, to the same letter: the only one, else the one with a clear lead.
/// `candidates` become sorted, the best known first.
pub fn among_alike(candidates: &mut [Candidate]) -> Verdict {
    let size = |c: &Candidate| (c.reach.followers.unwrap_or(0), c.reach.popularity.unwrap_or(0));
    candidates.sort_by(|a, b| size(b).cmp(&size(a)).then_with(|| a.id.cmp(&b.id)));
    match candidates {
        [] => Verdict::NotFound,
        [one] => Verdict::Found(one.how),
        several => {
            let reaches: Vec<Reach> = several.iter().map(|c| c.reach).collect();
            match Reach::clear_lead(&reaches) {
                Some(best) => {
                    several[..=best].rotate_right(1);
                    Verdict::Found(How::Popularity)
                }
                None => Verdict::Ambiguous,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lead_is_tenfold() {
        let followers = |list: &[Option<u64>]| {
            Reach::clear_lead(&list.iter().map(|&f| Reach { followers: f, popularity: Some(50) }).collect::<Vec<_>>())
        };
        assert_eq!(followers(&[Some(9), Some(90)]), Some(1));
        assert_eq!(followers(&[Some(10), Some(90)]), None);
        assert_eq!(followers(&[None, Some(1)]), Some(1));
        assert_eq!(followers(&[Some(0), Some(0)]), None);
        assert_eq!(followers(&[None, None]), None, "both are as popular");
        assert_eq!(Reach::clear_lead(&[]), None);
    }
}
