//! A link to a song that nobody knows yet: the song is looked up, its artist learned, and the song kept.

use sixpotify_bot::{Learned, LibraryError, Link, LinkKind, Wanted};
use sixpotify_core::{ArtistId, Credit, DeezerId, Mbid, Source, SpotifyId, Track};
use sixpotify_sources::http::FetchError;
use sixpotify_store::{Batch, Features};

use super::LookUp;

/// A song at its source.
struct AtSource {
    track: Track,
    /// Its main artist there.
    artist: Link,
    /// The artist's name, as the source writes it.
    name: String,
}

impl LookUp {
    /// Learns the song behind `link` and its artist.
    pub(super) async fn learn_song(&self, link: &Link) -> Result<Learned, LibraryError> {
        let AtSource { mut track, artist, name } = match self.song_at(link).await {
            Ok(Some(song)) => song,
            Ok(None) | Err(FetchError::Gone { .. }) => return Ok(Learned::NotFound),
            Err(FetchError::Paused { until, .. }) => return Ok(Learned::Blocked { until: Some(until) }),
            Err(error) => {
                tracing::warn!(%error, "a song could not be looked up");
                return Ok(Learned::Blocked { until: None });
            }
        };
        let known = self.artist_with(&artist).await?;
        let id = match known {
            Some(id) => id,
            None => match self.artist_of_song(&artist, name).await? {
                Learned::Artist(id) => id,
                otherwise => return Ok(otherwise),
            },
        };
        self.credit(&mut track.artists, &artist, &id).await?;
        let song = track.id.clone();
        let features = self.features_of(&song, link).await;
        let batch = Batch { tracks: vec![track], features: features.into_iter().collect(), ..Batch::default() };
        self.store.write(&batch, self.clock.now()).await?;
        Ok(Learned::Song(song))
    }

    /// The song and whose it is; `None` where nobody who is asked can say.
    async fn song_at(&self, link: &Link) -> Result<Option<AtSource>, FetchError> {
        let clients = self.open.as_ref().map(|open| &open.sources);
        let track = match link.source {
            Source::Spotify => match (&self.spotify, SpotifyId::parse(&link.id)) {
                (Some(spotify), Ok(id)) => spotify.track(&id).await?,
                _ => return Ok(None),
            },
            Source::Deezer => match (clients.and_then(|clients| clients.deezer.as_ref()), link.id.parse()) {
                (Some(deezer), Ok(id)) => deezer.track(DeezerId(id)).await?.track,
                _ => return Ok(None),
            },
            Source::MusicBrainz => {
                match (clients.and_then(|clients| clients.musicbrainz.as_ref()), Mbid::parse(&link.id)) {
                    (Some(musicbrainz), Ok(id)) => musicbrainz.recording(&id).await?,
                    _ => return Ok(None),
                }
            }
            _ => return Ok(None),
        };
        let Some(Credit { id, name }) = track.artists.first().cloned() else { return Ok(None) };
        // Ids of Spotify stand alone, others behind the name of their source.
        let own = id.as_str().rsplit_once(':').map_or(id.as_str(), |(_, own)| own).to_owned();
        let artist = Link { source: link.source, kind: LinkKind::Artist, id: own };
        Ok(Some(AtSource { track, artist, name }))
    }

    /// Learns the artist by the id at the source, and where MusicBrainz does not know that one, by name; but then only one whom
    /// the source means.
    async fn artist_of_song(&self, artist: &Link, name: String) -> Result<Learned, LibraryError> {
        match self.learn_artist(&Wanted::Link(artist.clone())).await? {
            Learned::NotFound => {}
            otherwise => return Ok(otherwise),
        }
        Ok(match self.learn_artist(&Wanted::Name(name)).await? {
            Learned::Artist(_) => match self.artist_with(artist).await? {
                Some(id) => Learned::Artist(id),
                None => Learned::NotFound,
            },
            // One of several, and nothing says which.
            Learned::Ambiguous(_) => Learned::NotFound,
            otherwise => otherwise,
        })
    }

    /// The artist of the catalogue who has this page.
    async fn artist_with(&self, page: &Link) -> Result<Option<ArtistId>, LibraryError> {
        let ids = [page.id.clone()];
        if let Some((_, id)) = self.store.artists_by_link(page.source, &ids).await?.pop() {
            return Ok(Some(id));
        }
        let id = ArtistId::new(page.source, &page.id);
        Ok(self.store.artist_details(std::slice::from_ref(&id)).await?.pop().map(|detail| detail.artist.id))
    }

    /// Credits the catalogue's artists, where it has them.
    async fn credit(&self, credits: &mut [Credit], main: &Link, learned: &ArtistId) -> Result<(), LibraryError> {
        for (at, credit) in credits.iter_mut().enumerate() {
            let own = credit.id.as_str().rsplit_once(':').map_or(credit.id.as_str(), |(_, own)| own).to_owned();
            let page = Link { source: main.source, kind: LinkKind::Artist, id: own };
            if at == 0 {
                credit.id = learned.clone();
            } else if let Some(id) = self.artist_with(&page).await? {
                credit.id = id;
            }
        }
        Ok(())
    }

    /// How the song sounds, as far as Spotify tells; that it does not keeps nobody from the answer.
    async fn features_of(&self, song: &sixpotify_core::TrackId, link: &Link) -> Option<Features> {
        let spotify = self.spotify.as_ref().filter(|_| link.source == Source::Spotify)?;
        let id = SpotifyId::parse(song.as_str()).ok()?;
        let answer = spotify.audio_features(std::slice::from_ref(&id)).await;
        let features = answer.ok()?.pop()??;
        Some(Features { track_id: song.clone(), source: Source::Spotify, features })
    }
}
