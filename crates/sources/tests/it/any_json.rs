//! Whatever JSON the service sends, the client answers with something true or with an error, and in finite time.

use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};
use sixpotify_core::{Album, Track};
use sixpotify_sources::http::FetchError;
use sixpotify_sources::spotify::{FoundArtist, Spotify};
use tokio::runtime::Runtime;

use crate::client::{ID, id, spotify};
use crate::service::{Reply, Service};

/// Words that mean something here, or to the parser of URLs.
const WORDS: [&str; 15] = [
    "",
    "artists",
    "items",
    "next",
    "tracks",
    "audio_features",
    "id",
    "name",
    ID,
    "?offset=1",
    "http:",
    "0000",
    "\u{0}",
    "\u{202e}",
    "album",
];

/// Any small JSON value, with the words and shapes that matter here among the others.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-2..300).prop_map(Value::from),
        select(&WORDS[..]).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((select(&WORDS[..]), inner), 0..5).prop_map(|pairs| pairs
                .into_iter()
                .map(|(k, v)| (k.to_owned(), v))
                .collect::<Map<_, _>>()
                .into()),
        ]
    })
}

/// A sound answer of each endpoint.
fn sound() -> Vec<Value> {
    let urls = json!({"spotify": "https://open.spotify.com/x"});
    let images = json!([{"url": "https://i.scdn.co/image/x", "width": 640, "height": 640}]);
    let artist = json!({"id": ID, "name": "The Artist", "followers": {"href": null, "total": 5}, "genres": ["pop"],
        "popularity": 50, "images": images, "external_urls": urls});
    let album = json!({"id": ID, "name": "The Album", "album_type": "album", "album_group": "album",
        "release_date": "2020-01-02", "release_date_precision": "day", "total_tracks": 9, "images": images,
        "external_urls": urls, "artists": [{"id": ID, "name": "The Artist"}]});
    let track = json!({"id": ID, "name": "The Track", "album": album, "duration_ms": 1000, "explicit": true,
        "external_ids": {"isrc": "USRC16101350"}, "popularity": 70, "preview_url": null, "external_urls": urls,
        "artists": [{"id": ID, "name": "The Artist"}]});
    let features = json!({"id": ID, "danceability": 0.5, "energy": 0.5, "key": 7, "loudness": -7.5, "mode": 1,
        "speechiness": 0.5, "acousticness": 0.5, "instrumentalness": 0.5, "liveness": 0.5, "valence": 0.5,
        "tempo": 120.0, "time_signature": 4, "duration_ms": 1000});
    vec![
        json!({"artists": {"items": [artist, null], "next": "https://api.spotify.com/v1/search?offset=10"}}),
        artist.clone(),
        json!({"artists": [artist, null]}),
        json!({"items": [album, null], "next": null}),
        json!({"tracks": [track, null]}),
        json!({"audio_features": [features, null]}),
    ]
}

/// Pointers to every value inside `value`, itself included.
pub(crate) fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| pointers(item, &format!("{at}/{n}"), found))
        }
        Value::Object(fields) => fields.iter().for_each(|(key, field)| pointers(field, &format!("{at}/{key}"), found)),
        _ => {}
    }
}

/// A sound answer in which up to three values are something else.
fn damaged() -> impl Strategy<Value = Value> {
    let damage = prop::collection::vec((any::<Index>(), any_json()), 0..3);
    (select(sound()), damage).prop_map(|(mut answer, damage)| {
        for (place, value) in damage {
            let mut places = Vec::new();
            pointers(&answer, "", &mut places);
            *answer.pointer_mut(place.get::<String>(&places)).unwrap() = value;
        }
        answer
    })
}

/// A service whose answer can be changed, and a client that tries once.
struct Bench {
    runtime: Runtime,
    service: Service,
    spotify: Spotify,
    answer: Arc<Mutex<String>>,
}

