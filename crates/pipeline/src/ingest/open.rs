//! Ingest over the open sources: MusicBrainz finds artists and says who they are elsewhere, the others add what they have.
//!
//! Every source has its own queue of pieces and its own door, so that they work at the same time: a thousand names take the
//! time of the slowest source, not the sum. What a source has is asked for only where no source before it in the order of the
//! facet gave it: see [`Order`]. A source that is away, blocked or refuses is passed over, and the rest is done; what it
//! would have said stays due, and a later run catches up.

mod apply;
mod failed;
mod foresight;
mod gone;
mod intake;
mod music;
mod order;
mod piece;
mod plan;
mod question;
mod queues;
mod run;
mod subject;

use std::collections::BTreeSet;

use serde::Serialize;
use sixpotify_core::{ArtistId, Facet, Source};
use sixpotify_sources::SourceClient;
use sixpotify_sources::clock::SharedClock;
use sixpotify_sources::deezer::Deezer;
use sixpotify_sources::http::until;
use sixpotify_sources::lastfm::LastFm;
use sixpotify_sources::listenbrainz::ListenBrainz;
use sixpotify_sources::musicbrainz::MusicBrainz;
use sixpotify_sources::reccobeats::ReccoBeats;
use sixpotify_store::{SharedStore, StoreError};
use tokio::sync::{mpsc, watch};

use super::{Progress, Report};
use crate::{Freshness, NameList};
pub use order::{NotThere, Order};
pub use plan::OpenPlan;
use question::Asking;
pub(super) use run::{Intake, Run};
pub(super) use subject::FILLED;
use subject::Subject;

/// After so many questions in a row that failed a source is passed over, unless somebody says otherwise.
const MOST_FAILED: u32 = 10;

/// The clients there are. One that is absent is not asked.
#[derive(Clone, Default)]
pub struct OpenSources {
    /// Names, aliases, genres, links.
    pub musicbrainz: Option<MusicBrainz>,
    /// Popularity and related artists.
    pub listenbrainz: Option<ListenBrainz>,
    /// Fans, pictures, albums, top tracks and their recording codes.
    pub deezer: Option<Deezer>,
    /// Audio features.
    pub reccobeats: Option<ReccoBeats>,
    /// Related artists and tags.
    pub lastfm: Option<LastFm>,
}

impl OpenSources {
    /// All that are there.
    pub fn clients(&self) -> Vec<&dyn SourceClient> {
        let all: [Option<&dyn SourceClient>; 5] = [
            self.musicbrainz.as_ref().map(|c| c as &dyn SourceClient),
            self.listenbrainz.as_ref().map(|c| c as &dyn SourceClient),
            self.deezer.as_ref().map(|c| c as &dyn SourceClient),
            self.reccobeats.as_ref().map(|c| c as &dyn SourceClient),
            self.lastfm.as_ref().map(|c| c as &dyn SourceClient),
        ];
        all.into_iter().flatten().collect()
    }
}

/// How one source went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SourceReport {
    /// Requests sent, retries included.
    pub requests: u64,
    /// Requests sent again after a fault.
    pub retries: u64,
    /// Answers that said "too many requests".
    pub limited: u64,
    /// Questions answered.
    pub answered: u64,
    /// Questions that failed after all retries.
    pub failed: u64,
    /// Questions not asked, because the source was away, blocked or refused: a later run asks them.
    pub missed: u64,
    /// Why it was given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gone: Option<String>,
    /// Endpoints that it withheld from this key, or from those who have none.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub withheld: BTreeSet<&'static str>,
}

/// What to ingest, and how.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// Name of the list, under which progress is kept.
    pub list: String,
    /// Which facets to fetch.
    pub facets: BTreeSet<Facet>,
    /// When to ask again.
    pub freshness: Freshness,
    /// Who is asked for what first.
    pub order: Order,
    /// Whether names that no artist is known for are searched for here.
    pub searches: bool,
    /// After so many questions in a row that failed, each after all its attempts, a source is passed over: from 1, where
    /// somebody waits for the answer.
    pub most_failed: u32,
    /// Leaves out what is not free for every use: MusicBrainz's genres and their votes.
    pub open_licence: bool,
    /// Whether somebody waits: then sources are asked ahead what they will most likely be asked when it is known who is meant, and
    /// what only the sound of tracks needs is left to [`OpenIngest::complete`].
    pub hurried: bool,
}

