//! Rows of `artists`, `artist_link` and `artist_genre`.

use sixpotify_core::{Artist, ArtistId, Source, fold};

use super::{take_later, unify};
use crate::text::{Text, clean, clean_option, saturated};
use crate::{GenreList, Link};

/// A row of `artists`.
#[derive(Debug)]
pub(crate) struct ArtistRow<'a> {
    pub(crate) id: Text<'a>,
    pub(crate) name: Text<'a>,
    pub(crate) followers: Option<i64>,
    pub(crate) popularity: Option<i32>,
    pub(crate) url: Option<Text<'a>>,
    pub(crate) image_url: Option<Text<'a>>,
}

impl ArtistRow<'_> {
    /// The column `name_key`. Computed where it is written: it costs as much as all the rest of a row.
    pub(crate) fn name_key(&self) -> String {
        fold(&self.name)
    }
}

/// A row of `artist_link`.
#[derive(Debug)]
pub(crate) struct LinkRow<'a> {
    pub(crate) artist_id: Text<'a>,
    pub(crate) source: &'static str,
    pub(crate) source_id: Text<'a>,
}

impl<'a> LinkRow<'a> {
    /// What the id of `artist` itself says: its source, and its id there.
    pub(crate) fn to_itself(artist: &'a ArtistId) -> Self {
        let id = artist.as_str();
        let (source, source_id) = id
            .split_once(':')
            .and_then(|(source, id)| Some((source.parse().ok()?, id)))
            .unwrap_or((Source::Spotify, id));
        Self { artist_id: clean(id), source: source.as_str(), source_id: clean(source_id) }
    }
}

/// A row of `artist_genre`.
#[derive(Debug)]
pub(crate) struct GenreRow<'a> {
    pub(crate) artist_id: Text<'a>,
    pub(crate) genre: Text<'a>,
    pub(crate) source: &'static str,
}

pub(super) fn artists(artists: &[Artist]) -> Vec<ArtistRow<'_>> {
    // There may be very many: what is sorted is small, and most comparisons end within it.
    let mut sorted: Vec<(u64, Text<'_>, &Artist)> = artists
        .iter()
        .map(|a| {
            let id = clean(a.id.as_str());
            (first_bytes(&id), id, a)
        })
        .collect();
    sorted.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    let mut rows: Vec<ArtistRow<'_>> = sorted
        .into_iter()
        .map(|(_, id, a)| ArtistRow {
            id,
            name: clean(&a.name),
            followers: a.followers.map(saturated),
            popularity: a.popularity.map(i32::from),
            url: clean_option(a.url.as_ref()),
            image_url: clean_option(a.image_url.as_ref()),
        })
        .collect();
    unify(
        &mut rows,
        |a, b| a.id.cmp(&b.id),
        |kept, later| {
            kept.name = later.name;
            take_later(&mut kept.followers, later.followers);
            take_later(&mut kept.popularity, later.popularity);
            take_later(&mut kept.url, later.url);
            take_later(&mut kept.image_url, later.image_url);
        },
    );
    rows
}

/// The first eight bytes of `text` as a number that compares as they do.
fn first_bytes(text: &str) -> u64 {
    let mut first = [0; 8];
    let length = text.len().min(first.len());
    first[..length].copy_from_slice(&text.as_bytes()[..length]);
    u64::from_be_bytes(first)
}

pub(super) fn links(links: &[Link]) -> Vec<LinkRow<'_>> {
    let mut rows: Vec<LinkRow<'_>> = links
        .iter()
        .map(|l| LinkRow {
            artist_id: clean(l.artist_id.as_str()),
            source: l.source.as_str(),
            source_id: clean(&l.source_id),
        })
        .collect();
    // An id belongs to whom it was given first, within a batch as well.
    unify(&mut rows, |a, b| (a.source, &a.source_id).cmp(&(b.source, &b.source_id)), |_, _| ());
    rows
}

/// The artists whose genres are replaced, and their genres.
pub(super) fn genres(lists: &[GenreList]) -> (Vec<Text<'_>>, Vec<GenreRow<'_>>) {
    let mut lists: Vec<&GenreList> = lists.iter().collect();
    unify(&mut lists, |a, b| a.artist_id.cmp(&b.artist_id), |kept, later| *kept = later);
    let owners = lists.iter().map(|l| clean(l.artist_id.as_str())).collect();
    let mut rows: Vec<GenreRow<'_>> = lists
        .into_iter()
        .flat_map(|l| {
            l.genres.iter().map(|genre| GenreRow {
                artist_id: clean(l.artist_id.as_str()),
                genre: clean(genre),
                source: l.source.as_str(),
            })
        })
        .collect();
    unify(&mut rows, |a, b| (&a.artist_id, &a.genre).cmp(&(&b.artist_id, &b.genre)), |_, _| ());
    (owners, rows)
}
