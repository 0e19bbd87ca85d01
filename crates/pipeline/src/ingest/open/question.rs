//! What is asked of one source about one artist, whoever waits for it; and asking before it is certain that it will be wanted.
//!
//! Who an artist is elsewhere only MusicBrainz says, and between two requests to it more than a second must pass. Where somebody
//! waits, the others are asked in that time what they will most likely be asked then. Nothing of it is kept by itself: when the
//! run comes to the question, the answer is there. Who is meant is decided by the run, by the same rules as ever.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{BoxFuture, FutureExt as _, Shared, join, join_all};
use futures_util::stream::{self, StreamExt as _};
use sixpotify_core::{DeezerId, Mbid, Source, fold};
use sixpotify_sources::deezer;
use sixpotify_sources::http::FetchError;
use sixpotify_sources::lastfm::ArtistKey;
use sixpotify_sources::reccobeats::TrackKey;

use super::OpenSources;
use super::piece::{Said, TOP};

/// What may be asked ahead.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Question {
    Popularity(Vec<Mbid>),
    Similar(Mbid),
    /// Which artists at Deezer are called so.
    DeezerNamed(String),
    DeezerArtist(DeezerId),
    DeezerTop(DeezerId),
    /// Tracks with their recording codes.
    DeezerTracks(Vec<DeezerId>),
    Features(Vec<TrackKey>),
    Tags(ArtistKey),
    Alike(ArtistKey),
}

type Answer = Shared<BoxFuture<'static, Result<Said, FetchError>>>;

/// The sources, and what they were asked already, where that is remembered. Clones share everything.
#[derive(Clone)]
pub(super) struct Asking {
    pub(super) sources: OpenSources,
    asked: Option<Arc<Mutex<HashMap<Question, Answer>>>>,
}

impl Asking {
    /// Asks `sources`, each question when its turn comes.
    pub(super) fn in_turn(sources: OpenSources) -> Self {
        Self { sources, asked: None }
    }

    /// The same, remembering what was asked: no question is asked twice, and it may be asked ahead.
    pub(super) fn ahead(sources: OpenSources) -> Self {
        Self { sources, asked: Some(Arc::default()) }
    }

    /// What is answered, whether it was asked before or not.
    pub(super) async fn answer(&self, question: Question) -> Result<Said, FetchError> {
        let Some(asked) = &self.asked else { return question.put(self.sources.clone()).await };
        let answer = {
            let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
            let ask = || question.clone().put(self.sources.clone()).boxed().shared();
            asked.entry(question.clone()).or_insert_with(ask).clone()
        };
        answer.await
    }

    /// Asks all that `guess` names; what is answered waits for the run.
    pub(super) async fn foresee(self, guess: Guess) {
        let deezer = async {
            let Some((which, questions)) = guess.deezer else { return };
            let id = match which {
                Which::Id(id) => Some(id),
                Which::Named(name, keys) => match self.answer(Question::DeezerNamed(name)).await {
                    Ok(Said::DeezerHits(hits)) => likely(&hits, &keys),
                    _ => None,
                },
            };
            if let Some(id) = id {
                join_all(questions.iter().map(|question| self.answer(question(id)))).await;
            }
        };
        join(join_all(guess.questions.into_iter().map(|question| self.answer(question))), deezer).await;
    }

    /// Asks how tracks at Deezer sound: for their recording codes, and by those.
    pub(super) async fn foresee_sound(&self, tracks: Vec<DeezerId>) {
        if let Ok(Said::Tracks(tracks)) = self.answer(Question::DeezerTracks(tracks)).await {
            let codes: Vec<TrackKey> = tracks.into_iter().filter_map(|track| track.isrc.map(TrackKey::Isrc)).collect();
            if !codes.is_empty() {
                // Whatever comes of it: the run asks, and is told the same.
                let _ = self.answer(Question::Features(codes)).await;
            }
        }
    }
}

/// Who is likely to be asked about at Deezer.
pub(super) enum Which {
    Id(DeezerId),
    /// One who is called so, and has one of these names.
    Named(String, BTreeSet<String>),
}

/// A question about an artist at Deezer.
pub(super) type OfDeezer = fn(DeezerId) -> Question;

/// Of the hits that have one of these names, the one with the most fans. That is a guess: what is asked of it is used only if
/// MusicBrainz, or the rules for names, say that it is the one.
fn likely(hits: &[deezer::FoundArtist], keys: &BTreeSet<String>) -> Option<DeezerId> {
    let called = hits.iter().filter(|hit| keys.contains(&fold(&hit.artist.name)));
    // Of equals the first, as Deezer puts them in order.
    called.rev().max_by_key(|hit| hit.artist.followers).map(|hit| hit.id)
}

/// What will most likely be asked about an artist.
#[derive(Default)]
pub(super) struct Guess {
    pub(super) questions: Vec<Question>,
    pub(super) deezer: Option<(Which, Vec<OfDeezer>)>,
}

impl Question {
    fn source(&self) -> Source {
        match self {
            Self::Popularity(_) | Self::Similar(_) => Source::ListenBrainz,
            Self::DeezerNamed(_) | Self::DeezerArtist(_) | Self::DeezerTop(_) | Self::DeezerTracks(_) => Source::Deezer,
            Self::Features(_) => Source::ReccoBeats,
            Self::Tags(_) | Self::Alike(_) => Source::LastFm,
        }
    }

    /// Asks it. A source that is absent is one that has no such thing; the run does not ask it.
    async fn put(self, sources: OpenSources) -> Result<Said, FetchError> {
        let absent = || FetchError::Gone { service: self.source().to_string(), endpoint: "no client" };
        let listenbrainz = || sources.listenbrainz.as_ref().ok_or_else(absent);
        let deezer = || sources.deezer.as_ref().ok_or_else(absent);
        let lastfm = || sources.lastfm.as_ref().ok_or_else(absent);
        Ok(match &self {
            Self::Popularity(ids) => Said::Popularity(listenbrainz()?.popularity(ids).await?),
            Self::Similar(mbid) => Said::Related(listenbrainz()?.similar_artists(mbid).await?),
            Self::DeezerNamed(name) => Said::DeezerHits(deezer()?.search_artists(name).await?),
            Self::DeezerArtist(id) => Said::DeezerArtist(Box::new(deezer()?.artist(*id).await?)),
            Self::DeezerTop(id) => Said::Tracks(deezer()?.top_tracks(*id, TOP).await?),
            Self::DeezerTracks(ids) => {
                let deezer = deezer()?;
                // Its door lets a few through at a time, at its pace.
                let mut answers = stream::iter(ids.clone()).map(|id| deezer.track(id)).buffered(TOP);
                let mut tracks = Vec::with_capacity(ids.len());
                while let Some(answer) = answers.next().await {
                    match answer {
                        Ok(detail) => tracks.push(detail.track),
                        Err(FetchError::Gone { .. }) => {}
                        Err(error) => return Err(error),
                    }
                }
                Said::Tracks(tracks)
            }
            Self::Features(keys) => {
                let reccobeats = sources.reccobeats.as_ref().ok_or_else(absent)?;
                Said::Features(reccobeats.audio_features(keys).await?)
            }
            Self::Tags(key) => Said::Tags(lastfm()?.top_tags(key).await?),
            Self::Alike(key) => Said::Related(lastfm()?.similar_artists(key).await?.items),
        })
    }
}
