//! Artists that a source had when it last spoke of them, and that its new dump does not have: merged into another one there, or
//! deleted.
//!
//! A dump does not say what became of them. Where it says of exactly one artist that an id elsewhere is its own which a vanished one
//! has, that is the one that it was merged into. What nobody else speaks of goes; the rest stays, without what the source said.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sixpotify_core::{ArtistId, Source};
use sixpotify_store::{SharedStore, StoreError};

use super::report::Vanished;
use crate::patience::patiently;

/// Of so many artists of a dump, one may have vanished since the last one; where more did, the dump is a part of one.
const OF: u64 = 10;

/// Pairs that are remembered.
const MOST_CONTESTED: usize = 500_000;

/// Artists that are taken back in one transaction.
const AT_ONCE: usize = 1_000;

/// Who has an id elsewhere that the dump says is somebody else's.
#[derive(Debug, Default)]
pub(super) struct Contested(BTreeSet<(ArtistId, ArtistId)>);

impl Contested {
    /// Remembers pairs of who has an id and who should; more than half a million of them are left to the next dump.
    pub(super) fn add(&mut self, pairs: Vec<(ArtistId, ArtistId)>) {
        for pair in pairs {
            if self.0.len() < MOST_CONTESTED {
                self.0.insert(pair);
            }
        }
    }

    /// The only artist that wants an id of each.
    fn only_claimants(&self) -> BTreeMap<&ArtistId, &ArtistId> {
        let mut claimants: BTreeMap<&ArtistId, Option<&ArtistId>> = BTreeMap::new();
        for (owner, claimant) in &self.0 {
            claimants.entry(owner).and_modify(|several| *several = None).or_insert(Some(claimant));
        }
        claimants.into_iter().filter_map(|(owner, claimant)| Some((owner, claimant?))).collect()
    }
}

/// The artists that `source` does not have any more in a dump of `date` with so many `records`; `None`, where they are so many
/// that the dump is taken for a part of one.
pub(super) async fn gone(
    store: &SharedStore,
    source: Source,
    date: DateTime<Utc>,
    records: u64,
    force: bool,
) -> Result<Option<Vec<ArtistId>>, StoreError> {
    let most = if force { usize::MAX } else { usize::try_from(records / OF).unwrap_or(usize::MAX) };
    let vanished = patiently(|| store.vanished(source, date, most.saturating_add(1))).await?;
    Ok((vanished.len() <= most).then_some(vanished))
}

/// Settles what became of the artists that `source` does not have any more.
pub(super) async fn settle(
    store: &SharedStore,
    source: Source,
    vanished: &[ArtistId],
    contested: &Contested,
    now: DateTime<Utc>,
) -> Result<Vanished, StoreError> {
    let mut outcome = Vanished::default();
    let claimants = contested.only_claimants();
    let is_own = |artist: &ArtistId| artist.as_str().starts_with(&format!("{source}:"));
    let mut rest = Vec::new();
    let mut joined = Vec::new();
    for artist in vanished {
        match claimants.get(artist) {
            Some(living) if is_own(artist) => {
                patiently(|| store.merge_artist(artist, living, now)).await?;
                outcome.merged += 1;
            }
            Some(living) if is_own(living) => {
                // Its id is older than the dump's, and stays.
                joined.push((*living, artist));
                rest.push(artist.clone());
            }
            _ => rest.push(artist.clone()),
        }
    }
    for some in rest.chunks(AT_ONCE) {
        let removed = patiently(|| store.take_back(source, some, now)).await?;
        outcome.removed += removed.len() as u64;
        let merged: BTreeSet<&ArtistId> = joined.iter().map(|(_, artist)| *artist).collect();
        let kept: Vec<ArtistId> =
            some.iter().filter(|artist| !removed.contains(artist) && !merged.contains(artist)).cloned().collect();
        for detail in patiently(|| store.artist_details(&kept)).await? {
            outcome.note_kept(format!("{} ({})", detail.artist.name, detail.artist.id));
        }
    }
    for (living, artist) in joined {
        patiently(|| store.merge_artist(living, artist, now)).await?;
        outcome.merged += 1;
    }
    Ok(outcome)
}
