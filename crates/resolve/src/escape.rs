//! Names inside other programs' query languages.

/// `name` as a phrase of Spotify's search: in quotes, without quotes of its own, so that nothing in it is an operator
/// (`OR`, `NOT`, `year:`). Blank where the name has nothing to search for.
pub fn spotify_phrase(name: &str) -> String {
    // There is no escape for a quote in Spotify's language.
    let words = words(name, |c| matches!(c, '"' | '“' | '”' | '„' | '‟' | '＂'));
    if words.is_empty() { String::new() } else { format!("\"{words}\"") }
}

/// `name` as a phrase of Lucene's query language, which MusicBrainz speaks: in quotes, with `"` and `\` escaped. Within
/// quotes nothing else has a meaning. Blank where the name has nothing to search for.
pub fn lucene_phrase(name: &str) -> String {
    let words = words(name, |_| false);
    if words.is_empty() {
        return words;
    }
    let mut out = String::with_capacity(words.len() + 2);
    out.push('"');
    for c in words.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

/// The text with single blanks for whatever cannot be searched for: control and direction characters, and what `drop`
/// names.
fn words(text: &str, drop: fn(char) -> bool) -> String {
    let invisible = |c: char| {
        c.is_control()
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
    };
    let plain: String = text.chars().map(|c| if invisible(c) || drop(c) { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn operators_and_quotes_lose_their_meaning() {
        assert_eq!(spotify_phrase("\"Weird Al\" Yankovic"), "\"Weird Al Yankovic\"");
        assert_eq!(spotify_phrase("A OR year:1990"), "\"A OR year:1990\"");
        assert_eq!(spotify_phrase(" \" \u{202e} "), "");
        assert_eq!(lucene_phrase("AC/DC"), "\"AC/DC\"");
        assert_eq!(lucene_phrase("\"Weird Al\" \\ (x) AND y~"), "\"\\\"Weird Al\\\" \\\\ (x) AND y~\"");
        assert_eq!(lucene_phrase("\0\n"), "");
    }

    proptest! {
        #[test]
        fn a_phrase_never_ends_early(name in "\\PC{0,40}|[\"\\\\a ]{0,12}") {
            let spotify = spotify_phrase(&name);
            let quotes = if spotify.is_empty() { 0 } else { 2 };
            prop_assert_eq!(spotify.matches('"').count(), quotes);
            let lucene = lucene_phrase(&name);
            if !lucene.is_empty() {
                let mut escaped = false;
                let inner = &lucene[1..lucene.len() - 1];
                for c in inner.chars() {
                    prop_assert!(escaped || c != '"');
                    escaped = c == '\\' && !escaped;
                }
                prop_assert!(!escaped);
            }
        }
    }
}
