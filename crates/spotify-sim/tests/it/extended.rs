//! Extended mode: every endpoint, every field, pages of up to 50.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use spotify_sim::{Mode, sample};

use crate::client::Api;

async fn api() -> Api {
    Api::mode(Mode::Extended).await
}

fn ids(items: &[Value]) -> BTreeSet<&str> {
    items.iter().map(|item| item["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_artist_has_every_field() {
    let api = api().await;
    let found = api.artist("Mötley Crüe").await;
    let id = found["id"].as_str().unwrap();
    assert_eq!(id.len(), 22);
    assert_eq!(found["external_urls"]["spotify"], format!("https://open.spotify.com/artist/{id}"));
    assert_eq!(found["followers"]["href"], json!(null));
    assert!(found["followers"]["total"].as_u64().unwrap() > 1000);
    assert!(found["popularity"].as_u64().unwrap() > 30);
    assert!(!found["genres"].as_array().unwrap().is_empty());
    assert_eq!(api.ok(&format!("artists/{id}")).await, found);
}

#[tokio::test]
async fn search_reads_any_case_and_pages_without_gaps() {
    let api = api().await;
    let found = api.search("motley crue", "artist", 50).await;
    assert!(found["artists"]["items"].as_array().unwrap().iter().any(|artist| artist["name"] == "Mötley Crüe"));
    assert!(found.get("tracks").is_none());

    let whole = api.ok("search?q=love&type=track&limit=50").await["tracks"].clone();
    let total = whole["total"].as_u64().unwrap();
    assert!(total > 50, "{total}");
    let (mut seen, mut next) = (Vec::new(), Some("search?q=love&type=track&limit=7".to_owned()));
    while let Some(path) = next {
        let page = api.ok(&path).await["tracks"].clone();
        seen.extend(page["items"].as_array().unwrap().iter().cloned());
        next = page["next"].as_str().map(str::to_owned);
    }
    assert_eq!((seen.len() as u64, ids(&seen).len() as u64), (total, total));
    assert_eq!(seen[..50], whole["items"].as_array().unwrap()[..]);

    let both = api.ok("search?q=lizzo&type=artist,track&limit=3").await;
    assert!(both["artists"]["total"].as_u64() > Some(0) && both["tracks"]["total"].as_u64() > Some(0));
}

#[tokio::test]
async fn search_says_what_is_wrong_with_a_request() {
    let api = api().await;
    for (path, refusal) in [
        ("search?type=artist", "400 No search query"),
        ("search?q=x", "400 Missing parameter type"),
        ("search?q=x&type=nonsense", "400 Bad search type field"),
        ("search?q=x&type=artist&limit=51", "400 Invalid limit"),
        ("search?q=x&type=artist&limit=0", "400 Invalid limit"),
        ("search?q=x&type=artist&offset=1001", "400 Invalid offset"),
        ("search?q=x&type=artist&market=Korea", "400 Invalid market code"),
        ("nowhere", "404 Service not found"),
    ] {
        assert_eq!(api.get(path).await.refusal(), refusal, "{path}");
    }
    assert_eq!(api.ok("search?q=qzxv+wvxq&type=artist").await["artists"]["total"], 0);
}

#[tokio::test]
async fn a_batch_of_artists_keeps_its_order_and_its_holes() {
    let api = api().await;
    let (one, two) = (api.artist("Lizzo").await, api.artist("Linkin Park").await);
    let (a, b) = (one["id"].as_str().unwrap(), two["id"].as_str().unwrap());
    let unknown = "0".repeat(22);
    let batch = api.ok(&format!("artists?ids={b},{unknown},{a}")).await;
    assert_eq!(batch["artists"], json!([two, null, one]));

    assert_eq!(api.get(&format!("artists/{unknown}")).await.refusal(), "404 Resource not found");
    assert_eq!(api.get("artists/short").await.refusal(), "400 invalid id");
    assert_eq!(api.get("artists?ids=short").await.refusal(), "400 invalid id");
    let many = vec![a; 51].join(",");
    assert_eq!(api.get(&format!("artists?ids={many}")).await.refusal(), "400 Too many ids requested");
    assert_eq!(api.ok(&format!("artists?ids={}", vec![a; 50].join(","))).await["artists"][49], one);
}

#[tokio::test]
async fn albums_of_a_prolific_artist_fill_several_pages() {
    let api = api().await;
    let artist = api.artist("ILLENIUM").await;
    let path = format!("artists/{}/albums", artist["id"].as_str().unwrap());
    let own = format!("{path}?include_groups=album,single&limit=50&market=US");

    let first = api.ok(&own).await;
    assert!(first["total"].as_u64() > Some(50));
    assert_eq!(first["items"].as_array().unwrap().len(), 50);
    let next = first["next"].as_str().unwrap();
    assert!(next.starts_with(&api.sim.api_url()) && next.contains("include_groups=album%2Csingle"), "{next}");
    assert_eq!(api.ok(next).await["next"], json!(null));

    let albums = api.all_pages(&own).await;
    assert_eq!(ids(&albums).len(), albums.len());
    assert!(albums.iter().all(|album| ["album", "single"].contains(&album["album_group"].as_str().unwrap())));
    let precisions: BTreeSet<_> = albums.iter().map(|a| a["release_date_precision"].as_str().unwrap()).collect();
    assert!(precisions.contains("year") && precisions.contains("day"));

    let every = api.all_pages(&path).await;
    assert!(every.iter().any(|album| album["album_group"] == "appears_on") && every.len() > albums.len());
    assert_eq!(api.get(&format!("{path}?include_groups=tape")).await.refusal(), "400 Invalid include_groups");
    assert_eq!(api.get(&format!("{path}?limit=51")).await.refusal(), "400 Invalid limit");
}

#[tokio::test]
async fn top_tracks_are_the_ten_most_popular() {
    let api = api().await;
    let artist = api.artist("Linkin Park").await;
    let top = api.ok(&format!("artists/{}/top-tracks?market=US", artist["id"].as_str().unwrap())).await;
    let tracks = top["tracks"].as_array().unwrap();
    assert_eq!(tracks.len(), 10);
    assert!(tracks.is_sorted_by_key(|track| std::cmp::Reverse(track["popularity"].as_u64())));
    for track in tracks {
        assert!(track["artists"].as_array().unwrap().iter().any(|credit| credit["name"] == "Linkin Park"));
        assert_eq!(track["preview_url"], json!(null));
        assert!(track["album"]["release_date"].is_string() && track["available_markets"].is_array());
        assert_eq!(api.ok(&format!("tracks/{}?market=US", track["id"].as_str().unwrap())).await, *track);
    }
}

#[tokio::test]
async fn audio_features_are_those_of_the_sample_and_null_for_strangers() {
    let api = api().await;
    let track = &sample::tracks()[0];
    let unknown = "0".repeat(22);
    let many = api.ok(&format!("audio-features?ids={},{unknown}", track.id)).await;
    assert_eq!(many["audio_features"][1], json!(null));
    let features = &many["audio_features"][0];
    assert_eq!(features["id"], track.id);
    assert_eq!(features["loudness"], track.features.loudness);
    assert_eq!(features["key"], track.features.key);
    assert_eq!(features["duration_ms"], track.duration_ms);
    assert_eq!(api.ok(&format!("audio-features/{}", track.id)).await, *features);
    assert_eq!(api.get(&format!("audio-features/{unknown}")).await.refusal(), "404 analysis not found");

    let hundred: Vec<_> = sample::tracks().into_iter().take(100).map(|track| track.id).collect();
    let all = api.ok(&format!("audio-features?ids={}", hundred.join(","))).await;
    assert_eq!(all["audio_features"].as_array().unwrap().len(), 100);
    let more = format!("audio-features?ids={},{unknown}", hundred.join(","));
    assert_eq!(api.get(&more).await.refusal(), "400 Too many ids requested");
}

#[tokio::test]
async fn an_album_holds_its_tracks() {
    let api = api().await;
    let track = api.ok(&format!("tracks/{}", sample::tracks()[0].id)).await;
    let id = track["album"]["id"].as_str().unwrap();
    let album = api.ok(&format!("albums/{id}")).await;
    assert_eq!(album["name"], sample::tracks()[0].album);
    assert!(album["label"].is_string() && album["popularity"].is_u64());
    assert_eq!(album["tracks"]["total"], album["total_tracks"]);
    let tracks = api.all_pages(&format!("albums/{id}/tracks?limit=1")).await;
    assert!(ids(&tracks).contains(track["id"].as_str().unwrap()));
    assert_eq!(api.ok(&format!("albums?ids={id}")).await["albums"][0], album);
    assert_eq!(api.ok(&format!("tracks?ids={}", "0".repeat(22))).await["tracks"], json!([null]));
}

#[tokio::test]
async fn related_artists_are_withheld_from_everyone() {
    let api = api().await;
    assert_eq!(api.get(&format!("artists/{}/related-artists", "0".repeat(22))).await.refusal(), "403 Forbidden");
}
