//! From Deezer's words to the catalogue's. What lacks an id or a name is left out.

use sixpotify_core::{Album, AlbumId, Artist, ArtistId, Credit, DeezerId, Related, Source, Track, TrackId};

use super::{FoundArtist, TrackDetail, wire};
use crate::wire::{Whole, filled, finite};

pub(super) fn artist(wire: wire::Artist) -> Option<FoundArtist> {
    let id = id(wire.id)?;
    let artist = Artist {
        id: ArtistId::new(Source::Deezer, &id.to_string()),
        name: filled(wire.name)?,
        followers: wire.nb_fan.and_then(Whole::get),
        popularity: None,
        url: page(wire.link, "artist", id),
        image_url: picture(wire.picture_xl).or_else(|| picture(wire.picture_big)),
    };
    Some(FoundArtist { id, artist, albums: wire.nb_album.and_then(Whole::get) })
}

pub(super) fn related(wire: wire::Artist) -> Option<Related> {
    let source_id = id(wire.id)?.to_string();
    Some(Related { source_id, name: filled(wire.name)?, mbid: None, score: None })
}

pub(super) fn album(wire: wire::Album) -> Option<Album> {
    let id = id(wire.id)?;
    // "0000-00-00" is what Deezer sends for albums without a date.
    let release_date = wire.release_date.filter(|date| date.len() == 10 && !date.starts_with("0000"));
    Some(Album {
        id: AlbumId::new(Source::Deezer, &id.to_string()),
        name: filled(wire.title)?,
        album_type: filled(wire.record_type).map(|kind| match kind.as_str() {
            // The catalogue's words are Spotify's, which calls these so.
            "ep" => "single".to_owned(),
            "compile" => "compilation".to_owned(),
            _ => kind,
        }),
        release_date_precision: release_date.as_ref().map(|_| "day".to_owned()),
        release_date,
        total_tracks: wire.nb_tracks.and_then(Whole::get),
        url: page(wire.link, "album", id),
        image_url: picture(wire.cover_xl).or_else(|| picture(wire.cover_big)),
        artists: wire.artist.and_then(credit).into_iter().map(|(_, credit)| credit).collect(),
    })
}

pub(super) fn track(wire: wire::Track) -> Option<Track> {
    track_detail(wire).map(|detail| detail.track)
}

pub(super) fn track_detail(wire: wire::Track) -> Option<TrackDetail> {
    let id = id(wire.id)?;
    let contributors: Vec<_> = wire.contributors.unwrap_or_default().into_iter().filter_map(credit).collect();
    // The contributors begin with the artist; where there are none, the artist stands alone.
    let credits =
        if contributors.is_empty() { wire.artist.and_then(credit).into_iter().collect() } else { contributors };
    let (artists, credits) = credits.into_iter().unzip();
    let track = Track {
        id: TrackId::new(Source::Deezer, &id.to_string()),
        name: filled(wire.title)?,
        album: wire.album.and_then(album),
        duration_ms: wire.duration.and_then(Whole::get).filter(|s: &u32| *s > 0).and_then(|s| s.checked_mul(1000)),
        explicit: wire.explicit_lyrics,
        isrc: filled(wire.isrc),
        popularity: wire.rank.and_then(Whole::get::<u32>).and_then(popularity),
        url: page(wire.link, "track", id),
        preview_url: None,
        artists: credits,
    };
    // 0 is what Deezer sends where it has not listened.
    let bpm = finite(wire.bpm.and_then(|bpm| bpm.get())).filter(|bpm| *bpm > 0.0);
    Some(TrackDetail { track, artists, bpm })
}

/// Deezer's rank goes to a million; ours to a hundred.
fn popularity(rank: u32) -> Option<u8> {
    u8::try_from(rank / 10_000).ok().filter(|p| *p <= 100)
}

fn credit(wire: wire::Artist) -> Option<(DeezerId, Credit)> {
    let id = id(wire.id)?;
    Some((id, Credit { id: ArtistId::new(Source::Deezer, &id.to_string()), name: filled(wire.name)? }))
}

fn id(wire: Option<Whole>) -> Option<DeezerId> {
    wire?.get().filter(|id| *id > 0).map(DeezerId)
}

/// The page; only at Deezer itself.
fn page(link: Option<String>, kind: &str, id: DeezerId) -> Option<String> {
    let own = |link: &String| link.starts_with("https://www.deezer.com/");
    link.filter(own).or_else(|| Some(format!("https://www.deezer.com/{kind}/{id}")))
}

/// A picture; who has none gets an address with an empty part (`/images/artist//1000x1000..`).
fn picture(url: Option<String>) -> Option<String> {
    let path = |url: &str| url.split_once("://").is_some_and(|(_, rest)| !rest.contains("//"));
    filled(url).filter(|url| path(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: serde::de::DeserializeOwned>(json: serde_json::Value) -> T {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn an_empty_picture_is_none() {
        let none = "https://e-cdns-images.dzcdn.net/images/artist//1000x1000-000000-80-0-0.jpg";
        let some = "https://e-cdns-images.dzcdn.net/images/artist/ab/1000x1000-000000-80-0-0.jpg";
        let image = |url| artist(read(serde_json::json!({"id": 1, "name": "x", "picture_xl": url}))).unwrap().artist;
        assert_eq!(image(none).image_url, None);
        assert_eq!(image(some).image_url.as_deref(), Some(some));
    }

    #[test]
    fn unknown_beats_dates_and_ids_are_unknown() {
        let json = serde_json::json!({"id": 3, "title": "x", "bpm": 0, "duration": 0, "rank": 872_641, "isrc": "",
            "preview": "https://cdns-preview-7.dzcdn.net/x.mp3",
            "album": {"id": 4, "title": "y", "release_date": "0000-00-00", "record_type": "ep"}});
        let detail = track_detail(read(json)).unwrap();
        assert_eq!((detail.bpm, detail.track.duration_ms, detail.track.isrc.as_deref()), (None, None, None));
        assert_eq!((detail.track.popularity, detail.track.preview_url), (Some(87), None));
        let album = detail.track.album.unwrap();
        assert_eq!((album.release_date, album.release_date_precision), (None, None));
        assert_eq!(album.album_type.as_deref(), Some("single"));
        for id in [serde_json::json!(0), serde_json::json!(null), serde_json::json!(-4)] {
            assert_eq!(artist(read(serde_json::json!({"id": id, "name": "x"}))), None);
        }
    }
}
