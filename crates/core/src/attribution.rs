//! What sources ask of whoever shows their facts.

use crate::Source;

impl Source {
    /// The words that go with facts of the source: whose they are, and what may be done with them, as far as is known.
    /// `None` where nobody asks for anything. `genres`: whether genres or votes are among the facts; MusicBrainz's have a licence
    /// of their own.
    pub fn attribution(self, genres: bool) -> Option<&'static str> {
        match self {
            Self::Spotify => {
                Some("Spotify, https://open.spotify.com: its mark and a link belong to what is shown; no models")
            }
            Self::MusicBrainz if !genres => Some("MusicBrainz, https://musicbrainz.org: CC0"),
            Self::MusicBrainz => {
                Some("MusicBrainz, https://musicbrainz.org: CC0; genres and their votes CC BY-NC-SA 3.0")
            }
            Self::ListenBrainz => Some("ListenBrainz, https://listenbrainz.org: CC0"),
            Self::Deezer => {
                Some("Deezer, https://www.deezer.com: not for commercial use; pictures are linked, never copied")
            }
            Self::ReccoBeats => Some("ReccoBeats, https://reccobeats.com: free for every use"),
            Self::LastFm => Some("Last.fm, https://www.last.fm: not for commercial use; with a link"),
            Self::Csv | Self::User => None,
        }
    }
}
