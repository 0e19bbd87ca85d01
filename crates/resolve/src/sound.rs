//! What a name sounds like, whatever script it is written in.
//!
//! The alphabet is small, and made so that a loanword and its model meet: the consonants `k t p s j m n l h` (f, v and b
//! are `p`; `j` is z, ch and soft g), the vowels `a e i o u`, the glides `w y`, `r` for an r that no vowel follows (many
//! do not speak it), and `'` for a vowel so weak that it may be missing. Names are looked up by their *skeleton*, the
//! consonants, and compared by [`distance`].

use crate::alphabets::to_latin;
use crate::{hangul, kana};

/// Longer names are compared by their letters only.
const MOST_SOUNDS: usize = 48;

/// How letters that are read in two ways are read.
#[derive(Clone, Copy, Debug, Default)]
struct Reading {
    /// `ch` as k: Bach, Chris.
    hard_ch: bool,
    /// g before e and i as k: Gibson.
    hard_g: bool,
    /// `th` as t: Beethoven.
    hard_th: bool,
}

/// The ways in which folded `words` may sound; none for scripts whose sounds are not written (Han among them).
pub(crate) fn sounds(words: &[String]) -> Vec<String> {
    let words: Vec<&str> = words.iter().map(String::as_str).filter(|w| !matches!(*w, "the" | "더")).collect();
    let Some(words) = words.iter().map(|word| readable(word)).collect::<Option<Vec<_>>>() else { return Vec::new() };
    let words = words.concat();
    let has = |pair: &str| words.iter().any(|word| word.contains(pair));
    let (ch, th) = (has("ch"), has("th"));
    let g = has("ge") || has("gi") || has("gy");
    let mut all = Vec::new();
    for hard in 0..8 {
        let reading = Reading { hard_ch: hard & 1 > 0, hard_g: hard & 2 > 0, hard_th: hard & 4 > 0 };
        if reading.hard_ch && !ch || reading.hard_g && !g || reading.hard_th && !th {
            continue;
        }
        let mut out = String::new();
        for word in &words {
            read(word, reading, &mut out);
        }
        let sound = without_doubles(&out);
        if !sound.is_empty() && sound.len() <= MOST_SOUNDS && !all.contains(&sound) {
            all.push(sound);
        }
    }
    all
}

/// Whether a name is written in a script that is compared by its sound with Latin names.
pub(crate) fn is_transliterated(name: &str) -> bool {
    name.chars().any(|c| {
        hangul::is_hangul(c)
            || kana::is_kana(c)
            || matches!(c, '\u{0370}'..='\u{03FF}' | '\u{0400}'..='\u{04FF}' | '\u{1F00}'..='\u{1FFF}')
    })
}

/// The word in Latin letters, Hangul and kana, cut at numbers, which are written out; `None` where it has other letters.
fn readable(word: &str) -> Option<Vec<String>> {
    let word = to_latin(word).unwrap_or_else(|| word.to_owned());
    let known = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '\u{AC00}'..='\u{D7A3}') || kana::is_kana(c) || !c.is_alphanumeric()
    };
    if !word.chars().all(known) {
        return None;
    }
    let runs: Vec<char> = word.chars().collect();
    let runs = runs.chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit());
    let spoken = |run: &[char]| {
        let text: String = run.iter().collect();
        if run[0].is_ascii_digit() { crate::numbers::spoken(&text) } else { text }
    };
    Some(runs.map(spoken).collect())
}

fn read(word: &str, reading: Reading, out: &mut String) {
    let chars: Vec<char> = word.chars().collect();
    // A letter that stands alone is spelt, and so are few that have no vowel: `DJ`, `MC`, `TLC`.
    let without_vowel = chars.len() < 4 && chars.iter().all(|c| c.is_ascii_alphabetic() && !is_vowel(*c as u8));
    if chars.len() == 1 || (without_vowel && !matches!(word, "mr" | "mrs" | "dr" | "st" | "vs" | "jr" | "sr")) {
        let spoken: Option<Vec<&str>> = chars.iter().map(|c| letter_name(*c)).collect();
        if let Some(spoken) = spoken {
            spoken.iter().for_each(|letter| out.push_str(letter));
            return;
        }
    }
    let kind = |c: char| if c.is_ascii_alphabetic() { 0 } else { 1 + u8::from(kana::is_kana(c)) };
    for run in chars.chunk_by(|a, b| kind(*a) == kind(*b)) {
        match kind(run[0]) {
            0 => read_latin(&run.iter().map(|&c| c as u8).collect::<Vec<u8>>(), reading, out),
            1 => run.iter().filter_map(|&c| hangul::sounds(c)).flatten().for_each(|sound| out.push_str(sound)),
            _ => kana::sounds(run, out),
        }
    }
}

