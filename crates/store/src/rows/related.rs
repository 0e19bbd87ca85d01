//! A stored list of neighbours that one more artist enters.

use sixpotify_core::ArtistId;

use crate::RelatedRow;

/// The lists of others that are read and written at once.
pub(crate) const LISTS: usize = 1_000;

/// `list`, in its order, with `artist` at its place by distance and then by id if there is a row for it, else without it; ranks begin
/// at 1 and end at `depth`.
pub(crate) fn entered(
    mut list: Vec<RelatedRow>,
    artist: &ArtistId,
    row: Option<&RelatedRow>,
    depth: u32,
) -> Vec<RelatedRow> {
    list.retain(|other| other.related_id != *artist);
    if let Some(row) = row {
        let before = |other: &RelatedRow| {
            other.distance.total_cmp(&row.distance).then_with(|| other.related_id.cmp(&row.related_id)).is_lt()
        };
        let at = list.iter().position(|other| !before(other)).unwrap_or(list.len());
        list.insert(at, row.clone());
    }
    list.truncate(depth as usize);
    for (rank, row) in (1..).zip(&mut list) {
        row.rank = rank;
    }
    list
}
