//! Lists of names, as people write them.

use std::borrow::Cow;
use std::collections::HashSet;

use sixpotify_core::{SpotifyId, spotify_artist_id};

use crate::encoding::{Encoding, NoText, decode};

/// Longest name in bytes; a longer line is no name.
const LONGEST_NAME: usize = 1000;

/// Heads of a column that holds names, best first.
const NAME_HEADS: [&str; 3] = ["name", "artist", "artist_name"];

/// Heads of a column that holds an id or link.
const ID_HEADS: [&str; 3] = ["spotify_id", "url", "spotify_url"];

/// One name to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameEntry {
    /// As given, without blanks around it; the id where there is no name: Spotify's, or MusicBrainz's for the open sources.
    pub name: String,
    /// The artist that the user says it is.
    pub id: Option<SpotifyId>,
}

/// A line that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedLine {
    /// Number of the line, from 1.
    pub line: u64,
    /// Why.
    pub reason: String,
}

/// The names of a file, each once, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameList {
    /// The names.
    pub entries: Vec<NameEntry>,
    /// Lines without a name.
    pub blank: usize,
    /// Lines that repeat a name.
    pub duplicates: usize,
    /// Lines that hold something else.
    pub skipped: Vec<SkippedLine>,
    /// How the file is written down.
    pub encoding: Encoding,
}

/// Why a file holds no list of names.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NamesError {
    /// It holds bytes that no text has.
    #[error("is not a text file (line {line} holds binary data)")]
    Binary {
        /// Where, from 1.
        line: usize,
    },
    /// It is text in an encoding that cannot be told.
    #[error("is not UTF-8 text (line {line})")]
    NotUtf8 {
        /// Where, from 1.
        line: usize,
    },
    /// There is nothing in it.
    #[error("holds no names")]
    Empty,
}

impl NameList {
    /// Reads a list of names: UTF-8, UTF-16 or CP949 (see [`Encoding`]); lines ended by LF, CRLF or CR; CSV quotes; with a
    /// header (`name` or `artist`, and perhaps `spotify_id` or `url`) or without (then the first column counts).
    ///
    /// In a file without a header whose lines mostly hold a single field, a line with commas is one name
    /// (`Earth, Wind & Fire`).
    ///
    /// # Errors
    /// See [`NamesError`].
    pub fn read(bytes: &[u8]) -> Result<Self, NamesError> {
        let (text, encoding) = text_of(bytes)?;
        let records = records(&text);
        let columns = records.first().and_then(|r| Columns::of_header(&r.fields));
        let plain = columns.is_none() && records.iter().filter(|r| r.fields.len() == 1).count() * 2 > records.len();
        let body = if columns.is_some() { &records[1..] } else { &records[..] };
        let columns = columns.unwrap_or(Columns { name: Some(0), id: None });

        let mut list = Self { encoding, ..Self::default() };
        let mut seen = HashSet::new();
        for record in body {
            let name = match columns.name {
                Some(_) if plain && !record.quoted => record.raw.trim(),
                Some(at) => record.fields.get(at).map_or("", |f| f.trim()),
                None => "",
            };
            let link = columns.id.and_then(|at| record.fields.get(at)).map_or("", |f| f.trim());
            let id = spotify_artist_id(link);
            if id.is_none() && !link.is_empty() {
                let reason = format!("`{}` is not a Spotify artist id or link", shown(link));
                list.skipped.push(SkippedLine { line: record.line, reason });
            } else if name.len() > LONGEST_NAME {
                let reason = format!("{} bytes are too long for a name: `{}..`", name.len(), shown(name));
                list.skipped.push(SkippedLine { line: record.line, reason });
            } else if let Some(entry) = entry(name, id, &seen) {
                if seen.insert(entry.name.clone()) {
                    list.entries.push(entry);
                } else {
                    list.duplicates += 1;
                }
            } else {
                list.blank += 1;
            }
        }
        if list.entries.is_empty() && list.skipped.is_empty() { Err(NamesError::Empty) } else { Ok(list) }
    }

    /// The same for names given one by one.
    pub fn of(names: &[String]) -> Self {
        let mut list = Self::default();
        let mut seen = HashSet::new();
        for name in names {
            match entry(name.trim(), None, &seen) {
                None => list.blank += 1,
                Some(entry) if seen.insert(entry.name.clone()) => list.entries.push(entry),
                Some(_) => list.duplicates += 1,
            }
        }
        list
    }
}

