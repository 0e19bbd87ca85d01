//! What follows from knowing an artist: which facets are due, which requests they take, and when its claim is free.

use std::collections::{BTreeSet, HashMap, HashSet};

use sixpotify_core::{Artist, ArtistId, Facet, Source, SpotifyId, TrackId};
use sixpotify_sources::spotify::Mode;
use sixpotify_store::{Batch, StoreError};

use super::intake::artist_claim;
use super::plan::{self, Due};
use super::run::Run;
use super::work::{Finished, Sought, Wanted, Work};
use crate::dumps::identity::rejected;
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
            if due.is_empty() {
                self.is_complete(artist);
            } else {
                wanted.push((artist, due));
            }
        }
        let ours = self.claim_artists(wanted.iter().map(|(a, _)| a)).await?;
        for (artist, due) in wanted {
            if !ours.contains(&artist) {
                self.is_complete(artist);
                continue;
            }
            self.note_failures(&artist, &due);
            let profile_due = due.contains_key(&Facet::Profile) || due.contains_key(&Facet::Genres);
            self.piece_begins(&artist);
            match self.id_of(&artist) {
                None => self.sought.push((artist, due)),
                Some(id) if profile_due => self.lookups.push(Wanted { id, artist, asked: None, due: Some(due) }),
                Some(_) => {
                    self.ask_for(artist.clone(), &due);
                    let mut batch = Batch::default();
                    self.piece_ends(&mut batch, &artist);
                    self.send(batch, 0).await;
                }
            }
        }
        self.seek().await
    }

    /// Begins to look for artists whose id here is not known, by name.
    async fn seek(&mut self) -> Result<(), StoreError> {
        let mut sought: HashMap<ArtistId, Due> = std::mem::take(&mut self.sought).into_iter().collect();
        if sought.is_empty() {
            return Ok(());
        }
        if self.rejected.is_none() {
            self.rejected = Some(rejected(&self.ingest.store).await?);
        }
        let artists: Vec<ArtistId> = sought.keys().cloned().collect();
        for detail in patiently(|| self.ingest.store.artist_details(&artists)).await? {
            let codes = detail.top_tracks.into_iter().filter_map(|track| track.isrc).collect();
            let due = sought.remove(&detail.artist.id).unwrap_or_default();
            self.ready.push_back(Work::Seek(Sought { artist: detail.artist.id, name: detail.artist.name, codes, due }));
        }
        // Whoever is no more needs nothing.
        for (artist, _) in sought {
            let mut batch = Batch::default();
            self.piece_ends(&mut batch, &artist);
            self.send(batch, 0).await;
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

    /// Artists that a person removed are not found again. An id that belongs to an artist of another source, because somebody
    /// joined them before there were keys, is that artist.
    pub(super) async fn leave_out_forgotten(&mut self, round: &mut [Finished]) -> Result<(), StoreError> {
        let ids: Vec<ArtistId> = round.iter().flat_map(Finished::artists).cloned().collect();
        if !ids.is_empty() {
            let sought = round.iter().any(|finished| matches!(finished, Finished::Seek(..)));
            let forgotten: HashSet<ArtistId> =
                patiently(|| self.ingest.store.forgotten(&ids)).await?.into_iter().collect();
            let at_spotify: Vec<String> = ids.iter().map(ToString::to_string).collect();
            for (id, owner) in patiently(|| self.ingest.store.artists_by_link(Source::Spotify, &at_spotify)).await? {
                if owner.spotify().is_none() {
                    self.has_id(&owner, SpotifyId::parse(&id).ok());
                } else if sought {
                    self.owned.insert(ArtistId::from_stored(id));
                }
            }
            if !forgotten.is_empty() {
                for finished in round.iter_mut() {
                    finished.leave_out(&forgotten);
                }
            }
        }
        for finished in round {
            finished.name_owners(&self.owners);
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
                self.is_complete(artist.clone());
            }
        }
    }

    /// Queues the requests for facets other than profile and genres.
    pub(super) fn ask_for(&mut self, artist: ArtistId, due: &Due) {
        let Some(id) = self.id_of(&artist) else { return };
        // What was due before anything was answered may be more than the key's mode has.
        let facets = self.ingest.facets();
        let due = |facet| due.contains_key(&facet) && facets.contains(&facet);
        let (features, albums) = (due(Facet::AudioFeatures), due(Facet::Albums));
        if due(Facet::TopTracks) {
            self.piece_begins(&artist);
            if self.ingest.spotify.mode() == Some(Mode::Development) {
                self.search_songs_of(artist.clone());
            } else {
                self.ready.push_front(Work::TopTracks(artist.clone(), id.clone()));
            }
        } else if features {
            self.piece_begins(&artist);
            self.features_due.push(artist.clone());
        }
        if albums {
            self.piece_begins(&artist);
            self.ready.push_front(Work::Albums(artist, id));
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
                } else {
                    self.is_complete(artist);
                }
            }
            let ours = self.claim_artists(wanted.iter().map(|(a, _)| a)).await?;
            for (artist, due) in wanted {
                if ours.contains(&artist) {
                    self.note_failures(&artist, &due);
                    self.ask_for(artist, &due);
                } else {
                    self.is_complete(artist);
                }
            }
        }
        let due = std::mem::take(&mut self.songs_due);
        if !due.is_empty() {
            let (new, stored): (Vec<_>, Vec<_>) = due.into_iter().partition(|a| self.new_names.contains_key(a));
            let mut named: Vec<(ArtistId, String)> = Vec::with_capacity(new.len() + stored.len());
            for artist in new {
                let name = self.new_names.remove(&artist).unwrap_or_default();
                named.push((artist, name));
            }
            let stored = patiently(|| self.ingest.store.artist_details(&stored)).await?;
            named.extend(stored.into_iter().map(|detail| (detail.artist.id, detail.artist.name)));
            for (artist, name) in named {
                if let Some(id) = self.id_of(&artist) {
                    self.ready.push_front(Work::Songs(artist, id, name));
                }
            }
        }
        let due = std::mem::take(&mut self.features_due);
        if !due.is_empty() {
            let mut tracks: HashMap<ArtistId, BTreeSet<TrackId>> =
                due.into_iter().map(|a| (a, BTreeSet::new())).collect();
            let artists: Vec<ArtistId> = tracks.keys().cloned().collect();
            let without = patiently(|| self.ingest.store.tracks_without_features(&artists)).await?;
            // Tracks of another source cannot be asked for here.
            for (artist, track) in without.into_iter().filter(|(_, track)| track.spotify().is_some()) {
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
