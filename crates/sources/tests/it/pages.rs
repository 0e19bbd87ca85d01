//! Albums come page by page: to the end, from one host only, and never in circles.

use serde_json::{Value, json};
use sixpotify_sources::http::FetchError;
use sixpotify_sources::spotify::Mode;
use spotify_sim::Config;

use crate::client::{ID, failed, id, sim, sim_config, spotify};
use crate::service::{Reply, Service};

/// Page `n` with two albums, and `next`.
fn page(n: usize, next: Option<&str>) -> Reply {
    let album = |k: usize| json!({"id": format!("{:022}", n * 2 + k), "name": format!("Album {}", n * 2 + k)});
    Reply::json(&json!({"items": [album(0), Value::Null, album(1)], "next": next}))
}

fn names(albums: &[(String, sixpotify_core::Album)]) -> Vec<&str> {
    albums.iter().map(|(_, album)| album.name.as_str()).collect()
}

#[tokio::test]
async fn all_pages_are_read_without_their_empty_places() {
    let next = |offset| format!("https://api.example/v1/artists/x/albums?limit=2&offset={offset}");
    let pages = vec![page(0, Some(&next(2))), page(1, Some(&next(4))), page(2, None)];
    let service = Service::in_turn(pages).await;
    let albums = service.spotify().albums(&id(ID)).await.unwrap();
    assert_eq!(names(&albums), ["Album 0", "Album 1", "Album 2", "Album 3", "Album 4", "Album 5"]);
    let offsets: Vec<_> = service.asked().iter().map(|seen| seen.query("offset")).collect();
    assert_eq!(offsets, [None, Some("2".to_owned()), Some("4".to_owned())]);
}

#[tokio::test]
async fn a_list_that_breaks_off_is_an_error_and_not_a_short_list() {
    let pages = vec![page(0, Some("?offset=2")), Reply::refusal(500, "Server error")];
    let service = Service::in_turn(pages).await;
    assert_eq!(failed(service.spotify().albums(&id(ID)).await), (5, "HTTP 500".to_owned()));
    assert_eq!(service.asked().len(), 6);
}

#[tokio::test]
async fn an_empty_page_is_the_last() {
    let empty = Reply::json(&json!({"items": [], "next": "https://api.example/v1/x?offset=50"}));
    let service = Service::in_turn(vec![page(0, Some("?offset=2")), empty]).await;
    assert_eq!(service.spotify().albums(&id(ID)).await.unwrap().len(), 2);
    assert_eq!(service.asked().len(), 2);
}

#[tokio::test]
async fn pages_that_lead_in_circles_are_an_error() {
    // To itself; to itself without a query; from the third to the second.
    let circles = [vec![Some("?offset=2")], vec![Some("nowhere")], vec![Some("?offset=2"), Some("?offset=4")]];
    for nexts in circles {
        let count = nexts.len();
        let service = Service::start(move |_, n| page(n, nexts[n % nexts.len()])).await;
        let error = service.spotify().albums(&id(ID)).await.unwrap_err();
        assert!(error.to_string().contains("leads back"), "{error}");
        assert_eq!(service.asked().len(), count + 1);
    }
}

#[tokio::test]
async fn a_page_that_is_too_long_for_the_mode_is_asked_for_shorter() {
    let sim = sim(Config { mode: spotify_sim::Mode::Development, ..Config::default() }).await;
    let spotify = spotify(sim_config(&sim));
    let page = crate::client::spotify(sim_config(&sim)).search_artists("Queen", 0).await.unwrap();
    let artist = &page.artists[0].artist;
    // Nothing has shown the mode to this client yet.
    assert_eq!(spotify.mode(), None);
    sim.reset_stats();
    let albums = spotify.albums(&artist.id.spotify().unwrap()).await.unwrap();
    assert!(!albums.is_empty());
    assert_eq!((spotify.mode(), sim.stats().by_status[&400]), (Some(Mode::Development), 1));
    // This mode sends no groups: the type stands in.
    assert!(albums.iter().all(|(group, album)| Some(group) == album.album_type.as_ref()));
}

#[tokio::test]
async fn a_refusal_of_any_page_does_not_tell_the_mode() {
    let service = Service::always(Reply::refusal(400, "Invalid market code")).await;
    let mut config = service.config();
    config.market = Some("XX".to_owned());
    let spotify = spotify(config);
    let error = spotify.albums(&id(ID)).await.unwrap_err();
    assert!(matches!(error, FetchError::Rejected { status: 400, .. }), "{error:?}");
    let limits: Vec<_> = service.asked().iter().map(|seen| seen.query("limit").unwrap()).collect();
    assert_eq!(limits, ["50", "10"]);
    assert_eq!(spotify.mode(), None);
}

#[tokio::test]
async fn both_modes_give_the_same_albums() {
    let mut lists = Vec::new();
    for mode in [spotify_sim::Mode::Extended, spotify_sim::Mode::Development] {
        let sim = sim(Config { mode, ..Config::default() }).await;
        let spotify = spotify(sim_config(&sim));
        let mut albums = Vec::new();
        for name in ["ILLENIUM", "Queen", "Lizzo"] {
            let page = spotify.search_artists(name, 0).await.unwrap();
            let artist = page.artists.iter().find(|hit| hit.artist.name == name).unwrap();
            let list = spotify.albums(&artist.artist.id.spotify().unwrap()).await.unwrap();
            albums.push(list.into_iter().map(|(_, album)| album).collect::<Vec<_>>());
        }
        lists.push(albums);
    }
    assert!(lists[0].iter().any(|list| list.len() > 50), "no artist has a second page in both modes");
    assert_eq!(lists[0], lists[1]);
}
