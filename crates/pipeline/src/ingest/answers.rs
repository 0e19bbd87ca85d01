//! From answers to facts and marks.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use sixpotify_core::{Album, ArtistId, AudioFeatures, Facet, FacetState, Source, Track, TrackId};
use sixpotify_sources::http::FetchError;
use sixpotify_sources::spotify::FoundArtist;
use sixpotify_store::{
    AlbumList, Batch, FacetMark, Features, GenreList, Link, NameState, ProfileFill, TopTracks, VoteList,
};

use super::open::FILLED;
use super::plan::unknown_id;
use super::report::Listed;
use super::run::Run;
use super::work::{Asked, Finished, Wanted};
use crate::How;
use crate::resolve::{Decision, candidates, decide};

/// The first distance at which something that failed is tried again by itself; doubled each time.
const FIRST_RETRY: Duration = Duration::hours(1);

/// Why a name is not found although the source has it.
const FORGOTTEN: &str = "it was forgotten";

impl Run<'_> {
    /// Turns one answer into a batch, and notes what follows from it.
    pub(super) async fn take(&mut self, finished: Finished) {
        match finished {
            Finished::Search(asked, Ok(hits)) => self.searched(&asked, &hits).await,
            Finished::Search(asked, Err(error)) => self.name_failed(&asked, &error).await,
            Finished::Seek(sought, Ok(hits)) => self.sought(sought, hits).await,
            Finished::Compare(sought, candidates, Ok(tracks)) => self.compared(sought, &candidates, &tracks).await,
            Finished::Seek(sought, Err(error)) | Finished::Compare(sought, _, Err(error)) => {
                let facets: Vec<Facet> = sought.due.into_keys().collect();
                self.facet_failed(sought.artist, &facets, &error).await;
            }
            Finished::LookUp(wanted, Ok(found)) => self.looked_up(wanted, found).await,
            Finished::LookUp(wanted, Err(FetchError::Withheld { .. })) => self.look_up_again(wanted),
            Finished::LookUp(wanted, Err(error)) => self.look_up_failed(wanted, &error).await,
            Finished::Albums(artist, Ok(albums)) => self.albums_came(artist, albums).await,
            Finished::Albums(artist, Err(error)) => self.facet_failed(artist, &[Facet::Albums], &error).await,
            Finished::TopTracks(artist, Ok(tracks)) => self.top_tracks_came(artist, tracks, None).await,
            // Development mode has no top tracks; a search for the artist's tracks has to do.
            Finished::TopTracks(artist, Err(FetchError::Withheld { .. })) => self.search_songs_of(artist),
            Finished::TopTracks(artist, Err(error)) => self.top_tracks_failed(artist, &error).await,
            Finished::Songs(artist, Ok(tracks)) => self.top_tracks_came(artist, tracks, Some("search")).await,
            Finished::Songs(artist, Err(error)) => self.top_tracks_failed(artist, &error).await,
            Finished::Features(tracks, Ok(features)) => self.features_came(&tracks, features).await,
            Finished::Features(tracks, Err(error)) => {
                let artists = self.features_failed(&tracks);
                for artist in artists {
                    self.facet_failed(artist, &[Facet::AudioFeatures], &error).await;
                }
            }
        }
    }

    async fn searched(&mut self, asked: &Asked, hits: &[FoundArtist]) {
        self.source_answered();
        let mut batch = Batch::default();
        match decide(&asked.name, hits) {
            Decision::Found(hit, how) => self.settle(&mut batch, asked, hit, how).await,
            undecided => {
                let state = if undecided == Decision::Ambiguous { NameState::Ambiguous } else { NameState::NotFound };
                let mut name = self.name(asked, state, None, None);
                name.candidates = Some(candidates(&asked.name, hits));
                name.retry_at = Some(self.ingest.clock.now() + self.ingest.options.freshness.not_found);
                let why = asked.forgotten.then(|| FORGOTTEN.to_owned());
                let listed = Listed { name: asked.name.clone(), why, candidates: name.candidates.clone() };
                if state == NameState::Ambiguous {
                    self.report.ambiguous_names.push(listed);
                } else {
                    self.report.not_found_names.push(listed);
                }
                self.report.count(state);
                batch.names.push(name);
            }
        }
        self.release_name(&mut batch, asked);
        self.send(batch, 1).await;
    }

    /// A name is an artist.
    async fn settle(&mut self, batch: &mut Batch, asked: &Asked, found: &FoundArtist, how: How) {
        let artist = &found.artist.id;
        batch.names.push(self.name(asked, NameState::Found, Some(artist), Some(how.to_string())));
        self.report.count(NameState::Found);
        *self.report.how.entry(how.to_string()).or_default() += 1;
        if how == How::SourceRank {
            let why = found.artist.url.clone().or(Some(artist.to_string()));
            self.report.source_ranked_names.push(Listed { name: asked.name.clone(), why, candidates: None });
        }
        if self.found(artist.clone()) {
            self.profile_came(batch, found).await;
        }
    }

    /// Profile and genres, as the answer has them; values that are to be had of others first only fill what is absent.
    pub(super) async fn profile_came(&mut self, batch: &mut Batch, found: &FoundArtist) {
        let artist = &found.artist.id;
        self.keep_name(&found.artist);
        if let Some(id) = self.id_of(artist) {
            batch.links.push(link(artist, id.as_str()));
        }
        self.mark_ok(batch, artist, Facet::Profile);
        let (own, gives_way) = self.in_order(&found.artist).await;
        if artist.spotify().is_some() {
            batch.artists.push(own);
        } else {
            if let Some(mark) = batch.facets.last_mut().filter(|_| own.followers.is_some()) {
                mark.how = Some(FILLED.to_owned());
            }
            // An artist of another source keeps its name.
            batch.fills.push(ProfileFill {
                artist_id: artist.clone(),
                replaces: true,
                followers: own.followers,
                popularity: own.popularity,
                url: own.url,
                image_url: own.image_url,
            });
        }
        batch.fills.extend(gives_way);
        if !self.ingest.facets().contains(&Facet::Genres) {
            return;
        }
        if let Some(genres) = &found.genres {
            let gives_way = !self.ingest.options.order.before(Facet::Genres, Source::Spotify).is_empty();
            let (artist_id, source) = (artist.clone(), Source::Spotify);
            if genres.is_empty() || gives_way {
                // Those of others stay: none at all is no better list, and whoever comes first in the order is shown.
                let votes = genres.iter().map(|genre| (genre.clone(), 1)).collect();
                batch.votes.push(VoteList { artist_id, source, votes });
            } else {
                batch.genres.push(GenreList { artist_id, source, genres: genres.clone() });
            }
            self.mark_ok(batch, artist, Facet::Genres);
        } else {
            self.mark_withheld(batch, artist, Facet::Genres, "spotify sends no genres to this key");
        }
    }

    async fn looked_up(&mut self, wanted: Vec<Wanted>, found: Vec<Option<FoundArtist>>) {
        self.source_answered();
        // A batch answer that is short must not settle anybody with somebody else's profile.
        let mut found = found.into_iter();
        for Wanted { id, artist, asked, due } in wanted {
            let mut batch = Batch::default();
            let done = usize::from(asked.is_some());
            if let Some(asked) = &asked {
                self.release_name(&mut batch, asked);
            }
            match (found.next().flatten(), asked) {
                (Some(mut found), asked) => {
                    // Whom another source brought stays that artist, under whatever id.
                    if artist.spotify().is_none() && found.artist.id != artist {
                        self.has_id(&artist, found.artist.id.spotify());
                        found.artist.id = artist.clone();
                    }
                    match (&asked, due) {
                        (Some(asked), _) => self.settle(&mut batch, asked, &found, How::Id).await,
                        (None, due) => {
                            self.profile_came(&mut batch, &found).await;
                            self.ask_for(found.artist.id.clone(), &due.unwrap_or_default());
                            self.piece_ends(&mut batch, &artist);
                        }
                    }
                    // Another id in the answer: the artist was merged; the old id stays known.
                    if found.artist.id != artist {
                        batch.links.push(link(&found.artist.id, id.as_str()));
                        self.merged(artist, found.artist.id);
                    }
                }
                (None, Some(asked)) => {
                    let mut name = self.name(&asked, NameState::NotFound, None, Some(unknown_id(&id)));
                    name.retry_at = Some(self.ingest.clock.now() + self.ingest.options.freshness.not_found);
                    let why =
                        if asked.forgotten { FORGOTTEN.to_owned() } else { format!("spotify has no artist {id}") };
                    let why = Some(why);
                    self.report.not_found_names.push(Listed { name: asked.name, why, candidates: None });
                    self.report.count(NameState::NotFound);
                    batch.names.push(name);
                }
                (None, None) => {
                    let error = FetchError::Gone { service: "spotify".to_owned(), endpoint: "/artists/{id}" };
                    self.facet_failed(artist, &[Facet::Profile, Facet::Genres], &error).await;
                }
            }
            self.send(batch, done).await;
        }
    }

    async fn look_up_failed(&mut self, wanted: Vec<Wanted>, error: &FetchError) {
        for Wanted { artist, asked, .. } in wanted {
            match asked {
                Some(asked) => self.name_failed(&asked, error).await,
                None => self.facet_failed(artist, &[Facet::Profile, Facet::Genres], error).await,
            }
        }
    }

    async fn name_failed(&mut self, asked: &Asked, error: &FetchError) {
        if !self.goes_on_after(error) {
            // Nothing is known of the name: it stays pending.
            return;
        }
        let mut name = self.name(asked, NameState::Failed, None, Some(error.to_string()));
        name.attempts = asked.attempts + 1;
        name.retry_at = Some(self.retry_at(name.attempts));
        self.report.count(NameState::Failed);
        self.report.failed_names.push(Listed {
            name: asked.name.clone(),
            why: Some(error.to_string()),
            candidates: None,
        });
        let mut batch = Batch { names: vec![name], ..Batch::default() };
        self.release_name(&mut batch, asked);
        self.send(batch, 1).await;
    }

    async fn albums_came(&mut self, artist: ArtistId, albums: Vec<(String, Album)>) {
        self.source_answered();
        let mut batch = Batch::default();
        self.mark_ok(&mut batch, &artist, Facet::Albums);
        self.piece_ends(&mut batch, &artist);
        batch.albums.push(AlbumList { artist_id: artist, source: Source::Spotify, albums });
        self.send(batch, 0).await;
    }

    async fn top_tracks_came(&mut self, artist: ArtistId, tracks: Vec<Track>, how: Option<&str>) {
        self.source_answered();
        let market = self.ingest.spotify.top_tracks_market().to_owned();
        let mut batch = Batch::default();
        self.mark_ok(&mut batch, &artist, Facet::TopTracks);
        for mark in &mut batch.facets {
            mark.how = how.map(str::to_owned);
        }
        let track_ids: Vec<TrackId> = tracks.iter().map(|t| t.id.clone()).collect();
        let own: BTreeSet<TrackId> = track_ids.iter().cloned().collect();
        batch.tracks = tracks;
        batch.top_tracks.push(TopTracks { artist_id: artist.clone(), market, source: Source::Spotify, track_ids });
        // Before the features: they refer to the tracks.
        if self.ingest.facets().contains(&Facet::AudioFeatures) {
            self.tracks_came(artist.clone(), own);
        }
        self.piece_ends(&mut batch, &artist);
        self.send(batch, 0).await;
    }

    async fn top_tracks_failed(&mut self, artist: ArtistId, error: &FetchError) {
        let mut facets = vec![Facet::TopTracks];
        // Without top tracks there is nothing whose features could be asked for.
        if self.ingest.facets().contains(&Facet::AudioFeatures) {
            facets.push(Facet::AudioFeatures);
        }
        self.facet_failed(artist, &facets, error).await;
    }

    async fn features_came(&mut self, tracks: &[TrackId], features: Vec<Option<AudioFeatures>>) {
        self.source_answered();
        let of_track = |(track_id, features): (&TrackId, Option<AudioFeatures>)| Features {
            track_id: track_id.clone(),
            source: Source::Spotify,
            features: features.unwrap_or_default(),
        };
        let mut batch = Batch { features: tracks.iter().zip(features).map(of_track).collect(), ..Batch::default() };
        let complete = self.features_answered(tracks);
        self.mark_features_complete(&mut batch, complete);
        self.send(batch, 0).await;
    }

    pub(super) fn mark_features_complete(&mut self, batch: &mut Batch, artists: Vec<ArtistId>) {
        for artist in artists {
            self.mark_ok(batch, &artist, Facet::AudioFeatures);
            self.piece_ends(batch, &artist);
        }
    }

    pub(super) async fn facet_failed(&mut self, artist: ArtistId, facets: &[Facet], error: &FetchError) {
        let mut batch = Batch::default();
        self.piece_ends(&mut batch, &artist);
        if let FetchError::Withheld { .. } = error {
            for facet in facets {
                self.mark_withheld(&mut batch, &artist, *facet, &error.to_string());
            }
        } else if self.goes_on_after(error) {
            for facet in facets.iter().filter(|f| self.ingest.facets().contains(f)) {
                let attempts = self.attempts.remove(&(artist.clone(), *facet)).unwrap_or(0) + 1;
                let mut mark = self.mark(&artist, *facet, FacetState::Failed);
                mark.attempts = attempts;
                mark.retry_at = Some(self.retry_at(attempts));
                mark.error = Some(error.to_string());
                self.report.facet(*facet).failed += 1;
                *self.report.facet_errors.entry(error.to_string()).or_default() += 1;
                batch.facets.push(mark);
            }
        }
        self.send(batch, 0).await;
    }

    pub(super) fn mark_ok(&mut self, batch: &mut Batch, artist: &ArtistId, facet: Facet) {
        self.report.facet(facet).fetched += 1;
        batch.facets.push(self.mark(artist, facet, FacetState::Ok));
    }

    fn mark_withheld(&mut self, batch: &mut Batch, artist: &ArtistId, facet: Facet, why: &str) {
        self.report.facet(facet).withheld += 1;
        let mut mark = self.mark(artist, facet, FacetState::Withheld);
        mark.retry_at = Some(self.ingest.clock.now() + self.ingest.options.freshness.withheld);
        mark.error = Some(why.to_owned());
        batch.facets.push(mark);
    }

    fn mark(&self, artist: &ArtistId, facet: Facet, state: FacetState) -> FacetMark {
        let market = match facet {
            Facet::TopTracks => self.ingest.spotify.top_tracks_market().to_owned(),
            _ => String::new(),
        };
        FacetMark {
            artist_id: artist.clone(),
            facet,
            source: Source::Spotify,
            market,
            state,
            how: None,
            retry_at: None,
            attempts: 0,
            error: None,
        }
    }

    fn retry_at(&self, attempts: u32) -> DateTime<Utc> {
        // At most two weeks: nothing is given up for good.
        let hours = 1i32 << attempts.saturating_sub(1).min(8);
        self.ingest.clock.now() + FIRST_RETRY * hours
    }
}

/// The artist's own id at Spotify is a link like any other, so that all ids are found in one place.
fn link(artist: &ArtistId, source_id: &str) -> Link {
    Link { artist_id: artist.clone(), source: Source::Spotify, source_id: source_id.to_owned() }
}
