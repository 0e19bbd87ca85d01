//! What is not found: a wrong artist is worse than none.

use sixpotify_resolve::{Index, Verdict};

use crate::{entry, index, told};

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

/// In a crowd some name is a letter away from whatever is typed; where there is none, a slip leads to the one name.
#[test]
fn a_slip_must_be_clear_of_chance() {
    let other =
        |at: usize| "bdfgjklmnpsvz".chars().map(move |c| format!("{}{c}{}", &"korotan"[..at], &"korotan"[at + 1..]));
    let crowd: Vec<String> = other(2).chain(other(4)).chain(["korotan".to_owned()]).collect();
    let crowded = Index::build(crowd.iter().map(|name| entry(name, name, 1000, &[])));
    let alone = Index::build([entry("korotan", "korotan", 1000, &[])]);
    assert_eq!(told(&alone.find("korotqn")), "korotan: typo");
    let answer = crowded.find("korotqn");
    assert_eq!(told(&answer), "not found", "{answer:#?}");
    assert_eq!(answer.candidates[0].name, "korotan", "it is still the nearest");
    assert_eq!(told(&crowded.find("korotan")), "korotan: exact");
}

/// Whose name it is, is known; that somebody else sounds like it does not matter.
#[test]
fn a_known_name_of_somebody_absent_is_nobody_elses() {
    let others = Index::build([entry("borns", "BØRNS", 1000, &[])]);
    assert_eq!(told(&others.find("비욘세")), "not found");
    assert_eq!(told(&others.find("뵈른스")), "BØRNS: transliterated");
    let misspelt = Index::build([entry("borns", "BØRNS", 1000, &[]), entry("b", "Beyonceé", 1000, &[])]);
    assert_eq!(told(&misspelt.find("비욘세")), "Beyonceé: loose", "whom it means, as the catalogue spells her");
    // In whatever script the table has the name.
    let others = Index::build([entry("cub", "Cub", 1000, &[]), entry("archana", "Archana", 1000, &[])]);
    for typed in ["Гуф", "Guf", "Аркона", "Arkona"] {
        assert_eq!(told(&others.find(typed)), "not found", "{typed}");
    }
    assert_eq!(told(&others.find("Арчана")), "Archana: transliterated");
    let there = Index::build([entry("cub", "Cub", 1000, &[]), entry("guf", "GUF", 10, &[])]);
    assert_eq!(told(&there.find("Гуф")), "GUF: alias");
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