/// A name, an id, or both. A link in place of a name is taken as the id that it is.
fn entry(name: &str, id: Option<SpotifyId>, seen: &HashSet<String>) -> Option<NameEntry> {
    let linked = || spotify_artist_id(name).filter(|id| id.as_str() != name);
    match id.or_else(linked) {
        // Two artists of one name, told apart by their ids, are two entries.
        Some(id) if name.is_empty() || seen.contains(name) => Some(NameEntry { name: id.to_string(), id: Some(id) }),
        id if !name.is_empty() => Some(NameEntry { name: name.to_owned(), id }),
        _ => None,
    }
}

/// One line, or several where quotes hold line ends.
struct Record<'a> {
    line: u64,
    raw: &'a str,
    quoted: bool,
    fields: Vec<String>,
}

struct Columns {
    name: Option<usize>,
    id: Option<usize>,
}

impl Columns {
    fn of_header(fields: &[String]) -> Option<Self> {
        let heads: Vec<String> = fields.iter().map(|f| f.trim().to_lowercase()).collect();
        let find = |known: &[&str]| known.iter().find_map(|k| heads.iter().position(|h| h == k));
        let columns = Self { name: find(&NAME_HEADS), id: find(&ID_HEADS) };
        (columns.name.is_some() || columns.id.is_some()).then_some(columns)
    }
}

pub(crate) fn text_of(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), NamesError> {
    let line_of = |at: usize| bytes[..at].iter().filter(|b| **b == b'\n').count() + 1;
    let (text, encoding) = decode(bytes).map_err(|why| match why {
        NoText::Binary(at) => NamesError::Binary { line: line_of(at) },
        NoText::Unknown(at) => NamesError::NotUtf8 { line: line_of(at) },
    })?;
    if text.trim().is_empty() { Err(NamesError::Empty) } else { Ok((text, encoding)) }
}

/// Cuts the text into records. A quote that is never closed would swallow the lines behind it; names hold no line ends,
/// so such a line is taken by itself, quotes and all.
fn records(text: &str) -> Vec<Record<'_>> {
    let mut records = Vec::new();
    let (mut offset, mut line) = (0, 1);
    'again: while offset < text.len() {
        let part = &text[offset..];
        let mut reader = reader(part, true);
        let mut fields = csv::StringRecord::new();
        let (start_offset, start_line) = (offset, line);
        loop {
            let at = reader.position().clone();
            if !matches!(reader.read_record(&mut fields), Ok(true)) {
                break 'again;
            }
            let from = usize::try_from(at.byte()).unwrap_or(0);
            let to = usize::try_from(reader.position().byte()).unwrap_or(part.len());
            let raw = &part[from..to];
            // The reader passes over blank lines before a record; count them in.
            let blank = raw.len() - raw.trim_start_matches(['\n', '\r']).len();
            let raw = &raw[blank..];
            let first_line = start_line + at.line() - 1 + lines_in(&part[from..from + blank]);
            if fields.iter().any(|f| f.contains(['\n', '\r'])) && !closes(raw) {
                let end = raw.find(['\n', '\r']).map_or(raw.len(), |i| i + 1);
                let alone = raw[..end].trim_end_matches(['\n', '\r']);
                records.push(Record { line: first_line, raw: alone, quoted: false, fields: unquoted(alone) });
                offset = start_offset + from + blank + end;
                line = first_line + 1;
                continue 'again;
            }
            records.push(Record {
                line: first_line,
                raw: raw.trim_end_matches(['\n', '\r']),
                quoted: raw.contains('"'),
                fields: fields.iter().map(str::to_owned).collect(),
            });
        }
    }
    records
}

/// Whether all quotes of a record are closed.
fn closes(raw: &str) -> bool {
    raw.matches('"').count().is_multiple_of(2)
}

fn lines_in(text: &str) -> u64 {
    text.matches('\n').count() as u64 + text.matches('\r').count() as u64 - text.matches("\r\n").count() as u64
}

fn unquoted(line: &str) -> Vec<String> {
    let mut fields = csv::StringRecord::new();
    match reader(line, false).read_record(&mut fields) {
        Ok(true) => fields.iter().map(str::to_owned).collect(),
        _ => vec![line.to_owned()],
    }
}

