//! What a choice means, and the compact code in which a platform carries it: at most 64 bytes, which is what Telegram takes.
//!
//! A code is a letter for what to do and its arguments, separated by `~`: `a~s3Nrfpe0tUJi4K4DXYWgMUX` shows an artist. Ids are
//! packed: a letter for their form, one for their source, and what is left of them. What does not fit is kept in the
//! [`Conversation`], and its digest (`#` and 16 hexadecimal digits) goes into the code.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sixpotify_core::{ArtistId, Source, SpotifyId, TrackId};

use crate::conversation::Conversation;
use crate::language::Language;
use crate::link::is_uuid;

/// What somebody can choose to do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Show an artist.
    Artist(ArtistId),
    /// Show the neighbours of an artist from the one with this number on, 0 being the nearest.
    Similar(ArtistId, usize),
    /// Show the songs of an artist from this one on.
    Songs(ArtistId, usize),
    /// Show songs near a song from this one on.
    SongsLike(TrackId, usize),
    /// Go back to the artist before.
    Back,
    /// Look for an artist by name, at the sources, too.
    Name(String),
    /// Begin.
    Start,
    /// Say what the bot can do.
    Help,
    /// Say what is kept of people.
    Privacy,
    /// Ask whether everything that is kept of this person is to be deleted.
    Delete,
    /// Delete it.
    DeleteNow,
    /// Do not delete it.
    KeepAll,
    /// Speak this language from now on.
    Speak(Language),
}

/// The code of an [`Action`]: 1 to [`Payload::MAX`] bytes of ASCII or, in names, any letters.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Payload(String);

impl Payload {
    /// The most bytes that a payload has.
    pub const MAX: usize = 64;

    /// The code as the platform carries it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl Action {
    /// The code. What is too long for it is kept in `conversation`, which [`read`](Self::read) then needs.
    pub fn payload(&self, conversation: &mut Conversation) -> Payload {
        Payload(match self {
            Self::Artist(id) => format!("a~{}", pack(id.as_str(), 40, conversation)),
            Self::Similar(id, from) => format!("s~{}~{from}", pack(id.as_str(), 40, conversation)),
            Self::Songs(id, from) => format!("t~{}~{from}", pack(id.as_str(), 40, conversation)),
            Self::SongsLike(id, from) => format!("l~{}~{from}", pack(id.as_str(), 40, conversation)),
            Self::Name(name) if name.len() <= Payload::MAX - 3 => format!("n~={name}"),
            Self::Name(name) => format!("n~{}", keep(name, conversation)),
            Self::Back => "back".to_owned(),
            Self::Start => "start".to_owned(),
            Self::Help => "help".to_owned(),
            Self::Privacy => "privacy".to_owned(),
            Self::Delete => "delete".to_owned(),
            Self::DeleteNow => "delete~now".to_owned(),
            Self::KeepAll => "delete~no".to_owned(),
            Self::Speak(language) => format!("speak~{language}"),
        })
    }

    /// The code of an action that needs no conversation, for menus that are set up once; `None` for the others.
    pub fn fixed_payload(&self) -> Option<Payload> {
        let fixed = !matches!(
            self,
            Self::Artist(_) | Self::Similar(..) | Self::Songs(..) | Self::SongsLike(..) | Self::Name(_)
        );
        fixed.then(|| self.payload(&mut Conversation::default()))
    }

    /// What a code means; `None` for codes that are none of ours, or whose meaning was kept and is kept no longer.
    pub fn read(code: &str, conversation: &Conversation) -> Option<Self> {
        if code.len() > Payload::MAX {
            return None;
        }
        let (letter, rest) = code.split_once('~').unwrap_or((code, ""));
        let artist = |packed: &str| unpack(packed, conversation).map(ArtistId::from_stored);
        let numbered = |rest: &str| {
            let (packed, from) = rest.rsplit_once('~')?;
            Some((unpack(packed, conversation)?, from.parse::<u16>().ok()?.into()))
        };
        Some(match (letter, rest) {
            ("a", packed) => Self::Artist(artist(packed)?),
            ("s", rest) => numbered(rest).map(|(id, from)| Self::Similar(ArtistId::from_stored(id), from))?,
            ("t", rest) => numbered(rest).map(|(id, from)| Self::Songs(ArtistId::from_stored(id), from))?,
            ("l", rest) => numbered(rest).map(|(id, from)| Self::SongsLike(TrackId::from_stored(id), from))?,
            ("n", name) => Self::Name(match name.strip_prefix('=') {
                Some(name) => name.to_owned(),
                None => kept(name, conversation)?,
            }),
            ("back", "") => Self::Back,
            ("start", "") => Self::Start,
            ("help", "") => Self::Help,
            ("privacy", "") => Self::Privacy,
            ("delete", "") => Self::Delete,
            ("delete", "now") => Self::DeleteNow,
            ("delete", "no") => Self::KeepAll,
            ("speak", code) => Self::Speak(Language::ALL.into_iter().find(|language| language.code() == code)?),
            _ => return None,
        })
    }
}

/// One letter for each source but Spotify, whose ids stand alone.
const SOURCES: [(char, Source); 7] = [
    ('m', Source::MusicBrainz),
    ('l', Source::ListenBrainz),
    ('d', Source::Deezer),
    ('r', Source::ReccoBeats),
    ('f', Source::LastFm),
    ('c', Source::Csv),
    ('u', Source::User),
];

