//! Cyrillic and Greek to Latin letters, by table. Han is never transliterated: the same signs are read in too many ways.

/// `text` (lower case) in Latin letters; `None` where it has neither Cyrillic nor Greek.
pub(crate) fn to_latin(text: &str) -> Option<String> {
    if !text.chars().any(|c| matches!(c, '\u{0370}'..='\u{03FF}' | '\u{0400}'..='\u{04FF}' | '\u{1F00}'..='\u{1FFF}')) {
        return None;
    }
    // Greek spells with two letters what Latin spells with one.
    let mut text = text.to_owned();
    for (greek, latin) in
        [("γγ", "ng"), ("γκ", "g"), ("μπ", "b"), ("ντ", "d"), ("ου", "u"), ("αυ", "av"), ("ευ", "ev"), ("αι", "e")]
    {
        text = text.replace(greek, latin);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match letter(c) {
            Some(latin) => out.push_str(latin),
            None => out.push(c),
        }
    }
    Some(out)
}

fn letter(c: char) -> Option<&'static str> {
    Some(match c {
        'а' | 'α' => "a",
        'б' | 'ҕ' => "b",
        'в' | 'β' => "v",
        'г' | 'ґ' | 'γ' => "g",
        'д' | 'δ' => "d",
        'е' | 'э' | 'є' | 'ε' => "e",
        'ё' => "yo",
        'ж' => "zh",
        'з' | 'ζ' => "z",
        'и' | 'і' | 'ї' | 'й' | 'ы' | 'ј' | 'η' | 'ι' => "i",
        'к' | 'κ' => "k",
        'л' | 'λ' => "l",
        'м' | 'μ' => "m",
        'н' | 'ν' => "n",
        'о' | 'ο' | 'ω' => "o",
        'п' | 'π' => "p",
        'р' | 'ρ' => "r",
        'с' | 'σ' | 'ς' => "s",
        'т' | 'τ' => "t",
        'у' | 'ў' | 'υ' => "u",
        'ф' | 'φ' => "f",
        'х' | 'χ' => "kh",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ъ' | 'ь' => "",
        'ю' => "yu",
        'я' => "ya",
        'љ' => "lj",
        'њ' => "nj",
        'ђ' | 'џ' => "dj",
        'ћ' => "c",
        'θ' => "th",
        'ξ' => "x",
        'ψ' => "ps",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_become_those_that_people_write() {
        assert_eq!(to_latin("металлика").as_deref(), Some("metallika"));
        assert_eq!(to_latin("βαγγελησ").as_deref(), Some("vangelis"));
        assert_eq!(to_latin("кино 2").as_deref(), Some("kino 2"));
        assert_eq!(to_latin("abba"), None);
    }
}
