//! A listen as the dump has it, and what of it counts: who, when, for how long, and whom.
//!
//! A line has `user_id`, `user_name`, `timestamp` (`listened_at` in newer ones) and `track_metadata` with `artist_name` and
//! what the player sent besides (`additional_info`): ids of the artists at MusicBrainz or Spotify, the duration of the track. Who
//! submits may send anything there, so a value of another type is as good as none.

mod scan;
mod wire;

use std::collections::HashMap;

use sixpotify_core::{Source, artist_link};

use self::wire::{Info, Line, Mbids, Number, Track};
use super::blocks::{Block, lines};

/// A map that is asked for every listen; nobody chooses what its hashes collide on.
pub(super) type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// Artists of one listen that count; more is no band.
pub(super) const MOST_ARTISTS: usize = 8;

/// A piece of [`Listens::text`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    from: u32,
    to: u32,
}

/// Whom somebody heard, as far as a listen says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whom {
    /// An id at MusicBrainz.
    Mbid(u128),
    /// An id at Spotify.
    Spotify(Span),
    /// A name, to the letter.
    Name(Span),
}

/// Who listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// The service's number, which stays when the name is changed.
    Number(i64),
    /// A name, where there is no number.
    Name(Span),
}

/// The listens of a block, in order. Nothing is allocated for one of them: a dump has more than a thousand million.
#[derive(Debug, Default)]
pub(super) struct Listens {
    pub(super) listens: Vec<Listen>,
    /// Each listen has some of them.
    pub(super) heard: Vec<Whom>,
    /// Names, and ids at Spotify.
    pub(super) text: String,
    pub(super) faulty: Vec<(u64, String)>,
}

impl Listens {
    /// What a span of the block says.
    pub(super) fn text(&self, span: Span) -> &str {
        &self.text[span.from as usize..span.to as usize]
    }

    /// Adds text. A block has 32 MB at most, and its text is a part of it.
    pub(super) fn add_text(&mut self, text: &str) -> Span {
        let at = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let from = at(self.text.len());
        self.text.push_str(text);
        Span { from, to: at(self.text.len()) }
    }
}

/// One listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Listen {
    pub(super) user: Who,
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
    let mut parsed = Listens::default();
    for (number, line) in lines(&block) {
        let read = scan::line(line).map_or_else(|| serde_json::from_slice(line), Ok);
        match read {
            Ok(listen) => {
                if let Err(reason) = parsed.take(&listen) {
                    parsed.faulty.push((number, reason.to_owned()));
                }
            }
            Err(error) => parsed.faulty.push((number, error.to_string())),
        }
    }
    parsed
}

