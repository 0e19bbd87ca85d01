//! Spotify and the open sources in one run.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::Query;
use axum::routing::{get, post};
use axum::{Json, Router};
use open_sim::{Config, Service, ServiceConfig};
use serde_json::{Value, json};
use sixpotify_core::{Artist, ArtistId, Facet, Source, Track, TrackId};
use sixpotify_pipeline::{
    Beside, Ingest, IngestOptions, NameList, OpenIngest, Order, Outcome, Progress, Report, Snapshot,
};
use sixpotify_sources::SystemClock;
use sixpotify_sources::spotify::Spotify;
use sixpotify_store::{Batch, NameState, SharedStore, TopTracks};
use spotify_sim::{Mode, RunningSim, Sim};
use tokio::sync::watch;

use crate::open::{World, names, options};
use crate::world::{Catalogue, Kind, LIST, Silent, artists, assert_same, client, list, on_both};

on_both! {
    both_work_at_the_same_time_and_nothing_is_asked_twice,
    spotify_gone_for_the_whole_run_costs_only_its_own,
    a_quota_that_ends_is_where_the_others_take_over,
    extended_mode_needs_nobody_else,
    what_comes_before_spotify_is_not_asked_of_it,
    a_profile_is_of_the_first_that_has_it,
    an_artist_of_a_table_is_joined_and_not_doubled,
    recordings_tell_namesakes_apart,
}

async fn spotify(mode: Mode) -> RunningSim {
    start(spotify_sim::Config { mode, ..spotify_sim::Config::default() }).await
}

async fn start(config: spotify_sim::Config) -> RunningSim {
    Sim::start(([127, 0, 0, 1], 0).into(), config).await.unwrap()
}

fn ingest(store: &SharedStore, spotify: Spotify, order: &Order) -> Ingest {
    let options = IngestOptions::new(LIST, 32).with_order(order.clone());
    Ingest::new(store.clone(), spotify, Arc::new(SystemClock), options)
}

impl World {
    fn others(&self, order: &Order) -> OpenIngest {
        let options = sixpotify_pipeline::OpenOptions { order: order.clone(), ..options() };
        OpenIngest::new(self.catalogue.store.clone(), self.sources(), Arc::new(SystemClock), options)
    }

    async fn beside(&self, sim: &RunningSim, beside: Beside, names: &[String]) -> Report {
        let spotify = client(&sim.api_url(), &sim.token_url());
        self.beside_in_order(spotify, beside, names, &Order::default()).await
    }

    async fn beside_in_order(&self, spotify: Spotify, beside: Beside, names: &[String], order: &Order) -> Report {
        let (_keep, stop) = watch::channel(false);
        let spotify = ingest(&self.catalogue.store, spotify, order);
        spotify.run_beside(&self.others(order), beside, &list(names), &Silent, stop).await.unwrap()
    }

    async fn refresh_beside(&self, spotify: &Spotify) -> Report {
        let (_keep, stop) = watch::channel(false);
        let order = Order::default();
        let spotify = ingest(&self.catalogue.store, spotify.clone(), &order);
        spotify.refresh_beside(&self.others(&order), Beside::Always, &Silent, stop).await.unwrap()
    }
}

/// Notes whether MusicBrainz was asked before all names were settled.
struct Watching<'a> {
    world: &'a World,
    asked_meanwhile: AtomicBool,
}

impl Progress for Watching<'_> {
    fn saved(&self, snapshot: Snapshot) {
        let asked = self.world.sim.stats().of(Service::MusicBrainz).requests > 0;
        if asked && snapshot.done < snapshot.names {
            self.asked_meanwhile.store(true, Ordering::Relaxed);
        }
    }
}

