//! Records in blocks of about a megabyte: one thread reads them, a few parse them, and they come out in their order.
//!
//! Block `n` goes to lane `n` modulo the number of lanes, there and back. Lanes hold one block each way, so that memory is
//! bounded and the order needs no sorting.

use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc as blocking;
use std::thread;

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use tokio::sync::{mpsc, oneshot};

use super::archive::{self, Members, ReadError, Sink};

/// Bytes of records that are parsed at once.
const BLOCK: usize = 1 << 20;

/// A line that is longer is none of ours: read over, and handed on as its beginning.
const LONGEST_LINE: usize = 32 << 20;

/// What is handed on of a line that is too long.
const KEPT_OF_LONG_LINE: usize = 64;

/// Threads that parse, at most.
const MOST_LANES: usize = 4;

/// Whole lines of one member of an archive.
#[derive(Debug)]
pub(super) struct Block {
    /// Where it stands.
    pub(super) place: Place,
    /// Lines, each with its end but perhaps the last one of a member.
    pub(super) bytes: Vec<u8>,
}

/// Where a block stands in a dump.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The member's path.
    pub(super) file: Arc<str>,
    /// Number of the first line in the member, from 1.
    pub(super) first_line: u64,
    /// Records of the dump up to and with this block.
    pub(super) position: u64,
    /// Whether the member ends with it.
    pub(super) ends_file: bool,
}

/// What tells one dump from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// Date and a digest of the beginning.
    pub(super) dump: String,
    /// When it was made, as far as it says.
    pub(super) date: Option<DateTime<Utc>>,
    /// The first member with records.
    pub(super) file: String,
}

/// A dump that is being read and parsed by threads, which end when this is dropped.
pub(super) struct Reading<T> {
    identity: Option<oneshot::Receiver<Identity>>,
    go: Option<blocking::Sender<u64>>,
    lanes: Vec<mpsc::Receiver<(Place, T)>>,
    next: usize,
    ended: oneshot::Receiver<Result<(), ReadError>>,
    read: Arc<AtomicU64>,
    /// Bytes that the file has.
    pub(super) bytes: u64,
}

impl<T: Send + 'static> Reading<T> {
    /// Starts to read the dump at `path`; `parse` is called by several threads.
    pub(super) fn start(path: PathBuf, members: Members, parse: impl Fn(Block) -> T + Send + Clone + 'static) -> Self {
        let bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
        let lanes = thread::available_parallelism().map_or(1, |n| n.get().min(MOST_LANES));
        let (mut to_parse, mut parsed) = (Vec::new(), Vec::new());
        for _ in 0..lanes {
            let (sender, blocks) = blocking::sync_channel::<Block>(1);
            let (results, receiver) = mpsc::channel(1);
            let parse = parse.clone();
            thread::spawn(move || {
                for block in blocks {
                    let place = block.place.clone();
                    if results.blocking_send((place, parse(block))).is_err() {
                        return;
                    }
                }
            });
            to_parse.push(sender);
            parsed.push(receiver);
        }
        let (say, identity) = oneshot::channel();
        let (go, start) = blocking::channel();
        let (end, ended) = oneshot::channel();
        let read = Arc::new(AtomicU64::new(0));
        let counter = read.clone();
        thread::spawn(move || {
            let mut cutter = Cutter { say: Some(say), start, lanes: to_parse, next: 0, skip: 0, records: 0 };
            let result = archive::read(&path, members, counter, &mut cutter);
            drop(cutter);
            // Nobody may want to know any more.
            let _ = end.send(result);
        });
        Self { identity: Some(identity), go: Some(go), lanes: parsed, next: 0, ended, read, bytes }
    }

    /// What the dump is; `None` where there is none: see [`Self::end`].
    pub(super) async fn identity(&mut self) -> Option<Identity> {
        self.identity.take()?.await.ok()
    }

    /// Lets the reading go on, behind the first `skip` records.
    pub(super) fn go_on(&mut self, skip: u64) {
        if let Some(go) = self.go.take() {
            // The thread may have failed meanwhile: the end says how.
            let _ = go.send(skip);
        }
    }

    /// The next block in the order of the dump; `None` at its end, good or bad.
    pub(super) async fn next(&mut self) -> Option<(Place, T)> {
        let lane = self.next;
        self.next = (self.next + 1) % self.lanes.len();
        self.lanes[lane].recv().await
    }

    /// Bytes of the file that have been read.
    pub(super) fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// How the reading ended.
    pub(super) async fn end(self) -> Result<(), ReadError> {
        drop(self.lanes);
        self.ended.await.unwrap_or(Err(ReadError::Unwanted))
    }
}

