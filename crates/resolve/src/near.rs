//! Names that are near what was asked: by their sound, by slips of the keyboard, by a part of them.

use std::collections::HashSet;

use crate::alphabets::to_latin;
use crate::answer::How;
use crate::decide::Hits;
use crate::edits::Edits;
use crate::find::Query;
use crate::hangul::is_hangul;
use crate::index::{Form, Index, letters, skeletons};
use crate::names::words;
use crate::sound::{distance, heard, sounds};
use crate::{segments, typo};

/// So many names with one skeleton are compared at most: short skeletons are shared by thousands.
const MOST_OF_ONE_SOUND: usize = 6000;

/// So many hits of one way are weighed at most.
const MOST_OF_A_KIND: usize = 48;

/// Names whose slips cost so many times what is forgiven are about the query, too.
const ABOUT: f32 = 2.0;

/// So many times as many names are a whole edit further off: the number of texts grows faster, but names are alike.
const GROWTH: f32 = 12.0;

/// So many names may be expected as near by chance before that speaks against one.
const CHANCE: f32 = 0.05;

/// What speaks against it for each time as many (in the natural logarithm).
const CROWDED: f32 = 0.1;

/// What is heard as the query, whatever its letters, is as near as with this share of what they cost.
const HEARD: f32 = 0.8;

/// Longer names are not asked for with two letters the other way round.
const MOST_CROSSED: usize = 12;

/// So many names with one word are looked at for candidates.
const MOST_OF_ONE_WORD: usize = 1000;

/// Names about a query whose slips are weighed.
const MOST_WEIGHED: usize = 2_000;

/// Names of another script that sound like the query: how a name is written there at all, so much is forgiven.
pub(crate) fn by_sound(index: &Index, query: &Query<'_>, hits: &mut Hits) {
    let mut readings = sounds(&query.words);
    if let ([first, second], true) = (&query.words[..], query.transliterated) {
        // The family name stands first in Japanese and Korean.
        readings.extend(sounds(&[second.clone(), first.clone()]));
    }
    let mut found = Vec::new();
    for skeleton in skeletons(&readings) {
        let (most, top) = match skeleton.len() {
            1 => (0.1, 0.88),
            2 => (0.14, 0.9),
            _ => (0.17, 0.92),
        };
        for (number, form, own) in index.with_skeleton(&skeleton, !query.transliterated).take(MOST_OF_ONE_SOUND) {
            let score = if query.transliterated {
                let score = |apart| top - (top - 0.7) * apart / most - form.kind.doubt();
                apart(&readings, own, most).map(score)
            } else {
                romanised(index, query, form)
            };
            found.extend(score.map(|score| (score, form.artist, number)));
        }
    }
    add_best(found, How::Transliterated, hits);
}

/// Adds the best of many hits: no answer has so many candidates.
fn add_best(mut found: Vec<(f32, u32, u32)>, how: How, hits: &mut Hits) {
    found.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2))));
    for (score, artist, form) in found.into_iter().take(MOST_OF_A_KIND) {
        hits.add(artist, form, how, score);
    }
}

/// The score of a name in another script where its letters, by table or by sound, are what was typed.
fn romanised(index: &Index, query: &Query<'_>, form: &Form) -> Option<f32> {
    let own = words(index.raw(form));
    if let Some(latin) = to_latin(&own.concat()) {
        let latin = letters(&latin);
        let most = typo::allowance(latin.len().min(query.letters.len())) / 2.0;
        return typo::cost(&query.letters, &latin, most).map(|cost| 0.9 - 0.1 * cost);
    }
    let readings = sounds(&query.words);
    let nearly =
        readings.iter().filter_map(|r| sounds(&own).iter().filter_map(|o| distance(r, o, 0.45)).reduce(f32::min));
    let least = nearly.reduce(f32::min)?;
    (query.letters.len() > 4).then_some(0.88 - 0.3 * least)
}

/// What speaks against a slip: a word of the query that is none of the name's, but is one of other names; and, where the
/// words stand beside each other, one that is changed too much for its length, or in its first letter (Paul is not Saul).
fn unlike(index: &Index, query: &Query<'_>, form: &Form) -> f32 {
    let own = words(index.raw(form));
    let foreign = |word: &&String| word.len() > 2 && !own.contains(word) && index.is_word(word);
    let mut against = if query.words.iter().any(|word| foreign(&word)) { 0.08 } else { 0.0 };
    if own.len() == query.words.len() && own.len() > 1 {
        for (typed, meant) in query.words.iter().zip(&own).filter(|(typed, meant)| typed != meant) {
            let (typed, meant) = (letters(typed), letters(meant));
            let least = typed.len().min(meant.len()).max(1) as f32;
            let cost = typo::cost(&typed, &meant, least).unwrap_or(least);
            let first = typed[0] != meant[0] && typed.get(1) != meant.first() && meant.get(1) != typed.first();
            against += 0.3 * (cost / least - 0.25).max(0.0) + if first { 0.05 } else { 0.0 };
        }
    }
    against
}

