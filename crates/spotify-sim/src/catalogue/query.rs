//! The text of a search: plain words, and field filters such as `artist:"x"`.

use crate::fold::words;

/// A search as it was understood. Every list holds folded words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Query {
    /// Words outside of any filter.
    pub(crate) free: Vec<String>,
    /// `artist:`
    pub(crate) artist: Vec<String>,
    /// `track:`
    pub(crate) track: Vec<String>,
    /// `album:`
    pub(crate) album: Vec<String>,
    /// `genre:`
    pub(crate) genre: Vec<String>,
    /// `isrc:`, upper case as it was given.
    pub(crate) isrc: Option<String>,
    /// `year:`, one year or a range.
    pub(crate) years: Option<(u16, u16)>,
}

const FIELDS: [&str; 6] = ["artist:", "track:", "album:", "genre:", "isrc:", "year:"];

impl Query {
    /// Reads the text of a search. A filter reaches to its closing quote, or without quotes to the next filter.
    pub(crate) fn parse(text: &str) -> Self {
        let mut query = Self::default();
        let mut rest = text;
        while let Some((at, field)) = next_field(rest) {
            query.free.extend(words(&rest[..at]));
            rest = &rest[at + field.len()..];
            let value = match rest.strip_prefix('"').and_then(|open| open.split_once('"')) {
                Some((quoted, after)) => {
                    rest = after;
                    quoted
                }
                None => {
                    let end = next_field(rest).map_or(rest.len(), |(at, _)| at);
                    let (value, after) = rest.split_at(end);
                    rest = after;
                    value
                }
            };
            query.set(field, value);
        }
        query.free.extend(words(rest));
        query
    }

    fn set(&mut self, field: &str, value: &str) {
        match field {
            "artist:" => self.artist.extend(words(value)),
            "track:" => self.track.extend(words(value)),
            "album:" => self.album.extend(words(value)),
            "genre:" => self.genre.extend(words(value)),
            "isrc:" => self.isrc = Some(value.trim().trim_matches('"').to_ascii_uppercase()),
            _ => {
                let (first, last) = value.trim().split_once('-').unwrap_or((value.trim(), value.trim()));
                self.years = first.trim().parse().ok().zip(last.trim().parse().ok());
            }
        }
    }
}

/// The first filter name that begins a word of `text`.
fn next_field(text: &str) -> Option<(usize, &'static str)> {
    FIELDS
        .iter()
        .filter_map(|field| {
            text.match_indices(field)
                .find(|(at, _)| text[..*at].chars().next_back().is_none_or(char::is_whitespace))
                .map(|(at, _)| (at, *field))
        })
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_end_at_quotes_or_at_the_next_filter() {
        let q = Query::parse("live track:\"Hey You\" artist:Pink Floyd year:1979-1985");
        assert_eq!(q.free, ["live"]);
        assert_eq!(q.track, ["hey", "you"]);
        assert_eq!(q.artist, ["pink", "floyd"]);
        assert_eq!(q.years, Some((1979, 1985)));
    }

    #[test]
    fn a_colon_in_a_word_is_no_filter() {
        assert_eq!(Query::parse("myartist:x").free, ["myartist", "x"]);
        assert_eq!(Query::parse("artist:\"open").artist, ["open"]);
        assert_eq!(Query::parse("isrc:zzs6p0000001").isrc.as_deref(), Some("ZZS6P0000001"));
    }
}
