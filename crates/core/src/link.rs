//! Links and URIs to artists, as people paste them.

use crate::{DeezerId, Link, Mbid, Source, SpotifyId};

/// Reads a Spotify artist id out of an id, a `spotify:artist:..` URI or an `open.spotify.com` link.
///
/// Localised links (`/intl-ko/artist/..`), missing schemes, query strings and surrounding blanks are understood.
/// Links to anything but an artist, or to another host, are `None`.
pub fn spotify_artist_id(text: &str) -> Option<SpotifyId> {
    let text = text.trim();
    if let Ok(id) = SpotifyId::parse(text) {
        return Some(id);
    }
    if let Some(id) = text.strip_prefix("spotify:artist:") {
        return SpotifyId::parse(id).ok();
    }
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    let (host, path) = rest.split_once('/')?;
    if !host.eq_ignore_ascii_case("open.spotify.com") {
        return None;
    }
    let path = path.split(['?', '#']).next()?;
    let mut segments = path.split('/').filter(|s| !s.is_empty() && !s.starts_with("intl-"));
    match (segments.next()?, segments.next()?, segments.next()) {
        ("artist", id, None) => SpotifyId::parse(id).ok(),
        _ => None,
    }
}

/// Reads an artist's id at a source out of a web address, by its host: Spotify, Deezer, MusicBrainz or Last.fm.
///
/// The host must be the source's own; a link to anything but an artist is `None`.
pub fn artist_link(url: &str) -> Option<Link> {
    let link = |source, source_id: &str| Some(Link { source, source_id: source_id.to_owned() });
    let rest = url.trim();
    let rest = rest.strip_prefix("https://").or_else(|| rest.strip_prefix("http://"))?;
    let (host, path) = rest.split_once('/')?;
    let host = host.to_ascii_lowercase();
    let path = path.split(['?', '#']).next()?;
    let segments: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
    match (host.as_str(), segments.as_slice()) {
        ("open.spotify.com", _) => link(Source::Spotify, spotify_artist_id(url)?.as_str()),
        ("deezer.com" | "www.deezer.com", [.., "artist", id]) if segments.len() <= 3 => {
            link(Source::Deezer, &DeezerId::parse(id)?.to_string())
        }
        ("musicbrainz.org" | "www.musicbrainz.org", ["artist", id]) => {
            link(Source::MusicBrainz, Mbid::parse(id).ok()?.as_str())
        }
        ("last.fm" | "www.last.fm", [.., "music", name]) if segments.len() <= 3 => {
            link(Source::LastFm, &percent_decoded(&name.replace('+', " "))?)
        }
        _ => None,
    }
}

/// Text without percent-encoding; `None` when that leaves no UTF-8.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
        match tail {
            [high, low, after @ ..] if *first == b'%' => {
                bytes.push(hex(*high)? * 16 + hex(*low)?);
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).ok().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn artist_links_are_understood_and_others_refused() {
        let id = SpotifyId::parse("3Nrfpe0tUJi4K4DXYWgMUX").unwrap();
        for good in [
            "3Nrfpe0tUJi4K4DXYWgMUX",
            " spotify:artist:3Nrfpe0tUJi4K4DXYWgMUX ",
            "https://open.spotify.com/artist/3Nrfpe0tUJi4K4DXYWgMUX",
            "https://open.spotify.com/intl-ko/artist/3Nrfpe0tUJi4K4DXYWgMUX?si=abc",
            "open.spotify.com/artist/3Nrfpe0tUJi4K4DXYWgMUX/",
        ] {
            assert_eq!(spotify_artist_id(good).as_ref(), Some(&id), "{good}");
        }
        for bad in [
            "BTS",
            "https://open.spotify.com/track/3Nrfpe0tUJi4K4DXYWgMUX",
            "https://evil.example/artist/3Nrfpe0tUJi4K4DXYWgMUX",
            "https://open.spotify.com/artist/3Nrfpe0tUJi4K4DXYWgMUX/extra",
            "spotify:track:3Nrfpe0tUJi4K4DXYWgMUX",
            "",
        ] {
            assert_eq!(spotify_artist_id(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_host_says_whose_id_a_link_holds() {
        for (url, source, id) in [
            ("https://open.spotify.com/artist/3Nrfpe0tUJi4K4DXYWgMUX", Source::Spotify, "3Nrfpe0tUJi4K4DXYWgMUX"),
            ("http://www.deezer.com/artist/27", Source::Deezer, "27"),
            ("https://www.deezer.com/fr/artist/27?utm=x", Source::Deezer, "27"),
            (
                "https://musicbrainz.org/artist/056e4f3e-d505-4dad-8ec1-d04f521cbb56",
                Source::MusicBrainz,
                "056e4f3e-d505-4dad-8ec1-d04f521cbb56",
            ),
            ("https://www.last.fm/music/Daft+Punk", Source::LastFm, "Daft Punk"),
            ("https://www.last.fm/music/%EC%8B%B8%EC%9D%B4", Source::LastFm, "싸이"),
        ] {
            assert_eq!(artist_link(url), Some(Link { source, source_id: id.to_owned() }), "{url}");
        }
        for url in [
            "https://www.deezer.com/album/27",
            "https://www.deezer.com/artist/27abc",
            "https://deezer.com.evil.example/artist/27",
            "https://evil.example/open.spotify.com/artist/3Nrfpe0tUJi4K4DXYWgMUX",
            "https://open.spotify.com/album/3Nrfpe0tUJi4K4DXYWgMUX",
            "https://www.last.fm/music/%zz",
            "https://www.last.fm/music/Daft+Punk/Discovery/x",
            "ftp://www.deezer.com/artist/27",
            "www.deezer.com",
            "",
        ] {
            assert_eq!(artist_link(url), None, "{url}");
        }
    }
}
