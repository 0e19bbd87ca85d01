//! Questions to the open sources, each in a task of its own.

use sixpotify_core::{
    Album, AudioFeatures, DeezerId, Facet, GenreVote, Link, Mbid, Related, Source, Track, TrackId, fold,
};
use sixpotify_sources::http::FetchError;
use sixpotify_sources::lastfm::{Answer, ArtistKey};
use sixpotify_sources::listenbrainz::Popularity;
use sixpotify_sources::musicbrainz::{ArtistRecord, FoundArtist};
use sixpotify_sources::reccobeats::TrackKey;
use sixpotify_sources::{deezer, musicbrainz};

use super::question::{Asking, Question};
use crate::ingest::work::Asked;

/// Position of an artist in the run.
pub(super) type At = usize;

/// Tracks of a ranking.
pub(super) const TOP: usize = 10;

/// Recording codes by which an artist is told from others of its name, at most: a request each.
const CODES: usize = 3;

/// A service that answers, or is away, by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Upstream {
    Of(Source),
    /// ListenBrainz's labs: another server than its API's.
    Labs,
}

impl Upstream {
    /// Who answers for `facet` of `source`.
    pub(super) fn of(facet: Facet, source: Source) -> Self {
        match (source, facet) {
            (Source::ListenBrainz, Facet::Related) => Self::Labs,
            _ => Self::Of(source),
        }
    }

    pub(super) fn source(self) -> Source {
        match self {
            Self::Of(source) => source,
            Self::Labs => Source::ListenBrainz,
        }
    }
}

