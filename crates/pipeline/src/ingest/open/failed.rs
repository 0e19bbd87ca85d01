//! What becomes of a piece of work that failed: marks that say when it is tried again.

use sixpotify_core::{FacetState, Source};
use sixpotify_sources::http::FetchError;
use sixpotify_store::{Batch, FacetMark, NameState, StoreError};

use super::apply::{EVERYWHERE, FIRST_RETRY};
use super::piece::Piece;
use super::run::Run;
use crate::ingest::intake::name_claim;
use crate::ingest::report::Listed;
use crate::ingest::work::Asked;

impl Run<'_> {
    /// Notes that a question failed after all its attempts.
    pub(super) async fn failed(&mut self, piece: Piece, error: &FetchError) -> Result<(), StoreError> {
        let source = piece.source();
        *self.report.facet_errors.entry(error.to_string()).or_default() += 1;
        if let FetchError::Withheld { endpoint, .. } = error {
            self.of(source).withheld.insert(*endpoint);
        }
        match &piece {
            // Who is heard most is not known: the order of the hits has to do.
            Piece::Weigh(asked, hits, how) => return self.weighed(asked.clone(), hits.clone(), how, &[]).await,
            Piece::Named(names) => {
                // What their ids say is not known: their names have to do.
                names.iter().for_each(|(asked, _)| self.search(asked.clone()));
                return Ok(());
            }
            // Where nothing was ever answered the next source is asked, however few the questions.
            Piece::Search(asked) if self.of(source).answered == 0 && self.asks(Source::Deezer) => {
                self.ask(Piece::DeezerName(asked.clone()));
                return Ok(());
            }
            Piece::Search(asked) | Piece::DeezerName(asked) => {
                self.name_failed(asked.clone(), error).await;
                return Ok(());
            }
            Piece::Record(_, Some((asked, _)), _) if matches!(error, FetchError::Gone { .. }) => {
                self.undecided(asked, NameState::NotFound, &[]).await;
                return Ok(());
            }
            Piece::Record(_, Some((asked, _)), _) => {
                self.name_failed(asked.clone(), error).await;
                return Ok(());
            }
            _ => {}
        }
        // What a source does not have, or does not give, is asked for again as facts are; what failed, soon.
        let state = match error {
            FetchError::Gone { .. } => FacetState::Ok,
            FetchError::Withheld { .. } => FacetState::Withheld,
            _ => FacetState::Failed,
        };
        let mut batch = Batch::default();
        for at in piece.subjects() {
            for facet in piece.facets() {
                if !self.ingest.options.allows(*facet, source) {
                    continue;
                }
                let attempts = self.subjects[at].attempts(*facet, source);
                let coverage = self.report.facet(*facet);
                match state {
                    FacetState::Ok => coverage.fetched += 1,
                    FacetState::Withheld => coverage.withheld += 1,
                    FacetState::Failed => coverage.failed += 1,
                }
                let retry_at = match state {
                    FacetState::Ok => None,
                    FacetState::Withheld => Some(self.ingest.clock.now() + self.ingest.options.freshness.withheld),
                    FacetState::Failed => Some(self.ingest.clock.now() + FIRST_RETRY * 2_i32.pow(attempts.min(6))),
                };
                self.subjects[at].note(*facet, source);
                let mark = FacetMark {
                    artist_id: self.subjects[at].id.clone(),
                    facet: *facet,
                    source,
                    market: EVERYWHERE.to_owned(),
                    state,
                    how: None,
                    retry_at,
                    attempts: if state == FacetState::Failed { attempts + 1 } else { 0 },
                    error: (state != FacetState::Ok).then(|| error.to_string()),
                };
                if state == FacetState::Failed && !self.answered_by.contains(&piece.upstream()) {
                    self.in_vain.entry(piece.upstream()).or_default().marks.push(mark.clone());
                }
                batch.facets.push(mark);
            }
        }
        self.send(batch, 0).await;
        self.ask_whoever_waited(piece).await;
        Ok(())
    }

    pub(super) async fn name_failed(&mut self, asked: Asked, error: &FetchError) {
        let mut name = self.name(&asked, NameState::Failed, None, Some(error.to_string()));
        name.attempts = asked.attempts + 1;
        name.retry_at = Some(self.ingest.clock.now() + FIRST_RETRY * 2_i32.pow(asked.attempts.min(6)));
        let why = Some(error.to_string());
        self.report.failed_names.push(Listed { name: asked.name.clone(), why, candidates: None });
        self.report.count(NameState::Failed);
        let released = vec![name_claim(&self.ingest.options.list, &asked.name)];
        self.send(Batch { names: vec![name], released, ..Batch::default() }, 1).await;
    }
}
