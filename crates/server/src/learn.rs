//! Names that nobody knows yet: looked up at Spotify, stored and related, as `ingest` and `relate` do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use sixpotify_bot::learning::{Learner, LookedUp, Rules, Sources};
use sixpotify_bot::{ArtistBrief, Learned, LibraryError, LinkKind, Wanted};
use sixpotify_core::{ArtistId, Facet, Source};
use sixpotify_pipeline::{
    Freshness, Ingest, IngestError, IngestOptions, NameEntry, NameList, Outcome, Progress, RelateOptions, Snapshot,
    relate_one,
};
use sixpotify_sources::clock::SharedClock;
use sixpotify_sources::spotify::Spotify;
use sixpotify_store::{NameRecord, NameState, SharedStore, StoreError};
use tokio::sync::watch;

use crate::lookups::Lookups;

/// The list under which names that people ask for are kept.
const LIST: &str = "chat";

/// Candidates of an ambiguous name that are taken in.
const MOST_CANDIDATES: usize = 5;

/// Asks Spotify.
pub struct LookUp {
    store: SharedStore,
    spotify: Spotify,
    clock: SharedClock,
    freshness: Freshness,
    relate: RelateOptions,
}

impl LookUp {
    /// With this client into `store`; what is found is related by `relate`.
    pub fn new(
        store: SharedStore,
        spotify: Spotify,
        clock: SharedClock,
        freshness: Freshness,
        relate: RelateOptions,
    ) -> Self {
        Self { store, spotify, clock, freshness, relate }
    }

    /// A learner that keeps the rules, all of its state in the catalogue.
    pub fn learner(self, rules: Rules) -> Learner {
        let (store, clock) = (self.store.clone(), self.clock.clone());
        let spawn = |work| {
            tokio::spawn(work);
        };
        Learner::new(
            Arc::new(self),
            Arc::new(Lookups::new(store)),
            rules,
            Arc::new(spawn),
            Arc::new(move || clock.now()),
        )
    }

    async fn learn(&self, wanted: &Wanted, requests: &Requests) -> Result<Learned, LibraryError> {
        let entry = match wanted {
            Wanted::Name(name) => NameEntry { name: name.clone(), id: None },
            Wanted::Link(link) => match (link.source, link.kind) {
                (Source::Spotify, LinkKind::Artist) => {
                    NameEntry { name: link.id.clone(), id: sixpotify_core::spotify_artist_id(&link.id) }
                }
                _ => return Ok(Learned::NotFound),
            },
        };
        let name = entry.name.clone();
        if let Some(blocked) = self.ingest(vec![entry], None, requests).await? {
            return Ok(blocked);
        }
        let Some(record) = self.store.names(LIST, &[name]).await?.pop() else { return Ok(Learned::NotFound) };
        match (record.state, &record.artist_id) {
            (NameState::Found, Some(id)) => {
                self.relate(id).await?;
                Ok(Learned::Artist(id.clone()))
            }
            (NameState::Ambiguous, _) => self.candidates(&record, requests).await,
            (NameState::Failed | NameState::Pending, _) => Ok(Learned::Blocked { until: record.retry_at }),
            _ => Ok(Learned::NotFound),
        }
    }

    /// Ingests `entries`; what keeps the source from answering, if anything does.
    async fn ingest(
        &self,
        entries: Vec<NameEntry>,
        facets: Option<Vec<Facet>>,
        requests: &Requests,
    ) -> Result<Option<Learned>, LibraryError> {
        let mut options = IngestOptions::new(LIST, self.spotify.concurrency() * 2).with_freshness(self.freshness);
        if let Some(facets) = facets {
            options = options.with_facets(facets);
        }
        let list = NameList { entries, ..NameList::default() };
        let ingest = Ingest::new(self.store.clone(), self.spotify.clone(), self.clock.clone(), options);
        let (_go_on, stop) = watch::channel(false);
        match ingest.run(&list, requests, stop).await {
            Ok(report) => {
                requests.add(report.requests);
                Ok(match report.outcome {
                    Outcome::Paused { until, .. } => Some(Learned::Blocked { until: Some(until) }),
                    Outcome::Done | Outcome::Stopped | Outcome::Broken => None,
                })
            }
            // The source cannot be asked; why goes to the operator, not to whoever chats.
            Err(IngestError::Source { error, report }) => {
                requests.add(report.requests);
                tracing::warn!(error = %error, "a name could not be looked up");
                Ok(Some(Learned::Blocked { until: None }))
            }
            // Another process ingests into the same file: it will be done some time.
            Err(IngestError::Store(StoreError::Busy { .. })) => Ok(Some(Learned::Blocked { until: None })),
            Err(IngestError::Store(error)) => Err(error.into()),
        }
    }

    /// Takes in the artists that a name could mean, so that one can be chosen.
    async fn candidates(&self, record: &NameRecord, requests: &Requests) -> Result<Learned, LibraryError> {
        let listed = record.candidates.as_ref().and_then(|list| list.as_array()).cloned().unwrap_or_default();
        let ids = listed.iter().filter_map(|candidate| sixpotify_core::spotify_artist_id(candidate["id"].as_str()?));
        let entries: Vec<NameEntry> =
            ids.take(MOST_CANDIDATES).map(|id| NameEntry { name: id.to_string(), id: Some(id) }).collect();
        let ids: Vec<ArtistId> = entries.iter().filter_map(|entry| entry.id.clone()).map(ArtistId::from).collect();
        let facets = vec![Facet::Profile, Facet::Genres];
        if let Some(blocked) = self.ingest(entries, Some(facets), requests).await? {
            return Ok(blocked);
        }
        let mut details = self.store.artist_details(&ids).await?;
        details.sort_by_key(|detail| ids.iter().position(|id| *id == detail.artist.id));
        let brief = |detail: &sixpotify_store::ArtistDetail| ArtistBrief {
            id: detail.artist.id.clone(),
            name: detail.artist.name.clone(),
            hint: detail.genres.iter().map(|(genre, _)| genre.as_str()).collect::<Vec<_>>().join(", "),
            image_url: detail.artist.image_url.clone(),
        };
        let briefs: Vec<ArtistBrief> = details.iter().map(brief).collect();
        Ok(if briefs.is_empty() { Learned::NotFound } else { Learned::Ambiguous(briefs) })
    }

    async fn relate(&self, id: &ArtistId) -> Result<(), LibraryError> {
        // Somebody who is known already has neighbours, perhaps better ones.
        if self.store.related(id, 1).await?.is_empty() {
            relate_one(&self.store, id, &self.relate).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Sources for LookUp {
    async fn look_up(&self, wanted: &Wanted) -> LookedUp {
        let requests = Requests::default();
        let learned = self.learn(wanted, &requests).await;
        LookedUp { learned, requests: requests.total() }
    }
}

/// Requests that a look-up cost.
#[derive(Default)]
struct Requests(AtomicU64);

impl Requests {
    fn add(&self, requests: u64) {
        self.0.fetch_add(requests, Ordering::Relaxed);
    }

    fn total(&self) -> u32 {
        u32::try_from(self.0.load(Ordering::Relaxed)).unwrap_or(u32::MAX)
    }
}

impl Progress for Requests {
    fn saved(&self, _: Snapshot) {}
}
