//! What is true of one generated artist, album or track.

use super::names::artist_name;
use crate::catalogue::derive::{self, Namesake};
use crate::catalogue::{AlbumType, Group, Image};
use crate::hash::{below, hash, mix, unit};
use crate::sample::Features;

/// A track, or with `track` 0 also an album: counted from 0 within the album, the artist and the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) artist: u64,
    pub(super) album: u64,
    pub(super) track: u64,
}

/// The album and the track on which a guest plays.
pub(super) const GUEST_TRACK: (u64, u64) = (0, 1);

const GENRES: [&str; 24] = [
    "pop",
    "rock",
    "indie pop",
    "k-pop",
    "hip hop",
    "trap",
    "r&b",
    "soul",
    "house",
    "techno",
    "trance",
    "drum and bass",
    "metal",
    "metalcore",
    "punk",
    "folk",
    "country",
    "bluegrass",
    "jazz",
    "blues",
    "reggae",
    "latin",
    "salsa",
    "ambient",
];

const TITLES: [&str; 32] = [
    "After",
    "Back to",
    "Beyond",
    "Burning",
    "Calling",
    "Chasing",
    "Closer to",
    "Dear",
    "Falling for",
    "Far from",
    "Finding",
    "Goodbye",
    "Hello",
    "Holding",
    "I Remember",
    "Into",
    "Last",
    "Letters to",
    "Losing",
    "Meet Me at",
    "My",
    "Never",
    "No More",
    "One",
    "Over",
    "Running from",
    "Singing",
    "Songs for",
    "Take Me to",
    "Under",
    "Waiting for",
    "Your",
];

const THINGS: [&str; 32] = [
    "August",
    "Berlin",
    "Colours",
    "Daylight",
    "Dreams",
    "Echoes",
    "Fire",
    "Forever",
    "Glass",
    "Gravity",
    "Heaven",
    "Home",
    "Lights",
    "Love",
    "Magic",
    "Midnight",
    "Monday",
    "Morning",
    "Nothing",
    "Paradise",
    "Rain",
    "Roses",
    "Seoul",
    "Silence",
    "Snow",
    "Stars",
    "Summer",
    "the Sea",
    "the Sun",
    "Thunder",
    "Tomorrow",
    "Yesterday",
];

/// An artist.
pub(super) struct ArtistFacts {
    pub(super) name: String,
    pub(super) popularity: u8,
    pub(super) followers: u64,
    /// How many albums, singles and compilations it has, 1 to 115; few have more than nine.
    pub(super) albums: u64,
    pub(super) has_guest: bool,
    drawn: u64,
}

impl ArtistFacts {
    pub(super) fn of(artist: u64) -> Self {
        let drawn = mix(artist ^ 0x6172_7469);
        let name = artist_name(artist);
        let popularity = percent(unit(drawn).powf(2.5) * 95.0);
        let many = unit(mix(drawn ^ 1));
        Self {
            followers: derive::followers(&name, popularity),
            albums: if many < 0.005 { 55 + below(mix(drawn ^ 2), 60) } else { 1 + below(mix(drawn ^ 3), 9) },
            has_guest: mix(drawn ^ 4).is_multiple_of(5),
            name,
            popularity,
            drawn,
        }
    }

    /// One to three genres that are near to each other; none for one artist in thirty.
    pub(super) fn genres(&self) -> Vec<&'static str> {
        let drawn = mix(self.drawn ^ 5);
        let count = match drawn % 30 {
            0 => 0,
            1..=12 => 1,
            13..=23 => 2,
            _ => 3,
        };
        GENRES.iter().cycle().skip(self.first_genre()).take(count).copied().collect()
    }

    fn first_genre(&self) -> usize {
        usize::try_from(below(mix(self.drawn ^ 6), 24)).unwrap_or(0)
    }

    /// The second artist of this name, for some names.
    pub(super) fn namesake(&self) -> Option<Namesake> {
        derive::namesake(&self.name, self.followers, self.popularity)
    }
}

