//! What each service sends, and its quirks.

use open_sim::{Config, Service};
use serde_json::{Value, json};

use crate::client::{get, get_with, post, start};

#[tokio::test]
async fn musicbrainz_finds_looks_up_merges_and_joins() {
    let sim = start(Config::default()).await;
    let known = sim.known("PSY").unwrap();
    let mbid = known.mbid.clone().unwrap();
    let found = get(&sim, Service::MusicBrainz, "/artist?query=alias:%22%EC%8B%B8%EC%9D%B4%22&fmt=json").await.body;
    assert_eq!(found["artists"][0]["id"], mbid);
    assert_eq!(found["artists"][0]["score"], 95);
    assert_eq!(found["artists"][0]["aliases"][0]["end-date"], Value::Null);

    let inc = "?inc=aliases+genres+tags+url-rels&fmt=json";
    let artist = get(&sim, Service::MusicBrainz, &format!("/artist/{mbid}{inc}")).await.body;
    assert_eq!((artist["name"].as_str(), artist["aliases"][0]["locale"].as_str()), (Some("PSY"), Some("ko")));
    assert!(artist["tags"].as_array().unwrap().iter().any(|tag| tag["name"] == "seen live"));
    assert!(artist["genres"].as_array().unwrap().iter().all(|genre| genre["name"] != "seen live"));
    assert!(artist["genres"].as_array().unwrap().iter().any(|genre| genre["count"] == 0));

    let old = get(&sim, Service::MusicBrainz, &format!("/artist/{}", known.old_mbid.unwrap())).await.body;
    assert_eq!(old["id"], mbid);
    assert_eq!(old.get("relations"), None, "what was not asked for is not sent");

    let resource = format!("https://open.spotify.com/artist/{}", known.spotify);
    let one = get(&sim, Service::MusicBrainz, &format!("/url?resource={resource}&inc=artist-rels")).await;
    assert_eq!(one.body["relations"][0]["artist"]["id"], mbid);
    let two = format!("/url?resource={resource}&resource=https://open.spotify.com/artist/x&inc=artist-rels");
    let two = get(&sim, Service::MusicBrainz, &two).await.body;
    assert_eq!((two["url-count"].as_u64(), two["urls"][0]["resource"].as_str()), (Some(1), Some(resource.as_str())));
    let none = get(&sim, Service::MusicBrainz, "/url?resource=https://open.spotify.com/artist/x").await;
    assert_eq!((none.status, none.body["error"].as_str()), (404, Some("Not Found")));
    assert_eq!(get(&sim, Service::MusicBrainz, "/artist?query=%22open").await.status, 400);
    assert_eq!(get(&sim, Service::MusicBrainz, "/artist/x").await.status, 400);
}

#[tokio::test]
async fn listenbrainz_counts_in_order_and_wants_a_token() {
    let sim = start(Config::default()).await;
    let mbid = sim.known("ILLENIUM").unwrap().mbid.unwrap();
    let nobody = "00000000-0000-4000-8000-000000000000";
    let body = json!({"artist_mbids": [nobody, mbid]});
    let counts = post(&sim, Service::ListenBrainz, "/1/popularity/artist", &body).await.body;
    assert_eq!((&counts[0]["artist_mbid"], &counts[0]["total_user_count"]), (&json!(nobody), &Value::Null));
    assert!(counts[1]["total_user_count"].as_u64().unwrap() > 0);
    let many = json!({"artist_mbids": vec![nobody; 1001]});
    assert_eq!(post(&sim, Service::ListenBrainz, "/1/popularity/artist", &many).await.status, 400);

    let path = format!("/1/popularity/top-recordings-for-artist/{mbid}");
    assert_eq!(get(&sim, Service::ListenBrainz, &path).await.status, 401);
    assert_eq!(get_with(&sim, Service::ListenBrainz, &path, "Token wrong").await.status, 401);
    let top = get_with(&sim, Service::ListenBrainz, &path, "Token demo-token").await.body;
    assert!(top[0]["total_listen_count"].as_u64() >= top[1]["total_listen_count"].as_u64());

    let similar = format!("/similar-artists/json?artist_mbids={mbid}&algorithm=session_based_days_7500");
    let similar = get(&sim, Service::Labs, &similar).await.body;
    assert!(similar[0]["score"].as_i64() >= similar[1]["score"].as_i64());
    assert_eq!(similar[0]["reference_mbid"], mbid);
    let unknown = format!("/similar-artists/json?artist_mbids={mbid}&algorithm=x");
    assert_eq!(get(&sim, Service::Labs, &unknown).await.status, 400);
}

