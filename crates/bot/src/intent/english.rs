//! English sentences around a name: `songs like Blinding Lights`, `who is Zior Park?`.

use super::{Ask, What};

/// What stands before a name. The longest that fits is taken.
const BEFORE: &[(&str, What)] = &[
    ("songs like ", What::SongsLike),
    ("songs similar to ", What::SongsLike),
    ("similar songs to ", What::SongsLike),
    ("songs that sound like ", What::SongsLike),
    ("tracks like ", What::SongsLike),
    ("tracks similar to ", What::SongsLike),
    ("a song like ", What::SongsLike),
    ("something like the song ", What::SongsLike),
    ("more songs like ", What::SongsLike),
    ("artists like ", What::Similar),
    ("artists similar to ", What::Similar),
    ("similar artists to ", What::Similar),
    ("bands like ", What::Similar),
    ("bands similar to ", What::Similar),
    ("groups like ", What::Similar),
    ("singers like ", What::Similar),
    ("musicians like ", What::Similar),
    ("rappers like ", What::Similar),
    ("people like ", What::Similar),
    ("music like ", What::Similar),
    ("more like ", What::Similar),
    ("something like ", What::Similar),
    ("someone like ", What::Similar),
    ("anything like ", What::Similar),
    ("similar to ", What::Similar),
    ("similar ", What::Similar),
    ("sounds like ", What::Similar),
    ("who sounds like ", What::Similar),
    ("who is like ", What::Similar),
    ("who is similar to ", What::Similar),
    ("who's similar to ", What::Similar),
    ("recommend something like ", What::Similar),
    ("recommend me something like ", What::Similar),
    ("recommend artists like ", What::Similar),
    ("recommend music like ", What::Similar),
    ("recommend something similar to ", What::Similar),
    ("i like ", What::Similar),
    ("i love ", What::Similar),
    ("i really like ", What::Similar),
    ("if i like ", What::Similar),
    ("/similar ", What::Similar),
    ("songs by ", What::Songs),
    ("songs of ", What::Songs),
    ("songs from ", What::Songs),
    ("top songs by ", What::Songs),
    ("top songs of ", What::Songs),
    ("best songs by ", What::Songs),
    ("best songs of ", What::Songs),
    ("popular songs by ", What::Songs),
    ("top tracks of ", What::Songs),
    ("top tracks by ", What::Songs),
    ("tracks by ", What::Songs),
    ("hits by ", What::Songs),
    ("hits of ", What::Songs),
    ("music by ", What::Songs),
    ("what are the best songs by ", What::Songs),
    ("what should i hear by ", What::Songs),
    ("/songs ", What::Songs),
    ("who is ", What::Show),
    ("who's ", What::Show),
    ("who are ", What::Show),
    ("who sings ", What::Show),
    ("tell me about ", What::Show),
    ("find ", What::Show),
    ("find me ", What::Show),
    ("search ", What::Show),
    ("search for ", What::Show),
    ("look up ", What::Show),
    ("look for ", What::Show),
    ("show ", What::Show),
    ("show me ", What::Show),
    ("do you know ", What::Show),
    ("have you heard of ", What::Show),
    ("what about ", What::Show),
    ("how about ", What::Show),
    ("and what about ", What::Show),
    ("i want to hear ", What::Show),
    ("i want to listen to ", What::Show),
    ("play ", What::Show),
    ("listen to ", What::Show),
    ("info on ", What::Show),
    ("artist ", What::Show),
    ("the artist ", What::Show),
    ("the band ", What::Show),
    ("the singer ", What::Show),
    ("/artist ", What::Show),
    ("/find ", What::Show),
    ("/start ", What::Show),
];

/// What stands behind one.
const BEHIND: &[(&str, What)] = &[
    (" similar artists", What::Similar),
    (" related artists", What::Similar),
    (" similar", What::Similar),
    (" songs", What::Songs),
    (" top songs", What::Songs),
    (" best songs", What::Songs),
    (" popular songs", What::Songs),
    (" tracks", What::Songs),
    (" top tracks", What::Songs),
    (" hits", What::Songs),
    ("'s songs", What::Songs),
    ("'s best songs", What::Songs),
    ("'s top songs", What::Songs),
    ("'s hits", What::Songs),
    (" please", What::Show),
];

/// What may stand before everything, and says nothing.
const POLITE: &[&str] = &[
    "please ",
    "can you ",
    "could you ",
    "can you please ",
    "could you please ",
    "can i get ",
    "can i have ",
    "give me ",
    "i want ",
    "i'd like ",
    "i need ",
    "any ",
    "some ",
    "recommend me ",
    "recommend ",
    "suggest ",
    "suggest me ",
    "show me ",
    "show me some ",
    "find me ",
    "find me some ",
    "find ",
    "what are ",
    "what are some ",
    "are there ",
    "are there any ",
    "list ",
];

/// What is asked about which name; `None` where no such sentence is seen.
pub(super) fn read(tidy: &str) -> Option<Ask> {
    if tidy.contains('\n') {
        return None;
    }
    let whole = tidy.to_owned();
    let straight = tidy.replace(['’', '‘'], "'");
    let text = straight.trim_end_matches(['?', '!', '.', ' ']);
    let first = one(text);
    // `could you recommend bands like X`: what is polite goes, one piece after the other.
    let mut rest = text;
    let mut found = first;
    for _ in 0..3 {
        if found.as_ref().is_some_and(|(what, _)| *what != What::Show) {
            break;
        }
        let Some(shorter) = POLITE.iter().filter_map(|polite| strip_start(rest, polite)).min_by_key(|rest| rest.len())
        else {
            break;
        };
        rest = shorter;
        found = one(rest).or(found);
    }
    let (what, name) = found?;
    let name = name.trim_matches(['"', '“', '”', ' ']);
    let name = strip_end(name, " please").unwrap_or(name);
    (!name.is_empty()).then(|| Ask { what, names: vec![name.to_owned()], whole })
}

fn one(text: &str) -> Option<(What, &str)> {
    let before = BEFORE.iter().filter_map(|(start, what)| Some((*what, strip_start(text, start)?)));
    let behind = BEHIND.iter().filter_map(|(end, what)| Some((*what, strip_end(text, end)?)));
    // The shortest name: the longest sentence around it.
    before.chain(behind).min_by_key(|(_, name)| name.len())
}

fn strip_start<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let head = text.get(..start.len())?;
    (head.eq_ignore_ascii_case(start) && text.len() > start.len()).then(|| &text[start.len()..])
}

fn strip_end<'a>(text: &'a str, end: &str) -> Option<&'a str> {
    let at = text.len().checked_sub(end.len())?;
    let tail = text.get(at..)?;
    (tail.eq_ignore_ascii_case(end) && at > 0).then(|| &text[..at])
}
