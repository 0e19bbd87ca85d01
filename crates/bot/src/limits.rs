//! What a platform takes, and text that cannot be longer than that.

use std::fmt;

use unicode_segmentation::UnicodeSegmentation;

use crate::action::Payload;

/// In what a platform counts the length of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Units of UTF-16: an emoji counts two or more. Never fewer than characters, so it is right for platforms that count
    /// characters, too, or do not say.
    Utf16,
    /// Bytes of UTF-8.
    Bytes,
}

impl Unit {
    /// The length of `text`.
    pub fn length(self, text: &str) -> usize {
        match self {
            Self::Utf16 => text.encode_utf16().count(),
            Self::Bytes => text.len(),
        }
    }
}

/// What a platform takes. Lengths are in [`unit`](Self::unit), counts in pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// In what text is counted.
    pub unit: Unit,
    /// Text of a message.
    pub text: usize,
    /// Text under a card's title; on platforms whose cards have no title of their own, title and all.
    pub subtitle: usize,
    /// Title of a card.
    pub title: usize,
    /// Cards side by side; 1: single cards only, lists are text; 0: no cards at all.
    pub cards: usize,
    /// Buttons on a card, a link among them.
    pub card_buttons: usize,
    /// Text on a button of a card.
    pub button: usize,
    /// Choices under a message.
    pub choices: usize,
    /// Text on a choice.
    pub choice: usize,
    /// Bytes that a choice carries; at least [`Payload::MAX`].
    pub payload: usize,
    /// Bytes of a link or a picture's address.
    pub url: usize,
    /// Whether words can be links; otherwise addresses are left to cards.
    pub links_in_text: bool,
}

impl Limits {
    /// Facebook Messenger: generic templates side by side, quick replies.
    pub const MESSENGER: Self = Self {
        unit: Unit::Utf16,
        text: 2000,
        subtitle: 80,
        title: 80,
        cards: 10,
        card_buttons: 3,
        button: 20,
        choices: 13,
        choice: 20,
        payload: 1000,
        url: 2000,
        links_in_text: false,
    };

    /// Telegram: photos with a caption, inline keyboards. The caption is title and subtitle, which together with the line
    /// end between them keep within 1,024. Keyboards may be larger; more than this nobody reads.
    pub const TELEGRAM: Self = Self {
        unit: Unit::Utf16,
        text: 4096,
        subtitle: 760,
        title: 256,
        cards: 1,
        card_buttons: 1,
        button: 40,
        choices: 20,
        choice: 40,
        payload: 64,
        url: 2000,
        links_in_text: true,
    };

    /// A terminal: text, and choices that are typed.
    pub const TERMINAL: Self = Self {
        unit: Unit::Bytes,
        text: 16_384,
        subtitle: 1024,
        title: 256,
        cards: 0,
        card_buttons: 0,
        button: 80,
        choices: 20,
        choice: 80,
        payload: Payload::MAX,
        url: 2000,
        links_in_text: true,
    };
}

/// Text that is no longer than the place that it was made for takes, and in which nothing invisible changes the direction of
/// what follows.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Text(String);

impl Text {
    /// `text` in at most `max` units, cut between two letters as people see them, with an ellipsis where something was cut.
    /// Control characters go (line ends stay), and so do marks that turn the direction of text.
    pub fn clip(text: &str, max: usize, unit: Unit) -> Self {
        let mut clean = String::with_capacity(text.len().min(max.saturating_mul(4)));
        for c in text.chars() {
            match c {
                '\n' => clean.push('\n'),
                '\t' | '\r' => clean.push(' '),
                c if c.is_control() => {}
                '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' => {}
                c => clean.push(c),
            }
        }
        let clean = clean.trim();
        if unit.length(clean) <= max {
            return Self(clean.to_owned());
        }
        let room = max.saturating_sub(unit.length("…"));
        let mut length = 0;
        let mut end = 0;
        for (at, cluster) in clean.grapheme_indices(true) {
            length += unit.length(cluster);
            if length > room {
                break;
            }
            end = at + cluster.len();
        }
        let mut cut = clean[..end].trim_end().to_owned();
        if unit.length("…") <= max {
            cut.push('…');
        }
        Self(cut)
    }

    /// Text that was put together of clipped pieces and measured as a whole.
    pub(crate) fn of_clipped(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn clipped_text_fits(text in "(\\PC|[\u{0}-\u{1f}]|👩‍👩‍👧|e\u{301}|가){0,60}", max in 0..40_usize) {
            for unit in [Unit::Utf16, Unit::Bytes] {
                let clipped = Text::clip(&text, max, unit);
                prop_assert!(unit.length(clipped.as_str()) <= max, "{clipped:?}");
                prop_assert!(!clipped.as_str().chars().any(|c| c.is_control() && c != '\n'));
                let again = Text::clip(clipped.as_str(), max, unit);
                prop_assert_eq!(again, clipped);
            }
        }
    }

    #[test]
    fn what_fits_is_left_as_it_is() {
        assert_eq!(Text::clip("에스파", 3, Unit::Utf16).as_str(), "에스파");
        assert_eq!(Text::clip("에스파", 9, Unit::Bytes).as_str(), "에스파");
    }

    #[test]
    fn it_is_cut_between_letters_as_people_see_them() {
        assert_eq!(Text::clip("a👩‍👩‍👧b", 5, Unit::Utf16).as_str(), "a…");
        assert_eq!(Text::clip("cafe\u{301} noir", 7, Unit::Utf16).as_str(), "cafe\u{301}…");
        assert_eq!(Text::clip("에스파", 8, Unit::Bytes).as_str(), "에…");
    }

    #[test]
    fn nothing_turns_the_direction_of_what_follows() {
        assert_eq!(Text::clip("a\u{202e}b\u{7}c\td\n", 20, Unit::Utf16).as_str(), "abc d");
    }
}
