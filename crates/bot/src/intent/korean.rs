//! Korean sentences around a name: `아이유랑 비슷한 가수 추천해줘`, `BTS 노래`, `Dynamite 같은 노래`.

use super::around::KOREAN;
use super::{Ask, What};

const QUOTES: [char; 7] = ['"', '“', '”', '\'', '‘', '’', ' '];

/// After a name: like it, but otherwise.
const BUT: [&str; 6] = ["같은데", "비슷한데", "느낌인데", "같으면서", "비슷하면서", "느낌이면서"];

/// What is asked about which name; `None` where no such sentence is seen.
pub(super) fn read(tidy: &str) -> Option<Ask> {
    if tidy.contains('\n') {
        return None;
    }
    let text = tidy.trim_end_matches(['?', '!', '.', '~', ' ', 'ㅋ', 'ㅎ', 'ㅠ', 'ㅜ']);
    let (mut rest, mut asked) = (text, false);
    // `노래 추천 좀 해 줘`: what asks goes, one piece after the other.
    for _ in 0..5 {
        let shorter = KOREAN.list("requests").iter().filter_map(|request| strip(rest, request));
        let Some(shorter) = shorter.min_by_key(|rest| rest.len()) else { break };
        (rest, asked) = (shorter, true);
    }
    let mut besides = None;
    let mut found = behind(rest);
    if let Some((What::Similar, before)) = found
        && (rest.ends_with("추천") || rest.ends_with("좋아해"))
    {
        // `BTS 노래 추천`: what is recommended stands before.
        found = behind(before).or(found);
    }
    if let Some((name, wish)) = BUT.iter().find_map(|but| rest.split_once(but))
        && !name.trim().is_empty()
        && !wish.trim().is_empty()
    {
        let songs = wish.trim_end().ends_with("노래") || wish.trim_end().ends_with('곡');
        found = Some((if songs { What::SongsLike } else { What::Similar }, name.trim()));
        besides = Some(wish.trim().to_owned());
    }
    let (what, name) = match found {
        Some(found) => found,
        None if asked => (What::Show, rest),
        None => return None,
    };
    let names = readings(name);
    (!names.is_empty()).then(|| Ask { what, names, besides, whole: tidy.to_owned() })
}

/// A name with what may hang on it and stand before it, then with less and less of that.
fn readings(name: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut push = |name: &str| {
        let name = name.trim_matches(QUOTES);
        if !name.is_empty() && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    };
    let bare = |name: &'_ str| {
        let name = name.trim_matches(QUOTES);
        KOREAN.list("particles").iter().find_map(|particle| name.strip_suffix(particle)).unwrap_or(name).len()
    };
    push(name);
    let start = |name: &str| {
        let before = KOREAN.list("before").iter();
        let rest =
            before.filter_map(|before| name.strip_prefix(before)?.strip_prefix([' ', ','])).min_by_key(|r| r.len());
        rest.map_or(0, |rest| name.len() - rest.trim_start().len())
    };
    let at = start(name);
    let shorter = &name[at..];
    let shorter = &shorter[start(shorter)..];
    push(shorter);
    let own = name.trim_matches(QUOTES);
    push(&own[..bare(own)]);
    let own = shorter.trim_matches(QUOTES);
    push(&own[..bare(own)]);
    names
}

/// What stands behind a name begins a word of its own, or follows a quote.
fn behind(text: &str) -> Option<(What, &str)> {
    KOREAN.read(text).or_else(|| {
        // `“Dynamite”같은 노래`.
        let at = text.rfind(['”', '"', '\'', '’'])?;
        let quote = text[at..].chars().next()?.len_utf8();
        let (name, rest) = text.split_at(at + quote);
        (!rest.starts_with(' ')).then(|| KOREAN.read(&format!("x {rest}")).map(|(what, _)| (what, name)))?
    })
}

/// `text` without `end`, which must be a word of its own there, or hang on one that asks (`추천해줘`) or on a quote.
fn strip<'a>(text: &'a str, end: &str) -> Option<&'a str> {
    let rest = text.strip_suffix(end)?;
    let stands_apart = rest.ends_with([' ', '”', '"', '\'', '’']);
    let hangs = (end.starts_with('해') && ["추천", "검색", "소개"].iter().any(|verb| rest.ends_with(verb)))
        || end.starts_with("에 대해");
    ((stands_apart || hangs) && !rest.trim().is_empty()).then(|| rest.trim_end())
}