/// The least distance between the readings of a query and a sound, for each sound of the longer one; `None` beyond `most`.
fn apart(readings: &[String], own: &str, most: f32) -> Option<f32> {
    let mut least: Option<f32> = None;
    for reading in readings {
        let length = reading.len().max(own.len()) as f32;
        // Each missing sound costs a tenth at least.
        let missing = reading.len().abs_diff(own.len()) as f32 / 10.0;
        let bound = least.unwrap_or(most) * length;
        if missing <= bound
            && let Some(distance) = distance(reading, own, bound)
        {
            least = Some(distance / length);
        }
    }
    least
}

/// Names that a slip or two of the keyboard lead to.
pub(crate) fn by_typing(index: &Index, query: &Query<'_>, hits: &mut Hits) {
    let typed = &query.letters[..];
    if typed.len() < 3 || typed.len() > typo::MOST_LETTERS {
        return;
    }
    typed_nearly(index, query, hits);
    if let [article, rest @ ..] = &query.words[..] {
        // The article itself mistyped: `teh beatles`.
        if !rest.is_empty() && matches!(article.as_str(), "th" | "te" | "he" | "teh" | "hte" | "thhe" | "tthe" | "thee")
        {
            let letters = letters(&rest.concat());
            typed_nearly(index, &Query { letters, ..query.clone() }, hits);
        }
    }
}

/// Compares the query's letters with what is stored within the edits that its length allows.
fn typed_nearly(index: &Index, query: &Query<'_>, hits: &mut Hits) {
    let typed = &query.letters[..];
    let Some(edits) = Edits::of(typed) else { return };
    let signature = typo::signature(typed);
    let mut near: Vec<u32> = Vec::new();
    // A letter more than the edits, to see how crowded it is about the query.
    let mut ask =
        |hash, edits: usize| index.with_piece(hash, signature, u32::try_from(edits + 1).unwrap_or(0), &mut near);
    segments::asked(typed, usize::MAX, &mut ask);
    // A swap counts as two edits there. Longer names are found through it as they are.
    if typed.len() <= MOST_CROSSED {
        segments::asked_crossed(typed, usize::from(typed.len() > 7), &mut ask);
    }
    near.sort_unstable();
    near.dedup();
    let form = |number: u32| index.forms.get(number as usize).filter(|form| index.is_live(form.artist));
    let mut about: Vec<(usize, u32)> = near
        .into_iter()
        .filter_map(|number| Some((edits_apart(index, query, &edits, form(number)?)?, number)))
        .collect();
    let all = about.len();
    if all > MOST_WEIGHED {
        // A word that tens of thousands have in their names: the nearest of them are enough.
        about.select_nth_unstable(MOST_WEIGHED);
        about.truncate(MOST_WEIGHED);
    }
    let weigh = |&(_, number): &(usize, u32)| {
        let form = form(number)?;
        weighed(index, query, form).map(|(cost, most)| Slip { number, form: *form, cost, most })
    };
    let slips: Vec<Slip> = about.iter().filter_map(weigh).collect();
    let crowd = Crowd::of(index, &slips, all as f32 / about.len().max(1) as f32);
    by_ear(index, query, &crowd, hits);
    let mut found: Vec<(f32, u32, u32)> =
        slips.iter().map(|slip| (slip.score() - crowd.against(slip), slip.form.artist, slip.number)).collect();
    found.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2))));
    found.truncate(MOST_OF_A_KIND);
    for (score, _, number) in &mut found {
        *score -= index.forms.get(*number as usize).map_or(0.0, |form| unlike(index, query, form));
    }
    add_best(found, How::Typo, hits);
}

/// Names that are heard as the query is: `leonard skinnerd`. Within one script spelling by ear is a slip, and only long names
/// are told by it.
fn by_ear(index: &Index, query: &Query<'_>, crowd: &Crowd, hits: &mut Hits) {
    let Some(key) = heard(&query.words) else { return };
    for (number, form) in index.with_heard(&key) {
        if heard(&words(index.raw(form))).as_ref() != Some(&key) {
            continue;
        }
        let meant = letters(index.key(form));
        let most = typo::allowance(meant.len().min(query.letters.len()));
        let cost = typo::cost(&query.letters, &meant, most * ABOUT).unwrap_or(most * ABOUT);
        let slip = Slip { number, form: *form, cost: cost * HEARD, most };
        hits.add(form.artist, number, How::Sound, 0.84 - unlike(index, query, form) - crowd.against(&slip));
    }
}

