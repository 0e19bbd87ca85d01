//! The artists: names, aliases, genres and songs from general knowledge, sounds roughly as they are.

use sixpotify_core::{ArtistId, Source};

use super::listen;
use crate::library::{ArtistBrief, Profile};

#[derive(Clone, Debug)]
pub(super) struct Artist {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) aliases: &'static [&'static str],
    pub(super) genres: &'static [&'static str],
    pub(super) popularity: f32,
    /// Energy, danceability, acousticness, valence.
    pub(super) sound: [f32; 4],
    pub(super) songs: &'static [&'static str],
    pub(super) picture: bool,
}

impl Artist {
    pub(super) fn brief(&self) -> ArtistBrief {
        ArtistBrief {
            id: ArtistId::from_stored(self.id),
            name: self.name.to_owned(),
            hint: self.genres.join(", "),
            image_url: self.image_url(),
        }
    }

    pub(super) fn profile(&self) -> Profile {
        let source = if self.id.len() == 22 { Source::Spotify } else { Source::MusicBrainz };
        Profile {
            id: ArtistId::from_stored(self.id),
            name: self.name.to_owned(),
            genres: self.genres.iter().map(|genre| (*genre).to_owned()).collect(),
            image_url: self.image_url(),
            listen: listen(self.id, "artist"),
            sources: vec![source],
        }
    }

    fn image_url(&self) -> Option<String> {
        self.picture.then(|| format!("https://pictures.example/{}.jpg", self.id.replace(':', "/")))
    }
}

#[derive(Clone, Debug)]
pub(super) struct Song {
    pub(super) id: String,
    pub(super) title: &'static str,
    pub(super) artist: &'static str,
    pub(super) artist_id: &'static str,
}

impl Song {
    pub(super) fn of(artist: &Artist, at: usize, title: &'static str) -> Self {
        // Of the shape of Spotify's ids, one for each artist and place.
        let id =
            if artist.id.len() == 22 { format!("{}{at:02}", &artist.id[..20]) } else { format!("{}-{at}", artist.id) };
        Self { id, title, artist: artist.name, artist_id: artist.id }
    }
}

macro_rules! artists {
    ($($name:literal $aliases:tt $id:literal $popularity:literal $sound:tt $genres:tt $songs:tt $($picture:ident)?;)+) => {
        vec![$(Artist {
            id: $id,
            name: $name,
            aliases: &$aliases,
            genres: &$genres,
            popularity: $popularity,
            sound: $sound,
            songs: &$songs,
            picture: artists!(@ $($picture)?),
        }),+]
    };
    (@ plain) => { false };
    (@) => { true };
}

