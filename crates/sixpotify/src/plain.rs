//! Text from outside, made harmless for terminals.

use std::borrow::Cow;

use serde_json::ser::Formatter;

/// Whether a character could do something to a terminal: controls (C0, C1), line and paragraph separators, and marks
/// that change the direction of what follows.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// `text` with such characters replaced by `�`. Line ends are among them: a name is one line.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_unsafe) {
        text.chars().map(|c| if is_unsafe(c) { '\u{FFFD}' } else { c }).collect::<String>().into()
    } else {
        text.into()
    }
}

/// Writes JSON in which such characters are escaped (`\u009b`), so that the value survives and the terminal too.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SafeJson;

impl Formatter for SafeJson {
    fn write_string_fragment<W: std::io::Write + ?Sized>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> std::io::Result<()> {
        let mut written = 0;
        for (at, c) in fragment.char_indices().filter(|(_, c)| is_unsafe(*c)) {
            out.write_all(&fragment.as_bytes()[written..at])?;
            write!(out, "\\u{:04x}", u32::from(c))?;
            written = at + c.len_utf8();
        }
        out.write_all(&fragment.as_bytes()[written..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize as _;

    const NASTY: &str = "a\u{1b}[2Jb\u{9b}31m\u{202e}c\n방";

    #[test]
    fn nothing_reaches_the_terminal_but_text() {
        assert_eq!(plain(NASTY), "a�[2Jb�31m�c�방");
        assert!(matches!(plain("에스파 & Beyoncé"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_keeps_the_value() {
        let mut out = Vec::new();
        NASTY.serialize(&mut serde_json::Serializer::with_formatter(&mut out, SafeJson)).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "\"a\\u001b[2Jb\\u009b31m\\u202ec\\n방\"");
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), NASTY);
    }
}
