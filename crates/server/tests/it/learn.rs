//! Names that nobody knows yet, looked up at stand-ins for the sources.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use futures_util::future::{join, join_all};
use open_sim::{Known, OpenSim, RunningSim, Service, ServiceConfig};
use sixpotify_bot::learning::{self, Learner, LookedUp};
use sixpotify_bot::{
    Asker, Bot, Channel, Content, Conversation, Found, Incoming, Learned, Library as _, Link, Pasted, Wanted,
};
use sixpotify_core::{ArtistId, Facet, FacetState, Source};
use sixpotify_pipeline::{Freshness, OpenSources, Order, RelateOptions, Resolver, Sources};
use sixpotify_server::{LookUp, OpenLookUp, Shelf, StoreLibrary};
use sixpotify_similar::Method;
use sixpotify_sources::deezer::{Deezer, DeezerConfig};
use sixpotify_sources::http::{MemoryLedger, Retry, Timeouts};
use sixpotify_sources::listenbrainz::{ListenBrainz, ListenBrainzConfig};
use sixpotify_sources::musicbrainz::{MusicBrainz, MusicBrainzConfig};
use sixpotify_sources::reccobeats::{ReccoBeats, ReccoBeatsConfig};

use sixpotify_sources::{Clock as _, Manners, SystemClock};
use sixpotify_store::{ArtistDetail, Batch, GenreList, SharedStore};
use sixpotify_testkit::wait_until;
use spotify_sim::Mode;
use tokio::sync::Notify;
use url::Url;

use crate::app::App;
use crate::demo::stand_in;

/// No source has an artist of this name.
const NOBODY: &str = "Nobody Has This Name At All";

/// A catalogue, and stand-ins for the open sources, all but Last.fm, which needs a key.
struct World {
    app: App,
    sim: RunningSim,
    paces: Vec<(Source, f64)>,
}

impl World {
    async fn new() -> Self {
        let sim = OpenSim::start(([127, 0, 0, 1], 0).into(), open_sim::Config::default()).await.unwrap();
        Self { app: App::new().await, sim, paces: Vec::new() }
    }

    /// Puts services out of order, and all others in order.
    fn gone(&self, services: &[Service]) {
        let gone = |service: &Service| (*service, ServiceConfig { gone: true, ..ServiceConfig::default() });
        self.sim.configure(|config| config.services = services.iter().map(gone).collect()).unwrap();
    }

    fn open(&self, beside_spotify: bool) -> OpenLookUp {
        let clock = Arc::new(SystemClock);
        let ledger = || Arc::new(MemoryLedger::default());
        let url = |service| Url::parse(&self.sim.url(service)).unwrap();
        let manners = Manners {
            retry: retry(),
            timeouts: timeouts(),
            unsaid_wait: Duration::from_millis(1),
            ..Manners::default()
        };
        let musicbrainz =
            MusicBrainzConfig { api_url: url(Service::MusicBrainz), spacing: Duration::ZERO, manners: manners.clone() };
        let listenbrainz = ListenBrainzConfig {
            api_url: url(Service::ListenBrainz),
            labs_url: url(Service::Labs),
            token: None,
            budget: None,
            manners: manners.clone(),
        };
        let deezer = DeezerConfig { api_url: url(Service::Deezer), budget: None, manners: manners.clone() };
        let reccobeats = ReccoBeatsConfig { api_url: url(Service::ReccoBeats), budget: None, manners };
        let sources = OpenSources {
            musicbrainz: Some(MusicBrainz::new(musicbrainz, clock.clone(), ledger()).unwrap()),
            listenbrainz: Some(ListenBrainz::new(listenbrainz, clock.clone(), ledger()).unwrap()),
            deezer: Some(Deezer::new(deezer, clock.clone(), ledger()).unwrap()),
            reccobeats: Some(ReccoBeats::new(reccobeats, clock, ledger()).unwrap()),
            lastfm: None,
        };
        OpenLookUp { sources, paces: self.paces.clone(), order: Order::default(), beside_spotify }
    }

