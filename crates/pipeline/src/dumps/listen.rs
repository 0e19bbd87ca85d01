//! A listen as the dump has it, and what of it counts: who, when, for how long, and whom.
//!
//! A line has `user_id`, `user_name`, `timestamp` (`listened_at` in newer ones) and `track_metadata` with `artist_name` and
//! what the player sent besides (`additional_info`): ids of the artists at MusicBrainz or Spotify, the duration of the track. Who
//! submits may send anything there, so a value of another type is as good as none.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use sixpotify_core::{Mbid, Source, artist_link};

use super::blocks::{Block, lines};

/// A map that is asked for every listen; nobody chooses what its hashes collide on.
pub(super) type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// Artists of one listen that count; more is no band.
pub(super) const MOST_ARTISTS: usize = 8;

/// Whom somebody heard, as far as a listen says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Heard {
    /// An id at a source.
    Id(Source, String),
    /// A name, to the letter.
    Name(String),
}

/// Who listens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Listener {
    /// The service's number, which stays when the name is changed.
    Number(i64),
    /// A name, where there is no number.
    Name(String),
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "#{number}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// The listens of a block, in order. Users and artists are numbered within the block.
#[derive(Debug, Default)]
pub(super) struct Listens {
    pub(super) users: Vec<Listener>,
    pub(super) artists: Vec<Heard>,
    pub(super) listens: Vec<Listen>,
    /// Positions in `artists`; each listen has some of them.
    pub(super) heard: Vec<u32>,
    pub(super) faulty: Vec<(u64, String)>,
}

/// One listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Listen {
    /// Position in `users`.
    pub(super) user: u32,
    /// Seconds since 1970.
    pub(super) at: i64,
    /// Of the track, in seconds; 0: unknown.
    pub(super) duration: u32,
    /// How many of `heard` are its own.
    pub(super) artists: u8,
}

/// Reads the listens of `block`.
#[expect(clippy::needless_pass_by_value, reason = "a block goes when it is parsed")]
pub(super) fn parse(block: Block) -> Listens {
    let mut parser = Parser::default();
    for (number, line) in lines(&block) {
        match serde_json::from_slice::<Line<'_>>(line) {
            Ok(listen) => {
                if let Err(reason) = parser.take(&listen) {
                    parser.parsed.faulty.push((number, reason.to_owned()));
                }
            }
            Err(error) => parser.parsed.faulty.push((number, error.to_string())),
        }
    }
    parser.parsed
}

/// What a block has so far, and the numbers of whom it has named. Text is kept as it stands in the block: most listeners and
/// artists come again and again.
#[derive(Default)]
struct Parser<'a> {
    parsed: Listens,
    users: Map<Listener, u32>,
    artists: Map<Heard, u32>,
    /// Texts that are ids at MusicBrainz, and what they are the number of; no number: they are none.
    mbids: Map<Cow<'a, str>, Option<u32>>,
    names: Map<Cow<'a, str>, u32>,
}

/// The number of `key`, a new one where it is new.
fn number_of<K: std::hash::Hash + Eq + Clone>(numbers: &mut Map<K, u32>, all: &mut Vec<K>, key: K) -> u32 {
    *numbers.entry(key).or_insert_with_key(|key| {
        all.push(key.clone());
        u32::try_from(all.len() - 1).unwrap_or(u32::MAX)
    })
}

