//! The one folding of names, for the catalogue and for what people type.

use unicode_normalization::UnicodeNormalization;

/// Folds a name to the key under which spellings that differ only in case, width, accents, punctuation, blanks,
/// `&`/`+`/`and`, stylised letters or a leading "the" are one: `Guns N' Roses` and `guns n roses`, `Beyoncé` and
/// `BEYONCE`, `ＡＢＢＡ` and `abba`, `AC/DC` and `acdc`, `Simon & Garfunkel` and `simon and garfunkel`, `P!nk` and `pink`,
/// `A$AP Ferg` and `asap ferg`, `Beatles, The` and `the beatles`.
///
/// Scripts other than Latin keep their letters (a kana with a voicing mark is not the kana without one). A name made
/// of nothing but signs folds to those signs (`!!!`, `+/-`). Idempotent; empty only for a blank name.
pub fn fold(name: &str) -> String {
    let plain = plain(name);
    if !plain.chars().any(char::is_alphanumeric) {
        return plain.split_whitespace().flat_map(str::chars).nfc().collect();
    }
    let words = split(&plain);
    let start = usize::from(words.len() > 1 && words[0] == "the");
    let key = words[start..].concat();
    // What stood apart may compose now that it does not.
    if key.is_ascii() { key } else { key.nfc().collect() }
}

/// The words of a name as [`fold`] sees them: folded each, the leading "the" kept, `&` and `+` as `and`. A name made of
/// nothing but signs has one word; a blank one has none.
///
/// ```
/// assert_eq!(sixpotify_core::fold_words("The Ke$ha & P!nk-Show"), ["the", "kesha", "and", "pinkshow"]);
/// ```
pub fn fold_words(name: &str) -> Vec<String> {
    let plain = plain(name);
    if plain.chars().any(char::is_alphanumeric) {
        split(&plain)
    } else {
        let signs = fold(name);
        if signs.is_empty() { Vec::new() } else { vec![signs] }
    }
}

/// Lower case, without accents, width and what cannot be seen; signs and blanks are still there.
fn plain(name: &str) -> String {
    if name.is_ascii() {
        let seen = |c: &char| !c.is_ascii_control() || c.is_ascii_whitespace() || *c == '\u{0B}';
        return name.chars().filter(seen).map(|c| c.to_ascii_lowercase()).collect();
    }
    name.nfkc()
        .flat_map(char::to_lowercase)
        .nfd()
        .filter(|c| !is_accent(*c) && !is_invisible(*c))
        .flat_map(|c| Letters::of(c).chain_or(c))
        .nfc()
        .collect()
}

/// Cuts plain text with letters into words and leaves out the signs. `&` and `+` are words of their own; `$`, `!` and `@`
/// that stand for a letter become it.
fn split(plain: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let chars: Vec<char> = inverted(plain).unwrap_or(plain).chars().collect();
    let letter = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_alphabetic());
    for (at, &c) in chars.iter().enumerate() {
        let (before, after) = (at.checked_sub(1), Some(at + 1));
        match c {
            // The dot stands between the words of a name in kana.
            _ if c.is_whitespace() || c == '・' => words.push(std::mem::take(&mut word)),
            '&' | '+' => words.extend([std::mem::take(&mut word), "and".to_owned()]),
            '$' if of_a_word(&chars, at) => word.push('s'),
            '!' if letter(before) && letter(after) => word.push('i'),
            '@' if letter(before) && letter(after) => word.push('a'),
            _ if is_kept(c) => word.push(c),
            _ => {}
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    if words.len() > 1 {
        let with_guests = |word: &&mut String| matches!(word.as_str(), "ft" | "featuring");
        words.iter_mut().filter(with_guests).for_each(|word| *word = "feat".to_owned());
    }
    words
}

/// `beatles` of `beatles, the`: as lists write names that begin with an article.
fn inverted(plain: &str) -> Option<&str> {
    let head = plain.trim_end().strip_suffix("the")?;
    let name = head.trim_end().strip_suffix(',')?;
    (head.ends_with(char::is_whitespace) && name.chars().any(char::is_alphanumeric)).then_some(name)
}

/// Whether the run of `$` at `at` touches a letter: `a$ap`, `bada$$`, not `$ 5`.
fn of_a_word(chars: &[char], at: usize) -> bool {
    let outside = |c: &&char| **c != '$';
    let touches = |c: Option<&char>| c.is_some_and(|c| c.is_alphabetic());
    touches(chars[..at].iter().rev().find(outside)) || touches(chars[at..].iter().find(outside))
}

/// A combining accent of Latin, Greek and Cyrillic. Marks of other scripts (voiced kana, Indic vowels) are letters there.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}')
}