    fn look_up(&self) -> LookUp {
        let relate = RelateOptions { method: Method::Blend, depth: 50, sources: Sources::all() };
        LookUp::new(self.app.store.clone(), self.app.clock.clone(), Freshness::default(), relate)
    }

    /// Without any key.
    fn learner(&self) -> Learner {
        self.look_up().with_open(self.open(false)).learner()
    }

    /// Those whom MusicBrainz, Deezer and Spotify know, by names that only one artist has.
    fn known(&self, n: usize) -> Vec<Known> {
        let names = self.sim.names();
        let known = names.iter().filter_map(|name| self.sim.known(name));
        known.filter(|known| known.mbid.is_some() && known.deezer.is_some()).take(n).collect()
    }

    async fn detail(&self, id: &ArtistId) -> ArtistDetail {
        self.app.store.artist_details(std::slice::from_ref(id)).await.unwrap().pop().unwrap()
    }

    /// Of MusicBrainz, which is asked nothing any more after an answer.
    fn requests_to_musicbrainz(&self) -> u64 {
        self.sim.stats().of(Service::MusicBrainz).requests
    }

    fn requests(&self) -> u64 {
        let stats = self.sim.stats();
        Service::ALL.iter().map(|service| stats.of(*service).requests).sum()
    }
}

fn retry() -> Retry {
    Retry { base: Duration::from_millis(1), ..Retry::default() }
}

fn timeouts() -> Timeouts {
    Timeouts { read: Duration::from_secs(1), ..Timeouts::default() }
}

fn asker(key: &str) -> Asker {
    Asker { channel: Channel::Web, user_key: key.to_owned() }
}

/// Has it looked up with all the patience that there is.
async fn learn(learner: &Learner, wanted: &Wanted, key: &str) -> Learned {
    learner.learn(wanted, &asker(key), std::future::pending()).await.unwrap()
}

async fn learn_name(learner: &Learner, name: &str, key: &str) -> Learned {
    learn(learner, &Wanted::Name(name.to_owned()), key).await
}

fn artist(learned: Learned) -> ArtistId {
    match learned {
        Learned::Artist(id) => id,
        other => panic!("{other:?}"),
    }
}

fn link(url: &str) -> Wanted {
    match Link::find(url) {
        Some(Pasted::Known(link)) => Wanted::Link(link),
        other => panic!("{url}: {other:?}"),
    }
}

#[tokio::test]
async fn a_name_is_learned_without_any_account() {
    let world = World::new().await;
    let known = world.known(1).remove(0);
    let learner = world.learner();
    let store = world.app.store.clone();
    let resolver = Arc::new(Resolver::new(store.clone()));
    let library =
        StoreLibrary::new(store.clone(), resolver, Arc::new(Shelf::new(store.clone(), Sources::all())), Some(learner));
    let bot = Bot::new(Arc::new(library));
    let mut incoming = Incoming::new(Channel::Web, "a", Content::Text(known.name.clone()));
    let mut conversation = Conversation::default();
    // Whoever asks is told that it takes longer, where it does, and asks again.
    let mut answer = bot.answer(&incoming, conversation.clone(), world.app.clock.now()).await.unwrap();
    while let Some(later) = answer.later.take() {
        tokio::time::sleep(Duration::from_millis(50)).await;
        incoming.content = later.content;
        incoming.turn = sixpotify_bot::Turn::Again;
        if let sixpotify_bot::Keep::Conversation(kept) = answer.keep {
            conversation = kept;
        }
        answer = bot.answer(&incoming, conversation.clone(), world.app.clock.now()).await.unwrap();
    }
    let shown = format!("{:?}", answer.reply);
    assert!(shown.contains(&known.name), "{shown}");

    let id = ArtistId::new(Source::MusicBrainz, &known.mbid.unwrap());
    let detail = world.detail(&id).await;
    let said: BTreeSet<(Facet, Source)> = detail
        .facets
        .iter()
        .filter(|mark| mark.state == FacetState::Ok)
        .map(|mark| (mark.facet, mark.source))
        .collect();
    for wanted in [
        (Facet::Aliases, Source::MusicBrainz),
        (Facet::Genres, Source::MusicBrainz),
        (Facet::Links, Source::MusicBrainz),
        (Facet::Related, Source::ListenBrainz),
        (Facet::TopTracks, Source::Deezer),
    ] {
        assert!(said.contains(&wanted), "no {wanted:?} in {said:?}");
    }
    assert!(!said.iter().any(|(facet, _)| *facet == Facet::Albums), "an answer needs no albums: {said:?}");
    assert!(!detail.top_tracks.is_empty());
    let near = store.related(&id, 5).await.unwrap();
    let back = store.related(&near.first().expect("it was related").artist.id, 100).await.unwrap();
    assert!(back.iter().any(|other| other.artist.id == id), "and stands in the lists of others: {back:#?}");
}

