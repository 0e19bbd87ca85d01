//! What is known already, and what is to be asked for.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use serde::Serialize;
use sixpotify_core::{ArtistId, Facet, FacetState, Source, SpotifyId};
use sixpotify_sources::http::Budget;
use sixpotify_sources::spotify::{ARTISTS_LIMIT, Mode};
use sixpotify_store::{ArtistDetail, Batch, FacetRecord, NameRecord, NameState, StoreError};

use super::{Ingest, intake};
use crate::patience::patiently;
use crate::{NameEntry, NameList};

/// Names looked up in the catalogue at once.
const CHUNK: usize = 2000;

/// A day.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Requests for all albums of an artist, fifty a page: most have one.
const ALBUM_PAGES: usize = 1;

/// The same at ten a page: a guess.
const ALBUM_PAGES_DEVELOPMENT: usize = 2;

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
    /// Requests for audio features, a hundred tracks each.
    pub audio_features: usize,
    /// Artists that are due, for a refresh.
    pub artists: usize,
    /// Requests expected.
    pub requests: u64,
    /// Time that the budget, where there is one, makes them take.
    #[serde(serialize_with = "seconds")]
    pub duration: Option<Duration>,
    /// Requests that the day's budget, where there is one, still allows now.
    pub left_today: Option<u32>,
}

impl Plan {
    /// Works out how long the requests take: at the pace of the window, or at that of the day where it is slower.
    fn budget(&mut self, window: Option<Budget>, per_day: Option<u32>, today: u32) {
        let paced = window.map(|b| b.window.mul_f64(self.requests as f64 / f64::from(b.requests)));
        self.left_today = per_day.map(|day| day.saturating_sub(today));
        let daily = per_day.zip(self.left_today).map(|(day, left)| {
            let later = self.requests.saturating_sub(u64::from(left));
            // Whole days: what was sent today is free again only when it is 24 hours old.
            let days = u32::try_from(later.div_ceil(u64::from(day.max(1)))).unwrap_or(u32::MAX);
            DAY.saturating_mul(days)
        });
        self.duration = paced.max(daily);
    }

    /// Whether the day's budget will end the run before its end.
    pub fn ends_early(&self) -> bool {
        self.left_today.is_some_and(|left| u64::from(left) < self.requests)
    }
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
    /// The artist is known; these facets are due (perhaps none). An artist of another source whose id at Spotify is not known
    /// has none.
    Facets { artist: ArtistId, id: Option<SpotifyId>, due: Due },
    /// The user said which artist it is, the catalogue does not know it yet.
    LookUp { id: SpotifyId },
    /// To be searched for.
    Search,
}

/// A name with what it needs and what the catalogue says of it.
pub(super) struct Prepared {
    /// The name; `None` for an artist of a refresh.
    pub(super) entry: Option<NameEntry>,
    pub(super) need: Need,
    /// Whether this list has the name as found.
    pub(super) found_here: bool,
    /// The same name settled in another list.
    pub(super) settled_elsewhere: Option<NameRecord>,
    /// Failed attempts so far.
    pub(super) attempts: u32,
}

impl Prepared {
    /// An artist that nobody asked for by name.
    pub(super) fn of_artist(need: Need) -> Self {
        Self { entry: None, need, found_here: true, settled_elsewhere: None, attempts: 0 }
    }
}

/// Enters the names that the list does not have yet, so that `status` shows all that is pending.
pub(super) async fn enter(ingest: &Ingest, list: &NameList) -> Result<(), StoreError> {
    for chunk in list.entries.chunks(CHUNK) {
        let names: Vec<String> = chunk.iter().map(|e| e.name.clone()).collect();
        let known = by_name(patiently(|| ingest.store.names(&ingest.options.list, &names)).await?);
        let new = names.into_iter().filter(|n| !known.contains_key(n));
        let pending = |name| NameRecord {
            list: ingest.options.list.clone(),
            name,
            state: NameState::Pending,
            artist_id: None,
            how: None,
            candidates: None,
            attempts: 0,
            retry_at: None,
        };
        let batch = Batch { names: new.map(pending).collect(), ..Batch::default() };
        if !batch.is_empty() {
            patiently(|| ingest.store.write(&batch, ingest.clock.now())).await?;
        }
    }
    Ok(())
}

