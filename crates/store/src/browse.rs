//! What pages, conversations and the REST interface read: artists in the order of their names, the best known ones, tracks.

use async_trait::async_trait;
use serde::Serialize;
use sixpotify_core::{Artist, Credit, TrackId};

use crate::Result;

/// The part of a catalogue that is browsed.
#[async_trait]
pub trait BrowseStore: Send + Sync {
    /// Artists whose folded name begins with `prefix` (folded already; empty: all), by folded name and then id, at most `limit`,
    /// after the one that `after` names in that order. Each with its folded name.
    async fn artists_by_prefix(
        &self,
        prefix: &str,
        after: Option<&NamePosition>,
        limit: usize,
    ) -> Result<Vec<(NamePosition, Artist)>>;

    /// The `limit` artists that most people know: by popularity, then followers (unknown last), then id. Reads every artist.
    async fn best_known_artists(&self, limit: usize) -> Result<Vec<Artist>>;

    /// All genres that artists have, in order. Reads one entry of the index for each, however many artists there are.
    async fn genres(&self) -> Result<Vec<String>>;

    /// The `limit` artists of any of these genres that most people know, in the order of
    /// [`best_known_artists`](Self::best_known_artists). Reads every artist of the genres.
    async fn best_known_of_genres(&self, genres: &[String], limit: usize) -> Result<Vec<Artist>>;

    /// What is known of `tracks`, by id; those that are not in the catalogue are absent.
    async fn tracks(&self, tracks: &[TrackId]) -> Result<Vec<TrackDetail>>;
}

/// A place in the order of artists by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamePosition {
    /// The folded name.
    pub name_key: String,
    /// The artist's id.
    pub id: String,
}

/// What is known of a track.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrackDetail {
    /// Id.
    pub id: TrackId,
    /// Title; empty where none is known.
    pub name: String,
    /// All credited artists, in order.
    pub artists: Vec<Credit>,
    /// Title of its album.
    pub album: Option<String>,
    /// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`: of the track itself, else of its album.
    pub release_date: Option<String>,
    /// 0 to 100.
    pub popularity: Option<u8>,
    /// Page at the source.
    pub url: Option<String>,
    /// Cover of its album.
    pub image_url: Option<String>,
}

/// All genres, one step through the index each: neither database skips equal entries by itself.
pub(crate) const GENRES: &str = "with recursive found (genre) as (
    select min(genre) from artist_genre
    union all
    select (select min(n.genre) from artist_genre n where n.genre > found.genre) from found where found.genre is not null
) select genre from found where genre is not null order by genre";

/// The end of the folded names that begin with `prefix`: nothing that does sorts behind it.
pub(crate) fn prefix_end(prefix: &str) -> String {
    format!("{prefix}{}", char::MAX)
}