/// Waits until it is known how the songs of an artist sound, which is asked after the answer.
async fn sounds(world: &World, id: &ArtistId) {
    let asked = async || {
        let marks = world.detail(id).await.facets;
        marks.iter().any(|mark| (mark.facet, mark.source) == (Facet::AudioFeatures, Source::ReccoBeats))
    };
    wait_until("the songs sound", Duration::from_secs(30), asked).await;
}

#[tokio::test]
async fn how_songs_sound_is_waited_for_only_where_nothing_else_makes_anybody_alike() {
    let world = World::new().await;
    let known = world.known(1).remove(0);
    // Nobody of the catalogue shares a genre or listeners.
    let id = artist(learn_name(&world.learner(), &known.name, "a").await);
    assert!(!world.app.store.related(&id, 5).await.unwrap().is_empty());
    let songs = world.detail(&id).await.top_tracks;
    assert!(songs.iter().any(|song| song.features.is_some()), "{songs:?}");

    // Somebody does, whatever genres that are: then it is asked for after the answer, and who cannot say it is not waited for.
    let genres: Vec<String> = world.detail(&id).await.genres.into_iter().map(|(genre, _)| genre).collect();
    assert!(!genres.is_empty());
    let world = World::new().await;
    let alike = ArtistId::from_stored("alike");
    let batch = Batch {
        artists: vec![sixpotify_core::Artist {
            id: alike.clone(),
            name: "Somebody Alike".to_owned(),
            followers: None,
            popularity: None,
            url: None,
            image_url: None,
        }],
        genres: vec![GenreList { artist_id: alike.clone(), source: Source::MusicBrainz, genres }],
        ..Batch::default()
    };
    world.app.store.write(&batch, world.app.clock.now()).await.unwrap();
    let silent = ServiceConfig { latency_ms: 600_000, ..ServiceConfig::default() };
    world.sim.configure(|config| config.services = [(Service::ReccoBeats, silent)].into()).unwrap();
    let id = artist(learn_name(&world.learner(), &known.name, "a").await);
    let near = world.app.store.related(&id, 5).await.unwrap();
    assert!(near.iter().any(|near| near.artist.id == alike), "{near:?}");
    // All attempts would have been waited for.
    assert!(world.sim.stats().of(Service::ReccoBeats).requests <= 1);
}

#[tokio::test]
async fn a_hundred_people_cost_one_look_up() {
    let alone = World::new().await;
    let name = alone.known(1).remove(0).name;
    let id = artist(learn_name(&alone.learner(), &name, "a").await);
    sounds(&alone, &id).await;
    let world = World::new().await;
    let learner = world.learner();
    let people: Vec<String> = (0..100).map(|n| n.to_string()).collect();
    let all = join_all(people.iter().map(|key| learn_name(&learner, &name, key))).await;
    let ids: BTreeSet<ArtistId> = all.into_iter().map(artist).collect();
    assert_eq!(ids.len(), 1);
    sounds(&world, &id).await;
    assert!(alone.requests() > 0);
    assert_eq!(world.requests(), alone.requests());
}

#[tokio::test]
async fn a_name_that_nobody_knows_is_remembered() {
    let world = World::new().await;
    let learner = world.learner();
    assert_eq!(learn_name(&learner, NOBODY, "a").await, Learned::NotFound);
    let requests = world.requests();
    assert!(requests > 0);
    assert_eq!(learn_name(&learner, NOBODY, "b").await, Learned::NotFound);
    // Nor is another server, with the same catalogue, in doubt.
    assert_eq!(learn_name(&world.learner(), NOBODY, "c").await, Learned::NotFound);
    assert_eq!(world.requests(), requests);
}

