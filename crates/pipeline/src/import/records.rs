//! The records of a CSV text, one by one, each with its line, in bounded memory.
//!
//! Fields are read by RFC 4180 (`csv-core`). A quote that is never closed would swallow the rest of a file: a record may span so many
//! lines and bytes, and one of several lines must have as many fields as the header. Where it does not hold, its first line is left
//! out alone, and the lines behind it are read as if it had not been there.

use std::collections::VecDeque;
use std::io::{self, BufRead};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// Longest record in bytes.
const LONGEST: usize = 1 << 20;

/// Most lines of one record.
const MOST_LINES: usize = 100;

/// Reads records from a text.
pub(super) struct Records {
    input: Box<dyn BufRead + Send>,
    parser: Reader,
    /// Lines that were read for a record whose quote was not closed, and are to be read again.
    again: VecDeque<Line>,
    /// Number of the last line that was read.
    line: u64,
    /// How many fields every record has; 0 before the header.
    width: usize,
    fields: Vec<u8>,
    ends: Vec<usize>,
}

/// One line with its end; longer ones are cut and keep their length.
struct Line {
    number: u64,
    bytes: Vec<u8>,
    length: usize,
}

/// What comes next.
pub(super) enum Next<'a> {
    /// A record with the number of its first line.
    Record(u64, Fields<'a>),
    /// Something that is no record, and why.
    Bad(u64, String),
}

/// The fields of a record.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    text: &'a str,
    ends: &'a [usize],
}

impl<'a> Fields<'a> {
    /// The field at `index`; an empty one where there is none.
    pub(super) fn get(self, index: usize) -> &'a str {
        let start = index.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        match (start, self.ends.get(index)) {
            (Some(start), Some(end)) => &self.text[start..*end],
            _ => "",
        }
    }

    /// All fields, in order.
    pub(super) fn iter(self) -> impl Iterator<Item = &'a str> {
        (0..self.ends.len()).map(move |index| self.get(index))
    }
}

impl Records {
    /// The records of `input`, in fields parted by `delimiter`.
    pub(super) fn new(input: Box<dyn BufRead + Send>) -> Self {
        Self {
            input,
            parser: Reader::new(),
            again: VecDeque::new(),
            line: 0,
            width: 0,
            fields: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Reads the line of the header: that many fields every record must have. Fields are parted by the one of `delimiters` by
    /// which `score` is highest, the first of equals.
    pub(super) fn header(
        &mut self,
        delimiters: &[u8],
        score: impl Fn(Fields<'_>) -> usize,
    ) -> io::Result<Option<Next<'_>>> {
        let Some(first) = self.line()? else { return Ok(None) };
        let mut best = (0, b',');
        for delimiter in delimiters.iter().rev() {
            self.parser = ReaderBuilder::new().delimiter(*delimiter).build();
            self.again.push_front(Line { number: first.number, length: first.length, bytes: first.bytes.clone() });
            if let Some(Next::Record(_, fields)) = self.next()? {
                let score = score(fields);
                if score >= best.0 {
                    best = (score, *delimiter);
                }
            }
        }
        self.parser = ReaderBuilder::new().delimiter(best.1).build();
        let number = first.number;
        self.again.push_front(first);
        let bad = match self.next()? {
            None => return Ok(None),
            Some(Next::Bad(number, reason)) => Some((number, reason)),
            Some(Next::Record(..)) => None,
        };
        if let Some((number, reason)) = bad {
            return Ok(Some(Next::Bad(number, reason)));
        }
        self.width = self.ends.len();
        Ok(Some(self.checked(number)))
    }

    /// The next record, or what stands in its place; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Next<'_>>> {
        let Some(first) = self.line()? else { return Ok(None) };
        let number = first.number;
        if first.length > LONGEST {
            return Ok(Some(Next::Bad(number, format!("a line of {} bytes is too long", first.length))));
        }
        self.parser.reset();
        self.fields.clear();
        self.ends.clear();
        let mut read = (0, 0);
        let mut closed = self.feed(&first.bytes, &mut read);
        let mut more: Vec<Line> = Vec::new();
        let mut total = first.bytes.len();
        while !closed && more.len() + 1 < MOST_LINES && total <= LONGEST {
            let Some(line) = self.line_in_record()? else { break };
            total += line.length;
            if line.length <= LONGEST {
                closed = self.feed(&line.bytes, &mut read);
            }
            more.push(line);
        }
        self.fields.truncate(read.0);
        self.ends.truncate(read.1);
        if !closed || (!more.is_empty() && self.width > 0 && self.ends.len() != self.width) {
            for line in more.into_iter().rev() {
                self.again.push_front(line);
            }
            return Ok(Some(Next::Bad(number, "a quote is opened and never closed".to_owned())));
        }
        Ok(Some(self.checked(number)))
    }

    /// The record that was read, if it is text and of the right width.
    fn checked(&self, number: u64) -> Next<'_> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let no_text =
            starts.zip(&self.ends).any(|(start, end)| std::str::from_utf8(&self.fields[start..*end]).is_err());
        let Ok(text) = std::str::from_utf8(&self.fields) else {
            return Next::Bad(number, "holds bytes that are no text".to_owned());
        };
        if no_text {
            return Next::Bad(number, "holds bytes that are no text".to_owned());
        }
        if text.contains('\0') {
            return Next::Bad(number, "holds a zero byte".to_owned());
        }
        if self.width > 0 && self.ends.len() != self.width {
            let reason = format!("has {} fields where the header has {}", self.ends.len(), self.width);
            return Next::Bad(number, reason);
        }
        Next::Record(number, Fields { text, ends: &self.ends })
    }

