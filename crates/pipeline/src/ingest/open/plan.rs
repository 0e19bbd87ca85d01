//! What a run over the open sources will ask for.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use sixpotify_core::{ArtistId, Facet, Source};
use sixpotify_sources::reccobeats::IDS_LIMIT;
use sixpotify_store::{DueArtists, NameRecord, NameState, StoreError};

use super::apply::EVERYWHERE;
use super::piece::TOP;
use super::subject::Subject;
use super::{OpenIngest, OpenOptions};
use crate::NameList;
use crate::patience::patiently;

/// Names looked up in the catalogue at once.
const CHUNK: usize = 1000;

/// What a run will do; requests are an estimate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OpenPlan {
    /// Names asked for.
    pub names: usize,
    /// Names about which everything is known and fresh, or known not to be found.
    pub fresh: usize,
    /// Names to search for.
    pub searches: usize,
    /// Artists that are known and of which something is due.
    pub artists: usize,
    /// Requests expected of each source.
    pub requests: BTreeMap<Source, u64>,
}

impl OpenIngest {
    /// What [`Self::run`] would have to ask for now. Sends no request.
    ///
    /// # Errors
    /// When the catalogue fails.
    pub async fn plan(&self, list: &NameList) -> Result<OpenPlan, StoreError> {
        self.plan_list(list, false).await
    }

    /// The same where Spotify is asked at the same time: it says who is meant by the names that nobody knows yet.
    ///
    /// # Errors
    /// When the catalogue fails.
    pub async fn plan_beside(&self, list: &NameList) -> Result<OpenPlan, StoreError> {
        self.plan_list(list, true).await
    }

    async fn plan_list(&self, list: &NameList, beside: bool) -> Result<OpenPlan, StoreError> {
        let mut plan = OpenPlan { names: list.entries.len(), ..OpenPlan::default() };
        let mut tracks = 0;
        for chunk in list.entries.chunks(CHUNK) {
            let names: Vec<String> = chunk.iter().map(|entry| entry.name.clone()).collect();
            let here = patiently(|| self.store.names(&self.options.list, &names)).await?;
            let elsewhere = patiently(|| self.store.names_found_anywhere(&names)).await?;
            let here: HashMap<&str, &NameRecord> = here.iter().map(|r| (r.name.as_str(), r)).collect();
            let elsewhere: HashMap<&str, &NameRecord> = elsewhere.iter().map(|r| (r.name.as_str(), r)).collect();
            let mut known: Vec<ArtistId> = Vec::new();
            for name in &names {
                let record = here.get(name.as_str());
                let found = record.filter(|r| r.state == NameState::Found).or_else(|| elsewhere.get(name.as_str()));
                let rests = record.is_some_and(|r| {
                    matches!(r.state, NameState::Ambiguous | NameState::NotFound)
                        && r.retry_at.is_some_and(|at| at > self.clock.now())
                });
                match found.and_then(|r| r.artist_id.clone()) {
                    Some(artist) => known.push(artist),
                    None if rests || !self.options.searches => plan.fresh += 1,
                    None => plan.searches += 1,
                }
            }
            let found = known.len();
            known.sort_unstable();
            known.dedup();
            let repeated = found - known.len();
            plan.fresh += repeated;
            for detail in patiently(|| self.store.artist_details(&known)).await? {
                let due = self.due(&Subject::new(detail));
                if due.is_empty() {
                    plan.fresh += 1;
                } else {
                    plan.artists += 1;
                    tracks += count(&mut plan.requests, &due);
                }
            }
        }
        // A name that is searched for may need everything: at most.
        let all = due_of_anybody(&self.options);
        for _ in 0..plan.searches {
            *plan.requests.entry(Source::MusicBrainz).or_default() += u64::from(!beside);
            tracks += count(&mut plan.requests, &all);
        }
        Ok(self.whole(plan, tracks))
    }