/// Looks up what the catalogue knows of `entries`; three queries for all of them.
pub(super) async fn prepare(ingest: &Ingest, entries: &[NameEntry]) -> Result<Vec<Prepared>, StoreError> {
    let now = ingest.clock.now();
    let options = &ingest.options;
    let names: Vec<String> = entries.iter().map(|e| e.name.clone()).collect();
    let listed = by_name(patiently(|| ingest.store.names(&options.list, &names)).await?);
    let open = |n: &String| listed.get(n).is_none_or(|r| matches!(r.state, NameState::Pending | NameState::Failed));
    let others: Vec<String> = names.into_iter().filter(open).collect();
    let mut elsewhere = by_name(patiently(|| ingest.store.names_found_anywhere(&others)).await?);

    let ids: Vec<String> = entries.iter().filter_map(|e| e.id.as_ref()).map(ToString::to_string).collect();
    let linked: HashMap<String, ArtistId> = if ids.is_empty() {
        HashMap::new()
    } else {
        patiently(|| ingest.store.artists_by_link(Source::Spotify, &ids)).await?.into_iter().collect()
    };

    let mut prepared = Vec::with_capacity(entries.len());
    for entry in entries {
        let here = listed.get(&entry.name);
        let settled_elsewhere = elsewhere.remove(&entry.name).filter(|_| entry.id.is_none());
        let artist = match &entry.id {
            // The artist that the id belongs to now: it may have been merged into another.
            Some(id) => Some(linked.get(id.as_str()).cloned().unwrap_or_else(|| id.clone().into())),
            None => here.and_then(found).or_else(|| settled_elsewhere.as_ref().and_then(found)),
        };
        // A name without an id rests because it is not found; one with an id, because that id is.
        let undecided = |r: &&NameRecord| matches!(r.state, NameState::Ambiguous | NameState::NotFound);
        let same = |r: &&NameRecord| entry.id.as_ref().is_none_or(|id| r.how.as_deref() == Some(&unknown_id(id)));
        let rests = here.filter(undecided).filter(same).filter(|r| r.retry_at.is_some_and(|at| at > now));
        let need = match (rests, artist) {
            (Some(r), _) => Need::Nothing { state: r.state },
            (None, Some(artist)) => Need::Facets { id: artist.spotify(), artist, due: Due::new() },
            (None, None) => Need::Search,
        };
        let attempts = here.map_or(0, |r| r.attempts);
        prepared.push(Prepared {
            entry: Some(entry.clone()),
            need,
            found_here: here.is_some_and(|r| r.state == NameState::Found),
            settled_elsewhere,
            attempts,
        });
    }

    let artists: Vec<ArtistId> = prepared.iter().filter_map(|p| p.need.artist().cloned()).collect();
    let due = due_facets(ingest, &artists).await?;
    let ids = ids_at_spotify(ingest, &artists).await?;
    for p in &mut prepared {
        if let Need::Facets { artist, id, due: facets } = &mut p.need {
            match (due.get(artist), &id) {
                (Some(known), _) => facets.clone_from(known),
                // An id that we have never fetched.
                (None, Some(new)) => {
                    p.need = Need::LookUp { id: new.clone() };
                    continue;
                }
                // An artist of another source that we have never asked about.
                (None, None) => *facets = ingest.facets().iter().map(|f| (*f, 0)).collect(),
            }
            if id.is_none() {
                *id = ids.get(artist).cloned();
            }
        }
    }
    Ok(prepared)
}