/// An album.
pub(super) struct AlbumFacts {
    pub(super) name: String,
    pub(super) kind: AlbumType,
    pub(super) tracks: u64,
    pub(super) image: Image,
}

impl AlbumFacts {
    pub(super) fn of(place: Place) -> Self {
        let drawn = mix(mix(place.artist ^ 0x616c_6275) ^ place.album);
        let kind = match place.album % 12 {
            0 | 3 | 6 | 9 => AlbumType::Album,
            11 => AlbumType::Compilation,
            _ => AlbumType::Single,
        };
        let tracks = if kind == AlbumType::Single { 1 + below(drawn, 2) } else { 4 + below(drawn, 5) };
        Self { name: title(mix(drawn ^ 1)), kind, tracks, image: Image(mix(drawn ^ 2)) }
    }

    pub(super) fn group(&self) -> Group {
        match self.kind {
            AlbumType::Album => Group::Album,
            AlbumType::Single => Group::Single,
            AlbumType::Compilation => Group::Compilation,
        }
    }
}

/// A track.
pub(super) struct TrackFacts {
    pub(super) name: String,
    pub(super) popularity: u8,
    pub(super) duration_ms: u32,
    pub(super) explicit: bool,
    drawn: u64,
}

impl TrackFacts {
    pub(super) fn of(place: Place) -> Self {
        let drawn = mix(mix(mix(place.artist ^ 0x7472_6163) ^ place.album) ^ place.track);
        let less = place.album * 3 + place.track * 4 + below(mix(drawn ^ 1), 4);
        let popularity = u64::from(ArtistFacts::of(place.artist).popularity).saturating_sub(less);
        Self {
            name: title(mix(drawn ^ 2)),
            popularity: u8::try_from(popularity).unwrap_or(0),
            duration_ms: 120_000 + u32::try_from(below(mix(drawn ^ 3), 180_000)).unwrap_or(0),
            explicit: mix(drawn ^ 4).is_multiple_of(8),
            drawn,
        }
    }

    /// Features around those that are usual for the genre; one track in fifty has none.
    pub(super) fn features(&self, artist: &ArtistFacts) -> Option<Features> {
        if mix(self.drawn ^ 5).is_multiple_of(50) {
            return None;
        }
        let genre = GENRES[artist.first_genre()];
        let around = |feature: &str, least: f64, most: f64| {
            let usual = unit(hash(feature, genre));
            let own = unit(mix(self.drawn ^ hash("feature", feature)));
            let value = least + (0.65 * usual + 0.35 * own) * (most - least);
            (value * 1000.0).round() / 1000.0
        };
        let small = |number: u64| u8::try_from(number).unwrap_or(0);
        Some(Features {
            danceability: around("danceability", 0.1, 0.98),
            energy: around("energy", 0.02, 1.0),
            key: i8::try_from(below(mix(self.drawn ^ 6), 12)).unwrap_or(0),
            loudness: around("loudness", -24.0, -2.0),
            mode: small(below(mix(self.drawn ^ 7), 2)),
            speechiness: around("speechiness", 0.02, 0.6),
            acousticness: around("acousticness", 0.0, 1.0),
            instrumentalness: around("instrumentalness", 0.0, 0.9),
            liveness: around("liveness", 0.03, 0.9),
            valence: around("valence", 0.03, 0.98),
            tempo: around("tempo", 60.0, 200.0),
            time_signature: if mix(self.drawn ^ 8).is_multiple_of(12) { 3 } else { 4 },
        })
    }
}

fn title(drawn: u64) -> String {
    let pick = |list: &[&'static str; 32], number: u64| list[usize::try_from(below(number, 32)).unwrap_or(0)];
    format!("{} {}", pick(&TITLES, drawn), pick(&THINGS, mix(drawn)))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
fn percent(value: f64) -> u8 {
    value.round() as u8
}
