//! What a run takes in: names to find, artists that another run has completed, and what is due; and whom it asks about them first.

use std::collections::{HashMap, HashSet, VecDeque};

use sixpotify_core::{ArtistId, Facet, Link, Mbid, Source};
use sixpotify_sources::lastfm::ArtistKey;
use sixpotify_store::{Batch, NameRecord, NameState, StoreError};

use super::piece::{At, Piece, Upstream};
use super::run::{CHUNK, MOST_WAITING, PAGE, Run};
use super::subject::Subject;
use crate::ingest::intake::{artist_claim, name_claim};
use crate::ingest::work::Asked;
use crate::patience::patiently;
use crate::{How, NameEntry};

impl Run<'_> {
    /// Whether enough is to be asked for the time being. Whoever finds out who is meant must never wait for the others, unless
    /// they are far behind.
    pub(super) fn has_enough(&self) -> bool {
        let finder = if self.asks(Source::MusicBrainz) { Source::MusicBrainz } else { Source::Deezer };
        let of_finder = self.queues.get(&Upstream::Of(finder)).map_or(0, VecDeque::len);
        let all: usize = self.queues.values().map(VecDeque::len).sum();
        of_finder >= CHUNK || all >= MOST_WAITING
    }

    /// Takes names in while the queue for those who find them is short.
    pub(super) async fn take_in(&mut self) -> Result<(), StoreError> {
        // What another run completes comes first: it may find the rest of the names.
        if self.followed.is_some() {
            return Ok(());
        }
        while self.next < self.entries.len() {
            if self.has_enough() {
                return Ok(());
            }
            let end = (self.next + CHUNK).min(self.entries.len());
            let entries = &self.entries[self.next..end];
            self.next = end;
            self.take_chunk(entries).await?;
        }
        while let Some(source) = self.due_at.front().copied() {
            if self.has_enough() {
                return Ok(());
            }
            let due = self.ingest.due_at(source);
            let page = match &due {
                Some(due) if Facet::ALL.iter().any(|facet| self.asks_for(*facet, source)) => {
                    let after = self.last_due.take();
                    patiently(|| self.ingest.store.due_artists(due, after.as_ref(), PAGE)).await?
                }
                _ => Vec::new(),
            };
            if page.len() < PAGE {
                self.due_at.pop_front();
            } else {
                self.last_due = page.last().cloned();
            }
            self.take_artists(page.into_iter().map(|artist| artist.id).collect()).await?;
        }
        Ok(())
    }

    async fn take_chunk(&mut self, entries: &[NameEntry]) -> Result<(), StoreError> {
        let (store, options, now) = (&self.ingest.store, &self.ingest.options, self.ingest.clock.now());
        let claims: Vec<_> = entries.iter().map(|entry| name_claim(&options.list, &entry.name)).collect();
        let ours: HashSet<String> =
            patiently(|| self.worker.claim(&claims, now)).await?.into_iter().map(|claim| claim.key).collect();
        let names: Vec<String> = entries.iter().map(|e| e.name.clone()).filter(|name| ours.contains(name)).collect();
        let ids: HashMap<&str, String> =
            entries.iter().filter_map(|e| Some((e.name.as_str(), e.id.as_ref()?.to_string()))).collect();
        let wanted: Vec<String> = ids.values().cloned().collect();
        let linked: HashMap<String, ArtistId> =
            patiently(|| store.artists_by_link(Source::Spotify, &wanted)).await?.into_iter().collect();
        let here: HashMap<String, NameRecord> =
            patiently(|| store.names(&options.list, &names)).await?.into_iter().map(|r| (r.name.clone(), r)).collect();
        let elsewhere: HashMap<String, NameRecord> =
            patiently(|| store.names_found_anywhere(&names)).await?.into_iter().map(|r| (r.name.clone(), r)).collect();
        let mut batch = Batch::default();
        let (mut known, mut done) = (Vec::new(), 0);
        for name in names {
            let record = here.get(&name);
            let id = ids.get(name.as_str());
            let artist = record
                .filter(|r| r.state == NameState::Found)
                .or_else(|| elsewhere.get(&name).filter(|_| id.is_none()))
                .and_then(|r| r.artist_id.clone())
                .or_else(|| linked.get(id?).cloned());
            let rests = record.filter(|r| matches!(r.state, NameState::Ambiguous | NameState::NotFound));
            if let Some(artist) = artist {
                self.report.count(NameState::Found);
                if record.is_none_or(|r| r.state != NameState::Found) {
                    let by_name = elsewhere.get(&name).filter(|_| id.is_none());
                    let how = by_name.map_or_else(|| Some(How::Id.to_string()), |r| r.how.clone());
                    let asked = Asked { name: name.clone(), attempts: 0, forgotten: false };
                    batch.names.push(self.name(&asked, NameState::Found, Some(&artist), how));
                }
                known.push(artist);
            } else if let Some(rest) = rests.filter(|r| r.retry_at.is_some_and(|at| at > now)) {
                self.report.count(rest.state);
            } else if options.searches {
                let attempts = record.map_or(0, |r| r.attempts);
                let id = id.cloned();
                let asked = Asked { name, attempts, forgotten: false };
                match id {
                    Some(source_id) if self.asks(Source::MusicBrainz) => {
                        self.named.push((asked, Link { source: Source::Spotify, source_id }));
                    }
                    _ => self.search(asked),
                }
                continue;
            }
            done += 1;
            batch.released.push(name_claim(&options.list, &name));
        }
        self.send(batch, done).await;
        self.take_artists(known).await
    }

    /// Asks for a name: MusicBrainz, or where it is away, Deezer. Whoever names MusicBrainz's id has said who is meant.
    pub(super) fn search(&mut self, asked: Asked) {
        let id = Mbid::parse(&asked.name).ok();
        if self.asks(Source::MusicBrainz) {
            self.ask(match id {
                Some(id) => Piece::Record(id, Some((asked, How::Id.as_str())), None),
                None => Piece::Search(asked),
            });
        } else if id.is_none() && self.asks(Source::Deezer) {
            self.ask(Piece::DeezerName(asked));
        }
    }

    /// Takes artists of the catalogue into the run, those that it does not have yet and that no other worker holds.
    pub(super) async fn take_artists(&mut self, artists: Vec<ArtistId>) -> Result<(), StoreError> {
        let new: Vec<ArtistId> = artists.into_iter().filter(|id| !self.by_id.contains_key(id)).collect();
        let claims: Vec<_> = new.iter().map(artist_claim).collect();
        if claims.is_empty() {
            return Ok(());
        }
        let now = self.ingest.clock.now();
        let ours = patiently(|| self.worker.claim(&claims, now)).await?;
        let ours: Vec<ArtistId> = ours.into_iter().map(|claim| ArtistId::from_stored(claim.key)).collect();
        let details = patiently(|| self.ingest.store.artist_details(&ours)).await?;
        for detail in details {
            let at = self.enter(Subject::new(detail));
            self.begin(at).await;
            self.rest_if_done(at).await;
        }
        Ok(())
    }

    /// Puts an artist into the run.
    pub(super) fn enter(&mut self, subject: Subject) -> At {
        let at = self.subjects.len();
        self.by_id.insert(subject.id.clone(), at);
        self.subjects.push(subject);
        at
    }

    /// Asks what is due of an artist: who it is elsewhere first, as the others depend on it.
    async fn begin(&mut self, at: At) {
        let (options, now) = (&self.ingest.options, self.ingest.clock.now());
        let subject = &self.subjects[at];
        let due = |facet| subject.is_due(options, facet, Source::MusicBrainz, now);
        if self.asks(Source::MusicBrainz) && (due(Facet::Links) || due(Facet::Aliases) || due(Facet::Genres)) {
            if let Some(mbid) = subject.mbid() {
                self.ask(Piece::Record(mbid, None, Some(at)));
                self.foresee_subject(at, None);
                return;
            }
            let joined = [Source::Spotify, Source::Deezer];
            let link = subject.links.iter().find(|(source, _)| joined.contains(source)).cloned();
            if let Some((source, source_id)) = link {
                self.subjects[at].pieces += 1;
                self.joins.push((at, Link { source, source_id }));
                self.foresee_subject(at, None);
                return;
            }
        }
        self.ask_the_others(at).await;
    }

    /// Asks the sources that need to know who an artist is.
    pub(super) async fn ask_the_others(&mut self, at: At) {
        self.miss_those_who_are_gone(at).await;
        let (options, now) = (&self.ingest.options, self.ingest.clock.now());
        let subject = &self.subjects[at];
        let mut pieces = Vec::new();
        let due = |facet, source| self.asks_for(facet, source) && subject.is_due(options, facet, source, now);
        let mbid = subject.mbid();
        let popularity = mbid.clone().filter(|_| {
            due(Facet::Profile, Source::ListenBrainz) && subject.lacks_profile(options, Source::ListenBrainz)
        });
        if let Some(mbid) = mbid.clone()
            && due(Facet::Related, Source::ListenBrainz)
        {
            pieces.push(Piece::Similar(at, mbid));
        }
        let deezer = [Facet::Profile, Facet::Albums, Facet::TopTracks].map(|facet| due(facet, Source::Deezer));
        if deezer.contains(&true) {
            match subject.deezer() {
                Some(id) => {
                    let asks: [fn(At, sixpotify_core::DeezerId) -> Piece; 3] =
                        [Piece::DeezerArtist, Piece::DeezerAlbums, Piece::DeezerTop];
                    pieces.extend(asks.iter().zip(deezer).filter(|(_, due)| *due).map(|(ask, _)| ask(at, id)));
                }
                None => pieces.push(Piece::DeezerFind(at, subject.name.clone(), subject.codes.clone())),
            }
        }
        let key = mbid.map_or_else(|| ArtistKey::Name(subject.name.clone()), ArtistKey::Mbid);
        if due(Facet::Related, Source::LastFm) {
            pieces.push(Piece::Alike(at, key.clone()));
        }
        if due(Facet::Genres, Source::LastFm) {
            pieces.push(Piece::Tags(at, key));
        }
        let mut features = Vec::new();
        if due(Facet::AudioFeatures, Source::ReccoBeats) {
            features.extend(subject.tracks.iter().map(|(track, key)| (at, track.clone(), key.clone())));
            // Where the tracks themselves are due, too, their codes are asked for when they are there.
            if !subject.uncoded.is_empty() && !due(Facet::TopTracks, Source::Deezer) && self.asks(Source::Deezer) {
                pieces.push(Piece::DeezerTracks(at, subject.uncoded.clone()));
            }
        }
        for piece in pieces {
            self.ask(piece);
        }
        if let Some(mbid) = popularity {
            self.subjects[at].pieces += 1;
            self.popularity.push((at, mbid));
        }
        self.gather(features);
    }
}
