//! Services that are away: whoever is, is passed over, the others go on at once, and what it would have said stays due.

use sixpotify_core::{Facet, FacetState, Source};
use sixpotify_store::{Batch, FacetMark, StoreError};

use super::apply::EVERYWHERE;
use super::piece::{At, Piece, Upstream};
use super::run::Run;

/// How a mark says that its source was not asked.
pub(super) const PASSED_OVER: &str = "passed over";

/// What was asked in vain.
#[derive(Default)]
pub(super) struct InVain {
    pub(super) questions: u64,
    pub(super) marks: Vec<FacetMark>,
    /// What was said instead.
    pub(super) error: Option<String>,
}

impl Run<'_> {
    /// Whether a source is there and was not given up, but perhaps for a part of it that answers by itself.
    pub(super) fn asks(&self, source: Source) -> bool {
        self.asks_at(Upstream::Of(source))
    }

    /// Whether `source` is there, and who answers for this facet was not given up.
    pub(super) fn asks_for(&self, facet: Facet, source: Source) -> bool {
        self.asks_at(Upstream::of(facet, source))
    }

    fn asks_at(&self, upstream: Upstream) -> bool {
        self.report.sources.contains_key(&upstream.source()) && !self.gone.contains_key(&upstream)
    }

    /// Passes a service over from here on.
    pub(super) fn give_up(&mut self, upstream: Upstream, error: &str) {
        if self.gone.contains_key(&upstream) {
            return;
        }
        let source = upstream.source();
        tracing::warn!(%source, error, "a source is passed over");
        self.gone.insert(upstream, error.to_owned());
        let why: Vec<String> =
            self.gone.iter().filter(|(gone, _)| gone.source() == source).map(|(_, why)| why.clone()).collect();
        self.of(source).gone = Some(why.join("; "));
    }

    /// What a question that is not asked any more leads to: the next source, where there is one. What it would have said stays
    /// due.
    pub(super) async fn passed_over(&mut self, piece: Piece) -> Result<(), StoreError> {
        for at in piece.subjects() {
            self.missed(at, piece.source(), piece.facets()).await;
        }
        match piece {
            Piece::Named(asked) => asked.into_iter().for_each(|(asked, _)| self.search(asked)),
            Piece::Weigh(asked, hits, how) => self.weighed(asked, hits, how, &[]).await?,
            Piece::Search(asked) | Piece::Record(_, Some((asked, _)), _) => self.search(asked),
            Piece::Record(_, None, Some(_)) | Piece::Join(_) => self.ask_whoever_waited(piece).await,
            _ => {}
        }
        Ok(())
    }

    /// The other sources are asked of those of whom a piece should have said first what it did not say: who they are elsewhere.
    pub(super) async fn ask_whoever_waited(&mut self, piece: Piece) {
        match piece {
            Piece::Record(_, None, Some(at)) => self.ask_the_others(at).await,
            Piece::Join(links) => {
                for (at, _) in links {
                    self.ask_the_others(at).await;
                }
            }
            _ => {}
        }
    }

    /// Ends a question of each of `subjects`, and of those queued for sources that were given up.
    pub(super) async fn end_pieces(&mut self, subjects: Vec<At>) -> Result<(), StoreError> {
        let mut ended = subjects;
        loop {
            let gone: Vec<Upstream> = self.queues.keys().copied().filter(|upstream| !self.asks_at(*upstream)).collect();
            let left: Vec<Piece> = gone.iter().filter_map(|upstream| self.queues.remove(upstream)).flatten().collect();
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

    /// Notes what a source that is passed over would have been asked for of an artist, so that a later run finds it.
    pub(super) async fn missed(&mut self, at: At, source: Source, facets: &[Facet]) {
        let (options, now) = (&self.ingest.options, self.ingest.clock.now());
        let mut batch = Batch::default();
        for facet in facets.iter().filter(|facet| options.allows(**facet, source)) {
            let subject = &mut self.subjects[at];
            subject.note(*facet, source);
            batch.facets.push(FacetMark {
                artist_id: subject.id.clone(),
                facet: *facet,
                source,
                market: EVERYWHERE.to_owned(),
                state: FacetState::Failed,
                how: Some(PASSED_OVER.to_owned()),
                retry_at: Some(now),
                attempts: subject.attempts(*facet, source),
                error: self.gone.get(&Upstream::of(*facet, source)).cloned(),
            });
        }
        self.send(batch, 0).await;
    }

    /// The same for sources that were given up before anything of this artist was asked.
    pub(super) async fn miss_those_who_are_gone(&mut self, at: At) {
        let gone: Vec<Upstream> = self.gone.keys().copied().collect();
        for upstream in gone {
            let source = upstream.source();
            let (options, now) = (&self.ingest.options, self.ingest.clock.now());
            let subject = &self.subjects[at];
            let answers = |facet: Facet| Upstream::of(facet, source) == upstream;
            let due = |facet: &Facet| answers(*facet) && subject.wants(options, *facet, source, now);
            let facets: Vec<Facet> = Facet::ALL.iter().copied().filter(due).collect();
            if !facets.is_empty() {
                self.of(source).missed += 1;
                self.missed(at, source, &facets).await;
            }
        }
    }

    /// A service that answered nothing at all is away, however few questions it was asked: that is no failure of an artist, and
    /// the next run asks again.
    pub(super) async fn note_those_who_never_answered(&mut self) {
        for (upstream, mut in_vain) in std::mem::take(&mut self.in_vain) {
            let Some(error) = in_vain.error.filter(|_| !self.answered_by.contains(&upstream)) else { continue };
            let of = self.of(upstream.source());
            of.failed -= in_vain.questions;
            of.missed += in_vain.questions;
            self.give_up(upstream, &error);
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
}
