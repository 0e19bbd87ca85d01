//! What is known already, and what is to be asked for.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde::Serialize;
use sixpotify_core::{ArtistId, Facet, SpotifyId};
use sixpotify_sources::spotify::ARTISTS_LIMIT;
use sixpotify_store::{FacetRecord, NameRecord, NameState, StoreError};

use super::Ingest;
use crate::{NameEntry, NameList};

/// Names looked up in the catalogue at once.
pub(super) const CHUNK: usize = 2000;

/// Requests for all albums of an artist: most have one page.
const ALBUM_PAGES: u64 = 1;

/// What a run will do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Names asked for.
    pub names: usize,
    /// Names about which everything is known and fresh, or known not to be found.
    pub fresh: usize,
    /// Names to search for, one request each.
    pub searches: usize,
    /// Artists whose id is known and whose profile or genres are to be fetched, up to 50 a request.
    pub lookups: usize,
    /// Artists whose albums, and whose top tracks, are to be fetched: at most, for names not searched for yet.
    pub albums: usize,
    /// See `albums`.
    pub top_tracks: usize,
    /// Requests expected.
    pub requests: u64,
    /// Time that the budget, where there is one, makes them take.
    #[serde(serialize_with = "seconds")]
    pub duration: Option<Duration>,
}

fn seconds<S: serde::Serializer>(duration: &Option<Duration>, s: S) -> Result<S::Ok, S::Error> {
    match duration {
        Some(d) => s.serialize_some(&d.as_secs()),
        None => s.serialize_none(),
    }
}

/// Facets that are due, each with the number of times that asking for it has failed in a row.
pub(super) type Due = BTreeMap<Facet, u32>;

/// What a name still needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Nothing: not found or ambiguous lately.
    Nothing { state: NameState },
    /// The artist is known; these facets are due (perhaps none).
    Facets { artist: ArtistId, due: Due },
    /// The user said which artist it is, the catalogue does not know it yet.
    LookUp { id: SpotifyId },
    /// To be searched for.
    Search,
}

/// A name with what it needs and what the catalogue says of it.
pub(super) struct Prepared {
    pub(super) entry: NameEntry,
    pub(super) need: Need,
    /// Whether this list knows the name already; if not, it is entered first.
    pub(super) listed: bool,
    /// The same name settled in another list.
    pub(super) settled_elsewhere: Option<NameRecord>,
    /// Failed attempts so far.
    pub(super) attempts: u32,
}

/// Looks up what the catalogue knows of `entries`; three queries for all of them.
pub(super) async fn prepare(ingest: &Ingest, entries: &[NameEntry]) -> Result<Vec<Prepared>, StoreError> {
    let now = ingest.clock.now();
    let options = &ingest.options;
    let names: Vec<String> = entries.iter().map(|e| e.name.clone()).collect();
    let listed = by_name(ingest.store.names(&options.list, &names).await?);
    let others: Vec<String> = names.into_iter().filter(|n| !listed.contains_key(n)).collect();
    let mut elsewhere = by_name(ingest.store.names_found_anywhere(&others).await?);

    let mut prepared = Vec::with_capacity(entries.len());
    for entry in entries {
        let here = listed.get(&entry.name);
        let settled_elsewhere = elsewhere.remove(&entry.name).filter(|_| entry.id.is_none());
        let artist = match &entry.id {
            Some(id) => Some(ArtistId::from(id.clone())),
            None => here.or(settled_elsewhere.as_ref()).and_then(found),
        };
        let rests = here.filter(|r| matches!(r.state, NameState::Ambiguous | NameState::NotFound));
        let need = match (artist, rests, &entry.id) {
            (Some(artist), _, _) => Need::Facets { artist, due: Due::new() },
            (None, Some(r), None) if r.retry_at.is_some_and(|at| at > now) => Need::Nothing { state: r.state },
            _ => Need::Search,
        };
        let attempts = here.map_or(0, |r| r.attempts);
        prepared.push(Prepared { entry: entry.clone(), need, listed: here.is_some(), settled_elsewhere, attempts });
    }

    let artists: Vec<ArtistId> = prepared.iter().filter_map(|p| p.need.artist().cloned()).collect();
    let due = due_facets(ingest, &artists).await?;
    for p in &mut prepared {
        if let Need::Facets { artist, due: facets } = &mut p.need {
            match due.get(artist) {
                Some(known) => facets.clone_from(known),
                // An id that we have never fetched (or an artist of another source, searched for by name).
                None => p.need = artist.spotify().map_or(Need::Search, |id| Need::LookUp { id }),
            }
        }
    }
    Ok(prepared)
}

