//! Names spelt out letter by letter in another script: `아이유` is `iu`, `엔시티` is `nct`.

use crate::{hangul, kana};

/// So many readings of one text are followed at most.
const MOST_READINGS: usize = 16;

/// The Latin letters and digits that `word` (folded, of Hangul or kana only) spells out; several, where letters are spelt
/// alike. What would be one letter, or two in as many syllables, is no reading: such words mean something else.
pub(crate) fn letters(word: &str) -> Vec<String> {
    let table = match word.chars().next() {
        Some(c) if hangul::is_hangul(c) => hangul::SPELT,
        Some(c) if kana::is_kana(c) => kana::SPELT,
        _ => return Vec::new(),
    };
    let mut open = vec![(String::new(), word)];
    let mut done = Vec::new();
    while let Some((said, rest)) = open.pop() {
        if rest.is_empty() {
            done.push(said);
            continue;
        }
        for (sound, letter) in table {
            if let Some(tail) = rest.strip_prefix(sound)
                && open.len() + done.len() < MOST_READINGS
            {
                open.push((format!("{said}{letter}"), tail));
            }
        }
    }
    let signs = word.chars().count();
    done.retain(|said| said.len() > 2 || (said.len() == 2 && signs > 2));
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_read_off() {
        assert!(letters("아이유").contains(&"iu".to_owned()));
        assert!(letters("엔시티").contains(&"nct".to_owned()));
        assert!(letters("이엑스아이디").contains(&"exid".to_owned()));
        assert!(letters("에프엑스").contains(&"fx".to_owned()));
        assert!(letters("エービーシー").contains(&"abc".to_owned()));
        assert_eq!(letters("이유"), [""; 0], "a word");
        assert_eq!(letters("비"), [""; 0]);
        assert_eq!(letters("가나다"), [""; 0]);
        assert_eq!(letters(&"이".repeat(5000)).len(), 1);
    }
}
