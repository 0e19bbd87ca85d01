//! What is asked next: a queue for each service, and what is gathered to be asked for together.

use std::collections::VecDeque;

use sixpotify_core::{Source, TrackId};
use sixpotify_sources::http::until;
use sixpotify_sources::reccobeats::{IDS_LIMIT, TrackKey};

use super::piece::{At, LINKS, Piece, Upstream};
use super::question::Guess;
use super::run::Run;

/// Questions to one service in flight, at most; its door lets fewer through.
const IN_FLIGHT: usize = 8;

/// Artists asked about together.
const POPULARITY: usize = 1000;

impl Run<'_> {
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
        let queue = self.queues.entry(piece.upstream()).or_default();
        if matches!(piece, Piece::Record(_, Some(_), _) | Piece::Weigh(..)) {
            queue.push_front(piece);
        } else {
            queue.push_back(piece);
        }
    }

    /// Asks ahead, where somebody waits, what will most likely be asked about an artist.
    pub(super) fn foresee(&mut self, guess: Guess) {
        if self.ingest.options.hurried {
            self.foreseen.spawn(until(self.stop.clone(), self.ingest.asking.clone().foresee(guess)));
        }
    }

    /// The next question that may be asked.
    pub(super) fn next_piece(&mut self) -> Option<Piece> {
        self.fill_up();
        let free = |upstream: &Upstream| self.in_flight.get(upstream).is_none_or(|n| *n < IN_FLIGHT);
        let next = self.queues.iter().find(|(upstream, queue)| !queue.is_empty() && free(upstream)).map(|(u, _)| *u)?;
        self.queues.get_mut(&next)?.pop_front()
    }

    /// Makes full requests of what was gathered, and others when nothing can add to them any more.
    fn fill_up(&mut self) {
        let idle = |run: &Self, source: Source| {
            let upstream = Upstream::Of(source);
            run.queues.get(&upstream).is_none_or(VecDeque::is_empty)
                && run.in_flight.get(&upstream).is_none_or(|n| *n == 0)
        };
        let all_in = self.followed.is_none() && self.next >= self.entries.len() && self.due_at.is_empty();
        // Nobody else depends on anything more than on who an artist is: a source that rests does not wait for a full request.
        let rests = idle(self, Source::MusicBrainz);
        while self.joins.len() >= LINKS || (rests && !self.joins.is_empty()) {
            let some: Vec<_> = self.joins.drain(..self.joins.len().min(LINKS)).collect();
            self.queues.entry(Upstream::Of(Source::MusicBrainz)).or_default().push_back(Piece::Join(some));
        }
        while self.named.len() >= LINKS || (rests && !self.named.is_empty()) {
            let some: Vec<_> = self.named.drain(..self.named.len().min(LINKS)).collect();
            self.queues.entry(Upstream::Of(Source::MusicBrainz)).or_default().push_back(Piece::Named(some));
        }
        let all_joined = all_in && idle(self, Source::MusicBrainz);
        while self.popularity.len() >= POPULARITY || (all_joined && !self.popularity.is_empty()) {
            let some: Vec<_> = self.popularity.drain(..self.popularity.len().min(POPULARITY)).collect();
            self.queues.entry(Upstream::Of(Source::ListenBrainz)).or_default().push_back(Piece::Popularity(some));
        }
        let all_found = all_joined && idle(self, Source::Deezer);
        while self.features.len() >= IDS_LIMIT || (all_found && !self.features.is_empty()) {
            let some: Vec<_> = self.features.drain(..self.features.len().min(IDS_LIMIT)).collect();
            self.queues.entry(Upstream::Of(Source::ReccoBeats)).or_default().push_back(Piece::Features(some));
        }
    }
}
