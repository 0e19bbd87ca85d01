//! The open sources: which are asked, what that will take, and the run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use sixpotify_core::{Facet, Source};
use sixpotify_pipeline::{NameList, OpenIngest, OpenOptions, OpenPlan, OpenSources, Report, StoreLedger};
use sixpotify_sources::deezer::Deezer;
use sixpotify_sources::lastfm::LastFm;
use sixpotify_sources::listenbrainz::ListenBrainz;
use sixpotify_sources::musicbrainz::MusicBrainz;
use sixpotify_sources::reccobeats::ReccoBeats;
use sixpotify_sources::{Clock as _, SystemClock, fingerprint};
use sixpotify_store::{SharedStore, SourceKey};

use super::{Task, Wishes, outcome_of};
use crate::cli::Licence;
use crate::failure::Failure;
use crate::printer::{number, say};
use crate::progress::IngestProgress;
use crate::settings::Settings;
use crate::signals;

/// The open sources, in the order in which they are shown.
const OPEN: [Source; 5] =
    [Source::MusicBrainz, Source::ListenBrainz, Source::Deezer, Source::ReccoBeats, Source::LastFm];

/// A run over the open sources.
pub(crate) struct OpenJob {
    store: SharedStore,
    pub(crate) ingest: OpenIngest,
    /// Whether MusicBrainz is asked, and does not know whom to write to.
    nameless: bool,
    /// Whether Last.fm was named, and has no key.
    keyless: bool,
    /// Seconds that a request of each source takes at least.
    paces: Vec<(Source, f64)>,
}

impl OpenJob {
    /// Sets the clients up; sends nothing yet.
    pub(crate) fn new(settings: &Settings, store: SharedStore, task: &Task, wishes: &Wishes) -> Result<Self, Failure> {
        let (sources, paces) = clients(settings, &store, &wanted(&wishes.sources), wishes.max_wait)?;
        let nameless = is_nameless(settings, &sources);
        let keyless = wishes.sources.contains(&Source::LastFm) && sources.lastfm.is_none();
        let freshness = task.freshness(settings)?;
        let mut options = OpenOptions { freshness, ..OpenOptions::new(task.list()) };
        options.open_licence = wishes.licence == Licence::Open;
        options.order = settings.order()?;
        if !wishes.sources.is_empty() {
            options.order = options.order.only(&wishes.sources);
        }
        if let Some(facets) = &wishes.facets {
            let mut facets: BTreeSet<Facet> = facets.iter().copied().collect();
            // Who an artist is comes first, and songs have a sound.
            facets.extend([Facet::Profile, Facet::Links]);
            if facets.contains(&Facet::AudioFeatures) {
                facets.insert(Facet::TopTracks);
            }
            options.facets = facets;
        }
        let ingest = OpenIngest::new(store.clone(), sources, Arc::new(SystemClock), options);
        Ok(Self { ingest, store, nameless, keyless, paces })
    }

    /// What a run would do; `beside` Spotify, or alone. Without names: what a refresh would do.
    pub(crate) async fn plan(&self, names: Option<&NameList>, beside: bool) -> Result<OpenPlan, Failure> {
        Ok(match names {
            Some(names) if beside => self.ingest.plan_beside(names).await?,
            Some(names) => self.ingest.plan(names).await?,
            None => self.ingest.plan_refresh().await?,
        })
    }

    /// The time that so many requests to a source take at least, as far as its pace is known.
    fn time(&self, source: Source, requests: u64) -> Duration {
        let pace = self.paces.iter().find(|(s, _)| *s == source).map_or(0.0, |(_, pace)| *pace);
        Duration::from_secs_f64(pace * requests as f64)
    }

    /// The plan as JSON, with the seconds that each source takes, and all of them at the same time.
    pub(crate) fn json(&self, plan: &OpenPlan) -> Value {
        let times = plan.requests.iter().map(|(source, n)| (*source, self.time(*source, *n).as_secs_f64().round()));
        let times: BTreeMap<Source, f64> = times.collect();
        let mut json = json!(plan);
        json["duration"] = json!(times.values().copied().fold(0.0, f64::max));
        json["seconds"] = json!(times);
        json
    }

    /// The plan in words: requests and time of each source; they work at the same time.
    pub(crate) fn shown(&self, plan: &OpenPlan) -> String {
        let parts = [(plan.fresh, "known and fresh"), (plan.searches, "to search for"), (plan.artists, "to complete")];
        let parts: Vec<String> =
            parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", number(*n as u64))).collect();
        let names = if plan.names > 0 {
            format!("plan: {} names ({})", number(plan.names as u64), parts.join(", "))
        } else {
            format!("plan: {} artists with something due", number(plan.artists as u64))
        };
        if plan.requests.values().all(|n| *n == 0) {
            return format!("{names}; no requests");
        }
        let each: Vec<String> = plan
            .requests
            .iter()
            .filter(|(_, n)| **n > 0)
            .map(|(source, n)| {
                let time = self.time(*source, *n);
                let time = if time.is_zero() { String::new() } else { format!(" ({})", super::shown::about(time)) };
                format!("{source} {}{time}", number(*n))
            })
            .collect();
        let slowest = plan.requests.iter().map(|(source, n)| self.time(*source, *n)).max().unwrap_or_default();
        format!(
            "{names}; requests, at most: {}; all at the same time, {} in all",
            each.join(", "),
            super::shown::about(slowest)
        )
    }

