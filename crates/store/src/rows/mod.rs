//! A batch as rows of tables: cleaned, each key once, in the order of keys. What both databases write.
//!
//! The order matters: writers that take row locks in the same order do not deadlock. Repeated keys are merged here
//! because PostgreSQL refuses to touch a row twice in one statement.

mod alias;
mod claims;
mod dumps;
mod facts;
mod imported;
mod made;
mod marks;
mod profile;
mod related;
pub(crate) mod undone;
mod vanished;

use sixpotify_core::{Artist, ArtistId};

use crate::text::Text;
use crate::{Batch, Result, StoreError};

pub(crate) use alias::{AliasRow, aliases as alias_rows};
pub(crate) use claims::{ClaimRow, claim_rows};
pub(crate) use dumps::{DumpRows, ImportRow};
pub(crate) use facts::{FillRow, SaidRow};
pub(crate) use imported::{ImportArtistRow, ImportRows, ImportTrackRow};
pub(crate) use made::{AlbumCreditRow, AlbumRow, FeatureRow, TopList, TopTrackRow, TrackCreditRow, TrackRow};
pub(crate) use marks::{FacetRow, NameRow};
pub(crate) use profile::{ArtistRow, GenreRow, LinkRow};
pub(crate) use related::{LISTS, entered};
pub(crate) use vanished::only_from;

/// The rows of a batch.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    pub(crate) artists: Vec<ArtistRow<'a>>,
    pub(crate) fills: Vec<FillRow<'a>>,
    pub(crate) links: Vec<LinkRow<'a>>,
    /// Artists whose genres are replaced by those in `genres`.
    pub(crate) genre_owners: Vec<Text<'a>>,
    pub(crate) genres: Vec<GenreRow<'a>>,
    /// Artists and sources whose aliases are replaced by those in `aliases`.
    pub(crate) alias_owners: Vec<(Text<'a>, &'static str)>,
    pub(crate) aliases: Vec<AliasRow<'a>>,
    /// Votes, source by source.
    pub(crate) votes: Vec<(&'static str, DumpRows<'a>)>,
    /// Artists and sources whose lists of related ones are replaced by those in `said`.
    pub(crate) said_owners: Vec<(Text<'a>, &'static str)>,
    pub(crate) said: Vec<SaidRow<'a>>,
    pub(crate) albums: Vec<AlbumRow<'a>>,
    pub(crate) album_credits: Vec<AlbumCreditRow<'a>>,
    /// Artists whose albums are replaced by those in `album_credits` that are theirs and have a group.
    pub(crate) album_owners: Vec<Text<'a>>,
    pub(crate) tracks: Vec<TrackRow<'a>>,
    /// Tracks whose credits are replaced by those in `track_credits`.
    pub(crate) credited_tracks: Vec<Text<'a>>,
    pub(crate) track_credits: Vec<TrackCreditRow<'a>>,
    /// Rankings that are replaced by the rows in `top_tracks`.
    pub(crate) top_lists: Vec<TopList<'a>>,
    pub(crate) top_tracks: Vec<TopTrackRow<'a>>,
    pub(crate) features: Vec<FeatureRow<'a>>,
    pub(crate) facets: Vec<FacetRow<'a>>,
    pub(crate) names: Vec<NameRow<'a>>,
    pub(crate) released: Vec<ClaimRow<'a>>,
    /// The worker whose claims are freed.
    pub(crate) worker: Option<i64>,
}

impl<'a> Rows<'a> {
    /// The rows of `batch`.
    ///
    /// # Errors
    /// [`StoreError::Other`] when a key is longer than an index can hold.
    pub(crate) fn of(batch: &'a Batch) -> Result<Self> {
        let (genre_owners, genres) = profile::genres(&batch.genres);
        let (said_owners, said) = facts::related(&batch.related);
        let (alias_owners, aliases) = alias::lists(&batch.aliases);
        let (albums, album_credits, album_owners) = made::albums(&batch.albums, &batch.tracks);
        let (tracks, credited_tracks, track_credits) = made::tracks(&batch.tracks);
        let (top_lists, top_tracks) = made::top_tracks(&batch.top_tracks);
        let rows = Self {
            artists: artist_rows(&batch.artists)?,
            fills: facts::fills(&batch.fills),
            links: profile::links(&batch.links),
            votes: facts::votes(&batch.votes)?,
            said_owners,
            said,
            genre_owners,
            genres,
            alias_owners,
            aliases,
            albums,
            album_credits,
            album_owners,
            tracks,
            credited_tracks,
            track_credits,
            top_lists,
            top_tracks,
            features: made::features(&batch.features),
            facets: marks::facets(&batch.facets),
            names: marks::names(&batch.names),
            released: claims::rows(&batch.released),
            worker: batch.worker,
        };
        rows.check_keys()?;
        Ok(rows)
    }

