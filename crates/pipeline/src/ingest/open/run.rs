//! The loop of a run over the open sources: questions in flight, answers to the writer. What is asked next is in `super::queues`,
//! who is away in `super::gone`.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use sixpotify_core::{ArtistId, Link, Mbid, Source, TrackId};
use sixpotify_sources::http::{FetchError, until};
use sixpotify_sources::reccobeats::TrackKey;
use sixpotify_store::{Batch, DueArtist, NameRecord, NameState, StoreError, Worker};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use super::gone::InVain;
use super::piece::{At, Piece, Said, Upstream};
use super::subject::Subject;
use super::{OpenIngest, SourceReport};
use crate::dumps::identity::{Rejected, rejected};
use crate::dumps::stopped;
use crate::ingest::intake::artist_claim;
use crate::ingest::report::{Outcome, Report};
use crate::ingest::work::Asked;
use crate::ingest::writer::{self, Answer, Saved};
use crate::ingest::{Progress, Snapshot};
use crate::patience::patiently;
use crate::{NameEntry, NameList};

/// Names taken into the run at a time.
pub(super) const CHUNK: usize = 50;

/// Questions that wait, at most, before nothing is taken in any more.
pub(super) const MOST_WAITING: usize = 2_000;

/// Answers that may wait for the writer; beyond that the run waits for it.
const WAITING_ANSWERS: usize = 500;

/// How often a worker says that it lives.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Artists that are taken together, for a refresh, and looked at together at the end.
pub(super) const PAGE: usize = 200;

/// What a run works through.
pub(in crate::ingest) enum Intake<'a> {
    /// A list of names.
    Names(&'a NameList),
    /// Artists as another run completes them, and then the names that it left.
    After(mpsc::UnboundedReceiver<ArtistId>, &'a NameList),
    /// What is due.
    Due,
    /// Artists as another run completes them, and then what is due.
    AfterDue(mpsc::UnboundedReceiver<ArtistId>),
}

/// The state of a run. What answers mean is in `super::apply`.
pub(in crate::ingest) struct Run<'a> {
    pub(super) ingest: &'a OpenIngest,
    /// Artists that another run has completed; `None`: there is none, or it has ended.
    pub(super) followed: Option<mpsc::UnboundedReceiver<ArtistId>>,
    pub(super) entries: &'a [NameEntry],
    pub(super) next: usize,
    /// For a refresh: the sources whose due artists are still to be taken, and the last one that was.
    pub(super) due_at: VecDeque<Source>,
    pub(super) last_due: Option<DueArtist>,
    pub(super) worker: &'a dyn Worker,
    progress: &'a dyn Progress,
    pub(super) stop: watch::Receiver<bool>,
    pub(super) rejected: Rejected,
    /// What is asked ahead; it ends with the run.
    pub(super) foreseen: JoinSet<()>,

    pub(super) subjects: Vec<Subject>,
    pub(super) by_id: HashMap<ArtistId, At>,
    pub(super) queues: BTreeMap<Upstream, VecDeque<Piece>>,
    pub(super) in_flight: BTreeMap<Upstream, usize>,
    pub(super) joins: Vec<(At, Link)>,
    /// Names that came with an id at Spotify, to be asked for together.
    pub(super) named: Vec<(Asked, Link)>,
    pub(super) popularity: Vec<(At, Mbid)>,
    pub(super) features: Vec<(At, TrackId, TrackKey)>,
    failed_in_a_row: BTreeMap<Upstream, u32>,
    /// Who is passed over, and why.
    pub(super) gone: BTreeMap<Upstream, String>,
    /// Who has answered anything.
    pub(super) answered_by: BTreeSet<Upstream>,
    /// What failed of those who have answered nothing yet.
    pub(super) in_vain: BTreeMap<Upstream, InVain>,

    pub(super) report: Report,
    answers: mpsc::Sender<Answer>,
    saved: mpsc::UnboundedReceiver<Saved>,
    writer: JoinHandle<Result<(), StoreError>>,
    saved_names: usize,
    stopped: bool,
    started: Instant,
}