#[tokio::test]
async fn where_one_source_is_away_the_others_answer_and_nothing_is_called_unknown() {
    let world = World::new().await;
    let known = world.known(2);
    world.gone(&[Service::MusicBrainz]);
    let learner = world.learner();
    let id = artist(learn_name(&learner, &known[0].name, "a").await);
    assert_eq!(id, ArtistId::new(Source::Deezer, &known[0].deezer.unwrap().to_string()));
    let unsure = learn_name(&learner, NOBODY, "a").await;
    let Learned::Blocked { until: Some(until) } = unsure else { panic!("{unsure:?}") };
    let wait = until - world.app.clock.now();
    assert!(wait > TimeDelta::zero() && wait <= TimeDelta::hours(2), "{wait}");
    // It is back: a new client, as the old one keeps away from it for a while.
    world.gone(&[]);
    world.app.clock.advance(wait);
    assert_eq!(learn_name(&world.learner(), NOBODY, "a").await, Learned::NotFound);

    world.gone(&[Service::Deezer, Service::ListenBrainz, Service::Labs, Service::ReccoBeats]);
    let id = artist(learn_name(&world.learner(), &known[1].name, "a").await);
    assert_eq!(id.as_str(), format!("musicbrainz:{}", known[1].mbid.as_ref().unwrap()));
    assert!(world.detail(&id).await.top_tracks.is_empty());
}

#[tokio::test]
async fn where_all_sources_are_away_it_is_tried_again() {
    let world = World::new().await;
    let name = world.known(1).remove(0).name;
    world.gone(&Service::ALL);
    let learned = learn_name(&world.learner(), &name, "a").await;
    assert!(matches!(learned, Learned::Blocked { .. }), "{learned:?}");
    world.gone(&[]);
    world.app.clock.advance(TimeDelta::hours(2));
    artist(learn_name(&world.learner(), &name, "a").await);
}

#[tokio::test]
async fn links_are_followed_without_any_account() {
    let world = World::new().await;
    let known = world.known(3);
    let learner = world.learner();
    let urls = [
        format!("https://musicbrainz.org/artist/{}", known[0].mbid.as_ref().unwrap()),
        format!("https://www.deezer.com/en/artist/{}", known[1].deezer.unwrap()),
        format!("https://open.spotify.com/artist/{}", known[2].spotify),
    ];
    let mut joined = 0;
    for (url, known) in urls.iter().zip(&known) {
        match learn(&learner, &link(url), "a").await {
            Learned::Artist(id) => {
                assert_eq!(world.detail(&id).await.artist.name, known.name, "{url}");
                joined += 1;
            }
            // MusicBrainz does not know every address.
            other => assert_eq!(other, Learned::NotFound, "{url}"),
        }
    }
    assert!(joined >= 2, "{joined}");
    let nobody = link("https://musicbrainz.org/artist/00000000-0000-4000-8000-000000000000");
    assert_eq!(learn(&learner, &nobody, "b").await, Learned::NotFound);
    let requests = world.requests_to_musicbrainz();
    assert_eq!(learn(&learner, &nobody, "c").await, Learned::NotFound);
    assert_eq!(world.requests_to_musicbrainz(), requests);
}

