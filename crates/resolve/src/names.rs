//! The forms under which a name is looked up besides itself.

use sixpotify_core::fold_words;

/// The folded words of a name; what hyphens and strokes join are words of their own.
pub(crate) fn words(name: &str) -> Vec<String> {
    let joins = |c: char| matches!(c, '-' | '\u{2010}'..='\u{2015}' | '/' | '_' | '\u{B7}');
    if name.contains(joins) && name.chars().any(char::is_alphanumeric) {
        fold_words(&name.replace(joins, " "))
    } else {
        fold_words(name)
    }
}

/// Parts of a name that are names of their own: `Yusuf / Cat Stevens`, `IU (아이유)`, the first of `Bob Marley & The Wailers`.
pub(crate) fn parts(name: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    if name.contains(" / ") {
        parts.extend(name.split(" / ").map(str::trim).filter(|part| part.chars().count() > 3));
    }
    if let Some((outside, inside)) = bracketed(name)
        && is_latin(outside) != is_latin(inside)
    {
        parts.extend([outside, inside]);
    }
    if let Some(first) = before_company(name) {
        parts.push(first);
    }
    parts
}

/// `X` and `Y` of `X (Y)`, `X [Y]`, with a blank before the bracket; neither is blank.
pub(crate) fn bracketed(name: &str) -> Option<(&str, &str)> {
    let name = name.trim();
    let open = name.find([' ', '\u{3000}']).and_then(|_| name.rfind(['(', '[', '（']))?;
    let close = name.strip_suffix([')', ']', '）'])?;
    let outside = name[..open].strip_suffix(char::is_whitespace)?.trim();
    let inside = close.get(open..)?.trim_start_matches(['(', '[', '（']).trim();
    let has_letters = |text: &str| text.chars().any(char::is_alphanumeric);
    (has_letters(outside) && has_letters(inside)).then_some((outside, inside))
}

/// The leader of a name with a company: `Bob Marley` of `Bob Marley & The Wailers`. Two words and more, as one word before
/// `& the` is seldom a name by itself.
fn before_company(name: &str) -> Option<&str> {
    if !name.contains(['&', '+', 'd', 'D']) || name.bytes().filter(|b| *b == b' ').count() < 4 {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    let company = [" & the ", " and the ", " + the ", " & his ", " and his ", " & her ", " and her "];
    let at = company.iter().filter_map(|c| lower.find(c)).min()?;
    let first = name.get(..at)?.trim();
    let listed = first.contains([',', '&', '+', '/']);
    (first.contains(' ') && !listed && !lower.starts_with("the ")).then_some(first)
}

/// Whether the letters of a name are Latin.
pub(crate) fn is_latin(text: &str) -> bool {
    text.chars().filter(|c| c.is_alphabetic()).all(|c| (c as u32) < 0x250 || matches!(c, '\u{1E00}'..='\u{1EFF}'))
}

/// What people put around a name without meaning another artist.
pub(crate) fn is_decoration(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "official",
        "music",
        "band",
        "singer",
        "rapper",
        "group",
        "artist",
        "vevo",
        "topic",
        "channel",
        "songs",
        "song",
        "lyrics",
        "kpop",
        "the",
        "가수",
        "그룹",
        "밴드",
        "노래",
        "공식",
        "래퍼",
        "아이돌",
        "歌手",
        "公式",
        "オフィシャル",
        "バンド",
    ];
    WORDS.contains(&word)
}

/// What makes a name with it another artist's: `The Australian Pink Floyd Show`, `Vitamin String Quartet plays ..`.
pub(crate) fn means_another(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "tribute",
        "karaoke",
        "cover",
        "covers",
        "revival",
        "remix",
        "remixes",
        "junior",
        "jr",
        "sr",
        "quartet",
        "trio",
        "quintet",
        "orchestra",
        "ensemble",
        "chamber",
        "choir",
        "chorus",
        "singers",
        "symphony",
        "philharmonic",
        "kids",
        "lullaby",
        "project",
        "experience",
        "show",
        "players",
        "brothers",
        "sisters",
        "family",
        "son",
        "sons",
        "daughter",
        "like",
        "type",
        "style",
        "instrumental",
        "piano",
        "acoustic",
        "cast",
        "soundtrack",
        "not",
        "no",
        "plays",
        "performs",
        "ii",
        "iii",
        "uk",
        "us",
        "usa",
    ];
    WORDS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_apart_where_two_were_put_together() {
        assert_eq!(parts("Yusuf / Cat Stevens"), ["Yusuf", "Cat Stevens"]);
        assert_eq!(parts("IU (아이유)"), ["IU", "아이유"]);
        assert_eq!(parts("Bob Marley & The Wailers"), ["Bob Marley"]);
        assert_eq!(parts("Louis Armstrong and His Orchestra"), ["Louis Armstrong"]);
        for whole in
            ["Earth, Wind & Fire", "AC/DC", "f(x)", "Nirvana (UK)", "KC & The Sunshine Band", "Peter, Paul & the Mary"]
        {
            assert_eq!(parts(whole), [""; 0], "{whole}");
        }
    }

    #[test]
    fn brackets_are_taken_apart_safely() {
        assert_eq!(bracketed("IU (아이유)"), Some(("IU", "아이유")));
        assert_eq!(bracketed("IU (아이유"), None);
        assert_eq!(bracketed("(G)I-DLE"), None);
        assert_eq!(bracketed("a ()"), None);
        assert_eq!(bracketed(") ("), None);
        assert_eq!(bracketed("é （ü）"), Some(("é", "ü")));
    }
}
