//! The Deezer client reads what Deezer really sent: recorded answers, in the folder that `SIXPOTIFY_FIXTURES` names.

use std::path::PathBuf;

use serde_json::Value;
use sixpotify_core::DeezerId;
use sixpotify_sources::deezer::Deezer;
use sixpotify_sources::http::FetchError;

use super::clients::{Addresses, Clients, Lazy, manners};
use crate::service::{Reply, Service};

/// The recorded answer of a name; `None`, and a line that says so, where there are no recorded answers.
fn recorded(name: &str) -> Option<Value> {
    let Some(folder) = std::env::var_os("SIXPOTIFY_FIXTURES") else {
        eprintln!("note: SIXPOTIFY_FIXTURES is not set: the client was not compared with Deezer's recorded `{name}`");
        return None;
    };
    let path = PathBuf::from(folder).join("deezer").join(name).with_extension("json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(serde_json::from_str(&text).unwrap())
}

async fn serving(answer: &Value) -> (Service, Lazy<Deezer>) {
    let service = Service::always(Reply::json(answer)).await;
    let client = Clients::new(&Addresses::all_at(&service), &manners()).deezer;
    (service, client)
}

#[tokio::test]
async fn an_artist() {
    let Some(answer) = recorded("artist") else { return };
    let (_service, deezer) = serving(&answer).await;
    let found = deezer.artist(DeezerId(27)).await.unwrap();
    assert_eq!((found.id, found.albums), (DeezerId(27), Some(32)));
    assert_eq!((found.artist.id.as_str(), found.artist.name.as_str()), ("deezer:27", "Daft Punk"));
    assert_eq!((found.artist.followers, found.artist.popularity), (Some(3_677_952), None));
    assert_eq!(found.artist.url.as_deref(), Some("https://www.deezer.com/artist/27"));
    let image =
        "https://e-cdns-images.dzcdn.net/images/artist/f2bc007e9133c946ac3c3907ddc5d2ea/1000x1000-000000-80-0-0.jpg";
    assert_eq!(found.artist.image_url.as_deref(), Some(image));
}

#[tokio::test]
async fn a_search_with_an_artist_without_a_picture() {
    let Some(answer) = recorded("search_artist") else { return };
    let (service, deezer) = serving(&answer).await;
    let found = deezer.search_artists("daft punk").await.unwrap();
    assert_eq!((found[0].artist.name.as_str(), found[0].artist.followers), ("Daft Punk", Some(4_117_751)));
    assert_eq!((found[1].artist.name.as_str(), &found[1].artist.image_url), ("Daft Punk - Stardust", &None));
    assert_eq!(found.len(), answer["data"].as_array().unwrap().len());
    assert_eq!(service.asked()[0].query("q").as_deref(), Some("daft punk"));
}

#[tokio::test]
async fn albums_tracks_and_related_artists() {
    if let Some(mut answer) = recorded("artist_get_albums") {
        answer.as_object_mut().unwrap().remove("next");
        let (_service, deezer) = serving(&answer).await;
        let albums = deezer.albums(DeezerId(27)).await.unwrap();
        let first = &albums[0];
        assert_eq!((first.id.as_str(), first.name.as_str()), ("deezer:6575789", "Random Access Memories"));
        let date = (first.release_date.as_deref(), first.release_date_precision.as_deref());
        assert_eq!((date, first.album_type.as_deref()), ((Some("2013-05-17"), Some("day")), Some("album")));
        assert_eq!(albums.len(), answer["data"].as_array().unwrap().len());
    }
    if let Some(answer) = recorded("artist_get_top") {
        let (_service, deezer) = serving(&answer).await;
        let tracks = deezer.top_tracks(DeezerId(27), 5).await.unwrap();
        let first = &tracks[0];
        assert_eq!(
            (first.name.as_str(), first.duration_ms, first.popularity),
            ("Instant Crush", Some(337_000), Some(87))
        );
        let credits: Vec<_> = first.artists.iter().map(|credit| credit.name.as_str()).collect();
        assert_eq!((credits, &first.preview_url), (vec!["Daft Punk", "Julian Casablancas"], &None));
    }
    if let Some(answer) = recorded("artist_get_related") {
        let (_service, deezer) = serving(&answer).await;
        let related = deezer.related(DeezerId(27)).await.unwrap();
        assert_eq!((related[0].source_id.as_str(), related[0].name.as_str()), ("6404", "Justice"));
    }
}

#[tokio::test]
async fn a_track_with_its_code() {
    let Some(answer) = recorded("track") else { return };
    let (_service, deezer) = serving(&answer).await;
    let detail = deezer.track(DeezerId(3_135_556)).await.unwrap();
    assert_eq!((detail.track.isrc.as_deref(), detail.bpm), (Some("GBDUW0000059"), Some(123.0)));
    assert_eq!((detail.track.duration_ms, &detail.track.preview_url), (Some(224_000), &None));
    assert_eq!(detail.track.artists[0].name, "Daft Punk");
}

#[tokio::test]
async fn errors() {
    if let Some(answer) = recorded("error_no_data") {
        let (service, deezer) = serving(&answer).await;
        let error = deezer.artist(DeezerId(1)).await.unwrap_err();
        assert!(matches!(error, FetchError::Gone { .. }), "{error:?}");
        assert_eq!(service.asked().len(), 1);
    }
    if let Some(answer) = recorded("request404") {
        let service = Service::always(Reply::new(404, "application/json", answer.to_string())).await;
        let deezer = Clients::new(&Addresses::all_at(&service), &manners()).deezer;
        let error = deezer.artist(DeezerId(1)).await.unwrap_err();
        assert!(matches!(error, FetchError::Gone { .. }), "{error:?}");
    }
}