    /// Parses a line of a record; whether the record ends with it. `read`: bytes and fields so far.
    fn feed(&mut self, mut line: &[u8], read: &mut (usize, usize)) -> bool {
        loop {
            if self.fields.len() < read.0 + line.len() + 8 {
                self.fields.resize(2 * read.0 + line.len() + 1024, 0);
            }
            if self.ends.len() < read.1 + 8 {
                self.ends.resize(2 * read.1 + 64, 0);
            }
            let (result, used, bytes, ends) =
                self.parser.read_record(line, &mut self.fields[read.0..], &mut self.ends[read.1..]);
            line = &line[used..];
            *read = (read.0 + bytes, read.1 + ends);
            match result {
                ReadRecordResult::Record => return true,
                ReadRecordResult::InputEmpty => return false,
                // More room is made above.
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {}
                ReadRecordResult::End => return true,
            }
        }
    }

    /// The next line that is not blank.
    fn line(&mut self) -> io::Result<Option<Line>> {
        while let Some(line) = self.line_in_record()? {
            if line.length > LONGEST || !line.bytes.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some(line));
            }
        }
        Ok(None)
    }

    /// The next line; its last one ends as all do.
    fn line_in_record(&mut self) -> io::Result<Option<Line>> {
        if let Some(line) = self.again.pop_front() {
            return Ok(Some(line));
        }
        let mut line = Line { number: self.line + 1, bytes: Vec::new(), length: 0 };
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                if line.length == 0 {
                    return Ok(None);
                }
                line.take(b"\n");
                break;
            }
            let end = buffer.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let Some(end) = end else {
                let length = buffer.len();
                line.take(buffer);
                self.input.consume(length);
                continue;
            };
            let carriage = buffer[end] == b'\r';
            line.take(&buffer[..=end]);
            self.input.consume(end + 1);
            if carriage && self.input.fill_buf()?.first() == Some(&b'\n') {
                line.take(b"\n");
                self.input.consume(1);
            }
            break;
        }
        self.line += 1;
        Ok(Some(line))
    }
}

