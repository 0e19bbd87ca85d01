//! Odd answers that the real service has given, or may: what is unknown stays unknown, what is known is not lost for it.

use serde_json::{Value, json};
use sixpotify_core::AudioFeatures;
use sixpotify_sources::spotify::Mode;

use crate::client::{ID, id};
use crate::service::{Reply, Service};

const OTHER: &str = "0000000000000000000xyz";

/// Serves JSON to every request.
async fn serving(answer: Value) -> Service {
    Service::always(Reply::json(&answer)).await
}

#[tokio::test]
async fn whole_numbers_may_be_written_as_floats() {
    let answer = r#"{"id": "0000000000000000000abc", "name": "The Artist", "popularity": 85.0,
        "followers": {"href": null, "total": 4.9022656E7},
        "images": [{"url": "small", "width": 64.0}, {"url": "wide", "width": 999.0, "height": 806.0}]}"#;
    let service = Service::always(Reply::new(200, "application/json", answer)).await;
    let artist = service.spotify().artist(&id(ID)).await.unwrap().artist;
    assert_eq!((artist.followers, artist.popularity), (Some(49_022_656), Some(85)));
    assert_eq!(artist.image_url.as_deref(), Some("wide"));

    let answer = r#"{"tracks": [{"id": "0000000000000000000abc", "name": "The Track", "duration_ms": 1000.0,
        "album": {"id": "0000000000000000000xyz", "name": "The Album", "total_tracks": 12.0}}]}"#;
    let service = Service::always(Reply::new(200, "application/json", answer)).await;
    let track = service.spotify().top_tracks(&id(ID)).await.unwrap().swap_remove(0);
    assert_eq!((track.duration_ms, track.album.unwrap().total_tracks), (Some(1000), Some(12)));
}

#[tokio::test]
async fn numbers_out_of_range_are_unknown() {
    for (followers, popularity) in [
        (json!(-4419), json!(-1)),
        (json!(0.5), json!(101)),
        (json!(-0.5), json!(1e300)),
        (json!(null), json!(null)),
        (json!(1e300), json!(256)),
    ] {
        let answer = json!({"id": ID, "name": "x", "followers": {"total": followers}, "popularity": popularity});
        let artist = serving(answer).await.spotify().artist(&id(ID)).await.unwrap().artist;
        assert_eq!((artist.followers, artist.popularity), (None, None), "{followers} {popularity}");
    }
    let answer = json!({"audio_features": [{"id": ID, "key": -1, "mode": 2, "time_signature": 300, "tempo": 1e300,
        "energy": 0.25, "duration_ms": -3}]});
    let features = serving(answer).await.spotify().audio_features(&[id(ID)]).await.unwrap();
    assert_eq!(features, [Some(AudioFeatures { energy: Some(0.25), ..AudioFeatures::default() })]);
}

#[tokio::test]
async fn absent_and_null_are_unknown_and_empty_is_empty() {
    let base = json!({"id": ID, "name": "x"});
    let nulls = json!({"id": ID, "name": "x", "followers": null, "genres": null, "images": null, "popularity": null,
        "external_urls": null});
    for answer in [base, nulls] {
        let service = serving(answer).await;
        let spotify = service.spotify();
        let found = spotify.artist(&id(ID)).await.unwrap();
        assert_eq!(found.genres, None);
        let artist = found.artist;
        assert_eq!((artist.followers, artist.popularity, artist.image_url, artist.url), (None, None, None, None));
        assert_eq!(spotify.mode(), Some(Mode::Development));
    }
    let found = serving(json!({"id": ID, "name": "x", "genres": [], "followers": {"total": 0}})).await;
    let found = found.spotify().artist(&id(ID)).await.unwrap();
    assert_eq!((found.genres, found.artist.followers), (Some(vec![]), Some(0)));
}

#[tokio::test]
async fn a_picture_without_an_address_is_no_picture() {
    let answer = json!({"id": ID, "name": "x", "images": [{"url": null, "width": 640}, {"url": "a", "width": null}]});
    let artist = serving(answer).await.spotify().artist(&id(ID)).await.unwrap().artist;
    assert_eq!(artist.image_url.as_deref(), Some("a"));
}

#[tokio::test]
async fn hits_without_id_or_name_do_not_spoil_the_others() {
    let answer = json!({"artists": {"next": null, "items": [null, {"id": null, "name": "no id"}, {"id": ID},
        {"id": "../../etc", "name": "no id of Spotify's"}, {"id": ID, "name": "  "}, {"id": OTHER, "name": "good"}]}});
    let found = serving(answer).await.spotify().search_artists("x", 0).await.unwrap();
    let names: Vec<_> = found.artists.iter().map(|hit| hit.artist.name.as_str()).collect();
    assert_eq!(names, ["good"]);
}

#[tokio::test]
async fn local_files_and_undated_albums() {
    let album = json!({"id": OTHER, "name": "y", "release_date": "0000", "release_date_precision": "year"});
    let track = json!({"id": ID, "name": "x", "album": album, "artists": [{"id": null, "name": "z"}],
        "external_ids": {"isrc": ""}, "preview_url": null});
    let answer = json!({"tracks": [null, {"id": null, "name": "local", "is_local": true}, track]});
    let tracks = serving(answer).await.spotify().top_tracks(&id(ID)).await.unwrap();
    let [track] = tracks.as_slice() else { panic!("{tracks:?}") };
    assert_eq!((track.isrc.as_ref(), track.preview_url.as_ref(), track.explicit), (None, None, None));
    assert_eq!(track.artists, []);
    assert_eq!(track.album.as_ref().unwrap().release_date, None);
}

#[tokio::test]
async fn audio_features_belong_to_their_ids_whatever_their_order() {
    let answer = json!({"audio_features": [{"id": OTHER, "tempo": 2.0}, {"id": null, "tempo": 9.0}, null,
        {"id": ID, "tempo": 1.0}]});
    let ids = [id(ID), id("0000000000000000000uvw"), id(OTHER), id(ID)];
    let features = serving(answer).await.spotify().audio_features(&ids).await.unwrap();
    let tempos: Vec<_> = features.iter().map(|f| f.and_then(|f| f.tempo)).collect();
    assert_eq!(tempos, [Some(1.0), None, Some(2.0), Some(1.0)]);
}

#[tokio::test]
async fn an_artist_that_was_merged_answers_with_its_new_id() {
    let answer = json!({"id": OTHER, "name": "The Artist"});
    let artist = serving(answer).await.spotify().artist(&id(ID)).await.unwrap().artist;
    assert_eq!(artist.id.spotify(), Some(id(OTHER)));
}

#[tokio::test]
async fn names_are_searched_for_as_names() {
    let service = serving(json!({"artists": {"items": [], "next": null}})).await;
    let spotify = service.spotify();
    for (name, expected) in [
        ("AC/DC & Söhne?#", "AC/DC & Söhne?#"),
        ("artist:\"x\" year:1999", "artist  x  year 1999"),
        ("a\u{0}b\r\nc", "a b  c"),
        ("100%", "100%"),
    ] {
        spotify.search_artists(name, 0).await.unwrap();
        let asked = service.asked().pop().unwrap();
        assert_eq!(asked.query("q").as_deref(), Some(expected));
        assert_eq!(asked.query("type").as_deref(), Some("artist"), "{}", asked.line);
    }
}
