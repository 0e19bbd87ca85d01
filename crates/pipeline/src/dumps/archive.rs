//! A dump's file: what it is packed with, and which of its members hold records.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, NaiveDateTime, Utc};

/// Bytes read at once.
const BUFFER: usize = 256 * 1024;

/// Where the magic word of a tar archive stands.
const TAR_MAGIC: std::ops::Range<usize> = 257..262;

/// Memory that unpacking with several threads may take, in bytes; beyond it one thread has to do.
const THREADS_MEMORY: u64 = 96 << 20;

/// Memory that unpacking may take at all, in bytes: what `xz -9` needs, and some.
const MEMORY: u64 = 128 << 20;

/// A text file of the archive that says when the dump was made is not longer.
const TIMESTAMP_BYTES: u64 = 256;

/// What a member of an archive is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Member {
    /// Records, one a line.
    Records,
    /// When the dump was made.
    Timestamp,
    /// Records of something else.
    Foreign(String),
    /// Licences, notes.
    Other,
}

/// Says what a member is, by its path.
pub(super) type Members = fn(&str) -> Member;

/// Why a file could not be read as a dump.
#[derive(Debug)]
pub(super) enum ReadError {
    /// It cannot be opened, or the disk fails.
    Unreadable(io::Error),
    /// It is something else.
    NotADump(String),
    /// It ends too early, or is damaged.
    Broken(io::Error),
    /// Nobody wants the rest.
    Unwanted,
}

/// Counts the bytes that are read of a file, and tells failures of the disk from damage.
struct Counted {
    file: File,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        self.read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// Takes the members of an archive.
pub(super) trait Sink {
    /// Records begin; `date` is of the dump, where it was said before them.
    fn records(&mut self, path: &str, date: Option<DateTime<Utc>>, bytes: &mut dyn Read) -> Result<(), ReadError>;
}

/// Reads the dump at `path` into `sink`, whatever it is packed with: tar or bare lines, xz, zstd or neither.
pub(super) fn read(path: &Path, members: Members, read: Arc<AtomicU64>, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let file = File::open(path).map_err(ReadError::Unreadable)?;
    if file.metadata().map_err(ReadError::Unreadable)?.is_dir() {
        return Err(ReadError::Unreadable(io::Error::from(io::ErrorKind::IsADirectory)));
    }
    let mut packed = BufReader::with_capacity(BUFFER, Counted { file, read });
    let unpacked: Box<dyn Read> = match packed.fill_buf().map_err(ReadError::Unreadable)? {
        [] => return Err(ReadError::NotADump("it is empty".to_owned())),
        [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => {
            let decoder = liblzma::stream::MtStreamBuilder::new()
                .threads(std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(1)))
                .memlimit_threading(THREADS_MEMORY)
                .memlimit_stop(MEMORY)
                .decoder()
                .map_err(|error| ReadError::Broken(error.into()))?;
            Box::new(liblzma::read::XzDecoder::new_stream(packed, decoder))
        }
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Box::new(Frames::new(packed)?),
        _ => Box::new(packed),
    };
    let mut unpacked = BufReader::with_capacity(BUFFER, unpacked);
    let head = head(&mut unpacked)?;
    if head.first() == Some(&b'{') {
        // Somebody has unpacked it already.
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        return sink.records(&name, None, &mut io::Cursor::new(head).chain(unpacked));
    }
    if head.get(TAR_MAGIC) != Some(b"ustar") {
        return Err(ReadError::NotADump("it is neither a tar archive nor lines of JSON".to_owned()));
    }
    members_of(io::Cursor::new(head).chain(unpacked), members, sink)
}

/// The first bytes, as many as a tar header has, or all.
fn head(reader: &mut impl Read) -> Result<Vec<u8>, ReadError> {
    let mut head = Vec::with_capacity(512);
    reader.take(512).read_to_end(&mut head).map_err(ReadError::Broken)?;
    Ok(head)
}

fn members_of(reader: impl Read, members: Members, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let mut archive = tar::Archive::new(reader);
    let (mut date, mut foreign, mut any) = (None, None, false);
    for entry in archive.entries().map_err(ReadError::Broken)? {
        let mut entry = entry.map_err(ReadError::Broken)?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        match members(&path) {
            Member::Records => {
                any = true;
                let mtime = entry.header().mtime().ok().filter(|seconds| *seconds > 0);
                let made = mtime.and_then(|seconds| DateTime::from_timestamp(i64::try_from(seconds).ok()?, 0));
                let mut whole = Whole { left: entry.size(), inner: &mut entry };
                sink.records(&path, date.or(made), &mut whole)?;
            }
            Member::Timestamp => {
                let mut text = String::new();
                entry.take(TIMESTAMP_BYTES).read_to_string(&mut text).map_err(ReadError::Broken)?;
                date = timestamp(&text);
            }
            Member::Foreign(what) => foreign = foreign.or(Some(what)),
            Member::Other => {}
        }
    }
    match foreign {
        _ if any => Ok(()),
        Some(what) => Err(ReadError::NotADump(format!("it holds {what}"))),
        None => Err(ReadError::NotADump("it holds no records".to_owned())),
    }
}

/// A member of known length; an archive that ends within it is truncated, whatever the reader below says.
struct Whole<R> {
    left: u64,
    inner: R,
}

impl<R: Read> Read for Whole<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.left = self.left.saturating_sub(n as u64);
        if n == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends within a file"));
        }
        Ok(n)
    }
}