async fn both_work_at_the_same_time_and_nothing_is_asked_twice(kind: Kind) {
    let world = World::with(kind, Config::default()).await;
    let config = spotify_sim::Config {
        mode: Mode::Development,
        latency: Duration::from_millis(40),
        ..spotify_sim::Config::default()
    };
    let sim = start(config).await;
    let names = names(&world.sim, 80);
    let watching = Watching { world: &world, asked_meanwhile: AtomicBool::new(false) };
    let (_keep, stop) = watch::channel(false);
    let order = Order::default();
    let spotify = client(&sim.api_url(), &sim.token_url());
    let report = ingest(&world.catalogue.store, spotify.clone(), &order)
        .run_beside(&world.others(&order), Beside::WhereNeeded, &list(&names), &watching, stop)
        .await
        .unwrap();
    assert!(watching.asked_meanwhile.load(Ordering::Relaxed), "one after the other");
    assert_eq!((report.outcome.clone(), report.left, report.failed), (Outcome::Done, 0, 0), "{report:#?}");
    assert!(report.development_mode && !report.has_failures());
    assert_eq!(report.sources.len(), 6, "{:#?}", report.sources);
    assert!(report.sources.values().all(|of| of.answered > 0 && of.gone.is_none()), "{:#?}", report.sources);

    let all = artists(&world.catalogue.store).await;
    assert!(all.iter().all(|artist| artist.artist.id.spotify().is_some()), "Spotify says who is meant");
    let share = |has: &dyn Fn(&sixpotify_store::ArtistDetail) -> bool| {
        all.iter().filter(|artist| has(artist)).count() * 100 / all.len()
    };
    let at =
        |source: Source| move |artist: &sixpotify_store::ArtistDetail| artist.links.iter().any(|(s, _)| *s == source);
    assert!(share(&at(Source::MusicBrainz)) > 40 && share(&at(Source::Deezer)) > 40);
    assert!(share(&|artist| !artist.albums.is_empty()) > 50 && share(&|artist| !artist.top_tracks.is_empty()) > 50);
    assert!(share(&|artist| artist.top_tracks.iter().any(|track| track.features.is_some())) > 30);
    let by: BTreeSet<String> = world.catalogue.sql("select source from top_tracks").await.into_iter().collect();
    assert_eq!(by, BTreeSet::from(["deezer".to_owned()]));
    assert_eq!(sim.stats().by_endpoint.get("/v1/artists/{id}/albums"), None, "Deezer gives them");

    // What is fresh is asked of nobody; its client counts on.
    let (before, sent) = (world.dump(&names).await, spotify.stats().requests);
    let again = world.beside_in_order(spotify.clone(), Beside::WhereNeeded, &names, &order).await;
    assert_eq!((again.requests, spotify.stats().requests), (sent, sent), "{again:#?}");
    assert_same(&before, &world.dump(&names).await);
}

