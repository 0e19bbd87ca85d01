//! Korean particles change with the sound before them: 에스파는 but 방탄소년단은, BTS는 but RM은, U2는 but 2PM은.
//!
//! Hangul says its sound; digits, letters that are spelt out, and Latin words are read as Koreans read them. Where nobody can
//! know (Han, other scripts), both forms are written, as Korean does: 은(는).

/// A pair of particles of which the sound before chooses one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Particle {
    /// 은 or 는.
    Topic,
    /// 이 or 가.
    Subject,
    /// 을 or 를.
    Object,
    /// 으로 or 로; ㄹ counts as a vowel here.
    Toward,
    /// 과 or 와.
    With,
    /// 이라는 or 라는.
    Called,
}

/// How a word ends for the ear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Vowel,
    /// The consonant ㄹ.
    Rieul,
    Consonant,
    Unknown,
}

impl Particle {
    /// The form that follows `word`.
    pub(crate) fn after(self, word: &str) -> &'static str {
        let (consonant, vowel, both) = match self {
            Self::Topic => ("은", "는", "은(는)"),
            Self::Subject => ("이", "가", "이(가)"),
            Self::Object => ("을", "를", "을(를)"),
            Self::Toward => ("으로", "로", "(으)로"),
            Self::With => ("과", "와", "과(와)"),
            Self::Called => ("이라는", "라는", "(이)라는"),
        };
        match ending(word) {
            Ending::Vowel => vowel,
            Ending::Rieul if self == Self::Toward => vowel,
            Ending::Rieul | Ending::Consonant => consonant,
            Ending::Unknown => both,
        }
    }
}

/// `word` with the particle right behind it.
pub(crate) fn with(word: &str, particle: Particle) -> String {
    format!("{word}{}", particle.after(word))
}

fn ending(word: &str) -> Ending {
    // What is not spoken is passed over: quotes, brackets, exclamation marks.
    let spoken = word.trim_end_matches(|c: char| !c.is_alphanumeric());
    let Some(last) = spoken.chars().next_back() else { return Ending::Unknown };
    match last {
        '가'..='힣' => match (u32::from(last) - u32::from('가')) % 28 {
            0 => Ending::Vowel,
            8 => Ending::Rieul,
            _ => Ending::Consonant,
        },
        // 영(공) 일 이 삼 사 오 육 칠 팔 구; zeros at the end are 십, 백, 천, 만, 억.
        '2' | '4' | '5' | '9' => Ending::Vowel,
        '1' | '7' | '8' => Ending::Rieul,
        '0' | '3' | '6' => Ending::Consonant,
        // Kana: only ん closes a syllable.
        'ん' | 'ン' | 'ﾝ' => Ending::Consonant,
        'ぁ'..='ゟ' | 'ァ'..='ヿ' => Ending::Vowel,
        // Jamo by themselves are read by their names: 기역, 니은; vowels as they sound.
        'ㅏ'..='ㅣ' => Ending::Vowel,
        'ㄹ' => Ending::Rieul,
        'ㄱ'..='ㅎ' => Ending::Consonant,
        _ => latin(spoken),
    }
}

/// The end of a Latin word, by how it is read in Korean.
fn latin(spoken: &str) -> Ending {
    let start = spoken.rfind(|c: char| !c.is_alphabetic()).map_or(0, |at| {
        // The sign itself may be longer than a byte.
        at + spoken[at..].chars().next().map_or(0, char::len_utf8)
    });
    let word = &spoken[start..];
    // `é` at the end is a vowel that is heard; a plain `e` mostly is not.
    if word.chars().next_back().is_some_and(|c| "éèêëáàâäãåíìîïóòôöõøúùûüýÉÈÊËÁÀÂÄÃÅÍÌÎÏÓÒÔÖÕØÚÙÛÜÝ".contains(c))
    {
        return Ending::Vowel;
    }
    if word.is_empty() || !word.chars().all(|c| c.is_ascii_alphabetic()) {
        return Ending::Unknown;
    }
    let letters: Vec<u8> = word.bytes().map(|b| b.to_ascii_lowercase()).collect();
    if is_spelt(word, &letters) { spelt(letters[letters.len() - 1]) } else { read(&letters) }
}

/// Whether a word is said letter by letter: capitals that are few, or without a vowel to say them by.
fn is_spelt(word: &str, letters: &[u8]) -> bool {
    let capitals = word.bytes().all(|b| b.is_ascii_uppercase());
    let vowels = letters.iter().filter(|letter| is_vowel(**letter)).count();
    letters.len() == 1 || vowels == 0 || (capitals && letters.len() <= 3)
}

