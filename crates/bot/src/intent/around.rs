//! Sentences around a name, as patterns in text: `songs like *`, `* 노래`. One list for each language, beside the phrases.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::What;
use super::phrases::entries;

/// The patterns of a language, and its lists of words that say nothing.
pub(super) struct Around {
    patterns: Vec<(&'static str, &'static str, What)>,
    lists: HashMap<&'static str, Vec<&'static str>>,
}

pub(super) static ENGLISH: LazyLock<Around> =
    LazyLock::new(|| Around::parse(include_str!("phrases/english_around.txt")));
pub(super) static KOREAN: LazyLock<Around> = LazyLock::new(|| Around::parse(include_str!("phrases/korean_around.txt")));

impl Around {
    fn parse(text: &'static str) -> Self {
        let mut all = Self { patterns: Vec::new(), lists: HashMap::new() };
        for (heading, entry) in entries(text) {
            match (what(heading), entry.split_once('*')) {
                (Some(what), Some((before, behind))) => all.patterns.push((before, behind, what)),
                _ => all.lists.entry(heading).or_default().push(entry),
            }
        }
        all
    }

    /// The words of a list.
    pub(super) fn list(&self, heading: &str) -> &[&'static str] {
        self.lists.get(heading).map_or(&[], Vec::as_slice)
    }

    /// What is asked about which name. Where several patterns fit, the longest sentence around the name is meant.
    pub(super) fn read<'a>(&self, text: &'a str) -> Option<(What, &'a str)> {
        let fits = |(before, behind, what): &(&str, &str, What)| {
            let name = strip_end(strip_start(text, before)?, behind)?;
            (!name.trim().is_empty()).then_some((*what, name.trim()))
        };
        self.patterns.iter().filter_map(fits).min_by_key(|(_, name)| name.len())
    }
}

fn what(heading: &str) -> Option<What> {
    Some(match heading {
        "songs like" => What::SongsLike,
        "similar" => What::Similar,
        "songs" => What::Songs,
        "show" => What::Show,
        _ => return None,
    })
}

/// `text` without `start`, which may be in capitals.
pub(super) fn strip_start<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let head = text.get(..start.len())?;
    head.eq_ignore_ascii_case(start).then(|| &text[start.len()..])
}

/// `text` without `end`, which may be in capitals.
pub(super) fn strip_end<'a>(text: &'a str, end: &str) -> Option<&'a str> {
    let at = text.len().checked_sub(end.len())?;
    let tail = text.get(at..)?;
    tail.eq_ignore_ascii_case(end).then(|| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_what_they_are_taken_for() {
        for (around, lists) in
            [(&*ENGLISH, &["polite", "polite end"][..]), (&*KOREAN, &["requests", "before", "particles"])]
        {
            let mut headings: Vec<&str> = around.lists.keys().copied().collect();
            let mut expected = lists.to_vec();
            headings.sort_unstable();
            expected.sort_unstable();
            assert_eq!(headings, expected, "an entry without a name stands among the patterns");
            assert!(around.patterns.len() > 80);
            assert!(around.patterns.iter().all(|(before, behind, _)| !(before.is_empty() && behind.is_empty())));
        }
    }
}
