//! Files of queries and of aliases, as people write them.

use crate::encoding::Encoding;
use crate::names::{NamesError, text_of};

/// Heads of the column that holds queries, best first.
const QUERY_HEADS: [&str; 3] = ["query", "name", "artist"];

/// Queries of a file, each as it stands there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queries {
    /// The queries, in order; blanks and repetitions stay.
    pub texts: Vec<String>,
    /// How the file is written down.
    pub encoding: Encoding,
}

impl Queries {
    /// Reads CSV with a column `query` (or `name`, or `artist`), or else one query a line.
    ///
    /// # Errors
    /// [`NamesError`] for what is no text.
    pub fn read(bytes: &[u8]) -> Result<Self, NamesError> {
        let (text, encoding) = text_of(bytes)?;
        let lines = || text.lines().map(str::to_owned).collect();
        let texts = match column(&text, &QUERY_HEADS) {
            Some(at) => records(&text).skip(1).map(|record| record.get(at).unwrap_or_default().to_owned()).collect(),
            None => lines(),
        };
        Ok(Self { texts, encoding })
    }
}

/// An alias as a file gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenAlias {
    /// Whose it is: a name, an id or a link.
    pub artist: String,
    /// The other name.
    pub alias: String,
    /// Its language.
    pub locale: Option<String>,
}

/// Aliases of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GivenAliases {
    /// The aliases, in order.
    pub aliases: Vec<GivenAlias>,
    /// Lines that hold something else, from 1.
    pub skipped: Vec<u64>,
    /// How the file is written down.
    pub encoding: Encoding,
}

impl GivenAliases {
    /// Reads CSV with the columns `artist` (or `name`) and `alias`, perhaps `locale`; or `name<TAB>alias|alias`, an alias
    /// perhaps with its language before it (`ko:에스파`) and a `?` (which says that others share it, and is left out).
    ///
    /// # Errors
    /// [`NamesError`] for what is no text.
    pub fn read(bytes: &[u8]) -> Result<Self, NamesError> {
        let (text, encoding) = text_of(bytes)?;
        let mut given = Self { encoding, ..Self::default() };
        match (column(&text, &["artist", "name"]), column(&text, &["alias"])) {
            (Some(artist), Some(alias)) => given.read_csv(&text, artist, alias),
            _ => given.read_lines(&text),
        }
        Ok(given)
    }

    fn read_csv(&mut self, text: &str, artist: usize, alias: usize) {
        let locale = column(text, &["locale", "language"]);
        for record in records(text).skip(1) {
            let cell = |at: usize| record.get(at).unwrap_or_default().trim();
            let locale = locale.map(cell).filter(|locale| !locale.is_empty());
            if cell(artist).is_empty() || cell(alias).is_empty() {
                self.skipped.push(record.position().map_or(0, csv::Position::line));
                continue;
            }
            let (artist, alias) = (cell(artist).to_owned(), cell(alias).to_owned());
            self.aliases.push(GivenAlias { artist, alias, locale: locale.map(str::to_owned) });
        }
    }

    fn read_lines(&mut self, text: &str) {
        for (line, number) in text.lines().zip(1..).filter(|(l, _)| !l.trim().is_empty() && !l.starts_with('#')) {
            let Some((artist, aliases)) = line.split_once('\t').filter(|(artist, _)| !artist.trim().is_empty()) else {
                self.skipped.push(number);
                continue;
            };
            for alias in aliases.split('|').map(str::trim).filter(|alias| !alias.is_empty()) {
                let (locale, alias) = with_locale(alias);
                let alias = alias.strip_prefix('?').filter(|rest| !rest.is_empty()).unwrap_or(alias);
                let locale = locale.map(str::to_owned);
                self.aliases.push(GivenAlias { artist: artist.trim().to_owned(), alias: alias.to_owned(), locale });
            }
        }
    }
}

/// The language before a colon, and the rest: two or three small letters are a language.
fn with_locale(alias: &str) -> (Option<&str>, &str) {
    let is_locale = |l: &str| matches!(l.len(), 2 | 3) && l.bytes().all(|b| b.is_ascii_lowercase());
    match alias.split_once(':') {
        Some((locale, name)) if is_locale(locale) && !name.trim().is_empty() => (Some(locale), name.trim()),
        _ => (None, alias),
    }
}

/// The first of `heads` that is one of the text's.
fn column(text: &str, heads: &[&str]) -> Option<usize> {
    let first = records(text).next()?;
    heads.iter().find_map(|head| first.iter().position(|cell| cell.trim().eq_ignore_ascii_case(head)))
}

fn records(text: &str) -> impl Iterator<Item = csv::StringRecord> + '_ {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.has_headers(false).flexible(true).from_reader(text.as_bytes());
    // Text cannot fail to be read as text.
    reader.into_records().map_while(Result::ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queries(text: &str) -> Vec<String> {
        Queries::read(text.as_bytes()).unwrap().texts
    }

    #[test]
    fn queries_stand_as_they_are() {
        assert_eq!(
            queries("query\n  britney spears \n\"a, \"\"b\"\"\"\nabba\nabba\n"),
            ["  britney spears ", "a, \"b\"", "abba", "abba"]
        );
        assert_eq!(queries("id,Query\n1,x\n2\n"), ["x", ""]);
        assert_eq!(queries("Earth, Wind & Fire\r\n\r\nABBA"), ["Earth, Wind & Fire", "", "ABBA"]);
        assert_eq!(Queries::read(b""), Err(NamesError::Empty));
        assert_eq!(queries("query\n"), [""; 0]);
        assert!(matches!(Queries::read(b"query\na\xFFb\n"), Err(NamesError::NotUtf8 { line: 2 })));
    }

    #[test]
    fn aliases_are_read_from_tables_and_lists() {
        let alias = |artist: &str, alias: &str, locale: Option<&str>| GivenAlias {
            artist: artist.into(),
            alias: alias.into(),
            locale: locale.map(Into::into),
        };
        let csv = GivenAliases::read("alias,artist,locale\n에스파,aespa,ko\n,x,\nBey,Beyoncé\n".as_bytes()).unwrap();
        assert_eq!(csv.aliases, [alias("aespa", "에스파", Some("ko")), alias("Beyoncé", "Bey", None)]);
        assert_eq!(csv.skipped, [3]);
        let lines =
            GivenAliases::read("# aliases\naespa\tko:에스파|AES|\n\nnonsense\nBLUE\tko:?블루\n".as_bytes()).unwrap();
        assert_eq!(
            lines.aliases,
            [alias("aespa", "에스파", Some("ko")), alias("aespa", "AES", None), alias("BLUE", "블루", Some("ko"))]
        );
        assert_eq!(lines.skipped, [4]);
    }
}