/// The ids that artists of other sources have at Spotify.
pub(super) async fn ids_at_spotify(
    ingest: &Ingest,
    artists: &[ArtistId],
) -> Result<HashMap<ArtistId, SpotifyId>, StoreError> {
    let others: Vec<ArtistId> = artists.iter().filter(|artist| artist.spotify().is_none()).cloned().collect();
    if others.is_empty() {
        return Ok(HashMap::new());
    }
    let ids = patiently(|| ingest.store.ids_at(Source::Spotify, &others)).await?;
    Ok(ids.into_iter().filter_map(|(artist, id)| Some((artist, SpotifyId::parse(&id).ok()?))).collect())
}

/// For each of `artists` of which any facet was ever asked for: the facets of this run that are due.
pub(super) async fn due_facets(ingest: &Ingest, artists: &[ArtistId]) -> Result<HashMap<ArtistId, Due>, StoreError> {
    let now = ingest.clock.now();
    let options = &ingest.options;
    let market = ingest.spotify.top_tracks_market();
    let mut records: HashMap<ArtistId, HashMap<Facet, FacetRecord>> = HashMap::new();
    for record in patiently(|| ingest.store.facets(artists)).await? {
        if record.source != Source::Spotify {
            continue;
        }
        let other_market = record.facet == Facet::TopTracks && record.market != market;
        let of_artist = records.entry(record.artist_id.clone()).or_default();
        if !other_market {
            of_artist.insert(record.facet, record);
        }
    }
    let taken = taken(ingest, artists).await?;
    let due = |artist: &ArtistId, known: HashMap<Facet, FacetRecord>| {
        let is_due = |f: &&Facet| {
            let has = taken.get(artist).is_some_and(|facets| facets.contains(*f));
            !has && options.freshness.is_due(**f, known.get(*f), now)
        };
        let failures = |f: &Facet| known.get(f).map_or(0, |r| r.attempts);
        ingest.facets().iter().filter(is_due).map(|f| (*f, failures(f))).collect()
    };
    Ok(records
        .into_iter()
        .map(|(artist, known)| {
            let due = due(&artist, known);
            (artist, due)
        })
        .collect())
}

/// Lists that artists have from a source that comes before Spotify in the order of their facet.
async fn taken(ingest: &Ingest, artists: &[ArtistId]) -> Result<HashMap<ArtistId, BTreeSet<Facet>>, StoreError> {
    let order = &ingest.options.order;
    let lists = [Facet::Albums, Facet::TopTracks, Facet::AudioFeatures];
    let waits = |facet: &Facet| ingest.facets().contains(facet) && !order.before(*facet, Source::Spotify).is_empty();
    if !lists.iter().any(waits) {
        return Ok(HashMap::new());
    }
    let details = patiently(|| ingest.store.artist_details(artists)).await?;
    let facets = |detail: &ArtistDetail| {
        let earlier = |facet: Facet, source: Source| order.before(facet, Source::Spotify).contains(&source);
        let marked = |mark: &FacetRecord| mark.facet == Facet::Albums && mark.state == FacetState::Ok;
        let mut all = BTreeSet::new();
        if !detail.albums.is_empty() && detail.facets.iter().any(|m| marked(m) && earlier(Facet::Albums, m.source)) {
            all.insert(Facet::Albums);
        }
        if detail.top_tracks.iter().any(|track| earlier(Facet::TopTracks, track.source)) {
            all.insert(Facet::TopTracks);
        }
        let sound = |source: Source| earlier(Facet::AudioFeatures, source);
        if detail.top_tracks.iter().any(|track| track.features.is_some_and(|(_, source)| sound(source))) {
            all.insert(Facet::AudioFeatures);
        }
        all
    };
    Ok(details.into_iter().map(|detail| (detail.artist.id.clone(), facets(&detail))).collect())
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
    let mut counting = Counting::new(ingest, list.entries.len());
    for chunk in list.entries.chunks(CHUNK) {
        for prepared in prepare(ingest, chunk).await? {
            counting.add(&prepared.need);
        }
    }
    counting.end().await
}