impl<'a> Parser<'a> {
    fn take(&mut self, line: &Line<'a>) -> Result<(), &'static str> {
        let listener = match (line.user_id, &line.user_name.0) {
            (Some(Number(id)), _) => Listener::Number(id),
            (None, Some(name)) if !name.is_empty() => Listener::Name(name.to_string()),
            _ => return Err("not a listen: it has no user"),
        };
        let Some(Number(at)) = line.timestamp.or(line.listened_at) else { return Err("not a listen: it has no time") };
        let Some(track) = &line.track_metadata else { return Err("not a listen: it has no track") };
        let before = self.parsed.heard.len();
        self.artists(track);
        let listen = Listen {
            user: number_of(&mut self.users, &mut self.parsed.users, listener),
            at,
            duration: track.additional_info.as_ref().map_or(0, Info::seconds),
            artists: u8::try_from(self.parsed.heard.len() - before).unwrap_or(0),
        };
        self.parsed.listens.push(listen);
        Ok(())
    }

    /// Whom a track names: by ids at MusicBrainz, else at Spotify, else by name.
    fn artists(&mut self, track: &Track<'a>) {
        let before = self.parsed.heard.len();
        let said = track.additional_info.as_ref().map(|info| &info.artist_mbids.0);
        let mapped = track.mbid_mapping.as_ref().map(|mapping| &mapping.artist_mbids.0);
        let mut any = false;
        for text in said.into_iter().chain(mapped).flatten() {
            if let Some(number) = self.mbid(text.clone()) {
                any = true;
                self.hear(before, number);
            }
        }
        if any {
            return;
        }
        let spotify = track.additional_info.iter().flat_map(|info| &info.spotify_artist_ids.0);
        for link in spotify.filter_map(|text| artist_link(text)).filter(|link| link.source == Source::Spotify) {
            any = true;
            let number = self.number(Heard::Id(link.source, link.source_id));
            self.hear(before, number);
        }
        if let (false, Some(name)) = (any, &track.artist_name.0)
            && !name.trim().is_empty()
        {
            let number = match self.names.get(name) {
                Some(number) => *number,
                None => {
                    let number = self.number(Heard::Name(name.trim().to_owned()));
                    self.names.insert(name.clone(), number);
                    number
                }
            };
            self.hear(before, number);
        }
    }

    fn mbid(&mut self, text: Cow<'a, str>) -> Option<u32> {
        if let Some(known) = self.mbids.get(&text) {
            return *known;
        }
        let id = Mbid::parse(text.trim()).ok().map(|mbid| Heard::Id(Source::MusicBrainz, mbid.as_str().to_owned()));
        let number = id.map(|id| self.number(id));
        self.mbids.insert(text, number);
        number
    }

    fn number(&mut self, artist: Heard) -> u32 {
        number_of(&mut self.artists, &mut self.parsed.artists, artist)
    }

    /// Notes an artist of the listen whose artists begin at `from`.
    fn hear(&mut self, from: usize, artist: u32) {
        let heard = &mut self.parsed.heard;
        if heard.len() - from < MOST_ARTISTS && !heard[from..].contains(&artist) {
            heard.push(artist);
        }
    }
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(default, deserialize_with = "lenient")]
    user_id: Option<Number>,
    #[serde(default, borrow)]
    user_name: Text<'a>,
    #[serde(default, deserialize_with = "lenient")]
    timestamp: Option<Number>,
    #[serde(default, deserialize_with = "lenient")]
    listened_at: Option<Number>,
    #[serde(borrow)]
    track_metadata: Option<Track<'a>>,
}

#[derive(Deserialize)]
struct Track<'a> {
    #[serde(default, borrow)]
    artist_name: Text<'a>,
    #[serde(default, borrow)]
    additional_info: Option<Info<'a>>,
    #[serde(default, borrow)]
    mbid_mapping: Option<Mapping<'a>>,
}

#[derive(Deserialize)]
struct Mapping<'a> {
    #[serde(default, borrow)]
    artist_mbids: Texts<'a>,
}

#[derive(Deserialize)]
struct Info<'a> {
    #[serde(default, borrow)]
    artist_mbids: Texts<'a>,
    #[serde(default, borrow)]
    spotify_artist_ids: Texts<'a>,
    #[serde(default, deserialize_with = "lenient")]
    duration_ms: Option<Number>,
    #[serde(default, deserialize_with = "lenient")]
    duration: Option<Number>,
}

impl Info<'_> {
    fn seconds(&self) -> u32 {
        let whole = self.duration_ms.map(|Number(ms)| ms / 1000).or(self.duration.map(|Number(seconds)| seconds));
        // A day's recording is no song, and a negative one nothing.
        whole.and_then(|seconds| u32::try_from(seconds).ok()).filter(|seconds| *seconds < 86_400).unwrap_or(0)
    }
}

/// A whole number, written as one, as a fraction, or in quotes.
#[derive(Clone, Copy, Debug)]
struct Number(i64);

/// A value of the right type, or none.
fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Number>, D::Error> {
    deserializer.deserialize_any(NumberVisitor)
}

/// Makes a visitor take values of other types for nothing.
macro_rules! nothing_else {
    ($none:expr, [$($method:ident: $type:ty),*]) => {
        $(fn $method<E: de::Error>(self, _: $type) -> Result<Self::Value, E> { Ok($none) })*
        fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> { Ok($none) }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok($none)
        }
    };
}

struct NumberVisitor;

impl<'de> Visitor<'de> for NumberVisitor {
    type Value = Option<Number>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_i64<E: de::Error>(self, n: i64) -> Result<Self::Value, E> {
        Ok(Some(Number(n)))
    }

    fn visit_u64<E: de::Error>(self, n: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(n).ok().map(Number))
    }

    fn visit_f64<E: de::Error>(self, n: f64) -> Result<Self::Value, E> {
        #[expect(clippy::cast_possible_truncation, reason = "what is not a time or a duration is no number here")]
        let whole = (n.is_finite() && n.abs() < 1e15).then_some(Number(n as i64));
        Ok(whole)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(text.trim().parse().ok().map(Number))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    nothing_else!(None, [visit_bool: bool]);
}

