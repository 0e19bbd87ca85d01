//! From hits to an answer: the best hit of each artist, accepted only when it is good enough and clear of the next.

use sixpotify_core::ArtistId;

use crate::answer::{Answer, Candidate, How, Verdict};
use crate::index::Index;
use crate::{ACCEPTED, MOST_CANDIDATES, named};

/// By so much the best must be ahead of the next.
const MARGIN: f32 = 0.03;

/// What being known to everybody adds to a score, among candidates that were not found by their very name; more where the
/// way to them is wide.
const KNOWN: f32 = 0.05;
const KNOWN_BY_SOUND: f32 = 0.1;

/// Hits below this are no candidates.
const LEAST: f32 = 0.4;

/// One way in which an artist was found.
#[derive(Clone, Copy, Debug)]
struct Hit {
    artist: u32,
    form: u32,
    how: How,
    score: f32,
}

/// The best hit of each artist.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hits(Vec<Hit>);

impl Hits {
    /// Notes a hit, unless the artist has a better one.
    pub(crate) fn add(&mut self, artist: u32, form: u32, how: How, score: f32) {
        if score < LEAST {
            return;
        }
        let hit = Hit { artist, form, how, score };
        match self.0.iter_mut().find(|h| h.artist == artist) {
            Some(known) if known.score < score => *known = hit,
            Some(_) => {}
            None => self.0.push(hit),
        }
    }

    /// Artists that were hit.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The answer where the hits are artists whose name, or alias, the text is.
    pub(crate) fn by_name(&self, index: &Index, steps: Vec<String>) -> Option<Answer> {
        (!self.0.is_empty()).then(|| named::decide(self.candidates(index), steps))
    }

    /// The answer where the hits are more or less like the text.
    pub(crate) fn by_likeness(&self, index: &Index, steps: Vec<String>) -> Answer {
        let mut candidates = self.candidates(index);
        let verdict = verdict(&candidates);
        candidates.truncate(MOST_CANDIDATES);
        Answer { verdict, candidates, steps }
    }

    /// Best first.
    fn candidates(&self, index: &Index) -> Vec<Candidate> {
        let mut all: Vec<(f32, Candidate)> = self.0.iter().map(|hit| candidate(index, hit)).collect();
        all.sort_by(|(a, x), (b, y)| b.total_cmp(a).then_with(|| x.id.cmp(&y.id)));
        all.into_iter().map(|(_, candidate)| candidate).collect()
    }
}

fn candidate(index: &Index, hit: &Hit) -> (f32, Candidate) {
    let reach = index.reach(hit.artist);
    let candidate = Candidate {
        id: ArtistId::from_stored(index.id(hit.artist)),
        name: index.name(hit.artist).to_owned(),
        how: hit.how,
        score: hit.score,
        matched: index.forms.get(hit.form as usize).map_or_else(String::new, |form| index.raw(form).to_owned()),
        reach,
    };
    (weighed(&candidate), candidate)
}

/// The score by which candidates are ranked.
fn weighed(candidate: &Candidate) -> f32 {
    let known = if candidate.how == How::Transliterated { KNOWN_BY_SOUND } else { KNOWN };
    candidate.score + known * candidate.reach.weight()
}

fn verdict(candidates: &[Candidate]) -> Verdict {
    let Some(best) = candidates.first().filter(|best| best.score >= ACCEPTED) else { return Verdict::NotFound };
    let next = candidates.get(1).map_or(0.0, weighed);
    if weighed(best) - next >= MARGIN { Verdict::Found(best.how) } else { Verdict::Ambiguous }
}
