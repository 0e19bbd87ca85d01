//! From answers of the open sources to facts and marks, and what follows from them.

use std::collections::HashMap;

use chrono::{Duration, Utc};
use sixpotify_core::{Artist, Facet, FacetState, GenreVote, Mbid, Source, fold};
use sixpotify_resolve::Reach;
use sixpotify_sources::listenbrainz::Popularity;
use sixpotify_sources::musicbrainz::{ArtistRecord, FoundArtist};
use sixpotify_sources::spotify;
use sixpotify_store::{
    AliasList, ArtistDetail, Batch, DumpArtist, FacetMark, GenreList, Link, NameState, ProfileFill, RelatedList,
    StoreError, VoteList,
};

use super::piece::{At, Piece, Said};
use super::run::Run;
use super::subject::{FILLED, Subject, nobody_yet};
use crate::How;
use crate::dumps::identity::identify;
use crate::ingest::intake::name_claim;
use crate::ingest::report::Listed;
use crate::ingest::work::Asked;
use crate::patience::patiently;
use crate::resolve::{Choice, Hit, among, called, candidates, choose_hit};

/// The first distance at which something that failed is tried again by itself; doubled each time.
pub(super) const FIRST_RETRY: Duration = Duration::hours(1);

/// A name that one artist has as another name of its own.
const ALIAS: &str = "alias";

/// Deezer's lists are the same everywhere.
pub(super) const EVERYWHERE: &str = "";

