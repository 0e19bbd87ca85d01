//! English sentences around a name: `songs like Blinding Lights`, `who is Zior Park?`.

use super::around::{ENGLISH, strip_end, strip_start};
use super::{Ask, What, is_mood};

/// Steps from the whole sentence to what is asked: `ok, could you recommend me some bands like X`.
const STEPS: usize = 6;

/// Single words that ask.
const REQUESTS: [&str; 9] = ["please", "pls", "plz", "recommend", "suggest", "find", "show", "list", "gimme"];

/// The most words of a wish that follows a name.
const WISH: usize = 5;

/// What is asked about which name; `None` where no such sentence is seen.
pub(super) fn read(tidy: &str) -> Option<Ask> {
    if tidy.contains('\n') {
        return None;
    }
    let straight = tidy.replace(['’', '‘'], "'");
    let mut rest = without_polite_end(&straight);
    let mut found: Option<(What, &str)> = None;
    for _ in 0..STEPS {
        match ENGLISH.read(rest) {
            // `how about songs like X`: there may be more to it.
            Some((What::Show, name)) => {
                found = Some((What::Show, name));
                rest = name;
            }
            Some(asked) => {
                found = Some(asked);
                break;
            }
            None => match without_polite_start(rest) {
                Some(shorter) => rest = shorter,
                None => break,
            },
        }
    }
    let (what, name) = match found {
        Some(found) => found,
        // `can you recommend some jazz`: no name is left, but what is wanted is said.
        None if rest.len() < straight.len() && is_mood(rest) => (What::Show, rest),
        // `Beyoncé but sadder`.
        None if wish(rest).is_some_and(|(bare, wish)| compares(wish) && !is_all_or_nothing(bare)) => {
            (What::Similar, rest)
        }
        None => return None,
    };
    let mut names = vec![unquoted(name).to_owned()];
    let wish = wish(name);
    let bare = wish.map_or(name, |(bare, _)| bare);
    // `can you give me Adele songs`: what is polite stands within the sentence.
    let mut asked = bare;
    while let Some(shorter) = without_request(asked) {
        asked = shorter;
    }
    for shorter in [bare, asked].map(unquoted) {
        if !names.iter().any(|name| name == shorter) {
            names.push(shorter.to_owned());
        }
    }
    let besides = wish.map(|(_, wish)| wish.to_owned());
    names.last().is_some_and(|name| !name.is_empty()).then(|| Ask { what, names, besides, whole: tidy.to_owned() })
}

/// `Radiohead but calmer`: the name, and the wish.
fn wish(name: &str) -> Option<(&str, &str)> {
    let at = [", but ", " but ", ", only ", " only ", " except "]
        .iter()
        .filter_map(|mark| {
            name.to_ascii_lowercase().find(mark).map(|at| (at, if mark.starts_with(',') { 2 } else { 1 }))
        })
        .min()?;
    let (bare, wish) = (name[..at.0].trim(), name[at.0 + at.1..].trim());
    (!bare.is_empty() && wish.split_whitespace().count() <= WISH).then_some((bare, wish))
}

/// `calmer`, `but more upbeat`.
fn compares(wish: &str) -> bool {
    wish.split_whitespace().any(|word| matches!(word, "more" | "less") || (word.len() > 4 && word.ends_with("er")))
}

/// `Nothing but Thieves`, `Everything but the Girl`: names.
fn is_all_or_nothing(bare: &str) -> bool {
    ["nothing", "everything", "all", "anything"].iter().any(|word| bare.eq_ignore_ascii_case(word))
}

/// The text without the longest of the polite words at its start.
fn without_polite_start(text: &str) -> Option<&str> {
    without(text, |_| true)
}

/// The same, where those words cannot be the beginning of a name (`So Solid Crew`, `A Tribe Called Quest`).
fn without_request(text: &str) -> Option<&str> {
    without(text, |polite| polite.contains(' ') || polite.contains(',') || REQUESTS.contains(&polite))
}

fn without(text: &str, may_go: impl Fn(&str) -> bool) -> Option<&str> {
    let polite = ENGLISH.list("polite").iter().filter(|polite| may_go(polite));
    let shorter = |polite: &&str| strip_start(text, polite)?.strip_prefix(' ').map(str::trim_start);
    polite.filter_map(shorter).filter(|rest| !rest.is_empty()).min_by_key(|rest| rest.len())
}

fn without_polite_end(text: &str) -> &str {
    let signs = |text: &'_ str| text.trim_end_matches(['?', '!', '.', '~', ' ']).len();
    let mut text = &text[..signs(text)];
    for _ in 0..3 {
        let shorter = |polite: &&str| {
            let rest = strip_end(text, polite)?;
            (polite.starts_with(',') || rest.ends_with(' ')).then(|| rest.trim_end_matches([',', ' ']))
        };
        let ends = ENGLISH.list("polite end").iter().filter_map(shorter).filter(|rest| !rest.is_empty());
        let Some(shorter) = ends.min_by_key(|rest| rest.len()) else { break };
        text = &shorter[..signs(shorter)];
    }
    text
}

fn unquoted(name: &str) -> &str {
    name.trim_matches(['"', '“', '”', ' '])
}
