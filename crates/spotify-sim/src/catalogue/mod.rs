//! What there is to serve: artists, albums and tracks, asked for by id or by search.

pub(crate) mod derive;
mod index;
pub(crate) mod query;
mod sampled;

use std::borrow::Cow;

pub(crate) use sampled::Sampled;

use crate::id::Id;
use crate::sample::Features;
use query::Query;

/// A named reference to an artist, as tracks and albums carry it.
#[derive(Clone, Debug)]
pub(crate) struct Credit<'a> {
    pub(crate) id: Id,
    pub(crate) name: Cow<'a, str>,
}

/// An artist.
#[derive(Clone, Debug)]
pub(crate) struct Artist<'a> {
    pub(crate) id: Id,
    pub(crate) name: Cow<'a, str>,
    pub(crate) followers: u64,
    pub(crate) popularity: u8,
    pub(crate) genres: Vec<Cow<'a, str>>,
    pub(crate) image: Option<Image>,
}

/// A picture: a number from which its address is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Image(pub(crate) u64);

/// Kinds of album.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AlbumType {
    Album,
    Single,
    Compilation,
}

/// How an album belongs to the artist whose albums are listed: the values of `include_groups`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    Album,
    Single,
    Compilation,
    AppearsOn,
}

/// A release date, known to the year, the month or the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Released {
    pub(crate) year: u16,
    pub(crate) month: Option<u8>,
    pub(crate) day: Option<u8>,
}

/// An album.
#[derive(Clone, Debug)]
pub(crate) struct Album<'a> {
    pub(crate) id: Id,
    pub(crate) name: Cow<'a, str>,
    pub(crate) kind: AlbumType,
    pub(crate) total_tracks: u32,
    pub(crate) released: Released,
    pub(crate) artists: Vec<Credit<'a>>,
    pub(crate) image: Image,
    pub(crate) popularity: u8,
}

/// A track.
#[derive(Clone, Debug)]
pub(crate) struct Track<'a> {
    pub(crate) id: Id,
    pub(crate) name: Cow<'a, str>,
    pub(crate) album: Album<'a>,
    pub(crate) artists: Vec<Credit<'a>>,
    pub(crate) duration_ms: u32,
    pub(crate) explicit: bool,
    pub(crate) isrc: Option<String>,
    pub(crate) popularity: u8,
    pub(crate) track_number: u32,
}

/// A span of a longer list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) offset: usize,
    pub(crate) limit: usize,
}

impl Span {
    /// The items of `all` that lie in the span.
    pub(crate) fn of<T>(self, all: &[T]) -> &[T] {
        let start = self.offset.min(all.len());
        &all[start..(start + self.limit).min(all.len())]
    }
}

/// The part of a list that was asked for, and how long the list is.
#[derive(Clone, Debug)]
pub(crate) struct Slice<T> {
    pub(crate) total: usize,
    pub(crate) items: Vec<T>,
}

/// A catalogue. Every answer is the same for the same question, forever.
pub(crate) trait Catalogue: Send + Sync {
    /// The artist with this id.
    fn artist(&self, id: Id) -> Option<Artist<'_>>;
    /// The album with this id.
    fn album(&self, id: Id) -> Option<Album<'_>>;
    /// The track with this id.
    fn track(&self, id: Id) -> Option<Track<'_>>;
    /// The audio features of a track and its length in milliseconds; also `None` for a track that has none.
    fn features(&self, id: Id) -> Option<(Features, u32)>;
    /// The albums of an artist in these groups, group by group and newest first; `None`: no such artist.
    fn albums_of(&self, artist: Id, groups: &[Group], span: Span) -> Option<Slice<(Group, Album<'_>)>>;
    /// At most ten tracks, most popular first; `None`: no such artist.
    fn top_tracks(&self, artist: Id) -> Option<Vec<Track<'_>>>;
    /// The tracks of an album in their order; `None`: no such album.
    fn album_tracks(&self, album: Id, span: Span) -> Option<Slice<Track<'_>>>;
    /// Artists by relevance.
    fn search_artists(&self, query: &Query, span: Span) -> Slice<Artist<'_>>;
    /// Tracks by relevance.
    fn search_tracks(&self, query: &Query, span: Span) -> Slice<Track<'_>>;
}