    /// Says that MusicBrainz, where it is asked, wants to know whom to write to, and that Last.fm, where it is to be asked, needs a key.
    pub(crate) fn hint(&self) {
        if self.nameless {
            hint_at_contact();
        }
        if self.keyless {
            say("hint: last.fm is left out: it needs LASTFM_API_KEY, free at https://www.last.fm/api/account/create");
        }
    }

    /// Runs over `names`, or else refreshes what is due; recorded in `runs`, with progress on stderr.
    pub(crate) async fn run(&self, names: Option<&NameList>) -> Result<Report, Failure> {
        let job = if names.is_some() { "ingest" } else { "refresh" };
        let progress = IngestProgress::of_many(names.map_or(0, |names| names.entries.len()));
        let run = self.store.start_run(job, Some("open"), SystemClock.now()).await?;
        let result = match names {
            Some(names) => self.ingest.run(names, &progress, signals::stop()).await,
            None => self.ingest.refresh(&progress, signals::stop()).await,
        };
        progress.finish();
        let (outcome, counts) = match &result {
            Ok(report) => (outcome_of(report), json!(report)),
            Err(error) => ("failed", json!({ "error": error.to_string() })),
        };
        let noted = self.store.finish_run(run, outcome, &counts, SystemClock.now()).await;
        let report = result?;
        noted?;
        Ok(report)
    }
}

/// Which of the open sources are asked, given what the user wants; none where only Spotify is.
pub(crate) fn wanted(sources: &[Source]) -> Vec<Source> {
    if sources.is_empty() {
        return OPEN.to_vec();
    }
    OPEN.iter().copied().filter(|source| sources.contains(source)).collect()
}

/// The clients of `wanted`, each waiting for `max_wait` at most while its source is blocked, with the seconds that a request of
/// each takes at least. Sends nothing.
///
/// # Errors
/// Settings that are not what they should be.
pub(crate) fn clients(
    settings: &Settings,
    store: &SharedStore,
    wanted: &[Source],
    max_wait: Duration,
) -> Result<(OpenSources, Vec<(Source, f64)>), Failure> {
    let clock = Arc::new(SystemClock);
    let ledger = |source: Source, has_key| {
        let key = SourceKey { source: source.into(), fingerprint: fingerprint(has_key).to_owned() };
        Arc::new(StoreLedger::new(store.clone(), key))
    };
    let wants = |source| wanted.contains(&source);
    let set_up = |error| Failure::new(format!("cannot set up the network client: {error}"));
    let pace = |budget: Option<u32>, window: f64| budget.map_or(0.0, |budget| window / f64::from(budget));
    let (mut all, mut paces) = (OpenSources::default(), Vec::new());
    if wants(Source::MusicBrainz) {
        let config = settings.musicbrainz(max_wait)?;
        paces.push((Source::MusicBrainz, config.spacing.as_secs_f64()));
        let client = MusicBrainz::new(config, clock.clone(), ledger(Source::MusicBrainz, false));
        all.musicbrainz = Some(client.map_err(set_up)?);
    }
    if wants(Source::ListenBrainz) {
        let config = settings.listenbrainz(max_wait)?;
        // It says with every answer how many are left; thirty in ten seconds is what it has been seen to allow.
        paces.push((Source::ListenBrainz, pace(config.budget.or(Some(30)), 10.0)));
        let ledger = ledger(Source::ListenBrainz, config.token.is_some());
        all.listenbrainz = Some(ListenBrainz::new(config, clock.clone(), ledger).map_err(set_up)?);
    }
    if wants(Source::Deezer) {
        let config = settings.deezer(max_wait)?;
        paces.push((Source::Deezer, pace(config.budget, 5.0)));
        all.deezer = Some(Deezer::new(config, clock.clone(), ledger(Source::Deezer, false)).map_err(set_up)?);
    }
    if wants(Source::ReccoBeats) {
        let config = settings.reccobeats(max_wait)?;
        paces.push((Source::ReccoBeats, pace(config.budget, 10.0)));
        let ledger = ledger(Source::ReccoBeats, false);
        all.reccobeats = Some(ReccoBeats::new(config, clock.clone(), ledger).map_err(set_up)?);
    }
    if wants(Source::LastFm)
        && let Some(config) = settings.lastfm(max_wait)?
    {
        paces.push((Source::LastFm, pace(config.budget, 5.0)));
        all.lastfm = Some(LastFm::new(config, clock, ledger(Source::LastFm, true)).map_err(set_up)?);
    }
    if wanted == [Source::LastFm] && all.lastfm.is_none() {
        return Err(
            Failure::usage("last.fm needs LASTFM_API_KEY").hint("get one at https://www.last.fm/api/account/create")
        );
    }
    Ok((all, paces))
}

/// Whether MusicBrainz is asked, and does not know whom to write to.
pub(crate) fn is_nameless(settings: &Settings, sources: &OpenSources) -> bool {
    settings.contact().is_none() && sources.musicbrainz.is_some()
}

/// Says that MusicBrainz wants to know whom to write to.
pub(crate) fn hint_at_contact() {
    say(
        "hint: set SIXPOTIFY_CONTACT to your mail address or page: MusicBrainz asks for it, and may slow down whoever leaves it out",
    );
}
