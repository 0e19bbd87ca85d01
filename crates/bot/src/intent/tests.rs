//! Messages as people write them, and what is understood.

use proptest::prelude::*;

use super::*;

fn asks(text: &str) -> Option<(What, Vec<String>)> {
    match read(text).intent {
        Intent::Ask(ask) => Some((ask.what, ask.names)),
        _ => None,
    }
}

#[test]
fn small_talk_is_understood_in_both_languages() {
    for (text, intent, language) in [
        ("Hi!", Intent::Hello, Some(Language::English)),
        ("안녕하세요~", Intent::Hello, Some(Language::Korean)),
        ("/help@sixpotify_bot", Intent::Help, None),
        ("뭐 할 수 있어?", Intent::Help, Some(Language::Korean)),
        ("Thank you :)", Intent::Thanks, Some(Language::English)),
        ("what's the weather like?", Intent::Who, Some(Language::English)),
        ("오늘 날씨 어때?", Intent::Who, Some(Language::Korean)),
        ("no not that one", Intent::Other, Some(Language::English)),
        ("모르겠어", Intent::Help, Some(Language::Korean)),
        ("ㅋㅋㅋ", Intent::Pleased, Some(Language::Korean)),
        ("English please", Intent::Speak(Language::English), Some(Language::English)),
        ("영어로 해줘", Intent::Speak(Language::English), Some(Language::English)),
        ("한국어", Intent::Speak(Language::Korean), Some(Language::Korean)),
        ("Korean, please!", Intent::Speak(Language::Korean), Some(Language::Korean)),
        ("delete my data", Intent::Delete, Some(Language::English)),
        ("내 데이터 삭제해 줘", Intent::Delete, Some(Language::Korean)),
        ("내데이터삭제", Intent::Delete, Some(Language::Korean)),
        ("/privacy", Intent::Privacy, None),
        ("more", Intent::More, Some(Language::English)),
        ("노래", Intent::Songs, Some(Language::Korean)),
        ("2번", Intent::Number(2, "2번".into()), Some(Language::Korean)),
        ("#3", Intent::Number(3, "#3".into()), None),
        ("?", Intent::Help, None),
        ("ㅠㅠ", Intent::Sad, Some(Language::Korean)),
        ("ㅠㅠㅠㅠㅜㅜ...", Intent::Sad, Some(Language::Korean)),
        ("😭😭", Intent::Sad, None),
        (":(", Intent::Sad, None),
        ("T_T", Intent::Sad, None),
        ("i'm sad", Intent::Sad, Some(Language::English)),
        ("오늘 너무 힘들었어 ㅠㅠ", Intent::Sad, Some(Language::Korean)),
    ] {
        assert_eq!(read(text), Read { intent, language }, "{text}");
    }
}

#[test]
fn what_is_no_name_is_seen() {
    assert_eq!(read(" \u{200b}\n ").intent, Intent::Empty);
    assert_eq!(read("").intent, Intent::Empty);
    assert_eq!(read("😂😂").intent, Intent::Signs("😂😂".into()));
    assert_eq!(read("!!!").intent, Intent::Signs("!!!".into()));
    assert_eq!(read("<3").intent, Intent::Signs("<3".into()), "not the third choice");
    assert_eq!(read("xD").intent, Intent::Signs("xD".into()));
    assert_eq!(read(&"Lorem ipsum dolor sit amet. ".repeat(110)).intent, Intent::TooLong);
    assert_eq!(read(&"가".repeat(3000)).intent, Intent::TooLong);
    let list = (0..60).map(|n| format!("Artist {n}")).collect::<Vec<_>>().join("\n");
    assert_eq!(read(&list).intent, Intent::Name(list));
}

#[test]
fn names_are_left_as_they_were_typed() {
    for name in [
        "BTS",
        "에스파",
        "10cc",
        "AC/DC",
        "Guns N' Roses",
        "Robert'); DROP TABLE artists;--",
        "Hello Venus",
        "더보이즈",
    ] {
        assert_eq!(read(&format!(" {name}  ")).intent, Intent::Name(name.to_owned()));
    }
}

#[test]
fn sentences_around_names_are_understood() {
    for (text, what, names) in [
        ("songs like Blinding Lights", What::SongsLike, &["Blinding Lights"][..]),
        ("Could you recommend me some bands like The xx?", What::Similar, &["The xx"]),
        ("artists similar to “Björk”", What::Similar, &["Björk"]),
        ("BTS songs", What::Songs, &["BTS"]),
        ("aespa’s best songs", What::Songs, &["aespa"]),
        ("top songs by IU please", What::Songs, &["IU"]),
        ("Who is Zior Park?", What::Show, &["Zior Park"]),
        ("/similar aespa", What::Similar, &["aespa"]),
        ("i love Metallica so much", What::Similar, &["Metallica"]),
        ("is Drake a rapper?", What::Show, &["Drake"]),
        ("Where can I listen to Queen", What::Show, &["Queen"]),
        ("how old is Madonna?", What::Show, &["Madonna"]),
        ("i want to dance", What::Show, &["to dance"]),
        ("에스파 어때?", What::Show, &["에스파"]),
        ("아이유 좋아", What::Similar, &["아이유"]),
        ("리한나가 부른 노래", What::Songs, &["리한나가", "리한나"]),
        ("드레이크 장르가 뭐야", What::Show, &["드레이크"]),
        ("아이유랑 비슷한 가수 추천해줘", What::Similar, &["아이유랑", "아이유"]),
        ("에스파 비슷한 가수", What::Similar, &["에스파"]),
        ("BTS 노래 추천 좀 해 줘", What::Songs, &["BTS"]),
        ("뉴진스의 노래", What::Songs, &["뉴진스의", "뉴진스"]),
        ("Dynamite 같은 노래", What::SongsLike, &["Dynamite"]),
        ("샤이니 알려줘", What::Show, &["샤이니"]),
        ("블랙핑크 추천", What::Similar, &["블랙핑크"]),
    ] {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(asks(text), Some((what, names)), "{text}");
    }
}

#[test]
fn lists_are_split_and_marks_of_songs_are_seen() {
    assert_eq!(split_strongly("BTS, aespa\n- IU; BTS"), ["BTS", "aespa", "IU"]);
    assert_eq!(split_strongly("1. BTS\n2. IU"), ["BTS", "IU"]);
    assert_eq!(split_weakly("BTS and IU & aespa"), ["BTS", "IU", "aespa"]);
    assert_eq!(split_weakly("메탈리카랑 드레이크"), ["메탈리카", "드레이크"]);
    assert_eq!(split_weakly("방탄소년단이랑 에스파와 아이유"), ["방탄소년단", "에스파", "아이유"]);
    assert_eq!(split_weakly("Earth"), ["Earth"]);
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(marked_songs("Dynamite by BTS"), [pair("Dynamite", "BTS")]);
    assert_eq!(marked_songs("BTS - Dynamite"), [pair("Dynamite", "BTS"), pair("BTS", "Dynamite")]);
    assert_eq!(marked_songs("방탄소년단의 봄날"), [pair("봄날", "방탄소년단")]);
    assert_eq!(possible_songs("Dynamite BTS"), [pair("Dynamite", "BTS"), pair("BTS", "Dynamite")]);
    assert_eq!(possible_songs("word ".repeat(11).as_str()), []);
}

proptest! {
    #[test]
    fn anything_can_be_read(text in "(\\PC|\\n|노래|songs like | by |/|@|해줘| ){0,80}") {
        let _ = read(&text);
        let _ = (split_strongly(&text), split_weakly(&text), marked_songs(&text), possible_songs(&text));
    }
}
