//! The loop of a run: hands out work, turns answers into batches, decides when to end.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::time::Duration;

use sixpotify_core::{ArtistId, Facet, SpotifyId, TrackId};
use sixpotify_sources::http::{FetchError, until};
use sixpotify_sources::spotify::{ARTISTS_LIMIT, Mode};
use sixpotify_store::{Batch, NameRecord, NameState, StoreError, Worker};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep};

use super::features::FeatureQueue;
use super::intake::{Intake, name_claim};
use super::plan::{Due, Need, Prepared};
use super::report::{Outcome, Report};
use super::work::{Asked, Finished, Wanted, Work};
use super::writer::{self, Answer, Saved};
use super::{Ingest, IngestError, Progress, Snapshot};
use crate::How;
use crate::dumps::identity::Rejected;
use crate::patience::patiently;

/// Answers that may wait for the writer; beyond that the run waits for it.
const WAITING_ANSWERS: usize = 500;

/// Names that another worker holds are tried again after this long.
const OTHERS: Duration = Duration::from_secs(1);

/// How often a worker says that it lives: thrice in the time after which it is taken for dead.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// After this many requests in a row that were given up, each after all its attempts, the source is out of order.
const MOST_GIVEN_UP: u32 = 10;

/// The state of a run. What answers mean is in `super::answers`, what follows from them in `super::follow`.
pub(super) struct Run<'a> {
    pub(super) ingest: &'a Ingest,
    intake: Intake<'a>,
    pub(super) worker: &'a dyn Worker,
    progress: &'a dyn Progress,
    stop: watch::Receiver<bool>,

    pub(super) ready: VecDeque<Work>,
    /// Known artists whose profile is due, gathered into full look-ups.
    pub(super) lookups: Vec<Wanted>,
    /// Artists found by answers of this round, whose other facets are not decided yet.
    pub(super) found: Vec<ArtistId>,
    /// Artists whose top tracks are known and whose features are due.
    pub(super) features_due: Vec<ArtistId>,
    /// Artists whose songs are to be searched for; their names are still to be looked up.
    pub(super) songs_due: Vec<ArtistId>,
    /// Names of artists that may not be written yet, where their songs will be searched for.
    pub(super) new_names: HashMap<ArtistId, String>,
    /// Artists that the source has merged: the old id, the new one.
    pub(super) merges: Vec<(ArtistId, ArtistId)>,
    /// The ids here of artists that came from another source, and the other way round.
    pub(super) ids: HashMap<ArtistId, SpotifyId>,
    pub(super) owners: HashMap<ArtistId, ArtistId>,
    /// Ids that artists of this source have, of those that were found for others.
    pub(super) owned: HashSet<ArtistId>,
    /// Artists of other sources whose id here is to be found out.
    pub(super) sought: Vec<(ArtistId, Due)>,
    /// Joins that a person undid, once somebody is sought.
    pub(super) rejected: Option<Rejected>,
    /// Whoever wants to know of artists that are complete.
    followers: Option<mpsc::UnboundedSender<ArtistId>>,
    /// Artists that are complete with what is sent to the writer next.
    complete: Vec<ArtistId>,
    /// Tracks of artists whose top tracks have just come.
    pub(super) new_tracks: Vec<(ArtistId, BTreeSet<TrackId>)>,
    pub(super) features: FeatureQueue,
    /// Artists of this run: two names may be one artist.
    pub(super) handled: HashSet<ArtistId>,
    /// Requests that an artist still waits for; its claim is freed with the last.
    pub(super) pieces: HashMap<ArtistId, usize>,
    /// Earlier failures of what is being asked now.
    pub(super) attempts: HashMap<(ArtistId, Facet), u32>,

    pub(super) report: Report,
    answers: mpsc::Sender<Answer>,
    saved: mpsc::UnboundedReceiver<Saved>,
    writer: JoinHandle<Result<(), StoreError>>,
    saved_names: usize,
    ending: Option<Ending>,
    given_up: u32,
    started: Instant,
}