async fn spotify_gone_for_the_whole_run_costs_only_its_own(kind: Kind) {
    let world = World::with(kind, Config::default()).await;
    let sim = spotify(Mode::Development).await;
    sim.configure(|config| config.faults = [(spotify_sim::Fault::ResetBefore, 1.0)].into()).unwrap();
    let names = names(&world.sim, 12);
    let report = world.beside(&sim, Beside::WhereNeeded, &names).await;
    assert_eq!((report.outcome.clone(), report.left, report.failed), (Outcome::Done, 0, 0), "{report:#?}");
    assert!(!report.has_failures() && report.found > 8, "{report:#?}");
    assert!(report.sources[&Source::Spotify].gone.is_some(), "{:#?}", report.sources);
    let before = artists(&world.catalogue.store).await;
    assert!(before.iter().all(|artist| artist.artist.id.as_str().starts_with("musicbrainz:")));

    // Back again, it adds what it has to the same artists.
    sim.configure(|config| config.faults.clear()).unwrap();
    sim.reset_stats();
    let spotify = client(&sim.api_url(), &sim.token_url());
    let refreshed = world.refresh_beside(&spotify).await;
    assert!(!refreshed.has_failures(), "{refreshed:#?}");
    let ids = |all: &[sixpotify_store::ArtistDetail]| all.iter().map(|a| a.artist.id.clone()).collect::<Vec<_>>();
    let after = artists(&world.catalogue.store).await;
    assert_eq!(ids(&before), ids(&after), "the same artists");
    let joined = |artist: &&sixpotify_store::ArtistDetail| artist.links.iter().any(|(s, _)| *s == Source::Spotify);
    let marked = |artist: &sixpotify_store::ArtistDetail| {
        artist.facets.iter().any(|mark| (mark.facet, mark.source) == (Facet::Profile, Source::Spotify))
    };
    assert!(after.iter().filter(joined).count() > 3 && after.iter().filter(joined).all(marked));
    assert_eq!(sim.stats().by_endpoint.get("/v1/search"), None, "their ids are known");
    // The client of Spotify counts on.
    let sent = spotify.stats().requests;
    assert_eq!(world.refresh_beside(&spotify).await.requests, sent, "nothing is due any more");
    let order = Order::default();
    let again = world.beside_in_order(spotify.clone(), Beside::WhereNeeded, &names, &order).await;
    assert_eq!((again.left, again.failed), (0, 0), "{again:#?}");
    assert_eq!(ids(&before), ids(&artists(&world.catalogue.store).await), "nor does a list make others");
    let sent = spotify.stats().requests;
    let again = world.beside_in_order(spotify.clone(), Beside::WhereNeeded, &names, &order).await;
    assert_eq!((again.requests, spotify.stats().requests), (sent, sent), "whoever is not there is not sought daily");
}

async fn a_quota_that_ends_is_where_the_others_take_over(kind: Kind) {
    let world = World::with(kind, Config::default()).await;
    let config =
        spotify_sim::Config { mode: Mode::Development, quota_per_day: Some(6), ..spotify_sim::Config::default() };
    let sim = start(config).await;
    let names = names(&world.sim, 15);
    let report = world.beside(&sim, Beside::WhereNeeded, &names).await;
    assert_eq!((report.outcome.clone(), report.left, report.failed), (Outcome::Done, 0, 0), "{report:#?}");
    let gone = report.sources[&Source::Spotify].gone.clone().unwrap();
    assert!(gone.contains("next request"), "{gone}");
    assert!(report.sources[&Source::Spotify].missed > 0);
    let all = artists(&world.catalogue.store).await;
    assert!(all.iter().any(|artist| artist.artist.id.spotify().is_some()));
    assert!(all.iter().any(|artist| artist.artist.id.spotify().is_none()));
}

async fn extended_mode_needs_nobody_else(kind: Kind) {
    let world = World::with(kind, Config::default()).await;
    let sim = spotify(Mode::Extended).await;
    let names = names(&world.sim, 5);
    let report = world.beside(&sim, Beside::WhereNeeded, &names).await;
    assert_eq!((report.outcome, report.left), (Outcome::Done, 0));
    assert!(world.sim.stats().services.is_empty(), "{:?}", world.sim.stats());

    // If it is wished, they add what it has not, and only that.
    let report = world.beside(&sim, Beside::Always, &names).await;
    assert!(!report.has_failures(), "{report:#?}");
    let stats = world.sim.stats();
    assert!(stats.of(Service::MusicBrainz).requests > 0);
    let by: BTreeSet<String> = world.catalogue.sql("select source from top_tracks").await.into_iter().collect();
    assert_eq!(by, BTreeSet::from(["spotify".to_owned()]));
    assert_eq!(stats.of(Service::ReccoBeats).requests, 0, "they have a sound");
}

