//! Pictures, and what stands in their place.

use url::Url;

/// How many colours the stylesheet has for initials: `hue0`, `hue1`, ..
const HUES: u8 = 8;

/// A picture as it is shown: linked, never fetched by us and never altered; initials where there is none, or where it does not
/// load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    /// Where it is, on the web.
    pub(crate) url: Option<String>,
    /// One or two letters of the name.
    pub(crate) initials: String,
    /// The colour behind them, always the same for a name.
    pub(crate) hue: u8,
}

impl Picture {
    /// The picture of somebody called `name`; `show` is whether pictures are wanted at all.
    pub(crate) fn new(name: &str, url: Option<&str>, show: bool) -> Self {
        let usable = |url: &&str| Url::parse(url).is_ok_and(|url| url.scheme() == "https");
        let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        Self {
            url: url.filter(|_| show).filter(usable).map(str::to_owned),
            initials: initials(name),
            // Always smaller than the number of hues.
            hue: u8::try_from((hash >> 16) % u32::from(HUES)).unwrap_or(0),
        }
    }
}

/// The first letters of the first and the last word; one letter for one word; a note for a name without any.
fn initials(name: &str) -> String {
    let letter = |word: &str| word.chars().find(|c| c.is_alphanumeric());
    let mut letters = name.split_whitespace().filter_map(letter);
    let first = letters.next();
    let last = letters.next_back();
    let initials: String = first.into_iter().chain(last).flat_map(char::to_uppercase).collect();
    if initials.is_empty() { "♪".to_owned() } else { initials }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_of_all_kinds_of_names() {
        let given = ["Guns N' Roses", "Metallica", "에스파", "!!!", "", "the xx", "$uicideboy$", "ß"];
        assert_eq!(given.map(initials), ["GR", "M", "에", "♪", "♪", "TX", "U", "SS"]);
    }

    #[test]
    fn pictures_are_shown_from_the_web_and_only_if_wanted() {
        let url = |url, show| Picture::new("A", Some(url), show).url;
        assert_eq!(url("https://i.scdn.co/image/x", true).as_deref(), Some("https://i.scdn.co/image/x"));
        assert_eq!(url("https://i.scdn.co/image/x", false), None);
        for bad in ["javascript:alert(1)", "http://plain.example/x.png", "file:///etc/passwd", ""] {
            assert_eq!(url(bad, true), None, "{bad}");
        }
    }
}
