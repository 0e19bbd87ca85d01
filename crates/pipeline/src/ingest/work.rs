//! Pieces of work: what is asked of the source, each in a task of its own.

use std::collections::HashSet;

use sixpotify_core::{Album, ArtistId, AudioFeatures, SpotifyId, Track, TrackId, fold};
use sixpotify_sources::http::FetchError;
use sixpotify_sources::spotify::{FoundArtist, SEARCH_LIMIT, Spotify};

use super::plan::Due;
use crate::resolve::{Decision, decide};

/// A name to settle when the artist is known.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) name: String,
    pub(super) attempts: u32,
    /// Whether an artist of this name was found that a person had removed.
    pub(super) forgotten: bool,
}

/// An artist to look up by id.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) id: SpotifyId,
    /// The name that is settled by it, if any.
    pub(super) asked: Option<Asked>,
    /// Facets that are due besides what the look-up brings; `None`: not known yet.
    pub(super) due: Option<Due>,
}

/// Something to ask for.
#[derive(Debug)]
pub(super) enum Work {
    Search(Asked),
    /// Up to 50 at once, where the source allows that, otherwise one by one.
    LookUp(Vec<Wanted>),
    Albums(ArtistId),
    TopTracks(ArtistId),
    /// Tracks of an artist of this name, by search.
    Songs(ArtistId, String),
    Features(Vec<TrackId>),
}

/// What came of it.
pub(super) enum Finished {
    /// All hits that were looked at.
    Search(Asked, Result<Vec<FoundArtist>, FetchError>),
    /// `None` for an id that does not exist.
    LookUp(Vec<Wanted>, Result<Vec<Option<FoundArtist>>, FetchError>),
    Albums(ArtistId, Result<Vec<(String, Album)>, FetchError>),
    TopTracks(ArtistId, Result<Vec<Track>, FetchError>),
    Songs(ArtistId, Result<Vec<Track>, FetchError>),
    Features(Vec<TrackId>, Result<Vec<Option<AudioFeatures>>, FetchError>),
}

impl Finished {
    /// The artists that it brings.
    pub(super) fn artists(&self) -> Vec<&ArtistId> {
        match self {
            Self::Search(_, Ok(hits)) => hits.iter().map(|h| &h.artist.id).collect(),
            Self::LookUp(_, Ok(found)) => found.iter().flatten().map(|f| &f.artist.id).collect(),
            _ => Vec::new(),
        }
    }

    /// Takes `forgotten` artists out of what it brings.
    pub(super) fn leave_out(&mut self, forgotten: &HashSet<ArtistId>) {
        match self {
            Self::Search(asked, Ok(hits)) => {
                let key = fold(&asked.name);
                hits.retain(|hit| {
                    let out = forgotten.contains(&hit.artist.id);
                    asked.forgotten |= out && fold(&hit.artist.name) == key;
                    !out
                });
            }
            Self::LookUp(wanted, Ok(found)) => {
                for (wanted, found) in wanted.iter_mut().zip(found) {
                    if found.as_ref().is_some_and(|f| forgotten.contains(&f.artist.id)) {
                        *found = None;
                        if let Some(asked) = &mut wanted.asked {
                            asked.forgotten = true;
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

impl Work {
    pub(super) async fn perform(self, spotify: Spotify) -> Finished {
        match self {
            Self::Search(asked) => {
                let hits = search(&spotify, &asked.name).await;
                Finished::Search(asked, hits)
            }
            Self::LookUp(wanted) => {
                let found = look_up(&spotify, &wanted).await;
                Finished::LookUp(wanted, found)
            }
            Self::Albums(artist) => {
                let albums = with_id(&artist, |id| async move { spotify.albums(&id).await }).await;
                Finished::Albums(artist, albums)
            }
            Self::TopTracks(artist) => {
                let tracks = with_id(&artist, |id| async move { spotify.top_tracks(&id).await }).await;
                Finished::TopTracks(artist, tracks)
            }
            Self::Songs(artist, name) => {
                let tracks = spotify.search_tracks(&name).await.map(|mut tracks| {
                    tracks.retain(|t| t.artists.iter().any(|c| c.id == artist));
                    tracks
                });
                Finished::Songs(artist, tracks)
            }
            Self::Features(tracks) => {
                let ids: Vec<SpotifyId> = tracks.iter().filter_map(TrackId::spotify).collect();
                let features = spotify.audio_features(&ids).await;
                Finished::Features(tracks, features)
            }
        }
    }
}

/// The first page of hits; a second one only where nothing on the first is spelt alike.
async fn search(spotify: &Spotify, name: &str) -> Result<Vec<FoundArtist>, FetchError> {
    let first = spotify.search_artists(name, 0).await?;
    let mut hits = first.artists;
    if first.more && decide(name, &hits) == Decision::NotFound {
        hits.extend(spotify.search_artists(name, SEARCH_LIMIT).await?.artists);
    }
    Ok(hits)
}

async fn look_up(spotify: &Spotify, wanted: &[Wanted]) -> Result<Vec<Option<FoundArtist>>, FetchError> {
    if wanted.len() > 1 {
        let ids: Vec<SpotifyId> = wanted.iter().map(|w| w.id.clone()).collect();
        return spotify.artists(&ids).await;
    }
    let mut found = Vec::with_capacity(1);
    for one in wanted {
        found.push(match spotify.artist(&one.id).await {
            Ok(artist) => Some(artist),
            Err(FetchError::Gone { .. } | FetchError::Rejected { status: 400, .. }) => None,
            Err(error) => return Err(error),
        });
    }
    Ok(found)
}

/// Only Spotify's artists are asked for here, so an id of another source is an error of ours.
async fn with_id<T, F>(artist: &ArtistId, ask: impl FnOnce(SpotifyId) -> F) -> Result<T, FetchError>
where
    F: Future<Output = Result<T, FetchError>>,
{
    match artist.spotify() {
        Some(id) => ask(id).await,
        None => Err(FetchError::Gone { service: "spotify".to_owned(), endpoint: "/artists/{id}" }),
    }
}