/// Why nothing new is begun.
enum Ending {
    Stopped,
    Source(FetchError),
    /// The writer has ended; its result says why.
    Writer,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        ingest: &'a Ingest,
        intake: Intake<'a>,
        worker: &'a dyn Worker,
        progress: &'a dyn Progress,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let (answers, from_run) = mpsc::channel(WAITING_ANSWERS);
        let (to_run, saved) = mpsc::unbounded_channel();
        let writer =
            tokio::spawn(writer::write_all(ingest.store.clone(), ingest.clock.clone(), worker.id(), from_run, to_run));
        Self {
            ingest,
            report: Report::new(intake.names()),
            intake,
            worker,
            progress,
            stop,
            ready: VecDeque::new(),
            lookups: Vec::new(),
            found: Vec::new(),
            features_due: Vec::new(),
            songs_due: Vec::new(),
            new_names: HashMap::new(),
            merges: Vec::new(),
            ids: HashMap::new(),
            owners: HashMap::new(),
            owned: HashSet::new(),
            sought: Vec::new(),
            rejected: None,
            followers: None,
            complete: Vec::new(),
            new_tracks: Vec::new(),
            features: FeatureQueue::default(),
            handled: HashSet::new(),
            pieces: HashMap::new(),
            attempts: HashMap::new(),
            answers,
            saved,
            writer,
            saved_names: 0,
            ending: None,
            given_up: 0,
            started: Instant::now(),
        }
    }

    /// The same, telling `followers` of each artist as soon as all that this source says of it is saved.
    pub(super) fn followed_by(mut self, followers: mpsc::UnboundedSender<ArtistId>) -> Self {
        self.followers = Some(followers);
        self
    }

    pub(super) async fn run(mut self) -> Result<Report, IngestError> {
        let worked = self.work().await;
        // Whatever happened, what the source has answered is saved before the run ends.
        let ended = self.end().await;
        worked?;
        ended
    }

    async fn work(&mut self) -> Result<(), StoreError> {
        let mut in_flight: JoinSet<Finished> = JoinSet::new();
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        loop {
            while self.ending.is_none() && in_flight.len() < self.ingest.options.concurrency {
                let Some(work) = self.next_work(in_flight.is_empty()).await? else { break };
                in_flight.spawn(until(self.stop.clone(), work.perform(self.ingest.spotify.clone())));
            }
            let waiting = in_flight.is_empty() && self.ending.is_none() && self.intake.waits_for_others();
            if in_flight.is_empty() && !waiting {
                break;
            }
            let first = tokio::select! {
                finished = in_flight.join_next(), if !in_flight.is_empty() => finished,
                () = sleep(OTHERS), if waiting => {
                    self.try_others().await?;
                    continue;
                }
                _ = heartbeat.tick() => {
                    patiently(|| self.worker.heartbeat(self.ingest.clock.now())).await?;
                    continue;
                }
                Some(saved) = self.saved.recv() => {
                    self.note_saved(saved);
                    continue;
                }
                () = stopped(&mut self.stop), if self.ending.is_none() => {
                    self.ending = Some(Ending::Stopped);
                    continue;
                }
            };
            // Everything else that is ready goes along, so that the catalogue is asked once for all of it.
            let mut round = Vec::new();
            let mut next = first;
            while let Some(finished) = next {
                match finished {
                    Ok(finished) => round.push(finished),
                    Err(panic) => std::panic::resume_unwind(panic.into_panic()),
                }
                next = in_flight.try_join_next();
            }
            self.leave_out_forgotten(&mut round).await?;
            for finished in round {
                self.take(finished).await;
            }
            self.follow_up().await?;
            self.send(Batch::default(), 0).await;
        }
        Ok(())
    }

    /// The next piece of work: what answers have led to first, so that artists are completed early.
    async fn next_work(&mut self, nothing_in_flight: bool) -> Result<Option<Work>, StoreError> {
        loop {
            if let Some(work) = self.ready.pop_front() {
                return Ok(Some(work));
            }
            if let Some(tracks) = self.features.take(false) {
                return Ok(Some(Work::Features(tracks)));
            }
            if self.lookups.len() >= ARTISTS_LIMIT {
                return Ok(Some(Work::LookUp(self.lookups.drain(..ARTISTS_LIMIT).collect())));
            }
            if let Some(chunk) = self.intake.next(self.ingest, self.worker).await? {
                self.take_in(chunk).await?;
                continue;
            }
            if !self.lookups.is_empty() {
                return Ok(Some(Work::LookUp(std::mem::take(&mut self.lookups))));
            }
            // A request for features that is not full waits until nothing can add to it any more.
            if nothing_in_flight && let Some(tracks) = self.features.take(true) {
                return Ok(Some(Work::Features(tracks)));
            }
            return Ok(None);
        }
    }

    /// Tries the names that another worker held.
    async fn try_others(&mut self) -> Result<(), StoreError> {
        match self.intake.again(self.ingest, self.worker).await? {
            Some(chunk) => self.take_in(chunk).await,
            None => Ok(()),
        }
    }

    /// Takes a chunk into the run.
    async fn take_in(&mut self, chunk: Vec<Prepared>) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        let mut done = 0;
        let mut known = Vec::new();
        for Prepared { entry, need, found_here, settled_elsewhere, attempts } in chunk {
            let Some(entry) = entry else {
                if let Need::Facets { artist, id, due } = need {
                    self.has_id(&artist, id);
                    known.push((artist, due));
                }
                continue;
            };
            let asked = Asked { name: entry.name, attempts, forgotten: false };
            let settled = match &need {
                Need::Nothing { state } => {
                    self.report.count(*state);
                    true
                }
                Need::Facets { .. } => {
                    self.report.count(NameState::Found);
                    true
                }
                Need::LookUp { .. } | Need::Search => false,
            };
            if let (Need::Facets { artist, .. }, false) = (&need, found_here) {
                let how = settled_elsewhere.and_then(|r| r.how).unwrap_or_else(|| How::Id.to_string());
                batch.names.push(self.name(&asked, NameState::Found, Some(artist), Some(how)));
            }
            if settled {
                done += 1;
                batch.released.push(name_claim(&self.ingest.options.list, &asked.name));
            }
            match need {
                Need::Nothing { .. } => {}
                Need::Search => self.ready.push_back(Work::Search(asked)),
                Need::LookUp { id } => {
                    let artist = id.clone().into();
                    self.lookups.push(Wanted { id, artist, asked: Some(asked), due: None });
                }
                Need::Facets { artist, id, due } => {
                    self.has_id(&artist, id);
                    known.push((artist, due));
                }
            }
        }
        self.complete(known).await?;
        self.send(batch, done).await;
        self.follow_up().await
    }

    /// Frees the claim of a name that is settled by `batch`.
    pub(super) fn release_name(&self, batch: &mut Batch, asked: &Asked) {
        batch.released.push(name_claim(&self.ingest.options.list, &asked.name));
    }

    /// The id of an artist here.
    pub(super) fn id_of(&self, artist: &ArtistId) -> Option<SpotifyId> {
        artist.spotify().or_else(|| self.ids.get(artist).cloned())
    }

    /// Notes the id of an artist that came from another source.
    pub(super) fn has_id(&mut self, artist: &ArtistId, id: Option<SpotifyId>) {
        if let Some(id) = id.filter(|_| artist.spotify().is_none()) {
            self.owners.insert(id.clone().into(), artist.clone());
            self.ids.insert(artist.clone(), id);
        }
    }

    /// Notes that nothing more is asked of an artist.
    pub(super) fn is_complete(&mut self, artist: ArtistId) {
        if self.followers.is_some() {
            self.complete.push(artist);
        }
    }

    /// Hands a batch to the writer, with the artists that are complete by now. `done`: names that have a final state with it.
    pub(super) async fn send(&mut self, batch: Batch, done: usize) {
        let complete = std::mem::take(&mut self.complete);
        if (done > 0 || !complete.is_empty() || !batch.is_empty())
            && self.answers.send(Answer { batch, done, complete }).await.is_err()
        {
            self.ending.get_or_insert(Ending::Writer);
        }
    }

    /// Notes an error that concerns more than one artist. Returns whether the run goes on.
    pub(super) fn goes_on_after(&mut self, error: &FetchError) -> bool {
        if matches!(error, FetchError::Failed { .. }) {
            self.given_up += 1;
        }
        if error.ends_the_run() || self.given_up >= MOST_GIVEN_UP {
            self.ending.get_or_insert_with(|| match error {
                FetchError::Stopped { .. } => Ending::Stopped,
                error => Ending::Source(error.clone()),
            });
        }
        !error.ends_the_run()
    }

    pub(super) fn source_answered(&mut self) {
        self.given_up = 0;
        self.report.answered += 1;
    }

    pub(super) fn name(
        &self,
        asked: &Asked,
        state: NameState,
        artist: Option<&ArtistId>,
        how: Option<String>,
    ) -> NameRecord {
        NameRecord {
            list: self.ingest.options.list.clone(),
            name: asked.name.clone(),
            state,
            artist_id: artist.cloned(),
            how,
            candidates: None,
            attempts: 0,
            retry_at: None,
        }
    }

    fn note_saved(&mut self, saved: Saved) {
        self.saved_names += saved.names;
        if let Some(followers) = &self.followers {
            for artist in saved.complete {
                // Whoever ended has no use for it.
                let _ = followers.send(artist);
            }
        }
        self.progress.saved(Snapshot {
            names: self.report.names,
            done: self.saved_names,
            requests: self.ingest.spotify.stats().requests,
        });
    }

    /// Waits for the writer and sums up.
    async fn end(mut self) -> Result<Report, IngestError> {
        self.send(Batch::default(), 0).await;
        let (closed, _) = mpsc::channel(1);
        drop(std::mem::replace(&mut self.answers, closed));
        while let Some(saved) = self.saved.recv().await {
            self.note_saved(saved);
        }
        let written = (&mut self.writer).await;
        written.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
        let mut merges = std::mem::take(&mut self.merges);
        merges.sort();
        merges.dedup();
        for (old, new) in merges {
            patiently(|| self.ingest.store.merge_artist(&old, &new, self.ingest.clock.now())).await?;
        }

        let spotify = &self.ingest.spotify;
        if let Err(error) = spotify.rest().await {
            // The next run counts a few requests more than were sent: harmless.
            tracing::warn!(%error, "unused requests were not given back");
        }
        let stats = spotify.stats();
        let report = &mut self.report;
        report.withheld = spotify.withheld().into_iter().map(str::to_owned).collect();
        report.development_mode = spotify.mode() == Some(Mode::Development);
        (report.requests, report.retries, report.limited) = (stats.requests, stats.retries, stats.limited);
        report.seconds = self.started.elapsed().as_secs_f64();
        report.left = report.names - report.done();
        match self.ending {
            None | Some(Ending::Writer) => Ok(self.report),
            Some(Ending::Stopped) => {
                self.report.outcome = Outcome::Stopped;
                Ok(self.report)
            }
            Some(Ending::Source(FetchError::Paused { until, reason, .. })) => {
                self.report.outcome = Outcome::Paused { until, reason };
                Ok(self.report)
            }
            Some(Ending::Source(error)) => {
                self.report.outcome = Outcome::Broken;
                Err(IngestError::Source { error, report: Box::new(self.report) })
            }
        }
    }
}

/// Ends when the user wants the run to stop; never, when nobody can say so any more.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}
