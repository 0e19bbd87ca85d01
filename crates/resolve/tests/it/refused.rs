//! What is not found: a wrong artist is worse than none.

use sixpotify_resolve::Verdict;

use crate::{index, told};

#[test]
fn near_is_not_enough() {
    let index = index();
    for typed in [
        "Earth",
        "Fire",
        "Wind",
        "Willow Smith",
        "Saul Williams",
        "bt",
        "iv",
        "btz",
        "Metallica Tribute Band",
        "karaoke Beyoncé",
        "Behemoth",
        "ㅋㅋㅋㅋ",
        "ㅎㅎ",
        "안녕하세요",
        "周杰伦",
        "罗",
        "play some music",
        "xqzvw",
        "7",
        "GOT8",
        "21 drivers",
    ] {
        let answer = index.find(typed);
        assert_eq!(told(&answer), "not found", "{typed}: {answer:#?}");
    }
}

#[test]
fn whatever_is_typed_is_answered() {
    let index = index();
    let long = "metallica ".repeat(1_000);
    let marks = "e\u{301}".repeat(1_000);
    for typed in [
        "",
        "   \t\r\n ",
        &long,
        &"a".repeat(10_000),
        &"이".repeat(1_300),
        &marks,
        "\0",
        "\u{7}\u{1b}[31m",
        "\u{202e}\u{2066}\u{200f}",
        "😀",
        "👩‍👩‍👧‍👦🎸",
        "'; drop table artists; --",
        "name:* OR \"x\" AND NOT (y~2)",
        "((((((((((",
        "\\\\\\",
        "\u{fffd}\u{fffd}",
        "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ",
        "゛゜ーーーー",
    ] {
        let answer = index.find(typed);
        assert_eq!(answer.verdict, Verdict::NotFound, "{typed:?}: {answer:?}");
        assert!(!answer.steps.is_empty());
    }
    // Marks that cannot be seen change nothing.
    assert_eq!(told(&index.find("\u{202e}Beyoncé\u{200b}")), "Beyoncé: folded");
}
