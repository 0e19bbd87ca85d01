//! From answers of the open sources to facts and marks, and what follows from them.

use std::collections::{BTreeMap, HashMap};

use chrono::{Duration, Utc};
use sixpotify_core::{
    Album, Artist, ArtistId, Credit, DeezerId, Facet, FacetState, Mbid, Source, Track, TrackId, fold,
};
use sixpotify_sources::http::FetchError;
use sixpotify_sources::listenbrainz::Popularity;
use sixpotify_sources::musicbrainz::{ArtistRecord, FoundArtist};
use sixpotify_sources::reccobeats::TrackKey;
use sixpotify_sources::{deezer, spotify};
use sixpotify_store::{
    AlbumList, AliasList, ArtistDetail, Batch, DumpArtist, FacetMark, Features, GenreList, Link, NameState,
    ProfileFill, RelatedList, StoreError, TopTracks, VoteList,
};

use super::piece::{At, Piece, Said};
use super::run::Run;
use super::subject::{FILLED, Subject};
use crate::How;
use crate::dumps::identity::identify;
use crate::ingest::intake::name_claim;
use crate::ingest::report::Listed;
use crate::ingest::work::Asked;
use crate::patience::patiently;
use crate::resolve::{Decision, candidates, decide};

/// The first distance at which something that failed is tried again by itself; doubled each time.
const FIRST_RETRY: Duration = Duration::hours(1);

/// A name that one artist has as another name of its own.
const ALIAS: &str = "alias";

/// Deezer's lists are the same everywhere.
const EVERYWHERE: &str = "";

