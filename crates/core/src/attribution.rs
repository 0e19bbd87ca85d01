//! What a source asks of those who show its facts.

use crate::Source;

/// A source's name, where it is, and what it asks to be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Attribution {
    /// The source.
    pub source: Source,
    /// The line to show.
    pub text: &'static str,
    /// Where it leads.
    pub url: &'static str,
}

/// What to say where facts of `source` are shown; `None` for files and corrections of the user's own.
pub fn attribution(source: Source) -> Option<Attribution> {
    let (text, url) = match source {
        Source::Spotify => ("From Spotify", "https://open.spotify.com"),
        Source::MusicBrainz => {
            ("From MusicBrainz: names and links CC0, genres and votes CC BY-NC-SA 3.0", "https://musicbrainz.org")
        }
        Source::ListenBrainz => ("From ListenBrainz", "https://listenbrainz.org"),
        Source::Deezer => ("From Deezer", "https://www.deezer.com"),
        Source::ReccoBeats => ("Audio features by ReccoBeats", "https://reccobeats.com"),
        Source::LastFm => ("Powered by AudioScrobbler: from Last.fm", "https://www.last.fm"),
        Source::Csv | Source::User => return None,
    };
    Some(Attribution { source, text, url })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outside_service_is_named_with_its_page() {
        for source in Source::ALL {
            match attribution(*source) {
                Some(said) => assert!(said.source == *source && said.url.starts_with("https://"), "{source}"),
                None => assert!(matches!(source, Source::Csv | Source::User), "{source}"),
            }
        }
    }
}
