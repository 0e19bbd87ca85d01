//! The JSON that goes out. What a mode does not send is a key that is not there.

use std::fmt::Display;

use serde::{Serialize, Serializer};

use crate::catalogue::{Album, AlbumType, Artist, Credit, Group, Image, Released, Track};
use crate::config::Mode;
use crate::id::Id;
use crate::sample::Features;

/// The countries in which everything of the catalogue can be played.
const MARKETS: [&str; 48] = [
    "AD", "AR", "AT", "AU", "BE", "BG", "BO", "BR", "CA", "CH", "CL", "CO", "CR", "CZ", "DE", "DK", "EC", "EE", "ES",
    "FI", "FR", "GB", "GR", "HK", "HU", "ID", "IE", "IL", "IN", "IS", "IT", "JP", "KR", "LT", "LV", "MX", "MY", "NL",
    "NO", "NZ", "PE", "PH", "PL", "PT", "SE", "SG", "TW", "US",
];

/// From whose point of view things are shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub(crate) mode: Mode,
    /// The base of all links back here, such as `http://127.0.0.1:8080/v1`.
    pub(crate) api: &'a str,
    /// Whether a market was named.
    pub(crate) market: bool,
}

/// A text made when it is written.
struct Text<T>(T);

impl<T: Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Serialises formatted text without keeping it.
macro_rules! text {
    ($($format:tt)*) => { Text(std::fmt::from_fn(move |f| write!(f, $($format)*))) };
}

#[derive(Serialize)]
struct ExternalUrls<T> {
    spotify: T,
}

fn external_urls(kind: &'static str, id: Id) -> impl Serialize {
    ExternalUrls { spotify: text!("https://open.spotify.com/{kind}/{id}") }
}

fn href<'v>(view: View<'v>, kinds: &'static str, id: Id) -> impl Serialize + use<'v> {
    text!("{}/{kinds}/{id}", view.api)
}

fn uri(kind: &'static str, id: Id) -> impl Serialize {
    text!("spotify:{kind}:{id}")
}

#[derive(Serialize)]
struct Followers {
    /// Always null, as Spotify's.
    href: Option<()>,
    total: u64,
}

#[derive(Serialize)]
struct Picture<T> {
    height: u16,
    url: T,
    width: u16,
}

/// The three sizes of a picture, widest first.
fn pictures(image: Image, kind: &'static str) -> [Picture<impl Serialize>; 3] {
    let number = image.0;
    [(640, "0000b273"), (300, "00001e02"), (64, "00004851")].map(|(side, size)| Picture {
        height: side,
        url: text!("https://i.scdn.co/image/{kind}{size}{number:016x}{:08x}", number >> 32),
        width: side,
    })
}

/// A full artist.
pub(crate) fn artist<'v>(view: View<'v>, artist: &Artist<'_>) -> impl Serialize + use<'v> {
    #[derive(Serialize)]
    struct Full<U, G, H, I, R> {
        external_urls: U,
        #[serde(skip_serializing_if = "Option::is_none")]
        followers: Option<Followers>,
        #[serde(skip_serializing_if = "Option::is_none")]
        genres: Option<G>,
        href: H,
        id: Id,
        images: I,
        name: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        popularity: Option<u8>,
        r#type: &'static str,
        uri: R,
    }
    let all = view.mode == Mode::Extended;
    Full {
        external_urls: external_urls("artist", artist.id),
        followers: all.then_some(Followers { href: None, total: artist.followers }),
        genres: all.then(|| artist.genres.iter().map(|genre| genre.to_string()).collect::<Vec<_>>()),
        href: href(view, "artists", artist.id),
        id: artist.id,
        images: artist.image.map_or_else(Vec::new, |image| Vec::from(pictures(image, "ab676161"))),
        name: artist.name.to_string(),
        popularity: all.then_some(artist.popularity),
        r#type: "artist",
        uri: uri("artist", artist.id),
    }
}

/// A simplified artist, as credits are.
fn credits<'v>(view: View<'v>, credits: &[Credit<'_>]) -> Vec<impl Serialize + use<'v>> {
    #[derive(Serialize)]
    struct Simple<U, H, R> {
        external_urls: U,
        href: H,
        id: Id,
        name: String,
        r#type: &'static str,
        uri: R,
    }
    let simple = |credit: &Credit<'_>| Simple {
        external_urls: external_urls("artist", credit.id),
        href: href(view, "artists", credit.id),
        id: credit.id,
        name: credit.name.to_string(),
        r#type: "artist",
        uri: uri("artist", credit.id),
    };
    credits.iter().map(simple).collect()
}

fn release_date(released: Released) -> (String, &'static str) {
    let Released { year, month, day } = released;
    match (month, day) {
        (Some(month), Some(day)) => (format!("{year:04}-{month:02}-{day:02}"), "day"),
        (Some(month), None) => (format!("{year:04}-{month:02}"), "month"),
        (None, _) => (format!("{year:04}"), "year"),
    }
}

fn group_name(group: Group) -> &'static str {
    match group {
        Group::Album => "album",
        Group::Single => "single",
        Group::Compilation => "compilation",
        Group::AppearsOn => "appears_on",
    }
}

