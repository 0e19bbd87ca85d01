//! The text format of `COPY`: fields between tabs, rows between line ends, `\N` for null.

use std::io::Write;

/// Rows in the text format of `COPY ... FROM STDIN`.
#[derive(Debug, Default)]
pub(super) struct CopyText {
    bytes: Vec<u8>,
}

impl CopyText {
    /// Adds a field of text.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        let mut rest = text.as_bytes();
        while let Some(at) = rest.iter().position(|b| matches!(b, b'\\' | b'\t' | b'\n' | b'\r')) {
            self.bytes.extend_from_slice(&rest[..at]);
            self.bytes.extend_from_slice(match rest[at] {
                b'\t' => b"\\t",
                b'\n' => b"\\n",
                b'\r' => b"\\r",
                _ => b"\\\\",
            });
            rest = &rest[at + 1..];
        }
        self.bytes.extend_from_slice(rest);
        self.bytes.push(b'\t');
        self
    }

    /// Adds a field of text or null.
    pub(super) fn optional_text(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.text(text),
            None => self.null(),
        }
    }

    /// Adds a field with a number, in the shortest form that reads back as the same number.
    pub(super) fn number(&mut self, number: impl std::fmt::Display) -> &mut Self {
        write!(self.bytes, "{number}\t").expect("writing to memory does not fail");
        self
    }

    /// Adds a field with a number or null.
    pub(super) fn optional_number(&mut self, number: Option<impl std::fmt::Display>) -> &mut Self {
        match number {
            Some(number) => self.number(number),
            None => self.null(),
        }
    }

    fn null(&mut self) -> &mut Self {
        self.bytes.extend_from_slice(b"\\N\t");
        self
    }

    /// Ends the row.
    pub(super) fn end_row(&mut self) {
        // The tab behind the last field becomes the end of the row.
        if let Some(last) = self.bytes.last_mut() {
            *last = b'\n';
        }
    }

    /// Number of bytes so far.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Takes the bytes so far, whole rows if called between rows.
    pub(super) fn take(&mut self) -> Vec<u8> {
        let capacity = self.bytes.capacity();
        std::mem::replace(&mut self.bytes, Vec::with_capacity(capacity))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_escaped() {
        let mut copy = CopyText::default();
        copy.text("a\tb\\N\r\nö").optional_text(None).number(-1.5_f32).optional_number(None::<i32>).text("").end_row();
        assert_eq!(String::from_utf8(copy.take()).unwrap(), "a\\tb\\\\N\\r\\nö\t\\N\t-1.5\t\\N\t\n");
        assert_eq!(copy.len(), 0);
    }
}
