//! Kana to sounds, and letters of the Latin alphabet as the Japanese spell them out.

/// Whether `c` is hiragana, katakana or the mark of a long vowel.
pub(crate) fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | '\u{30FC}')
}

/// Katakana for hiragana; other characters as they are.
fn katakana(c: char) -> char {
    match c {
        '\u{3041}'..='\u{3096}' => char::from_u32(c as u32 + 0x60).unwrap_or(c),
        other => other,
    }
}

/// Appends the sounds of a run of kana in the alphabet of [`crate::sound`]. `'` is the weak vowel that loanwords put after
/// consonants.
pub(crate) fn sounds(kana: &[char], out: &mut String) {
    for (at, &c) in kana.iter().enumerate() {
        let c = katakana(c);
        // Before another vowel it is not weak: クイーン is `kwin`.
        if matches!(c, 'ア' | 'イ' | 'エ' | 'オ') && out.ends_with("k'") {
            out.pop();
            out.push('w');
        }
        // A small vowel replaces the vowel of the kana before it: ティ is `ti`, ファ is `fa`, シェ is `she`.
        let small = match c {
            'ァ' => "a",
            'ィ' => "i",
            'ゥ' => "u",
            'ェ' => "e",
            'ォ' => "o",
            'ャ' => "ya",
            'ュ' => "yu",
            'ョ' => "yo",
            _ => "",
        };
        if !small.is_empty() {
            if at > 0 && out.ends_with(['i', 'u', '\'', 'e', 'o']) {
                let last = out.pop();
                if out.is_empty() && last == Some('u') {
                    out.push('w');
                }
            }
            out.push_str(small);
            continue;
        }
        out.push_str(match c {
            'ア' => "a",
            'イ' | 'ヰ' => "i",
            'ウ' => "u",
            'エ' | 'ヱ' => "e",
            'オ' | 'ヲ' => "o",
            'カ' | 'ガ' => "ka",
            'キ' | 'ギ' => "ki",
            'ク' | 'グ' => "k'",
            'ケ' | 'ゲ' => "ke",
            'コ' | 'ゴ' => "ko",
            'サ' => "sa",
            'シ' => "si",
            'ス' => "s'",
            'セ' => "se",
            'ソ' => "so",
            'ザ' => "ja",
            'ジ' | 'ヂ' | 'チ' => "ji",
            'ズ' | 'ヅ' | 'ツ' => "j'",
            'ゼ' => "je",
            'ゾ' => "jo",
            'タ' | 'ダ' => "ta",
            'テ' | 'デ' => "te",
            'ト' | 'ド' => "to",
            'ナ' => "na",
            'ニ' => "ni",
            'ヌ' => "nu",
            'ネ' => "ne",
            'ノ' => "no",
            'ハ' => "ha",
            'ヒ' => "hi",
            'フ' | 'ブ' | 'プ' | 'ヴ' => "p'",
            'ヘ' => "he",
            'ホ' => "ho",
            'バ' | 'パ' => "pa",
            'ビ' | 'ピ' => "pi",
            'ベ' | 'ペ' => "pe",
            'ボ' | 'ポ' => "po",
            'マ' => "ma",
            'ミ' => "mi",
            'ム' => "m'",
            'メ' => "me",
            'モ' => "mo",
            'ヤ' => "ya",
            'ユ' => "yu",
            'ヨ' => "yo",
            'ラ' => "la",
            'リ' => "li",
            'ル' => "l'",
            'レ' => "le",
            'ロ' => "lo",
            'ワ' => "wa",
            'ン' => "n",
            // Long vowels and doubled consonants sound alike in other languages.
            _ => "",
        });
    }
}

/// Latin letters as the Japanese spell them out. Of two that begin alike the longer comes first.
pub(crate) const SPELT: &[(&str, &str)] = &[
    ("ダブリュー", "w"),
    ("ジェイ", "j"),
    ("ジェー", "j"),
    ("エックス", "x"),
    ("エイチ", "h"),
    ("エッチ", "h"),
    ("ゼット", "z"),
    ("エフ", "f"),
    ("エル", "l"),
    ("エム", "m"),
    ("エヌ", "n"),
    ("エス", "s"),
    ("アール", "r"),
    ("エー", "a"),
    ("エイ", "a"),
    ("ビー", "b"),
    ("シー", "c"),
    ("ディー", "d"),
    ("イー", "e"),
    ("ジー", "g"),
    ("アイ", "i"),
    ("ケイ", "k"),
    ("ケー", "k"),
    ("オー", "o"),
    ("ピー", "p"),
    ("キュー", "q"),
    ("ティー", "t"),
    ("ユー", "u"),
    ("ブイ", "v"),
    ("ワイ", "y"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sounds_are_those_of_loanwords() {
        let sound = |text: &str| {
            let mut out = String::new();
            sounds(&text.chars().collect::<Vec<_>>(), &mut out);
            out
        };
        assert_eq!(sound("クイーン"), "kwin");
        assert_eq!(sound("ティファニー"), "tipani");
        assert_eq!(sound("ニルヴァーナ"), "nil'pana");
        assert_eq!(sound("ウィザー"), "wija");
        assert_eq!(sound("シェール"), "sel'");
        assert_eq!(sound("きゃりーぱみゅぱみゅ"), "kyalipamyupamyu");
    }
}
