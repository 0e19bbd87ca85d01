//! Where a run's work comes from: a list of names, or the artists that are due.

use std::collections::{HashSet, VecDeque};

use sixpotify_core::{ArtistId, Facet, Source};
use sixpotify_store::{Claim, DueArtist, DueArtists, StoreError, Worker};

use super::Ingest;
use super::plan::{self, Need, Prepared};
use crate::patience::patiently;
use crate::{NameEntry, NameList};

/// Names, or artists, taken into the run at a time: few, so that several workers share a short list.
const CHUNK: usize = 50;

/// What a run works through.
pub(super) enum Intake<'a> {
    /// A list of names. Those that another worker holds wait in `others` until it is done with them, or dead.
    Names { list: &'a NameList, next: usize, others: VecDeque<NameEntry> },
    /// The artists that are due, the longest waiting first.
    Due { due: DueArtists, after: Option<DueArtist>, ended: bool },
}

impl Intake<'_> {
    /// Names that are asked for; 0 where artists are.
    pub(super) fn names(&self) -> usize {
        match self {
            Self::Names { list, .. } => list.entries.len(),
            Self::Due { .. } => 0,
        }
    }

    /// The next chunk; `None`: there is nothing new. Only what no other worker holds is in it.
    pub(super) async fn next(
        &mut self,
        ingest: &Ingest,
        worker: &dyn Worker,
    ) -> Result<Option<Vec<Prepared>>, StoreError> {
        match self {
            Self::Names { list, next, others } => {
                let end = (*next + CHUNK).min(list.entries.len());
                let entries = &list.entries[*next..end];
                *next = end;
                if entries.is_empty() {
                    return Ok(None);
                }
                let (chunk, held) = claim_names(ingest, worker, entries).await?;
                others.extend(held);
                Ok(Some(chunk))
            }
            Self::Due { due, after, ended } => {
                if *ended {
                    return Ok(None);
                }
                let artists = patiently(|| ingest.store.due_artists(due, after.as_ref(), CHUNK)).await?;
                *ended = artists.len() < CHUNK;
                *after = artists.last().cloned().or(after.take());
                let ids: Vec<ArtistId> = artists.into_iter().map(|a| a.id).collect();
                claim_artists(ingest, worker, &ids).await.map(Some)
            }
        }
    }

    /// Tries again those that another worker held. `None`: there are none.
    pub(super) async fn again(
        &mut self,
        ingest: &Ingest,
        worker: &dyn Worker,
    ) -> Result<Option<Vec<Prepared>>, StoreError> {
        let Self::Names { others, .. } = self else { return Ok(None) };
        let entries: Vec<NameEntry> = others.drain(..others.len().min(CHUNK)).collect();
        if entries.is_empty() {
            return Ok(None);
        }
        let (chunk, held) = claim_names(ingest, worker, &entries).await?;
        others.extend(held);
        Ok(Some(chunk))
    }

    /// Whether another worker holds names of ours.
    pub(super) fn waits_for_others(&self) -> bool {
        matches!(self, Self::Names { others, .. } if !others.is_empty())
    }
}

/// Claims names and looks up what they need; the second value are those that another worker holds.
async fn claim_names(
    ingest: &Ingest,
    worker: &dyn Worker,
    entries: &[NameEntry],
) -> Result<(Vec<Prepared>, Vec<NameEntry>), StoreError> {
    let wanted: Vec<Claim> = entries.iter().map(|e| name_claim(&ingest.options.list, &e.name)).collect();
    let claims = patiently(|| worker.claim(&wanted, ingest.clock.now())).await?;
    let ours: HashSet<&str> = claims.iter().map(|c| c.key.as_str()).collect();
    let (mine, held): (Vec<NameEntry>, Vec<NameEntry>) =
        entries.iter().cloned().partition(|e| ours.contains(e.name.as_str()));
    // Looked up only now: what another worker has just finished is in the catalogue.
    let prepared = plan::prepare(ingest, &mine).await?;
    Ok((prepared, held))
}

/// Claims artists, and looks up which of their facets are due.
async fn claim_artists(
    ingest: &Ingest,
    worker: &dyn Worker,
    artists: &[ArtistId],
) -> Result<Vec<Prepared>, StoreError> {
    let wanted: Vec<Claim> = artists.iter().map(artist_claim).collect();
    let claims = patiently(|| worker.claim(&wanted, ingest.clock.now())).await?;
    let ours: Vec<ArtistId> = claims.iter().map(|c| ArtistId::from_stored(c.key.clone())).collect();
    let mut due = plan::due_facets(ingest, &ours).await?;
    let mut ids = plan::ids_at_spotify(ingest, &ours).await?;
    let all = || ingest.facets().iter().map(|f| (*f, 0)).collect();
    Ok(ours
        .into_iter()
        .map(|artist| {
            let due = due.remove(&artist).unwrap_or_else(all);
            let id = artist.spotify().or_else(|| ids.remove(&artist));
            Prepared::of_artist(Need::Facets { artist, id, due })
        })
        .collect())
}

pub(super) fn name_claim(list: &str, name: &str) -> Claim {
    Claim { scope: format!("list:{list}"), key: name.to_owned() }
}

pub(super) fn artist_claim(artist: &ArtistId) -> Claim {
    Claim { scope: "artist".to_owned(), key: artist.to_string() }
}

/// Which artists a refresh takes: those with a facet of `facets` that is stale at `now`.
pub(super) fn due_of(ingest: &Ingest) -> DueArtists {
    let now = ingest.clock.now();
    let cutoff = |facet: Facet| ingest.options.freshness.age(facet).map(|age| now - age);
    DueArtists {
        source: Source::Spotify,
        market: ingest.spotify.top_tracks_market().to_owned(),
        facets: ingest.facets().iter().map(|f| (*f, cutoff(*f))).collect(),
        now,
    }
}