/// What the library has from the beginning.
pub(super) fn artists() -> Vec<Artist> {
    artists! {
        "BTS" ["방탄소년단", "Bangtan Boys"] "3Nrfpe0tUJi4K4DXYWgMUX" 90.0 [0.8, 0.7, 0.1, 0.6]
            ["k-pop", "dance pop"] ["Dynamite", "Butter", "봄날", "DNA", "Fake Love", "Boy With Luv"];
        "aespa" ["에스파"] "6YVMFz59CuY7ngCxTxjpxH" 84.0 [0.85, 0.75, 0.05, 0.6]
            ["k-pop", "girl group"] ["Next Level", "Supernova", "Savage", "Spicy"];
        "SHINee" ["샤이니"] "2hRQKC0gqlZGPrmUKbcchR" 70.0 [0.8, 0.72, 0.1, 0.65]
            ["k-pop", "dance pop"] ["Lucifer", "View", "Ring Ding Dong"];
        "IU" ["아이유"] "3HqSLMAZ3g3d5poNaI7GOU" 80.0 [0.5, 0.6, 0.5, 0.5]
            ["k-pop", "korean ballad"] ["Blueming", "Celebrity", "밤편지"];
        "BLACKPINK" ["블랙핑크"] "41MozSoPIsD1dJM0CLPjZF" 86.0 [0.8, 0.75, 0.05, 0.6]
            ["k-pop", "girl group"] ["How You Like That", "Lovesick Girls"];
        "The Weeknd" ["위켄드"] "1Xyo4u8uXC1ZmMpatF05PJ" 95.0 [0.7, 0.65, 0.1, 0.4]
            ["r&b", "dance pop"] ["Blinding Lights", "Starboy", "Hello"];
        "Adele" ["아델"] "4dpARuHxo51G3z768sgnrY" 88.0 [0.4, 0.5, 0.6, 0.35]
            ["soul", "british soul"] ["Hello", "Someone Like You", "Skyfall"];
        "Beyoncé" ["비욘세"] "6vWDO969PvNqNYHIOW5v0m" 87.0 [0.7, 0.65, 0.2, 0.5]
            ["r&b", "dance pop"] ["Halo", "Crazy in Love"];
        "Radiohead" ["라디오헤드"] "4Z8W4fKeB5YxbusRsdQVPb" 82.0 [0.5, 0.4, 0.4, 0.2]
            ["alternative rock", "art rock"] ["Creep", "Karma Police", "No Surprises"];
        "Coldplay" ["콜드플레이"] "4gzpq5DPGxSnKTe4SA8HAU" 89.0 [0.65, 0.5, 0.2, 0.4]
            ["alternative rock", "britpop"] ["Yellow", "Fix You", "Viva la Vida"];
        "Guns N' Roses" ["GNR"] "3qm84nBOXUEQ2vnTfUTTFC" 79.0 [0.9, 0.45, 0.05, 0.5]
            ["hard rock", "glam metal"] ["Sweet Child O' Mine", "November Rain"];
        "AC/DC" [] "711MCceyCBcFnzjGY4Q7Un" 83.0 [0.92, 0.5, 0.02, 0.6]
            ["hard rock"] ["Back In Black", "Thunderstruck"];
        "Earth, Wind & Fire" [] "4QQgXkCYTt3BlENzhyNETg" 76.0 [0.75, 0.8, 0.2, 0.9]
            ["funk", "soul"] ["September", "Boogie Wonderland"];
        "Simon & Garfunkel" [] "70cRZdQywnSFp9pnc2WTCE" 74.0 [0.3, 0.4, 0.8, 0.5]
            ["folk rock"] ["The Sound of Silence", "Mrs. Robinson"];
        "Tyler, The Creator" [] "4V8LLVI7PbaPR0K2TGSxFF" 85.0 [0.65, 0.65, 0.2, 0.5]
            ["hip hop"] ["EARFQUAKE", "See You Again"];
        "!!!" ["chk chk chk"] "musicbrainz:f26c72d3-e52c-467b-b651-679c73d8e1a7" 40.0 [0.85, 0.75, 0.05, 0.7]
            ["dance-punk"] ["Heart of Hearts"] plain;
        "Nirvana" [] "musicbrainz:5b11f4ce-a62d-471e-81fc-a69a8278c7da" 80.0 [0.85, 0.45, 0.05, 0.4]
            ["grunge", "alternative rock"] ["Lithium", "Come as You Are"] plain;
        "Nirvana" [] "musicbrainz:9282c8b4-ca0b-4c6b-b7e3-4f7762dfc4d6" 20.0 [0.4, 0.4, 0.6, 0.6]
            ["psychedelic pop"] ["Rainbow Chaser"] plain;
        "<script>alert(1)</script>" [] "musicbrainz:00000000-0000-4000-8000-000000000001" 1.0 [0.5, 0.5, 0.5, 0.5]
            ["noise"] ["<b>bold</b>"] plain;
    }
}

/// What only the sources know.
pub(super) fn abroad() -> Vec<Artist> {
    artists! {
        "Zior Park" ["지올팍"] "4sVwRtR1dZdvzZSwUYxb6k" 60.0 [0.75, 0.7, 0.1, 0.6]
            ["k-rap", "dance pop"] ["CHRISTIAN"];
        "Silica Gel" ["실리카겔"] "3vPEHXvB4k5xMHvXtyqJEu" 55.0 [0.75, 0.5, 0.1, 0.5]
            ["alternative rock", "k-indie"] ["NO PAIN", "Tik Tak Tok"];
        "Portishead" [] "musicbrainz:8f6bd1e4-fbe1-4f50-aa9b-94c450ec0f11" 60.0 [0.4, 0.5, 0.4, 0.2]
            ["trip hop"] ["Glory Box", "Roads"] plain;
    }
}