async fn what_comes_before_spotify_is_not_asked_of_it(kind: Kind) {
    let world = World::with(kind, Config::default()).await;
    let sim = spotify(Mode::Extended).await;
    let names = names(&world.sim, 20);
    let order = Order::default().with(Facet::Albums, &[Source::Deezer, Source::Spotify]).unwrap();
    let spotify = client(&sim.api_url(), &sim.token_url());
    let report = world.beside_in_order(spotify, Beside::Always, &names, &order).await;
    assert!(!report.has_failures() && report.left == 0, "{report:#?}");
    let all = artists(&world.catalogue.store).await;
    let asked = |artist: &sixpotify_store::ArtistDetail, source| {
        artist.facets.iter().any(|mark| (mark.facet, mark.source) == (Facet::Albums, source))
    };
    let at_deezer = |artist: &sixpotify_store::ArtistDetail| artist.links.iter().any(|(s, _)| *s == Source::Deezer);
    let (mut first, mut filled) = (0, 0);
    for artist in &all {
        assert!(asked(artist, Source::Deezer), "{artist:#?}");
        if at_deezer(artist) && !artist.albums.is_empty() && !asked(artist, Source::Spotify) {
            first += 1;
        } else {
            assert!(asked(artist, Source::Spotify), "it fills what is absent: {artist:#?}");
            filled += 1;
        }
    }
    assert!(first > 5 && filled > 0, "{first} of Deezer, {filled} of Spotify");
    assert_eq!(sim.stats().by_endpoint.get("/v1/artists/{id}/albums").copied(), Some(filled));
}

/// Page, fans, picture and popularity, each of whoever comes first and has it, in whatever order they were asked; refreshed, too.
async fn a_profile_is_of_the_first_that_has_it(kind: Kind) {
    let spotify_first = [Source::Spotify, Source::MusicBrainz, Source::ListenBrainz, Source::Deezer];
    let spotify_last = [Source::MusicBrainz, Source::ListenBrainz, Source::Deezer, Source::Spotify];
    let page = |artist: &sixpotify_store::ArtistDetail| artist.artist.url.clone().unwrap_or_default();
    for (sources, others_win) in [(spotify_first, false), (spotify_last, true)] {
        let order = Order::default().with(Facet::Profile, &sources).unwrap();
        // Artists of Spotify's, to which the others come; and artists of MusicBrainz', to which Spotify comes.
        for keys_come_later in [false, true] {
            let world = World::with(kind, Config::default()).await;
            let sim = spotify(Mode::Extended).await;
            let spotify = client(&sim.api_url(), &sim.token_url());
            let names = names(&world.sim, 12);
            if keys_come_later {
                let options = sixpotify_pipeline::OpenOptions { order: order.clone(), ..options() };
                world.ingest(&names, options).await;
            }
            let report = world.beside_in_order(spotify.clone(), Beside::Always, &names, &order).await;
            assert!(!report.has_failures() && report.left == 0, "{report:#?}");
            let what = format!("others win: {others_win}, keys come later: {keys_come_later}");
            check_profiles(&world, others_win, &what).await;

            // Spotify's is asked for again, and nobody else's.
            let stale = sixpotify_pipeline::Freshness::older_than(chrono::Duration::zero());
            let again = IngestOptions::new(LIST, 32).with_order(order.clone()).with_freshness(stale);
            let (_keep, stop) = watch::channel(false);
            let again = Ingest::new(world.catalogue.store.clone(), spotify, Arc::new(SystemClock), again);
            let before = artists(&world.catalogue.store).await;
            let report = again.refresh(&Silent, stop).await.unwrap();
            assert!(!report.has_failures() && report.facets[&Facet::Profile].fetched > 5, "{what}: {report:#?}");
            check_profiles(&world, others_win, &what).await;
            let after = artists(&world.catalogue.store).await;
            assert_eq!(
                before.iter().map(page).collect::<Vec<_>>(),
                after.iter().map(page).collect::<Vec<_>>(),
                "{what}"
            );
        }
    }
}

