//! Spotify and the open sources in one run: each artist passes to the others as soon as Spotify has said all of it, so that
//! a list takes the time of the slowest source, not the sum.

use std::sync::{Mutex, PoisonError};

use sixpotify_core::{ArtistId, Facet, Source};
use sixpotify_sources::http::FetchError;
use sixpotify_sources::spotify::Mode;
use sixpotify_store::{StoreError, Worker};
use tokio::sync::{mpsc, oneshot, watch};

use super::intake::Intake;
use super::report::Outcome;
use super::{Ingest, IngestError, OpenIngest, Progress, Report, Snapshot, intake, open, plan, run};
use crate::NameList;

/// When the open sources are asked beside Spotify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// In any case.
    Always,
    /// Where Spotify does not give what is asked of it: its key is in development mode, or it is out of order.
    WhereNeeded,
}

impl Ingest {
    /// Ingests `list` from Spotify and the open sources at the same time. Spotify says first who is meant; what it does not find
    /// out before its end (it blocks, it is away) the others are asked for, and it counts as passed over.
    ///
    /// # Errors
    /// As [`Self::run`]; where the others have done their part, only for credentials that Spotify refuses.
    pub async fn run_beside(
        &self,
        others: &OpenIngest,
        beside: Beside,
        list: &NameList,
        progress: &dyn Progress,
        stop: watch::Receiver<bool>,
    ) -> Result<Report, IngestError> {
        plan::enter(self, list).await?;
        self.together(others, beside, Some(list), progress, stop).await
    }

    /// Fetches again what is due of the artists in the catalogue, at Spotify and at the open sources at the same time.
    ///
    /// # Errors
    /// As [`Self::run_beside`].
    pub async fn refresh_beside(
        &self,
        others: &OpenIngest,
        beside: Beside,
        progress: &dyn Progress,
        stop: watch::Receiver<bool>,
    ) -> Result<Report, IngestError> {
        self.together(others, beside, None, progress, stop).await
    }

    fn intake<'a>(&self, list: Option<&'a NameList>) -> Intake<'a> {
        match list {
            Some(list) => Intake::Names { list, next: 0, others: std::collections::VecDeque::new() },
            None => Intake::Due { due: intake::due_of(self), after: None, ended: false },
        }
    }

    async fn together(
        &self,
        others: &OpenIngest,
        beside: Beside,
        list: Option<&NameList>,
        progress: &dyn Progress,
        stop: watch::Receiver<bool>,
    ) -> Result<Report, IngestError> {
        let worker = self.store.begin_work(self.clock.now()).await?;
        others.restore().await;
        let both = Both::new(progress);
        let (first, later) = self.in_two();
        let (complete, artists) = mpsc::unbounded_channel();
        let (ended, has_ended) = oneshot::channel();
        let spotify = async {
            let intake = first.intake(list);
            let run = run::Run::new(&first, intake, &*worker, &both.spotify, stop.clone()).followed_by(complete);
            let result = run.run().await;
            // Nobody waits for it any more where the others are busy already.
            let _ = ended.send(is_gone(&result));
            result
        };
        let needed = || beside == Beside::Always || self.spotify.mode() == Some(Mode::Development);
        let open = async {
            let artists = begin(artists, needed, has_ended).await?;
            let intake = match list {
                Some(list) => open::Intake::After(artists, list),
                None => open::Intake::AfterDue(artists),
            };
            Some(open::Run::new(others, intake, &*worker, &both.open, stop.clone()).run().await)
        };
        let (spotify, open) = tokio::join!(spotify, open);
        let Some(open) = open else {
            let mut report = spotify?;
            if let Some(later) = later.filter(|_| report.outcome == Outcome::Done) {
                self.fill(&later, list, &*worker, stop, &mut report).await?;
            }
            return Ok(report);
        };
        let open = open?;
        let mut report = match passed_over(spotify) {
            Ok(report) => report,
            Err(IngestError::Source { error, mut report }) => {
                report.add_open(open);
                return Err(IngestError::Source { error, report });
            }
            Err(error) => return Err(error),
        };
        let ended_well = report.outcome == Outcome::Done && open.outcome == Outcome::Done;
        report.add_open(open);
        if let Some(later) = later.filter(|_| ended_well) {
            self.fill(&later, list, &*worker, stop, &mut report).await?;
        }
        Ok(report)
    }

    /// Asks Spotify for what the sources before it did not have.
    async fn fill(
        &self,
        later: &Ingest,
        list: Option<&NameList>,
        worker: &dyn Worker,
        stop: watch::Receiver<bool>,
        report: &mut Report,
    ) -> Result<(), StoreError> {
        let result = run::Run::new(later, later.intake(list), worker, &Nobody, stop).run().await;
        match passed_over(result) {
            Ok(filled) => {
                report.add_filled(filled);
                Ok(())
            }
            Err(IngestError::Store(error)) => Err(error),
            // It answered a moment ago: what it did not say stays due.
            Err(IngestError::Source { report: filled, .. }) => {
                report.add_filled(*filled);
                Ok(())
            }
        }
    }

    /// The job in two: what Spotify is asked for first of all, and, where others come before it, what they may leave to it.
    fn in_two(&self) -> (Ingest, Option<Ingest>) {
        let order = &self.options.order;
        let waits = |facet: &Facet| {
            !matches!(facet, Facet::Profile | Facet::Genres) && !order.before(*facet, Source::Spotify).is_empty()
        };
        let with = |keep: &dyn Fn(&Facet) -> bool| {
            let mut options = self.options.clone();
            options.facets.extended.retain(keep);
            options.facets.development.retain(keep);
            Ingest { store: self.store.clone(), spotify: self.spotify.clone(), clock: self.clock.clone(), options }
        };
        let first = with(&|facet| !waits(facet));
        let any = self.options.facets.extended.iter().chain(&self.options.facets.development).any(waits);
        (first, any.then(|| with(&|facet| waits(facet) || *facet == Facet::Profile)))
    }
}