impl Run<'_> {
    /// Turns one answer into a batch, and asks what follows from it.
    pub(super) async fn answered(&mut self, piece: Piece, said: Said) -> Result<(), StoreError> {
        match (piece, said) {
            (Piece::Search(asked), Said::Hits(hits)) => self.hits(asked, hits).await?,
            (Piece::Weigh(asked, hits, how), Said::Weighed(heard)) => self.weighed(asked, hits, how, &heard).await?,
            (Piece::Record(_, asked, at), Said::Record(record)) => self.record(*record, asked, at).await?,
            (Piece::Join(links), Said::Joined(joined)) => self.joined(&links, joined).await,
            (Piece::Named(names), Said::Joined(joined)) => self.named(names, joined),
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
            (Piece::Tags(at, _), Said::Tags(answer)) => self.tags(at, answer.items).await,
            (Piece::DeezerName(asked), Said::DeezerHits(hits)) => self.deezer_hits(asked, &hits).await?,
            (Piece::DeezerFind(at, ..), Said::DeezerFound(hits, made)) => {
                self.deezer_found(at, &hits, &made).await?;
            }
            (Piece::DeezerArtist(at, _), Said::DeezerArtist(found)) => self.deezer_artist(at, &found).await,
            (Piece::DeezerAlbums(at, _), Said::Albums(albums)) => self.albums(at, albums).await?,
            (Piece::DeezerTop(at, _), Said::Tracks(tracks)) => self.top_tracks(at, tracks).await?,
            (Piece::DeezerTracks(at, _), Said::Tracks(tracks)) => self.recording_codes(at, tracks).await?,
            (Piece::Features(asked), Said::Features(features)) => self.features(asked, features).await,
            (piece, _) => unreachable!("{:?} is answered in kind", piece.source()),
        }
        Ok(())
    }

    /// Last.fm's tags: votes; and genres, where nobody before it in the order has any.
    async fn tags(&mut self, at: At, tags: Vec<GenreVote>) {
        let options = &self.ingest.options;
        let subject = &mut self.subjects[at];
        let mut batch = Batch::default();
        if !tags.is_empty() && !subject.has_genres_before(options, Source::LastFm) {
            let genres = tags.iter().map(|vote| vote.genre.clone()).collect();
            batch.genres.push(GenreList { artist_id: subject.id.clone(), source: Source::LastFm, genres });
            subject.shows_genres_of(Source::LastFm);
        }
        let votes = tags.into_iter().map(|vote| (vote.genre, vote.weight)).collect();
        batch.votes.push(VoteList { artist_id: subject.id.clone(), source: Source::LastFm, votes });
        self.mark(&mut batch, at, Facet::Genres, Source::LastFm, None);
        self.send(batch, 0).await;
    }

    /// Decides which of MusicBrainz's hits a name means: one that is called so, or has it as another name (of several, listeners
    /// decide), or else one that the rules for names that are only alike accept.
    async fn hits(&mut self, asked: Asked, hits: Vec<FoundArtist>) -> Result<(), StoreError> {
        let aliases: Vec<Vec<&str>> =
            hits.iter().map(|hit| hit.aliases.iter().map(|alias| alias.name.as_str()).collect()).collect();
        let seen: Vec<Hit<'_>> = hits
            .iter()
            .zip(&aliases)
            .map(|(hit, aliases)| Hit {
                name: &hit.artist.name,
                aliases,
                reach: Reach::default(),
                score: Some(hit.score),
            })
            .collect();
        let Some((alike, how)) = called(asked.name.trim(), &seen) else {
            match choose_hit(&asked.name, &seen) {
                Choice::Found(at, how) => self.decided(asked, &hits[at], how.as_str()).await?,
                Choice::Ambiguous => self.undecided(&asked, NameState::Ambiguous, &as_found(&hits, &[])).await,
                Choice::NotFound => self.undecided(&asked, NameState::NotFound, &as_found(&hits, &[])).await,
            }
            return Ok(());
        };
        let how = if how == How::SourceAlias { ALIAS } else { how.as_str() };
        match alike[..] {
            [one] => self.decided(asked, &hits[one], how).await?,
            _ => {
                let alike = alike.into_iter().map(|at| hits[at].clone()).collect();
                if self.asks(Source::ListenBrainz) {
                    self.ask(Piece::Weigh(asked, alike, how));
                } else {
                    self.weighed(asked, alike, how, &[]).await?;
                }
            }
        }
        Ok(())
    }

    async fn decided(&mut self, asked: Asked, hit: &FoundArtist, how: &'static str) -> Result<(), StoreError> {
        *self.report.how.entry(how.to_owned()).or_default() += 1;
        self.ask(Piece::Record(hit.mbid.clone(), Some((asked, how)), None));
        self.foresee_hit(hit).await
    }

    /// Decides among artists that are called alike by how many people hear them; by MusicBrainz's own order, where nobody says.
    pub(super) async fn weighed(
        &mut self,
        asked: Asked,
        hits: Vec<FoundArtist>,
        how: &'static str,
        heard: &[Popularity],
    ) -> Result<(), StoreError> {
        let found = as_found(&hits, heard);
        let seen: Vec<Hit<'_>> = found
            .iter()
            .map(|hit| Hit {
                name: &hit.artist.name,
                aliases: &[],
                reach: Reach { followers: hit.artist.followers, popularity: None },
                score: None,
            })
            .collect();
        let all: Vec<usize> = (0..seen.len()).collect();
        match among(&seen, &all, How::SourceAlias) {
            // Another name that several have, and nobody says who is meant, is not enough.
            Choice::Found(_, How::SourceRank) if how == ALIAS => {
                self.undecided(&asked, NameState::Ambiguous, &found).await;
            }
            Choice::Found(at, decided) => {
                if decided == How::SourceRank {
                    let why = hits[at].artist.url.clone();
                    self.report.source_ranked_names.push(Listed { name: asked.name.clone(), why, candidates: None });
                }
                self.decided(asked, &hits[at], decided.as_str()).await?;
            }
            Choice::Ambiguous | Choice::NotFound => self.undecided(&asked, NameState::Ambiguous, &found).await,
        }
        Ok(())
    }

    pub(super) async fn undecided(&mut self, asked: &Asked, state: NameState, found: &[spotify::FoundArtist]) {
        let mut name = self.name(asked, state, None, None);
        name.candidates = Some(candidates(&asked.name, found));
        // That nobody knows it, those who answered cannot say for the one who was away.
        let away = self.report.sources.get(&Source::MusicBrainz).is_some_and(|report| report.gone.is_some());
        let soon = away && state == NameState::NotFound;
        let wait = if soon { FIRST_RETRY } else { self.ingest.options.freshness.not_found };
        name.retry_at = Some(self.ingest.clock.now() + wait);
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
    pub(super) async fn record(
        &mut self,
        record: ArtistRecord,
        asked: Option<(Asked, &'static str)>,
        at: Option<At>,
    ) -> Result<(), StoreError> {
        let open = self.ingest.options.open_licence;
        let page = record.artist.url.clone();
        let mut found = identify(&self.ingest.store, vec![record], &[], &self.rejected, open).await?;
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
                self.mark_nobody(&mut batch, at, "another artist");
                self.send(batch, done).await;
                self.ask_the_others(at).await;
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
        self.take_record(&mut batch, at, artist, page);
        self.send(batch, done).await;
        self.ask_the_others(at).await;
        Ok(())
    }

    fn take_record(&mut self, batch: &mut Batch, at: At, artist: DumpArtist, page: Option<String>) {
        let id = artist.id.clone();
        if let Some(name) = artist.name {
            let has_page = self.subjects[at].has_face(&self.ingest.options, Source::MusicBrainz);
            batch.artists.push(Artist {
                id: id.clone(),
                name,
                followers: None,
                popularity: None,
                url: artist.url.filter(|_| !has_page),
                image_url: None,
            });
        } else if self.ingest.options.order.prefers(Facet::Profile, Source::MusicBrainz, Source::Spotify)
            && self.subjects[at].ids(Source::Spotify).next().is_some()
        {
            // Its name is its own; its page is that of whoever comes first.
            batch.fills.push(ProfileFill {
                artist_id: id.clone(),
                replaces: true,
                followers: None,
                popularity: None,
                url: page,
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
                subject.shows_genres_of(Source::MusicBrainz);
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
                Some([mbid]) => {
                    self.ask(Piece::Record(mbid.clone(), None, Some(*at)));
                    self.foresee_subject(*at, Some(mbid));
                }
                _ => {
                    let mut batch = Batch::default();
                    self.mark_nobody(&mut batch, *at, "no such artist");
                    self.send(batch, 0).await;
                    self.ask_the_others(*at).await;
                }
            }
        }
    }

    /// Who the names with an id are; those whose id MusicBrainz does not know, or joins to several, are searched for by name.
    fn named(&mut self, names: Vec<(Asked, sixpotify_core::Link)>, joined: Vec<(sixpotify_core::Link, Vec<Mbid>)>) {
        let joined: HashMap<_, _> = joined.into_iter().collect();
        for (asked, link) in names {
            match joined.get(&link).map(Vec::as_slice) {
                Some([mbid]) => self.ask(Piece::Record(mbid.clone(), Some((asked, How::Id.as_str())), None)),
                _ => self.search(asked),
            }
        }
    }

    /// Notes that MusicBrainz was asked who an artist is, and nothing came of it.
    fn mark_nobody(&mut self, batch: &mut Batch, at: At, how: &str) {
        for facet in [Facet::Aliases, Facet::Links, Facet::Genres] {
            self.mark(batch, at, facet, Source::MusicBrainz, Some(how.to_owned()));
        }
    }

    async fn popularity(&mut self, ids: &[(At, Mbid)], all: &[Popularity]) {
        let mut batch = Batch::default();
        for ((at, _), popularity) in ids.iter().zip(all) {
            let subject = &self.subjects[*at];
            batch.fills.push(ProfileFill {
                artist_id: subject.id.clone(),
                replaces: subject.keeps(&self.ingest.options, Source::ListenBrainz),
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

    /// Notes that a facet was asked for and stored.
    pub(super) fn mark(&mut self, batch: &mut Batch, at: At, facet: Facet, source: Source, how: Option<String>) {
        self.subjects[at].note(facet, source);
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
    let known = Artist {
        id: artist.id.clone(),
        name: artist.name.clone().unwrap_or_default(),
        followers: None,
        popularity: None,
        url: artist.url.clone(),
        image_url: None,
    };
    nobody_yet(known, artist.links.clone(), now)
}
