//! Links and URIs to artists, as people paste them.

use crate::SpotifyId;

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
}