/// Characters that cannot be seen: controls, zero-width and direction marks, variation selectors.
fn is_invisible(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c, '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

/// Letters and digits stay, and so do marks that are part of a letter in their script. Apostrophes that Unicode counts as
/// letters (the okina of Hawaiian) go as the others do.
fn is_kept(c: char) -> bool {
    (c.is_alphanumeric() && !matches!(c, '\u{02B9}'..='\u{02BF}')) || unicode_normalization::char::is_combining_mark(c)
}

/// Letters that have no decomposition, in the letters people type for them.
struct Letters(Option<&'static str>);

impl Letters {
    fn of(c: char) -> Self {
        Self(match c {
            'ß' => Some("ss"),
            'æ' => Some("ae"),
            'œ' => Some("oe"),
            'ø' => Some("o"),
            'đ' | 'ð' => Some("d"),
            'ł' => Some("l"),
            'þ' => Some("th"),
            'ħ' => Some("h"),
            'ı' => Some("i"),
            'ŋ' => Some("n"),
            'ŧ' => Some("t"),
            'ς' => Some("σ"),
            _ => None,
        })
    }

    fn chain_or(self, c: char) -> impl Iterator<Item = char> {
        let own = if self.0.is_none() { Some(c) } else { None };
        self.0.unwrap_or("").chars().chain(own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn same(a: &str, b: &str) {
        assert_eq!(fold(a), fold(b), "`{a}` and `{b}`");
    }

    #[test]
    fn spellings_of_one_name_meet() {
        same("SHINee", "shinee");
        same("Beyoncé", "BEYONCE");
        same("Sigur Rós", "sigur ros");
        same("Guns N' Roses", "guns n’ roses");
        same("AC/DC", "acdc");
        same("ＡＢＢＡ", "abba");
        same("Simon & Garfunkel", "Simon and Garfunkel");
        same("Florence + The Machine", "florence and the machine");
        same("The Beatles", "beatles");
        same("Motörhead", "motorhead");
        same("MØ", "mo");
        same("Røyksopp", "Royksopp");
        same("10cc", "10CC");
        same("R.E.M.", "REM");
        same("에스파", "에스파".nfd().collect::<String>().as_str());
        same("blink-182", "Blink 182");
        same("\u{200e}IU", "iu");
        same("P!nk", "Pink");
        same("Ke$ha", "kesha");
        same("Joey Bada$$", "joey badass");
        same("$NOT", "snot");
        same("Panic! At The Disco", "panic at the disco");
        same("*NSYNC", "nsync");
        same("Beatles, The", "The Beatles");
        same("Keith Sweat featuring LSG", "Keith Sweat ft. LSG");
        same("Israel Kamakawiwoʻole", "israel kamakawiwo'ole");
        same("…And You Will Know Us", "and you will know us");
        same("STRAẞE", "strasse");
        same("Σίσυφος", "ΣΊΣΥΦΟΣ");
    }

    #[test]
    fn different_names_stay_apart() {
        for (a, b) in [
            ("が", "か"),
            ("!!!", "+/-"),
            ("$$$", "sss"),
            ("Wham!", "Whami"),
            ("5 $", "5s"),
            ("The The", "The Who"),
            ("Earth", "Earth, Wind & Fire"),
            ("एक", "ऐक"),
        ] {
            assert_ne!(fold(a), fold(b), "`{a}` and `{b}`");
        }
    }

    #[test]
    fn signs_and_articles_alone_are_names() {
        assert_eq!(fold("!!!"), "!!!");
        assert_eq!(fold("+/-"), "+/-");
        assert_eq!(fold("The"), "the");
        assert_eq!(fold("The The"), "the");
        assert_eq!(fold(" \t "), "");
    }

    #[test]
    fn marks_that_come_together_compose() {
        for name in ["𑎋 \u{113c2}", "\u{1100} \u{1161}", "! \u{3099}"] {
            let once = fold(name);
            assert_eq!(fold(&once), once, "{name:?}");
        }
    }

    #[test]
    fn only_a_name_of_its_own_is_inverted() {
        assert_eq!(fold(", The"), "the");
        assert_eq!(fold("Mothe, the"), "mothe");
        assert_eq!(fold("Soothe,the"), "soothethe");
    }

    proptest! {
        #[test]
        fn the_short_way_for_ascii_is_the_long_way(name in "[ -~\t\n\u{0}\u{b}\u{7f}]{0,24}") {
            // A wide blank makes the text go the long way.
            prop_assert_eq!(fold(&name), fold(&format!("{name}\u{3000}")));
        }

        #[test]
        fn words_are_the_key_but_for_the_article(name in "[A-Za-zÀ-ỹ &+.'/!$,가-힣ぁ-ヿа-я]{0,24}") {
            let words = fold_words(&name);
            let start = usize::from(words.len() > 1 && words[0] == "the");
            let key: String = words[start..].concat().nfc().collect();
            prop_assert_eq!(fold(&name), key);
        }

        #[test]
        fn folding_twice_is_folding_once(name in "\\PC{0,24}") {
            let once = fold(&name);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn folding_twice_is_folding_once_for_names(name in "[A-Za-zÀ-ỹ &+.'/!$@,가-힣ぁ-ヿа-яΑ-ω-]{0,24}") {
            let once = fold(&name);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