/// A letter that stands alone is spelt.
fn letter_name(letter: char) -> Option<&'static str> {
    Some(match letter {
        'a' => "ei",
        'b' | 'p' | 'v' => "pi",
        'c' => "si",
        'd' | 't' => "ti",
        'e' => "i",
        'f' => "ep",
        'g' => "ji",
        'h' => "eiji",
        'i' => "ai",
        'j' => "jei",
        'k' => "kei",
        'l' => "el",
        'm' => "em",
        'n' => "en",
        'o' => "o",
        'q' => "kyu",
        'r' => "ar",
        's' => "es",
        'u' => "yu",
        'w' => "top'lyu",
        'x' => "eks",
        'y' => "wai",
        'z' => "jet",
        _ => return None,
    })
}

fn is_vowel(c: u8) -> bool {
    matches!(c, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

/// Reads a Latin word much as English does, where languages differ.
fn read_latin(word: &[u8], reading: Reading, out: &mut String) {
    let at = |i: usize| word.get(i).copied().unwrap_or(0);
    let mut i = 0;
    while i < word.len() {
        let (c, next, third, last) = (word[i], at(i + 1), at(i + 2), i + 1 == word.len());
        let front = |c: u8| matches!(c, b'e' | b'i' | b'y');
        let (sound, used) = match (c, next) {
            (b'e', b'e') | (b'e', b'a') => ("i", 2),
            (b'o', b'o') => ("u", 2),
            (b'a', b'i') | (b'a', b'y') => ("ei", 2),
            (b'a', b'w') if !is_vowel(third) => ("o", 2),
            (b'i', b'e') if i + 2 == word.len() => ("i", 2),
            (b'e', b'y') if i + 2 == word.len() => ("i", 2),
            (b'o', b'u') | (b'o', b'w') if !is_vowel(third) => ("au", 2),
            (b'e', _) if last && i > 1 && !is_vowel(word[i - 1]) => ("'", 1),
            (b'y', _) if !is_vowel(next) || last => ("i", 1),
            (b'y', _) => ("y", 1),
            (b'w', b'r') if i == 0 => ("", 1),
            (b'w', b'h') => ("w", 2),
            (b'w', _) if is_vowel(next) => ("w", 1),
            (b'w', _) => ("u", 1),
            (b'a', _) => ("a", 1),
            (b'e', _) => ("e", 1),
            (b'i', _) => ("i", 1),
            (b'o', _) => ("o", 1),
            (b'u', _) => ("u", 1),
            (b'c', b'k') | (b'c', b'c') if !front(third) || next == b'k' => ("k", 2),
            (b'c', b'h') if reading.hard_ch => ("k", 2),
            (b'c', b'h') | (b'c', b'z') => ("j", 2),
            (b'c', _) if front(next) => ("s", 1),
            (b'g', b'h') if i > 0 => ("", 2),
            (b'g', b'n') if i == 0 => ("n", 2),
            (b'g', b'g') => ("k", 2),
            (b'g', _) if front(next) && !reading.hard_g => ("j", 1),
            (b'k', b'n') if i == 0 => ("n", 2),
            (b'c' | b'g' | b'k', _) => ("k", 1),
            (b'q', b'u') => ("kw", 2),
            (b'q', _) => ("k", 1),
            (b'x', _) if i == 0 => ("s", 1),
            (b'x', _) => ("ks", 1),
            (b's', b'c') if third == b'h' => ("s", 3),
            (b's', b'c') if front(third) => ("s", 2),
            (b's', b'h') => ("s", 2),
            (b's', _) => ("s", 1),
            (b'z', b'z') => ("j", 2),
            (b'z', _) | (b'j', _) => ("j", 1),
            (b't', b'h') if reading.hard_th => ("t", 2),
            (b't', b'h') => ("s", 2),
            (b't', b'c') if third == b'h' => ("j", 3),
            (b't', b's') | (b't', b'z') => ("j", 2),
            (b't', b'i') if third == b'o' && at(i + 3) == b'n' => ("sy", 2),
            (b'd', b'g') if front(third) => ("j", 2),
            (b'd', b'j') | (b'd', b'z') => ("j", 2),
            (b'd', b's') if i + 2 == word.len() => ("j", 2),
            (b't' | b'd', _) => ("t", 1),
            (b'p', b'h') => ("p", 2),
            (b'p', b's') if i == 0 => ("s", 2),
            (b'm', b'b') if i + 2 == word.len() => ("m", 2),
            (b'p' | b'b' | b'f' | b'v', _) => ("p", 1),
            (b'l', _) => ("l", 1),
            (b'r', b'r') if is_vowel(third) => ("l", 2),
            (b'r', _) if is_vowel(next) => ("l", 1),
            (b'r', _) => ("r", 1),
            (b'm', _) => ("m", 1),
            (b'n', b'g') if matches!(third, b'a' | b'o' | b'u' | b'l' | b'r') => ("nk", 2),
            (b'n', b'g') if front(third) && !reading.hard_g => ("nj", 2),
            (b'n', b'g') => ("n", 2),
            (b'n', _) => ("n", 1),
            (b'h', _) if is_vowel(next) => ("h", 1),
            _ => ("", 1),
        };
        out.push_str(sound);
        i += used;
    }
}

/// The same consonant twice in a row sounds like once.
fn without_doubles(sound: &str) -> String {
    let mut out = String::with_capacity(sound.len());
    for c in sound.chars() {
        let double = out.ends_with(c) && !matches!(c, 'a' | 'e' | 'i' | 'o' | 'u');
        if !double {
            out.push(c);
        }
    }
    out
}

/// How a Latin name is heard, for spellings by ear: vowels alike, consonants but for those that are written in several
/// ways. `Lynyrd Skynyrd` and `leonard skinnerd` have one. `None` for other scripts, and for names that are too short to be
/// told by it.
pub(crate) fn heard(words: &[String]) -> Option<String> {
    let text = words.iter().filter(|w| *w != "the").map(String::as_str).collect::<String>();
    if !text.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    let mut chars: Vec<char> = Vec::with_capacity(text.len() + 4);
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let written = [
            ("ph", "f"),
            ("ck", "k"),
            ("sch", "sh"),
            ("tch", "ch"),
            ("qu", "kw"),
            ("x", "ks"),
            ("wh", "w"),
            ("gh", "g"),
        ];
        match written.iter().find(|(written, _)| rest.starts_with(written)) {
            Some((written, heard)) => {
                chars.extend(heard.chars());
                rest = &rest[written.len()..];
            }
            None => {
                chars.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    let mut key = String::with_capacity(chars.len());
    for (at, &c) in chars.iter().enumerate() {
        let next = chars.get(at + 1).copied().unwrap_or(' ');
        let sound = match c {
            'a' | 'e' | 'i' | 'o' | 'u' | 'y' => 'a',
            'c' if next == 'h' => 'c',
            'c' if matches!(next, 'e' | 'i' | 'y') => 's',
            'c' | 'q' => 'k',
            'z' => 's',
            'v' => 'f',
            'h' if !matches!(key.chars().last(), Some('c' | 's' | 't')) && at > 0 => continue,
            c => c,
        };
        if !key.ends_with(sound) {
            key.push(sound);
        }
    }
    let consonants = key.bytes().filter(|b| *b != b'a').count();
    (consonants > 4).then_some(key)
}

/// The consonants of a sound by which it is looked up: soft ones as `s`, without h and glides; an r that no vowel follows
/// is `l` where it is spoken (`rhotic`), else nothing.
pub(crate) fn skeleton(sound: &str, rhotic: bool) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(sound.len());
    let mut adjacent = false;
    for c in sound.bytes() {
        let consonant = match c {
            b'j' => b's',
            b'r' if rhotic => b'l',
            b'k' | b't' | b'p' | b's' | b'm' | b'n' | b'l' => c,
            _ => {
                adjacent = adjacent && c == b'r';
                continue;
            }
        };
        if !(adjacent && out.last() == Some(&consonant)) {
            out.push(consonant);
        }
        adjacent = true;
    }
    out
}

/// How far apart two sounds are: 0 for the same, about 1 for each consonant that differs.
pub(crate) fn distance(a: &str, b: &str, most: f32) -> Option<f32> {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() > MOST_SOUNDS || b.len() > MOST_SOUNDS {
        return None;
    }
    let mut row = [0_f32; MOST_SOUNDS + 1];
    for (j, &c) in b.iter().enumerate() {
        row[j + 1] = row[j] + lost(c);
    }
    for &x in a {
        let mut diagonal = row[0];
        row[0] += lost(x);
        let mut least = row[0];
        for (j, &y) in b.iter().enumerate() {
            let cost = (diagonal + changed(x, y)).min(row[j] + lost(y)).min(row[j + 1] + lost(x));
            diagonal = row[j + 1];
            row[j + 1] = cost;
            least = least.min(cost);
        }
        if least > most {
            return None;
        }
    }
    Some(row[b.len()]).filter(|cost| *cost <= most)
}

/// What it costs that a sound is missing.
fn lost(c: u8) -> f32 {
    match c {
        b'\'' => 0.1,
        b'r' | b'w' | b'y' => 0.15,
        b'a' | b'e' | b'i' | b'o' | b'u' | b'h' => 0.3,
        _ => 1.0,
    }
}

/// What it costs that one sound stands for another.
fn changed(a: u8, b: u8) -> f32 {
    if a == b {
        return 0.0;
    }
    let vowel = |c| matches!(c, b'a' | b'e' | b'i' | b'o' | b'u' | b'\'');
    let (a, b) = if a < b { (a, b) } else { (b, a) };
    match (a, b) {
        (b'l', b'r') => 0.0,
        (b'i', b'y') | (b'u', b'w') => 0.1,
        (b'\'', _) if vowel(b) => 0.3,
        (b'o', b'w') | (b'a', b'e') | (b'o', b'u') | (b'a', b'o') => 0.2,
        (b'e', b'i') | (b'e', b'o') => 0.25,
        (b'j', b's') => 0.2,
        _ if vowel(a) && vowel(b) => 0.35,
        (b'h', b'p') | (b'h', b'k') | (b's', b't') | (b'j', b't') => 0.6,
        (b'p', b'w') | (b'j', b'y') => 0.6,
        (b'm', b'n') | (b'j', b'k') => 0.8,
        _ => 1.3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::words as fold_words;
    use proptest::prelude::*;

    /// The least distance between two names, for each sound of the longer one.
    fn apart(a: &str, b: &str) -> f32 {
        let (a, b) = (sounds(&fold_words(a)), sounds(&fold_words(b)));
        let each = |x: &String, y: &String| distance(x, y, 99.0).unwrap() / x.len().max(y.len()) as f32;
        a.iter().flat_map(|x| b.iter().map(move |y| each(x, y))).fold(9.0, f32::min)
    }

    fn meet(a: &str, b: &str) -> bool {
        let skeletons = |name: &str| {
            let sounds = sounds(&fold_words(name));
            sounds.iter().flat_map(|s| [skeleton(s, true), skeleton(s, false)]).collect::<Vec<_>>()
        };
        let of_b = skeletons(b);
        skeletons(a).iter().any(|s| of_b.contains(s))
    }

    #[test]
    fn loanwords_meet_their_models() {
        for (a, b) in [
            ("에스파", "aespa"),
            ("샤이니", "SHINee"),
            ("블랙핑크", "BLACKPINK"),
            ("갓세븐", "GOT7"),
            ("투애니원", "2NE1"),
            ("포미닛", "4Minute"),
            ("아이브", "IVE"),
            ("이매진 드래곤스", "Imagine Dragons"),
            ("에드 시런", "Ed Sheeran"),
            ("아리아나 그란데", "Ariana Grande"),
            ("브루노 마스", "Bruno Mars"),
            ("마룬 파이브", "Maroon 5"),
            ("ビートルズ", "The Beatles"),
            ("レディー・ガガ", "Lady Gaga"),
            ("ブルーノ・マーズ", "Bruno Mars"),
            ("アリアナ・グランデ", "Ariana Grande"),
            ("Эминем", "Eminem"),
            ("Рианна", "Rihanna"),
            ("디제이 칼리드", "DJ Khaled"),
            ("엠씨 해머", "MC Hammer"),
        ] {
            assert!(meet(a, b), "{a} {b} {:?} {:?}", sounds(&fold_words(a)), sounds(&fold_words(b)));
            let apart = apart(a, b);
            assert!(apart < 0.2, "{a} {b} {apart}");
        }
    }

    #[test]
    fn spellings_by_ear_meet_and_other_names_do_not() {
        let heard = |name: &str| heard(&fold_words(name));
        assert_eq!(heard("Lynyrd Skynyrd"), heard("leonard skinnerd"));
        assert_eq!(heard("Kris Kross"), heard("cris cros"));
        assert_ne!(heard("Carol Cole"), heard("Cheryl Cole"));
        assert_ne!(heard("Led Zeppelin"), heard("red the chef"));
        assert_eq!(heard("Muse"), None);
        assert_eq!(heard("Queensrÿche 2"), None);
    }

    #[test]
    fn han_has_no_sound() {
        assert!(sounds(&fold_words("周杰倫")).is_empty());
        assert!(sounds(&fold_words("宇多田ヒカル")).is_empty());
        assert!(sounds(&fold_words("!!!")).iter().all(String::is_empty));
    }

    proptest! {
        #[test]
        fn distance_is_symmetric_and_nothing_to_itself(a in "[aeiouktpsjmnlhrwy']{0,12}", b in "[aeiouktpsjmnlhrwy']{0,12}") {
            prop_assert_eq!(distance(&a, &a, 0.0), Some(0.0));
            let (there, back) = (distance(&a, &b, 99.0).unwrap(), distance(&b, &a, 99.0).unwrap());
            prop_assert!((there - back).abs() < 1e-4);
        }

        #[test]
        fn any_name_can_be_asked_for_its_sound(name in "\\PC{0,60}") {
            for sound in sounds(&fold_words(&name)) {
                prop_assert!(sound.is_ascii() && sound.len() <= MOST_SOUNDS);
                prop_assert!(skeleton(&sound, true).len() <= sound.len());
            }
        }
    }
}
