//! The languages that the bot speaks, and how it tells which one somebody speaks.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A language of the wording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    /// English: where nothing says otherwise.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Korean.
    #[serde(rename = "ko")]
    Korean,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::Korean];

    /// The code of ISO 639-1: `en`, `ko`.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }

    /// The language of a platform's locale (`ko`, `ko_KR`, `en-US`, `kr` as one platform writes it); `None` for those that the
    /// bot does not speak.
    pub fn of_locale(locale: &str) -> Option<Self> {
        let primary = locale.trim().split(['-', '_', '.', '@', ';', ',']).next()?;
        match primary.to_ascii_lowercase().as_str() {
            "ko" | "kr" | "kor" => Some(Self::Korean),
            "en" | "eng" => Some(Self::English),
            _ => None,
        }
    }

    /// Korean where `text` has Hangul in it. A name in Latin letters says nothing: Koreans type `BTS`, too.
    pub fn of_script(text: &str) -> Option<Self> {
        let hangul = |c: char| matches!(c, '\u{1100}'..='\u{11FF}' | '\u{3130}'..='\u{318F}' | '\u{AC00}'..='\u{D7A3}');
        text.chars().any(hangul).then_some(Self::Korean)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_are_understood_however_they_are_written() {
        for locale in ["ko", "ko_KR", "ko-KR", "KO", "kr", " ko-KR,en;q=0.8"] {
            assert_eq!(Language::of_locale(locale), Some(Language::Korean), "{locale}");
        }
        assert_eq!(Language::of_locale("en_GB"), Some(Language::English));
        for locale in ["", "de_DE", "kok", "zh-Hant-TW"] {
            assert_eq!(Language::of_locale(locale), None, "{locale}");
        }
    }

    #[test]
    fn hangul_is_korean_and_latin_says_nothing() {
        assert_eq!(Language::of_script("에스파"), Some(Language::Korean));
        assert_eq!(Language::of_script("ㅠㅅㄴ"), Some(Language::Korean));
        assert_eq!(Language::of_script("BTS"), None);
        assert_eq!(Language::of_script("宇多田ヒカル"), None);
    }
}