impl Line {
    fn take(&mut self, bytes: &[u8]) {
        self.length += bytes.len();
        // One that is too long is only measured.
        let room = (LONGEST + 2).saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header and what follows, lines and fields or reasons.
    fn read(text: &[u8]) -> Vec<(u64, Result<Vec<String>, String>)> {
        let mut records = Records::new(Box::new(io::Cursor::new(text.to_vec())));
        let mut all = Vec::new();
        let own = |next: Next<'_>| match next {
            Next::Record(line, fields) => (line, Ok(fields.iter().map(str::to_owned).collect())),
            Next::Bad(line, reason) => (line, Err(reason)),
        };
        all.extend(records.header(b",;\t", |fields| fields.iter().count()).unwrap().map(own));
        while let Some(next) = records.next().unwrap() {
            all.push(own(next));
        }
        all
    }

    fn fields(list: &[&str]) -> Result<Vec<String>, String> {
        Ok(list.iter().map(|field| (*field).to_owned()).collect())
    }

    #[test]
    fn lines_end_in_every_way_and_quotes_hold_anything() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["a,b", "1,\"x, \"\"y\"\"\"", "", "\"two", "lines\",z", "5\" single,w"].join(end);
            let two = format!("two{end}lines");
            let expected = [
                (1, fields(&["a", "b"])),
                (2, fields(&["1", "x, \"y\""])),
                (4, fields(&[&two, "z"])),
                (6, fields(&["5\" single", "w"])),
            ];
            assert_eq!(read(text.as_bytes()), expected, "{end:?}");
        }
    }

    #[test]
    fn an_open_quote_costs_its_own_line() {
        let never = "a quote is opened and never closed".to_owned();
        let read_of = read(b"a,b\n\"x,1\ny,2\nz,3\n");
        assert_eq!(
            read_of,
            [(1, fields(&["a", "b"])), (2, Err(never.clone())), (3, fields(&["y", "2"])), (4, fields(&["z", "3"]))]
        );
        // Two of them close each other, but what they enclose is no record.
        let read_of = read(b"a,b\n\"x,1\ny,2\nz\",\"3,\nw,4\n");
        assert_eq!(read_of[1], (2, Err(never.clone())));
        assert_eq!(read_of[2], (3, fields(&["y", "2"])));
        assert_eq!(read_of.last().unwrap(), &(5, fields(&["w", "4"])));
        // One at the head of a big file is given up after some lines.
        let many = "y,2\n".repeat(50_000);
        let read_of = read(format!("a,b\n\"x,1\n{many}").as_bytes());
        assert_eq!((read_of.len(), &read_of[1].1), (50_002, &Err(never)));
    }

    #[test]
    fn lines_that_are_too_long_cut_off_or_no_text_are_told() {
        let long = "x".repeat(LONGEST + 5);
        let text = [b"a,b\n1,", long.as_bytes(), b"\n2,3\n4\n5,\xFF\n6,7\0\n8,9,10\n11"].concat();
        let reasons: Vec<_> = read(&text).into_iter().skip(1).collect();
        assert_eq!(reasons[0], (2, Err(format!("a line of {} bytes is too long", LONGEST + 8))));
        assert_eq!(reasons[1], (3, fields(&["2", "3"])));
        let told = |at: usize| (reasons[at].0, reasons[at].1.clone().unwrap_err());
        assert_eq!(told(2), (4, "has 1 fields where the header has 2".to_owned()));
        assert_eq!(told(3), (5, "holds bytes that are no text".to_owned()));
        assert_eq!(told(4), (6, "holds a zero byte".to_owned()));
        assert_eq!(told(5), (7, "has 3 fields where the header has 2".to_owned()));
        assert_eq!(told(6), (8, "has 1 fields where the header has 2".to_owned()));
    }

    #[test]
    fn fields_are_parted_as_the_header_is() {
        assert_eq!(read(b"a;b\n1;2,5\n"), [(1, fields(&["a", "b"])), (2, fields(&["1", "2,5"]))]);
        assert_eq!(read(b"a\tb\n1\t2\n")[1], (2, fields(&["1", "2"])));
    }
}