/// Reads `2026-05-20 00:10:01.123+00`, `2026-05-20T00:10:01` and the like; without a zone it is UTC.
fn timestamp(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim().replacen(' ', "T", 1);
    DateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f%#z")
        .map(|time| time.to_utc())
        .or_else(|_| NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f").map(|time| time.and_utc()))
        .ok()
}

/// All frames of a zstd stream: programs that compress with several threads write more than one.
struct Frames<R: Read> {
    decoder: Option<ruzstd::decoding::StreamingDecoder<R, ruzstd::decoding::FrameDecoder>>,
}

impl<R: BufRead> Frames<R> {
    fn new(reader: R) -> Result<Self, ReadError> {
        let decoder = ruzstd::decoding::StreamingDecoder::new(reader)
            .map_err(|error| ReadError::Broken(io::Error::new(io::ErrorKind::InvalidData, error.to_string())))?;
        Ok(Self { decoder: Some(decoder) })
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(decoder) = &mut self.decoder else { return Ok(0) };
            let n = decoder.read(buffer)?;
            if n > 0 || buffer.is_empty() {
                return Ok(n);
            }
            let frame = &decoder.decoder;
            if let (Some(said), Some(found)) = (frame.get_checksum_from_data(), frame.get_calculated_checksum())
                && said != found
            {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "the checksum of a zstd frame is wrong"));
            }
            let Some(mut rest) = self.decoder.take().map(ruzstd::decoding::StreamingDecoder::into_inner) else {
                return Ok(0);
            };
            if rest.fill_buf()?.is_empty() {
                return Ok(0);
            }
            let next = ruzstd::decoding::StreamingDecoder::new(rest)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
            self.decoder = Some(next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_postgresql_and_python_write_them() {
        let expected = DateTime::from_timestamp(1_779_235_801, 0);
        for text in
            ["2026-05-20 00:10:01+00\n", "2026-05-20T00:10:01Z", "2026-05-20 00:10:01", "2026-05-20 02:10:01+0200"]
        {
            assert_eq!(timestamp(text), expected, "{text}");
        }
        let fraction = timestamp("2026-05-20 00:10:01.5+00").unwrap();
        assert_eq!(fraction.timestamp_subsec_millis(), 500);
        assert_eq!(timestamp("yesterday"), None);
    }
}
