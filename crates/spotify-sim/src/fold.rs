//! How the search reads text: without case, width, accents and punctuation.
//!
//! On purpose not the folding of the product: a stand-in that shared it would agree with its mistakes.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// The words of a text, lower-cased, without accents; a text of nothing but signs is one word.
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)) {
        if c.is_alphanumeric() {
            push_plain(&mut word, c);
        } else if c != '\'' && c != '’' && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    if words.is_empty() && !text.trim().is_empty() {
        words.push(text.trim().to_owned());
    }
    words
}

/// Appends `c` in lower case, and letters that are not an accented form of another by their usual spelling.
fn push_plain(word: &mut String, c: char) {
    for low in c.to_lowercase() {
        match low {
            'ø' => word.push('o'),
            'æ' => word.push_str("ae"),
            'œ' => word.push_str("oe"),
            'ß' => word.push_str("ss"),
            'ł' => word.push('l'),
            'đ' | 'ð' => word.push('d'),
            'þ' => word.push_str("th"),
            'ı' => word.push('i'),
            // Lower-casing `İ` leaves a dot of its own behind.
            other if is_combining_mark(other) => {}
            other => word.push(other),
        }
    }
}

/// Whether two words differ by at most one letter: one other, one more, one less, or two swapped.
pub fn nearly(left: &str, right: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    if a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[head..], &b[head..]);
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - tail], &b[..b.len() - tail]);
    a.len().max(b.len()) <= 1 || (a.len() == 2 && b.len() == 2 && a[0] == b[1] && a[1] == b[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_width_and_signs_do_not_count() {
        assert_eq!(words("MÖTLEY Crüe"), ["motley", "crue"]);
        assert_eq!(words("ＭØØＮＥ"), ["moone"]);
        assert_eq!(words("Guns N' Roses"), ["guns", "n", "roses"]);
        assert_eq!(words("AC/DC"), ["ac", "dc"]);
        assert_eq!(words(" !!! "), ["!!!"]);
        assert_eq!(words("Serra Arıtürk"), ["serra", "ariturk"]);
        assert_eq!(words("İz"), ["iz"]);
        assert!(words("  ").is_empty());
    }

    #[test]
    fn one_slip_is_near() {
        for (a, b) in [("linkin", "linkn"), ("linkin", "linkim"), ("linkin", "lnikin"), ("park", "park")] {
            assert!(nearly(a, b), "{a} {b}");
        }
        for (a, b) in [("linkin", "link"), ("linkin", "lnkim"), ("bob", "eve")] {
            assert!(!nearly(a, b), "{a} {b}");
        }
    }
}
