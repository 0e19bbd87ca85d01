//! Names that nobody knows yet: looked up at the sources, stored and related, as `ingest` and `relate` do.

mod cost;
mod open;
mod song;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sixpotify_bot::learning::{Learner, LookedUp, Rules, Sources};
use sixpotify_bot::{ArtistBrief, Learned, LibraryError, LinkKind, Wanted};
use sixpotify_core::{ArtistId, Facet, Source};
use sixpotify_pipeline::{
    Freshness, Ingest, IngestError, IngestOptions, NameEntry, NameList, Outcome, Progress, RelateOptions, Snapshot,
    relate_one, stored_ranking,
};
use sixpotify_sources::clock::SharedClock;
use sixpotify_sources::spotify::Spotify;
use sixpotify_store::{NameRecord, NameState, SharedStore, StoreError};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::lookups::Lookups;
pub use open::OpenLookUp;

/// The list under which names that people ask for are kept.
const LIST: &str = "chat";

/// Candidates of an ambiguous name that are taken in.
const MOST_CANDIDATES: usize = 5;

/// The longest that a look-up waits for its turn at the catalogue.
const LONGEST_TURN: Duration = Duration::from_secs(30);

/// The pause before it tries again.
const TURN_PAUSE: Duration = Duration::from_millis(200);

/// Asks Spotify, the open sources, or both.
pub struct LookUp {
    store: SharedStore,
    spotify: Option<Spotify>,
    open: Option<OpenLookUp>,
    clock: SharedClock,
    freshness: Freshness,
    relate: RelateOptions,
}

impl LookUp {
    /// Into `store`, asking nobody yet; what is found is related as the stored ranking was, or by `relate` where there is none.
    pub fn new(store: SharedStore, clock: SharedClock, freshness: Freshness, relate: RelateOptions) -> Self {
        Self { store, spotify: None, open: None, clock, freshness, relate }
    }

    /// Asks Spotify, before all others.
    #[must_use]
    pub fn with_spotify(mut self, spotify: Spotify) -> Self {
        self.spotify = Some(spotify);
        self
    }

    /// Asks the open sources.
    #[must_use]
    pub fn with_open(mut self, open: OpenLookUp) -> Self {
        self.open = Some(open);
        self
    }

    /// A learner that keeps the usual rules, all of its state in the catalogue: among them, that the chat takes a fifth of what any
    /// source allows a day at most.
    pub fn learner(self) -> Learner {
        let rules = Rules::for_budget(Some(cost::DAY));
        let (store, clock) = (self.store.clone(), self.clock.clone());
        let spawn = |work| {
            tokio::spawn(work);
        };
        let ledger = Arc::new(Lookups::new(store, self.clock.clone()));
        Learner::new(Arc::new(self), ledger, rules, Arc::new(spawn), Arc::new(move || clock.now()))
    }

    async fn learn(&self, wanted: &Wanted) -> Result<Learned, LibraryError> {
        match wanted {
            Wanted::Link(link) if link.kind == LinkKind::Song => self.learn_song(link).await,
            wanted => self.learn_artist(wanted).await,
        }
    }