impl OpenOptions {
    /// All facets of a list, with the usual freshness and order.
    pub fn new(list: &str) -> Self {
        Self {
            list: list.to_owned(),
            facets: Facet::ALL.iter().copied().collect(),
            freshness: Freshness::default(),
            order: Order::default(),
            searches: true,
            most_failed: MOST_FAILED,
            open_licence: false,
            hurried: false,
        }
    }
}

impl OpenOptions {
    /// Whether `source` may be asked for `facet` at all.
    fn allows(&self, facet: Facet, source: Source) -> bool {
        let barred = self.open_licence && (facet, source) == (Facet::Genres, Source::MusicBrainz);
        !barred && self.facets.contains(&facet) && self.order.has(facet, source)
    }
}

/// The job.
pub struct OpenIngest {
    pub(super) store: SharedStore,
    sources: OpenSources,
    asking: Asking,
    pub(super) clock: SharedClock,
    options: OpenOptions,
}

impl OpenIngest {
    /// Sets the job up; asks and writes nothing yet.
    pub fn new(store: SharedStore, sources: OpenSources, clock: SharedClock, options: OpenOptions) -> Self {
        let ahead = options.hurried.then_some(Asking::ahead as fn(OpenSources) -> Asking);
        let asking = ahead.unwrap_or(Asking::in_turn)(sources.clone());
        Self { store, sources, asking, clock, options }
    }

    /// Ingests `list`. Ends early, with everything saved, when `stop` becomes true.
    ///
    /// # Errors
    /// When the catalogue fails. Sources that fail are part of the report.
    pub async fn run(
        &self,
        list: &NameList,
        progress: &dyn Progress,
        stop: watch::Receiver<bool>,
    ) -> Result<Report, StoreError> {
        self.work(Intake::Names(list), progress, stop).await
    }

    /// Asks again what is due of the artists of the catalogue that an open source was asked about before: what is stale, what
    /// failed, and what a source that was away could not say. Artists that only a dump brought are not asked about.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn refresh(&self, progress: &dyn Progress, stop: watch::Receiver<bool>) -> Result<Report, StoreError> {
        self.work(Intake::Due, progress, stop).await
    }

    /// Asks what is due of these artists of the catalogue. Where somebody may wait for a turn at it ([`OpenOptions::hurried`]), the
    /// sound of their tracks is asked for before, so that the turn is short.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn complete(
        &self,
        artists: &[ArtistId],
        progress: &dyn Progress,
        stop: watch::Receiver<bool>,
    ) -> Result<Report, StoreError> {
        if self.options.hurried {
            self.restore().await;
            for detail in self.store.artist_details(artists).await? {
                let subject = Subject::new(detail);
                let sound = (Facet::AudioFeatures, Source::ReccoBeats);
                if subject.is_due(&self.options, sound.0, sound.1, self.clock.now()) && !subject.uncoded.is_empty() {
                    until(stop.clone(), self.asking.foresee_sound(subject.uncoded)).await;
                }
            }
        }
        let (send, followed) = mpsc::unbounded_channel();
        for artist in artists {
            let _ = send.send(artist.clone());
        }
        drop(send);
        self.work(Intake::After(followed, &NameList::default()), progress, stop).await
    }

    async fn work(
        &self,
        intake: Intake<'_>,
        progress: &dyn Progress,
        stop: watch::Receiver<bool>,
    ) -> Result<Report, StoreError> {
        let worker = self.store.begin_work(self.clock.now()).await?;
        self.restore().await;
        Run::new(self, intake, &*worker, progress, stop).run().await
    }

    /// Goes on from what the catalogue knows of each source. A block that is in force ends the first question, and with it the
    /// source.
    pub(super) async fn restore(&self) {
        for client in self.sources.clients() {
            if let Err(error) = client.restore().await {
                tracing::warn!(source = %client.source(), %error, "what is known of a source could not be read");
            }
        }
    }
}
