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
use crate::typo::Letters;
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
const MOST_WEIGHED: usize = 1_000;

/// Within so many edits a slip is likely: all such names are compared.
const SURE: usize = 2;

/// Names further away that are compared, by each distance that their letters tell of.
const MOST_OF_A_DISTANCE: usize = 2_000;

/// Names that are fetched from memory together.
const AT_ONCE: usize = 64;

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
    let mut about = about(index, typed);
    let all: u32 = about.iter().map(|near| near.stands_for).sum();
    if about.len() > MOST_WEIGHED {
        // A word that tens of thousands have in their names: the nearest of them are enough.
        about.select_nth_unstable(MOST_WEIGHED);
        about.truncate(MOST_WEIGHED);
    }
    let weigh = |near: &Near| {
        let form = index.forms.get(near.number as usize)?;
        let (cost, most) = weighed(index, query, form)?;
        Some(Slip { number: near.number, form: *form, cost, most, stands_for: near.stands_for as f32 })
    };
    let slips: Vec<Slip> = about.iter().filter_map(weigh).collect();
    let kept: u32 = about.iter().map(|near| near.stands_for).sum();
    let crowd = Crowd::of(index, &slips, all as f32 / kept.max(1) as f32);
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

/// A name about a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Near {
    /// Edits between them; a swap of neighbours is one.
    edits: usize,
    number: u32,
    /// For so many names as far away at least.
    stands_for: u32,
}

/// Names about a text: all those within [`SURE`] edits, and of those further away a sample where they are very many.
fn about(index: &Index, typed: &[char]) -> Vec<Near> {
    let Some(edits) = Edits::of(typed) else { return Vec::new() };
    // One more than the pieces vouch for: slips may be cheap, and it tells how crowded it is about the query.
    let most = segments::edits(typed.len() + 1) + 1;
    // By the edits that their letters alone tell of.
    let mut near: Vec<Vec<u32>> = vec![Vec::new(); most + 1];
    let signature = typo::signature(typed);
    let mut ask = |hash, length: usize, edits: usize| {
        let letters = Letters { signature, length: typed.len() };
        index.with_piece(hash, |number, other| {
            let least = letters.least_edits(Letters { signature: other, length });
            if letters.apart(other) <= edits + 1
                && let Some(near) = near.get_mut(least)
            {
                near.push(number);
            }
        });
    };
    segments::asked(typed, usize::MAX, &mut ask);
    // A swap counts as two edits there. Longer names are found through it as they are.
    if typed.len() <= MOST_CROSSED {
        segments::asked_crossed(typed, usize::from(typed.len() > 7), &mut ask);
    }
    let mut about = Vec::new();
    for (least, numbers) in near.into_iter().enumerate() {
        let numbers = each_once(numbers, index.forms.len());
        let step = if least > SURE { numbers.len().div_ceil(MOST_OF_A_DISTANCE).max(1) } else { 1 };
        compare(index, &edits, most, &numbers, step, &mut about);
    }
    about
}

/// Adds each `step`th of the names that is at most so many edits away.
fn compare(index: &Index, edits: &Edits, most: usize, numbers: &[u32], step: usize, about: &mut Vec<Near>) {
    let stands_for = u32::try_from(step).unwrap_or(u32::MAX);
    let (mut forms, mut keys) = (Vec::with_capacity(AT_ONCE), Vec::new());
    for numbers in numbers.chunks(AT_ONCE * step) {
        // First all forms and then all keys: they lie all over the memory, which fetches several at a time.
        forms.clear();
        let form = |&number: &u32| Some((number, *index.forms.get(number as usize)?));
        forms.extend(numbers.iter().step_by(step).filter_map(form));
        keys.clear();
        forms.iter().for_each(|(_, form)| keys.extend_from_slice(index.key_bytes(form)));
        let mut at = 0;
        for (number, form) in &forms {
            let key = &keys[at..at + index.key_bytes(form).len()];
            at += key.len();
            let apart = if key.is_ascii() {
                edits.to(key.iter().copied().map(char::from))
            } else {
                edits.to(letters(index.key(form)))
            };
            if apart <= most && index.is_live(form.artist) {
                about.push(Near { edits: apart, number: *number, stands_for });
            }
        }
    }
}

/// Numbers below `end` in their order, each once.
fn each_once(mut numbers: Vec<u32>, end: usize) -> Vec<u32> {
    if numbers.len() < end / 256 {
        numbers.sort_unstable();
        numbers.dedup();
        return numbers;
    }
    // For many of them a bit for each number is faster.
    let mut bits = vec![0_u64; end.div_ceil(64)];
    for number in numbers.drain(..) {
        if let Some(word) = bits.get_mut(number as usize / 64) {
            *word |= 1 << (number % 64);
        }
    }
    for (first, mut word) in (0..).step_by(64).zip(bits) {
        while word != 0 {
            numbers.push(first + word.trailing_zeros());
            word &= word - 1;
        }
    }
    numbers
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
        let slip = Slip { number, form: *form, cost: cost * HEARD, most, stands_for: 1.0 };
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
    /// For so many names as far away.
    stands_for: f32,
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
    /// `share`: how many times as many names are about the query as the slips stand for.
    fn of(index: &Index, slips: &[Slip], share: f32) -> Self {
        let mut seen: HashSet<&str> = HashSet::new();
        let names = slips.iter().filter(|slip| seen.insert(index.key(&slip.form)));
        Self { names: names.map(|slip| slip.stands_for).sum::<f32>() * share }
    }

    /// What the crowd takes from the score of one of its names.
    fn against(&self, slip: &Slip) -> f32 {
        let others = (self.names - 1.0).max(0.0);
        let by_chance = others * GROWTH.powf(slip.cost - ABOUT * slip.most);
        CROWDED * (by_chance / CHANCE).max(1.0).ln()
    }
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

#[cfg(test)]
mod tests {
    use super::each_once;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn numbers_come_in_order_and_once(
            (end, numbers) in (1_u32..70_000).prop_flat_map(|end| (Just(end), prop::collection::vec(0..end, 0..600))),
        ) {
            let once: Vec<u32> = numbers.iter().copied().collect::<BTreeSet<u32>>().into_iter().collect();
            prop_assert_eq!(each_once(numbers, end as usize), once);
        }
    }
}
