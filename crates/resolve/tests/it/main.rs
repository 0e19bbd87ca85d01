//! The index as its users see it: what is found how, what is refused, and that nothing typed can harm it.

mod found;
mod properties;
mod refused;

use sixpotify_resolve::{Answer, Entry, Index, Reach, Verdict};

/// Artists with their followers, and their other names.
const ARTISTS: &[(&str, u64, &[&str])] = &[
    ("aespa", 5_000_000, &[]),
    ("SHINee", 6_000_000, &[]),
    ("GOT7", 7_000_000, &[]),
    ("2NE1", 4_000_000, &[]),
    ("BTS", 70_000_000, &[]),
    ("IU", 9_000_000, &[]),
    ("NCT", 5_000_000, &[]),
    ("f(x)", 1_000_000, &[]),
    ("Metallica", 27_000_000, &[]),
    ("Beyoncé", 38_000_000, &[]),
    ("P!nk", 18_000_000, &[]),
    ("Ke$ha", 5_000_000, &[]),
    ("deadmau5", 2_000_000, &[]),
    ("AC/DC", 30_000_000, &[]),
    ("Sigur Rós", 1_000_000, &[]),
    ("Guns N' Roses", 29_000_000, &[]),
    ("*NSYNC", 3_000_000, &[]),
    ("MØ", 800_000, &[]),
    ("!!!", 90_000, &[]),
    ("+/-", 9_000, &[]),
    ("Earth, Wind & Fire", 7_000_000, &[]),
    ("Nirvana", 20_000_000, &[]),
    ("Nirvana", 20_000, &[]),
    ("Lynyrd Skynyrd", 6_000_000, &[]),
    ("Twenty One Pilots", 24_000_000, &[]),
    ("Charles Mingus", 600_000, &[]),
    ("Bob Marley & The Wailers", 13_000_000, &[]),
    ("Kanye West", 25_000_000, &["Yeezy Season"]),
    ("Will Smith", 2_000_000, &[]),
    ("Paul Williams", 50_000, &[]),
    ("Кино", 900_000, &[]),
    ("羅大佑", 100_000, &["Lo Ta-yu"]),
    ("きゃりーぱみゅぱみゅ", 500_000, &[]),
];

/// The index of [`ARTISTS`]; ids are their numbers.
fn index() -> Index {
    let ids: Vec<String> = (0..ARTISTS.len()).map(|n| n.to_string()).collect();
    Index::build(ARTISTS.iter().zip(&ids).map(|((name, followers, aliases), id)| entry(id, name, *followers, aliases)))
}

fn entry<'a>(id: &'a str, name: &'a str, followers: u64, aliases: &'a [&'a str]) -> Entry<'a> {
    Entry { id, name, reach: Reach { followers: Some(followers), popularity: None }, aliases }
}

/// `name: how`, or the verdict.
fn told(answer: &Answer) -> String {
    match answer.verdict {
        Verdict::Found(how) => format!("{}: {how}", answer.candidates[0].name),
        Verdict::Ambiguous => "ambiguous".to_owned(),
        Verdict::NotFound => "not found".to_owned(),
    }
}
