//! An artist's songs, from its rankings.

use std::collections::HashSet;

use sixpotify_store::TrackEntry;

use crate::shelf::title_key;

/// Each song of an artist's rankings once, the best places first: rankings of several markets and sources come one after the
/// other, and hold several takes of one song.
pub(crate) fn distinct(tracks: &[TrackEntry]) -> Vec<&TrackEntry> {
    let mut ranked: Vec<&TrackEntry> = tracks.iter().collect();
    ranked.sort_by_key(|track| track.rank);
    let mut seen = HashSet::new();
    let main = |track: &TrackEntry| track.artists.first().map(|credit| credit.id.clone());
    ranked.retain(|track| seen.insert((title_key(&track.name), main(track))));
    ranked
}
