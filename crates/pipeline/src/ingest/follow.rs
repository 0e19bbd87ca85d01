//! What follows from knowing an artist: which facets are due, which requests they take, and when its claim is free.

use std::collections::{BTreeSet, HashMap, HashSet};

use sixpotify_core::{Artist, ArtistId, Facet, Source, TrackId};
use sixpotify_sources::spotify::Mode;
use sixpotify_store::{Batch, StoreError};

use super::intake::artist_claim;
use super::plan::{self, Due};
use super::run::Run;
use super::work::{Finished, Wanted, Work};
use crate::patience::patiently;

impl Run<'_> {
    /// Sees to the facets of known artists that are due.
    pub(super) async fn complete(&mut self, artists: Vec<(ArtistId, Due)>) -> Result<(), StoreError> {
        let mut wanted = Vec::new();
        for (artist, due) in artists {
            if !self.handled.insert(artist.clone()) {
                continue;
            }
            for facet in self.ingest.facets().iter().filter(|f| !due.contains_key(f)) {
                self.report.facets.entry(*facet).or_default().fresh += 1;
            }
            if !due.is_empty() {
                wanted.push((artist, due));
            }
        }
        let ours = self.claim_artists(wanted.iter().map(|(a, _)| a)).await?;
        for (artist, due) in wanted.into_iter().filter(|(a, _)| ours.contains(a)) {
            self.note_failures(&artist, &due);
            let profile_due = due.contains_key(&Facet::Profile) || due.contains_key(&Facet::Genres);
            match artist.spotify() {
                Some(id) if profile_due => {
                    self.piece_begins(&artist);
                    self.lookups.push(Wanted { id, asked: None, due: Some(due) });
                }
                _ => self.ask_for(artist, &due),
            }
        }
        Ok(())
    }

    /// Claims artists; those that another worker is busy with are left to it.
    pub(super) async fn claim_artists(
        &self,
        artists: impl Iterator<Item = &ArtistId>,
    ) -> Result<HashSet<ArtistId>, StoreError> {
        let claims: Vec<_> = artists.map(artist_claim).collect();
        if claims.is_empty() {
            return Ok(HashSet::new());
        }
        let ours = patiently(|| self.worker.claim(&claims, self.ingest.clock.now())).await?;
        Ok(ours.into_iter().map(|c| ArtistId::from_stored(c.key)).collect())
    }

    /// Artists that a person removed are not found again. One whose id is known to be another artist's, because an open source
    /// joined them before there were keys, becomes that artist when the run ends.
    pub(super) async fn leave_out_forgotten(&mut self, round: &mut [Finished]) -> Result<(), StoreError> {
        let ids: Vec<ArtistId> = round.iter().flat_map(Finished::artists).cloned().collect();
        if ids.is_empty() {
            return Ok(());
        }
        let forgotten: HashSet<ArtistId> = patiently(|| self.ingest.store.forgotten(&ids)).await?.into_iter().collect();
        let at_spotify: Vec<String> = ids.iter().filter(|id| id.spotify().is_some()).map(ToString::to_string).collect();
        let owners = patiently(|| self.ingest.store.artists_by_link(Source::Spotify, &at_spotify)).await?;
        let elsewhere = owners.into_iter().map(|(id, owner)| (ArtistId::from_stored(id), owner));
        self.merges.extend(elsewhere.filter(|(id, owner)| id != owner && owner.spotify().is_none()));
        if !forgotten.is_empty() {
            for finished in round {
                finished.leave_out(&forgotten);
            }
        }
        Ok(())
    }

    pub(super) fn piece_begins(&mut self, artist: &ArtistId) {
        *self.pieces.entry(artist.clone()).or_default() += 1;
    }

    /// Notes that a request for `artist` has been answered; its claim is freed with the last one's batch.
    pub(super) fn piece_ends(&mut self, batch: &mut Batch, artist: &ArtistId) {
        if let Some(left) = self.pieces.get_mut(artist) {
            *left -= 1;
            if *left == 0 {
                self.pieces.remove(artist);
                batch.released.push(artist_claim(artist));
            }
        }
    }

    /// Queues the requests for facets other than profile and genres.
    pub(super) fn ask_for(&mut self, artist: ArtistId, due: &Due) {
        let features = due.contains_key(&Facet::AudioFeatures);
        if due.contains_key(&Facet::TopTracks) {
            self.piece_begins(&artist);
            if self.ingest.spotify.mode() == Some(Mode::Development) {
                self.search_songs_of(artist.clone());
            } else {
                self.ready.push_front(Work::TopTracks(artist.clone()));
            }
        } else if features {
            self.piece_begins(&artist);
            self.features_due.push(artist.clone());
        }
        if due.contains_key(&Facet::Albums) {
            self.piece_begins(&artist);
            self.ready.push_front(Work::Albums(artist));
        }
    }

    pub(super) fn note_failures(&mut self, artist: &ArtistId, due: &Due) {
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
        self.piece_begins(&artist);
        self.new_tracks.push((artist, tracks));
    }

    pub(super) fn search_songs_of(&mut self, artist: ArtistId) {
        self.songs_due.push(artist);
    }

    /// Keeps the name of an artist that an answer has brought, if its songs will be searched for.
    pub(super) fn keep_name(&mut self, artist: &Artist) {
        if self.ingest.facets().contains(&Facet::TopTracks) && self.ingest.spotify.mode() == Some(Mode::Development) {
            self.new_names.insert(artist.id.clone(), artist.name.clone());
        }
    }

    pub(super) fn merged(&mut self, old: ArtistId, new: ArtistId) {
        self.merges.push((old, new));
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
    pub(super) async fn follow_up(&mut self) -> Result<(), StoreError> {
        let found = std::mem::take(&mut self.found);
        if !found.is_empty() {
            let mut known = plan::due_facets(self.ingest, &found).await?;
            let mut wanted = Vec::new();
            for artist in found {
                let facets = self.ingest.facets();
                let due = known.remove(&artist).unwrap_or_else(|| facets.iter().map(|f| (*f, 0)).collect());
                // What the answer itself brought is counted as fetched already.
                let others = facets.iter().filter(|f| !matches!(f, Facet::Profile | Facet::Genres));
                for facet in others.filter(|f| !due.contains_key(f)) {
                    self.report.facet(*facet).fresh += 1;
                }
                if others_due(&due) {
                    wanted.push((artist, due));
                }
            }
            let ours = self.claim_artists(wanted.iter().map(|(a, _)| a)).await?;
            for (artist, due) in wanted.into_iter().filter(|(a, _)| ours.contains(a)) {
                self.note_failures(&artist, &due);
                self.ask_for(artist, &due);
            }
        }
        let due = std::mem::take(&mut self.songs_due);
        if !due.is_empty() {
            let (new, stored): (Vec<_>, Vec<_>) = due.into_iter().partition(|a| self.new_names.contains_key(a));
            for artist in new {
                let name = self.new_names.remove(&artist).unwrap_or_default();
                self.ready.push_front(Work::Songs(artist, name));
            }
            for detail in patiently(|| self.ingest.store.artist_details(&stored)).await? {
                self.ready.push_front(Work::Songs(detail.artist.id, detail.artist.name));
            }
        }
        let due = std::mem::take(&mut self.features_due);
        if !due.is_empty() {
            let mut tracks: HashMap<ArtistId, BTreeSet<TrackId>> =
                due.into_iter().map(|a| (a, BTreeSet::new())).collect();
            let artists: Vec<ArtistId> = tracks.keys().cloned().collect();
            for (artist, track) in patiently(|| self.ingest.store.tracks_without_features(&artists)).await? {
                tracks.entry(artist).or_default().insert(track);
            }
            self.queue_features(tracks.into_iter().collect()).await;
        }
        let new = std::mem::take(&mut self.new_tracks);
        if !new.is_empty() {
            let all: Vec<TrackId> = new.iter().flat_map(|(_, t)| t).cloned().collect();
            let known: HashSet<TrackId> =
                patiently(|| self.ingest.store.tracks_with_features(&all)).await?.into_iter().collect();
            let missing =
                |(a, t): (ArtistId, BTreeSet<TrackId>)| (a, t.into_iter().filter(|t| !known.contains(t)).collect());
            self.queue_features(new.into_iter().map(missing).collect()).await;
        }
        Ok(())
    }

    pub(super) async fn queue_features(&mut self, artists: Vec<(ArtistId, BTreeSet<TrackId>)>) {
        let complete: Vec<ArtistId> =
            artists.into_iter().filter_map(|(a, tracks)| self.features.add(&a, tracks).then_some(a)).collect();
        let mut batch = Batch::default();
        self.mark_features_complete(&mut batch, complete);
        self.send(batch, 0).await;
    }
}

/// Whether more is due than what a search or look-up brings.
fn others_due(due: &Due) -> bool {
    due.keys().any(|f| !matches!(f, Facet::Profile | Facet::Genres))
}
