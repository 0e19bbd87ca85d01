//! Ids that are gone or merged.

use serde_json::{Value, json};
use spotify_sim::{Mode, sample};

use crate::client::Api;

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

#[tokio::test]
async fn what_is_gone_is_not_found_anywhere() {
    let api = Api::mode(Mode::Extended).await;
    let artist = api.artist("Lizzo").await;
    let (gone, track) = (id(&artist).to_owned(), sample::tracks()[0].id.clone());
    api.sim.control(json!({"gone": [gone, track]})).unwrap();
    for path in [
        format!("artists/{gone}"),
        format!("artists/{gone}/albums"),
        format!("artists/{gone}/top-tracks"),
        format!("tracks/{track}"),
    ] {
        assert_eq!(api.get(&path).await.refusal(), "404 Resource not found", "{path}");
    }
    assert_eq!(api.ok(&format!("artists?ids={gone}")).await, json!({"artists": [null]}));
    assert_eq!(api.ok(&format!("audio-features?ids={track}")).await, json!({"audio_features": [null]}));
    let found = api.search("Lizzo", "artist", 50).await;
    assert!(found["artists"]["items"].as_array().unwrap().iter().all(|artist| id(artist) != gone));
}

#[tokio::test]
async fn a_merged_artist_answers_with_the_other_id() {
    let api = Api::mode(Mode::Extended).await;
    let (from, into) = (api.artist("Lizzo").await, api.artist("Linkin Park").await);
    api.sim.control(json!({"merged": {id(&from): id(&into)}})).unwrap();
    assert_eq!(api.ok(&format!("artists/{}", id(&from))).await, into);
    assert_eq!(api.ok(&format!("artists?ids={}", id(&from))).await["artists"][0], into);
    let albums = |of: &Value| format!("artists/{}/albums?include_groups=album", id(of));
    assert_eq!(api.ok(&albums(&from)).await["items"], api.ok(&albums(&into)).await["items"]);
    let found = api.search("Lizzo", "artist,track", 50).await;
    assert!(!found.to_string().contains(id(&from)));
    assert!(found["tracks"].to_string().contains(id(&into)));
}

#[tokio::test]
async fn a_share_of_artists_gets_new_ids() {
    let api = Api::mode(Mode::Extended).await;
    let names = sample::artist_names();
    let mut before = Vec::new();
    for name in &names[..40] {
        before.push(api.artist(name).await);
    }
    api.sim.control(json!({"merged_share": 0.5})).unwrap();
    let mut changed = 0;
    for old in &before {
        let now = api.ok(&format!("artists/{}", id(old))).await;
        assert_eq!(now["name"], old["name"]);
        if id(&now) != id(old) {
            changed += 1;
            assert_eq!(api.ok(&format!("artists/{}", id(&now))).await, now);
            assert_eq!(api.artist(now["name"].as_str().unwrap()).await, now);
            let top = api.ok(&format!("artists/{}/top-tracks", id(old))).await.to_string();
            assert!(!top.contains(id(old)) && top.contains(id(&now)));
        }
    }
    assert!((10..30).contains(&changed), "{changed}");
    api.sim.control(json!({"merged_share": 0, "gone_share": 1})).unwrap();
    assert_eq!(api.get(&format!("artists/{}", id(&before[0]))).await.status, 404);
}
