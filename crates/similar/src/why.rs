//! Reasons: why an artist is a neighbour, as compact codes for the store and as words for people.
//!
//! A list of reasons is one text: codes joined by `|`, such as `g:indie pop|a:calm|s:close`. In genre names `%`, `|`, `/` and
//! control characters are written as percent signs and two hexadecimal digits per byte of UTF-8, so any name comes back exactly.

use std::fmt;
use std::str::FromStr;

use crate::traits::Trait;

/// One reason why two artists are neighbours.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Both have this genre; code `g:NAME`.
    SharedGenre(String),
    /// Each has one of these two related genres, in alphabetical order; code `k:NAME/NAME`.
    RelatedGenres(String, String),
    /// The sound of both has this trait; code `a:TRAIT`.
    Both(Trait),
    /// Their sounds are very similar; code `s:close`.
    CloseSound,
    /// The same people hear both; code `b:heard`.
    HeardTogether,
    /// Both are heard with the same third artists; code `b:via`.
    HeardWithTheSame,
    /// A source says that they are related; code `r:said`.
    SaidRelated,
    /// Two songs whose artists are related; code `r:artists`.
    RelatedArtists,
    /// They have songs in common; code `c:songs`.
    WorkedTogether,
    /// Their music is from the same years; code `y:era`.
    SameEra,
    /// Nothing more special: of the artists left over, its sound as a whole is the nearest; code `s:near`.
    NearestSound,
}

/// The text is no code of a reason that this version knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown reason code `{0}`")]
pub struct UnknownReason(pub String);

impl fmt::Display for Reason {
    /// Writes the code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SharedGenre(name) => {
                f.write_str("g:")?;
                escape(name, f)
            }
            Self::RelatedGenres(one, other) => {
                f.write_str("k:")?;
                escape(one, f)?;
                f.write_str("/")?;
                escape(other, f)
            }
            Self::Both(quality) => write!(f, "a:{}", quality.code()),
            Self::CloseSound => f.write_str("s:close"),
            Self::HeardTogether => f.write_str("b:heard"),
            Self::HeardWithTheSame => f.write_str("b:via"),
            Self::SaidRelated => f.write_str("r:said"),
            Self::RelatedArtists => f.write_str("r:artists"),
            Self::WorkedTogether => f.write_str("c:songs"),
            Self::SameEra => f.write_str("y:era"),
            Self::NearestSound => f.write_str("s:near"),
        }
    }
}

impl FromStr for Reason {
    type Err = UnknownReason;

    /// Reads one code as [`Display`](fmt::Display) writes it.
    fn from_str(code: &str) -> Result<Self, UnknownReason> {
        let reason = match code.split_once(':') {
            Some(("g", name)) => unescape(name).map(Self::SharedGenre),
            Some(("k", names)) => names
                .split_once('/')
                .and_then(|(one, other)| Some(Self::RelatedGenres(unescape(one)?, unescape(other)?))),
            Some(("a", quality)) => Trait::from_code(quality).map(Self::Both),
            Some(("s", "close")) => Some(Self::CloseSound),
            Some(("b", "heard")) => Some(Self::HeardTogether),
            Some(("b", "via")) => Some(Self::HeardWithTheSame),
            Some(("r", "said")) => Some(Self::SaidRelated),
            Some(("r", "artists")) => Some(Self::RelatedArtists),
            Some(("c", "songs")) => Some(Self::WorkedTogether),
            Some(("y", "era")) => Some(Self::SameEra),
            Some(("s", "near")) => Some(Self::NearestSound),
            _ => None,
        };
        reason.ok_or_else(|| UnknownReason(code.to_owned()))
    }
}

/// The codes as one text; empty without reasons. [`decode`] gives the same reasons back.
#[must_use]
pub fn encode(reasons: &[Reason]) -> String {
    let codes: Vec<String> = reasons.iter().map(Reason::to_string).collect();
    codes.join("|")
}

/// The reasons of a text that [`encode`] wrote. Codes of a newer version, which this one has no words for, come back as errors in
/// their places; `decode(text).flatten()` passes over them.
pub fn decode(text: &str) -> impl Iterator<Item = Result<Reason, UnknownReason>> {
    // `"".split` yields one empty code, but an empty text is an empty list.
    text.split('|').filter(move |_| !text.is_empty()).map(str::parse)
}

/// The reasons as one English phrase without a full stop, such as `shared genres: k-pop, dance pop; both energetic and danceable`.
#[must_use]
pub fn words(reasons: &[Reason]) -> String {
    let mut genres: Vec<&str> = Vec::new();
    let mut related: Vec<(&str, &str)> = Vec::new();
    let mut traits: Vec<&str> = Vec::new();
    let mut sound: Vec<&str> = Vec::new();
    for reason in reasons {
        match reason {
            Reason::SharedGenre(name) => genres.push(name),
            Reason::RelatedGenres(one, other) => related.push((one, other)),
            Reason::Both(quality) => traits.push(quality.words()),
            Reason::CloseSound => sound.push("very similar sound"),
            Reason::HeardTogether => sound.push("heard by the same people"),
            Reason::HeardWithTheSame => sound.push("heard with the same artists"),
            Reason::SaidRelated => sound.push("said to be related"),
            Reason::RelatedArtists => sound.push("related artists"),
            Reason::WorkedTogether => sound.push("made songs together"),
            Reason::SameEra => sound.push("same era"),
            Reason::NearestSound => sound.push("nearest by overall sound"),
        }
    }
    let mut phrases: Vec<String> = Vec::new();
    if !genres.is_empty() {
        let noun = if genres.len() == 1 { "genre" } else { "genres" };
        phrases.push(format!("shared {noun}: {}", genres.join(", ")));
    }
    phrases.extend(related.into_iter().map(|(one, other)| format!("related genres: {one} and {other}")));
    match traits.as_slice() {
        [] => {}
        [one] => phrases.push(format!("both {one}")),
        [first @ .., last] => phrases.push(format!("both {} and {last}", first.join(", "))),
    }
    phrases.extend(sound.into_iter().map(str::to_owned));
    phrases.join("; ")
}

fn escape(name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    name.chars().try_for_each(|c| {
        if matches!(c, '%' | '|' | '/') || c.is_control() {
            c.encode_utf8(&mut [0; 4]).bytes().try_for_each(|byte| write!(f, "%{byte:02X}"))
        } else {
            fmt::Write::write_char(f, c)
        }
    })
}

/// `None` where a percent sign is not followed by two hexadecimal digits, or the bytes are not UTF-8.
fn unescape(text: &str) -> Option<String> {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}
