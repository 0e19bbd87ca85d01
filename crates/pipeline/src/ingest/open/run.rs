//! The loop of a run over the open sources: a queue for each, questions in flight, answers to the writer.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use sixpotify_core::{ArtistId, Link, Mbid, Source, TrackId};
use sixpotify_sources::http::FetchError;
use sixpotify_sources::reccobeats::{IDS_LIMIT, TrackKey};
use sixpotify_store::{Batch, DueArtist, FacetMark, NameRecord, NameState, StoreError, Worker};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use super::failed::PASSED_OVER;
use super::piece::{At, LINKS, Piece, Said, Upstream};
use super::question::Guess;
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

/// Questions to one source in flight, at most; its door lets fewer through.
const IN_FLIGHT: usize = 8;

/// Artists asked about together.
const POPULARITY: usize = 1000;

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

/// What was asked in vain.
#[derive(Default)]
pub(super) struct InVain {
    questions: u64,
    pub(super) marks: Vec<FacetMark>,
    /// What was said instead.
    error: Option<String>,
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
    stop: watch::Receiver<bool>,
    pub(super) rejected: Rejected,
    /// What is asked ahead; it ends with the run.
    foreseen: JoinSet<()>,

    pub(super) subjects: Vec<Subject>,
    pub(super) by_id: HashMap<ArtistId, At>,
    pub(super) queues: BTreeMap<Source, VecDeque<Piece>>,
    in_flight: BTreeMap<Source, usize>,
    pub(super) joins: Vec<(At, Link)>,
    /// Names that came with an id at Spotify, to be asked for together.
    pub(super) named: Vec<(Asked, Link)>,
    pub(super) popularity: Vec<(At, Mbid)>,
    pub(super) features: Vec<(At, TrackId, TrackKey)>,
    failed_in_a_row: BTreeMap<Source, u32>,
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
                    *self.in_flight.entry(piece.source()).or_default() += 1;
                    asked.spawn(piece.perform(self.ingest.asking.clone()));
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

    /// Whether a source is there and was not given up.
    pub(super) fn asks(&self, source: Source) -> bool {
        self.report.sources.get(&source).is_some_and(|report| report.gone.is_none())
    }

    /// Gathers tracks whose features are asked for together.
    pub(super) fn gather(&mut self, tracks: Vec<(At, TrackId, TrackKey)>) {
        for (at, ..) in &tracks {
            self.subjects[*at].pieces += 1;
        }
        self.features.extend(tracks);
    }

    /// Queues a question. One that completes an artist goes before those that find the next: others wait for it.
    pub(super) fn ask(&mut self, piece: Piece) {
        for at in piece.subjects() {
            self.subjects[at].pieces += 1;
        }
        let queue = self.queues.entry(piece.source()).or_default();
        if matches!(piece, Piece::Record(_, Some(_), _) | Piece::Weigh(..)) {
            queue.push_front(piece);
        } else {
            queue.push_back(piece);
        }
    }

    /// Asks ahead, where somebody waits, what will most likely be asked about an artist.
    pub(super) fn foresee(&mut self, guess: Guess) {
        if self.ingest.options.hurried {
            self.foreseen.spawn(self.ingest.asking.clone().foresee(guess));
        }
    }

    /// The next question that may be asked.
    fn next_piece(&mut self) -> Option<Piece> {
        self.fill_up();
        let free = |source: &Source| self.in_flight.get(source).is_none_or(|n| *n < IN_FLIGHT);
        let source = self.queues.iter().find(|(source, queue)| !queue.is_empty() && free(source)).map(|(s, _)| *s)?;
        self.queues.get_mut(&source)?.pop_front()
    }

    /// Makes full requests of what was gathered, and others when nothing can add to them any more.
    fn fill_up(&mut self) {
        let idle = |run: &Self, source: Source| {
            run.queues.get(&source).is_none_or(VecDeque::is_empty) && run.in_flight.get(&source).is_none_or(|n| *n == 0)
        };
        let all_in = self.followed.is_none() && self.next >= self.entries.len() && self.due_at.is_empty();
        // Nobody else depends on anything more than on who an artist is: a source that rests does not wait for a full request.
        let rests = idle(self, Source::MusicBrainz);
        while self.joins.len() >= LINKS || (rests && !self.joins.is_empty()) {
            let some: Vec<_> = self.joins.drain(..self.joins.len().min(LINKS)).collect();
            self.queues.entry(Source::MusicBrainz).or_default().push_back(Piece::Join(some));
        }
        while self.named.len() >= LINKS || (rests && !self.named.is_empty()) {
            let some: Vec<_> = self.named.drain(..self.named.len().min(LINKS)).collect();
            self.queues.entry(Source::MusicBrainz).or_default().push_back(Piece::Named(some));
        }
        let all_joined = all_in && idle(self, Source::MusicBrainz);
        while self.popularity.len() >= POPULARITY || (all_joined && !self.popularity.is_empty()) {
            let some: Vec<_> = self.popularity.drain(..self.popularity.len().min(POPULARITY)).collect();
            self.queues.entry(Source::ListenBrainz).or_default().push_back(Piece::Popularity(some));
        }
        let all_found = all_joined && idle(self, Source::Deezer);
        while self.features.len() >= IDS_LIMIT || (all_found && !self.features.is_empty()) {
            let some: Vec<_> = self.features.drain(..self.features.len().min(IDS_LIMIT)).collect();
            self.queues.entry(Source::ReccoBeats).or_default().push_back(Piece::Features(some));
        }
    }

