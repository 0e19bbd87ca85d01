//! From Spotify's words to the catalogue's. What lacks an id or a name (local files, removed items) is left out.

use sixpotify_core::{Album, AlbumId, Artist, ArtistId, AudioFeatures, Credit, SpotifyId, Track, TrackId};

use super::FoundArtist;
use super::wire::{self, Whole};
use crate::wire::finite;

pub(super) fn artist(wire: wire::Artist) -> Option<FoundArtist> {
    let id: ArtistId = SpotifyId::parse(&wire.id?).ok()?.into();
    let artist = Artist {
        id,
        name: wire.name.filter(|n| !n.trim().is_empty())?,
        followers: wire.followers.and_then(|f| f.total?.get()),
        popularity: wire.popularity.and_then(percent),
        url: page(wire.external_urls),
        image_url: largest(wire.images),
    };
    Some(FoundArtist { artist, genres: wire.genres })
}

/// An album with its group; where Spotify sends no group (development mode), its type stands in.
pub(super) fn album_in_group(wire: wire::Album) -> Option<(String, Album)> {
    let group = wire.album_group.clone().or_else(|| wire.album_type.clone()).unwrap_or_else(|| "album".to_owned());
    Some((group, album(wire)?))
}

fn album(wire: wire::Album) -> Option<Album> {
    let id: AlbumId = SpotifyId::parse(&wire.id?).ok()?.into();
    Some(Album {
        id,
        name: wire.name.unwrap_or_default(),
        album_type: wire.album_type,
        // "0000" is what Spotify sends for albums without a date.
        release_date: wire.release_date.filter(|d| !d.is_empty() && !d.starts_with("0000")),
        release_date_precision: wire.release_date_precision,
        total_tracks: wire.total_tracks.and_then(Whole::get),
        url: page(wire.external_urls),
        image_url: largest(wire.images),
        artists: credits(wire.artists),
    })
}

pub(super) fn track(wire: wire::Track) -> Option<Track> {
    let id: TrackId = SpotifyId::parse(&wire.id?).ok()?.into();
    Some(Track {
        id,
        name: wire.name.unwrap_or_default(),
        album: wire.album.and_then(album),
        duration_ms: wire.duration_ms.and_then(Whole::get),
        explicit: wire.explicit,
        isrc: wire.external_ids.and_then(|ids| ids.isrc).filter(|isrc| !isrc.is_empty()),
        popularity: wire.popularity.and_then(percent),
        url: page(wire.external_urls),
        preview_url: wire.preview_url,
        artists: credits(wire.artists),
    })
}

pub(super) fn features(wire: &wire::Features) -> AudioFeatures {
    AudioFeatures {
        danceability: finite(wire.danceability),
        energy: finite(wire.energy),
        key: wire.key.and_then(Whole::get).filter(|k| *k < 12),
        loudness: finite(wire.loudness),
        mode: wire.mode.and_then(Whole::get).filter(|m| *m < 2),
        speechiness: finite(wire.speechiness),
        acousticness: finite(wire.acousticness),
        instrumentalness: finite(wire.instrumentalness),
        liveness: finite(wire.liveness),
        valence: finite(wire.valence),
        tempo: finite(wire.tempo),
        time_signature: wire.time_signature.and_then(Whole::get),
        duration_ms: wire.duration_ms.and_then(Whole::get),
    }
}

fn credits(wire: Option<Vec<wire::Credit>>) -> Vec<Credit> {
    let credit = |c: wire::Credit| Some(Credit { id: SpotifyId::parse(&c.id?).ok()?.into(), name: c.name? });
    wire.unwrap_or_default().into_iter().filter_map(credit).collect()
}

fn page(urls: Option<wire::ExternalUrls>) -> Option<String> {
    urls.and_then(|u| u.spotify)
}

/// The widest picture; Spotify sends the widest first, but does not promise to.
fn largest(images: Option<Vec<wire::Image>>) -> Option<String> {
    let mut best: Option<wire::Image> = None;
    for image in images.unwrap_or_default().into_iter().filter(|i| i.url.is_some()) {
        if best.as_ref().is_none_or(|b| image.width.unwrap_or(0.0) > b.width.unwrap_or(0.0)) {
            best = Some(image);
        }
    }
    best.and_then(|i| i.url)
}

/// 0 to 100; anything else is not a popularity.
fn percent(value: Whole) -> Option<u8> {
    value.get().filter(|p| *p <= 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_is_neither_zero_nor_empty() {
        let wire: wire::Artist =
            serde_json::from_str(r#"{"id":"3Nrfpe0tUJi4K4DXYWgMUX","name":"BTS","images":[]}"#).unwrap();
        let found = artist(wire).unwrap();
        assert_eq!(found.genres, None);
        assert_eq!(found.artist.followers, None);
        assert_eq!(found.artist.popularity, None);
        assert_eq!(found.artist.image_url, None);
    }

    #[test]
    fn items_without_a_spotify_id_are_left_out() {
        let wire: wire::Track = serde_json::from_str(r#"{"id":null,"name":"local file","is_local":true}"#).unwrap();
        assert_eq!(track(wire), None);
        let wire: wire::Artist = serde_json::from_str(r#"{"id":"../../x","name":"x"}"#).unwrap();
        assert_eq!(artist(wire), None);
    }

    #[test]
    fn an_unknown_key_is_not_a_key() {
        let wire: wire::Features = serde_json::from_str(r#"{"id":"a","key":-1,"mode":0,"tempo":120.5}"#).unwrap();
        let features = features(&wire);
        assert_eq!((features.key, features.mode, features.tempo), (None, Some(0), Some(120.5)));
    }
}
