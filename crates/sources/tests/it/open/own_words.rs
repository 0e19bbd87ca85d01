//! What services say in words of their own, byte for byte.

use std::time::Duration;

use serde_json::{Value, json};
use sixpotify_core::{DeezerId, Link, Mbid, Source};
use sixpotify_sources::SourceClient as _;
use sixpotify_sources::http::FetchError;
use sixpotify_sources::lastfm::ArtistKey;

use super::clients::{Addresses, Clients, manners};
use crate::service::{Reply, Service, Then};

const ID: &str = "056e4f3e-d505-4dad-8ec1-d04f521cbb56";

async fn clients(service: &Service) -> Clients {
    Clients::new(&Addresses::all_at(service), &manners())
}

#[tokio::test]
async fn deezer_errors_are_objects_or_texts() {
    let error = |code: Value, message: &str| {
        Reply::json(&json!({"error": {"type": "Exception", "message": message, "code": code}}))
    };
    let artist = Reply::json(&json!({"id": 27, "name": "Daft Punk"}));
    // Each once, then the artist.
    for (reply, asked) in [
        (error(json!(4), "Quota limit exceeded"), 2),
        (error(json!(700), "Service busy"), 2),
        (error(json!(0), "unknown"), 2),
        (Reply::json(&json!({"error": "something"})), 2),
    ] {
        let service = Service::in_turn(vec![reply, artist.clone()]).await;
        let found = clients(&service).await.deezer.artist(DeezerId(27)).await.unwrap();
        assert_eq!((found.artist.name.as_str(), service.asked().len()), ("Daft Punk", asked));
    }
    let no_data = Service::always(error(json!(800), "no data")).await;
    let gone = clients(&no_data).await.deezer.artist(DeezerId(27)).await.unwrap_err();
    assert!(matches!(gone, FetchError::Gone { .. }), "{gone:?}");
    let wrong = Service::always(error(json!(501), "Missing parameters: q")).await;
    let rejected = clients(&wrong).await.deezer.search_artists("x").await.unwrap_err();
    assert_eq!(rejected.to_string(), "deezer rejects a request to /search/artist: HTTP 200: Missing parameters: q");
    assert_eq!((wrong.asked().len(), no_data.asked().len()), (1, 1));
    let missing = Service::always(Reply::new(404, "application/json", r#"{"error":"Not Found"}"#)).await;
    let gone = clients(&missing).await.deezer.artist(DeezerId(27)).await.unwrap_err();
    assert!(matches!(gone, FetchError::Gone { .. }), "{gone:?}");
}

#[tokio::test]
async fn lastfm_errors_have_numbers_whatever_the_status() {
    let key = ArtistKey::Name("x".to_owned());
    let answer = Reply::json(&json!({"toptags": {"tag": [{"name": "rock", "count": 100}], "@attr": {"artist": "x"}}}));
    for status in [200, 400, 500] {
        let said =
            |code: u32| Reply::new(status, "application/json", json!({"error": code, "message": "m"}).to_string());
        for passing in [8, 11, 16, 29] {
            let service = Service::in_turn(vec![said(passing), answer.clone()]).await;
            clients(&service).await.lastfm.top_tags(&key).await.unwrap();
            assert_eq!(service.asked().len(), 2, "{status} {passing}");
        }
        for (code, expected) in [(6, "no such item"), (10, "refuses the credentials"), (26, "refuses"), (3, "rejects")]
        {
            let service = Service::always(said(code)).await;
            let error = clients(&service).await.lastfm.top_tags(&key).await.unwrap_err().to_string();
            assert!(error.contains(expected), "{status} {code}: {error}");
            assert_eq!(service.asked().len(), 1, "{status} {code}");
        }
    }
}

#[tokio::test]
async fn the_key_is_in_the_query_and_nowhere_else() {
    let echo = Service::start(|seen, _| {
        let words = format!("no such page: {} {}", seen.line, "demo-key");
        Reply::new(400, "text/plain", words)
    })
    .await;
    let clients = clients(&echo).await;
    let error = clients.lastfm.top_tags(&ArtistKey::Name("x".to_owned())).await.unwrap_err();
    assert!(matches!(error, FetchError::Rejected { .. }), "{error:?}");
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(text.contains("***") && !text.contains("demo-key"), "{text}");
    }
    let asked = &echo.asked()[0];
    assert_eq!((asked.query("api_key").as_deref(), asked.authorization.as_str()), (Some("demo-key"), ""));
    assert_eq!(asked.query("method").as_deref(), Some("artist.getTopTags"));
}

#[tokio::test]
async fn the_token_goes_to_the_api_and_not_to_labs() {
    let service = Service::always(Reply::json(&json!([]))).await;
    let clients = clients(&service).await;
    let id = Mbid::parse(ID).unwrap();
    clients.listenbrainz.popularity(std::slice::from_ref(&id)).await.unwrap();
    clients.listenbrainz.similar_artists(&id).await.unwrap();
    let asked = service.asked();
    assert_eq!((asked[0].authorization.as_str(), asked[1].authorization.as_str()), ("Token demo-token", ""));
    assert_eq!(asked[0].line, "POST /v1/1/popularity/artist");
    assert_eq!(serde_json::from_str::<Value>(&asked[0].body).unwrap(), json!({"artist_mbids": [ID]}));
}

#[tokio::test]
async fn musicbrainz_is_asked_in_its_own_spelling() {
    let service = Service::always(Reply::json(&json!({"id": ID, "name": "Daft Punk", "artists": []}))).await;
    let clients = clients(&service).await;
    clients.musicbrainz.artist(&Mbid::parse(ID).unwrap()).await.unwrap();
    clients.musicbrainz.search_artists("Daft \"Punk\"").await.unwrap();
    let asked = service.asked();
    assert_eq!(asked[0].line, format!("GET /v1/artist/{ID}?inc=aliases+genres+url-rels&fmt=json"));
    let query = asked[1].query("query").unwrap();
    assert!(query.starts_with(r#"artist:"Daft \"Punk\""^3 OR alias:"#), "{query}");
}

#[tokio::test]
async fn links_are_asked_for_one_by_one_where_several_are_refused() {
    let service = Service::start(|seen, _| {
        if seen.line.matches("resource=").count() > 1 {
            return Reply::new(400, "application/json", r#"{"error":"one at a time"}"#);
        }
        let resource = seen.query("resource").unwrap();
        Reply::json(&json!({"id": ID, "resource": resource, "relations": [
            {"type": "free streaming", "ended": true, "artist": {"id": "156e4f3e-d505-4dad-8ec1-d04f521cbb56"}},
            {"type": "free streaming", "ended": false, "artist": {"id": ID, "name": "x"}}]}))
    })
    .await;
    let clients = clients(&service).await;
    let links: Vec<Link> = (1..=3).map(|n: u8| Link { source: Source::Deezer, source_id: n.to_string() }).collect();
    for _ in 0..2 {
        let joined = clients.musicbrainz.artists_of_links(&links).await.unwrap();
        assert!(joined.iter().all(|(_, mbids)| *mbids == [Mbid::parse(ID).unwrap()]), "{joined:?}");
    }
    assert_eq!(service.asked().len(), 1 + 3 + 3, "refused once, then remembered");
}

#[tokio::test]
async fn musicbrainz_slows_down_for_503_and_resets() {
    let artist = Reply::json(&json!({"id": ID, "name": "Daft Punk"}));
    for trouble in [
        Reply::new(503, "application/json", r#"{"error":"rate"}"#),
        Reply::nothing(Then::Reset),
        Reply::nothing(Then::Close),
    ] {
        let service = Service::in_turn(vec![trouble.clone(), trouble.clone(), artist.clone()]).await;
        let mut slow = manners();
        slow.unsaid_wait = Duration::from_millis(60);
        let clients = Clients::new(&Addresses::all_at(&service), &slow);
        clients.musicbrainz.artist(&Mbid::parse(ID).unwrap()).await.unwrap();
        let asked = service.asked();
        assert_eq!(asked.len(), 3, "{trouble:?}");
        // 60 ms, then 120: longer each time.
        assert!(asked[1].at - asked[0].at >= Duration::from_millis(60), "{trouble:?}");
        assert!(asked[2].at - asked[1].at >= Duration::from_millis(120), "{trouble:?}");
        assert_eq!(clients.musicbrainz.stats().limited, 2);
    }
    let named = Reply::new(503, "text/plain", "later").header("retry-after", "3600");
    let service = Service::always(named).await;
    let error = clients(&service).await.musicbrainz.search_artists("x").await.unwrap_err();
    assert!(matches!(error, FetchError::Paused { .. }), "{error:?}");
    assert_eq!(service.asked().len(), 1);
}

#[tokio::test]
async fn nothing_brings_an_empty_page_of_albums_to_follow_itself() {
    let page = json!({"data": [{"id": 1, "title": "x"}], "total": 1000, "next": "https://api.deezer.com/again"});
    let service = Service::always(Reply::json(&page)).await;
    let albums = clients(&service).await.deezer.albums(DeezerId(27)).await.unwrap();
    assert_eq!((albums.len(), service.asked().len()), (1, 2));
    assert!(
        service.asked()[1].line.starts_with("GET /v1/artist/27/albums?"),
        "at the address that we were told to use"
    );
}
