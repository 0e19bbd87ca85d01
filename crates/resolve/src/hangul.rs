//! Hangul: syllables to sounds, letters of the Latin alphabet as Koreans spell them out, and the keyboard.

use std::iter::Peekable;
use std::str::Chars;

/// What the 19 initial consonants sound like, in the alphabet of [`crate::sound`].
const ONSETS: [&str; 19] =
    ["k", "k", "n", "t", "t", "l", "m", "p", "p", "s", "s", "", "j", "j", "j", "k", "t", "p", "h"];

/// What the 21 vowels sound like; `'` is the weak vowel that loanwords put between consonants.
const VOWELS: [&str; 21] = [
    "a", "e", "ya", "ye", "o", "e", "yo", "ye", "o", "wa", "we", "we", "yo", "u", "wo", "we", "wi", "yu", "'", "i", "i",
];

/// What the 28 finals (the first is none) sound like.
const CODAS: [&str; 28] = [
    "", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l", "p", "l", "m", "p", "p", "t", "t", "n", "t",
    "t", "k", "t", "p", "t",
];

/// Initial, vowel and final of a syllable, as indices into the tables above.
fn parts(c: char) -> Option<(usize, usize, usize)> {
    let at = (c as u32).checked_sub(0xAC00).filter(|at| *at < 11_172)? as usize;
    Some((at / 588, at / 28 % 21, at % 28))
}

/// The sounds of a syllable; `None` for what is none.
pub(crate) fn sounds(c: char) -> Option<[&'static str; 3]> {
    let (onset, vowel, coda) = parts(c)?;
    // `sh` at the end of a word is written with a vowel that is not one: crush, 크러쉬.
    let vowel = if matches!(onset, 9 | 10) && vowel == 16 { "'" } else { VOWELS[vowel] };
    Some([ONSETS[onset], vowel, CODAS[coda]])
}

/// Whether `c` is a syllable or a single letter of Hangul.
pub(crate) fn is_hangul(c: char) -> bool {
    matches!(c, '\u{AC00}'..='\u{D7A3}' | '\u{3131}'..='\u{318E}' | '\u{1100}'..='\u{11FF}')
}

/// Latin letters and digits as Koreans spell them out. Of two that begin alike the longer comes first.
pub(crate) const SPELT: &[(&str, &str)] = &[
    ("에이치", "h"),
    ("더블유", "w"),
    ("더블류", "w"),
    ("에이", "a"),
    ("에프", "f"),
    ("제이", "j"),
    ("케이", "k"),
    ("아이", "i"),
    ("아르", "r"),
    ("에스", "s"),
    ("브이", "v"),
    ("엑스", "x"),
    ("와이", "y"),
    ("제트", "z"),
    ("세븐", "7"),
    ("쓰리", "3"),
    ("파이브", "5"),
    ("에잇", "8"),
    ("에이트", "8"),
    ("나인", "9"),
    ("식스", "6"),
    ("비", "b"),
    ("씨", "c"),
    ("시", "c"),
    ("디", "d"),
    ("이", "e"),
    ("지", "g"),
    ("엘", "l"),
    ("엠", "m"),
    ("엔", "n"),
    ("오", "o"),
    ("피", "p"),
    ("큐", "q"),
    ("알", "r"),
    ("티", "t"),
    ("유", "u"),
    ("원", "1"),
    ("투", "2"),
    ("포", "4"),
    ("텐", "10"),
    ("영", "0"),
    ("공", "0"),
    ("일", "1"),
    ("삼", "3"),
    ("사", "4"),
    ("육", "6"),
    ("칠", "7"),
    ("팔", "8"),
    ("구", "9"),
    ("십", "10"),
];

/// Keys of a Latin keyboard, in the order of the compatibility letters `ㄱ` (U+3131) to `ㅣ` (U+3163).
const KEYS: [&str; 51] = [
    "r", "R", "rt", "s", "sw", "sg", "e", "E", "f", "fr", "fa", "fq", "ft", "fx", "fv", "fg", "a", "q", "Q", "qt", "t",
    "T", "d", "w", "W", "c", "z", "x", "v", "g", "k", "o", "i", "O", "j", "p", "u", "P", "h", "hk", "ho", "hl", "y",
    "n", "nj", "np", "nl", "b", "m", "ml", "l",
];

/// Compatibility letters of the initials and the finals, in the order of the tables above.
const ONSET_LETTERS: &str = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
const CODA_LETTERS: &str = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ";

/// What was typed, where the keyboard was left on Hangul: `ㅠㅅㄴ` is `bts`. `None` where there is no Hangul.
pub(crate) fn keys_of(text: &str) -> Option<String> {
    let mut keys = String::new();
    let mut any = false;
    let mut letter = |keys: &mut String, c: char| {
        let at = (c as u32).checked_sub(0x3131).map(|at| at as usize);
        if let Some(key) = at.and_then(|at| KEYS.get(at)) {
            keys.push_str(key);
            any = true;
        } else {
            keys.push(c);
        }
    };
    for c in text.chars() {
        if let Some((onset, vowel, coda)) = parts(c) {
            letter(&mut keys, ONSET_LETTERS.chars().nth(onset)?);
            letter(&mut keys, char::from_u32(0x314F + u32::try_from(vowel).ok()?)?);
            if let Some(coda) = coda.checked_sub(1) {
                letter(&mut keys, CODA_LETTERS.chars().nth(coda)?);
            }
        } else {
            letter(&mut keys, c);
        }
    }
    any.then(|| keys.to_lowercase())
}

