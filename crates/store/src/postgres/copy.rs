//! The two formats of `COPY`: text (fields between tabs, rows between line ends, `\N` for null), and binary, which takes the server
//! less time to read and us less to write, but must have exactly the types of the columns.

use std::io::Write;

use chrono::{DateTime, Utc};

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

/// What a binary `COPY` begins with: the format's name, no flags, no extension.
const BINARY_HEAD: &[u8] = b"PGCOPY\n\xFF\r\n\0\0\0\0\0\0\0\0\0";

/// What it ends with, where the number of a row's fields would stand.
const BINARY_END: [u8; 2] = (-1_i16).to_be_bytes();

/// Microseconds from 1970 to 2000, where the server's time begins.
const EPOCH_US: i64 = 946_684_800_000_000;

/// Rows in the format of `COPY ... FROM STDIN (FORMAT binary)`.
#[derive(Debug)]
pub(super) struct CopyBinary {
    bytes: Vec<u8>,
    fields: [u8; 2],
}

impl CopyBinary {
    /// Rows of so many fields each.
    pub(super) fn new(fields: i16) -> Self {
        Self { bytes: BINARY_HEAD.to_vec(), fields: fields.to_be_bytes() }
    }

    /// Begins a row.
    pub(super) fn row(&mut self) -> &mut Self {
        self.bytes.extend_from_slice(&self.fields);
        self
    }

    /// Adds a `text`; none is as long as the format can say, 2 GB.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.field(text.as_bytes())
    }

    /// Adds a `text` or null.
    pub(super) fn optional_text(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.text(text),
            None => {
                self.bytes.extend_from_slice(&(-1_i32).to_be_bytes());
                self
            }
        }
    }

    /// Adds an `int`.
    pub(super) fn int(&mut self, number: i32) -> &mut Self {
        self.field(&number.to_be_bytes())
    }

    /// Adds a `bigint`.
    pub(super) fn bigint(&mut self, number: i64) -> &mut Self {
        self.field(&number.to_be_bytes())
    }

    /// Adds a `timestamptz`, in whole microseconds.
    pub(super) fn time(&mut self, time: DateTime<Utc>) -> &mut Self {
        self.bigint(time.timestamp_micros() - EPOCH_US)
    }

    fn field(&mut self, bytes: &[u8]) -> &mut Self {
        let length = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
        self.bytes.extend_from_slice(&length.to_be_bytes());
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// Number of bytes so far.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Takes the bytes so far.
    pub(super) fn take(&mut self) -> Vec<u8> {
        let capacity = self.bytes.capacity();
        std::mem::replace(&mut self.bytes, Vec::with_capacity(capacity))
    }

    /// The rest, with the end of all rows.
    pub(super) fn end(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(&BINARY_END);
        self.bytes
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

    #[test]
    fn binary_rows_are_as_the_manual_says() {
        let mut copy = CopyBinary::new(5);
        let time = DateTime::from_timestamp(946_684_801, 5_000).unwrap();
        copy.row().text("a\tö").optional_text(None).int(-2).bigint(3).time(time);
        let row = [
            &[0, 5, 0, 0, 0, 4][..],
            "a\tö".as_bytes(),
            &[0xFF; 4],
            &[0, 0, 0, 4, 0xFF, 0xFF, 0xFF, 0xFE],
            &[0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 3],
            &[0, 0, 0, 8, 0, 0, 0, 0, 0, 0x0F, 0x42, 0x45],
        ];
        assert_eq!(BINARY_HEAD.len(), 19);
        assert_eq!(copy.take(), [BINARY_HEAD, &row.concat()].concat());
        assert_eq!(copy.len(), 0);
        assert_eq!(copy.end(), [0xFF, 0xFF]);
    }
}