impl<'a> Run<'a> {
    pub(in crate::ingest) fn new(
        ingest: &'a OpenIngest,
        intake: Intake<'a>,
        worker: &'a dyn Worker,
        progress: &'a dyn Progress,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let (answers, from_run) = mpsc::channel(WAITING_ANSWERS);
        let (to_run, saved) = mpsc::unbounded_channel();
        let writer =
            tokio::spawn(writer::write_all(ingest.store.clone(), ingest.clock.clone(), worker.id(), from_run, to_run));
        let (followed, entries, refreshes): (_, &[NameEntry], bool) = match intake {
            Intake::Names(list) => (None, &list.entries, false),
            Intake::After(followed, list) => (Some(followed), &list.entries, false),
            Intake::Due => (None, &[], true),
            Intake::AfterDue(followed) => (Some(followed), &[], true),
        };
        let mut report = Report::new(entries.len());
        for client in ingest.sources.clients() {
            report.sources.insert(client.source(), SourceReport::default());
        }
        Self {
            ingest,
            followed,
            entries,
            next: 0,
            due_at: if refreshes {
                ingest.sources.clients().iter().map(|c| c.source()).collect()
            } else {
                VecDeque::new()
            },
            last_due: None,
            worker,
            progress,
            stop,
            rejected: Rejected::default(),
            foreseen: JoinSet::new(),
            subjects: Vec::new(),
            by_id: HashMap::new(),
            queues: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            joins: Vec::new(),
            named: Vec::new(),
            popularity: Vec::new(),
            features: Vec::new(),
            failed_in_a_row: BTreeMap::new(),
            gone: BTreeMap::new(),
            answered_by: BTreeSet::new(),
            in_vain: BTreeMap::new(),
            report,
            answers,
            saved,
            writer,
            saved_names: 0,
            stopped: false,
            started: Instant::now(),
        }
    }

    pub(in crate::ingest) async fn run(mut self) -> Result<Report, StoreError> {
        let worked = self.work().await;
        // Whatever happened, what was answered is saved before the run ends.
        let ended = self.end().await;
        worked?;
        ended
    }

    async fn work(&mut self) -> Result<(), StoreError> {
        self.rejected = rejected(&self.ingest.store).await?;
        let mut asked: JoinSet<(Piece, Result<Said, FetchError>)> = JoinSet::new();
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        loop {
            if !self.stopped {
                self.take_in().await?;
                while let Some(piece) = self.next_piece() {
                    *self.in_flight.entry(piece.upstream()).or_default() += 1;
                    asked.spawn(until(self.stop.clone(), piece.perform(self.ingest.asking.clone())));
                }
            }
            let follows = self.followed.is_some() && !self.stopped;
            if asked.is_empty() && !follows {
                return Ok(());
            }
            let room = follows && !self.has_enough();
            let mut artists = Vec::new();
            tokio::select! {
                n = followed(self.followed.as_mut(), &mut artists), if room => {
                    if n == 0 {
                        self.followed = None;
                    }
                    self.take_artists(artists).await?;
                }
                Some(answered) = asked.join_next() => {
                    let (piece, said) =
                        answered.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
                    self.take(piece, said).await?;
                }
                _ = heartbeat.tick() => patiently(|| self.worker.heartbeat(self.ingest.clock.now())).await?,
                Some(saved) = self.saved.recv() => self.note_saved(saved.names),
                () = stopped(&mut self.stop), if !self.stopped => self.stopped = true,
            }
        }
    }