/// A name that may have been mistyped.
struct Slip {
    number: u32,
    form: Form,
    /// What the slips cost.
    cost: f32,
    /// What is forgiven in this name.
    most: f32,
}

impl Slip {
    fn score(&self) -> f32 {
        0.93 - self.form.kind.doubt() - 0.22 * self.cost / self.most
    }
}

/// The names about the query. Where they are many, one of them is near whatever is typed, and that says little: a slip must be
/// clear of what chance would give among so many.
struct Crowd {
    /// Folded names, each once.
    names: f32,
}

impl Crowd {
    /// `share` is for how many names about the query each of those that were weighed stands.
    fn of(index: &Index, slips: &[Slip], share: f32) -> Self {
        let names: HashSet<&str> = slips.iter().map(|slip| index.key(&slip.form)).collect();
        Self { names: names.len() as f32 * share }
    }

    /// What the crowd takes from the score of one of its names.
    fn against(&self, slip: &Slip) -> f32 {
        let others = (self.names - 1.0).max(0.0);
        let by_chance = others * GROWTH.powf(slip.cost - ABOUT * slip.most);
        CROWDED * (by_chance / CHANCE).max(1.0).ln()
    }
}

/// The edits between a name and the query; `None` where it is not even about it.
fn edits_apart(index: &Index, query: &Query<'_>, edits: &Edits, form: &Form) -> Option<usize> {
    let key = index.key(form);
    let apart = if key.is_ascii() { edits.to(key.bytes().map(char::from)) } else { edits.to(letters(key)) };
    // One more than the pieces vouch for: slips may be cheap, and it tells how crowded it is about the query.
    (apart <= segments::edits(query.letters.len() + 1) + 1).then_some(apart)
}

/// What slips cost that lead to a name, and what is forgiven; `None` where it is too much.
fn weighed(index: &Index, query: &Query<'_>, form: &Form) -> Option<(f32, f32)> {
    let key = index.key(form);
    let typed = &query.letters[..];
    let meant = letters(key);
    let both_with_article = query.words.len() > 1
        && query.words[0] == "the"
        && index.raw(form).get(..4).is_some_and(|a| a.eq_ignore_ascii_case("the "));
    // What is too far is still a candidate, and tells how crowded it is there.
    let (cost, most) = if both_with_article {
        // What is the first letter of the key is in the middle of what was typed.
        let with_article = |letters: &[char]| "the".chars().chain(letters.iter().copied()).collect::<Vec<char>>();
        let (typed, meant) = (with_article(typed), with_article(&meant));
        let most = allowance(key, typed.len().min(meant.len()));
        (typo::cost(&typed, &meant, most * ABOUT), most)
    } else {
        let most = allowance(key, meant.len().min(typed.len()));
        (typo::cost(typed, &meant, most * ABOUT), most)
    };
    Some((cost?, most))
}

/// What is forgiven in a name. A syllable of Hangul is one sign to its reader, and says as much as two letters.
fn allowance(key: &str, letters: usize) -> f32 {
    let syllables = key.chars().filter(|c| is_hangul(*c)).count();
    match syllables {
        0 => typo::allowance(letters),
        1..=3 => 0.0,
        _ => typo::allowance(letters.min(syllables * 2)),
    }
}

/// People of whom the query is the first or the last name: candidates, never more. `Earth` is not `Earth, Wind & Fire`;
/// who is really called by one name has it as an alias.
pub(crate) fn by_part(index: &Index, query: &Query<'_>, hits: &mut Hits) {
    let [word] = &query.words[..] else { return };
    if word.chars().count() < 4 {
        return;
    }
    let mut best: Vec<(u32, u32, f32)> = Vec::new();
    for (number, form) in index.with_word(word).take(MOST_OF_ONE_WORD) {
        let own = words(index.raw(form));
        if (2..=3).contains(&own.len()) && (own.first() == Some(word) || own.last() == Some(word)) {
            best.push((form.artist, number, index.reach(form.artist).weight()));
        }
    }
    best.sort_by(|a, b| b.2.total_cmp(&a.2).then_with(|| a.1.cmp(&b.1)));
    for &(artist, number, _) in best.iter().take(4) {
        hits.add(artist, number, How::Part, 0.5);
    }
}