/// Cuts members into blocks.
struct Cutter {
    say: Option<oneshot::Sender<Identity>>,
    start: blocking::Receiver<u64>,
    lanes: Vec<blocking::SyncSender<Block>>,
    next: usize,
    /// Records that are not wanted.
    skip: u64,
    /// Records so far.
    records: u64,
}

impl Sink for Cutter {
    fn records(&mut self, path: &str, date: Option<DateTime<Utc>>, bytes: &mut dyn Read) -> Result<(), ReadError> {
        let file: Arc<str> = path.into();
        let mut lines = Lines { bytes, rest: Vec::new(), ended: false };
        let mut line = 1;
        loop {
            let block = lines.block().map_err(ReadError::Broken)?;
            if let Some(say) = self.say.take() {
                let identity = identity(path, date, &block);
                say.send(identity).map_err(|_| ReadError::Unwanted)?;
                self.skip = self.start.recv().map_err(|_| ReadError::Unwanted)?;
            }
            let ends_file = block.is_empty();
            let (first_line, count) = (line, lines_in(&block));
            line += count;
            let before = self.records;
            self.records += count;
            if self.records > self.skip {
                let unwanted = self.skip.saturating_sub(before);
                let bytes = without_lines(block, unwanted);
                let place =
                    Place { file: file.clone(), first_line: first_line + unwanted, position: self.records, ends_file };
                self.send(Block { place, bytes })?;
            }
            if ends_file {
                return Ok(());
            }
        }
    }
}

impl Cutter {
    fn send(&mut self, block: Block) -> Result<(), ReadError> {
        let lane = self.next;
        self.next = (self.next + 1) % self.lanes.len();
        self.lanes[lane].send(block).map_err(|_| ReadError::Unwanted)
    }
}

fn identity(path: &str, date: Option<DateTime<Utc>>, first: &[u8]) -> Identity {
    let digest = Sha256::digest(first);
    let digest: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let date_text = date.map_or_else(|| "undated".to_owned(), |d| d.format("%Y-%m-%dT%H:%M:%SZ").to_string());
    Identity { dump: format!("{date_text} {digest}"), date, file: path.to_owned() }
}

fn lines_in(bytes: &[u8]) -> u64 {
    let ends = memchr::memchr_iter(b'\n', bytes).count();
    ends as u64 + u64::from(bytes.last().is_some_and(|last| *last != b'\n'))
}

/// What is left behind the first `lines` lines.
fn without_lines(mut bytes: Vec<u8>, lines: u64) -> Vec<u8> {
    if lines == 0 {
        return bytes;
    }
    let mut ends = memchr::memchr_iter(b'\n', &bytes);
    let end = usize::try_from(lines - 1).ok().and_then(|before| ends.nth(before));
    bytes.drain(..end.map_or(bytes.len(), |at| at + 1));
    bytes
}

/// Lines of a stream.
struct Lines<'a> {
    bytes: &'a mut dyn Read,
    /// The beginning of the next line.
    rest: Vec<u8>,
    ended: bool,
}

