//! Deezer's and ReccoBeats' answers: the artist there, albums, tracks, their recording codes and sound.

use std::collections::HashMap;

use sixpotify_core::{Album, Artist, ArtistId, Credit, DeezerId, Facet, Source, Track, TrackId, fold};
use sixpotify_sources::reccobeats::TrackKey;
use sixpotify_sources::{deezer, spotify};
use sixpotify_store::{AlbumList, Batch, Features, Link, NameState, ProfileFill, StoreError, TopTracks};

use super::apply::EVERYWHERE;
use super::piece::{At, Piece};
use super::run::Run;
use super::subject::{FILLED, Subject, nobody_yet};
use crate::How;
use crate::ingest::intake::name_claim;
use crate::ingest::work::Asked;
use crate::patience::patiently;
use crate::resolve::{Decision, decide};

impl Run<'_> {
    /// A name that MusicBrainz could not be asked for.
    pub(super) async fn deezer_hits(&mut self, asked: Asked, hits: &[deezer::FoundArtist]) -> Result<(), StoreError> {
        let found: Vec<spotify::FoundArtist> =
            hits.iter().map(|hit| spotify::FoundArtist { artist: hit.artist.clone(), genres: None }).collect();
        let (artist, how) = match decide(&asked.name, &found) {
            Decision::Found(hit, how) => (hit.artist.clone(), how),
            Decision::Ambiguous => {
                self.undecided(&asked, NameState::Ambiguous, &found).await;
                return Ok(());
            }
            Decision::NotFound => {
                self.undecided(&asked, NameState::NotFound, &found).await;
                return Ok(());
            }
        };
        let id = artist.id.as_str().trim_start_matches("deezer:").to_owned();
        let link = (Source::Deezer, id);
        let owner = patiently(|| self.ingest.store.owners_of(std::slice::from_ref(&link))).await?.into_iter().next();
        let own = owner.as_ref().map_or_else(|| artist.id.clone(), |(_, _, owner)| owner.clone());
        if patiently(|| self.ingest.store.forgotten(std::slice::from_ref(&own))).await?.contains(&own) {
            self.undecided(&asked, NameState::NotFound, &[]).await;
            return Ok(());
        }
        let mut batch = Batch::default();
        batch.names.push(self.name(&asked, NameState::Found, Some(&own), Some(how.to_string())));
        batch.released.push(name_claim(&self.ingest.options.list, &asked.name));
        self.report.count(NameState::Found);
        *self.report.how.entry(how.to_string()).or_default() += 1;
        if self.by_id.contains_key(&own) {
            self.send(batch, 1).await;
            return Ok(());
        }
        let known = patiently(|| self.ingest.store.artist_details(std::slice::from_ref(&own))).await?;
        let detail = known.into_iter().next();
        let is_new = detail.is_none();
        let detail = detail.unwrap_or_else(|| {
            let artist = Artist { followers: None, image_url: None, ..artist.clone() };
            nobody_yet(artist, vec![link.clone()], self.ingest.clock.now())
        });
        let at = self.enter(Subject::new(detail));
        if is_new {
            batch.artists.push(Artist { followers: None, image_url: None, ..artist });
            batch.links.push(Link { artist_id: own, source: link.0, source_id: link.1 });
        }
        self.send(batch, 1).await;
        self.ask_the_others(at).await;
        Ok(())
    }

    /// Which of Deezer's hits is an artist: the only one that made one of its recordings, the only one that has one of its names, or
    /// one with ten times the fans of the next.
    pub(super) async fn deezer_found(
        &mut self,
        at: At,
        hits: &[deezer::FoundArtist],
        recordings: &[Track],
    ) -> Result<(), StoreError> {
        let subject = &self.subjects[at];
        let found: Vec<spotify::FoundArtist> = hits
            .iter()
            .filter(|hit| subject.keys.contains(&fold(&hit.artist.name)))
            .map(|hit| spotify::FoundArtist {
                artist: Artist { name: subject.name.clone(), ..hit.artist.clone() },
                genres: None,
            })
            .collect();
        let only_maker = |track: &Track| {
            let mut makers = found.iter().filter(|hit| track.artists.iter().any(|credit| credit.id == hit.artist.id));
            makers.next().filter(|_| makers.next().is_none())
        };
        let maker = recordings.iter().find_map(only_maker);
        let id = match decide(&subject.name, &found) {
            _ if maker.is_some() => {
                hits.iter().find(|h| maker.is_some_and(|m| m.artist.id == h.artist.id)).map(|h| h.id)
            }
            // Never by name alone where two are close.
            Decision::Found(_, How::SourceRank) | Decision::Ambiguous | Decision::NotFound => None,
            Decision::Found(hit, _) => hits.iter().find(|h| h.artist.id == hit.artist.id).map(|h| h.id),
        };
        let free = match id {
            None => None,
            Some(id) => {
                let link = (Source::Deezer, id.to_string());
                let rejected = self.rejected.contains(&(subject.id.clone(), link.0, link.1.clone()));
                let owners = patiently(|| self.ingest.store.owners_of(std::slice::from_ref(&link))).await?;
                (!rejected && owners.is_empty()).then_some((id, link))
            }
        };
        let mut batch = Batch::default();
        match free {
            Some((_, link)) => {
                batch.links.push(Link { artist_id: subject.id.clone(), source: link.0, source_id: link.1.clone() });
                self.subjects[at].links.push(link);
                self.send(batch, 0).await;
                // Its own id leads to the rest; other sources were asked already.
                self.ask_deezer(at);
            }
            None => {
                for facet in [Facet::Profile, Facet::Albums, Facet::TopTracks] {
                    if self.ingest.options.order.has(facet, Source::Deezer) {
                        self.mark(&mut batch, at, facet, Source::Deezer, Some("no such artist".to_owned()));
                    }
                }
                self.send(batch, 0).await;
            }
        }
        Ok(())
    }

    pub(super) fn ask_deezer(&mut self, at: At) {
        let (options, now) = (&self.ingest.options, self.ingest.clock.now());
        let subject = &self.subjects[at];
        let Some(id) = subject.deezer() else { return };
        let asks = [
            (Facet::Profile, Piece::DeezerArtist(at, id)),
            (Facet::Albums, Piece::DeezerAlbums(at, id)),
            (Facet::TopTracks, Piece::DeezerTop(at, id)),
        ];
        let due: Vec<Piece> = asks
            .into_iter()
            .filter(|(facet, _)| subject.is_due(options, *facet, Source::Deezer, now))
            .map(|(_, piece)| piece)
            .collect();
        for piece in due {
            self.ask(piece);
        }
    }

    pub(super) async fn deezer_artist(&mut self, at: At, found: &deezer::FoundArtist) {
        let options = &self.ingest.options;
        let subject = &self.subjects[at];
        let mut batch = Batch::default();
        let lacks = subject.lacks_profile(options, Source::Deezer);
        let image_url = found.artist.image_url.clone().filter(|_| !subject.has_face(options, Source::Deezer));
        batch.fills.push(ProfileFill {
            artist_id: subject.id.clone(),
            replaces: subject.keeps(options, Source::Deezer),
            followers: found.artist.followers,
            popularity: None,
            url: None,
            image_url,
        });
        self.mark(&mut batch, at, Facet::Profile, Source::Deezer, lacks.then(|| FILLED.to_owned()));
        self.send(batch, 0).await;
    }

    pub(super) async fn albums(&mut self, at: At, mut albums: Vec<Album>) -> Result<(), StoreError> {
        self.name_credits(at, albums.iter_mut().flat_map(|album| &mut album.artists).collect()).await?;
        let subject = &self.subjects[at];
        let albums = albums
            .into_iter()
            .map(|mut album| {
                credit(&mut album.artists, subject);
                (album.album_type.clone().unwrap_or_else(|| "album".to_owned()), album)
            })
            .collect();
        let mut batch = Batch::default();
        batch.albums.push(AlbumList { artist_id: subject.id.clone(), source: Source::Deezer, albums });
        self.mark(&mut batch, at, Facet::Albums, Source::Deezer, None);
        self.send(batch, 0).await;
        Ok(())
    }

    /// Writes the catalogue's artists for Deezer's in credits, as far as they are known. Those that turn out later to be
    /// artists of the catalogue are adopted at the end of the run.
    async fn name_credits(&self, at: At, credits: Vec<&mut Credit>) -> Result<(), StoreError> {
        let of_deezer = |id: &ArtistId| id.as_str().strip_prefix("deezer:").map(str::to_owned);
        let mut ids: Vec<(Source, String)> =
            credits.iter().filter_map(|credit| Some((Source::Deezer, of_deezer(&credit.id)?))).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut owners: HashMap<String, ArtistId> = patiently(|| self.ingest.store.owners_of(&ids))
            .await?
            .into_iter()
            .map(|(_, id, owner)| (id, owner))
            .collect();
        // The subject's own ids may not be written yet.
        let subject = &self.subjects[at];
        owners.extend(subject.ids(Source::Deezer).map(|id| (id.to_owned(), subject.id.clone())));
        for credit in credits {
            if let Some(owner) = of_deezer(&credit.id).and_then(|id| owners.get(&id)) {
                credit.id = owner.clone();
            }
        }
        Ok(())
    }

    pub(super) async fn top_tracks(&mut self, at: At, mut tracks: Vec<Track>) -> Result<(), StoreError> {
        self.name_credits(at, credits_of(&mut tracks).collect()).await?;
        let subject = &self.subjects[at];
        for track in &mut tracks {
            credit(&mut track.artists, subject);
        }
        let mut batch = Batch::default();
        let track_ids: Vec<TrackId> = tracks.iter().map(|track| track.id.clone()).collect();
        let ids: Vec<DeezerId> =
            track_ids.iter().filter_map(|id| DeezerId::parse(id.as_str().strip_prefix("deezer:")?)).collect();
        batch.tracks = tracks;
        batch.top_tracks.push(TopTracks {
            artist_id: subject.id.clone(),
            market: EVERYWHERE.to_owned(),
            source: Source::Deezer,
            track_ids,
        });
        self.mark(&mut batch, at, Facet::TopTracks, Source::Deezer, None);
        self.send(batch, 0).await;
        // Whoever waits does not wait for the sound: the codes are asked for with it.
        let waits =
            self.ingest.options.hurried && !self.ingest.options.allows(Facet::AudioFeatures, Source::ReccoBeats);
        if !ids.is_empty() && !waits {
            self.ask(Piece::DeezerTracks(at, ids));
        }
        Ok(())
    }

    /// Tracks with their recording codes, by which their sound is asked for.
    pub(super) async fn recording_codes(&mut self, at: At, mut tracks: Vec<Track>) -> Result<(), StoreError> {
        self.name_credits(at, credits_of(&mut tracks).collect()).await?;
        for track in &mut tracks {
            credit(&mut track.artists, &self.subjects[at]);
        }
        let now = self.ingest.clock.now();
        let mut due = self.subjects[at].is_due(&self.ingest.options, Facet::AudioFeatures, Source::ReccoBeats, now);
        if due && !self.asks(Source::ReccoBeats) {
            due = false;
            if self.report.sources.contains_key(&Source::ReccoBeats) {
                self.of(Source::ReccoBeats).missed += 1;
                self.missed(at, Source::ReccoBeats, &[Facet::AudioFeatures]).await;
            }
        }
        let coded = |track: &Track| Some((at, track.id.clone(), TrackKey::Isrc(track.isrc.clone()?)));
        let asked: Vec<_> = if due { tracks.iter().filter_map(coded).collect() } else { Vec::new() };
        let mut batch = Batch::default();
        if due && asked.is_empty() && self.subjects[at].tracks.is_empty() {
            let how = Some("no recording codes".to_owned());
            self.mark(&mut batch, at, Facet::AudioFeatures, Source::ReccoBeats, how);
        }
        batch.tracks = tracks;
        self.send(batch, 0).await;
        self.gather(asked);
        Ok(())
    }

    pub(super) async fn features(
        &mut self,
        asked: Vec<(At, TrackId, TrackKey)>,
        all: Vec<Option<sixpotify_core::AudioFeatures>>,
    ) {
        let mut batch = Batch::default();
        let mut artists: Vec<At> = asked.iter().map(|(at, ..)| *at).collect();
        artists.dedup();
        for ((_, track_id, _), features) in asked.into_iter().zip(all) {
            batch.features.push(Features {
                track_id,
                source: Source::ReccoBeats,
                features: features.unwrap_or_default(),
            });
        }
        for at in artists {
            self.mark(&mut batch, at, Facet::AudioFeatures, Source::ReccoBeats, None);
        }
        self.send(batch, 0).await;
    }
}

/// Credits the catalogue's artist where nobody is credited.
fn credit(credits: &mut Vec<Credit>, subject: &Subject) {
    if credits.is_empty() {
        credits.push(Credit { id: subject.id.clone(), name: subject.name.clone() });
    }
}

/// The credits of tracks and their albums.
fn credits_of(tracks: &mut [Track]) -> impl Iterator<Item = &mut Credit> {
    tracks.iter_mut().flat_map(|track| {
        let of_album = track.album.as_mut().map(|album| album.artists.iter_mut());
        track.artists.iter_mut().chain(of_album.into_iter().flatten())
    })
}
