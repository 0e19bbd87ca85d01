//! Names of generated artists: no two alike, and a name leads back to its number.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::fold::{nearly, words};
use crate::hash::mix;

const FIRST: [&str; 64] = [
    "Amber",
    "Arctic",
    "Autumn",
    "Blinding",
    "Brass",
    "Broken",
    "Café",
    "Carbon",
    "Coral",
    "Crimson",
    "Crystal",
    "Dancing",
    "Délicate",
    "Digital",
    "Distant",
    "Drowsy",
    "Eastern",
    "Electric",
    "Élan",
    "Endless",
    "Feral",
    "Floating",
    "Forgotten",
    "Frozen",
    "Gentle",
    "Gilded",
    "Golden",
    "Hidden",
    "Hollow",
    "Humming",
    "Idle",
    "Ivory",
    "Jagged",
    "Kinetic",
    "Lonely",
    "Lucid",
    "Lunar",
    "Marble",
    "Midnight",
    "Modern",
    "Mötor",
    "Naïve",
    "Neon",
    "Northern",
    "Øde",
    "Pacific",
    "Paper",
    "Phantom",
    "Plastic",
    "Quiet",
    "Restless",
    "Rósa",
    "Rusty",
    "Sacred",
    "Silver",
    "Solar",
    "Southern",
    "Static",
    "Tender",
    "Twisted",
    "Über",
    "Velvet",
    "Wandering",
    "Young",
];

const SECOND: [&str; 64] = [
    "Anchors",
    "Archive",
    "Atlas",
    "Avenue",
    "Beacons",
    "Birds",
    "Bloom",
    "Bridges",
    "Cathedral",
    "Choir",
    "Circuit",
    "Citizens",
    "Coast",
    "Companion",
    "Cosmos",
    "Daughters",
    "Delta",
    "Engines",
    "Fables",
    "Fjörd",
    "Foxes",
    "Gardens",
    "Ghosts",
    "Harbour",
    "Horizon",
    "Hours",
    "Islands",
    "Jardín",
    "Kingdom",
    "Königin",
    "Lanterns",
    "Letters",
    "Lions",
    "Machine",
    "Magnets",
    "Mirrors",
    "Monsoon",
    "Motel",
    "Mountains",
    "Oceans",
    "Orchard",
    "Parade",
    "Pilots",
    "Poets",
    "Prophets",
    "Radio",
    "Rivers",
    "Rockets",
    "Señal",
    "Shadows",
    "Signals",
    "Sisters",
    "Society",
    "Sparrows",
    "Strangers",
    "Sundays",
    "Temple",
    "Theory",
    "Tigers",
    "Tourists",
    "Valley",
    "Voyage",
    "Weather",
    "Wolves",
];

const CONSONANTS: &[u8; 18] = b"bcdfghjklmnprstvwz";
const VOWELS: &[u8; 5] = b"aeiou";
const SYLLABLES: u64 = 90;
/// So many names have two words; then a third one counts on.
const PAIRS: u64 = 64 * 64;

/// The name of the artist with this number.
pub fn artist_name(number: u64) -> String {
    let first = FIRST[at(number % 64)];
    let second = SECOND[at(number / 64 % 64)];
    let third = third_word(number / PAIRS);
    let style = mix(number) % 16;
    let name = match style {
        0 => format!("The {first} {second}"),
        1 => format!("{first} & {second}"),
        _ => format!("{first} {second}"),
    };
    let name = if third.is_empty() { name } else { format!("{name} {third}") };
    if style == 2 { name.to_uppercase() } else { name }
}

/// The names of the first `count` artists.
pub fn artist_names(count: u64) -> impl Iterator<Item = String> {
    (0..count).map(artist_name)
}

/// 0 is no word, then come all words of one syllable, of two, and so on.
fn third_word(mut rest: u64) -> String {
    let mut letters = Vec::new();
    while rest > 0 {
        rest -= 1;
        let syllable = rest % SYLLABLES;
        letters.push(char::from(VOWELS[at(syllable % 5)]));
        letters.push(char::from(CONSONANTS[at(syllable / 5)]));
        rest /= SYLLABLES;
    }
    let mut word: String = letters.into_iter().rev().collect();
    word.get_mut(..1).map(str::make_ascii_uppercase);
    word
}

