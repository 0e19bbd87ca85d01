//! Development mode: endpoints withheld, fields missing, small pages.

use serde_json::{Value, json};
use spotify_sim::{Mode, sample};

use crate::client::Api;

async fn api() -> Api {
    Api::mode(Mode::Development).await
}

fn lacks(object: &Value, keys: &[&str]) {
    assert!(object["id"].is_string());
    for key in keys {
        assert!(object.get(key).is_none(), "`{key}` in {object}");
    }
}

#[tokio::test]
async fn artists_lack_what_is_withheld() {
    let api = api().await;
    let found = api.artist("Linkin Park").await;
    lacks(&found, &["followers", "popularity", "genres"]);
    assert!(!found["images"].as_array().unwrap().is_empty());
    let one = api.ok(&format!("artists/{}", found["id"].as_str().unwrap())).await;
    assert_eq!(one, found);
}

#[tokio::test]
async fn tracks_and_albums_lack_what_is_withheld() {
    let api = api().await;
    let id = &sample::tracks()[0].id;
    let track = api.ok(&format!("tracks/{id}")).await;
    lacks(&track, &["available_markets", "popularity", "linked_from"]);
    lacks(&track["album"], &["available_markets", "album_group"]);
    assert!(track["external_ids"].is_object());
    let album = api.ok(&format!("albums/{}", track["album"]["id"].as_str().unwrap())).await;
    lacks(&album, &["available_markets", "label", "popularity"]);
    assert!(album["external_ids"]["upc"].is_string());
    let found = api.search("numb", "track", 1).await;
    lacks(&found["tracks"]["items"][0], &["popularity"]);
}

#[tokio::test]
async fn pages_are_small() {
    let api = api().await;
    assert_eq!(api.ok("search?q=love&type=track").await["tracks"]["limit"], 5);
    assert_eq!(api.ok("search?q=love&type=track&limit=10").await["tracks"]["items"].as_array().unwrap().len(), 10);
    assert_eq!(api.get("search?q=love&type=track&limit=11").await.refusal(), "400 Invalid limit");

    let artist = api.artist("ILLENIUM").await;
    let path = format!("artists/{}/albums", artist["id"].as_str().unwrap());
    let page = api.ok(&path).await;
    assert_eq!((&page["limit"], page["items"].as_array().unwrap().len()), (&json!(5), 5));
    lacks(&page["items"][0], &["album_group", "available_markets"]);
    assert_eq!(api.get(&format!("{path}?limit=11")).await.refusal(), "400 Invalid limit");
    let all = api.all_pages(&format!("{path}?include_groups=album,single&limit=10")).await;
    assert!(all.len() > 50);
}

#[tokio::test]
async fn classic_endpoints_are_forbidden() {
    let api = api().await;
    let id = &sample::tracks()[0].id;
    let artist = api.artist("Lizzo").await["id"].as_str().unwrap().to_owned();
    for path in [
        format!("artists?ids={artist}"),
        format!("artists/{artist}/top-tracks?market=US"),
        format!("artists/{artist}/related-artists"),
        format!("audio-features?ids={id}"),
        format!("audio-features/{id}"),
        format!("tracks?ids={id}"),
        "albums?ids=x".to_owned(),
    ] {
        assert_eq!(api.get(&path).await.refusal(), "403 Forbidden", "{path}");
    }
}
