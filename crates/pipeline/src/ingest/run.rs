//! The loop of a run: hands out work, turns answers into batches, decides when to end.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use sixpotify_core::{ArtistId, Facet, TrackId};
use sixpotify_sources::http::FetchError;
use sixpotify_sources::spotify::{ARTISTS_LIMIT, Mode};
use sixpotify_store::{Batch, NameRecord, NameState, StoreError};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use super::features::FeatureQueue;
use super::plan::{self, CHUNK, Due, Need, Prepared};
use super::report::{Outcome, Report};
use super::work::{Asked, Finished, Wanted, Work};
use super::writer::{self, Answer};
use super::{Ingest, IngestError, Progress, Snapshot};
use crate::{How, NameList};

/// Answers that may wait for the writer; beyond that the run waits for it.
const WAITING_ANSWERS: usize = 1000;

/// After this many requests in a row that were given up, each after all its attempts, the source is out of order.
const MOST_GIVEN_UP: u32 = 10;

/// The state of a run. What answers mean is in `super::answers`.
pub(super) struct Run<'a> {
    pub(super) ingest: &'a Ingest,
    list: &'a NameList,
    progress: &'a dyn Progress,
    stop: watch::Receiver<bool>,

    /// Names not prepared yet begin here.
    next_name: usize,
    ready: VecDeque<Work>,
    /// Known artists whose profile is due, gathered into full look-ups.
    lookups: Vec<Wanted>,
    /// Artists found by answers of this round, whose other facets are not decided yet.
    found: Vec<ArtistId>,
    /// Artists whose top tracks are known and whose features are due.
    features_due: Vec<ArtistId>,
    /// Tracks of artists whose top tracks have just come.
    new_tracks: Vec<(ArtistId, BTreeSet<TrackId>)>,
    features: FeatureQueue,
    /// Artists of this run: two names may be one artist.
    handled: HashSet<ArtistId>,
    /// Earlier failures of what is being asked now.
    pub(super) attempts: HashMap<(ArtistId, Facet), u32>,

    pub(super) report: Report,
    answers: mpsc::Sender<Answer>,
    saved: mpsc::UnboundedReceiver<usize>,
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
        list: &'a NameList,
        progress: &'a dyn Progress,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let (answers, from_run) = mpsc::channel(WAITING_ANSWERS);
        let (to_run, saved) = mpsc::unbounded_channel();
        let writer = tokio::spawn(writer::write_all(ingest.store.clone(), ingest.clock.clone(), from_run, to_run));
        Self {
            ingest,
            list,
            progress,
            stop,
            next_name: 0,
            ready: VecDeque::new(),
            lookups: Vec::new(),
            found: Vec::new(),
            features_due: Vec::new(),
            new_tracks: Vec::new(),
            features: FeatureQueue::default(),
            handled: HashSet::new(),
            attempts: HashMap::new(),
            report: Report::new(list.entries.len()),
            answers,
            saved,
            writer,
            saved_names: 0,
            ending: None,
            given_up: 0,
            started: Instant::now(),
        }
    }

    pub(super) async fn run(mut self) -> Result<Report, IngestError> {
        let mut in_flight: JoinSet<Finished> = JoinSet::new();
        loop {
            while self.ending.is_none() && in_flight.len() < self.ingest.options.concurrency {
                let Some(work) = self.next_work(in_flight.is_empty()).await? else { break };
                in_flight.spawn(work.perform(self.ingest.spotify.clone()));
            }
            if in_flight.is_empty() {
                break;
            }
            let first = tokio::select! {
                finished = in_flight.join_next() => finished,
                Some(names) = self.saved.recv() => {
                    self.note_saved(names);
                    continue;
                }
                () = stopped(&mut self.stop), if self.ending.is_none() => {
                    self.ending = Some(Ending::Stopped);
                    continue;
                }
            };
            // Everything else that is ready goes along, so that the catalogue is asked once for all of it.
            let mut next = first;
            while let Some(finished) = next {
                match finished {
                    Ok(finished) => self.take(finished).await,
                    Err(panic) => std::panic::resume_unwind(panic.into_panic()),
                }
                next = in_flight.try_join_next();
            }
            self.follow_up().await?;
        }
        self.end().await
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
            if self.next_name < self.list.entries.len() {
                self.prepare_names().await?;
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

    /// Takes the next names into the run, and enters in the catalogue those that it has not seen.
    async fn prepare_names(&mut self) -> Result<(), StoreError> {
        let end = (self.next_name + CHUNK).min(self.list.entries.len());
        let prepared = plan::prepare(self.ingest, &self.list.entries[self.next_name..end]).await?;
        self.next_name = end;
        let mut batch = Batch::default();
        let mut done = 0;
        for Prepared { entry, need, listed, settled_elsewhere, attempts } in prepared {
            let asked = Asked { name: entry.name, attempts };
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
            if let (Need::Facets { artist, .. }, false) = (&need, listed) {
                let how = settled_elsewhere.and_then(|r| r.how).unwrap_or_else(|| How::Id.to_string());
                batch.names.push(self.name(&asked, NameState::Found, Some(artist), Some(how)));
            } else if !listed {
                batch.names.push(self.name(&asked, NameState::Pending, None, None));
            }
            done += usize::from(settled);
            match need {
                Need::Nothing { .. } => {}
                Need::Search => self.ready.push_back(Work::Search(asked)),
                Need::LookUp { id } => self.lookups.push(Wanted { id, asked: Some(asked), due: None }),
                Need::Facets { artist, due } => self.complete(artist, due),
            }
        }
        self.send(batch, done).await;
        self.follow_up().await
    }

    /// Sees to the facets of a known artist that are due.
    fn complete(&mut self, artist: ArtistId, due: Due) {
        if !self.handled.insert(artist.clone()) {
            return;
        }
        for facet in self.ingest.options.facets.iter().filter(|f| !due.contains_key(f)) {
            self.report.facet(*facet).fresh += 1;
        }
        self.note_failures(&artist, &due);
        let profile_due = due.contains_key(&Facet::Profile) || due.contains_key(&Facet::Genres);
        match artist.spotify() {
            Some(id) if profile_due => self.lookups.push(Wanted { id, asked: None, due: Some(due) }),
            _ => self.ask_for(artist, &due),
        }
    }

    /// Queues the requests for facets other than profile and genres.
    pub(super) fn ask_for(&mut self, artist: ArtistId, due: &Due) {
        let features = due.contains_key(&Facet::AudioFeatures);
        if due.contains_key(&Facet::TopTracks) {
            self.ready.push_front(Work::TopTracks(artist.clone()));
        } else if features {
            self.features_due.push(artist.clone());
        }
        if due.contains_key(&Facet::Albums) {
            self.ready.push_front(Work::Albums(artist));
        }
    }

    fn note_failures(&mut self, artist: &ArtistId, due: &Due) {
        let failed = due.iter().filter(|(_, failures)| **failures > 0);
        self.attempts.extend(failed.map(|(facet, failures)| ((artist.clone(), *facet), *failures)));
    }

    /// An artist that an answer has just brought: its other facets are decided in [`Self::follow_up`].
    pub(super) fn found(&mut self, artist: ArtistId) -> bool {
        let new = self.handled.insert(artist.clone());
        if new {
            self.found.push(artist);
        }
        new
    }

    /// Tracks that an answer has just brought.
    pub(super) fn tracks_came(&mut self, artist: ArtistId, tracks: BTreeSet<TrackId>) {
        self.new_tracks.push((artist, tracks));
    }

    pub(super) fn look_up_again(&mut self, wanted: Vec<Wanted>) {
        for one in wanted {
            self.ready.push_back(Work::LookUp(vec![one]));
        }
    }

    pub(super) fn features_answered(&mut self, tracks: &[TrackId]) -> Vec<ArtistId> {
        self.features.answered(tracks)
    }

    pub(super) fn features_failed(&mut self, tracks: &[TrackId]) -> Vec<ArtistId> {
        let mut artists: Vec<_> = self.features.failed(tracks).into_iter().collect();
        artists.sort();
        artists
    }

    /// Asks the catalogue, once for all answers of a round, what follows from them.
    async fn follow_up(&mut self) -> Result<(), StoreError> {
        let found = std::mem::take(&mut self.found);
        if !found.is_empty() {
            let mut known = plan::due_facets(self.ingest, &found).await?;
            for artist in found {
                let facets = &self.ingest.options.facets;
                let due = known.remove(&artist).unwrap_or_else(|| facets.iter().map(|f| (*f, 0)).collect());
                // What the answer itself brought is counted as fetched already.
                let others = facets.iter().filter(|f| !matches!(f, Facet::Profile | Facet::Genres));
                for facet in others.filter(|f| !due.contains_key(f)) {
                    self.report.facet(*facet).fresh += 1;
                }
                self.note_failures(&artist, &due);
                self.ask_for(artist, &due);
            }
        }
        let due = std::mem::take(&mut self.features_due);
        if !due.is_empty() {
            let mut tracks: HashMap<ArtistId, BTreeSet<TrackId>> =
                due.into_iter().map(|a| (a, BTreeSet::new())).collect();
            let artists: Vec<ArtistId> = tracks.keys().cloned().collect();
            for (artist, track) in self.ingest.store.tracks_without_features(&artists).await? {
                tracks.entry(artist).or_default().insert(track);
            }
            self.queue_features(tracks.into_iter().collect()).await;
        }
        let new = std::mem::take(&mut self.new_tracks);
        if !new.is_empty() {
            let all: Vec<TrackId> = new.iter().flat_map(|(_, t)| t).cloned().collect();
            let known: HashSet<TrackId> = self.ingest.store.tracks_with_features(&all).await?.into_iter().collect();
            let missing =
                |(a, t): (ArtistId, BTreeSet<TrackId>)| (a, t.into_iter().filter(|t| !known.contains(t)).collect());
            self.queue_features(new.into_iter().map(missing).collect()).await;
        }
        Ok(())
    }

    async fn queue_features(&mut self, artists: Vec<(ArtistId, BTreeSet<TrackId>)>) {
        let complete: Vec<ArtistId> =
            artists.into_iter().filter_map(|(a, tracks)| self.features.add(&a, tracks).then_some(a)).collect();
        let mut batch = Batch::default();
        self.mark_features_complete(&mut batch, complete);
        self.send(batch, 0).await;
    }

    /// Hands a batch to the writer. `done`: names that have a final state with it.
    pub(super) async fn send(&mut self, batch: Batch, done: usize) {
        if (done > 0 || !batch.is_empty()) && self.answers.send(Answer { batch, done }).await.is_err() {
            self.ending.get_or_insert(Ending::Writer);
        }
    }

    /// Notes an error that concerns more than one artist. Returns whether the run goes on.
    pub(super) fn goes_on_after(&mut self, error: &FetchError) -> bool {
        if matches!(error, FetchError::Failed { .. }) {
            self.given_up += 1;
        }
        if error.ends_the_run() || self.given_up >= MOST_GIVEN_UP {
            self.ending.get_or_insert_with(|| Ending::Source(error.clone()));
        }
        !error.ends_the_run()
    }

    pub(super) fn source_answered(&mut self) {
        self.given_up = 0;
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

    fn note_saved(&mut self, names: usize) {
        self.saved_names += names;
        self.progress.saved(Snapshot {
            names: self.report.names,
            done: self.saved_names,
            requests: self.ingest.spotify.stats().requests,
        });
    }

    /// Waits for the writer and sums up.
    async fn end(mut self) -> Result<Report, IngestError> {
        let (closed, _) = mpsc::channel(1);
        drop(std::mem::replace(&mut self.answers, closed));
        while let Some(names) = self.saved.recv().await {
            self.note_saved(names);
        }
        let written = (&mut self.writer).await;
        written.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;

        let spotify = &self.ingest.spotify;
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