/// Text, borrowed where it has no escapes.
#[derive(Debug, Default)]
struct Text<'a>(Option<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Borrowed(text))))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Owned(text.to_owned()))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Text(None))
    }

    nothing_else!(Text(None), [visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64]);
}

/// A list of texts, or one alone.
#[derive(Debug, Default)]
struct Texts<'a>(Vec<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for Texts<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextsVisitor)
    }
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Texts<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("texts")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Texts(vec![Cow::Borrowed(text)]))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Texts(vec![Cow::Owned(text.to_owned())]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut texts = Vec::new();
        while let Some(Text(text)) = items.next_element()? {
            texts.extend(text);
        }
        Ok(Texts(texts))
    }

    nothing_else!(Texts(Vec::new()), [visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64]);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::dumps::blocks::Place;

    const AESPA: &str = "b51c672b-85e0-48fe-8648-470a2422229f";

    fn parsed(text: &str) -> Listens {
        let place = Place { file: Arc::from("2026/5.listens"), first_line: 1, position: 0, ends_file: false };
        parse(Block { place, bytes: text.as_bytes().to_vec() })
    }

    fn heard(track: &str) -> Vec<Heard> {
        let listens = parsed(&format!("{{\"user_id\":1,\"timestamp\":5,\"track_metadata\":{track}}}"));
        assert_eq!(listens.faulty, []);
        listens.heard.iter().map(|n| listens.artists[*n as usize].clone()).collect()
    }

    #[test]
    fn both_shapes_of_a_line_are_read() {
        let old = r#"{"user_id":7,"user_name":"ann","timestamp":1595000000,"track_metadata":{"artist_name":"aespa","track_name":"x","additional_info":{"duration_ms":200500}},"recording_msid":"m"}"#;
        let new = r#"{"user_id":7,"user_name":"\u00e4","listened_at":1595000300.0,"track_metadata":{"artist_name":"aespa","additional_info":{"duration":"180"}}}"#;
        let listens = parsed(&format!("{old}\n\n{new}\n"));
        assert_eq!(
            (listens.users, listens.artists),
            (vec![Listener::Number(7)], vec![Heard::Name("aespa".to_owned())])
        );
        let (first, second) = (listens.listens[0], listens.listens[1]);
        assert_eq!(first, Listen { user: 0, at: 1_595_000_000, duration: 200, artists: 1 });
        assert_eq!(second, Listen { user: 0, at: 1_595_000_300, duration: 180, artists: 1 });
    }

    #[test]
    fn ids_come_before_names() {
        let mbid = Heard::Id(Source::MusicBrainz, AESPA.to_owned());
        let one = format!(r#"{{"artist_name":"x","additional_info":{{"artist_mbids":["{AESPA}","{AESPA}","no"]}}}}"#);
        assert_eq!(heard(&one), std::slice::from_ref(&mbid));
        let mapped = format!(r#"{{"artist_name":"x","mbid_mapping":{{"artist_mbids":["{AESPA}"]}}}}"#);
        assert_eq!(heard(&mapped), [mbid]);
        let spotify = r#"{"artist_name":"x","additional_info":{"spotify_artist_ids":["https://open.spotify.com/artist/3Nrfpe0tUJi4K4DXYWgMUX"]}}"#;
        assert_eq!(heard(spotify), [Heard::Id(Source::Spotify, "3Nrfpe0tUJi4K4DXYWgMUX".to_owned())]);
        assert_eq!(heard(r#"{"artist_name":"\ubc29\ud0c4"}"#), [Heard::Name("방탄".to_owned())]);
    }

    #[test]
    fn values_of_other_types_are_none() {
        let odd = r#"{"artist_name":["a"],"additional_info":{"artist_mbids":{"a":1},"spotify_artist_ids":7,"duration_ms":[1,{"b":2}],"duration":false}}"#;
        assert_eq!(heard(odd), []);
        assert_eq!(heard(r#"{"artist_name":"a","additional_info":null}"#), [Heard::Name("a".to_owned())]);
    }

    #[test]
    fn what_is_no_listen_is_faulty_with_its_line() {
        let listens = parsed("{}\nnot json\n{\"user_id\":1,\"track_metadata\":{}}\n{\"user_id\":1,\"timestamp\":1}\n");
        let lines: Vec<u64> = listens.faulty.iter().map(|(line, _)| *line).collect();
        assert_eq!((lines, listens.listens.len()), (vec![1, 2, 3, 4], 0));
    }
}
