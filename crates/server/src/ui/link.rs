//! Links: to our own pages, and to pages outside. What comes from a source or a file is a link only if it is one for the web.

use sixpotify_core::{ArtistId, Source, SpotifyId};
use url::Url;

use super::words::{Words, source_name};

/// A link to a page outside, with whose page it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outside {
    /// The address: `https` or `http`.
    pub(crate) url: String,
    /// Whose page it is: `Spotify`, or the name of the host.
    pub(crate) source: String,
    /// What the link says.
    pub(crate) label: String,
}

/// A link to `url`; `None` where it is no address on the web (a `javascript:` address in a file, for instance).
pub(crate) fn outside(url: &str, words: &Words) -> Option<Outside> {
    let parsed = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
    let host = parsed.host_str()?;
    let source = source_of(host).map_or_else(|| host.to_owned(), |source| source_name(source, words).to_owned());
    let label = words.listen_on.replace("{}", &source);
    Some(Outside { url: parsed.into(), source, label })
}

/// Whose pages are at `host`.
pub(crate) fn source_of(host: &str) -> Option<Source> {
    let is = |domain: &str| host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    [
        ("spotify.com", Source::Spotify),
        ("deezer.com", Source::Deezer),
        ("musicbrainz.org", Source::MusicBrainz),
        ("listenbrainz.org", Source::ListenBrainz),
        ("last.fm", Source::LastFm),
    ]
    .into_iter()
    .find_map(|(domain, source)| is(domain).then_some(source))
}

/// The page of the artist `id` at `source`, for sources whose pages have their ids in them.
pub(crate) fn page_at(source: Source, id: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if id.is_empty() || !id.chars().all(plain) {
        return None;
    }
    match source {
        Source::Spotify => SpotifyId::parse(id).ok().map(|id| format!("https://open.spotify.com/artist/{id}")),
        Source::Deezer => Some(format!("https://www.deezer.com/artist/{id}")),
        Source::MusicBrainz => Some(format!("https://musicbrainz.org/artist/{id}")),
        Source::ListenBrainz => Some(format!("https://listenbrainz.org/artist/{id}")),
        Source::ReccoBeats | Source::LastFm | Source::Csv | Source::User => None,
    }
}

/// The path of our own page of an artist.
pub(crate) fn artist_path(id: &ArtistId) -> String {
    format!("/artist/{}", segment(id.as_str()))
}

/// `text` as one segment of a path.
pub(crate) fn segment(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b':') {
            out.push(byte as char);
        } else {
            // Writing to a text cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::words::ENGLISH;
    use super::*;

    #[test]
    fn only_addresses_on_the_web_are_links() {
        for bad in
            ["javascript:alert(1)", "data:text/html,x", "JaVaScRiPt:alert(1)", "/x", "", "https://", "vbscript:x"]
        {
            assert_eq!(outside(bad, &ENGLISH), None, "{bad}");
        }
        let link = outside("https://open.spotify.com/artist/x", &ENGLISH).unwrap();
        assert_eq!((link.source.as_str(), link.label.as_str()), ("Spotify", "Listen on Spotify"));
        assert_eq!(outside("http://example.org/a b", &ENGLISH).unwrap().url, "http://example.org/a%20b");
        assert_eq!(outside("https://notspotify.com/", &ENGLISH).unwrap().source, "notspotify.com");
    }

    #[test]
    fn ids_of_any_kind_make_one_segment() {
        assert_eq!(artist_path(&ArtistId::from_stored("csv:a/b?c#d é")), "/artist/csv:a%2Fb%3Fc%23d%20%C3%A9");
    }

    #[test]
    fn ids_that_do_not_look_like_ids_lead_nowhere() {
        assert_eq!(page_at(Source::Deezer, "27"), Some("https://www.deezer.com/artist/27".to_owned()));
        assert_eq!(page_at(Source::Deezer, "../x"), None);
        assert_eq!(page_at(Source::Spotify, "short"), None);
    }
}