/// 에이 비 씨 .. : four letters of the alphabet end in a consonant.
fn spelt(letter: u8) -> Ending {
    match letter {
        b'l' | b'r' => Ending::Rieul,
        b'm' | b'n' => Ending::Consonant,
        _ => Ending::Vowel,
    }
}

/// A word that is read as a word, with at least two letters.
fn read(letters: &[u8]) -> Ending {
    let at = |back: usize| letters.len().checked_sub(back).and_then(|at| letters.get(at)).copied().unwrap_or(b' ');
    let (last, before, third) = (at(1), at(2), at(3));
    match last {
        // A silent e: `Adele` 아델, `time` 타임, `Drake` 드레이크.
        b'e' if !is_vowel(before) => match before {
            b'l' if is_vowel(third) || matches!(third, b't' | b'd' | b'b' | b'p' | b'g' | b'c' | b'k') => Ending::Rieul,
            b'm' | b'n' if is_vowel(third) => Ending::Consonant,
            _ => Ending::Vowel,
        },
        b'l' => Ending::Rieul,
        b'm' | b'n' => Ending::Consonant,
        b'g' if before == b'n' => Ending::Consonant,
        // After one short vowel these close the syllable (`Rock` 록, `hop` 합, `Cat` 캣), after two they do not (`Beat` 비트).
        b'k' | b'p' | b't' | b'c' | b'b' if is_vowel(before) && !is_vowel(third) => Ending::Consonant,
        b'k' if before == b'c' => Ending::Consonant,
        b't' if before == b't' => Ending::Consonant,
        _ => Ending::Vowel,
    }
}

fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn particles_follow_the_sound() {
        for (word, topic, subject, object, toward) in [
            ("에스파", "는", "가", "를", "로"),
            ("방탄소년단", "은", "이", "을", "으로"),
            ("버즈 라이트이얼", "은", "이", "을", "로"),
            ("BTS", "는", "가", "를", "로"),
            ("RM", "은", "이", "을", "으로"),
            ("SHINee", "는", "가", "를", "로"),
            ("Radiohead", "는", "가", "를", "로"),
            ("Coldplay", "는", "가", "를", "로"),
            ("Adele", "은", "이", "을", "로"),
            ("Seventeen", "은", "이", "을", "으로"),
            ("BLACKPINK", "는", "가", "를", "로"),
            ("Kid Rock", "은", "이", "을", "으로"),
            ("Beyoncé", "는", "가", "를", "로"),
            ("Drake", "는", "가", "를", "로"),
            ("U2", "는", "가", "를", "로"),
            ("2PM", "은", "이", "을", "으로"),
            ("blink-182", "는", "가", "를", "로"),
            ("Maroon 5", "는", "가", "를", "로"),
            ("GOT7", "은", "이", "을", "로"),
            ("The 1975", "는", "가", "를", "로"),
            ("Sum 41", "은", "이", "을", "로"),
            ("Level 42", "는", "가", "를", "로"),
            ("Apollo 100", "은", "이", "을", "으로"),
            ("IU (아이유)", "는", "가", "를", "로"),
            ("P!nk", "는", "가", "를", "로"),
            ("“Billie Eilish”", "는", "가", "를", "로"),
            ("きゃりーぱみゅぱみゅ", "는", "가", "를", "로"),
            ("ゆず ドン", "은", "이", "을", "으로"),
            ("周杰倫", "은(는)", "이(가)", "을(를)", "(으)로"),
            ("!!!", "은(는)", "이(가)", "을(를)", "(으)로"),
        ] {
            let of = |particle: Particle| particle.after(word);
            assert_eq!(of(Particle::Topic), topic, "{word}");
            assert_eq!(of(Particle::Subject), subject, "{word}");
            assert_eq!(of(Particle::Object), object, "{word}");
            assert_eq!(of(Particle::Toward), toward, "{word}");
        }
        assert_eq!(with("에스파", Particle::With), "에스파와");
        assert_eq!(with("RM", Particle::Called), "RM이라는");
    }

    proptest! {
        #[test]
        fn any_word_has_its_particle(word in "\\PC{0,12}") {
            for particle in [Particle::Topic, Particle::Subject, Particle::Object, Particle::Toward] {
                prop_assert!(!particle.after(&word).is_empty());
            }
        }

        #[test]
        fn what_is_not_spoken_changes_nothing(word in "[가-힣A-Za-z0-9]{1,8}", signs in "[!?.)”’ ]{0,3}") {
            prop_assert_eq!(Particle::Topic.after(&word), Particle::Topic.after(&format!("{word}{signs}")));
        }
    }
}