/// A question.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    /// Which artists are called so.
    Search(Asked),
    /// How much artists that are called alike are heard.
    Weigh(Asked, Vec<FoundArtist>, &'static str),
    /// Who an artist of MusicBrainz is; settles a name, decided so, or adds to an artist.
    Record(Mbid, Option<(Asked, &'static str)>, Option<At>),
    /// Whom MusicBrainz joins to these ids, each of an artist.
    Join(Vec<(At, Link)>),
    /// Whom MusicBrainz joins to the ids that these names came with.
    Named(Vec<(Asked, Link)>),
    Popularity(Vec<(At, Mbid)>),
    Similar(At, Mbid),
    /// Which artists at Deezer are called so: where MusicBrainz is away.
    DeezerName(Asked),
    /// Which artist at Deezer has this name; where several do, who made one of the recordings of these codes.
    DeezerFind(At, String, Vec<String>),
    DeezerArtist(At, DeezerId),
    DeezerAlbums(At, DeezerId),
    DeezerTop(At, DeezerId),
    /// Recording codes of tracks.
    DeezerTracks(At, Vec<DeezerId>),
    Features(Vec<(At, TrackId, TrackKey)>),
    Tags(At, ArtistKey),
    Alike(At, ArtistKey),
}

/// What was answered.
#[derive(Clone)]
pub(super) enum Said {
    Hits(Vec<FoundArtist>),
    Weighed(Vec<Popularity>),
    Record(Box<ArtistRecord>),
    Joined(Vec<(Link, Vec<Mbid>)>),
    Popularity(Vec<Popularity>),
    Related(Vec<Related>),
    DeezerHits(Vec<deezer::FoundArtist>),
    /// The hits, and where there are several, recordings that the artist made.
    DeezerFound(Vec<deezer::FoundArtist>, Vec<Track>),
    DeezerArtist(Box<deezer::FoundArtist>),
    Albums(Vec<Album>),
    Tracks(Vec<Track>),
    Features(Vec<Option<AudioFeatures>>),
    Tags(Answer<GenreVote>),
}

impl Piece {
    /// Whom it asks.
    pub(super) fn source(&self) -> Source {
        match self {
            Self::Search(_) | Self::Record(..) | Self::Join(_) | Self::Named(_) => Source::MusicBrainz,
            Self::Weigh(..) | Self::Popularity(_) | Self::Similar(..) => Source::ListenBrainz,
            Self::DeezerName(_)
            | Self::DeezerFind(..)
            | Self::DeezerArtist(..)
            | Self::DeezerAlbums(..)
            | Self::DeezerTop(..)
            | Self::DeezerTracks(..) => Source::Deezer,
            Self::Features(_) => Source::ReccoBeats,
            Self::Tags(..) | Self::Alike(..) => Source::LastFm,
        }
    }

    /// Which of its services.
    pub(super) fn upstream(&self) -> Upstream {
        match self {
            Self::Similar(..) => Upstream::Labs,
            _ => Upstream::Of(self.source()),
        }
    }

    /// The artists that wait for it.
    pub(super) fn subjects(&self) -> Vec<At> {
        match self {
            Self::Search(_) | Self::Weigh(..) | Self::Named(_) | Self::DeezerName(_) => Vec::new(),
            Self::Record(_, _, at) => at.iter().copied().collect(),
            Self::Join(links) => links.iter().map(|(at, _)| *at).collect(),
            Self::Popularity(ids) => ids.iter().map(|(at, _)| *at).collect(),
            Self::Features(tracks) => {
                let mut all: Vec<At> = tracks.iter().map(|(at, ..)| *at).collect();
                all.dedup();
                all
            }
            Self::Similar(at, _)
            | Self::DeezerFind(at, ..)
            | Self::DeezerArtist(at, _)
            | Self::DeezerAlbums(at, _)
            | Self::DeezerTop(at, _)
            | Self::DeezerTracks(at, _)
            | Self::Tags(at, _)
            | Self::Alike(at, _) => vec![*at],
        }
    }

    /// What it is asked for of these artists.
    pub(super) fn facets(&self) -> &'static [Facet] {
        match self {
            Self::Search(_) | Self::Weigh(..) | Self::Named(_) | Self::DeezerName(_) => &[],
            Self::Record(..) | Self::Join(_) => &[Facet::Aliases, Facet::Links, Facet::Genres],
            Self::Popularity(_) | Self::DeezerArtist(..) => &[Facet::Profile],
            Self::Similar(..) | Self::Alike(..) => &[Facet::Related],
            Self::DeezerFind(..) => &[Facet::Profile, Facet::Albums, Facet::TopTracks],
            Self::DeezerAlbums(..) => &[Facet::Albums],
            Self::DeezerTop(..) | Self::DeezerTracks(..) => &[Facet::TopTracks],
            Self::Features(_) => &[Facet::AudioFeatures],
            Self::Tags(..) => &[Facet::Genres],
        }
    }

    /// Asks. A source that is absent is one that has no such thing; the run does not ask it.
    pub(super) async fn perform(self, asking: Asking) -> (Self, Result<Said, FetchError>) {
        let said = self.ask(&asking).await;
        (self, said)
    }

    async fn ask(&self, asking: &Asking) -> Result<Said, FetchError> {
        let absent = || FetchError::Gone { service: self.source().to_string(), endpoint: "no client" };
        let sources = &asking.sources;
        let musicbrainz = || sources.musicbrainz.as_ref().ok_or_else(absent);
        let listenbrainz = || sources.listenbrainz.as_ref().ok_or_else(absent);
        let deezer = || sources.deezer.as_ref().ok_or_else(absent);
        let question = match self {
            Self::Search(asked) => return Ok(Said::Hits(musicbrainz()?.search_artists(&asked.name).await?)),
            Self::Weigh(_, hits, _) => {
                let ids: Vec<Mbid> = hits.iter().map(|hit| hit.mbid.clone()).collect();
                return Ok(Said::Weighed(listenbrainz()?.popularity(&ids).await?));
            }
            Self::Record(mbid, ..) => return Ok(Said::Record(Box::new(musicbrainz()?.artist(mbid).await?))),
            Self::Join(links) => {
                let links: Vec<Link> = links.iter().map(|(_, link)| link.clone()).collect();
                return Ok(Said::Joined(musicbrainz()?.artists_of_links(&links).await?));
            }
            Self::Named(names) => {
                let links: Vec<Link> = names.iter().map(|(_, link)| link.clone()).collect();
                return Ok(Said::Joined(musicbrainz()?.artists_of_links(&links).await?));
            }
            Self::DeezerFind(_, name, codes) => {
                let hits = match asking.answer(Question::DeezerNamed(name.clone())).await? {
                    Said::DeezerHits(hits) => hits,
                    otherwise => return Ok(otherwise),
                };
                let mut recordings = Vec::new();
                if hits.len() > 1 {
                    // One may be unknown there, of both, or of somebody of another name: then the next one may tell.
                    let key = fold(name);
                    for code in codes.iter().take(CODES) {
                        let Some(detail) = deezer()?.track_by_isrc(code).await? else { continue };
                        let by = |hit: &&deezer::FoundArtist| {
                            fold(&hit.artist.name) == key
                                && detail.track.artists.iter().any(|credit| credit.id == hit.artist.id)
                        };
                        let tells = hits.iter().filter(by).count() == 1;
                        recordings.push(detail.track);
                        if tells {
                            break;
                        }
                    }
                }
                return Ok(Said::DeezerFound(hits, recordings));
            }
            Self::DeezerAlbums(_, id) => return Ok(Said::Albums(deezer()?.albums(*id).await?)),
            Self::Popularity(ids) => Question::Popularity(ids.iter().map(|(_, mbid)| mbid.clone()).collect()),
            Self::Similar(_, mbid) => Question::Similar(mbid.clone()),
            Self::DeezerName(asked) => Question::DeezerNamed(asked.name.clone()),
            Self::DeezerArtist(_, id) => Question::DeezerArtist(*id),
            Self::DeezerTop(_, id) => Question::DeezerTop(*id),
            Self::DeezerTracks(_, ids) => Question::DeezerTracks(ids.clone()),
            Self::Features(tracks) => Question::Features(tracks.iter().map(|(_, _, key)| key.clone()).collect()),
            Self::Tags(_, key) => Question::Tags(key.clone()),
            Self::Alike(_, key) => Question::Alike(key.clone()),
        };
        asking.answer(question).await
    }
}

/// Questions that go together in one request, at most.
pub(super) const LINKS: usize = musicbrainz::LINKS_LIMIT;