/// Of each artist that several have, whose page, picture and numbers are shown.
async fn check_profiles(world: &World, others_win: bool, what: &str) {
    let mut seen = [0; 3];
    for artist in artists(&world.catalogue.store).await {
        let at = |source: Source| artist.links.iter().find(|(s, _)| *s == source).map(|(_, id)| id.as_str());
        let (Some(own), Some(mbid)) = (at(Source::Spotify), at(Source::MusicBrainz)) else { continue };
        let profile = &artist.artist;
        let page = if others_win {
            format!("https://musicbrainz.org/artist/{mbid}")
        } else {
            format!("https://open.spotify.com/artist/{own}")
        };
        assert_eq!(profile.url.as_ref(), Some(&page), "{what}: {artist:#?}");
        seen[0] += 1;
        if at(Source::Deezer).is_none() {
            assert!(profile.followers.is_some(), "Spotify fills what is absent: {what}: {artist:#?}");
            continue;
        }
        if let Some(picture) = &profile.image_url {
            assert_eq!(picture.contains("dzcdn.net"), others_win, "{what}: {artist:#?}");
            seen[1] += 1;
        }
        // The stand-in for Deezer has three fans for five followers.
        let followers =
            world.sim.known(&profile.name).filter(|known| known.spotify == own).map(|known| known.followers);
        if let (Some(followers), Some(shown)) = (followers, profile.followers) {
            assert_eq!(shown, if others_win { followers * 3 / 5 } else { followers }, "{what}: {artist:#?}");
            seen[2] += 1;
        }
    }
    assert!(seen.iter().all(|n| *n > 3), "{what}: {seen:?}");
}

/// An artist of the user's own table, or of a dump, that a list names: the only one of its name at Spotify is that artist.
async fn an_artist_of_a_table_is_joined_and_not_doubled(kind: Kind) {
    let catalogue = Catalogue::new(kind).await;
    let sim = spotify(Mode::Extended).await;
    let spotify = || client(&sim.api_url(), &sim.token_url());
    let own = ArtistId::from_stored("csv:own");
    settled(&catalogue.store, &own, "Metallica").await;
    let run = || async {
        let (_keep, stop) = watch::channel(false);
        let ingest = ingest(&catalogue.store, spotify(), &Order::default());
        ingest.run(&list(&["Metallica"]), &Silent, stop).await.unwrap()
    };
    let report = run().await;
    assert_eq!((report.found, report.has_failures()), (1, false), "{report:#?}");
    let all = artists(&catalogue.store).await;
    assert_eq!(all.len(), 1, "{all:#?}");
    assert_eq!((&all[0].artist.id, all[0].artist.name.as_str()), (&own, "Metallica"));
    assert!(all[0].links.iter().any(|(source, _)| *source == Source::Spotify));
    assert!(all[0].artist.followers.is_some() && all[0].artist.image_url.is_some());
    assert!(!all[0].albums.is_empty() && !all[0].top_tracks.is_empty() && !all[0].genres.is_empty());
    assert!(all[0].top_tracks.iter().all(|track| track.artists.iter().any(|credit| credit.id == own)));
    assert_eq!(run().await.requests, 0, "and that is known");

    // A person's no holds.
    let id = all[0].links.iter().find(|(source, _)| *source == Source::Spotify).unwrap().1.clone();
    let link = sixpotify_store::Link { artist_id: own.clone(), source: Source::Spotify, source_id: id };
    catalogue.store.reject_link(&link, chrono::DateTime::UNIX_EPOCH).await.unwrap();
    run().await;
    let all = artists(&catalogue.store).await;
    assert!(all.len() == 1 && all[0].links.is_empty(), "{all:#?}");
}

async fn settled(store: &SharedStore, id: &ArtistId, name: &str) {
    let artist =
        Artist { id: id.clone(), name: name.to_owned(), followers: None, popularity: None, url: None, image_url: None };
    let batch = Batch { artists: vec![artist], ..Batch::default() };
    store.write(&batch, chrono::DateTime::UNIX_EPOCH).await.unwrap();
    store.settle_name(LIST, name, id, "exact", chrono::DateTime::UNIX_EPOCH).await.unwrap();
}

const TWINS: [&str; 2] = ["1111111111111111111111", "2222222222222222222222"];