impl Run<'_> {
    /// Turns one answer into a batch, and asks what follows from it.
    pub(super) async fn answered(&mut self, piece: Piece, said: Said) -> Result<(), StoreError> {
        match (piece, said) {
            (Piece::Search(asked), Said::Hits(hits)) => self.hits(asked, hits).await,
            (Piece::Weigh(asked, hits, how), Said::Weighed(heard)) => self.weighed(asked, hits, how, &heard).await,
            (Piece::Record(_, asked, at), Said::Record(record)) => self.record(*record, asked, at).await?,
            (Piece::Join(links), Said::Joined(joined)) => self.joined(&links, joined).await,
            (Piece::Popularity(ids), Said::Popularity(all)) => self.popularity(&ids, &all).await,
            (Piece::Similar(at, _), Said::Related(related)) => {
                let list = related.into_iter().map(|r| (Some(r.source_id), Some(r.name), r.score)).collect();
                self.related(at, Source::ListenBrainz, list).await;
            }
            (Piece::Alike(at, _), Said::Related(related)) => {
                // At Last.fm an artist is its name.
                let list = related.into_iter().map(|r| (None, Some(r.name), r.score)).collect();
                self.related(at, Source::LastFm, list).await;
            }
            (Piece::Tags(at, _), Said::Tags(answer)) => {
                let mut batch = Batch::default();
                let votes = answer.items.into_iter().map(|vote| (vote.genre, vote.weight)).collect();
                batch.votes.push(VoteList { artist_id: self.subjects[at].id.clone(), source: Source::LastFm, votes });
                self.mark(&mut batch, at, Facet::Genres, Source::LastFm, None);
                self.send(batch, 0).await;
            }
            (Piece::DeezerName(asked), Said::DeezerHits(hits)) => self.deezer_hits(asked, &hits).await?,
            (Piece::DeezerFind(at, _), Said::DeezerHits(hits)) => self.deezer_found(at, &hits).await?,
            (Piece::DeezerArtist(at, _), Said::DeezerArtist(found)) => self.deezer_artist(at, &found).await,
            (Piece::DeezerAlbums(at, _), Said::Albums(albums)) => self.albums(at, albums).await?,
            (Piece::DeezerTop(at, _), Said::Tracks(tracks)) => self.top_tracks(at, tracks).await?,
            (Piece::DeezerTracks(at, _), Said::Tracks(tracks)) => self.recording_codes(at, tracks).await?,
            (Piece::Features(asked), Said::Features(features)) => self.features(asked, features).await,
            (piece, _) => unreachable!("{:?} is answered in kind", piece.source()),
        }
        Ok(())
    }

    /// Decides which of MusicBrainz's hits a name means: one that is called so, or, where none is, one that has it as another
    /// name. Of several, listeners decide.
    async fn hits(&mut self, asked: Asked, hits: Vec<FoundArtist>) {
        let key = fold(asked.name.trim());
        let by_name: Vec<FoundArtist> = hits.iter().filter(|hit| fold(&hit.artist.name) == key).cloned().collect();
        let exact: Vec<FoundArtist> =
            by_name.iter().filter(|hit| hit.artist.name == asked.name.trim()).cloned().collect();
        let (alike, how) = if !exact.is_empty() {
            (exact, How::Exact.as_str())
        } else if by_name.is_empty() {
            let has = |hit: &&FoundArtist| hit.aliases.iter().any(|alias| fold(&alias.name) == key);
            (hits.iter().filter(has).cloned().collect(), ALIAS)
        } else {
            (by_name, How::Folded.as_str())
        };
        match &alike[..] {
            [] => self.undecided(&asked, NameState::NotFound, &as_found(&hits, &[])).await,
            [one] => {
                *self.report.how.entry(how.to_owned()).or_default() += 1;
                self.ask(Piece::Record(one.mbid.clone(), Some((asked, how)), None));
            }
            _ if self.asks(Source::ListenBrainz) => self.ask(Piece::Weigh(asked, alike, how)),
            _ => self.weighed(asked, alike, how, &[]).await,
        }
    }

    /// Decides among artists that are called alike by how many people hear them; by MusicBrainz's own order, where nobody says.
    pub(super) async fn weighed(
        &mut self,
        asked: Asked,
        hits: Vec<FoundArtist>,
        how: &'static str,
        heard: &[Popularity],
    ) {
        let found = as_found(&hits, heard);
        let name = if how == ALIAS {
            found.first().map_or(String::new(), |hit| hit.artist.name.clone())
        } else {
            asked.name.clone()
        };
        // Those with another name in common are compared as if that were their name.
        let same: Vec<spotify::FoundArtist> = found
            .iter()
            .map(|hit| spotify::FoundArtist {
                artist: Artist { name: name.clone(), ..hit.artist.clone() },
                genres: None,
            })
            .collect();
        let (id, decided) = match decide(&name, if how == ALIAS { &same } else { &found }) {
            // Another name that several have, and nobody says who is meant, is not enough.
            Decision::Found(_, How::SourceRank) if how == ALIAS => (None, how),
            Decision::Found(hit, decided) => (Some(hit.artist.id.clone()), decided.as_str()),
            Decision::Ambiguous | Decision::NotFound => (None, how),
        };
        match id.and_then(|id| hits.iter().find(|hit| hit.artist.id == id)) {
            Some(hit) => {
                *self.report.how.entry(decided.to_owned()).or_default() += 1;
                if decided == How::SourceRank.as_str() {
                    let why = hit.artist.url.clone();
                    self.report.source_ranked_names.push(Listed { name: asked.name.clone(), why, candidates: None });
                }
                self.ask(Piece::Record(hit.mbid.clone(), Some((asked, decided)), None));
            }
            None => self.undecided(&asked, NameState::Ambiguous, &found).await,
        }
    }

    async fn undecided(&mut self, asked: &Asked, state: NameState, found: &[spotify::FoundArtist]) {
        let mut name = self.name(asked, state, None, None);
        name.candidates = Some(candidates(&asked.name, found));
        name.retry_at = Some(self.ingest.clock.now() + self.ingest.options.freshness.not_found);
        let listed = Listed { name: asked.name.clone(), why: None, candidates: name.candidates.clone() };
        match state {
            NameState::Ambiguous => self.report.ambiguous_names.push(listed),
            _ => self.report.not_found_names.push(listed),
        }
        self.report.count(state);
        let released = vec![name_claim(&self.ingest.options.list, &asked.name)];
        self.send(Batch { names: vec![name], released, ..Batch::default() }, 1).await;
    }

    /// What MusicBrainz says of an artist: it settles a name, or adds to an artist that is known.
    async fn record(
        &mut self,
        record: ArtistRecord,
        asked: Option<(Asked, &'static str)>,
        at: Option<At>,
    ) -> Result<(), StoreError> {
        let open = self.ingest.options.open_licence;
        let mut found = identify(&self.ingest.store, vec![record], &self.rejected, open).await?;
        let Some(artist) = found.artists.pop() else {
            // A person removed it.
            if let Some((asked, _)) = asked {
                let mut name = self.name(&asked, NameState::NotFound, None, Some("forgotten".to_owned()));
                name.retry_at = Some(self.ingest.clock.now() + self.ingest.options.freshness.not_found);
                let why = Some("it was forgotten".to_owned());
                self.report.not_found_names.push(Listed { name: asked.name.clone(), why, candidates: None });
                self.report.count(NameState::NotFound);
                let released = vec![name_claim(&self.ingest.options.list, &asked.name)];
                self.send(Batch { names: vec![name], released, ..Batch::default() }, 1).await;
            }
            return Ok(());
        };
        let mut batch = Batch::default();
        let mut done = 0;
        if let Some((asked, how)) = &asked {
            batch.names.push(self.name(asked, NameState::Found, Some(&artist.id), Some((*how).to_owned())));
            batch.released.push(name_claim(&self.ingest.options.list, &asked.name));
            self.report.count(NameState::Found);
            done = 1;
        }
        let at = match at {
            // It is another artist than the one that was asked about: nothing of it is taken.
            Some(at) if self.subjects[at].id != artist.id => {
                self.mark(&mut batch, at, Facet::Links, Source::MusicBrainz, Some("another artist".to_owned()));
                self.send(batch, done).await;
                self.ask_the_others(at);
                return Ok(());
            }
            Some(at) => at,
            None => match self.by_id.get(&artist.id) {
                // Two names of one artist: it is seen to already.
                Some(_) => {
                    self.send(batch, done).await;
                    return Ok(());
                }
                None => {
                    let known =
                        patiently(|| self.ingest.store.artist_details(std::slice::from_ref(&artist.id))).await?;
                    let subject = known.into_iter().next().unwrap_or_else(|| unknown(&artist, self.ingest.clock.now()));
                    self.enter(Subject::new(subject))
                }
            },
        };
        self.take_record(&mut batch, at, artist);
        self.send(batch, done).await;
        self.ask_the_others(at);
        Ok(())
    }

    fn take_record(&mut self, batch: &mut Batch, at: At, artist: DumpArtist) {
        let id = artist.id.clone();
        if let Some(name) = artist.name {
            batch.artists.push(Artist {
                id: id.clone(),
                name,
                followers: None,
                popularity: None,
                url: artist.url,
                image_url: None,
            });
        }
        let link = |(source, source_id): &(Source, String)| Link {
            artist_id: id.clone(),
            source: *source,
            source_id: source_id.clone(),
        };
        batch.links.extend(artist.links.iter().map(link));
        let options = &self.ingest.options;
        let wants = |facet| options.facets.contains(&facet);
        let subject = &mut self.subjects[at];
        subject.keys.extend(artist.aliases.iter().map(|(alias, _)| fold(alias)).filter(|key| !key.is_empty()));
        for link in artist.links {
            if !subject.links.contains(&link) {
                subject.links.push(link);
            }
        }
        if wants(Facet::Aliases) {
            batch.aliases.push(AliasList {
                artist_id: id.clone(),
                source: Source::MusicBrainz,
                aliases: artist.aliases,
            });
        }
        if wants(Facet::Genres) && !options.open_licence {
            if !subject.has_genres_before(options, Source::MusicBrainz) && !artist.genres.is_empty() {
                let genres = artist.genres.iter().map(|(genre, _)| genre.clone()).collect();
                batch.genres.push(GenreList { artist_id: id.clone(), source: Source::MusicBrainz, genres });
            }
            batch.votes.push(VoteList { artist_id: id, source: Source::MusicBrainz, votes: artist.genres });
        }
        for facet in [Facet::Profile, Facet::Aliases, Facet::Links] {
            self.mark(batch, at, facet, Source::MusicBrainz, None);
        }
        if !self.ingest.options.open_licence {
            self.mark(batch, at, Facet::Genres, Source::MusicBrainz, None);
        }
    }

    /// Whom MusicBrainz joins to ids of artists: one that it joins to several is left as it is.
    async fn joined(&mut self, links: &[(At, sixpotify_core::Link)], joined: Vec<(sixpotify_core::Link, Vec<Mbid>)>) {
        let joined: HashMap<_, _> = joined.into_iter().collect();
        for (at, link) in links {
            match joined.get(link).map(Vec::as_slice) {
                Some([mbid]) => self.ask(Piece::Record(mbid.clone(), None, Some(*at))),
                _ => {
                    let mut batch = Batch::default();
                    self.mark(&mut batch, *at, Facet::Links, Source::MusicBrainz, None);
                    self.send(batch, 0).await;
                    self.ask_the_others(*at);
                }
            }
        }
    }

    async fn popularity(&mut self, ids: &[(At, Mbid)], all: &[Popularity]) {
        let mut batch = Batch::default();
        for ((at, _), popularity) in ids.iter().zip(all) {
            let subject = &self.subjects[*at];
            batch.fills.push(ProfileFill {
                artist_id: subject.id.clone(),
                replaces: subject.filled_by(Source::ListenBrainz),
                followers: None,
                popularity: popularity.percent(),
                url: None,
                image_url: None,
            });
            self.mark(&mut batch, *at, Facet::Profile, Source::ListenBrainz, Some(FILLED.to_owned()));
        }
        self.send(batch, 0).await;
    }

    async fn related(&mut self, at: At, source: Source, list: Vec<(Option<String>, Option<String>, Option<f64>)>) {
        #[expect(clippy::cast_possible_truncation, reason = "a score from 0 to 1")]
        let related = list.into_iter().map(|(id, name, score)| (id, name, score.map(|score| score as f32))).collect();
        let mut batch = Batch::default();
        batch.related.push(RelatedList { artist_id: self.subjects[at].id.clone(), source, related });
        self.mark(&mut batch, at, Facet::Related, source, None);
        self.send(batch, 0).await;
    }

    /// A name that MusicBrainz could not be asked for.
    async fn deezer_hits(&mut self, asked: Asked, hits: &[deezer::FoundArtist]) -> Result<(), StoreError> {
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
        let detail = detail.unwrap_or_else(|| ArtistDetail {
            artist: Artist { followers: None, image_url: None, ..artist.clone() },
            genres: Vec::new(),
            links: vec![link.clone()],
            albums: Vec::new(),
            top_tracks: Vec::new(),
            facets: Vec::new(),
            created_at: self.ingest.clock.now(),
            updated_at: self.ingest.clock.now(),
        });
        let at = self.enter(Subject::new(detail));
        if is_new {
            batch.artists.push(Artist { followers: None, image_url: None, ..artist });
            batch.links.push(Link { artist_id: own, source: link.0, source_id: link.1 });
        }
        self.send(batch, 1).await;
        self.ask_the_others(at);
        Ok(())
    }

    /// Which of Deezer's hits is an artist: the only one that has one of its names, or one with ten times the fans of the next.
    async fn deezer_found(&mut self, at: At, hits: &[deezer::FoundArtist]) -> Result<(), StoreError> {
        let subject = &self.subjects[at];
        let found: Vec<spotify::FoundArtist> = hits
            .iter()
            .filter(|hit| subject.keys.contains(&fold(&hit.artist.name)))
            .map(|hit| spotify::FoundArtist {
                artist: Artist { name: subject.name.clone(), ..hit.artist.clone() },
                genres: None,
            })
            .collect();
        let id = match decide(&subject.name, &found) {
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

    fn ask_deezer(&mut self, at: At) {
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

    async fn deezer_artist(&mut self, at: At, found: &deezer::FoundArtist) {
        let subject = &self.subjects[at];
        let mut batch = Batch::default();
        let lacks = subject.lacks_profile(Source::Deezer);
        batch.fills.push(ProfileFill {
            artist_id: subject.id.clone(),
            replaces: subject.filled_by(Source::Deezer),
            followers: found.artist.followers,
            popularity: None,
            url: None,
            image_url: found.artist.image_url.clone(),
        });
        self.mark(&mut batch, at, Facet::Profile, Source::Deezer, lacks.then(|| FILLED.to_owned()));
        self.send(batch, 0).await;
    }

    async fn albums(&mut self, at: At, mut albums: Vec<Album>) -> Result<(), StoreError> {
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

    async fn top_tracks(&mut self, at: At, mut tracks: Vec<Track>) -> Result<(), StoreError> {
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
        if !ids.is_empty() {
            self.ask(Piece::DeezerTracks(at, ids));
        }
        Ok(())
    }

    /// Tracks with their recording codes, by which their sound is asked for.
    async fn recording_codes(&mut self, at: At, mut tracks: Vec<Track>) -> Result<(), StoreError> {
        self.name_credits(at, credits_of(&mut tracks).collect()).await?;
        for track in &mut tracks {
            credit(&mut track.artists, &self.subjects[at]);
        }
        let now = self.ingest.clock.now();
        let due = self.asks(Source::ReccoBeats)
            && self.subjects[at].is_due(&self.ingest.options, Facet::AudioFeatures, Source::ReccoBeats, now);
        let coded = |track: &Track| Some((at, track.id.clone(), TrackKey::Isrc(track.isrc.clone()?)));
        let asked = if due { tracks.iter().filter_map(coded).collect() } else { Vec::new() };
        self.send(Batch { tracks, ..Batch::default() }, 0).await;
        self.gather(asked);
        Ok(())
    }

    async fn features(&mut self, asked: Vec<(At, TrackId, TrackKey)>, all: Vec<Option<sixpotify_core::AudioFeatures>>) {
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

    /// Notes that a facet was asked for and stored.
    fn mark(&mut self, batch: &mut Batch, at: At, facet: Facet, source: Source, how: Option<String>) {
        if !self.ingest.options.facets.contains(&facet) {
            return;
        }
        self.report.facet(facet).fetched += 1;
        batch.facets.push(FacetMark {
            artist_id: self.subjects[at].id.clone(),
            facet,
            source,
            market: EVERYWHERE.to_owned(),
            state: FacetState::Ok,
            how,
            retry_at: None,
            attempts: 0,
            error: None,
        });
    }

    /// Notes that a question failed after all its attempts.
    pub(super) async fn failed(&mut self, piece: Piece, error: &FetchError) {
        let source = piece.source();
        *self.report.facet_errors.entry(error.to_string()).or_default() += 1;
        let facets: &[Facet] = match &piece {
            // Who is heard most is not known: the order of the hits has to do.
            Piece::Weigh(asked, hits, how) => return self.weighed(asked.clone(), hits.clone(), how, &[]).await,
            Piece::Search(asked) | Piece::DeezerName(asked) => {
                return self.name_failed(asked.clone(), error).await;
            }
            Piece::Record(_, Some((asked, _)), _) => return self.name_failed(asked.clone(), error).await,
            Piece::Record(..) | Piece::Join(_) => &[Facet::Aliases, Facet::Links, Facet::Genres],
            Piece::Popularity(_) | Piece::DeezerArtist(..) => &[Facet::Profile],
            Piece::Similar(..) | Piece::Alike(..) => &[Facet::Related],
            Piece::DeezerFind(..) => &[Facet::Profile, Facet::Albums, Facet::TopTracks],
            Piece::DeezerAlbums(..) => &[Facet::Albums],
            Piece::DeezerTop(..) | Piece::DeezerTracks(..) => &[Facet::TopTracks],
            Piece::Features(_) => &[Facet::AudioFeatures],
            Piece::Tags(..) => &[Facet::Genres],
        };
        // What a source does not have, or does not give, is asked for again as facts are; what failed, soon.
        let state = match error {
            FetchError::Gone { .. } => FacetState::Ok,
            FetchError::Withheld { .. } => FacetState::Withheld,
            _ => FacetState::Failed,
        };
        let mut batch = Batch::default();
        for at in piece.subjects() {
            for facet in facets {
                let attempts = self.subjects[at].attempts(*facet, source);
                let coverage = self.report.facet(*facet);
                match state {
                    FacetState::Ok => coverage.fetched += 1,
                    FacetState::Withheld => coverage.withheld += 1,
                    FacetState::Failed => coverage.failed += 1,
                }
                if state == FacetState::Failed {
                    let of = self.failed_facets.entry(source).or_insert_with(|| (BTreeMap::new(), error.to_string()));
                    *of.0.entry(*facet).or_default() += 1;
                }
                let retry_at = match state {
                    FacetState::Ok => None,
                    FacetState::Withheld => Some(self.ingest.clock.now() + self.ingest.options.freshness.withheld),
                    FacetState::Failed => Some(self.ingest.clock.now() + FIRST_RETRY * 2_i32.pow(attempts.min(6))),
                };
                batch.facets.push(FacetMark {
                    artist_id: self.subjects[at].id.clone(),
                    facet: *facet,
                    source,
                    market: EVERYWHERE.to_owned(),
                    state,
                    how: None,
                    retry_at,
                    attempts: if state == FacetState::Failed { attempts + 1 } else { 0 },
                    error: (state != FacetState::Ok).then(|| error.to_string()),
                });
            }
        }
        self.send(batch, 0).await;
        match piece {
            Piece::Record(_, None, Some(at)) => self.ask_the_others(at),
            Piece::Join(links) => {
                for (at, _) in links {
                    self.ask_the_others(at);
                }
            }
            _ => {}
        }
    }

    async fn name_failed(&mut self, asked: Asked, error: &FetchError) {
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

/// Hits of MusicBrainz as the rules for names see them, listeners being followers.
fn as_found(hits: &[FoundArtist], heard: &[Popularity]) -> Vec<spotify::FoundArtist> {
    hits.iter()
        .enumerate()
        .map(|(n, hit)| spotify::FoundArtist {
            artist: Artist {
                followers: heard.get(n).and_then(|popularity| popularity.listeners),
                ..hit.artist.clone()
            },
            genres: None,
        })
        .collect()
}

/// An artist that is about to be written.
fn unknown(artist: &DumpArtist, now: chrono::DateTime<Utc>) -> ArtistDetail {
    ArtistDetail {
        artist: Artist {
            id: artist.id.clone(),
            name: artist.name.clone().unwrap_or_default(),
            followers: None,
            popularity: None,
            url: artist.url.clone(),
            image_url: None,
        },
        genres: Vec::new(),
        links: artist.links.clone(),
        albums: Vec::new(),
        top_tracks: Vec::new(),
        facets: Vec::new(),
        created_at: now,
        updated_at: now,
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