/// A simplified album; with a group, as in the albums of an artist.
pub(crate) fn album<'v>(view: View<'v>, album: &Album<'_>, group: Option<Group>) -> impl Serialize + use<'v> {
    #[derive(Serialize)]
    struct Simple<A, U, H, I, R> {
        #[serde(skip_serializing_if = "Option::is_none")]
        album_group: Option<&'static str>,
        album_type: &'static str,
        artists: A,
        #[serde(skip_serializing_if = "Option::is_none")]
        available_markets: Option<&'static [&'static str]>,
        external_urls: U,
        href: H,
        id: Id,
        images: I,
        #[serde(skip_serializing_if = "Option::is_none")]
        is_playable: Option<bool>,
        name: String,
        release_date: String,
        release_date_precision: &'static str,
        total_tracks: u32,
        r#type: &'static str,
        uri: R,
    }
    let all = view.mode == Mode::Extended;
    let (release_date, release_date_precision) = release_date(album.released);
    Simple {
        album_group: group.filter(|_| all).map(group_name),
        album_type: match album.kind {
            AlbumType::Album => "album",
            AlbumType::Single => "single",
            AlbumType::Compilation => "compilation",
        },
        artists: credits(view, &album.artists),
        available_markets: all.then_some(&MARKETS),
        external_urls: external_urls("album", album.id),
        href: href(view, "albums", album.id),
        id: album.id,
        images: pictures(album.image, "ab67616d"),
        is_playable: view.market.then_some(true),
        name: album.name.to_string(),
        release_date,
        release_date_precision,
        total_tracks: album.total_tracks,
        r#type: "album",
        uri: uri("album", album.id),
    }
}

/// A full album with the first page of its tracks.
pub(crate) fn full_album<'v, P: Serialize>(view: View<'v>, of: &Album<'_>, tracks: P) -> impl Serialize + use<'v, P> {
    #[derive(Serialize)]
    struct Copyright {
        text: String,
        r#type: &'static str,
    }
    #[derive(Serialize)]
    struct Upc {
        upc: String,
    }
    #[derive(Serialize)]
    struct Full<S, P> {
        #[serde(flatten)]
        simple: S,
        tracks: P,
        copyrights: [Copyright; 1],
        external_ids: Upc,
        genres: [&'static str; 0],
        #[serde(skip_serializing_if = "Option::is_none")]
        label: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        popularity: Option<u8>,
    }
    let all = view.mode == Mode::Extended;
    let label = of.artists.first().map_or_else(String::new, |artist| artist.name.to_string());
    Full {
        simple: album(view, of, None),
        tracks,
        copyrights: [Copyright { text: format!("{} {label}", of.released.year), r#type: "P" }],
        external_ids: Upc { upc: format!("{:012}", of.image.0 % 1_000_000_000_000) },
        genres: [],
        label: all.then_some(label),
        popularity: all.then_some(of.popularity),
    }
}

/// A simplified track, as the tracks of an album are.
pub(crate) fn album_track<'v>(view: View<'v>, track: &Track<'_>) -> impl Serialize + use<'v> {
    #[derive(Serialize)]
    struct Simple<A, U, H, R> {
        artists: A,
        #[serde(skip_serializing_if = "Option::is_none")]
        available_markets: Option<&'static [&'static str]>,
        disc_number: u8,
        duration_ms: u32,
        explicit: bool,
        external_urls: U,
        href: H,
        id: Id,
        is_local: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        is_playable: Option<bool>,
        name: String,
        /// Null for everyone since 2024-11.
        preview_url: Option<()>,
        track_number: u32,
        r#type: &'static str,
        uri: R,
    }
    Simple {
        artists: credits(view, &track.artists),
        available_markets: (view.mode == Mode::Extended).then_some(&MARKETS),
        disc_number: 1,
        duration_ms: track.duration_ms,
        explicit: track.explicit,
        external_urls: external_urls("track", track.id),
        href: href(view, "tracks", track.id),
        id: track.id,
        is_local: false,
        is_playable: view.market.then_some(true),
        name: track.name.to_string(),
        preview_url: None,
        track_number: track.track_number,
        r#type: "track",
        uri: uri("track", track.id),
    }
}

/// A full track.
pub(crate) fn track<'v>(view: View<'v>, track: &Track<'_>) -> impl Serialize + use<'v> {
    #[derive(Serialize)]
    struct Isrc {
        #[serde(skip_serializing_if = "Option::is_none")]
        isrc: Option<String>,
    }
    #[derive(Serialize)]
    struct Full<A, S> {
        album: A,
        #[serde(flatten)]
        simple: S,
        external_ids: Isrc,
        #[serde(skip_serializing_if = "Option::is_none")]
        popularity: Option<u8>,
    }
    Full {
        album: album(view, &track.album, None),
        simple: album_track(view, track),
        external_ids: Isrc { isrc: track.isrc.clone() },
        popularity: (view.mode == Mode::Extended).then_some(track.popularity),
    }
}

/// The audio features of a track.
pub(crate) fn features<'v>(view: View<'v>, id: Id, features: &Features, duration_ms: u32) -> impl Serialize + use<'v> {
    #[derive(Serialize)]
    struct Full<T, A, R> {
        danceability: f64,
        energy: f64,
        key: i8,
        loudness: f64,
        mode: u8,
        speechiness: f64,
        acousticness: f64,
        instrumentalness: f64,
        liveness: f64,
        valence: f64,
        tempo: f64,
        r#type: &'static str,
        id: Id,
        uri: R,
        track_href: T,
        analysis_url: A,
        duration_ms: u32,
        time_signature: u8,
    }
    Full {
        danceability: features.danceability,
        energy: features.energy,
        key: features.key,
        loudness: features.loudness,
        mode: features.mode,
        speechiness: features.speechiness,
        acousticness: features.acousticness,
        instrumentalness: features.instrumentalness,
        liveness: features.liveness,
        valence: features.valence,
        tempo: features.tempo,
        r#type: "audio_features",
        id,
        uri: uri("track", id),
        track_href: href(view, "tracks", id),
        analysis_url: href(view, "audio-analysis", id),
        duration_ms,
        time_signature: features.time_signature,
    }
}