/// Waits until it is known whether the others are needed; the artists that are complete by then come first.
async fn begin(
    mut artists: mpsc::UnboundedReceiver<ArtistId>,
    needed: impl Fn() -> bool,
    has_ended: oneshot::Receiver<bool>,
) -> Option<mpsc::UnboundedReceiver<ArtistId>> {
    if needed() {
        return Some(artists);
    }
    let (again, all) = mpsc::unbounded_channel();
    loop {
        let artist = artists.recv().await;
        let is_end = artist.is_none();
        if let Some(artist) = artist {
            again.send(artist).ok()?;
        }
        if needed() {
            tokio::spawn(async move {
                while let Some(artist) = artists.recv().await {
                    if again.send(artist).is_err() {
                        break;
                    }
                }
            });
            return Some(all);
        }
        if is_end {
            return has_ended.await.unwrap_or(false).then_some(all);
        }
    }
}

/// Whether Spotify ended because it is out of order.
fn is_gone(result: &Result<Report, IngestError>) -> bool {
    let Err(IngestError::Source { error, .. }) = result else { return false };
    matches!(error, FetchError::Away { .. } | FetchError::Failed { .. })
}

/// What Spotify brought, as one source among others: a block or an outage is why it was passed over, and no end of the run.
fn passed_over(result: Result<Report, IngestError>) -> Result<Report, IngestError> {
    let (mut report, gone) = match result {
        Ok(report) => match report.outcome.clone() {
            Outcome::Paused { until, reason } => {
                let gone =
                    format!("spotify allows the next request at {}: {reason}", until.format("%Y-%m-%d %H:%M UTC"));
                (report, Some(gone))
            }
            _ => (report, None),
        },
        Err(IngestError::Source { error, report })
            if !matches!(error, FetchError::Credentials { .. } | FetchError::Forbidden { .. }) =>
        {
            (*report, Some(error.to_string()))
        }
        Err(other) => return Err(other),
    };
    if gone.is_some() {
        report.outcome = Outcome::Done;
    }
    let left = report.left as u64;
    let of = report.sources.entry(Source::Spotify).or_default();
    (of.requests, of.retries, of.limited) = (report.requests, report.retries, report.limited);
    of.answered = report.answered;
    if gone.is_some() {
        of.missed = left;
    }
    of.gone = gone;
    Ok(report)
}

/// Progress of two runs over the same names.
struct Both<'a> {
    spotify: Half<'a>,
    open: Half<'a>,
}

struct Half<'a> {
    progress: &'a dyn Progress,
    own: std::sync::Arc<Mutex<[Snapshot; 2]>>,
    at: usize,
}

impl<'a> Both<'a> {
    fn new(progress: &'a dyn Progress) -> Self {
        let own = std::sync::Arc::new(Mutex::new([Snapshot::default(); 2]));
        let half = |at| Half { progress, own: own.clone(), at };
        Self { spotify: half(0), open: half(1) }
    }
}

impl Progress for Half<'_> {
    fn saved(&self, snapshot: Snapshot) {
        let both = {
            let mut both = self.own.lock().unwrap_or_else(PoisonError::into_inner);
            both[self.at] = snapshot;
            *both
        };
        self.progress.saved(Snapshot {
            names: both[0].names.max(both[1].names),
            done: both[0].done.max(both[1].done),
            requests: both[0].requests + both[1].requests,
        });
    }
}

/// Listens to nothing: the names are all done.
struct Nobody;

impl Progress for Nobody {
    fn saved(&self, _: Snapshot) {}
}
