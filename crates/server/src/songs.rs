//! An artist's songs, from its rankings.

use std::collections::HashSet;

use sixpotify_store::TrackEntry;

/// Each track of an artist's rankings once, the best places first: rankings of several markets and sources come one after the
/// other.
pub(crate) fn distinct(tracks: &[TrackEntry]) -> Vec<&TrackEntry> {
    let mut seen = HashSet::new();
    let mut ranked: Vec<&TrackEntry> = tracks.iter().filter(|track| seen.insert(&track.id)).collect();
    ranked.sort_by_key(|track| track.rank);
    ranked
}
