//! Messages that mean something by themselves. The phrases are text beside this file, one list for each language.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::Intent;
use crate::language::Language;

static ENGLISH: &str = include_str!("phrases/english.txt");
static KOREAN: &str = include_str!("phrases/korean.txt");

/// What may stand before a phrase, and says nothing; longest first where one begins with another.
const BEFORE: &[&str] = &[
    "hello, ",
    "hello ",
    "hey, ",
    "hey ",
    "hi, ",
    "hi ",
    "okay, ",
    "okay ",
    "ok, ",
    "ok ",
    "oh, ",
    "oh ",
    "well, ",
    "well ",
    "please ",
    "pls ",
    "plz ",
    "so ",
    "now ",
    "and ",
    "but ",
    "um ",
    "uh ",
    "just ",
    "can you ",
    "could you ",
    "will you ",
    "would you ",
    "lol, ",
    "lol ",
    "haha, ",
    "haha ",
    "omg ",
    "wow ",
    "no, ",
    "yes, ",
    "yeah, ",
    "음 ",
    "아 ",
    "그럼 ",
    "그러면 ",
    "혹시 ",
    "저기 ",
    "이제 ",
];

/// What may stand behind one.
const BEHIND: &[&str] = &[
    " please",
    ", please",
    " pls",
    " plz",
    " thanks",
    ", thanks",
    " thx",
    " thank you",
    " now",
    " then",
    " bot",
    " for me",
    " again",
    " man",
    " bro",
    " dude",
    " mate",
    "요",
    " 좀",
];

/// Words beside moods: `some sad and slow songs`.
const SAYS_NOTHING: [&str; 12] =
    ["and", "&", "some", "something", "songs", "song", "music", "artists", "artist", "bands", "singers", "stuff"];

/// What hangs on a mood in Korean: `운동할 때 듣기 좋은`.
const FIT_TO_HEAR: [&str; 7] = ["듣기 좋은", "듣기", "들을 만한", "들을만한", "들을", "들", "듣는"];

/// What a phrase of the lists means.
struct Phrases {
    meaning: HashMap<String, (Intent, Language)>,
    moods: HashSet<&'static str>,
    pronouns: HashSet<&'static str>,
    /// What sources call a genre that people call otherwise.
    genres: HashMap<&'static str, &'static str>,
}

static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
    let mut all =
        Phrases { meaning: HashMap::new(), moods: HashSet::new(), pronouns: HashSet::new(), genres: HashMap::new() };
    for (language, list) in [(Language::English, ENGLISH), (Language::Korean, KOREAN)] {
        for (heading, phrase) in entries(list) {
            if heading == "mood" {
                all.moods.insert(phrase);
            } else if heading == "pronoun" {
                all.pronouns.insert(phrase);
            } else if heading == "genre" {
                all.genres.extend(phrase.split_once(" = "));
            } else if let Some(intent) = meaning(heading, phrase) {
                all.meaning.insert(key(phrase), (intent, language));
            }
        }
    }
    all
});

/// The entries of a list, each with its heading: `[heading]` on a line of its own, entries between `|`; lines that begin with `#`
/// say nothing.
pub(super) fn entries(list: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut heading = "";
    list.lines().filter(|line| !line.starts_with('#')).flat_map(move |line| {
        let name = line.strip_prefix('[').and_then(|line| line.strip_suffix(']'));
        heading = name.unwrap_or(heading);
        let under = heading;
        let entries = if name.is_some() { "" } else { line };
        entries.split('|').map(str::trim).filter(|entry| !entry.is_empty()).map(move |entry| (under, entry))
    })
}

/// What the phrases under a heading mean.
fn meaning(heading: &str, phrase: &str) -> Option<Intent> {
    Some(match heading {
        "hello" => Intent::Hello,
        "how" => Intent::HowAreYou,
        "who" => Intent::Who,
        "help" => Intent::Help,
        "language" => Intent::Languages,
        "thanks" => Intent::Thanks,
        "pleased" => Intent::Pleased,
        "sad" => Intent::Sad,
        "rude" => Intent::Rude,
        "bye" => Intent::Bye,
        "start" => Intent::Start,
        "privacy" => Intent::Privacy,
        "delete" => Intent::Delete,
        "english" => Intent::Speak(Language::English),
        "korean" => Intent::Speak(Language::Korean),
        "yes" => Intent::Yes,
        "no" => Intent::No,
        "other" => Intent::Other,
        "more" => Intent::More,
        "back" => Intent::Back,
        "again" => Intent::Again,
        "similar" => Intent::Similar,
        "songs" => Intent::Songs,
        number => Intent::Number(number.parse().ok()?, phrase.to_owned()),
    })
}

/// What `plain` means if it is one of the phrases, and whose language it is.
pub(super) fn find(plain: &str) -> Option<(Intent, Option<Language>)> {
    ways(plain).into_iter().find_map(|way| {
        let (intent, language) = PHRASES.meaning.get(&way)?;
        // The language that is asked for, not the one in which it is asked; and a command is nobody's.
        Some(match intent {
            Intent::Speak(wanted) => (Intent::Speak(*wanted), Some(*wanted)),
            Intent::Number(number, _) => (Intent::Number(*number, plain.to_owned()), Some(*language)),
            intent => (intent.clone(), (!plain.starts_with('/')).then_some(*language)),
        })
    })
}

/// Whether `text` stands for somebody or something that was spoken of: `them`, `그 사람`.
pub(crate) fn is_pronoun(text: &str) -> bool {
    PHRASES.pronouns.contains(text.to_lowercase().as_str())
}

