//! Texts that are at most so many edits from another, by their pieces.
//!
//! A text cut into `n + 1` pieces keeps one of them whole through `n` edits. So each is stored under the hashes of its
//! pieces (with their number and the text's length), and a query asks for those of its own substrings that a piece may
//! have become: the selection of Li, Deng, Wang and Feng, "Pass-Join" (VLDB 2011). Exact up to the number of edits, with
//! two to four entries a text.

use crate::postings::hash;

/// Texts of other lengths are not stored.
pub(crate) const LENGTHS: std::ops::RangeInclusive<usize> = 4..=64;

/// Edits (insertions, deletions, changes) that a text of this length is found through.
pub(crate) fn edits(length: usize) -> usize {
    match length {
        0..=3 => 0,
        4..=7 => 1,
        8..=11 => 2,
        _ => 3,
    }
}

/// The pieces of a text of `length`: where each begins, and its length. The later ones are the longer.
fn pieces(length: usize) -> impl Iterator<Item = (usize, usize, usize)> {
    let count = edits(length) + 1;
    let (short, longer) = (length / count, length % count);
    (0..count).map(move |number| {
        let extra = number.saturating_sub(count - longer);
        (number, number * short + extra, short + usize::from(number >= count - longer))
    })
}

fn key(length: usize, number: usize, piece: &[char]) -> u32 {
    let salt = 0x5e60 + u32::try_from(length * 8 + number).unwrap_or(0);
    hash(salt, piece.iter().map(|&c| c as u32))
}

/// The hashes to store `text` under.
pub(crate) fn stored(text: &[char]) -> impl Iterator<Item = u32> + '_ {
    let length = if LENGTHS.contains(&text.len()) { text.len() } else { 0 };
    let taken = if length == 0 { 0 } else { usize::MAX };
    pieces(length).take(taken).map(move |(number, start, size)| key(length, number, &text[start..start + size]))
}

/// Calls `visit` with each hash under which a text within `most` edits of `query` may be stored (and within [`edits`] of
/// its own length), with its length, and with those edits.
pub(crate) fn asked(query: &[char], most: usize, mut visit: impl FnMut(u32, usize, usize)) {
    let most = most.min(edits(query.len() + 3));
    for length in query.len().saturating_sub(most)..=query.len() + most {
        asked_of(query, length, edits(length).min(most), &mut visit);
    }
}

/// [`asked`] for texts that have two neighbours of `query` the other way round, and `most` edits besides. A swap is two edits,
/// but inside a piece it spoils one, as one edit does: only those across the border of two pieces need be undone.
pub(crate) fn asked_crossed(query: &[char], most: usize, mut visit: impl FnMut(u32, usize, usize)) {
    let mut crossed = query.to_vec();
    for length in query.len().saturating_sub(most)..=query.len() + most {
        for (_, border, _) in pieces(length).skip(1).filter(|_| LENGTHS.contains(&length)) {
            let from = border.saturating_sub(most).max(1);
            for at in from..=(border + most).min(query.len().saturating_sub(1)) {
                if crossed[at] != crossed[at - 1] {
                    crossed.swap(at - 1, at);
                    asked_of(&crossed, length, edits(length).min(most), &mut visit);
                    crossed.swap(at - 1, at);
                }
            }
        }
    }
}

fn asked_of(query: &[char], length: usize, edits: usize, visit: &mut impl FnMut(u32, usize, usize)) {
    if !LENGTHS.contains(&length) || query.len().abs_diff(length) > edits {
        return;
    }
    // Before piece `i` at most `i` edits need be thought of, behind it at most `edits - i`: with more of them on one
    // side, another piece is whole.
    for (number, start, size) in pieces(length).take(edits + 1) {
        let (start, shift) = (signed(start), signed(query.len()) - signed(length));
        let (before, behind) = (signed(number), signed(edits - number));
        let first = (start - before).max(start + shift - behind).max(0);
        let last = (start + before).min(start + shift + behind).min(signed(query.len()) - signed(size));
        for at in first..=last {
            let at = usize::try_from(at).unwrap_or(0);
            visit(key(length, number, &query[at..at + size]), length, edits);
        }
    }
}

fn signed(n: usize) -> isize {
    isize::try_from(n).unwrap_or(isize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    #[test]
    fn pieces_cover_the_text() {
        for length in 4..=64 {
            let mut next = 0;
            for (_, start, size) in pieces(length) {
                assert_eq!(start, next, "{length}");
                next += size;
            }
            assert_eq!(next, length);
        }
        assert_eq!(stored(&chars("abc")).count(), 0);
        assert_eq!(stored(&chars(&"a".repeat(65))).count(), 0);
    }

    #[derive(Clone, Debug)]
    enum Edit {
        Insert(usize, char),
        Delete(usize),
        Change(usize, char),
    }

    fn edit() -> impl Strategy<Value = Edit> {
        let letter = prop::char::range('a', 'd');
        prop_oneof![
            (0_usize..99, letter.clone()).prop_map(|(at, c)| Edit::Insert(at, c)),
            (0_usize..99).prop_map(Edit::Delete),
            (0_usize..99, letter).prop_map(|(at, c)| Edit::Change(at, c)),
        ]
    }

    proptest! {
        #[test]
        fn every_text_within_the_edits_is_found(text in "[a-d]{4,20}", list in prop::collection::vec(edit(), 0..=3)) {
            let text = chars(&text);
            let mut query = text.clone();
            for edit in list.iter().take(edits(text.len())) {
                match *edit {
                    Edit::Insert(at, c) => query.insert(at % (query.len() + 1), c),
                    Edit::Delete(at) => drop(query.remove(at % query.len())),
                    Edit::Change(at, c) => { let at = at % query.len(); query[at] = c; }
                }
            }
            let stored: Vec<u32> = stored(&text).collect();
            let mut found = false;
            asked(&query, usize::MAX, |hash, _, _| found |= stored.contains(&hash));
            prop_assert!(found, "{text:?} {query:?}");
        }

        #[test]
        fn a_swap_and_the_other_edits_are_found(text in "[a-d]{4,12}", at in 0_usize..99, other in edit()) {
            let text = chars(&text);
            let mut query = text.clone();
            let at = at % (text.len() - 1);
            query.swap(at, at + 1);
            let besides = usize::from(text.len() > 7);
            if besides > 0 {
                // An edit apart from the swap.
                match other {
                    Edit::Insert(to, c) if to % query.len() > at + 1 => query.insert(to % query.len(), c),
                    Edit::Delete(to) if to % query.len() > at + 1 => drop(query.remove(to % query.len())),
                    Edit::Change(to, c) => { let to = to % query.len(); if to > at + 1 { query[to] = c; } }
                    _ => {}
                }
            }
            let stored: Vec<u32> = stored(&text).collect();
            let mut found = false;
            asked(&query, usize::MAX, |hash, _, _| found |= stored.contains(&hash));
            asked_crossed(&query, besides, |hash, _, _| found |= stored.contains(&hash));
            prop_assert!(found, "{text:?} {query:?}");
        }
    }
}
