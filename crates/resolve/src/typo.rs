//! How likely one text is the other, mistyped.

use std::sync::LazyLock;

/// Longer texts are not compared.
pub(crate) const MOST_LETTERS: usize = 64;

/// What a typist may get wrong in a name of `letters` letters before it is another name; 0 for the shortest.
pub(crate) fn allowance(letters: usize) -> f32 {
    match letters {
        0..=3 => 0.0,
        4 => 0.62,
        5 => 0.65,
        6 => 0.85,
        7 => 1.05,
        8 => 1.3,
        9 => 1.5,
        10 => 1.7,
        11 => 1.9,
        12..=15 => 2.2,
        _ => 2.6,
    }
}

/// Which letters a text has, a bit each and another for those that it has twice (digits and other signs share some): with
/// it most texts that are too far apart are told without looking at them.
pub(crate) fn signature(text: &[char]) -> u64 {
    text.iter().fold(0, |bits, &c| {
        let bit = bit(c);
        // The second time the bit beside it.
        bits | bit | if c.is_ascii_lowercase() { (bits & bit) << 1 } else { 0 }
    })
}

fn bit(c: char) -> u64 {
    1 << match c {
        'a'..='z' => 2 * (c as u32 - 'a' as u32),
        '0'..='9' => 52 + c as u32 % 3,
        _ => 55 + c as u32 % 9,
    }
}

/// Whether two signatures may belong to texts that are at most `edits` letters apart.
pub(crate) fn may_be_near(a: u64, b: u64, edits: u32) -> bool {
    (a & !b).count_ones() <= edits && (b & !a).count_ones() <= edits
}

/// What can be told of a text without a look at it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Letters {
    pub(crate) signature: u64,
    /// How many they are.
    pub(crate) length: usize,
}

impl Letters {
    /// So many edits at least lie between two texts. Each letter that one has more than the other is one of them, and puts none
    /// in the place of another.
    pub(crate) fn least_edits(self, other: Self) -> usize {
        let longer = other.length.saturating_sub(self.length);
        let shorter = self.length.saturating_sub(other.length);
        (lacking(self.signature, other.signature) + longer).max(lacking(other.signature, self.signature) + shorter)
    }

    /// Letters that one of the two lacks, whichever lacks more.
    pub(crate) fn apart(self, other: u64) -> usize {
        lacking(self.signature, other).max(lacking(other, self.signature))
    }
}

/// Letters of the one that the other has not.
fn lacking(of: u64, other: u64) -> usize {
    (of & !other).count_ones() as usize
}

/// The cost of typing `typed` where `meant` was meant: about 1 for a slip without a reason, less for a neighbouring key, a
/// doubled letter, two letters changed over, a vowel for a vowel; more at the beginning, and for digits. `None` where it
/// is more than `most`.
pub(crate) fn cost(typed: &[char], meant: &[char], most: f32) -> Option<f32> {
    if typed.len() > MOST_LETTERS || meant.len() > MOST_LETTERS {
        return None;
    }
    let width = meant.len() + 1;
    let mut left_out = [0_f32; MOST_LETTERS];
    for (at, cost) in left_out.iter_mut().enumerate().take(meant.len()) {
        *cost = omitted(meant, at);
    }
    let mut rows = [[0_f32; MOST_LETTERS + 1]; 3];
    for j in 1..width {
        rows[0][j] = rows[0][j - 1] + left_out[j - 1];
    }
    let mistakes = &*MISTAKES;
    let mut least_before = 0.0;
    for i in 1..=typed.len() {
        let (now, before, earlier) = (i % 3, (i + 2) % 3, (i + 1) % 3);
        let (letter, added) = (typed[i - 1], added(typed, i - 1));
        rows[now][0] = rows[before][0] + added;
        let mut least = rows[now][0];
        for j in 1..width {
            let mut cost = rows[before][j - 1] + mistaken(mistakes, letter, meant[j - 1], i == 1 && j == 1);
            cost = cost.min(rows[before][j] + added).min(rows[now][j - 1] + left_out[j - 1]);
            if i > 1 && j > 1 && letter == meant[j - 2] && typed[i - 2] == meant[j - 1] {
                let crossed = if i == 2 && j == 2 { 0.7 } else { 0.6 };
                cost = cost.min(rows[earlier][j - 2] + crossed);
            }
            rows[now][j] = cost;
            least = least.min(cost);
        }
        // Two rows: letters that changed over reach behind one.
        if least > most && least_before > most {
            return None;
        }
        least_before = least;
    }
    Some(rows[typed.len() % 3][meant.len()]).filter(|cost| *cost <= most)
}

/// A letter of the name that was not typed.
fn omitted(meant: &[char], at: usize) -> f32 {
    let c = meant[at];
    let doubled = at > 0 && meant[at - 1] == c;
    match c {
        _ if c.is_numeric() => 1.5,
        _ if doubled => 0.4,
        _ if at == 0 => 1.1,
        'h' => 0.6,
        _ if is_vowel(c) => 0.7,
        _ => 0.8,
    }
}