    async fn take(&mut self, piece: Piece, said: Result<Said, FetchError>) -> Result<(), StoreError> {
        let source = piece.source();
        if let Some(n) = self.in_flight.get_mut(&source) {
            *n -= 1;
        }
        let subjects = piece.subjects();
        match said {
            Ok(said) => {
                self.failed_in_a_row.remove(&source);
                self.of(source).answered += 1;
                self.answered_by.insert(piece.upstream());
                self.answered(piece, said).await?;
            }
            Err(error) => {
                let ends = error.ends_the_run() || matches!(error, FetchError::Away { .. });
                let row = self.failed_in_a_row.entry(source).or_default();
                *row += u32::from(matches!(error, FetchError::Failed { .. }));
                if ends || *row >= self.ingest.options.most_failed {
                    self.of(source).missed += 1;
                    self.give_up(source, &error);
                    self.passed_over(piece).await?;
                } else {
                    self.of(source).failed += 1;
                    let in_vain = self.in_vain.entry(piece.upstream()).or_default();
                    in_vain.questions += 1;
                    if let FetchError::Failed { .. } = error {
                        in_vain.error.get_or_insert_with(|| error.to_string());
                    } else {
                        // That it has no such thing, or gives it to others only, is an answer, too.
                        self.answered_by.insert(piece.upstream());
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

    /// Passes a source over from here on.
    fn give_up(&mut self, source: Source, error: &FetchError) {
        if self.of(source).gone.is_some() {
            return;
        }
        tracing::warn!(%source, %error, "a source is passed over");
        self.of(source).gone = Some(error.to_string());
    }

    /// What a question that is not asked any more leads to: the next source, where there is one. What it would have said stays
    /// due.
    async fn passed_over(&mut self, piece: Piece) -> Result<(), StoreError> {
        for at in piece.subjects() {
            self.missed(at, piece.source(), piece.facets()).await;
        }
        match piece {
            Piece::Named(asked) => asked.into_iter().for_each(|(asked, _)| self.search(asked)),
            Piece::Weigh(asked, hits, how) => self.weighed(asked, hits, how, &[]).await?,
            Piece::Search(asked) | Piece::Record(_, Some((asked, _)), _) => self.search(asked),
            Piece::Record(_, None, Some(at)) => self.ask_the_others(at).await,
            Piece::Join(links) => {
                for (at, _) in links {
                    self.ask_the_others(at).await;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Ends a question of each of `subjects`, and of those queued for sources that were given up.
    async fn end_pieces(&mut self, subjects: Vec<At>) -> Result<(), StoreError> {
        let mut ended = subjects;
        loop {
            let gone: Vec<Source> = self.queues.keys().copied().filter(|source| !self.asks(*source)).collect();
            let left: Vec<Piece> = gone.iter().filter_map(|source| self.queues.remove(source)).flatten().collect();
            if left.is_empty() {
                break;
            }
            for piece in left {
                self.of(piece.source()).missed += 1;
                ended.extend(piece.subjects());
                self.passed_over(piece).await?;
            }
        }
        for at in ended {
            self.subjects[at].pieces = self.subjects[at].pieces.saturating_sub(1);
            self.rest_if_done(at).await;
        }
        Ok(())
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

    /// A service that answered nothing at all is away, however few questions it was asked: that is no failure of an artist, and
    /// the next run asks again.
    async fn note_those_who_never_answered(&mut self) {
        for (upstream, mut in_vain) in std::mem::take(&mut self.in_vain) {
            let Some(error) = in_vain.error.filter(|_| !self.answered_by.contains(&upstream)) else { continue };
            let source = match upstream {
                Upstream::Of(source) => source,
                Upstream::Labs => Source::ListenBrainz,
            };
            let of = self.of(source);
            of.failed -= in_vain.questions;
            of.missed += in_vain.questions;
            of.gone.get_or_insert(error);
            for mark in &mut in_vain.marks {
                let coverage = self.report.facet(mark.facet);
                coverage.failed = coverage.failed.saturating_sub(1);
                mark.how = Some(PASSED_OVER.to_owned());
                mark.retry_at = Some(self.ingest.clock.now());
            }
            self.send(Batch { facets: in_vain.marks, ..Batch::default() }, 0).await;
        }
        // Of artists that another source found meanwhile, nothing has been asked, and nothing noted.
        for at in 0..self.subjects.len() {
            self.miss_those_who_are_gone(at).await;
        }
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
