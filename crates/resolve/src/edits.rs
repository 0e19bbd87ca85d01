//! How many edits two texts are apart, by bits: cheap enough to ask of tens of thousands before what an edit costs is weighed.

/// Longer texts do not fit in a word.
const MOST_LETTERS: usize = 64;

/// A text that others are compared with.
#[derive(Clone, Debug)]
pub(crate) struct Edits {
    length: usize,
    /// For each letter of ASCII the places where it stands, a bit each.
    ascii: [u64; 128],
    /// The same for other letters.
    others: Vec<(char, u64)>,
}

impl Edits {
    /// Prepares a text; `None` where it is empty or longer than 64 letters.
    pub(crate) fn of(text: &[char]) -> Option<Self> {
        if text.is_empty() || text.len() > MOST_LETTERS {
            return None;
        }
        let mut prepared = Self { length: text.len(), ascii: [0; 128], others: Vec::new() };
        for (at, &c) in text.iter().enumerate() {
            let bit = 1 << at;
            match prepared.ascii.get_mut(c as usize) {
                Some(places) => *places |= bit,
                None => match prepared.others.iter_mut().find(|(other, _)| *other == c) {
                    Some((_, places)) => *places |= bit,
                    None => prepared.others.push((c, bit)),
                },
            }
        }
        Some(prepared)
    }

    fn places(&self, c: char) -> u64 {
        let other = || self.others.iter().find(|(other, _)| *other == c).map_or(0, |(_, places)| *places);
        self.ascii.get(c as usize).copied().unwrap_or_else(other)
    }

    /// Insertions, deletions, changes and swaps of neighbours (no letter in two of them) that lead to `other`: the bit-vectors
    /// of Hyyrö, "A bit-vector algorithm for computing Levenshtein and Damerau edit distances" (2003).
    pub(crate) fn to(&self, other: impl IntoIterator<Item = char>) -> usize {
        let last = 1 << (self.length - 1);
        let (mut more, mut less) = (u64::MAX, 0_u64);
        let (mut zero, mut before) = (0_u64, 0_u64);
        let mut edits = self.length;
        for c in other {
            let same = self.places(c);
            let swapped = ((!zero & same) << 1) & before;
            zero = ((same & more).wrapping_add(more) ^ more) | same | less | swapped;
            let risen = less | !(zero | more);
            let fallen = zero & more;
            edits += usize::from(risen & last != 0);
            edits -= usize::from(fallen & last != 0);
            let (risen, fallen) = (risen << 1 | 1, fallen << 1);
            more = fallen | !(zero | risen);
            less = zero & risen;
            before = same;
        }
        edits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    /// The same by the table that everybody knows.
    fn by_table(a: &[char], b: &[char]) -> usize {
        let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                rows[i][j] = match (i, j) {
                    (0, _) | (_, 0) => i.max(j),
                    _ => {
                        let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                        let mut least = changed.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                        if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                            least = least.min(rows[i - 2][j - 2] + 1);
                        }
                        least
                    }
                };
            }
        }
        rows[a.len()][b.len()]
    }

    #[test]
    fn edits_are_counted() {
        let to = |a: &str, b: &str| Edits::of(&chars(a)).unwrap().to(chars(b));
        assert_eq!(to("kanye", "kayne"), 1);
        assert_eq!(to("metallica", "metalica"), 1);
        assert_eq!(to("에스파", "에스피"), 1);
        assert_eq!(to("abc", ""), 3);
        assert!(Edits::of(&[]).is_none());
        assert!(Edits::of(&['a'; 65]).is_none());
    }

    proptest! {
        #[test]
        fn bits_say_what_the_table_says(a in "[a-c가é]{1,64}", b in "[a-c가é]{0,20}") {
            let (a, b) = (chars(&a), chars(&b));
            prop_assert_eq!(Edits::of(&a).unwrap().to(b.iter().copied()), by_table(&a, &b));
        }
    }
}