fn reader(text: &str, quoting: bool) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).quoting(quoting).from_reader(text.as_bytes())
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(bytes: &[u8]) -> Vec<String> {
        NameList::read(bytes).unwrap().entries.into_iter().map(|e| e.name).collect()
    }

    #[test]
    fn marks_line_ends_headers_and_quotes() {
        assert_eq!(names(b"\xEF\xBB\xBF10cc\nBTS\n"), ["10cc", "BTS"]);
        assert_eq!(names(b"a\r\nb\r\nc"), ["a", "b", "c"]);
        assert_eq!(names(b"a\rb\rc\r"), ["a", "b", "c"]);
        assert_eq!(names(b"name\nBTS\n"), ["BTS"]);
        assert_eq!(names(b"id,Artist ,x\n1,BTS,y\n2,\"Earth, Wind & Fire\",z\n"), ["BTS", "Earth, Wind & Fire"]);
        assert_eq!(names(b"BTS,KR\nQueen,GB\n"), ["BTS", "Queen"]);
        assert_eq!(names("에스파\n\"\"\"Weird Al\"\" Yankovic\"\n".as_bytes()), ["에스파", "\"Weird Al\" Yankovic"]);
    }

    #[test]
    fn a_plain_list_may_hold_commas() {
        let text = b"BTS\nEarth, Wind & Fire\nTyler, The Creator\nQueen\nABBA\n";
        assert_eq!(names(text), ["BTS", "Earth, Wind & Fire", "Tyler, The Creator", "Queen", "ABBA"]);
    }

    #[test]
    fn an_open_quote_swallows_nothing() {
        let text = b"BTS\n\"Weird Al Yankovic\nQueen\nABBA\nMuse\n";
        assert_eq!(names(text), ["BTS", "\"Weird Al Yankovic", "Queen", "ABBA", "Muse"]);
    }

    #[test]
    fn a_quoted_line_end_in_another_column_is_understood() {
        let text = b"name,notes\nBTS,\"two\nlines\"\nQueen,one\n";
        assert_eq!(names(text), ["BTS", "Queen"]);
    }

    #[test]
    fn blanks_duplicates_and_long_lines_are_counted_and_named() {
        let long = "x".repeat(1 << 20);
        let list = NameList::read(format!("BTS\n\n  \nBTS\nbts\n{long}\nQueen\n").as_bytes()).unwrap();
        assert_eq!(list.entries.iter().map(|e| e.name.as_str()).collect::<Vec<_>>(), ["BTS", "bts", "Queen"]);
        assert_eq!((list.duplicates, list.blank), (1, 1));
        assert_eq!(list.skipped.len(), 1);
        assert_eq!(list.skipped[0].line, 6);
        assert!(list.skipped[0].reason.len() < 120, "{}", list.skipped[0].reason);
    }

    #[test]
    fn ids_and_links_are_read_from_their_column() {
        let text = b"name,spotify_id\nBTS,3Nrfpe0tUJi4K4DXYWgMUX\n,1dfeR4HaWDbWqFHLkxsg1d\nQueen,\nX,nonsense\nBTS,6HvZYsbFfjnjFrWF950C9d\n";
        let list = NameList::read(text).unwrap();
        let entries: Vec<_> = list.entries.iter().map(|e| (e.name.as_str(), e.id.is_some())).collect();
        assert_eq!(
            entries,
            [("BTS", true), ("1dfeR4HaWDbWqFHLkxsg1d", true), ("Queen", false), ("6HvZYsbFfjnjFrWF950C9d", true)]
        );
        assert_eq!((list.skipped[0].line, list.skipped.len()), (5, 1));
    }

    #[test]
    fn lists_of_korean_spreadsheets_are_read() {
        let list = NameList::read(b"name\r\n\xB9\xE6\xC5\xBA\r\nBTS\r\n").unwrap();
        assert_eq!(list.entries.iter().map(|e| e.name.as_str()).collect::<Vec<_>>(), ["방탄", "BTS"]);
        assert_eq!(list.encoding, Encoding::Cp949);
    }

    #[test]
    fn what_is_no_list_says_so() {
        assert_eq!(NameList::read(b""), Err(NamesError::Empty));
        assert_eq!(NameList::read(b"\n \r\n"), Err(NamesError::Empty));
        assert_eq!(NameList::read(b"name\n"), Err(NamesError::Empty));
        assert_eq!(NameList::read(b"BTS\nab\0c"), Err(NamesError::Binary { line: 2 }));
        assert_eq!(NameList::read(b"BTS\nBeyonc\xE9\n"), Err(NamesError::NotUtf8 { line: 2 }));
    }
}
