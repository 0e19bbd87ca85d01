//! Links to artists and songs, as people paste them. They are read, never fetched.

use sixpotify_core::{Source, SpotifyId};
use url::Url;

/// What a link leads to, on a service that the bot understands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Link {
    /// Whose page it is: Spotify, Deezer or MusicBrainz.
    pub source: Source,
    /// Artist or song.
    pub kind: LinkKind,
    /// The id there, checked for its shape.
    pub id: String,
}

/// What kind of page a link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkKind {
    /// An artist.
    Artist,
    /// A track, or a recording.
    Song,
}

/// A link in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pasted {
    /// To an artist or a song.
    Known(Link),
    /// To something else, or somewhere else: short links too, which only fetching would resolve.
    Other,
}

impl Link {
    /// The first link in `text`, with words around it or without; one to an artist or a song before any other.
    pub fn find(text: &str) -> Option<Pasted> {
        let mut other = None;
        for word in text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '(' | ')')) {
            match Self::read(word.trim_end_matches(['.', ',', '!', ';'])) {
                Some(Pasted::Known(link)) => return Some(Pasted::Known(link)),
                Some(Pasted::Other) => other = Some(Pasted::Other),
                None => {}
            }
        }
        other
    }

    /// What one word is, if it is a link.
    fn read(word: &str) -> Option<Pasted> {
        if let Some(uri) = word.strip_prefix("spotify:") {
            let known = uri.split_once(':').and_then(|(kind, id)| Self::spotify(kind, id));
            return Some(known.map_or(Pasted::Other, Pasted::Known));
        }
        let lower = word.get(..8).unwrap_or(word).to_ascii_lowercase();
        let has_scheme = lower.starts_with("http://") || lower.starts_with("https://");
        let bare =
            ["open.spotify.com/", "www.deezer.com/", "deezer.com/", "musicbrainz.org/", "www.", "m.", "youtu.be/"];
        let url = if has_scheme {
            Url::parse(word).ok()?
        } else if bare.iter().any(|host| starts_with_ignoring_case(word, host)) && word.contains('/') {
            Url::parse(&format!("https://{word}")).ok()?
        } else {
            return None;
        };
        Some(Self::of_url(&url).map_or(Pasted::Other, Pasted::Known))
    }

    fn of_url(url: &Url) -> Option<Self> {
        let host = url.host_str()?;
        let mut path = url.path_segments()?.filter(|segment| !segment.is_empty()).peekable();
        // A language may stand before the rest: `/intl-ko/artist/..`, `/en/artist/..`.
        let localised = |segment: &&str| segment.starts_with("intl-") || segment.len() == 2;
        path.next_if(localised);
        let (kind, id, rest) = (path.next()?, path.next()?, path.next());
        match host {
            "open.spotify.com" | "play.spotify.com" if rest.is_none() => Self::spotify(kind, id),
            "deezer.com" | "www.deezer.com" if !id.is_empty() && id.len() < 16 && digits(id) => {
                let kind = LinkKind::read(kind, "track")?;
                Some(Self { source: Source::Deezer, kind, id: id.to_owned() })
            }
            "musicbrainz.org" | "www.musicbrainz.org" | "beta.musicbrainz.org" if is_uuid(id) => {
                let kind = LinkKind::read(kind, "recording")?;
                Some(Self { source: Source::MusicBrainz, kind, id: id.to_ascii_lowercase() })
            }
            _ => None,
        }
    }

    fn spotify(kind: &str, id: &str) -> Option<Self> {
        let kind = LinkKind::read(kind, "track")?;
        let id = SpotifyId::parse(id).ok()?;
        Some(Self { source: Source::Spotify, kind, id: id.to_string() })
    }
}

impl LinkKind {
    fn read(word: &str, song: &str) -> Option<Self> {
        match word {
            "artist" => Some(Self::Artist),
            word if word == song => Some(Self::Song),
            _ => None,
        }
    }
}

fn starts_with_ignoring_case(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `8-4-4-4-12` hexadecimal digits.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(text: &str) -> Option<(Source, LinkKind, String)> {
        match Link::find(text) {
            Some(Pasted::Known(link)) => Some((link.source, link.kind, link.id)),
            _ => None,
        }
    }

    #[test]
    fn links_to_artists_and_songs_are_read() {
        let id = "3Nrfpe0tUJi4K4DXYWgMUX";
        let mbid = "9fe8e18b-0e5d-4f2f-8f3f-3f3f3f3f3f3f";
        for (text, source, kind, id) in [
            (format!("https://open.spotify.com/artist/{id}?si=abc"), Source::Spotify, LinkKind::Artist, id),
            (format!("listen: https://open.spotify.com/intl-ko/track/{id}."), Source::Spotify, LinkKind::Song, id),
            (format!("open.spotify.com/artist/{id}"), Source::Spotify, LinkKind::Artist, id),
            (format!("spotify:track:{id}"), Source::Spotify, LinkKind::Song, id),
            ("https://www.deezer.com/en/artist/27".into(), Source::Deezer, LinkKind::Artist, "27"),
            ("(http://deezer.com/track/3135556)".into(), Source::Deezer, LinkKind::Song, "3135556"),
            (format!("https://musicbrainz.org/artist/{mbid}/works"), Source::MusicBrainz, LinkKind::Artist, mbid),
            (format!("HTTPS://musicbrainz.org/recording/{mbid}"), Source::MusicBrainz, LinkKind::Song, mbid),
        ] {
            assert_eq!(known(&text), Some((source, kind, id.to_owned())), "{text}");
        }
    }

    #[test]
    fn other_links_are_seen_and_not_followed() {
        for text in [
            "https://www.youtube.com/watch?v=gdZLi9oWNZg",
            "https://spotify.link/abc",
            "https://open.spotify.com/playlist/37i9dQZF1DXcBWIGoYBM5M",
            "https://open.spotify.com/artist/short",
            "https://open.spotify.com.evil.example/artist/3Nrfpe0tUJi4K4DXYWgMUX",
            "http://169.254.169.254/latest/meta-data",
            "https://musicbrainz.org/artist/not-an-id",
            "spotify:user:somebody",
        ] {
            assert_eq!(Link::find(text), Some(Pasted::Other), "{text}");
        }
    }

    #[test]
    fn names_are_no_links() {
        for text in ["BTS", "AC/DC", "will.i.am", "M.I.A.", "www", "http://", "", "deadmau5", "m.o.v.e"] {
            assert_eq!(Link::find(text), None, "{text}");
        }
    }
}