    /// Artists whose lists are replaced, each once, in order: whoever replaces lists of one artist must do it alone.
    pub(crate) fn list_owners(&self) -> Vec<&str> {
        let mut owners: Vec<&str> = (self.genre_owners.iter().chain(&self.album_owners).map(AsRef::as_ref))
            .chain(self.alias_owners.iter().map(|(artist, _)| artist.as_ref()))
            .chain(self.votes.iter().flat_map(|(_, rows)| rows.ids.iter().map(AsRef::as_ref)))
            .chain(self.said_owners.iter().map(|(artist, _)| artist.as_ref()))
            .chain(self.fills.iter().map(|fill| fill.artist_id.as_ref()))
            .chain(self.top_lists.iter().map(|l| l.artist_id.as_ref()))
            .collect();
        owners.sort_unstable();
        owners.dedup();
        owners
    }

    fn check_keys(&self) -> Result<()> {
        for row in &self.links {
            key("artist_link", [row.source, &row.source_id])?;
        }
        for row in &self.genres {
            key("artist_genre", [&row.artist_id, &row.genre])?;
        }
        alias::check(&self.aliases)?;
        for row in &self.album_credits {
            key("album_artist", [&row.album_id, &row.artist_id])?;
        }
        for row in &self.albums {
            key("albums", [&row.id, ""])?;
        }
        for row in &self.tracks {
            key("tracks", [&row.id, ""])?;
        }
        for row in &self.track_credits {
            key("track_artist", [&row.track_id, &row.artist_id])?;
        }
        for row in &self.names {
            key("ingest_names", [&row.list, &row.name])?;
        }
        Ok(())
    }
}

/// The rows of `artists` alone.
///
/// # Errors
/// As [`Rows::of`].
pub(crate) fn artist_rows(artists: &[Artist]) -> Result<Vec<ArtistRow<'_>>> {
    let rows = profile::artists(artists);
    for row in &rows {
        key("artists", [&row.id, ""])?;
    }
    Ok(rows)
}

/// Longest key in bytes: PostgreSQL's indexes hold about 2,700, further key columns and headers included.
const KEY_BYTES: usize = 2_400;

/// A key that no PostgreSQL index can hold. Refused for both databases, so that a catalogue can move between them.
#[derive(Debug, thiserror::Error)]
#[error("a key of {bytes} bytes in table `{table}` is longer than {KEY_BYTES}: `{start}`..")]
struct KeyTooLong {
    table: &'static str,
    bytes: usize,
    start: String,
}

/// Refuses the key that is made of `parts`, if it is too long.
pub(crate) fn key(table: &'static str, parts: [&str; 2]) -> Result<()> {
    let bytes = parts[0].len() + parts[1].len();
    if bytes <= KEY_BYTES {
        return Ok(());
    }
    let longest = if parts[0].len() > parts[1].len() { parts[0] } else { parts[1] };
    let start = longest.chars().take(64).collect();
    Err(StoreError::Other(Box::new(KeyTooLong { table, bytes, start })))
}

/// There is no artist to merge another one into.
#[derive(Debug, thiserror::Error)]
#[error("there is no artist `{0}`")]
pub(crate) struct NoSuchArtist(ArtistId);

impl NoSuchArtist {
    pub(crate) fn error(artist: &ArtistId) -> StoreError {
        StoreError::Other(Box::new(Self(artist.clone())))
    }
}

/// The places 0 to `count` in order; equal ones stay in theirs. Sorting is a lot of code: it is compiled once, not for every kind
/// of row.
fn order(count: usize, compare: &mut dyn FnMut(usize, usize) -> std::cmp::Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    places.sort_by(|a, b| compare(*a, *b));
    places
}

/// Sorts `rows` by `key` and merges those with equal keys, the earlier ones first: `merge(kept, later)`.
fn unify<T>(rows: &mut Vec<T>, compare: impl Fn(&T, &T) -> std::cmp::Ordering, mut merge: impl FnMut(&mut T, T)) {
    if rows.windows(2).all(|pair| compare(&pair[0], &pair[1]).is_lt()) {
        return;
    }
    let order = order(rows.len(), &mut |a, b| compare(&rows[a], &rows[b]));
    let mut unsorted: Vec<Option<T>> = rows.drain(..).map(Some).collect();
    let mut unified: Vec<T> = Vec::with_capacity(unsorted.len());
    for row in order.into_iter().filter_map(|at| unsorted[at].take()) {
        match unified.last_mut() {
            Some(last) if compare(last, &row).is_eq() => merge(last, row),
            _ => unified.push(row),
        }
    }
    *rows = unified;
}

/// Puts `later` over `earlier` where there is a later value.
fn take_later<T>(earlier: &mut Option<T>, later: Option<T>) {
    if later.is_some() {
        *earlier = later;
    }
}