/// Whether `text` says what music is like, not whose it is: `sad`, `k-pop`, `신나는`.
pub(crate) fn is_mood(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words = lower.split_whitespace().filter(|word| !SAYS_NOTHING.contains(word)).collect::<Vec<_>>();
    let mood = words.join(" ");
    let fit_to_hear = FIT_TO_HEAR.iter().find_map(|end| mood.strip_suffix(end));
    PHRASES.moods.contains(mood.as_str())
        || fit_to_hear.is_some_and(|rest| rest.is_empty() || is_mood(rest))
        || (!words.is_empty() && words.len() <= 4 && words.iter().all(|word| PHRASES.moods.contains(word)))
}

/// What in `text`, which [is a mood](is_mood), may name a genre: all of it, then each run of its words, longer ones first; each
/// as it is said, and in the words of sources.
pub(crate) fn genres_in(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let words = lower.split_whitespace().collect::<Vec<_>>();
    let mut runs: Vec<String> = Vec::new();
    for length in (1..=words.len()).rev() {
        runs.extend(words.windows(length).map(|run| run.join(" ")));
    }
    let named = |run: String| {
        let genre = PHRASES.genres.get(run.as_str()).map(|genre| (*genre).to_owned());
        std::iter::once(run).chain(genre)
    };
    runs.into_iter().flat_map(named).collect()
}

/// The keys under which a text is looked for: as it is; without what is drawn out (`hiiii`, `ㅋㅋㅋㅋ`); without what is only polite.
fn ways(plain: &str) -> Vec<String> {
    let mut ways = Vec::new();
    let mut rest = plain;
    for _ in 0..3 {
        for text in [rest, rest.trim_end_matches(['ㅋ', 'ㅎ', 'ㅠ', 'ㅜ', ' ', '~', '!', '?', '.', ','])] {
            ways.extend([key(text), key(&drawn_out(text, 2)), key(&drawn_out(text, 1))]);
        }
        let shorter = BEFORE.iter().find_map(|before| rest.strip_prefix(before));
        let shorter = shorter.or_else(|| BEHIND.iter().find_map(|behind| rest.strip_suffix(behind)));
        let Some(shorter) = shorter.map(str::trim).filter(|shorter| !shorter.is_empty()) else { break };
        rest = shorter;
    }
    ways.retain(|way| !way.is_empty());
    ways
}

/// In Korean people put blanks as they like; in English they are words' ends.
fn key(phrase: &str) -> String {
    if Language::of_script(phrase) == Some(Language::Korean) { phrase.replace(' ', "") } else { phrase.to_owned() }
}

/// Three and more of a letter become `most` of it.
fn drawn_out(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let mut times = 1;
        while chars.next_if_eq(&c).is_some() {
            times += 1;
        }
        out.extend(std::iter::repeat_n(c, if times > 2 { most } else { times }));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_heading_has_a_meaning_and_no_phrase_has_two() {
        let mut seen = HashMap::new();
        for list in [ENGLISH, KOREAN] {
            for (heading, phrase) in entries(list) {
                if heading == "genre" {
                    let (said, _) = phrase.split_once(" = ").unwrap();
                    assert!(is_mood(said), "{said}");
                }
                if matches!(heading, "mood" | "pronoun" | "genre") {
                    continue;
                }
                assert!(meaning(heading, phrase).is_some(), "[{heading}]");
                assert_eq!(super::super::plain(phrase), phrase, "would never be found");
                let before = seen.insert(key(phrase), heading);
                assert!(before.is_none_or(|before| before == heading), "{phrase}");
                assert!(find(phrase).is_some(), "{phrase}");
            }
        }
        assert!(seen.len() > 800, "{}", seen.len());
    }

    #[test]
    fn people_are_polite_and_draw_words_out() {
        for (text, intent) in [
            ("hiiii", Intent::Hello),
            ("hey, help me please", Intent::Help),
            ("ok show me more pls", Intent::More),
            ("goooood", Intent::Pleased),
            ("ㅋㅋㅋㅋㅋㅋㅋ", Intent::Pleased),
            ("안녕ㅋㅋㅋ", Intent::Hello),
            ("고마워용", Intent::Thanks),
            ("더 보여줘요", Intent::More),
            ("그럼 노래 추천 좀", Intent::Songs),
            ("the second one please", Intent::Number(2, "the second one please".to_owned())),
        ] {
            assert_eq!(find(text).map(|(intent, _)| intent), Some(intent), "{text}");
        }
        for name in ["hey jude", "more more", "so solid crew", "oh wonder", "no doubt", "hi suhyun"] {
            assert_eq!(find(name), None, "{name}");
        }
    }

    #[test]
    fn moods_are_no_names() {
        let moods =
            ["sad", "Sad", "k-pop", "sad love", "신나는", "chill and happy", "some sad songs", "popular artists"];
        assert!(moods.iter().all(|text| is_mood(text)));
        assert!(is_mood("운동할 때 듣기 좋은") && is_mood("들을만한"));
        assert_eq!(genres_in("sad K-Pop"), ["sad k-pop", "sad", "k-pop"]);
        assert_eq!(genres_in("힙합"), ["힙합", "hip hop"]);
        let names = ["", "BTS", "The Sad", "sad boys", "소녀시대", "music", "Singers", "좋은 들을 사람"];
        assert!(!names.iter().any(|text| is_mood(text)));
    }
}
