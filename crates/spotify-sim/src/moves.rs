//! Ids that are gone or merged, between the endpoints and the catalogue.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::catalogue::query::Query;
use crate::catalogue::{Album, Artist, Catalogue, Credit, Group, Slice, Span, Track};
use crate::config::Config;
use crate::hash::{hash, unit};
use crate::id::Id;
use crate::sample::Features;

/// What happened to ids since the catalogue was made.
#[derive(Debug, Default)]
pub(crate) struct Moves {
    gone: HashSet<Id>,
    gone_share: f64,
    merged: HashMap<Id, Id>,
    renewed_share: f64,
}

impl Moves {
    /// Reads the settings.
    ///
    /// # Errors
    /// One sentence about an id that is none.
    pub(crate) fn new(config: &Config) -> Result<Self, String> {
        let id =
            |text: &String| Id::parse(text).ok_or_else(|| format!("`{text}` is not an id of 22 letters and digits"));
        Ok(Self {
            gone: config.gone.iter().map(id).collect::<Result<_, _>>()?,
            gone_share: config.gone_share,
            merged: config.merged.iter().map(|(from, to)| Ok((id(from)?, id(to)?))).collect::<Result<_, String>>()?,
            renewed_share: config.merged_share,
        })
    }

    fn is_gone(&self, artist: Id) -> bool {
        self.gone.contains(&artist) || falls("gone", artist, self.gone_share)
    }

    fn is_renewed(&self, artist: Id) -> bool {
        falls("renewed", artist, self.renewed_share)
    }
}

/// Whether an id is one of the share that something happened to.
fn falls(kind: &str, id: Id, share: f64) -> bool {
    share > 0.0 && unit(hash(kind, id.as_str())) < share
}

/// A catalogue as it is after the moves.
///
/// A search leaves out hits that are gone or merged into another, so that a page may hold fewer than its limit.
pub(crate) struct Moved<'c> {
    inner: &'c dyn Catalogue,
    moves: Arc<Moves>,
}

impl<'c> Moved<'c> {
    pub(crate) fn new(inner: &'c dyn Catalogue, moves: Arc<Moves>) -> Self {
        Self { inner, moves }
    }

    /// The id under which the catalogue knows the artist that answers to `asked`.
    fn known(&self, asked: Id) -> Option<Id> {
        let asked = self.moves.merged.get(&asked).copied().unwrap_or(asked);
        let old = asked.turned();
        let known = if self.moves.is_renewed(old) && self.inner.artist(old).is_some() { old } else { asked };
        (!self.moves.is_gone(known)).then_some(known)
    }

    /// The id that the artist known as `id` has now.
    fn current(&self, id: Id) -> Id {
        if self.moves.is_renewed(id) { id.turned() } else { id }
    }

    fn artist_now(&self, mut artist: Artist<'c>) -> Artist<'c> {
        artist.id = self.current(artist.id);
        artist
    }

    fn credits_now(&self, credits: &mut [Credit<'c>]) {
        for credit in credits {
            if let Some(into) = self.moves.merged.get(&credit.id)
                && let Some(artist) = self.inner.artist(*into)
            {
                *credit = Credit { id: *into, name: artist.name };
            }
            credit.id = self.current(credit.id);
        }
    }

    fn album_now(&self, mut album: Album<'c>) -> Album<'c> {
        self.credits_now(&mut album.artists);
        album
    }

    fn track_now(&self, mut track: Track<'c>) -> Track<'c> {
        track.album = self.album_now(track.album);
        self.credits_now(&mut track.artists);
        track
    }
}

/// The questions of [`Catalogue`], answered as things are now.
impl<'c> Moved<'c> {
    pub(crate) fn artist(&self, id: Id) -> Option<Artist<'c>> {
        Some(self.artist_now(self.inner.artist(self.known(id)?)?))
    }

    pub(crate) fn album(&self, id: Id) -> Option<Album<'c>> {
        let album = self.inner.album(id).filter(|_| !self.moves.gone.contains(&id))?;
        Some(self.album_now(album))
    }

    pub(crate) fn track(&self, id: Id) -> Option<Track<'c>> {
        let track = self.inner.track(id).filter(|_| !self.moves.gone.contains(&id))?;
        Some(self.track_now(track))
    }

    pub(crate) fn features(&self, id: Id) -> Option<(Features, u32)> {
        self.inner.features(id).filter(|_| !self.moves.gone.contains(&id))
    }

    pub(crate) fn albums_of(&self, id: Id, groups: &[Group], span: Span) -> Option<Slice<(Group, Album<'c>)>> {
        let mut slice = self.inner.albums_of(self.known(id)?, groups, span)?;
        slice.items.retain(|(_, album)| !self.moves.gone.contains(&album.id));
        slice.items = slice.items.into_iter().map(|(group, album)| (group, self.album_now(album))).collect();
        Some(slice)
    }

    pub(crate) fn top_tracks(&self, id: Id) -> Option<Vec<Track<'c>>> {
        let tracks = self.inner.top_tracks(self.known(id)?)?;
        Some(self.tracks_now(tracks))
    }

    pub(crate) fn album_tracks(&self, id: Id, span: Span) -> Option<Slice<Track<'c>>> {
        let slice = self.inner.album_tracks(id, span).filter(|_| !self.moves.gone.contains(&id))?;
        Some(Slice { total: slice.total, items: self.tracks_now(slice.items) })
    }

    pub(crate) fn search_artists(&self, query: &Query, span: Span) -> Slice<Artist<'c>> {
        let slice = self.inner.search_artists(query, span);
        let left =
            slice.items.into_iter().filter(|a| !self.moves.is_gone(a.id) && !self.moves.merged.contains_key(&a.id));
        Slice { total: slice.total, items: left.map(|artist| self.artist_now(artist)).collect() }
    }

    pub(crate) fn search_tracks(&self, query: &Query, span: Span) -> Slice<Track<'c>> {
        let slice = self.inner.search_tracks(query, span);
        Slice { total: slice.total, items: self.tracks_now(slice.items) }
    }

    fn tracks_now(&self, tracks: Vec<Track<'c>>) -> Vec<Track<'c>> {
        let left = tracks.into_iter().filter(|track| !self.moves.gone.contains(&track.id));
        left.map(|track| self.track_now(track)).collect()
    }
}
