//! From ReccoBeats' words to the catalogue's, and from its order to ours.

use std::collections::HashMap;

use sixpotify_core::{AudioFeatures, SpotifyId};

use super::{FoundArtist, FoundTrack, TrackKey, wire};
use crate::wire::{Whole, filled, finite};

/// What was asked for, whatever came back in whatever order.
pub(super) fn features_of(keys: &[TrackKey], content: Vec<wire::Features>) -> Vec<Option<AudioFeatures>> {
    let found = content.into_iter().map(|wire| {
        let names = names(wire.id.as_deref(), wire.href.as_deref(), wire.isrc.as_deref());
        (names, features(&wire))
    });
    in_order(keys, found.filter(|(_, features)| !features.is_empty()))
}

/// The same for tracks.
pub(super) fn tracks_of(keys: &[TrackKey], content: Vec<wire::Track>) -> Vec<Option<FoundTrack>> {
    let found = content.into_iter().filter_map(|wire| {
        let names = names(wire.id.as_deref(), wire.href.as_deref(), wire.isrc.as_deref());
        Some((names, track(wire)?))
    });
    in_order(keys, found)
}

/// All keys by which something may have been asked for.
fn names(id: Option<&str>, href: Option<&str>, isrc: Option<&str>) -> Vec<TrackKey> {
    let own = id.map(|id| TrackKey::Own(id.to_ascii_lowercase()));
    let isrc = isrc.map(|isrc| TrackKey::Isrc(isrc.to_ascii_uppercase()));
    [own, spotify_id(href).map(TrackKey::Spotify), isrc].into_iter().flatten().collect()
}

fn in_order<T: Clone>(keys: &[TrackKey], found: impl Iterator<Item = (Vec<TrackKey>, T)>) -> Vec<Option<T>> {
    let mut by_key: HashMap<TrackKey, T> = HashMap::new();
    for (names, value) in found {
        for name in names {
            // Several tracks share a recording code: the first one stands for it.
            by_key.entry(name).or_insert_with(|| value.clone());
        }
    }
    let usual = |key: &TrackKey| match key {
        TrackKey::Spotify(_) => key.clone(),
        TrackKey::Isrc(isrc) => TrackKey::Isrc(isrc.to_ascii_uppercase()),
        TrackKey::Own(id) => TrackKey::Own(id.to_ascii_lowercase()),
    };
    keys.iter().map(|key| by_key.get(&usual(key)).cloned()).collect()
}

/// The last part of a link to Spotify.
fn spotify_id(href: Option<&str>) -> Option<SpotifyId> {
    let path = href?.split(['?', '#']).next()?;
    SpotifyId::parse(path.rsplit('/').next()?).ok()
}

fn features(wire: &wire::Features) -> AudioFeatures {
    AudioFeatures {
        danceability: finite(wire.danceability),
        energy: finite(wire.energy),
        // -1 is "not found".
        key: wire.key.and_then(Whole::get).filter(|k| *k < 12),
        loudness: finite(wire.loudness),
        mode: wire.mode.and_then(Whole::get).filter(|m| *m < 2),
        speechiness: finite(wire.speechiness),
        acousticness: finite(wire.acousticness),
        instrumentalness: finite(wire.instrumentalness),
        liveness: finite(wire.liveness),
        valence: finite(wire.valence),
        tempo: finite(wire.tempo),
        time_signature: None,
        duration_ms: None,
    }
}

pub(super) fn artist(wire: wire::Artist) -> Option<FoundArtist> {
    let spotify = spotify_id(wire.href.as_deref());
    Some(FoundArtist { id: filled(wire.id)?, name: filled(wire.name)?, spotify })
}

pub(super) fn track(wire: wire::Track) -> Option<FoundTrack> {
    Some(FoundTrack {
        spotify: spotify_id(wire.href.as_deref()),
        id: filled(wire.id)?,
        title: filled(wire.track_title)?,
        isrc: filled(wire.isrc),
        duration_ms: wire.duration_ms.and_then(Whole::get),
        popularity: wire.popularity.and_then(Whole::get).filter(|p| *p <= 100),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_find_their_keys_whatever_the_order_and_gaps() {
        let spotify = |id: &str| TrackKey::Spotify(SpotifyId::parse(id).unwrap());
        let keys = [
            spotify("00aqkszH1FdUiJJWvX6iEl"),
            spotify("0000000000000000000abc"),
            TrackKey::Isrc("usum72104141".to_owned()),
            TrackKey::Own("8212BAB8-5911-48a0-b177-24923ef2329b".to_owned()),
        ];
        let content = serde_json::json!([
            {"id": "8212bab8-5911-48a0-b177-24923ef2329b", "href": null, "key": -1, "tempo": 3.0},
            {"id": "1", "isrc": "USUM72104141", "tempo": 2.0, "key": 11},
            {"id": "2", "isrc": "USUM72104141", "tempo": 9.0},
            {"id": "3", "href": "https://open.spotify.com/track/00aqkszH1FdUiJJWvX6iEl?si=x", "tempo": 1.0, "mode": 2},
            {"id": "4", "href": "https://open.spotify.com/track/0000000000000000000abc"}]);
        let found = features_of(&keys, serde_json::from_value(content).unwrap());
        let tempos: Vec<_> = found.iter().map(|f| f.and_then(|f| f.tempo)).collect();
        assert_eq!(tempos, [Some(1.0), None, Some(2.0), Some(3.0)]);
        assert_eq!(found[1], None, "features that are all unknown are none");
        assert_eq!((found[2].unwrap().key, found[3].unwrap().key, found[0].unwrap().mode), (Some(11), None, None));
    }
}