/// For each of `artists` of which any facet was ever asked for: the facets of this run that are due.
pub(super) async fn due_facets(ingest: &Ingest, artists: &[ArtistId]) -> Result<HashMap<ArtistId, Due>, StoreError> {
    let now = ingest.clock.now();
    let options = &ingest.options;
    let market = ingest.spotify.top_tracks_market();
    let mut records: HashMap<ArtistId, HashMap<Facet, FacetRecord>> = HashMap::new();
    for record in ingest.store.facets(artists).await? {
        let other_market = record.facet == Facet::TopTracks && record.market != market;
        let of_artist = records.entry(record.artist_id.clone()).or_default();
        if !other_market {
            of_artist.insert(record.facet, record);
        }
    }
    let due = |known: HashMap<Facet, FacetRecord>| {
        let is_due = |f: &&Facet| options.freshness.is_due(**f, known.get(*f), now);
        let failures = |f: &Facet| known.get(f).map_or(0, |r| r.attempts);
        options.facets.iter().filter(is_due).map(|f| (*f, failures(f))).collect()
    };
    Ok(records.into_iter().map(|(artist, known)| (artist, due(known))).collect())
}

impl Need {
    pub(super) fn artist(&self) -> Option<&ArtistId> {
        match self {
            Self::Facets { artist, .. } => Some(artist),
            _ => None,
        }
    }
}

pub(super) async fn plan(ingest: &Ingest, list: &NameList) -> Result<Plan, StoreError> {
    let mut plan = Plan { names: list.entries.len(), ..Plan::default() };
    let wanted = |facet| usize::from(ingest.options.facets.contains(&facet));
    let mut features = 0;
    for chunk in list.entries.chunks(CHUNK) {
        for prepared in prepare(ingest, chunk).await? {
            let due = match &prepared.need {
                Need::Nothing { .. } => {
                    plan.fresh += 1;
                    continue;
                }
                Need::Facets { due, .. } if due.is_empty() => {
                    plan.fresh += 1;
                    continue;
                }
                Need::Facets { due, .. } => {
                    plan.lookups += usize::from(due.contains_key(&Facet::Profile) || due.contains_key(&Facet::Genres));
                    Some(due)
                }
                Need::LookUp { .. } => {
                    plan.lookups += 1;
                    None
                }
                Need::Search => {
                    plan.searches += 1;
                    None
                }
            };
            let counts = |facet| due.map_or_else(|| wanted(facet), |d| usize::from(d.contains_key(&facet)));
            plan.albums += counts(Facet::Albums);
            plan.top_tracks += counts(Facet::TopTracks);
            features += counts(Facet::AudioFeatures);
        }
    }
    // Ten top tracks each, a hundred tracks a request.
    let feature_requests = features.div_ceil(10);
    plan.requests = (plan.searches + plan.lookups.div_ceil(ARTISTS_LIMIT) + plan.top_tracks + feature_requests) as u64
        + plan.albums as u64 * ALBUM_PAGES;
    plan.duration = ingest.spotify.window().map(|(_, budget)| {
        let beyond_first = plan.requests.saturating_sub(u64::from(budget.requests / 10));
        budget.window.mul_f64(beyond_first as f64 / f64::from(budget.requests))
    });
    Ok(plan)
}

fn by_name(records: Vec<NameRecord>) -> HashMap<String, NameRecord> {
    records.into_iter().map(|r| (r.name.clone(), r)).collect()
}

fn found(record: &NameRecord) -> Option<ArtistId> {
    record.artist_id.clone().filter(|_| record.state == NameState::Found)
}