#[tokio::test]
async fn songs_behind_links_are_learned_with_their_artists() {
    let world = World::new().await;
    let known = world.known(2);
    let deezer = world.open(false).sources.deezer.unwrap();
    let learner = world.learner();
    let theirs = sixpotify_core::DeezerId(known[0].deezer.unwrap());
    let song = deezer.top_tracks(theirs, 1).await.unwrap().remove(0);
    let at_deezer = song.url.unwrap();
    let at_musicbrainz = format!("https://musicbrainz.org/recording/{}", world.sim.recording_of(&known[1].tracks[0]));
    for (url, known) in [at_deezer, at_musicbrainz].iter().zip(&known) {
        let learned = learn(&learner, &link(url), "a").await;
        let Learned::Song(id) = learned else { panic!("{url}: {learned:?}") };
        let track = world.app.store.tracks(std::slice::from_ref(&id)).await.unwrap().remove(0);
        let detail = world.detail(&track.artists[0].id).await;
        assert!(track.artists.iter().any(|credit| credit.name == known.name), "{url}: {track:?}");
        assert_eq!(detail.artist.name, track.artists[0].name, "{url}");
        assert!(!detail.top_tracks.is_empty(), "the artist was learned, too");
        // The song is not on the shelf yet, so what the artist's neighbours are known for has to do.
        let store = world.app.store.clone();
        let shelf = Arc::new(Shelf::new(store.clone(), Sources::all()));
        shelf.refresh().await.unwrap();
        let library = StoreLibrary::new(store.clone(), Arc::new(Resolver::new(store.clone())), shelf, None);
        let near = sixpotify_bot::Library::songs_like(&library, &id, 0, 5).await.unwrap();
        assert!(!near.items.is_empty(), "{url}");
        assert!(near.items.iter().all(|near| near.song.id != id && !near.why.is_empty()), "{near:?}");
    }
    let nobody = link("https://www.deezer.com/track/999999999999");
    assert_eq!(learn(&learner, &nobody, "b").await, Learned::NotFound);
    // Spotify is not asked without keys, and nobody else knows its songs.
    let elsewhere = link("https://open.spotify.com/track/3Nrfpe0tUJi4K4DXYWgMUX");
    assert_eq!(learn(&learner, &elsewhere, "b").await, Learned::NotFound);
    world.gone(&Service::ALL);
    let away = link("https://www.deezer.com/track/999999999998");
    assert!(matches!(learn(&world.learner(), &away, "b").await, Learned::Blocked { .. }));
}

/// Sources that store an artist, and relate it when they are told to.
struct Halfway {
    store: SharedStore,
    stored: Notify,
    go_on: Notify,
}

#[async_trait]
impl learning::Sources for Halfway {
    async fn look_up(&self, _: &Wanted) -> LookedUp {
        let id = ArtistId::from_stored("newcomer");
        let artist = sixpotify_core::Artist {
            id: id.clone(),
            name: "Newcomer".to_owned(),
            followers: None,
            popularity: None,
            url: None,
            image_url: None,
        };
        let batch = Batch { artists: vec![artist], ..Batch::default() };
        self.store.write(&batch, SystemClock.now()).await.unwrap();
        self.stored.notify_one();
        self.go_on.notified().await;
        LookedUp { learned: Ok(Learned::Artist(id)), requests: 1 }
    }
}

#[tokio::test]
async fn who_is_stored_and_not_related_yet_is_waited_for_on_all_servers() {
    let app = App::new().await;
    let halfway = Arc::new(Halfway { store: app.store.clone(), stored: Notify::new(), go_on: Notify::new() });
    // What the servers share besides the catalogue.
    let ledger = Arc::new(sixpotify_bot::testing::MemoryLedger::default());
    let server = || {
        let spawn: learning::Spawn = Arc::new(|work| drop(tokio::spawn(work)));
        let (rules, now) = (learning::Rules::default(), Arc::new(|| SystemClock.now()));
        let learner = Learner::new(halfway.clone(), ledger.clone(), rules, spawn, now);
        let store = app.store.clone();
        let shelf = Arc::new(Shelf::new(store.clone(), Sources::all()));
        let resolver = Arc::new(Resolver::new(store.clone()));
        (StoreLibrary::new(store, resolver, shelf, Some(learner.clone())), learner)
    };
    let (library, learner) = server();
    let (other, of_other) = server();
    let waiting = tokio::spawn({
        let learner = learner.clone();
        async move { learn_name(&learner, "Newcomer", "a").await }
    });
    halfway.stored.notified().await;
    assert_eq!(library.find_artist("newcomer").await.unwrap(), Found::Unknown, "the catalogue has half of it");
    assert_eq!(other.find_artist("NEWCOMER").await.unwrap(), Found::Unknown, "nor is it shown elsewhere");
    assert_eq!(learn_name(&of_other, "newcomer", "b").await, Learned::Later, "an answer is promised there, too");
    assert!(matches!(library.find_artist("SHINee").await.unwrap(), Found::Artist { .. }), "others are not waited for");
    halfway.go_on.notify_one();
    assert_eq!(waiting.await.unwrap(), Learned::Artist(ArtistId::from_stored("newcomer")));
    for library in [library, other] {
        assert!(matches!(library.find_artist("newcomer").await.unwrap(), Found::Artist { certain: true, .. }));
    }
}