impl Bench {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answer = Arc::new(Mutex::new(String::new()));
        let current = answer.clone();
        let service = runtime
            .block_on(Service::start(move |_, _| Reply::new(200, "application/json", current.lock().unwrap().clone())));
        let mut config = service.config();
        config.retry.attempts = 1;
        Self { runtime, spotify: spotify(config), service, answer }
    }

    /// How many of the client's six calls make something of `answer`.
    fn understood(&self, answer: &Value) -> usize {
        *self.answer.lock().unwrap() = answer.to_string();
        let before = self.service.asked().len();
        let understood = self.runtime.block_on(calls(&self.spotify));
        let requests = self.service.asked().len() - before;
        // Six calls, and once more for a second page of albums at most, for it is the same page.
        assert!((6..=7).contains(&requests), "{requests} requests");
        understood
    }
}

/// Makes every call and checks what comes back.
async fn calls(spotify: &Spotify) -> usize {
    let the_id = id(ID);
    let ids = [the_id.clone(), id("0000000000000000000xyz")];
    let mut understood = 0;
    if let Some(page) = settled(spotify.search_artists("x", 0).await) {
        page.artists.iter().for_each(check_artist);
        understood += 1;
    }
    if let Some(found) = settled(spotify.artist(&the_id).await) {
        check_artist(&found);
        understood += 1;
    }
    if let Some(found) = settled(spotify.artists(&ids).await) {
        found.iter().flatten().for_each(check_artist);
        understood += 1;
    }
    if let Some(albums) = settled(spotify.albums(&the_id).await) {
        albums.iter().for_each(|(_, album)| check_album(album));
        understood += 1;
    }
    if let Some(tracks) = settled(spotify.top_tracks(&the_id).await) {
        tracks.iter().for_each(check_track);
        understood += 1;
    }
    if let Some(features) = settled(spotify.audio_features(&ids).await) {
        assert_eq!(features.len(), ids.len());
        for f in features.into_iter().flatten() {
            assert!(f.key.is_none_or(|key| key < 12) && f.mode.is_none_or(|mode| mode < 2), "{f:?}");
            let floats = [
                f.danceability,
                f.energy,
                f.loudness,
                f.speechiness,
                f.acousticness,
                f.instrumentalness,
                f.liveness,
                f.valence,
                f.tempo,
            ];
            assert!(floats.into_iter().flatten().all(f32::is_finite), "{f:?}");
        }
        understood += 1;
    }
    understood
}

/// The value, or `None` for an error that may come of a strange answer.
fn settled<T>(result: Result<T, FetchError>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error @ (FetchError::Failed { .. } | FetchError::Gone { .. })) => {
            let text = error.to_string();
            assert!(text.len() < 300 && !text.chars().any(char::is_control), "{text:?}");
            None
        }
        Err(other) => panic!("{other:?}"),
    }
}

fn check_artist(found: &FoundArtist) {
    assert!(found.artist.id.spotify().is_some());
    assert!(!found.artist.name.trim().is_empty());
    assert!(found.artist.popularity.is_none_or(|p| p <= 100));
}

fn check_album(album: &Album) {
    assert!(album.id.spotify().is_some());
    assert!(album.artists.iter().all(|credit| credit.id.spotify().is_some()));
}

fn check_track(track: &Track) {
    assert!(track.id.spotify().is_some());
    assert!(track.popularity.is_none_or(|p| p <= 100));
    track.album.iter().for_each(check_album);
}

pub(crate) fn runner(cases: u32) -> TestRunner {
    TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() })
}

#[test]
fn sound_answers_are_understood() {
    let bench = Bench::new();
    for answer in sound() {
        assert!(bench.understood(&answer) >= 1, "{answer}");
    }
}

#[test]
fn any_json_is_an_answer_or_an_error() {
    let bench = Bench::new();
    let check = |answer| {
        bench.understood(&answer);
        Ok(())
    };
    runner(150).run(&any_json(), check).unwrap();
}

#[test]
fn a_damaged_answer_is_an_answer_or_an_error() {
    let bench = Bench::new();
    let check = |answer| {
        bench.understood(&answer);
        Ok(())
    };
    runner(250).run(&damaged(), check).unwrap();
}
