//! Pages of hits, from a server of the test's own: `spotify-sim` knows no name beyond the first page.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use sixpotify_store::NameState;
use tokio::sync::watch;

use crate::world::{Catalogue, Kind, LIST, Silent, client, list, on_both, options, run};

on_both!(a_second_page_where_it_is_needed);

/// What was searched for, and from which offset on.
type Asked = Arc<Mutex<Vec<(String, usize)>>>;

/// A search service with as many hits for `rank 13 of 25` as it says, of which the thirteenth is called so.
async fn serve() -> (String, Asked) {
    let asked = Asked::default();
    let app = Router::new()
        .route(
            "/api/token",
            post(async || Json(json!({"access_token": "t", "token_type": "Bearer", "expires_in": 3600}))),
        )
        .route("/v1/search", get(search))
        .with_state(asked.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (base, asked)
}

async fn search(State(asked): State<Asked>, Query(query): Query<HashMap<String, String>>) -> Json<Value> {
    let number = |key: &str| query.get(key).map_or(0, |text| text.parse::<usize>().unwrap());
    let (text, offset, limit) = (query["q"].clone(), number("offset"), number("limit"));
    let mut words = text.split(' ').filter_map(|word| word.parse::<usize>().ok());
    let (rank, total) = (words.next().unwrap(), words.next().unwrap());
    let hit = |n: usize| {
        let name = if n == rank { text.clone() } else { format!("{text} tribute {n}") };
        json!({"id": format!("{rank:06}{n:016}"), "name": name, "followers": {"total": 5}, "popularity": 5, "genres": []})
    };
    let items: Vec<Value> = (offset + 1..=total.min(offset + limit)).map(hit).collect();
    let more = offset + limit < total;
    let next = more.then(|| format!("https://api.spotify.com/v1/search?q=x&offset={}", offset + limit));
    asked.lock().unwrap().push((text, offset));
    Json(json!({"artists": {"items": items, "next": next, "total": total, "offset": offset, "limit": limit}}))
}

async fn a_second_page_where_it_is_needed(kind: Kind) {
    let (base, asked) = serve().await;
    let catalogue = Catalogue::new(kind).await;
    let name = |rank: usize, total: usize| format!("RANK {rank} OF {total}");
    // Asked in capitals: a folded match on the first page is enough.
    let mut cases: Vec<(String, NameState, &[usize])> = Vec::new();
    cases.extend((1..=10).map(|rank| (name(rank, 25), NameState::Found, &[0][..])));
    cases.extend((11..=20).map(|rank| (name(rank, 25), NameState::Found, &[0, 10][..])));
    cases.push((name(21, 25), NameState::NotFound, &[0, 10]));
    // Fewer than a page, a page and no more, nothing at all.
    cases.extend([(9, 8), (11, 10), (1, 0)].map(|(rank, total)| (name(rank, total), NameState::NotFound, &[0][..])));
    let names = list(&cases.iter().map(|(name, ..)| name).collect::<Vec<_>>());
    let spotify = client(&format!("{base}/v1"), &format!("{base}/api/token"));
    let (_keep, stop) = watch::channel(false);
    let report = run(&catalogue.store, spotify, &names, options().with_facets([]), &Silent, stop).await.unwrap();
    assert_eq!((report.found, report.not_found, report.failed), (20, 4, 0));
    for (name, state, offsets) in cases {
        let asked: Vec<usize> =
            asked.lock().unwrap().iter().filter(|(text, _)| *text == name).map(|(_, offset)| *offset).collect();
        assert_eq!(asked, offsets, "{name}");
        let record = catalogue.store.names(LIST, std::slice::from_ref(&name)).await.unwrap().remove(0);
        assert_eq!(record.state, state, "{name}");
        if state == NameState::Found {
            let rank: u64 = name.split(' ').nth(1).unwrap().parse().unwrap();
            assert_eq!(record.artist_id.unwrap().as_str(), format!("{rank:06}{rank:016}"), "{name}");
        }
    }
}
