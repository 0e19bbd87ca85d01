//! Artists that were looked up by their very name: what a database can answer without the index.

use sixpotify_core::{ArtistId, fold};

use crate::MOST_CANDIDATES;
use crate::aliases::KnownAliases;
use crate::answer::{Answer, Candidate, How, Reach, among_alike};

/// An artist whose folded name, or one of whose folded aliases, is what was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// The artist.
    pub id: ArtistId,
    /// Its name.
    pub name: String,
    /// How well known it is.
    pub reach: Reach,
    /// The alias that matched, where it is not the name.
    pub alias: Option<String>,
}

/// The score of an artist whose name (`alias: None`) or alias is `text` when folded.
pub(crate) fn score(text: &str, name: &str, alias: bool) -> (How, f32) {
    match alias {
        true => (How::Alias, 0.96),
        false if name == text => (How::Exact, 1.0),
        false => (How::Folded, 0.98),
    }
}

/// What `text` means where `named` are all artists with its folded name or alias: an exact spelling before a folded one,
/// and that before an alias; among several, the one that is much better known. `None` where there is none: then only the
/// index can tell. Decides as [`crate::Index::find`] does.
pub fn among_named(text: &str, named: impl IntoIterator<Item = Named>) -> Option<Answer> {
    let text = text.trim();
    let key = fold(text);
    let mut candidates: Vec<Candidate> = Vec::new();
    for artist in named {
        let (how, score) = score(text, &artist.name, artist.alias.is_some());
        let matched = artist.alias.unwrap_or_else(|| artist.name.clone());
        let candidate = Candidate { id: artist.id, name: artist.name, how, score, matched, reach: artist.reach };
        match candidates.iter_mut().find(|known| known.id == candidate.id) {
            Some(known) if known.score < candidate.score => *known = candidate,
            Some(_) => {}
            None => candidates.push(candidate),
        }
    }
    let steps = vec![format!("folded: `{key}`"), format!("by name and alias: {} candidates", candidates.len())];
    (!candidates.is_empty()).then(|| decide(candidates, steps))
}

/// The surest kind decides.
pub(crate) fn decide(mut candidates: Vec<Candidate>, steps: Vec<String>) -> Answer {
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
    let best = candidates.first().map_or(0.0, |c| c.score);
    let surest = candidates.iter().take_while(|c| c.score >= best).count();
    let verdict = among_alike(&mut candidates[..surest]);
    candidates.truncate(MOST_CANDIDATES);
    Answer { verdict, candidates, steps }
}

/// The folded names under which the built-in table knows who is called `text`: each with the alias as the table spells it.
/// An artist with one of them as its name has `text` as an alias.
pub fn known_as(text: &str) -> Vec<(String, String)> {
    let key = fold(text.trim());
    let mut names = Vec::new();
    for known in KnownAliases::get().of_key(&key) {
        let alias = known.aliases.iter().find(|alias| !alias.shared && fold(alias.name) == key);
        let name = fold(known.name);
        if let Some(alias) = alias.filter(|_| name != key) {
            names.push((name, alias.name.to_owned()));
        }
    }
    names
}