    async fn take(&mut self, piece: Piece, said: Result<Said, FetchError>) -> Result<(), StoreError> {
        let (source, upstream) = (piece.source(), piece.upstream());
        if let Some(n) = self.in_flight.get_mut(&upstream) {
            *n -= 1;
        }
        let subjects = piece.subjects();
        match said {
            Ok(said) => {
                self.failed_in_a_row.remove(&upstream);
                self.of(source).answered += 1;
                self.answered_by.insert(upstream);
                self.answered(piece, said).await?;
            }
            // It stays due, as what was never begun.
            Err(FetchError::Stopped { .. }) => self.stopped = true,
            Err(error) => {
                let ends = error.ends_the_run() || matches!(error, FetchError::Away { .. });
                let row = self.failed_in_a_row.entry(upstream).or_default();
                *row += u32::from(matches!(error, FetchError::Failed { .. }));
                if ends || *row >= self.ingest.options.most_failed {
                    self.of(source).missed += 1;
                    self.give_up(upstream, &error.to_string());
                    self.passed_over(piece).await?;
                } else {
                    self.of(source).failed += 1;
                    let in_vain = self.in_vain.entry(upstream).or_default();
                    in_vain.questions += 1;
                    if let FetchError::Failed { .. } = error {
                        in_vain.error.get_or_insert_with(|| error.to_string());
                    } else {
                        // That it has no such thing, or gives it to others only, is an answer, too.
                        self.answered_by.insert(upstream);
                    }
                    self.failed(piece, &error).await?;
                }
            }
        }
        self.end_pieces(subjects).await
    }

    pub(super) fn of(&mut self, source: Source) -> &mut SourceReport {
        self.report.sources.entry(source).or_default()
    }

    /// Frees an artist that nothing is asked of any more.
    pub(super) async fn rest_if_done(&mut self, at: At) {
        if self.subjects[at].pieces == 0 {
            let batch = Batch { released: vec![artist_claim(&self.subjects[at].id)], ..Batch::default() };
            self.send(batch, 0).await;
        }
    }

    /// Hands a batch to the writer. `done`: names that have a final state with it.
    pub(super) async fn send(&mut self, batch: Batch, done: usize) {
        if (done > 0 || !batch.is_empty())
            && self.answers.send(Answer { batch, done, complete: Vec::new() }).await.is_err()
        {
            // The writer's result says why.
            self.stopped = true;
        }
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
        let requests = self.ingest.sources.clients().iter().map(|client| client.stats().requests).sum();
        self.progress.saved(Snapshot { names: self.report.names, done: self.saved_names, requests });
    }

    /// Waits for the writer and sums up.
    async fn end(mut self) -> Result<Report, StoreError> {
        self.note_those_who_never_answered().await;
        let (closed, _) = mpsc::channel(1);
        drop(std::mem::replace(&mut self.answers, closed));
        while let Some(saved) = self.saved.recv().await {
            self.note_saved(saved.names);
        }
        let written = (&mut self.writer).await;
        written.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
        // Who is credited under an id at Deezer may be an artist that came later.
        let ids: Vec<ArtistId> = self.subjects.iter().map(|subject| subject.id.clone()).collect();
        for some in ids.chunks(PAGE) {
            patiently(|| self.ingest.store.adopt_credits(Source::Deezer, some)).await?;
        }
        for client in self.ingest.sources.clients() {
            if let Err(error) = client.rest().await {
                // The next run counts a few requests more than were sent: harmless.
                tracing::warn!(source = %client.source(), %error, "unused requests were not given back");
            }
            let stats = client.stats();
            let of = self.report.sources.entry(client.source()).or_default();
            (of.requests, of.retries, of.limited) = (stats.requests, stats.retries, stats.limited);
            self.report.requests += stats.requests;
            self.report.retries += stats.retries;
            self.report.limited += stats.limited;
        }
        self.report.seconds = self.started.elapsed().as_secs_f64();
        self.report.left = self.report.names.saturating_sub(self.report.done());
        if self.stopped {
            self.report.outcome = Outcome::Stopped;
        }
        Ok(self.report)
    }
}

/// The next artists that another run has completed; none: it has ended.
async fn followed(from: Option<&mut mpsc::UnboundedReceiver<ArtistId>>, artists: &mut Vec<ArtistId>) -> usize {
    match from {
        Some(from) => from.recv_many(artists, CHUNK).await,
        None => std::future::pending().await,
    }
}
