//! Pieces of work: what is asked of the source, each in a task of its own.

use std::collections::{BTreeSet, HashMap, HashSet};

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
    /// The artist of the catalogue whose id that is; the id itself where it is nobody's yet.
    pub(super) artist: ArtistId,
    /// The name that is settled by it, if any.
    pub(super) asked: Option<Asked>,
    /// Facets that are due besides what the look-up brings; `None`: not known yet.
    pub(super) due: Option<Due>,
}

/// An artist of another source whose id at Spotify is not known.
#[derive(Clone, Debug)]
pub(super) struct Sought {
    pub(super) artist: ArtistId,
    pub(super) name: String,
    /// Recording codes of its tracks.
    pub(super) codes: BTreeSet<String>,
    /// What it is sought for.
    pub(super) due: Due,
}

/// Something to ask for.
#[derive(Debug)]
pub(super) enum Work {
    Search(Asked),
    /// Which artist at Spotify that is.
    Seek(Sought),
    /// Which of these it is, all called alike: the one whose recordings it has.
    Compare(Sought, Vec<FoundArtist>),
    /// Up to 50 at once, where the source allows that, otherwise one by one.
    LookUp(Vec<Wanted>),
    Albums(ArtistId, SpotifyId),
    TopTracks(ArtistId, SpotifyId),
    /// Tracks of an artist of this name, by search.
    Songs(ArtistId, SpotifyId, String),
    Features(Vec<TrackId>),
}

/// What came of it.
pub(super) enum Finished {
    /// All hits that were looked at.
    Search(Asked, Result<Vec<FoundArtist>, FetchError>),
    Seek(Sought, Result<Vec<FoundArtist>, FetchError>),
    /// Tracks by artists of the name.
    Compare(Sought, Vec<FoundArtist>, Result<Vec<Track>, FetchError>),
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
            Self::Search(_, Ok(hits)) | Self::Seek(_, Ok(hits)) => hits.iter().map(|h| &h.artist.id).collect(),
            Self::LookUp(_, Ok(found)) => found.iter().flatten().map(|f| &f.artist.id).collect(),
            _ => Vec::new(),
        }
    }

    /// Writes the catalogue's artists for those that have another id here than at Spotify.
    pub(super) fn name_owners(&mut self, owners: &HashMap<ArtistId, ArtistId>) {
        if owners.is_empty() {
            return;
        }
        let rename = |id: &mut ArtistId| {
            if let Some(owner) = owners.get(id) {
                *id = owner.clone();
            }
        };
        match self {
            Self::Search(_, Ok(hits)) | Self::Seek(_, Ok(hits)) => {
                hits.iter_mut().for_each(|hit| rename(&mut hit.artist.id));
            }
            Self::LookUp(_, Ok(found)) => found.iter_mut().flatten().for_each(|f| rename(&mut f.artist.id)),
            Self::Albums(_, Ok(albums)) => {
                albums.iter_mut().flat_map(|(_, album)| &mut album.artists).for_each(|credit| rename(&mut credit.id));
            }
            Self::TopTracks(_, Ok(tracks)) | Self::Songs(_, Ok(tracks)) => {
                for track in tracks {
                    let of_album = track.album.iter_mut().flat_map(|album| &mut album.artists);
                    track.artists.iter_mut().chain(of_album).for_each(|credit| rename(&mut credit.id));
                }
            }
            _ => {}
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
            Self::Seek(_, Ok(hits)) => hits.retain(|hit| !forgotten.contains(&hit.artist.id)),
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
            Self::Seek(sought) => {
                let hits = search(&spotify, &sought.name).await;
                Finished::Seek(sought, hits)
            }
            Self::Compare(sought, candidates) => {
                let tracks = spotify.search_tracks(&sought.name).await;
                Finished::Compare(sought, candidates, tracks)
            }
            Self::Albums(artist, id) => Finished::Albums(artist, spotify.albums(&id).await),
            Self::TopTracks(artist, id) => Finished::TopTracks(artist, spotify.top_tracks(&id).await),
            Self::Songs(artist, id, name) => {
                let own = ArtistId::from(id);
                let tracks = spotify.search_tracks(&name).await.map(|mut tracks| {
                    tracks.retain(|t| t.artists.iter().any(|c| c.id == own));
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