#[tokio::test]
async fn deezer_has_errors_inside_200_and_pages() {
    let sim = start(Config::default()).await;
    let deezer = sim.known("ILLENIUM").unwrap().deezer.unwrap();
    let found = get(&sim, Service::Deezer, "/search/artist?q=illenium").await.body;
    assert_eq!(found["data"][0]["id"], deezer);
    let first = get(&sim, Service::Deezer, &format!("/artist/{deezer}/albums?limit=10")).await.body;
    assert_eq!(first["data"].as_array().unwrap().len(), 10);
    assert!(first["next"].as_str().unwrap().ends_with("albums?limit=10&index=10"));
    let top = get(&sim, Service::Deezer, &format!("/artist/{deezer}/top")).await.body;
    assert_eq!(top["data"].as_array().unwrap().len(), 5);
    assert_eq!(top["data"][0].get("isrc"), None, "lists have no recording codes");
    let track = get(&sim, Service::Deezer, &format!("/track/{}", top["data"][0]["id"])).await.body;
    let isrc = track["isrc"].as_str().unwrap();
    assert_eq!(get(&sim, Service::Deezer, &format!("/track/isrc:{isrc}")).await.body["id"], track["id"]);
    for path in ["/artist/5", "/artist/x", "/track/isrc:NOSUCH", "/artist/1900000001/top"] {
        let gone = get(&sim, Service::Deezer, path).await;
        assert_eq!((gone.status, &gone.body["error"]["code"]), (200, &json!(800)), "{path}");
    }
    let unknown = get(&sim, Service::Deezer, "/nothing").await;
    assert_eq!((unknown.status, unknown.body), (404, json!({"error": "Not Found"})));
    assert_eq!(get(&sim, Service::Deezer, "/search/artist").await.body["error"]["code"], 501);
}

#[tokio::test]
async fn reccobeats_leaves_out_what_it_does_not_know() {
    let sim = start(Config::default()).await;
    let tracks = sim.known("ILLENIUM").unwrap().tracks;
    let ids = |n: usize| tracks[..n].join(",");
    let forty = get(&sim, Service::ReccoBeats, &format!("/audio-features?ids={}", ids(40))).await.body;
    let hrefs: Vec<&str> = forty["content"].as_array().unwrap().iter().map(|f| f["href"].as_str().unwrap()).collect();
    assert!((20..40).contains(&hrefs.len()), "{}", hrefs.len());
    let in_order: Vec<&String> = tracks.iter().filter(|id| hrefs.iter().any(|href| href.ends_with(*id))).collect();
    assert!(hrefs.iter().zip(&in_order).any(|(href, id)| !href.ends_with(*id)), "the order is not kept");
    let more = get(&sim, Service::ReccoBeats, &format!("/audio-features?ids={}", ids(60))).await.body;
    assert_eq!(more["content"], forty["content"], "ids beyond forty are dropped");
    let isrc = forty["content"][0]["isrc"].as_str().unwrap();
    let by_isrc = get(&sim, Service::ReccoBeats, &format!("/track?ids={isrc}&ids={}", tracks[0])).await.body;
    assert!(by_isrc["content"].as_array().unwrap().iter().any(|track| track["isrc"] == isrc));
    let artists = get(&sim, Service::ReccoBeats, "/artist/search?searchText=illenium").await.body;
    let id = artists["content"][0]["id"].as_str().unwrap();
    let own = get(&sim, Service::ReccoBeats, &format!("/artist/{id}/track?size=50&page=1")).await.body;
    assert_eq!((own["page"].as_u64(), own["size"].as_u64()), (Some(1), Some(50)));
    assert_eq!(get(&sim, Service::ReccoBeats, "/audio-features").await.status, 400);
}

#[tokio::test]
async fn lastfm_has_one_address_and_numbers_as_text() {
    let sim = start(Config::default()).await;
    let ask = |rest: &'static str| get(&sim, Service::LastFm, rest);
    let similar = ask("?method=artist.getSimilar&artist=illenium&limit=3&format=json&api_key=demo-key").await.body;
    let first = &similar["similarartists"]["artist"][0];
    assert_eq!(
        (first["match"].as_str(), similar["similarartists"]["@attr"]["artist"].as_str()),
        (Some("1.000000"), Some("ILLENIUM"))
    );
    let one = ask("?method=artist.getSimilar&artist=illenium&limit=1&format=json&api_key=demo-key").await.body;
    assert!(one["similarartists"]["artist"].is_object(), "a list of one item is that item");
    let tracks = ask("?method=artist.getTopTracks&artist=ILLENIUM&format=json&api_key=demo-key").await.body;
    assert!(tracks["toptracks"]["track"][0]["playcount"].is_string());
    let tags = ask("?method=artist.getTopTags&artist=ILLENIUM&format=json&api_key=demo-key").await.body;
    assert_eq!(tags["toptags"]["tag"][0]["count"], 100);
    for (path, code) in [
        ("?method=artist.getTopTags&artist=ILLENIUM&api_key=wrong", 10),
        ("?method=artist.getTopTags&artist=nobody+at+all&api_key=demo-key", 6),
        ("?method=album.getInfo&artist=ILLENIUM&api_key=demo-key", 3),
    ] {
        let refused = ask(path).await;
        assert_eq!((refused.status, &refused.body["error"]), (200, &json!(code)), "{path}");
    }
}
