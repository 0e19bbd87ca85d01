//! Whether one text may be another, mistyped: for texts that are no names of artists, such as titles.

use crate::typo;

/// A text as somebody typed it, folded.
#[derive(Clone, Debug)]
pub struct Typed {
    letters: Vec<char>,
    signature: u32,
    allowance: f32,
}

impl Typed {
    /// `folded` must be folded as the texts are that it is compared with.
    #[must_use]
    pub fn new(folded: &str) -> Self {
        let letters: Vec<char> = folded.chars().filter(|c| !c.is_whitespace()).collect();
        Self { signature: letters_of(&letters), allowance: typo::allowance(letters.len()), letters }
    }

    /// Which letters a folded text has: with it most texts that are no candidates are told without looking at them.
    #[must_use]
    pub fn signature(folded: &str) -> u32 {
        letters_of(&folded.chars().filter(|c| !c.is_whitespace()).collect::<Vec<_>>())
    }

    /// Whether a text of this signature may be meant.
    #[must_use]
    pub fn may_mean(&self, signature: u32) -> bool {
        // A slip costs less than half only where a letter is doubled, which these signatures do not show.
        self.allowance > 0.0
            && typo::may_be_near(self.signature.into(), signature.into(), if self.allowance < 1.0 { 1 } else { 3 })
    }

    /// What it costs to take the folded text `meant` for it: 0 where they are the same, about 1 for a slip. `None` where it is too
    /// far away for its length; texts of up to three letters forgive nothing.
    #[must_use]
    pub fn cost(&self, meant: &str) -> Option<f32> {
        let meant: Vec<char> = meant.chars().filter(|c| !c.is_whitespace()).collect();
        let allowance = self.allowance.min(typo::allowance(meant.len()));
        typo::cost(&self.letters, &meant, allowance)
    }
}

/// A bit for each letter; what is no letter of the alphabet shares six. In half the room of [`typo::signature`], for millions of
/// texts.
fn letters_of(text: &[char]) -> u32 {
    let bit = |c: char| if c.is_ascii_lowercase() { c as u32 - 'a' as u32 } else { 26 + c as u32 % 6 };
    text.iter().fold(0, |bits, c| bits | 1 << bit(*c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_forgiven_by_length() {
        for (typed, meant) in [("dynamte", "dynamite"), ("blindng lights", "blinding lights"), ("dymanite", "dynamite")]
        {
            let text = Typed::new(typed);
            assert!(text.cost(meant).is_some_and(|cost| cost > 0.0), "{typed}");
            assert!(text.may_mean(Typed::signature(meant)), "{typed}");
        }
        for (typed, meant) in
            [("help", "hell"), ("hey", "hay"), ("yellow", "mellow"), ("dynamite", "dynasty"), ("", "a")]
        {
            assert_eq!(Typed::new(typed).cost(meant), None, "{typed}");
        }
        assert_eq!(Typed::new("dynamite").cost("dynamite"), Some(0.0));
    }
}