impl Listens {
    fn take(&mut self, line: &Line<'_>) -> Result<(), &'static str> {
        let named = line.user_name.0.as_deref().filter(|name| !name.is_empty());
        if line.user_id.is_none() && named.is_none() {
            return Err("not a listen: it has no user");
        }
        let Some(Number(at)) = line.timestamp.or(line.listened_at) else { return Err("not a listen: it has no time") };
        let Some(track) = &line.track_metadata else { return Err("not a listen: it has no track") };
        let user = match line.user_id {
            Some(Number(id)) => Who::Number(id),
            None => Who::Name(self.add_text(named.unwrap_or_default())),
        };
        let before = self.heard.len();
        self.hear(track);
        self.listens.push(Listen {
            user,
            at,
            duration: track.additional_info.as_ref().map_or(0, Info::seconds),
            artists: u8::try_from(self.heard.len() - before).unwrap_or(0),
        });
        Ok(())
    }

    /// Notes whom a track names: by ids at MusicBrainz, else at Spotify, else by name.
    fn hear(&mut self, track: &Track<'_>) {
        let from = self.heard.len();
        let said = track.additional_info.as_ref().map(|info| &info.artist_mbids);
        let mapped = track.mbid_mapping.as_ref().map(|mapping| &mapping.artist_mbids);
        for mbid in said.into_iter().chain(mapped).flat_map(Mbids::ids) {
            if self.heard.len() - from < MOST_ARTISTS && !self.heard[from..].contains(&Whom::Mbid(mbid)) {
                self.heard.push(Whom::Mbid(mbid));
            }
        }
        if self.heard.len() > from {
            return;
        }
        let spotify = track.additional_info.iter().flat_map(|info| &info.spotify_artist_ids.0);
        for link in spotify.filter_map(|text| artist_link(text)).filter(|link| link.source == Source::Spotify) {
            let is_noted = |whom: &Whom| matches!(whom, Whom::Spotify(id) if self.text(*id) == link.source_id);
            if self.heard.len() - from < MOST_ARTISTS && !self.heard[from..].iter().any(is_noted) {
                let id = self.add_text(&link.source_id);
                self.heard.push(Whom::Spotify(id));
            }
        }
        if let (true, Some(name)) = (self.heard.len() == from, &track.artist_name.0)
            && !name.trim().is_empty()
        {
            let name = self.add_text(name.trim());
            self.heard.push(Whom::Name(name));
        }
    }
}

/// Reads an id as MusicBrainz writes it: 8-4-4-4-12 hexadecimal digits.
fn mbid(text: &str) -> Option<u128> {
    let bytes: &[u8; 36] = text.as_bytes().try_into().ok()?;
    let mut id = 0;
    for (at, byte) in bytes.iter().enumerate() {
        match (at, byte) {
            (8 | 13 | 18 | 23, b'-') => {}
            (8 | 13 | 18 | 23, _) => return None,
            (_, b'0'..=b'9') => id = id << 4 | u128::from(byte - b'0'),
            (_, b'a'..=b'f') => id = id << 4 | u128::from(byte - b'a' + 10),
            (_, b'A'..=b'F') => id = id << 4 | u128::from(byte - b'A' + 10),
            _ => return None,
        }
    }
    Some(id)
}

/// Writes an id as MusicBrainz does.
pub(super) fn mbid_text(id: u128) -> String {
    let part = |shift: u32, digits: u32| (id >> shift) & ((1 << (4 * digits)) - 1);
    format!("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", part(96, 8), part(80, 4), part(64, 4), part(48, 4), part(0, 12))
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

    /// Whom a track names: kinds of ids and the ids.
    fn heard(track: &str) -> Vec<(&'static str, String)> {
        let listens = parsed(&format!("{{\"user_id\":1,\"timestamp\":5,\"track_metadata\":{track}}}"));
        assert_eq!(listens.faulty, []);
        let owned = |whom: &Whom| match whom {
            Whom::Mbid(id) => ("mbid", mbid_text(*id)),
            Whom::Spotify(id) => ("spotify", listens.text(*id).to_owned()),
            Whom::Name(name) => ("name", listens.text(*name).to_owned()),
        };
        listens.heard.iter().map(owned).collect()
    }

    fn only(kind: &'static str, id: &str) -> Vec<(&'static str, String)> {
        vec![(kind, id.to_owned())]
    }

    #[test]
    fn both_shapes_of_a_line_are_read() {
        let old = r#"{"user_id":7,"user_name":"ann","timestamp":1595000000,"track_metadata":{"artist_name":"aespa","track_name":"x","additional_info":{"duration_ms":200500}},"recording_msid":"m"}"#;
        let new = r#"{"user_id":7,"user_name":"\u00e4","listened_at":1595000300.0,"track_metadata":{"artist_name":"aespa","additional_info":{"duration":"180"}}}"#;
        let listens = parsed(&format!("{old}\n\n{new}\n"));
        assert_eq!(listens.text, "aespaaespa");
        let (first, second) = (listens.listens[0], listens.listens[1]);
        assert_eq!(first, Listen { user: Who::Number(7), at: 1_595_000_000, duration: 200, artists: 1 });
        assert_eq!(second, Listen { user: Who::Number(7), at: 1_595_000_300, duration: 180, artists: 1 });
        let nameless = parsed(r#"{"user_name":"ann","timestamp":1,"track_metadata":{}}"#);
        let Who::Name(name) = nameless.listens[0].user else { panic!("{nameless:?}") };
        assert_eq!(nameless.text(name), "ann");
    }

    #[test]
    fn ids_come_before_names() {
        let upper = AESPA.to_uppercase();
        let one = format!(
            r#"{{"artist_name":"x","additional_info":{{"artist_mbids":["{AESPA}","{upper}","no","{}"]}}}}"#,
            AESPA.replace('-', "0")
        );
        assert_eq!(heard(&one), only("mbid", AESPA));
        let mapped = format!(r#"{{"artist_name":"x","mbid_mapping":{{"artist_mbids":["{AESPA}"]}}}}"#);
        assert_eq!(heard(&mapped), only("mbid", AESPA));
        let alone = format!(r#"{{"artist_name":"x","additional_info":{{"artist_mbids":" {AESPA} "}}}}"#);
        assert_eq!(heard(&alone), only("mbid", AESPA));
        let page = "https://open.spotify.com/artist/3Nrfpe0tUJi4K4DXYWgMUX";
        let spotify =
            format!(r#"{{"artist_name":"x","additional_info":{{"spotify_artist_ids":["{page}","{page}?si=1"]}}}}"#);
        assert_eq!(heard(&spotify), only("spotify", "3Nrfpe0tUJi4K4DXYWgMUX"));
        assert_eq!(heard(r#"{"artist_name":" \ubc29\ud0c4 "}"#), only("name", "방탄"));
    }

    #[test]
    fn of_more_artists_than_count_the_first_do() {
        let ids: Vec<String> = (0..20_u128).map(|n| format!("\"{}\"", mbid_text(n << 64 | 7))).collect();
        let many = heard(&format!(r#"{{"additional_info":{{"artist_mbids":[{}]}}}}"#, ids.join(",")));
        assert_eq!(many.len(), MOST_ARTISTS);
        assert_eq!(many[3].1, "00000000-0000-0003-0000-000000000007");
    }

    #[test]
    fn values_of_other_types_are_none() {
        let odd = r#"{"artist_name":["a"],"additional_info":{"artist_mbids":{"a":1},"spotify_artist_ids":7,"duration_ms":[1,{"b":2}],"duration":false}}"#;
        assert_eq!(heard(odd), []);
        assert_eq!(heard(r#"{"artist_name":"a","additional_info":null}"#), only("name", "a"));
    }

    #[test]
    fn what_is_no_listen_is_faulty_with_its_line() {
        let listens = parsed("{}\nnot json\n{\"user_id\":1,\"track_metadata\":{}}\n{\"user_id\":1,\"timestamp\":1}\n");
        let lines: Vec<u64> = listens.faulty.iter().map(|(line, _)| *line).collect();
        assert_eq!((lines, listens.listens.len()), (vec![1, 2, 3, 4], 0));
    }
}