pub(super) async fn plan_refresh(ingest: &Ingest) -> Result<Plan, StoreError> {
    let mut counting = Counting::new(ingest, 0);
    let due = intake::due_of(ingest);
    let mut after = None;
    loop {
        let page = patiently(|| ingest.store.due_artists(&due, after.as_ref(), CHUNK)).await?;
        let artists: Vec<ArtistId> = page.iter().map(|a| a.id.clone()).collect();
        let mut facets = due_facets(ingest, &artists).await?;
        let ids = ids_at_spotify(ingest, &artists).await?;
        for artist in artists {
            let due = facets.remove(&artist).unwrap_or_else(|| ingest.facets().iter().map(|f| (*f, 0)).collect());
            counting.plan.artists += usize::from(!due.is_empty());
            let id = artist.spotify().or_else(|| ids.get(&artist).cloned());
            counting.add(&Need::Facets { artist, id, due });
        }
        match page.into_iter().next_back() {
            Some(last) => after = Some(last),
            None => return counting.end().await,
        }
    }
}

/// Adds up what is needed.
struct Counting<'a> {
    ingest: &'a Ingest,
    plan: Plan,
    features: usize,
}

impl<'a> Counting<'a> {
    fn new(ingest: &'a Ingest, names: usize) -> Self {
        Self { ingest, plan: Plan { names, ..Plan::default() }, features: 0 }
    }

    fn add(&mut self, need: &Need) {
        let plan = &mut self.plan;
        let due = match need {
            Need::Nothing { .. } => {
                plan.fresh += 1;
                return;
            }
            Need::Facets { due, .. } if due.is_empty() => {
                plan.fresh += 1;
                return;
            }
            Need::Facets { id: None, due, .. } => {
                plan.searches += 1;
                Some(due)
            }
            Need::Facets { due, .. } => {
                let profile = due.contains_key(&Facet::Profile) || due.contains_key(&Facet::Genres);
                plan.lookups += usize::from(profile);
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
        let facets = self.ingest.facets();
        let counts = |facet| usize::from(due.map_or_else(|| facets.contains(&facet), |d| d.contains_key(&facet)));
        plan.albums += counts(Facet::Albums);
        plan.top_tracks += counts(Facet::TopTracks);
        self.features += counts(Facet::AudioFeatures);
    }

    async fn end(mut self) -> Result<Plan, StoreError> {
        let spotify = &self.ingest.spotify;
        let development = spotify.mode() == Some(Mode::Development);
        let (lookups, pages, features) = if development {
            (self.plan.lookups, ALBUM_PAGES_DEVELOPMENT, 0)
        } else {
            // Ten top tracks each, a hundred tracks a request.
            (self.plan.lookups.div_ceil(ARTISTS_LIMIT), ALBUM_PAGES, self.features.div_ceil(10))
        };
        let plan = &mut self.plan;
        plan.audio_features = features;
        plan.requests = (plan.searches + lookups + plan.top_tracks + features + plan.albums * pages) as u64;
        let state = spotify.ledger_state(self.ingest.clock.now()).await;
        let today = state.map_or(0, |state| state.today);
        plan.budget(spotify.window().1, spotify.per_day(), today);
        Ok(self.plan)
    }
}

/// How a name is recorded whose id the source does not know.
pub(super) fn unknown_id(id: &SpotifyId) -> String {
    format!("no artist {id}")
}

fn by_name(records: Vec<NameRecord>) -> HashMap<String, NameRecord> {
    records.into_iter().map(|r| (r.name.clone(), r)).collect()
}

fn found(record: &NameRecord) -> Option<ArtistId> {
    record.artist_id.clone().filter(|_| record.state == NameState::Found)
}