    /// What [`Self::refresh`] would have to ask for now. Sends no request.
    ///
    /// # Errors
    /// When the catalogue fails.
    pub async fn plan_refresh(&self) -> Result<OpenPlan, StoreError> {
        let mut plan = OpenPlan::default();
        let mut tracks = 0;
        for source in self.sources.clients().iter().map(|client| client.source()) {
            let Some(wanted) = self.due_at(source) else { continue };
            let mut after = None;
            loop {
                let page = patiently(|| self.store.due_artists(&wanted, after.as_ref(), CHUNK)).await?;
                let ids: Vec<ArtistId> = page.iter().map(|artist| artist.id.clone()).collect();
                for detail in patiently(|| self.store.artist_details(&ids)).await? {
                    let due = self.due(&Subject::new(detail));
                    // It is due at several sources and counted with the first.
                    if due.iter().map(|(_, source)| *source).min() == Some(source) {
                        plan.artists += 1;
                        tracks += count(&mut plan.requests, &due);
                    }
                }
                if page.len() < CHUNK {
                    break;
                }
                after = page.into_iter().next_back();
            }
        }
        Ok(self.whole(plan, tracks))
    }

    /// Which artists are due at `source`; `None`: nothing is asked of it.
    pub(super) fn due_at(&self, source: Source) -> Option<DueArtists> {
        let (options, now) = (&self.options, self.clock.now());
        let asked = due_of_anybody(options).into_iter().filter(|(_, of)| *of == source);
        let facets: Vec<_> =
            asked.map(|(facet, _)| (facet, options.freshness.age(facet).map(|age| now - age))).collect();
        (!facets.is_empty()).then(|| DueArtists { source, market: EVERYWHERE.to_owned(), facets, now })
    }

    /// The plan with requests for `tracks`, of those sources that are there.
    fn whole(&self, mut plan: OpenPlan, tracks: usize) -> OpenPlan {
        if tracks > 0 {
            plan.requests.insert(Source::ReccoBeats, (tracks as u64).div_ceil(IDS_LIMIT as u64));
        }
        let there: Vec<Source> = self.sources.clients().iter().map(|client| client.source()).collect();
        plan.requests.retain(|source, _| there.contains(source));
        plan
    }

    fn due(&self, subject: &Subject) -> Vec<(Facet, Source)> {
        let now = self.clock.now();
        let there: Vec<Source> = self.sources.clients().iter().map(|client| client.source()).collect();
        let asks = |(facet, source): &(Facet, Source)| {
            let waits =
                *facet == Facet::AudioFeatures && subject.is_due(&self.options, Facet::TopTracks, Source::Deezer, now);
            there.contains(source)
                && (subject.wants(&self.options, *facet, *source, now)
                    || waits && subject.is_due(&self.options, *facet, *source, now))
        };
        due_of_anybody(&self.options).into_iter().filter(asks).collect()
    }
}

/// All that is asked of an artist of whom nothing is known.
fn due_of_anybody(options: &OpenOptions) -> Vec<(Facet, Source)> {
    let open = |source: &Source| !matches!(source, Source::Spotify | Source::Csv | Source::User);
    let sources = Source::ALL.iter().copied().filter(open);
    sources
        .flat_map(|source| options.facets.iter().map(move |facet| (*facet, source)))
        .filter(|(facet, source)| options.allows(*facet, *source))
        // MusicBrainz's profile comes with the rest.
        .filter(|pair| *pair != (Facet::Profile, Source::MusicBrainz))
        .collect()
}

/// Adds the requests that `due` takes, but for features, whose tracks it returns.
fn count(requests: &mut BTreeMap<Source, u64>, due: &[(Facet, Source)]) -> usize {
    let mut tracks = 0;
    let mut looked_up = false;
    for (facet, source) in due {
        match (facet, source) {
            (_, Source::MusicBrainz) => looked_up = true,
            (Facet::AudioFeatures, _) => tracks = TOP,
            // A thousand artists a request: next to nothing.
            (Facet::Profile, Source::ListenBrainz) => {}
            (Facet::TopTracks, _) => *requests.entry(*source).or_default() += 1 + TOP as u64,
            _ => *requests.entry(*source).or_default() += 1,
        }
    }
    if looked_up {
        *requests.entry(Source::MusicBrainz).or_default() += 1;
    }
    tracks
}