fn third_number(word: &str) -> Option<u64> {
    let mut pairs = word.as_bytes().chunks_exact(2);
    let number = pairs.try_fold(0_u64, |number, pair| {
        let consonant = CONSONANTS.iter().position(|c| *c == pair[0])? as u64;
        let vowel = VOWELS.iter().position(|v| *v == pair[1])? as u64;
        number.checked_mul(SYLLABLES)?.checked_add(consonant * 5 + vowel + 1)
    })?;
    pairs.remainder().is_empty().then_some(number)
}

/// What the words of a query say about the number of an artist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hint {
    pub(super) first: Option<u64>,
    pub(super) second: Option<u64>,
    /// `None` where the third word cannot be one.
    pub(super) third: Option<u64>,
}

impl Hint {
    /// Reads folded words, one letter off included.
    pub(super) fn read(query: &[String]) -> Self {
        let is_filler = |word: &String| ["the", "and"].contains(&word.as_str());
        let mut rest = query.iter().filter(|word| !is_filler(word)).peekable();
        let first = rest.next_if(|word| find(&FIRST_WORDS, word).is_some()).and_then(|word| find(&FIRST_WORDS, word));
        let second =
            rest.next_if(|word| find(&SECOND_WORDS, word).is_some()).and_then(|word| find(&SECOND_WORDS, word));
        let third = match (rest.next(), rest.next()) {
            (None, _) => Some(0),
            (Some(word), None) => third_number(word),
            _ => None,
        };
        Self { first, second, third }
    }

    /// The number, if all words say which.
    pub(super) fn number(self) -> Option<u64> {
        self.third?.checked_mul(PAIRS)?.checked_add(self.second? * 64 + self.first?)
    }

    /// Numbers of artists whose names share words with the query, at most a dozen.
    pub(super) fn likely(self) -> Vec<u64> {
        match (self.first, self.second) {
            (Some(first), Some(second)) => {
                let from = self.third.unwrap_or(0).saturating_sub(4);
                (from..from + 9).map(|third| third * PAIRS + second * 64 + first).collect()
            }
            (Some(first), None) => (0..12).map(|n| mix(first ^ n << 8) % 64 * 64 + first).collect(),
            (None, Some(second)) => (0..12).map(|n| second * 64 + mix(second ^ n << 8) % 64).collect(),
            (None, None) => Vec::new(),
        }
    }
}

type Words = HashMap<String, u64>;

static FIRST_WORDS: LazyLock<Words> = LazyLock::new(|| numbered(&FIRST));
static SECOND_WORDS: LazyLock<Words> = LazyLock::new(|| numbered(&SECOND));

fn numbered(list: &[&str]) -> Words {
    (0..).zip(list).map(|(number, word)| (words(word).concat(), number)).collect()
}

fn find(list: &Words, word: &str) -> Option<u64> {
    if let Some(number) = list.get(word) {
        return Some(*number);
    }
    if word.chars().count() < 4 {
        return None;
    }
    // The smallest, so that the answer does not depend on the order of the map.
    list.iter().filter(|(known, _)| nearly(known, word)).map(|(_, number)| *number).min()
}

fn at(index: u64) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_lead_back_to_their_numbers() {
        let far = [0, 1, 4095, 4096, 999_999, 368_639, 372_735, 372_736, 999_999_999];
        for number in (0..20_000).chain(far) {
            let name = artist_name(number);
            assert_eq!(Hint::read(&words(&name)).number(), Some(number), "{name}");
        }
    }

    #[test]
    fn no_two_names_are_alike_even_when_folded() {
        let folded: HashSet<_> = artist_names(50_000).map(|name| words(&name).concat()).collect();
        assert_eq!(folded.len(), 50_000);
        assert_eq!(FIRST_WORDS.len() + SECOND_WORDS.len(), 128);
    }

    #[test]
    fn a_slip_is_forgiven_and_a_stranger_is_not() {
        assert_eq!(Hint::read(&words("Velvt Wolves")).number(), Hint::read(&words("Velvet Wolves")).number());
        assert_eq!(Hint::read(&words("Nobody At All")).number(), None);
        assert!(Hint::read(&words("Nobody At All")).likely().is_empty());
        assert!(!Hint::read(&words("Velvet Nothing")).likely().is_empty());
    }
}