    async fn learn_artist(&self, wanted: &Wanted) -> Result<Learned, LibraryError> {
        let (entry, spotify) = match wanted {
            Wanted::Name(name) => (NameEntry { name: name.clone(), id: None }, self.spotify.as_ref()),
            Wanted::Link(link) if link.source == Source::Spotify && self.spotify.is_some() => {
                let id = sixpotify_core::spotify_artist_id(&link.id);
                (NameEntry { name: link.id.clone(), id }, self.spotify.as_ref())
            }
            // Where Spotify gives what is asked of it, nobody else is asked unless that is wished, not even who it is elsewhere.
            Wanted::Link(link) => {
                match self.open.as_ref().filter(|open| self.spotify.as_ref().is_none_or(|s| open.joins(s))) {
                    None => return Ok(Learned::NotFound),
                    Some(open) => match open.artist_of(link).await {
                        Ok(mbid) => (NameEntry { name: mbid.to_string(), id: None }, None),
                        Err(learned) => return Ok(learned),
                    },
                }
            }
        };
        let name = entry.name.clone();
        let mut blocked = None;
        if let Some(spotify) = spotify {
            blocked = self.ingest(spotify, vec![entry.clone()], None).await?;
        }
        let mut uncertain = false;
        if let Some(open) = self.open.as_ref().filter(|open| spotify.is_none_or(|spotify| open.joins(spotify))) {
            let asked = self.ask_open(open, vec![entry], &open::FIRST).await?;
            uncertain = asked.uncertain;
            // What Spotify said stands where the others could not be asked.
            if spotify.is_none() || blocked.is_some() {
                blocked = asked.blocked;
            }
        }
        if let Some(blocked) = blocked {
            return Ok(blocked);
        }
        let Some(record) = self.store.names(LIST, &[name]).await?.pop() else {
            return Ok(Learned::Blocked { until: None });
        };
        match (record.state, &record.artist_id) {
            (NameState::Found, Some(id)) => {
                self.relate_newcomer(id).await?;
                Ok(Learned::Artist(id.clone()))
            }
            (NameState::Ambiguous, _) => self.candidates(&record).await,
            (NameState::Failed | NameState::Pending, _) => Ok(Learned::Blocked { until: record.retry_at }),
            _ if uncertain => Ok(Learned::Blocked { until: record.retry_at }),
            _ => Ok(Learned::NotFound),
        }
    }

    /// Ingests `entries` from Spotify; what keeps it from answering, if anything does.
    async fn ingest(
        &self,
        spotify: &Spotify,
        entries: Vec<NameEntry>,
        facets: Option<Vec<Facet>>,
    ) -> Result<Option<Learned>, LibraryError> {
        let mut options = IngestOptions::new(LIST, spotify.concurrency() * 2).with_freshness(self.freshness);
        if let Some(facets) = facets {
            options = options.with_facets(facets);
        }
        let list = NameList { entries, ..NameList::default() };
        let ingest = Ingest::new(self.store.clone(), spotify.clone(), self.clock.clone(), options);
        let (_go_on, stop) = watch::channel(false);
        let run = || ingest.run(&list, &Silent, stop.clone());
        let ended = in_turn(run, |error| matches!(error, IngestError::Store(StoreError::Busy { .. }))).await;
        match ended {
            Ok(report) => Ok(match report.outcome {
                Outcome::Paused { until, .. } => Some(Learned::Blocked { until: Some(until) }),
                Outcome::Done | Outcome::Stopped | Outcome::Broken => None,
            }),
            // The source cannot be asked; why goes to the operator, not to whoever chats.
            Err(IngestError::Source { error, .. }) => {
                tracing::warn!(error = %error, "a name could not be looked up");
                Ok(Some(Learned::Blocked { until: None }))
            }
            // Another process ingests into the same file: it will be done some time.
            Err(IngestError::Store(StoreError::Busy { .. })) => Ok(Some(Learned::Blocked { until: None })),
            Err(IngestError::Store(error)) => Err(error.into()),
        }
    }

