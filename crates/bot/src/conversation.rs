//! What is remembered of a conversation between two messages, so that any server can answer the next one.

use serde::{Deserialize, Serialize};
use sixpotify_core::{ArtistId, TrackId};

use crate::language::Language;

/// How many artists back one can go.
const TRAIL: usize = 5;

/// How many texts that no payload holds are kept, newest first.
const KEPT: usize = 24;

/// The record of a conversation. Small: a language, where one is, the question that waits. The texts of messages are not in it,
/// but for a name that a question is about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Conversation {
    /// The language, once it is known; in a column of its own.
    #[serde(skip)]
    pub language: Option<Language>,
    /// Whether the person chose the language: then nothing but another choice changes it.
    #[serde(skip_serializing_if = "is_false")]
    pub chosen: bool,
    /// What `more`, `songs` and `similar` speak of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) focus: Option<Focus>,
    /// Artists seen before the present one, the latest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    trail: Vec<String>,
    /// The choices of the question that waits for an answer, as payloads.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) question: Vec<String>,
    /// The entries of the list that was shown last, as payloads: a number means one of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) list: Vec<String>,
    /// Names and ids that are too long for a payload, which then holds a digest of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    kept: Vec<String>,
}

/// Where in the music somebody is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Focus {
    /// The artist or, where `song` says so, the song.
    pub(crate) id: String,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) song: bool,
    /// How many of its neighbours were shown.
    #[serde(default)]
    pub(crate) similar: usize,
    /// How many of its songs were shown.
    #[serde(default)]
    pub(crate) songs: usize,
    /// Whether songs were shown last.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) songs_last: bool,
    /// Whether a list of its own was shown last, not the card.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) list: bool,
}

/// What a [`Focus`] is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Artist(ArtistId),
    Song(TrackId),
}

impl Focus {
    pub(crate) fn on_artist(id: &ArtistId) -> Self {
        Self { id: id.to_string(), song: false, similar: 0, songs: 0, songs_last: false, list: false }
    }

    pub(crate) fn on_song(id: &TrackId) -> Self {
        Self { id: id.to_string(), song: true, similar: 0, songs: 0, songs_last: true, list: false }
    }

    /// Whether it is on this artist.
    pub(crate) fn is_on(&self, artist: &ArtistId) -> bool {
        !self.song && self.id == artist.as_str()
    }

    pub(crate) fn subject(&self) -> Subject {
        if self.song {
            Subject::Song(TrackId::from_stored(self.id.as_str()))
        } else {
            Subject::Artist(ArtistId::from_stored(self.id.as_str()))
        }
    }
}

impl Conversation {
    /// The record out of the two columns in which it is stored. What cannot be read any more is forgotten.
    pub fn from_stored(language: Option<&str>, pending: Option<&str>) -> Self {
        let mut record: Self = pending.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
        record.language = language.and_then(|code| Language::ALL.into_iter().find(|known| known.code() == code));
        record.trail.truncate(TRAIL);
        record.kept.truncate(KEPT);
        record
    }

    /// The language column.
    pub fn stored_language(&self) -> Option<&'static str> {
        self.language.map(Language::code)
    }

    /// The other column: JSON, or `None` where there is nothing to remember.
    pub fn stored_pending(&self) -> Option<String> {
        let json = serde_json::to_string(self).ok()?;
        (json != "{}").then_some(json)
    }

    /// Moves on to `focus`; an artist that is left goes on the trail.
    pub(crate) fn move_to(&mut self, focus: Focus) {
        if let Some(Focus { id, song: false, .. }) = self.focus.take()
            && (focus.song || focus.id != id)
        {
            self.trail.retain(|earlier| *earlier != id);
            self.trail.push(id);
            if self.trail.len() > TRAIL {
                self.trail.remove(0);
            }
        }
        self.focus = Some(focus);
    }

    /// The artist before the present one; it leaves the trail, and the present one does not enter it.
    pub(crate) fn go_back(&mut self) -> Option<ArtistId> {
        let before = self.trail.pop()?;
        self.focus = None;
        Some(ArtistId::from_stored(before))
    }

    /// The artist that going back would lead to.
    pub(crate) fn before(&self) -> Option<ArtistId> {
        self.trail.last().map(|id| ArtistId::from_stored(id.as_str()))
    }

    /// Keeps a text that no payload holds.
    pub(crate) fn keep(&mut self, text: &str) {
        self.kept.retain(|kept| kept != text);
        self.kept.insert(0, text.to_owned());
        self.kept.truncate(KEPT);
    }

    /// Texts that no payload held.
    pub(crate) fn kept(&self) -> &[String] {
        &self.kept
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artist(id: &str) -> ArtistId {
        ArtistId::from_stored(id)
    }

    #[test]
    fn a_record_comes_back_as_it_was_stored() {
        let mut record = Conversation { language: Some(Language::Korean), chosen: true, ..Conversation::default() };
        record.move_to(Focus::on_artist(&artist("a")));
        record.move_to(Focus::on_song(&TrackId::from_stored("s")));
        record.question = vec!["help".to_owned()];
        record.keep("a name");
        let (language, pending) = (record.stored_language(), record.stored_pending());
        assert_eq!(Conversation::from_stored(language, pending.as_deref()), record);
    }

    #[test]
    fn nothing_is_stored_where_there_is_nothing() {
        assert_eq!(Conversation::default().stored_pending(), None);
        assert_eq!(Conversation::default().stored_language(), None);
    }

    #[test]
    fn what_cannot_be_read_is_forgotten() {
        for json in ["", "[]", "{\"focus\":7}", "{\"question\":\"x\"}", "nonsense"] {
            assert_eq!(Conversation::from_stored(Some("xx"), Some(json)), Conversation::default(), "{json}");
        }
    }

    #[test]
    fn the_way_back_is_the_way_that_was_gone() {
        let mut record = Conversation::default();
        for id in ["a", "b", "b", "c"] {
            record.move_to(Focus::on_artist(&artist(id)));
        }
        assert_eq!(record.go_back(), Some(artist("b")));
        record.move_to(Focus::on_artist(&artist("b")));
        assert_eq!(record.go_back(), Some(artist("a")));
        record.move_to(Focus::on_artist(&artist("a")));
        assert_eq!(record.go_back(), None);
        for id in 0..20 {
            record.move_to(Focus::on_artist(&artist(&id.to_string())));
        }
        assert_eq!(record.trail.len(), TRAIL);
    }
}
