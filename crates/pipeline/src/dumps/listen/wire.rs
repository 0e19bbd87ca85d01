//! What a line of the dump has, field for field. Unknown fields are ignored, and values of other types are none.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};

use super::{MOST_ARTISTS, mbid};

#[derive(Debug, Default, PartialEq, Deserialize)]
pub(super) struct Line<'a> {
    #[serde(default, deserialize_with = "lenient")]
    pub(super) user_id: Option<Number>,
    #[serde(default, borrow)]
    pub(super) user_name: Text<'a>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) timestamp: Option<Number>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) listened_at: Option<Number>,
    #[serde(borrow)]
    pub(super) track_metadata: Option<Track<'a>>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
pub(super) struct Track<'a> {
    #[serde(default, borrow)]
    pub(super) artist_name: Text<'a>,
    #[serde(default, borrow)]
    pub(super) additional_info: Option<Info<'a>>,
    pub(super) mbid_mapping: Option<Mapping>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
pub(super) struct Mapping {
    #[serde(default)]
    pub(super) artist_mbids: Mbids,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
pub(super) struct Info<'a> {
    #[serde(default)]
    pub(super) artist_mbids: Mbids,
    #[serde(default, borrow)]
    pub(super) spotify_artist_ids: Texts<'a>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) duration_ms: Option<Number>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) duration: Option<Number>,
}

impl Info<'_> {
    pub(super) fn seconds(&self) -> u32 {
        let whole = self.duration_ms.map(|Number(ms)| ms / 1000).or(self.duration.map(|Number(seconds)| seconds));
        // A day's recording is no song, and a negative one nothing.
        whole.and_then(|seconds| u32::try_from(seconds).ok()).filter(|seconds| *seconds < 86_400).unwrap_or(0)
    }
}

/// A whole number, written as one, as a fraction, or in quotes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Number(pub(super) i64);

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
#[derive(Debug, Default, PartialEq)]
pub(super) struct Text<'a>(pub(super) Option<Cow<'a, str>>);

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

/// A list of ids at MusicBrainz, or one alone; what is none is left out, and so is what is more than count.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Mbids {
    ids: [u128; MOST_ARTISTS],
    len: usize,
}

impl Mbids {
    pub(super) fn ids(&self) -> impl Iterator<Item = u128> + '_ {
        self.ids[..self.len].iter().copied()
    }

    pub(super) fn push(&mut self, text: &str) {
        if let (true, Some(id)) = (self.len < MOST_ARTISTS, mbid(text.trim())) {
            self.ids[self.len] = id;
            self.len += 1;
        }
    }
}

impl<'de> Deserialize<'de> for Mbids {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MbidsVisitor)
    }
}

struct MbidsVisitor;

impl<'de> Visitor<'de> for MbidsVisitor {
    type Value = Mbids;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ids")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        let mut ids = Mbids::default();
        ids.push(text);
        Ok(ids)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut ids = Mbids::default();
        while let Some(Text(text)) = items.next_element()? {
            ids.push(text.as_deref().unwrap_or_default());
        }
        Ok(ids)
    }

    nothing_else!(Mbids::default(), [visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64]);
}

/// A list of texts, or one alone.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Texts<'a>(pub(super) Vec<Cow<'a, str>>);

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
