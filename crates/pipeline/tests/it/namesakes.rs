//! Artists of one name at Deezer: which of them an artist of the catalogue is, recordings say.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Path;
use axum::routing::get;
use axum::{Json, Router};
use chrono::DateTime;
use serde_json::{Value, json};
use sixpotify_core::{Artist, ArtistId, Source, Track, TrackId};
use sixpotify_pipeline::{OpenIngest, OpenSources, Report};
use sixpotify_sources::deezer::{Deezer, DeezerConfig};
use sixpotify_sources::http::{MemoryLedger, Retry};
use sixpotify_sources::{Manners, SystemClock};
use sixpotify_store::{Batch, Link, TopTracks};
use tokio::sync::watch;
use url::Url;

use crate::open::options;
use crate::world::{Catalogue, Kind, LIST, Silent, artists, list, on_both};

on_both! {
    a_shared_recording_tells_who_it_is_at_deezer,
    what_a_person_undid_is_not_joined_by_a_recording,
}

const NAME: &str = "Twin";

/// Made by the second of the twins.
const CODE: &str = "ZZD6P0000001";

/// Made by both.
const OF_BOTH: &str = "ZZD6P0000002";

/// Nobody has it.
const UNKNOWN: &str = "ZZD6P0000003";

/// Made by another one, of another name.
const OF_ANOTHER: &str = "ZZD6P0000004";

/// A Deezer with two artists of one name, who have so many fans, and one that is only alike.
async fn twins(fans: [u64; 2]) -> Url {
    let artist = move |id: usize| {
        let (name, fans) = if id < 3 { (NAME, fans[id - 1]) } else { ("Twin Peaks", 7) };
        json!({"id": id, "name": name, "nb_fan": fans, "link": format!("https://www.deezer.com/artist/{id}")})
    };
    let nothing = || async { Json(json!({"data": [], "total": 0})) };
    let search = move || async move { Json(json!({"data": [artist(3), artist(1), artist(2)], "total": 3})) };
    let track = move |Path(id): Path<String>| async move {
        let makers: &[usize] = match id.strip_prefix("isrc:") {
            Some(CODE) => &[2],
            Some(OF_BOTH) => &[1, 2],
            Some(OF_ANOTHER) => &[3],
            // Its words for what it does not have.
            _ => return Json(json!({"error": {"type": "DataException", "message": "no data", "code": 800}})),
        };
        let makers: Vec<Value> = makers.iter().map(|id| artist(*id)).collect();
        Json(json!({"id": 70, "title": "Song", "isrc": &id[5..], "contributors": makers, "artist": makers[0]}))
    };
    let app = Router::new()
        .route("/search/artist", get(search))
        .route("/track/{id}", get(track))
        .route("/artist/{id}", get(move |Path(id): Path<usize>| async move { Json(artist(id)) }))
        .route("/artist/{id}/albums", get(nothing))
        .route("/artist/{id}/top", get(nothing));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    Url::parse(&base).unwrap()
}

/// A catalogue with an artist of the twins' name, whose songs have these recording codes.
async fn catalogue(kind: Kind, codes: &[&str]) -> (Catalogue, ArtistId) {
    let catalogue = Catalogue::new(kind).await;
    let own = ArtistId::from_stored("csv:own");
    let artist = Artist {
        id: own.clone(),
        name: NAME.to_owned(),
        followers: None,
        popularity: None,
        url: None,
        image_url: None,
    };
    let song = |n: usize| TrackId::from_stored(format!("csv:song{n}"));
    let track = |(n, code): (usize, &&str)| Track {
        id: song(n),
        name: "Song".to_owned(),
        album: None,
        duration_ms: None,
        explicit: None,
        isrc: Some((*code).to_owned()),
        popularity: None,
        url: None,
        preview_url: None,
        artists: Vec::new(),
    };
    let tracks: Vec<Track> = codes.iter().enumerate().map(track).collect();
    let track_ids = (0..codes.len()).map(song).collect();
    let top = TopTracks { artist_id: own.clone(), market: String::new(), source: Source::Csv, track_ids };
    let batch = Batch { artists: vec![artist], tracks, top_tracks: vec![top], ..Batch::default() };
    catalogue.store.write(&batch, DateTime::UNIX_EPOCH).await.unwrap();
    catalogue.store.settle_name(LIST, NAME, &own, "exact", DateTime::UNIX_EPOCH).await.unwrap();
    (catalogue, own)
}