    /// Takes in the artists that a name could mean, so that one can be chosen.
    async fn candidates(&self, record: &NameRecord) -> Result<Learned, LibraryError> {
        let listed = record.candidates.as_ref().and_then(|list| list.as_array()).cloned().unwrap_or_default();
        let listed = listed.iter().filter_map(|candidate| candidate["id"].as_str()).take(MOST_CANDIDATES);
        let (mut at_spotify, mut elsewhere) = (Vec::new(), Vec::new());
        for id in listed {
            if let Some(id) = sixpotify_core::spotify_artist_id(id) {
                at_spotify.push(NameEntry { name: id.to_string(), id: Some(id) });
            } else if let Some(mbid) = id.strip_prefix("musicbrainz:") {
                elsewhere.push(NameEntry { name: mbid.to_owned(), id: None });
            }
        }
        let names: Vec<String> = at_spotify.iter().chain(&elsewhere).map(|entry| entry.name.clone()).collect();
        let mut blocked = None;
        if let Some(spotify) = self.spotify.as_ref().filter(|_| !at_spotify.is_empty()) {
            let facets = vec![Facet::Profile, Facet::Genres];
            blocked = self.ingest(spotify, at_spotify, Some(facets)).await?;
        }
        if let Some(open) = self.open.as_ref().filter(|_| !elsewhere.is_empty()) {
            blocked = blocked.or(self.ask_open(open, elsewhere, &open::WHO).await?.blocked);
        }
        if let Some(blocked) = blocked {
            return Ok(blocked);
        }
        let records = self.store.names(LIST, &names).await?;
        let of = |name: &String| records.iter().find(|record| record.name == *name)?.artist_id.clone();
        let mut ids: Vec<ArtistId> = Vec::new();
        for id in names.iter().filter_map(of) {
            if !ids.contains(&id) {
                ids.push(id);
            }
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

    /// Gives an artist neighbours, unless it has some: somebody who is known already may have better ones.
    async fn relate_newcomer(&self, id: &ArtistId) -> Result<(), LibraryError> {
        if !self.store.related(id, 1).await?.is_empty() {
            return Ok(());
        }
        self.relate(id).await?;
        // Where nothing else makes anybody alike, the answer waits for how the songs sound.
        if let Some(open) = self.asked_open()
            && self.store.related(id, 1).await?.is_empty()
            && self.ask_sound(open, id).await?
        {
            self.relate(id).await?;
        }
        Ok(())
    }

    async fn relate(&self, id: &ArtistId) -> Result<(), LibraryError> {
        // As the stored ranking was made: its method, and whose facts its operator lets in.
        let options = stored_ranking(&self.store).await?.unwrap_or_else(|| self.relate.clone());
        relate_one(&self.store, id, &options).await?;
        Ok(())
    }

    /// The open sources, where they are asked.
    fn asked_open(&self) -> Option<&OpenLookUp> {
        self.open.as_ref().filter(|open| self.spotify.as_ref().is_none_or(|spotify| open.joins(spotify)))
    }

    /// Asks how the songs of somebody who was just learned sound, and relates the artist again by that.
    async fn add_sound(&self, found: &Learned) -> Result<(), LibraryError> {
        let Some(open) = self.asked_open() else { return Ok(()) };
        let id = match found {
            Learned::Artist(id) => id.clone(),
            Learned::Song(song) => {
                let song = self.store.tracks(std::slice::from_ref(song)).await?.pop();
                let Some(credit) = song.and_then(|song| song.artists.into_iter().next()) else { return Ok(()) };
                credit.id
            }
            _ => return Ok(()),
        };
        if self.ask_sound(open, &id).await? {
            self.relate(&id).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Sources for LookUp {
    async fn look_up(&self, wanted: &Wanted) -> LookedUp {
        let before = self.counts();
        let learned = self.learn(wanted).await;
        LookedUp { learned, requests: self.cost_since(&before) }
    }

    async fn complete(&self, found: &Learned) -> u32 {
        let before = self.counts();
        if let Err(error) = self.add_sound(found).await {
            // It stays due: `refresh` asks for it.
            tracing::warn!(%error, "how the songs of a new artist sound could not be asked");
        }
        self.cost_since(&before)
    }
}

/// Has `work` done when it is its turn: one at a time works on a file, whether in this process or another. `busy` says of an
/// error that it is not its turn yet; that is the outcome only after [`LONGEST_TURN`].
async fn in_turn<T, E, F>(work: impl Fn() -> F, busy: impl Fn(&E) -> bool) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
{
    let end = Instant::now() + LONGEST_TURN;
    loop {
        match work().await {
            Err(error) if busy(&error) && Instant::now() < end => sleep(TURN_PAUSE).await,
            ended => return ended,
        }
    }
}

/// Nobody watches.
struct Silent;

impl Progress for Silent {
    fn saved(&self, _: Snapshot) {}
}
