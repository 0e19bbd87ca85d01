//! A generated catalogue of a million artists over HTTP.

use spotify_sim::{Config, generated};

use crate::client::Api;

#[tokio::test]
async fn a_million_artists_are_served_like_the_sample() {
    let api = Api::start(Config { artists: Some(1_000_000), ..Config::default() }).await;
    for number in [0, 5000, 999_999] {
        let name = generated::artist_name(number);
        let artist = api.artist(&name).await;
        let id = artist["id"].as_str().unwrap();
        assert_eq!(api.ok(&format!("artists/{id}")).await, artist);
        let albums = api.all_pages(&format!("artists/{id}/albums?include_groups=album,single&limit=2")).await;
        assert!(!albums.is_empty());
        let top = api.ok(&format!("artists/{id}/top-tracks?market=US")).await;
        let ids: Vec<_> = top["tracks"].as_array().unwrap().iter().map(|t| t["id"].as_str().unwrap()).collect();
        let features = api.ok(&format!("audio-features?ids={}", ids.join(","))).await;
        let known = features["audio_features"].as_array().unwrap().iter().filter(|f| f.is_object());
        assert!(known.clone().count() > 0);
        for feature in known {
            assert!((0.0..=1.0).contains(&feature["energy"].as_f64().unwrap()));
        }
    }
    let beyond = generated::artist_name(1_000_001);
    let found = api.search(&beyond, "artist", 10).await;
    assert!(found["artists"]["items"].as_array().unwrap().iter().all(|artist| artist["name"] != beyond));
}
