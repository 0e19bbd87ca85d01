//! A file as a stream of UTF-8, whatever it is written in.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use encoding_rs::{Decoder, DecoderResult};

use super::{ReadError, TableError};
use crate::encoding::{Encoding, NoText, decode, decoder};

/// How many bytes at the beginning of a file say how it is written down.
const SAMPLE: usize = 1 << 20;

/// Bytes that are converted at once.
const CHUNK: usize = 64 * 1024;

/// Stands for bytes that the file's encoding does not have: no UTF-8 has it, so that the line is found out.
const NO_TEXT: u8 = 0xFF;

/// The text of `input` without a byte-order mark, and its encoding.
///
/// The beginning is judged as a list of names is. What comes later is not judged here: where it is no text, the lines are not.
pub(super) fn open(mut input: Box<dyn Read + Send>) -> Result<(Box<dyn BufRead + Send>, Encoding), ReadError> {
    let mut sample = Vec::new();
    input.by_ref().take(SAMPLE as u64).read_to_end(&mut sample)?;
    let judged = if sample.len() < SAMPLE { &sample[..] } else { whole_lines(&sample) };
    let line = |at: usize| judged[..at].iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
    let (blank, encoding) = match decode(judged) {
        Ok((text, encoding)) => (text.trim().is_empty(), encoding),
        Err(NoText::Binary(at)) => return Err(TableError::Binary { line: line(at) }.into()),
        Err(NoText::Unknown(at)) => return Err(TableError::NotUtf8 { line: line(at) }.into()),
    };
    if blank && sample.len() < SAMPLE {
        return Err(TableError::Empty.into());
    }
    let decoder = decoder(judged, encoding);
    let mark = if sample.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let mut start = Cursor::new(sample);
    start.set_position(mark);
    let bytes = start.chain(input);
    let text: Box<dyn BufRead + Send> = match decoder {
        None => Box::new(BufReader::with_capacity(CHUNK, bytes)),
        Some(decoder) => Box::new(BufReader::with_capacity(CHUNK, Decoding::new(bytes, decoder))),
    };
    Ok((text, encoding))
}

/// The beginning of `sample` up to the end of a line, so that no character is cut. Of text in pairs of bytes a whole number of pairs.
fn whole_lines(sample: &[u8]) -> &[u8] {
    let Some(end) = sample.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1) else { return sample };
    let pairs = sample[..end].contains(&0) && !end.is_multiple_of(2);
    &sample[..(end + usize::from(pairs)).min(sample.len())]
}

/// Converts to UTF-8 what it reads.
struct Decoding<R> {
    input: R,
    decoder: Decoder,
    raw: Vec<u8>,
    /// Bytes of `raw` that are converted.
    used: usize,
    out: Vec<u8>,
    /// Bytes of `out` that are read.
    given: usize,
    ended: bool,
}

impl<R: Read> Decoding<R> {
    fn new(input: R, decoder: Decoder) -> Self {
        Self { input, decoder, raw: Vec::new(), used: 0, out: Vec::new(), given: 0, ended: false }
    }

    /// Converts some more into `out`.
    fn convert(&mut self) -> io::Result<()> {
        if self.used == self.raw.len() && !self.ended {
            self.raw.resize(CHUNK, 0);
            let read = self.input.read(&mut self.raw)?;
            self.raw.truncate(read);
            self.used = 0;
            self.ended = read == 0;
        }
        // Room for the longest that comes out of any encoding.
        self.out.resize(3 * CHUNK + 16, 0);
        self.given = 0;
        let (result, read, written) =
            self.decoder.decode_to_utf8_without_replacement(&self.raw[self.used..], &mut self.out, self.ended);
        self.used += read;
        self.out.truncate(written);
        if matches!(result, DecoderResult::Malformed(..)) {
            self.out.push(NO_TEXT);
        }
        Ok(())
    }
}

impl<R: Read> Read for Decoding<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.out.len() {
            if self.ended && self.used == self.raw.len() {
                return Ok(0);
            }
            self.convert()?;
        }
        let length = buffer.len().min(self.out.len() - self.given);
        buffer[..length].copy_from_slice(&self.out[self.given..self.given + length]);
        self.given += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives what it has in small pieces.
    struct Trickle(Vec<u8>);

    impl Read for Trickle {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.0.len().min(buffer.len()).min(7);
            buffer[..length].copy_from_slice(&self.0[..length]);
            self.0.drain(..length);
            Ok(length)
        }
    }

    fn read(bytes: Vec<u8>) -> (Vec<u8>, Encoding) {
        let (mut text, encoding) = open(Box::new(Cursor::new(bytes))).ok().unwrap();
        let mut out = Vec::new();
        text.read_to_end(&mut out).unwrap();
        (out, encoding)
    }

    #[test]
    fn every_encoding_of_ingest_becomes_utf8() {
        let text = "artist,genres\r\n에스파,k-pop\r\n소녀시대,\r\n".repeat(60_000);
        assert!(text.len() > 2 * SAMPLE, "longer than what is judged");
        let bytes = |pair: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(pair).collect::<Vec<u8>>();
        assert_eq!(read(text.clone().into_bytes()), (text.clone().into_bytes(), Encoding::Utf8));
        assert_eq!(read(format!("\u{feff}{text}").into_bytes()), (text.clone().into_bytes(), Encoding::Utf8));
        assert_eq!(read(bytes(u16::to_le_bytes)), (text.clone().into_bytes(), Encoding::Utf16));
        assert_eq!(read(bytes(u16::to_be_bytes)), (text.clone().into_bytes(), Encoding::Utf16));
        let marked = [&[0xFE, 0xFF][..], &bytes(u16::to_be_bytes)].concat();
        assert_eq!(read(marked), (text.clone().into_bytes(), Encoding::Utf16));
        let cp949 = encoding_rs::EUC_KR.encode(&text).0.into_owned();
        assert_eq!(read(cp949), (text.into_bytes(), Encoding::Cp949));
    }

    #[test]
    fn a_slow_reader_is_read_to_its_end() {
        let text = "artist\n소녀시대\n".repeat(50);
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let (mut read, _) = open(Box::new(Trickle(bytes))).ok().unwrap();
        let mut out = String::new();
        read.read_to_string(&mut out).unwrap();
        assert_eq!(out, text);
    }

    #[test]
    fn bytes_that_are_no_text_show_where_they_are() {
        let mut cp949 = encoding_rs::EUC_KR.encode(&"소녀시대\n".repeat(SAMPLE / 8)).0.into_owned();
        cp949.extend(b"bad \xA1\n\xBC\xD2\n");
        let (out, _) = read(cp949);
        let end = out.len() - 20..;
        assert!(out[end].contains(&NO_TEXT));
    }

    #[test]
    fn what_is_no_text_at_all_is_refused_with_its_line() {
        let failed = |bytes: &[u8]| match open(Box::new(Cursor::new(bytes.to_vec()))) {
            Err(ReadError::Table(error)) => error,
            Err(ReadError::Io(error)) => panic!("{error}"),
            Ok(_) => panic!("taken"),
        };
        assert_eq!(failed(b""), TableError::Empty);
        assert_eq!(failed(b" \r\n\n"), TableError::Empty);
        assert_eq!(failed(b"artist\nBeyonc\xE9\n"), TableError::NotUtf8 { line: 2 });
        assert_eq!(failed(b"PK\x03\x04\x14\0\x08\0\x01"), TableError::Binary { line: 1 });
    }
}