/// A letter that was typed and is not in the name.
fn added(typed: &[char], at: usize) -> f32 {
    let c = typed[at];
    let beside = |other: Option<&char>, test: fn(char, char) -> bool| other.is_some_and(|&o| test(o, c));
    let (left, right) = (at.checked_sub(1).and_then(|l| typed.get(l)), typed.get(at + 1));
    if c.is_numeric() {
        1.5
    } else if beside(left, |a, b| a == b) {
        0.4
    } else if at == 0 {
        1.2
    } else if beside(left, are_neighbours) || beside(right, are_neighbours) {
        0.7
    } else if is_vowel(c) {
        0.85
    } else {
        0.95
    }
}

/// What [`mistake`] says of the letters of the alphabet: it is asked for each letter with each, of thousands of names.
static MISTAKES: LazyLock<[[f32; LATIN]; LATIN]> = LazyLock::new(|| {
    let letter = |at: usize| ('a'..='z').nth(at).unwrap_or('a');
    std::array::from_fn(|typed| std::array::from_fn(|meant| mistake(letter(typed), letter(meant))))
});

/// Letters of the alphabet.
const LATIN: usize = 26;

/// One letter for another.
fn mistaken(mistakes: &[[f32; LATIN]; LATIN], typed: char, meant: char, first: bool) -> f32 {
    let at = |c: char| (c as usize).wrapping_sub('a' as usize);
    let cost = match mistakes.get(at(typed)).and_then(|of| of.get(at(meant))) {
        Some(cost) => *cost,
        None => mistake(typed, meant),
    };
    let at_first = first && typed != meant && !typed.is_numeric() && !meant.is_numeric();
    if at_first { 0.6 + cost } else { cost }
}

/// One letter for another, inside a word.
fn mistake(typed: char, meant: char) -> f32 {
    if typed == meant {
        0.0
    } else if typed.is_numeric() || meant.is_numeric() {
        2.0
    } else if sound_alike(typed, meant) {
        0.5
    } else if are_neighbours(typed, meant) {
        0.6
    } else if is_vowel(typed) && is_vowel(meant) {
        0.7
    } else {
        1.0
    }
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

fn sound_alike(a: char, b: char) -> bool {
    let (a, b) = if a < b { (a, b) } else { (b, a) };
    matches!(
        (a, b),
        ('c', 'k') | ('c', 's') | ('s', 'z') | ('i', 'y') | ('f', 'v') | ('k', 'q') | ('g', 'j') | ('v', 'w')
    )
}

/// Whether two keys of the common Latin keyboard touch.
fn are_neighbours(a: char, b: char) -> bool {
    let (Some((row, at)), Some((other_row, other))) = (key(a), key(b)) else { return false };
    // Rows are a quarter and half a key apart; positions are in quarters.
    row.abs_diff(other_row) <= 1 && at.abs_diff(other) <= 4 && (row, at) != (other_row, other)
}

fn key(c: char) -> Option<(u32, u32)> {
    ["qwertyuiop", "asdfghjkl", "zxcvbnm"].iter().zip([(0, 0), (1, 1), (2, 3)]).find_map(|(keys, (row, shift))| {
        let at = keys.chars().position(|k| k == c)?;
        Some((row, u32::try_from(at).ok()? * 4 + shift))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(typed: &str, meant: &str) -> f32 {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        cost(&chars(typed), &chars(meant), 99.0).unwrap()
    }

    #[test]
    fn likely_slips_cost_less_than_others() {
        assert_eq!(of("metallica", "metallica"), 0.0);
        assert!(of("metalica", "metallica") < of("metllica", "metallica"));
        assert!(of("skilleg", "skillet") < of("skilleb", "skillet"));
        assert!(of("kayne", "kanye") < of("kaxxe", "kanye"));
        assert!(of("unitedd", "united") < of("unitedx", "united"));
        assert!(of("bettle", "kettle") > of("kettke", "kettle"));
        assert!(of("e50", "e40") > 1.5);
    }

    #[test]
    fn short_names_forgive_nothing() {
        assert_eq!(allowance(3), 0.0);
        assert!((4..40).all(|n| allowance(n) >= allowance(n - 1)));
    }

    proptest! {
        #[test]
        fn a_bound_only_cuts_off(a in "[a-e]{0,9}", b in "[a-e]{0,9}", most in 0.0_f32..4.0) {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            let whole = cost(&a, &b, 99.0).unwrap();
            prop_assert_eq!(cost(&a, &b, most), (whole <= most).then_some(whole));
        }

        #[test]
        fn letters_never_tell_of_more_edits_than_there_are(a in "[a-d0-2가-다]{1,9}", b in "[a-d0-2가-다]{1,9}") {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            let letters = |text: &[char]| Letters { signature: signature(text), length: text.len() };
            let edits = crate::edits::Edits::of(&a).unwrap().to(b.iter().copied());
            prop_assert!(letters(&a).least_edits(letters(&b)) <= edits);
        }

        #[test]
        fn signatures_never_refuse_what_is_near(word in "[a-z0-9가-힣]{3,12}", at in 0_usize..12, c in "[a-z]") {
            let chars: Vec<char> = word.chars().collect();
            let mut changed = chars.clone();
            let at = at % changed.len();
            changed[at] = c.chars().next().unwrap();
            prop_assert!(may_be_near(signature(&chars), signature(&changed), 1));
        }
    }
}