/// A Spotify in development mode with two artists of one name, of whom the second made the recording.
async fn twins() -> String {
    let search = |Query(query): Query<std::collections::HashMap<String, String>>| async move {
        let artist = |id: &str| json!({"id": id, "name": "Twin", "images": [], "external_urls": {}});
        let items: Vec<Value> = TWINS.iter().map(|id| artist(id)).collect();
        let page = |items: Value| json!({"items": items, "next": null, "total": 2, "offset": 0, "limit": 10});
        let track = json!({"id": "3333333333333333333333", "name": "Song", "artists": [artist(TWINS[1])],
            "external_ids": {"isrc": "ZZS6P0000001"}, "album": null, "duration_ms": 1000});
        Json(if query["type"] == "track" {
            json!({"tracks": page(json!([track]))})
        } else {
            json!({"artists": page(json!(items))})
        })
    };
    let token = json!({"access_token": "t", "token_type": "Bearer", "expires_in": 3600});
    let app = Router::new().route("/api/token", post(move || async { Json(token) })).route("/v1/search", get(search));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    base
}

async fn recordings_tell_namesakes_apart(kind: Kind) {
    let base = twins().await;
    for (code, joined) in [(Some("ZZS6P0000001"), true), (Some("ZZS6P0000002"), false), (None, false)] {
        let catalogue = Catalogue::new(kind).await;
        let own = ArtistId::from_stored("deezer:7");
        settled(&catalogue.store, &own, "Twin").await;
        let id = TrackId::from_stored("deezer:70");
        let track = Track {
            id: id.clone(),
            name: "Song".to_owned(),
            album: None,
            duration_ms: None,
            explicit: None,
            isrc: code.map(str::to_owned),
            popularity: None,
            url: None,
            preview_url: None,
            artists: Vec::new(),
        };
        let top =
            TopTracks { artist_id: own.clone(), market: String::new(), source: Source::Deezer, track_ids: vec![id] };
        let batch = Batch { tracks: vec![track], top_tracks: vec![top], ..Batch::default() };
        catalogue.store.write(&batch, chrono::DateTime::UNIX_EPOCH).await.unwrap();
        let (_keep, stop) = watch::channel(false);
        let spotify = client(&format!("{base}/v1"), &format!("{base}/api/token"));
        let report = ingest(&catalogue.store, spotify, &Order::default())
            .run(&NameList::of(&["Twin".to_owned()]), &Silent, stop)
            .await
            .unwrap();
        assert_eq!((report.found, report.has_failures()), (1, false), "{report:#?}");
        let all = artists(&catalogue.store).await;
        assert_eq!(all.len(), 1, "{code:?}: {all:#?}");
        let links = if joined { vec![(Source::Spotify, TWINS[1].to_owned())] } else { Vec::new() };
        assert_eq!(all[0].links, links, "{code:?}");
        let record = catalogue.store.names(LIST, &["Twin".to_owned()]).await.unwrap().remove(0);
        assert_eq!((record.state, record.artist_id), (NameState::Found, Some(own)));
    }
}

/// A source that is away while both work is passed over like any other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_source_gone_beside_spotify_costs_only_its_own() {
    let mut config = Config::default();
    config.services.insert(Service::MusicBrainz, ServiceConfig { gone: true, ..ServiceConfig::default() });
    let world = World::with(Kind::Sqlite, config).await;
    let sim = spotify(Mode::Development).await;
    let report = world.beside(&sim, Beside::WhereNeeded, &names(&world.sim, 8)).await;
    assert_eq!((report.outcome.clone(), report.left), (Outcome::Done, 0), "{report:#?}");
    assert!(!report.has_failures() && report.sources[&Source::MusicBrainz].gone.is_some(), "{report:#?}");
    world.sim.configure(|config| config.services.clear()).unwrap();
    let again = world.refresh_beside(&client(&sim.api_url(), &sim.token_url())).await;
    assert!(again.sources[&Source::MusicBrainz].answered > 0, "{:#?}", again.sources);
}