/// An id in at most `room` bytes, none of them `~`.
fn pack(id: &str, room: usize, conversation: &mut Conversation) -> String {
    let packed = if SpotifyId::parse(id).is_ok() { Some(format!("s{id}")) } else { pack_foreign(id) };
    match packed {
        Some(packed) if packed.len() <= room => packed,
        _ => keep(id, conversation),
    }
}

/// `source:id` as a letter for the form, one for the source, and the rest; `None` where it has no such form.
fn pack_foreign(id: &str) -> Option<String> {
    let (source, own) = id.split_once(':')?;
    let letter = SOURCES.iter().find(|(_, known)| known.as_str() == source)?.0;
    if is_uuid(own) && is_lower_hex(&own.replace('-', "")) {
        return Some(format!("u{letter}{}", URL_SAFE_NO_PAD.encode(bytes_of_hex(&own.replace('-', ""))?)));
    }
    if own.len() >= 16 && own.len() % 2 == 0 && is_lower_hex(own) {
        return Some(format!("h{letter}{}", URL_SAFE_NO_PAD.encode(bytes_of_hex(own)?)));
    }
    let plain = !own.is_empty() && own.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    plain.then(|| format!("p{letter}{own}"))
}

/// The id that [`pack`] packed.
fn unpack(packed: &str, conversation: &Conversation) -> Option<String> {
    if packed.starts_with('#') {
        return kept(packed, conversation);
    }
    let mut letters = packed.chars();
    match letters.next()? {
        's' => SpotifyId::parse(letters.as_str()).ok().map(|id| id.to_string()),
        form @ ('u' | 'h' | 'p') => {
            let letter = letters.next()?;
            let source = SOURCES.iter().find(|(known, _)| *known == letter)?.1;
            let rest = letters.as_str();
            let own = match form {
                'p' => rest.to_owned(),
                'h' => hex(&URL_SAFE_NO_PAD.decode(rest).ok()?),
                _ => {
                    let hex = hex(&URL_SAFE_NO_PAD.decode(rest).ok().filter(|bytes| bytes.len() == 16)?);
                    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
                }
            };
            Some(format!("{source}:{own}"))
        }
        _ => None,
    }
}

fn keep(text: &str, conversation: &mut Conversation) -> String {
    conversation.keep(text);
    digest(text)
}

fn kept(digest_of_it: &str, conversation: &Conversation) -> Option<String> {
    conversation.kept().iter().find(|text| digest(text) == digest_of_it).cloned()
}

/// FNV-1a of 64 bits: it only has to tell a few dozen texts of one person apart.
fn digest(text: &str) -> String {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("#{hash:016x}")
}

fn is_lower_hex(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn bytes_of_hex(hex: &str) -> Option<Vec<u8>> {
    hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ids() -> impl Strategy<Value = String> {
        prop_oneof![
            "[0-9A-Za-z]{22}",
            "musicbrainz:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "musicbrainz:[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}",
            "csv:[0-9a-f]{64}",
            "csv:[0-9a-f]{15,17}",
            "deezer:[0-9]{1,12}",
            "lastfm:[^\\x00]{0,90}",
            "\\PC{0,90}",
        ]
    }

    fn actions() -> impl Strategy<Value = Action> {
        prop_oneof![
            ids().prop_map(|id| Action::Artist(ArtistId::from_stored(id))),
            (ids(), 0..=9999_usize).prop_map(|(id, n)| Action::Similar(ArtistId::from_stored(id), n)),
            (ids(), 0..=9999_usize).prop_map(|(id, n)| Action::Songs(ArtistId::from_stored(id), n)),
            (ids(), 0..=9999_usize).prop_map(|(id, n)| Action::SongsLike(TrackId::from_stored(id), n)),
            "\\PC{0,120}".prop_map(Action::Name),
            prop::sample::select(vec![
                Action::Back,
                Action::Start,
                Action::Help,
                Action::Privacy,
                Action::Delete,
                Action::DeleteNow,
                Action::KeepAll,
                Action::Speak(Language::Korean),
                Action::Speak(Language::English),
            ]),
        ]
    }

    proptest! {
        #[test]
        fn a_payload_is_short_and_means_what_it_was_made_of(action in actions()) {
            let mut conversation = Conversation::default();
            let payload = action.payload(&mut conversation);
            prop_assert!((1..=Payload::MAX).contains(&payload.as_str().len()), "{payload}");
            let stored = conversation.stored_pending();
            let later = Conversation::from_stored(None, stored.as_deref());
            prop_assert_eq!(Action::read(payload.as_str(), &later), Some(action));
        }

        #[test]
        fn anything_may_come_back(code in "\\PC{0,80}") {
            let _ = Action::read(&code, &Conversation::default());
        }

        #[test]
        fn codes_of_ours_with_anything_in_them_may_come_back(code in "[astln]~[suhp#=][mldrfcu]?[0-9A-Za-z_~-]{0,50}") {
            let _ = Action::read(&code, &Conversation::default());
        }
    }

    #[test]
    fn ids_of_the_open_sources_need_no_memory() {
        let mut conversation = Conversation::default();
        for id in ["3Nrfpe0tUJi4K4DXYWgMUX", "musicbrainz:0d79fe8e-ba27-4859-bb8c-2f255f346853", "deezer:4495513"] {
            Action::Similar(ArtistId::from_stored(id), 990).payload(&mut conversation);
        }
        assert_eq!(conversation.stored_pending(), None);
    }

    #[test]
    fn what_is_kept_no_longer_means_nothing() {
        let long = Action::Artist(ArtistId::from_stored("x".repeat(90)));
        let payload = long.payload(&mut Conversation::default());
        assert_eq!(Action::read(payload.as_str(), &Conversation::default()), None);
    }
}