impl Lines<'_> {
    /// The next whole lines; none at the end.
    fn block(&mut self) -> io::Result<Vec<u8>> {
        let mut block = std::mem::take(&mut self.rest);
        block.reserve(BLOCK.saturating_sub(block.len()));
        let mut searched = 0;
        loop {
            if self.ended {
                return Ok(block);
            }
            let wanted = if block.len() < BLOCK { BLOCK - block.len() } else { BLOCK };
            let got = (&mut *self.bytes).take(wanted as u64).read_to_end(&mut block)?;
            self.ended = got == 0;
            if self.ended {
                return Ok(block);
            }
            if let Some(last) = memchr::memrchr(b'\n', &block[searched..]) {
                self.rest = block.split_off(searched + last + 1);
                return Ok(block);
            }
            searched = block.len();
            if block.len() > LONGEST_LINE {
                block.truncate(KEPT_OF_LONG_LINE);
                self.pass_over(&mut block)?;
                return Ok(block);
            }
        }
    }

    /// Reads to the end of a line that is too long; what follows it in the last read stays.
    fn pass_over(&mut self, block: &mut Vec<u8>) -> io::Result<()> {
        let mut part = Vec::with_capacity(BLOCK);
        loop {
            part.clear();
            if (&mut *self.bytes).take(BLOCK as u64).read_to_end(&mut part)? == 0 {
                self.ended = true;
                return Ok(());
            }
            if let Some(end) = memchr::memchr(b'\n', &part) {
                self.rest = part.split_off(end + 1);
                block.push(b'\n');
                return Ok(());
            }
        }
    }
}

/// The lines of a block with their numbers, blank ones left out.
pub(super) fn lines(block: &Block) -> impl Iterator<Item = (u64, &[u8])> {
    let mut rest = &block.bytes[..];
    let each = std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at(end);
        rest = after;
        Some(line)
    });
    (block.place.first_line..)
        .zip(each)
        .map(|(number, line)| (number, line.trim_ascii()))
        .filter(|(_, line)| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &[u8]) -> Vec<Vec<u8>> {
        let mut reader = text;
        let mut lines = Lines { bytes: &mut reader, rest: Vec::new(), ended: false };
        let mut blocks = Vec::new();
        loop {
            match lines.block().unwrap() {
                block if block.is_empty() => return blocks,
                block => blocks.push(block),
            }
        }
    }

    #[test]
    fn lines_are_never_cut_and_none_is_lost() {
        for length in [10, 1000, BLOCK / 3, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK] {
            let mut text = Vec::new();
            for n in 0..7_u8 {
                text.extend(std::iter::repeat_n(b'a' + n, length));
                text.push(b'\n');
            }
            text.extend_from_slice(b"the last one without an end");
            let blocks = cut(&text);
            assert_eq!(blocks.concat(), text, "{length}");
            let whole = |block: &Vec<u8>| block.last() == Some(&b'\n');
            assert!(blocks[..blocks.len() - 1].iter().all(whole), "{length}");
        }
        assert_eq!(cut(b"").len(), 0);
        assert_eq!(cut(b"\n").concat(), b"\n");
    }

    #[test]
    fn a_line_without_end_takes_no_memory_and_counts_once() {
        let mut text = b"one\n".to_vec();
        text.extend(std::iter::repeat_n(b'x', LONGEST_LINE + 2 * BLOCK));
        text.extend_from_slice(b"\nthree\n");
        let blocks = cut(&text);
        assert_eq!(blocks.iter().map(|b| lines_in(b)).sum::<u64>(), 3);
        assert!(blocks.iter().all(|b| b.len() <= 2 * BLOCK));
        assert_eq!(blocks.concat().split(|b| *b == b'\n').nth(2), Some(&b"three"[..]));
    }

    #[test]
    fn lines_are_left_out_from_the_front() {
        assert_eq!(without_lines(b"a\nb\nc".to_vec(), 2), b"c");
        assert_eq!(without_lines(b"a\nb\n".to_vec(), 2), b"");
        assert_eq!(without_lines(b"a\nb\n".to_vec(), 0), b"a\nb\n");
        assert_eq!((lines_in(b"a\nb"), lines_in(b"a\nb\n"), lines_in(b"")), (2, 2, 0));
    }
}