/// What was meant, where Hangul was typed on a Latin keyboard: `dptmvk` is `에스파`. `None` unless every letter becomes
/// part of a syllable.
pub(crate) fn from_keys(text: &str) -> Option<String> {
    let mut out = String::new();
    for word in text.split_whitespace() {
        let letters: Option<Vec<char>> = word.chars().map(letter_of).collect();
        compose(&letters?, &mut out)?;
    }
    (!out.is_empty()).then_some(out)
}

fn letter_of(key: char) -> Option<char> {
    // Shift matters for seven keys; on the others it does nothing.
    let exact = KEYS.iter().position(|k| k.chars().eq([key]));
    let at = exact.or_else(|| KEYS.iter().position(|k| k.chars().eq([key.to_ascii_lowercase()])))?;
    char::from_u32(0x3131 + u32::try_from(at).ok()?)
}

/// Joins letters into syllables as an input method does.
fn compose(letters: &[char], out: &mut String) -> Option<()> {
    let mut rest = letters.iter().copied().peekable();
    while rest.peek().is_some() {
        let onset = rest.next().and_then(|c| ONSET_LETTERS.chars().position(|o| o == c))?;
        let mut vowel = vowel_of(rest.next()?)?;
        if let Some(both) = rest.peek().and_then(|&next| vowel_of(next)).and_then(|next| two_vowels(vowel, next)) {
            rest.next();
            vowel = both;
        }
        let coda = take_coda(&mut rest.clone()).map_or(0, |(coda, used)| {
            (0..used).for_each(|_| {
                rest.next();
            });
            coda
        });
        let syllable = 0xAC00 + onset * 588 + vowel * 28 + coda;
        out.push(char::from_u32(u32::try_from(syllable).ok()?)?);
    }
    Some(())
}

/// The final that the letters ahead make, and how many they are; a consonant before a vowel belongs to the next syllable.
fn take_coda(ahead: &mut Peekable<impl Iterator<Item = char>>) -> Option<(usize, usize)> {
    let next: Vec<char> = ahead.take(3).collect();
    let is_vowel = |at: usize| next.get(at).is_some_and(|&c| vowel_of(c).is_some());
    let coda = |c: char| CODA_LETTERS.chars().position(|o| o == c).map(|at| at + 1);
    if next.is_empty() || is_vowel(0) || is_vowel(1) {
        return None;
    }
    if next.len() > 1 && !is_vowel(2) {
        const TWO: &str = "ㄱㅅㄳ ㄴㅈㄵ ㄴㅎㄶ ㄹㄱㄺ ㄹㅁㄻ ㄹㅂㄼ ㄹㅅㄽ ㄹㅌㄾ ㄹㅍㄿ ㄹㅎㅀ ㅂㅅㅄ";
        let both = TWO.split(' ').map(str::chars).find_map(|mut two: Chars<'_>| {
            (two.next() == Some(next[0]) && two.next() == Some(next[1])).then(|| two.next()).flatten()
        });
        if let Some(coda) = both.and_then(coda) {
            return Some((coda, 2));
        }
    }
    coda(next[0]).map(|coda| (coda, 1))
}

fn vowel_of(c: char) -> Option<usize> {
    (c as u32).checked_sub(0x314F).filter(|at| *at < 21).map(|at| at as usize)
}

fn two_vowels(first: usize, second: usize) -> Option<usize> {
    Some(match (first, second) {
        (8, 0) => 9,
        (8, 1) => 10,
        (8, 20) => 11,
        (13, 4) => 14,
        (13, 5) => 15,
        (13, 20) => 16,
        (18, 20) => 19,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_keyboard_is_undone_both_ways() {
        assert_eq!(keys_of("ㅠㅅㄴ").as_deref(), Some("bts"));
        assert_eq!(keys_of("ㅠㅣ먀ㅜㄷ").as_deref(), Some("blaine"));
        assert_eq!(keys_of("몬스타x").as_deref(), Some("ahstmxkx"));
        assert_eq!(keys_of("abba"), None);
        assert_eq!(from_keys("dptmvk").as_deref(), Some("에스파"));
        assert_eq!(from_keys("QorQod").as_deref(), Some("빽뺑"));
        assert_eq!(from_keys("qorqod").as_deref(), Some("백뱅"));
        assert_eq!(from_keys("dkdlfl tm").as_deref(), Some("아이리스"));
        assert_eq!(from_keys("rkqt").as_deref(), Some("값"));
        assert_eq!(from_keys("bts"), None);
        assert_eq!(from_keys(""), None);
    }

    #[test]
    fn sounds_are_those_of_loanwords() {
        let sound = |text: &str| text.chars().filter_map(sounds).flatten().collect::<String>();
        assert_eq!(sound("에스파"), "es'pa");
        assert_eq!(sound("샤이니"), "syaini");
        assert_eq!(sound("갓세븐"), "katsep'n");
        assert_eq!(sound("abc"), "");
    }

    proptest! {
        #[test]
        fn what_is_typed_comes_back(text in "[가-힣]{1,8}") {
            let keys = keys_of(&text).unwrap();
            // Doubled consonants need the shift key, which folding takes away.
            let plain = !keys_with_shift(&text);
            if plain {
                prop_assert_eq!(from_keys(&keys), Some(text));
            }
        }
    }

    fn keys_with_shift(text: &str) -> bool {
        text.chars().filter_map(parts).any(|(onset, vowel, coda)| {
            matches!(onset, 1 | 4 | 8 | 10 | 13) || matches!(vowel, 3 | 7) || matches!(coda, 2 | 20)
        })
    }
}
