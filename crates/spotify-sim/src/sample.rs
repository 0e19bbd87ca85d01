//! The bundled sample: real tracks, as `data/make_sample.py` wrote them.

use std::collections::HashSet;
use std::io::Read as _;

use flate2::read::GzDecoder;

const PACKED: &[u8] = include_bytes!("../data/sample.tsv.gz");

/// One track of the sample. Names are byte for byte those of Spotify.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleTrack {
    /// Spotify's id of the track, 22 characters.
    pub id: String,
    /// The artists in the order of their credits, never empty.
    pub artists: Vec<String>,
    /// The album that the track is on.
    pub album: String,
    /// The title.
    pub name: String,
    /// 0 to 100.
    pub popularity: u8,
    /// The length in milliseconds.
    pub duration_ms: u32,
    /// Whether the lyrics are explicit.
    pub explicit: bool,
    /// Spotify's audio features.
    pub features: Features,
    /// One to three genres that the track is listed under.
    pub genres: Vec<String>,
}

/// Spotify's audio features of one track; ranges as in Spotify's reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Features {
    /// 0 to 1.
    pub danceability: f64,
    /// 0 to 1.
    pub energy: f64,
    /// Pitch class 0 (C) to 11 (B), -1 where none was found.
    pub key: i8,
    /// Decibels, about -60 to 1.
    pub loudness: f64,
    /// 1 major, 0 minor.
    pub mode: u8,
    /// 0 to 1.
    pub speechiness: f64,
    /// 0 to 1.
    pub acousticness: f64,
    /// 0 to 1.
    pub instrumentalness: f64,
    /// 0 to 1.
    pub liveness: f64,
    /// 0 to 1.
    pub valence: f64,
    /// Beats a minute.
    pub tempo: f64,
    /// Beats a bar, 1 to 7.
    pub time_signature: u8,
}

/// All tracks of the sample, in its order.
///
/// # Panics
/// When the bundled file is damaged, which a test of this crate rules out.
pub fn tracks() -> Vec<SampleTrack> {
    unpack()
        .lines()
        .skip(1)
        .map(|line| parse(line).unwrap_or_else(|| panic!("bundled sample: unreadable line `{line}`")))
        .collect()
}

/// The distinct names of all artists, in the order in which the sample first credits them, byte for byte.
///
/// # Panics
/// As [`tracks`].
pub fn artist_names() -> Vec<String> {
    let mut seen = HashSet::new();
    tracks().into_iter().flat_map(|track| track.artists).filter(|name| seen.insert(name.clone())).collect()
}

fn unpack() -> String {
    let mut text = String::with_capacity(1 << 20);
    GzDecoder::new(PACKED).read_to_string(&mut text).expect("the bundled sample is gzip of UTF-8");
    text
}

fn parse(line: &str) -> Option<SampleTrack> {
    let mut columns = line.split('\t');
    let mut next = || columns.next();
    Some(SampleTrack {
        id: next()?.to_owned(),
        artists: list(next()?),
        album: next()?.to_owned(),
        name: next()?.to_owned(),
        popularity: next()?.parse().ok()?,
        duration_ms: next()?.parse().ok()?,
        explicit: next()? == "1",
        features: Features {
            danceability: next()?.parse().ok()?,
            energy: next()?.parse().ok()?,
            key: next()?.parse().ok()?,
            loudness: next()?.parse().ok()?,
            mode: next()?.parse().ok()?,
            speechiness: next()?.parse().ok()?,
            acousticness: next()?.parse().ok()?,
            instrumentalness: next()?.parse().ok()?,
            liveness: next()?.parse().ok()?,
            valence: next()?.parse().ok()?,
            tempo: next()?.parse().ok()?,
            time_signature: next()?.parse().ok()?,
        },
        genres: list(next()?),
    })
}

fn list(joined: &str) -> Vec<String> {
    joined.split(';').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_sample_is_read() {
        let tracks = tracks();
        assert_eq!(tracks.len(), 5849);
        assert_eq!(tracks.len(), unpack().lines().count() - 1);
        assert!(tracks.iter().all(|t| t.id.len() == 22 && t.artists.iter().all(|a| !a.is_empty())));
        assert!(tracks.iter().any(|t| t.genres.len() > 1));
    }

    #[test]
    fn names_keep_their_bytes_and_order() {
        let names = artist_names();
        assert_eq!(names.len(), 2758);
        assert_eq!(names[0], "Dan + Shay");
        for name in ["Franco \"El Gorilla\"", "nothing,nowhere.", "DEATH NOTE デスノート", "ŠKWOR"] {
            assert!(names.iter().any(|n| n == name), "{name}");
        }
    }
}