/// A run that asks nobody but this Deezer.
async fn ingest(catalogue: &Catalogue, api_url: Url) -> Report {
    let manners = Manners { retry: Retry { base: Duration::from_millis(1), ..Retry::default() }, ..Manners::default() };
    let config = DeezerConfig { api_url, budget: None, manners };
    let deezer = Deezer::new(config, Arc::new(SystemClock), Arc::new(MemoryLedger::default())).unwrap();
    let sources = OpenSources { deezer: Some(deezer), ..OpenSources::default() };
    let (_keep, stop) = watch::channel(false);
    let ingest = OpenIngest::new(catalogue.store.clone(), sources, Arc::new(SystemClock), options());
    let report = ingest.run(&list(&[NAME]), &Silent, stop).await.unwrap();
    assert_eq!((report.found, report.has_failures()), (1, false), "{report:#?}");
    report
}

/// Whom the only artist of the catalogue is at Deezer.
async fn at_deezer(catalogue: &Catalogue, own: &ArtistId) -> Vec<String> {
    let mut all = artists(&catalogue.store).await;
    assert_eq!(all.len(), 1, "one artist, whoever it is at Deezer: {all:#?}");
    let only = all.remove(0);
    assert_eq!(&only.artist.id, own);
    only.links.into_iter().map(|(source, id)| format!("{source}:{id}")).collect()
}

async fn a_shared_recording_tells_who_it_is_at_deezer(kind: Kind) {
    const CLOSE: [u64; 2] = [1000, 900];
    const FAR: [u64; 2] = [90_000, 20];
    let cases: [(&[&str], [u64; 2], &[&str]); 10] = [
        (&[CODE], CLOSE, &["deezer:2"]),
        // What it made says more than how many like somebody of its name.
        (&[CODE], FAR, &["deezer:2"]),
        (&[OF_BOTH], CLOSE, &[]),
        (&[UNKNOWN], CLOSE, &[]),
        // A recording joins nobody who is called otherwise.
        (&[OF_ANOTHER], CLOSE, &[]),
        // One recording that tells is enough, among a few.
        (&[UNKNOWN, OF_BOTH, CODE], CLOSE, &["deezer:2"]),
        (&[OF_ANOTHER, UNKNOWN, OF_BOTH, CODE], CLOSE, &[]),
        (&[], CLOSE, &[]),
        (&[], [0, 0], &[]),
        (&[], FAR, &["deezer:1"]),
    ];
    for (code, fans, expected) in cases {
        let (catalogue, own) = catalogue(kind, code).await;
        ingest(&catalogue, twins(fans).await).await;
        assert_eq!(at_deezer(&catalogue, &own).await, expected, "{code:?} {fans:?}");
        let followers = artists(&catalogue.store).await[0].artist.followers;
        assert_eq!(followers.is_some(), !expected.is_empty(), "facts are taken of whom it is only: {code:?} {fans:?}");
    }
}

async fn what_a_person_undid_is_not_joined_by_a_recording(kind: Kind) {
    let (catalogue, own) = catalogue(kind, &[CODE]).await;
    let link = Link { artist_id: own.clone(), source: Source::Deezer, source_id: "2".to_owned() };
    catalogue.store.reject_link(&link, DateTime::UNIX_EPOCH).await.unwrap();
    ingest(&catalogue, twins([1000, 900]).await).await;
    assert_eq!(at_deezer(&catalogue, &own).await, [""; 0]);
}
