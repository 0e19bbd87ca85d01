//! What is found, and how.

use sixpotify_resolve::{Index, Verdict};

use crate::{entry, index, told};

/// With the way where the built-in table could not have changed it.
#[test]
fn names_are_found_however_they_are_typed() {
    let index = index();
    for (typed, expected) in [
        ("aespa", "aespa: exact"),
        ("shinee", "SHINee: folded"),
        ("에스파", "aespa: alias"),
        ("bts", "BTS: folded"),
        ("방탄소년단", "BTS: alias"),
        ("ㅠㅅㄴ", "BTS: keyboard"),
        ("pink", "P!nk"),
        ("kesha", "Ke$ha"),
        ("deadmau 5", "deadmau5: folded"),
        ("ac dc", "AC/DC"),
        ("sigur ros", "Sigur Rós: folded"),
        ("guns and roses", "Guns N' Roses"),
        ("nsync", "*NSYNC: folded"),
        ("mo", "MØ"),
        ("!!!", "!!!: exact"),
        ("+/-", "+/-: exact"),
        ("21 pilots", "Twenty One Pilots"),
        ("Mingus, Charles", "Charles Mingus: order"),
        ("Bob Marley", "Bob Marley & The Wailers"),
        ("Beyoncé official", "Beyoncé: decorated"),
        ("IU (아이유)", "IU: decorated"),
        ("kanye west feat. somebody", "Kanye West: decorated"),
        ("yeezy season", "Kanye West: alias"),
        ("metsllica", "Metallica: typo"),
        ("metallicaa", "Metallica"),
        ("kayne west", "Kanye West"),
        ("leonard skinnerd", "Lynyrd Skynyrd"),
        ("linerd skinnird", "Lynyrd Skynyrd"),
        ("Нирвана", "Nirvana"),
        ("kino", "Кино"),
        ("羅大佑", "羅大佑: exact"),
        ("lo ta yu", "羅大佑"),
        ("kyary pamyu pamyu", "きゃりーぱみゅぱみゅ"),
        ("nirvana", "Nirvana: popularity"),
    ] {
        let answer = index.find(typed);
        assert!(told(&answer).starts_with(expected), "{typed}: {answer:#?}");
    }
}

/// Names that are in no table, by their sound and their letters alone.
#[test]
fn other_scripts_need_no_alias() {
    let names = ["Vandal Moose", "Korova Milkbar", "Zed Nine", "QRX", "Selma Grange", "Ravi Tandon"];
    let index = Index::build(names.iter().map(|name| entry(name, name, 1000, &[])));
    for (typed, expected) in [
        ("반달 무스", "Vandal Moose: transliterated"),
        ("코로바 밀크바", "Korova Milkbar: transliterated"),
        ("제드 나인", "Zed Nine: transliterated"),
        ("큐알엑스", "QRX: spelt"),
        ("セルマ・グレンジ", "Selma Grange: transliterated"),
        ("ラヴィ・タンドン", "Ravi Tandon: transliterated"),
        ("Корова Милкбар", "Korova Milkbar: transliterated"),
    ] {
        let answer = index.find(typed);
        assert_eq!(told(&answer), expected, "{typed}: {answer:#?}");
    }
}

#[test]
fn homonyms_need_a_clear_lead() {
    let index =
        Index::build([entry("a", "Twin", 10, &[]), entry("b", "TWIN", 20, &[]), entry("c", "Other", 9, &["Twin"])]);
    assert_eq!(told(&index.find("Twin")), "Twin: exact");
    let answer = index.find("twin");
    assert_eq!(answer.verdict, Verdict::Ambiguous);
    let ids: Vec<&str> = answer.candidates.iter().map(|c| c.id.as_str()).collect();
    assert_eq!(ids, ["b", "a", "c"], "the best known first, aliases behind");
}

#[test]
fn an_index_follows_changes() {
    let mut index = index();
    assert_eq!(told(&index.find("Portishead")), "not found");
    index.insert(&entry("new", "Portishead", 5, &["Bristol Three"]));
    assert_eq!(told(&index.find("Portishaed")), "Portishead: typo");
    assert_eq!(told(&index.find("bristol three")), "Portishead: alias");
    assert!(index.has(&entry("new", "Portishead", 5, &["Bristol Three"])));
    assert!(!index.has(&entry("new", "Portishead", 6, &["Bristol Three"])));
    assert!(!index.has(&entry("new", "Portishead", 5, &[])));
    index.insert(&entry("new", "Massive Attack", 5, &[]));
    assert_eq!(told(&index.find("Portishead")), "not found");
    assert_eq!(told(&index.find("massive atack")), "Massive Attack: loose");
    assert!(index.remove("new") && !index.remove("new"));
    assert_eq!(told(&index.find("massive attack")), "not found");
    assert_eq!(index.len(), crate::ARTISTS.len());
    for _ in 0..1100 {
        index.insert(&entry("new", "Massive Attack", 5, &[]));
    }
    assert!(index.is_worn());
}

/// Many are put in by several threads, whose parts come together in the order of the artists.
#[test]
fn a_large_index_is_the_same_as_one_filled_artist_by_artist() {
    let ids: Vec<String> = (0..5_000_u32).map(|n| n.to_string()).collect();
    let names: Vec<String> = (0..5_000_u32).map(|n| format!("Artist {:x} Band", n.wrapping_mul(0x9e37_79b9))).collect();
    let all = || ids.iter().zip(&names).map(|(id, name)| entry(id, name, 1, &["Korova Milkbar"]));
    let built = Index::build(all());
    let mut filled = Index::new();
    all().for_each(|entry| filled.load(&[entry]));
    filled.settle();
    assert_eq!((built.len(), built.memory()), (filled.len(), filled.memory()));
    for name in names.iter().step_by(97) {
        let typed = format!("{}x", name.replace("Band", "bnad"));
        assert_eq!(built.find(name), filled.find(name), "{name}");
        assert_eq!(built.find(&typed), filled.find(&typed), "{typed}");
    }
    assert_eq!(built.find("코로바 밀크바"), filled.find("코로바 밀크바"));
}

/// Of names that are further away only some are compared where thousands share a word; the nearest is never left out.
#[test]
fn among_thousands_that_share_a_word_the_nearest_is_first() {
    let (consonants, vowels) = ("bdfgjklmnprstvz", "aeiou");
    let syllables: Vec<String> =
        consonants.chars().flat_map(|c| vowels.chars().map(move |v| format!("{c}{v}"))).collect();
    let names: Vec<String> =
        syllables.iter().flat_map(|a| syllables.iter().map(move |b| format!("{a}{b} dongtidres"))).collect();
    let index = Index::build(names.iter().map(|name| entry(name, name, 1, &[])));
    for typed in ["baba dongtidrse", "zuzo dongtirdes", "kimi donggtidres", "tola dngtidres"] {
        let answer = index.find(typed);
        let meant = format!("{} dongtidres", &typed[..4]);
        assert_eq!(answer.candidates[0].name, meant, "{answer:#?}");
    }
}
