//! The neighbours of one artist, as known or hidden as wanted: from the stored ranking, and computed where that does not hold enough.

use sixpotify_core::ArtistId;
use sixpotify_similar::{Fame, Space, encode};
use sixpotify_store::{Related, SharedStore};

use crate::relate::{RelateError, RelateOptions, stored_ranking};
use crate::signals::Signals;

/// Neighbours of an artist.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Nearest {
    /// Those wanted, nearest first; ranks count them alone.
    pub related: Vec<Related>,
    /// Whether they were computed now because too few of those that are stored were wanted.
    pub computed: bool,
}

/// The `n` nearest to an artist among the known half of the catalogue or the hidden one: popularity at the median of the known ones or above, or
/// below it or unknown. With [`Fame::Any`], the stored ones as they are. Empty for an artist without a stored list.
///
/// # Errors
/// See [`RelateError`].
pub async fn nearest(
    store: &SharedStore,
    artist: &ArtistId,
    n: usize,
    wanted: Fame,
    otherwise: &RelateOptions,
) -> Result<Nearest, RelateError> {
    if wanted == Fame::Any {
        return Ok(Nearest { related: store.related(artist, n).await?, computed: false });
    }
    let middle = store.median_popularity().await?;
    let fits = move |popularity: Option<u8>| {
        let known = popularity.zip(middle).is_some_and(|(popularity, middle)| popularity >= middle);
        known == (wanted == Fame::Known)
    };
    let stored = store.related(artist, usize::MAX).await?;
    if stored.is_empty() {
        return Ok(Nearest::default());
    }
    let fitting: Vec<Related> = stored.into_iter().filter(|near| fits(near.artist.popularity)).take(n).collect();
    if fitting.len() == n {
        return Ok(Nearest { related: ranked(fitting), computed: false });
    }
    // As the stored ranking was made, so that its beginning is the same.
    let options = stored_ranking(store).await?.unwrap_or_else(|| otherwise.clone());
    let signals = Signals::read(store, &options.sources).await?;
    let Some(position) = signals.position(artist) else { return Ok(Nearest::default()) };
    let found = tokio::task::spawn_blocking(move || {
        let Signals { ids, items, popularities, listens, .. } = signals;
        let space = Space::with_listens(&items, &listens, options.method);
        let near = space.near_those(position, n, |other| fits(popularities[other])).unwrap_or_default();
        near.into_iter().map(|near| (ids[near.index].clone(), near.distance, encode(&near.why))).collect::<Vec<_>>()
    })
    .await
    .map_err(|_| RelateError::Interrupted)?;
    let ids: Vec<ArtistId> = found.iter().map(|(id, ..)| id.clone()).collect();
    let details = store.artist_details(&ids).await?;
    let row = |(id, distance, why): (ArtistId, f32, String)| {
        let at = details.binary_search_by(|detail| detail.artist.id.cmp(&id)).ok()?;
        Some(Related { rank: 0, artist: details[at].artist.clone(), distance, why })
    };
    let related: Vec<Related> = found.into_iter().filter_map(row).collect();
    Ok(Nearest { related: ranked(related), computed: true })
}

fn ranked(mut related: Vec<Related>) -> Vec<Related> {
    for (rank, near) in (1..).zip(&mut related) {
        near.rank = rank;
    }
    related
}
