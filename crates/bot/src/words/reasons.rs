//! Why somebody is a neighbour, in words.

use sixpotify_similar::{Reason, Trait};

use crate::language::Language;

/// The reasons as one phrase without a full stop; empty without reasons.
pub(crate) fn reasons(language: Language, reasons: &[Reason]) -> String {
    match language {
        Language::English => sixpotify_similar::words(reasons),
        Language::Korean => korean(reasons),
    }
}

fn korean(reasons: &[Reason]) -> String {
    let mut genres: Vec<&str> = Vec::new();
    let mut related: Vec<String> = Vec::new();
    let mut traits: Vec<Trait> = Vec::new();
    let mut others: Vec<&str> = Vec::new();
    for reason in reasons {
        match reason {
            Reason::SharedGenre(name) => genres.push(name),
            Reason::RelatedGenres(one, other) => related.push(format!("{one}·{other}")),
            Reason::Both(quality) => traits.push(*quality),
            Reason::CloseSound => others.push("아주 비슷한 소리"),
            Reason::HeardTogether => others.push("같은 사람들이 즐겨 들음"),
            Reason::HeardWithTheSame => others.push("같은 가수들과 함께 들음"),
            Reason::SaidRelated => others.push("관련 가수로 알려짐"),
            Reason::RelatedArtists => others.push("비슷한 가수의 노래"),
            Reason::WorkedTogether => others.push("함께 만든 노래 있음"),
            Reason::SameEra => others.push("같은 시대 음악"),
            Reason::NearestSound => others.push("전체적으로 가장 가까운 소리"),
        }
    }
    let mut phrases = Vec::new();
    if !genres.is_empty() {
        phrases.push(format!("같은 장르: {}", genres.join(", ")));
    }
    if !related.is_empty() {
        phrases.push(format!("가까운 장르: {}", related.join(", ")));
    }
    if let [first @ .., last] = traits.as_slice() {
        let mut phrase = String::from("둘 다 ");
        for quality in first {
            phrase.push_str(and(*quality));
            phrase.push(' ');
        }
        phrase.push_str(of(*last));
        phrase.push_str(" 느낌");
        phrases.push(phrase);
    }
    phrases.extend(others.into_iter().map(str::to_owned));
    phrases.join("; ")
}

/// Before another quality.
fn and(quality: Trait) -> &'static str {
    match quality {
        Trait::Acoustic => "어쿠스틱하고",
        Trait::Calm => "차분하고",
        Trait::Danceable => "춤추기 좋고",
        Trait::Energetic => "힘차고",
        Trait::Fast => "빠르고",
        Trait::Happy => "밝고",
        Trait::Instrumental => "연주가 중심이고",
        Trait::Live => "라이브 같고",
        Trait::Sad => "슬프고",
        Trait::Slow => "느리고",
        Trait::Spoken => "말이 많고",
    }
}

/// Before a noun.
fn of(quality: Trait) -> &'static str {
    match quality {
        Trait::Acoustic => "어쿠스틱한",
        Trait::Calm => "차분한",
        Trait::Danceable => "춤추기 좋은",
        Trait::Energetic => "힘찬",
        Trait::Fast => "빠른",
        Trait::Happy => "밝은",
        Trait::Instrumental => "연주 중심의",
        Trait::Live => "라이브 같은",
        Trait::Sad => "슬픈",
        Trait::Slow => "느린",
        Trait::Spoken => "말이 많은",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_read_well_in_both_languages() {
        let why = [
            Reason::SharedGenre("k-pop".into()),
            Reason::Both(Trait::Calm),
            Reason::Both(Trait::Sad),
            Reason::HeardTogether,
        ];
        assert_eq!(
            reasons(Language::English, &why),
            "shared genre: k-pop; both calm and sad; heard by the same people"
        );
        assert_eq!(
            reasons(Language::Korean, &why),
            "같은 장르: k-pop; 둘 다 차분하고 슬픈 느낌; 같은 사람들이 즐겨 들음"
        );
        let why = [Reason::RelatedGenres("indie pop".into(), "indie rock".into()), Reason::RelatedArtists];
        assert_eq!(reasons(Language::Korean, &why), "가까운 장르: indie pop·indie rock; 비슷한 가수의 노래");
        assert_eq!(reasons(Language::Korean, &[]), "");
    }
}