#[tokio::test]
async fn names_asked_for_at_once_wait_for_their_turn_at_a_file() {
    let world = World::new().await;
    let known = world.known(2);
    let learner = world.learner();
    let (one, other) = join(learn_name(&learner, &known[0].name, "a"), learn_name(&learner, &known[1].name, "b")).await;
    assert_ne!(artist(one), artist(other));
}

#[tokio::test]
async fn one_person_has_five_new_names_an_hour() {
    let world = World::new().await;
    let learner = world.learner();
    for n in 0..5 {
        assert_eq!(learn_name(&learner, &format!("{NOBODY} {n}"), "a").await, Learned::NotFound);
    }
    let requests = world.requests();
    assert!(matches!(learn_name(&learner, NOBODY, "a").await, Learned::AskedEnough { .. }));
    assert_eq!(world.requests(), requests);
    assert_eq!(learn_name(&learner, NOBODY, "b").await, Learned::NotFound);
}

#[tokio::test]
async fn what_spotify_withholds_in_development_mode_the_others_give() {
    for mode in [Mode::Development, Mode::Extended] {
        let world = World::new().await;
        let known = world.known(1).remove(0);
        let config = spotify_sim::Config { mode, ..spotify_sim::Config::default() };
        let (sim, spotify) = stand_in(config, retry(), timeouts()).await;
        let look_up = world.look_up().with_spotify(spotify).with_open(world.open(false));
        let learner = look_up.learner();
        let id = artist(learn_name(&learner, &known.name, "a").await);
        assert_eq!(id.as_str(), known.spotify, "Spotify is asked first");
        let by_others = world.detail(&id).await.facets.iter().any(|mark| mark.source != Source::Spotify);
        assert_eq!(by_others, mode == Mode::Development);
        assert_eq!(world.requests() > 0, mode == Mode::Development);
        let track = format!("https://open.spotify.com/track/{}", known.tracks[0]);
        let song = learn(&learner, &link(&track), "a").await;
        assert_eq!(song, Learned::Song(sixpotify_core::TrackId::from_stored(known.tracks[0].as_str())));
        sim.shutdown().await;
    }
}

#[tokio::test]
async fn the_chat_takes_a_fifth_of_a_sources_day_without_any_key() {
    let mut world = World::new().await;
    let known = world.known(8);
    artist(learn_name(&world.learner(), &known[0].name, "a").await);
    let asked = world.sim.stats().of(Service::MusicBrainz).requests;
    // A day has room for fifteen such look-ups, a fifth of it for three.
    let seconds = 86_400.0 / (15 * asked) as f64;
    world.paces = vec![(Source::MusicBrainz, seconds), (Source::Deezer, 0.1)];
    let learner = world.learner();
    let mut learned = 0;
    let refused = loop {
        let name = &known[1 + learned].name;
        match learn_name(&learner, name, &learned.to_string()).await {
            Learned::Artist(_) => learned += 1,
            other => break other,
        }
    };
    let Learned::ShareUsed { until } = refused else { panic!("{refused:?} after {learned}") };
    assert!((2..=4).contains(&learned), "{learned}");
    let requests = world.requests_to_musicbrainz();
    let again = learn_name(&world.learner(), &known[7].name, "z").await;
    assert!(matches!(again, Learned::ShareUsed { .. }), "nor is another server let: {again:?}");
    assert_eq!(world.requests_to_musicbrainz(), requests);
    world.app.clock.advance(until - world.app.clock.now());
    artist(learn_name(&learner, &known[7].name, "z").await);
}
