//! Ingest over the open sources, against stand-ins with their quirks.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use open_sim::{Config, Fault, OpenSim, RunningSim, Service, ServiceConfig};
use sixpotify_core::{Artist, ArtistId, Facet, FacetState, Source};
use sixpotify_pipeline::{Freshness, OpenIngest, OpenOptions, OpenSources, Order, Outcome, Report};
use sixpotify_sources::deezer::{Deezer, DeezerConfig};
use sixpotify_sources::http::{MemoryLedger, Retry, Timeouts};
use sixpotify_sources::lastfm::{LastFm, LastFmConfig};
use sixpotify_sources::listenbrainz::{ListenBrainz, ListenBrainzConfig};
use sixpotify_sources::musicbrainz::{MusicBrainz, MusicBrainzConfig};
use sixpotify_sources::reccobeats::{ReccoBeats, ReccoBeatsConfig};
use sixpotify_sources::{Manners, SourceClient as _, SystemClock};
use sixpotify_store::{Batch, Link, NameState};
use tokio::sync::watch;
use url::Url;

use crate::world::{Catalogue, Kind, LIST, Silent, artists, assert_same, dump, list, on_both};

on_both! {
    names_become_a_catalogue_without_any_account,
    what_is_fresh_is_not_asked_again,
    an_artist_of_spotify_is_enriched_and_not_doubled,
    keys_that_come_later_make_no_second_artist,
    one_source_gone_costs_only_its_own,
    faults_of_all_kinds_leave_the_same_catalogue,
    a_refresh_asks_for_what_is_due_and_says_so_before,
    a_name_with_an_id_at_spotify_is_whom_musicbrainz_links_to_it,
    the_order_of_genres_is_as_chosen,
    an_open_licence_takes_no_tags_of_musicbrainz,
    a_stop_ends_a_pause_at_once,
    whoever_waits_is_told_the_same,
}

/// A catalogue and stand-ins for the open sources.
pub(crate) struct World {
    pub(crate) sim: RunningSim,
    pub(crate) catalogue: Catalogue,
}

impl World {
    pub(crate) async fn with(kind: Kind, config: Config) -> Self {
        let sim = OpenSim::start(([127, 0, 0, 1], 0).into(), config).await.unwrap();
        Self { sim, catalogue: Catalogue::new(kind).await }
    }

    pub(crate) fn sources(&self) -> OpenSources {
        let clock = Arc::new(SystemClock);
        let ledger = || Arc::new(MemoryLedger::default());
        let url = |service| Url::parse(&self.sim.url(service)).unwrap();
        let manners = Manners {
            retry: Retry { base: Duration::from_millis(1), ..Retry::default() },
            timeouts: Timeouts { read: Duration::from_secs(1), ..Timeouts::default() },
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
        let reccobeats = ReccoBeatsConfig { api_url: url(Service::ReccoBeats), budget: None, manners: manners.clone() };
        let lastfm = LastFmConfig {
            api_url: url(Service::LastFm),
            api_key: "demo-key".to_owned().into(),
            budget: None,
            manners,
        };
        OpenSources {
            musicbrainz: Some(MusicBrainz::new(musicbrainz, clock.clone(), ledger()).unwrap()),
            listenbrainz: Some(ListenBrainz::new(listenbrainz, clock.clone(), ledger()).unwrap()),
            deezer: Some(Deezer::new(deezer, clock.clone(), ledger()).unwrap()),
            reccobeats: Some(ReccoBeats::new(reccobeats, clock.clone(), ledger()).unwrap()),
            lastfm: Some(LastFm::new(lastfm, clock, ledger()).unwrap()),
        }
    }

    pub(crate) async fn ingest(&self, names: &[String], options: OpenOptions) -> Report {
        let (_keep, stop) = watch::channel(false);
        let ingest = OpenIngest::new(self.catalogue.store.clone(), self.sources(), Arc::new(SystemClock), options);
        ingest.run(&list(names), &Silent, stop).await.unwrap()
    }

    async fn refresh(&self) -> Report {
        let (_keep, stop) = watch::channel(false);
        let ingest = OpenIngest::new(self.catalogue.store.clone(), self.sources(), Arc::new(SystemClock), options());
        ingest.refresh(&Silent, stop).await.unwrap()
    }

    pub(crate) async fn dump(&self, names: &[String]) -> Vec<String> {
        dump(&self.catalogue.store, &list(names)).await
    }
}

pub(crate) fn options() -> OpenOptions {
    OpenOptions::new(LIST)
}

/// Some names of the sample.
pub(crate) fn names(sim: &RunningSim, n: usize) -> Vec<String> {
    sim.names().into_iter().take(n).collect()
}

async fn names_become_a_catalogue_without_any_account(kind: Kind) {
    let world = World::with(kind, Config::default()).await;
    let mut names = names(&world.sim, 25);
    names.push("Nobody Has This Name At All".to_owned());
    let report = world.ingest(&names, options()).await;
    assert_eq!((report.outcome.clone(), report.left, report.failed), (Outcome::Done, 0, 0), "{report:#?}");
    assert_eq!(report.not_found, 1);
    assert!(report.found >= 20, "{report:#?}");
    let all = artists(&world.catalogue.store).await;
    assert!(all.len() >= 20 && all.len() <= report.found, "{}", all.len());
    for artist in &all {
        assert!(artist.artist.id.as_str().starts_with("musicbrainz:"), "{}", artist.artist.id);
        let asked: BTreeSet<(Facet, Source)> = artist.facets.iter().map(|f| (f.facet, f.source)).collect();
        for facet in [Facet::Aliases, Facet::Links, Facet::Genres] {
            assert!(asked.contains(&(facet, Source::MusicBrainz)), "{facet} of {}: {asked:?}", artist.artist.name);
        }
        assert!(
            asked.contains(&(Facet::Related, Source::ListenBrainz))
                && asked.contains(&(Facet::Related, Source::LastFm))
        );
        assert!(artist.facets.iter().all(|f| f.state == FacetState::Ok), "{:#?}", artist.facets);
    }
    let share =
        |has: &dyn Fn(&sixpotify_store::ArtistDetail) -> bool| all.iter().filter(|a| has(a)).count() * 100 / all.len();
    assert!(share(&|a| !a.genres.is_empty()) > 50);
    assert!(share(&|a| a.artist.popularity.is_some()) > 50, "listeners");
    assert!(share(&|a| a.artist.followers.is_some() && a.artist.image_url.is_some()) > 50, "fans and pictures");
    assert!(share(&|a| !a.top_tracks.is_empty()) > 50);
    assert!(share(&|a| !a.albums.is_empty()) > 50);
    assert!(share(&|a| a.top_tracks.iter().any(|t| t.features.is_some())) > 30, "features by recording code");
    let codes = world.catalogue.sql("select isrc from tracks where isrc is not null").await;
    assert!(codes.len() > 50, "{}", codes.len());
    let related = world.catalogue.sql("select source from source_related group by source order by source").await;
    assert_eq!(related, ["lastfm", "listenbrainz"]);
    assert!(
        report.sources.values().all(|source| source.gone.is_none() && source.answered > 0),
        "{:#?}",
        report.sources
    );
}

async fn what_is_fresh_is_not_asked_again(kind: Kind) {
    let world = World::with(kind, Config::default()).await;
    let names = names(&world.sim, 8);
    world.ingest(&names, options()).await;
    let before = world.dump(&names).await;
    world.sim.reset_stats();
    let report = world.ingest(&names, options()).await;
    assert_eq!(report.requests, 0, "{report:#?}");
    assert_same(&before, &world.dump(&names).await);

    // Of one source alone, nobody else is asked.
    let only = OpenOptions { order: options().order.only(&[Source::MusicBrainz]), ..options() };
    let more = [names[0].clone(), world.sim.names()[30].clone()];
    let report = world.ingest(&more, only).await;
    let asked: Vec<Source> = report.sources.iter().filter(|(_, s)| s.requests > 0).map(|(s, _)| *s).collect();
    assert!(asked.iter().all(|source| matches!(source, Source::MusicBrainz | Source::ListenBrainz)), "{asked:?}");
}

async fn an_artist_of_spotify_is_enriched_and_not_doubled(kind: Kind) {
    let world = World::with(kind, Config::default()).await;
    let (name, spotify) = joined_to_spotify(&world).await;
    let id = ArtistId::from_stored(spotify.clone());
    let artist = Artist {
        id: id.clone(),
        name: name.clone(),
        followers: None,
        popularity: None,
        url: Some("https://open.spotify.com/artist/x".to_owned()),
        image_url: None,
    };
    let batch = Batch {
        artists: vec![artist],
        links: vec![Link { artist_id: id.clone(), source: Source::Spotify, source_id: spotify }],
        ..Batch::default()
    };
    world.catalogue.store.write(&batch, chrono::DateTime::UNIX_EPOCH).await.unwrap();
    world.catalogue.store.settle_name(LIST, &name, &id, "exact", chrono::DateTime::UNIX_EPOCH).await.unwrap();
    let report = world.ingest(std::slice::from_ref(&name), options()).await;
    assert_eq!((report.found, report.failed), (1, 0));
    let all = artists(&world.catalogue.store).await;
    assert_eq!(all.len(), 1, "one artist: {all:#?}");
    assert_eq!(all[0].artist.id, id);
    assert!(all[0].links.iter().any(|(source, _)| *source == Source::MusicBrainz), "{:?}", all[0].links);
    assert_eq!(all[0].artist.url.as_deref(), Some("https://open.spotify.com/artist/x"), "what was there stays");
    assert!(all[0].artist.followers.is_some() || all[0].artist.popularity.is_some());
}

async fn keys_that_come_later_make_no_second_artist(kind: Kind) {
    let world = World::with(kind, Config::default()).await;
    let (name, spotify) = joined_to_spotify(&world).await;
    world.ingest(std::slice::from_ref(&name), options()).await;
    let before = artists(&world.catalogue.store).await;
    assert!(before[0].links.contains(&(Source::Spotify, spotify)), "{:?}", before[0].links);

    let sim = spotify_sim::Sim::start(([127, 0, 0, 1], 0).into(), spotify_sim::Config::default()).await.unwrap();
    let (_keep, stop) = watch::channel(false);
    let client = crate::world::client(&sim.api_url(), &sim.token_url());
    let options = crate::world::options();
    crate::world::run(&world.catalogue.store, client, &list(std::slice::from_ref(&name)), options, &Silent, stop)
        .await
        .unwrap();
    let after = artists(&world.catalogue.store).await;
    assert_eq!(after.len(), 1, "{after:#?}");
    assert_eq!(after[0].artist.id, before[0].artist.id, "an id never changes");
    let record = world.catalogue.store.names(LIST, &[name]).await.unwrap().remove(0);
    assert_eq!(record.artist_id, Some(before[0].artist.id.clone()));
}

/// An artist of the sample that MusicBrainz joins to its page at Spotify: its name, and its id there.
async fn joined_to_spotify(world: &World) -> (String, String) {
    let musicbrainz = world.sources().musicbrainz.unwrap();
    let known: Vec<_> = names(&world.sim, 40).iter().filter_map(|name| world.sim.known(name)).collect();
    let link = |id: &str| sixpotify_core::Link { source: Source::Spotify, source_id: id.to_owned() };
    let links: Vec<_> = known.iter().map(|known| link(&known.spotify)).collect();
    let joined = musicbrainz.artists_of_links(&links).await.unwrap();
    let at = joined.iter().position(|(_, mbids)| mbids.len() == 1).expect("the sample has one");
    (known[at].name.clone(), known[at].spotify.clone())
}

async fn one_source_gone_costs_only_its_own(kind: Kind) {
    for services in [
        &[Service::MusicBrainz][..],
        // Two servers, of which either may be away alone.
        &[Service::ListenBrainz, Service::Labs],
        &[Service::ListenBrainz],
        &[Service::Labs],
        &[Service::Deezer],
        &[Service::ReccoBeats],
        &[Service::LastFm],
    ] {
        let mut config = Config::default();
        for service in services {
            config.services.insert(*service, ServiceConfig { gone: true, ..ServiceConfig::default() });
        }
        let service = if services[0] == Service::Labs { Service::ListenBrainz } else { services[0] };
        let in_part = services.len() == 1 && service == Service::ListenBrainz;
        for many in [5, 1] {
            costs_only_its_own(World::with(kind, config.clone()).await, service, many, in_part).await;
        }
    }
}

/// So many names, fewer than are asked before somebody is known to be away, or more. `in_part`: only one of its two servers is.
async fn costs_only_its_own(world: World, service: Service, many: usize, in_part: bool) {
    let names = names(&world.sim, many);
    let report = world.ingest(&names, options()).await;
    assert_eq!((report.outcome.clone(), report.failed), (Outcome::Done, 0), "{service}: {report:#?}");
    assert!(!report.has_failures(), "{service}: {report:#?}");
    let source: Source = service.name().parse().unwrap();
    assert!(report.sources[&source].gone.is_some(), "{service}: {:#?}", report.sources);
    assert_eq!(report.sources[&source].answered > 0, in_part, "{service}: the other server: {:#?}", report.sources);
    let others = report.sources.iter().filter(|(s, _)| **s != source);
    assert!(others.clone().all(|(_, s)| s.gone.is_none()), "{service}: {:#?}", report.sources);
    assert!(report.found >= many.div_ceil(2), "{service}: {report:#?}");

    // Back again, the next run catches up.
    world.sim.configure(|config| config.services.clear()).unwrap();
    world.sim.reset_stats();
    let again = world.refresh().await;
    assert!(!again.has_failures(), "{service}: {again:#?}");
    assert!(again.sources[&source].answered > 0, "{service}: {:#?}", again.sources);
    if service == Service::ReccoBeats {
        assert_eq!(world.sim.stats().of(Service::Deezer).requests, 0, "what it was to be asked for is stored");
    }
    assert_eq!(world.refresh().await.requests, 0, "{service}: nothing is due any more");
    let again = world.ingest(&names, options()).await;
    assert_eq!((again.left, again.failed), (0, 0), "{service}");
}

/// Whoever wants the run to end does not wait for a source that wants no request for a while; what was not asked stays to be done.
async fn a_stop_ends_a_pause_at_once(kind: Kind) {
    let mut config = Config::default();
    config.services.insert(Service::MusicBrainz, ServiceConfig { gone: true, ..ServiceConfig::default() });
    let world = World::with(kind, config).await;
    let manners = Manners { unsaid_wait: Duration::from_secs(600), ..Manners::default() };
    let api_url = Url::parse(&world.sim.url(Service::MusicBrainz)).unwrap();
    let musicbrainz = MusicBrainzConfig { api_url, spacing: Duration::ZERO, manners };
    let musicbrainz = MusicBrainz::new(musicbrainz, Arc::new(SystemClock), Arc::new(MemoryLedger::default())).unwrap();
    let sources = OpenSources { musicbrainz: Some(musicbrainz.clone()), ..OpenSources::default() };
    let ingest = OpenIngest::new(world.catalogue.store.clone(), sources, Arc::new(SystemClock), options());
    let (wanted, stop) = watch::channel(false);
    let names = list(&names(&world.sim, 1));
    let refused = async {
        while musicbrainz.stats().limited == 0 {
            tokio::task::yield_now().await;
        }
        wanted.send_replace(true);
    };
    let (report, ()) = tokio::join!(ingest.run(&names, &Silent, stop), refused);
    let report = report.unwrap();
    assert_eq!((report.outcome.clone(), report.left, report.failed), (Outcome::Stopped, 1, 0), "{report:#?}");
    assert_eq!(report.requests, 1, "nothing is sent for a run that ends: {report:#?}");
}

async fn faults_of_all_kinds_leave_the_same_catalogue(kind: Kind) {
    let calm = World::with(kind, Config::default()).await;
    let names = names(&calm.sim, 6);
    calm.ingest(&names, options()).await;
    let faults = [
        (Fault::ErrorJson, 0.05),
        (Fault::ErrorHtml, 0.03),
        (Fault::ResetBefore, 0.03),
        (Fault::TruncatedJson, 0.03),
        (Fault::ShortBody, 0.03),
        (Fault::UnknownFields, 0.1),
    ];
    let service = ServiceConfig { faults: faults.into_iter().collect(), ..ServiceConfig::default() };
    let mut config = Config { fault_seed: 3, ..Config::default() };
    config.services = Service::ALL.into_iter().map(|s| (s, service.clone())).collect();
    let rough = World::with(kind, config).await;
    let report = rough.ingest(&names, options()).await;
    assert_eq!((report.failed, report.facet_errors.len()), (0, 0), "{report:#?}");
    assert!(report.retries > 0);
    assert_same(&calm.dump(&names).await, &rough.dump(&names).await);
    let state = rough.catalogue.store.names(LIST, &names).await.unwrap();
    assert!(state.iter().any(|record| record.state == NameState::Found));
}

async fn a_refresh_asks_for_what_is_due_and_says_so_before(kind: Kind) {
    let world = World::with(kind, Config::default()).await;
    world.ingest(&names(&world.sim, 6), options()).await;
    let plan = |freshness: Freshness| {
        let options = OpenOptions { freshness, ..options() };
        OpenIngest::new(world.catalogue.store.clone(), world.sources(), Arc::new(SystemClock), options)
    };
    let fresh = plan(Freshness::default()).plan_refresh().await.unwrap();
    assert_eq!((fresh.artists, fresh.requests.values().sum::<u64>()), (0, 0), "{fresh:#?}");

    let stale = plan(Freshness::older_than(chrono::Duration::zero()));
    let said = stale.plan_refresh().await.unwrap();
    assert_eq!(said.artists, artists(&world.catalogue.store).await.len(), "each once: {said:#?}");
    let (_keep, stop) = watch::channel(false);
    let done = stale.refresh(&Silent, stop).await.unwrap();
    assert!(!done.has_failures(), "{done:#?}");
    for (source, of) in &done.sources {
        let said = said.requests.get(source).copied().unwrap_or_default();
        // ListenBrainz is asked for the listeners of all in one request; sounds do not change.
        let most = said + u64::from(*source == Source::ListenBrainz);
        assert!(of.requests <= most && of.requests * 2 >= said, "{source}: {said} said, {} sent", of.requests);
    }
}

async fn a_name_with_an_id_at_spotify_is_whom_musicbrainz_links_to_it(kind: Kind) {
    let world = World::with(kind, Config::default()).await;
    let (name, spotify) = joined_to_spotify(&world).await;
    let known = world.sim.known(&name).unwrap();
    world.sim.reset_stats();
    let csv = format!("name,spotify_id\nNot Its Name,{spotify}\n{name},{}\n", "0".repeat(22));
    let rows = sixpotify_pipeline::NameList::read(csv.as_bytes()).unwrap();
    let (_keep, stop) = watch::channel(false);
    let ingest = OpenIngest::new(world.catalogue.store.clone(), world.sources(), Arc::new(SystemClock), options());
    let report = ingest.run(&rows, &Silent, stop).await.unwrap();
    assert_eq!((report.found, report.left), (2, 0), "{report:#?}");
    let records = world.catalogue.store.names(LIST, &["Not Its Name".to_owned(), name]).await.unwrap();
    let by_id = records.iter().find(|record| record.name == "Not Its Name").unwrap();
    assert_eq!(by_id.artist_id, Some(ArtistId::from_stored(format!("musicbrainz:{}", known.mbid.unwrap()))));
    assert_eq!(by_id.how.as_deref(), Some("id"));
    assert_eq!(world.sim.stats().of(Service::MusicBrainz).by_endpoint.get("/musicbrainz/ws/2/url").copied(), Some(1));
    assert!(records.iter().all(|record| record.state == NameState::Found), "an id that nobody links to: by name");
}

async fn the_order_of_genres_is_as_chosen(kind: Kind) {
    for (first, other) in [(Source::LastFm, Source::MusicBrainz), (Source::MusicBrainz, Source::LastFm)] {
        let world = World::with(kind, Config::default()).await;
        let order = Order::default().with(Facet::Genres, &[first, other]).unwrap();
        world.ingest(&names(&world.sim, 12), OpenOptions { order, ..options() }).await;
        let of_both = "select count(*) from (select artist_id from genre_vote where source in ('musicbrainz', 'lastfm')
                       group by artist_id having count(distinct source) = 2) both_of_them";
        let count = |sql: String| {
            let catalogue = &world.catalogue;
            async move { catalogue.sql(&sql).await }
        };
        let both = count(format!("select cast(({of_both}) as text)")).await;
        assert!(both[0].parse::<u32>().unwrap() > 3, "{both:?}");
        let shown = "select distinct g.source from artist_genre g where g.artist_id in (
                         select artist_id from genre_vote where source in ('musicbrainz', 'lastfm')
                         group by artist_id having count(distinct source) = 2)";
        assert_eq!(count(shown.to_owned()).await, [first.as_str()]);
    }
}

async fn an_open_licence_takes_no_tags_of_musicbrainz(kind: Kind) {
    let world = World::with(kind, Config::default()).await;
    let names = names(&world.sim, 6);
    let open = OpenOptions { open_licence: true, ..options() };
    world.ingest(&names, open.clone()).await;
    for table in ["artist_genre", "genre_vote"] {
        let sources = world.catalogue.sql(&format!("select distinct source from {table}")).await;
        assert!(!sources.contains(&"musicbrainz".to_owned()), "{table}: {sources:?}");
    }
    let marks = world.catalogue.sql("select facet from facets where source = 'musicbrainz' and facet = 'genres'").await;
    assert!(marks.is_empty(), "they were not asked for");
    assert_eq!(world.ingest(&names, open).await.requests, 0, "nor are they due");
    world.ingest(&names, options()).await;
    let sources = world.catalogue.sql("select distinct source from genre_vote").await;
    assert!(sources.contains(&"musicbrainz".to_owned()), "without the wish they are: {sources:?}");
}

/// Sources are asked ahead about whoever is likely, and who is meant is decided as ever: name by name in a hurry, and completed
/// after that, the catalogue is the one of a run that took its time.
async fn whoever_waits_is_told_the_same(kind: Kind) {
    let calm = World::with(kind, Config::default()).await;
    let names = names(&calm.sim, 15);
    let facets: BTreeSet<Facet> = Facet::ALL.iter().copied().filter(|facet| *facet != Facet::Albums).collect();
    let report = calm.ingest(&names, OpenOptions { facets: facets.clone(), ..options() }).await;
    assert!(!report.has_failures(), "{report:#?}");

    let hasty = World::with(kind, Config::default()).await;
    let sources = hasty.sources();
    let hurried = |facets: BTreeSet<Facet>| {
        let options = OpenOptions { facets, hurried: true, ..options() };
        OpenIngest::new(hasty.catalogue.store.clone(), sources.clone(), Arc::new(SystemClock), options)
    };
    let (_keep, stop) = watch::channel(false);
    let first: BTreeSet<Facet> = facets.iter().copied().filter(|facet| *facet != Facet::AudioFeatures).collect();
    for name in &names {
        let name = std::slice::from_ref(name);
        let report = hurried(first.clone()).run(&list(name), &Silent, stop.clone()).await.unwrap();
        assert!(!report.has_failures(), "{report:#?}");
    }
    let without = hasty.sim.stats().of(Service::ReccoBeats).requests;
    assert_eq!(without, 0, "the sound is not waited for");
    for artist in artists(&hasty.catalogue.store).await {
        let report = hurried(facets.clone()).complete(&[artist.artist.id], &Silent, stop.clone()).await.unwrap();
        assert!(!report.has_failures(), "{report:#?}");
    }
    // Whose songs' sound is known by an artist who shares them is not asked about.
    let without_marks = |lines: Vec<String>| -> Vec<String> {
        let line = |line: String| {
            let Ok(mut json) = serde_json::from_str::<serde_json::Value>(&line) else { return line };
            let marks = json.get_mut("facets").and_then(serde_json::Value::as_array_mut);
            marks.expect("marks").retain(|mark| mark["facet"] != "audio_features");
            json.to_string()
        };
        lines.into_iter().map(line).collect()
    };
    assert_same(&without_marks(calm.dump(&names).await), &without_marks(hasty.dump(&names).await));
    let again = hasty.ingest(&names, OpenOptions { facets, ..options() }).await;
    let asked = |of: &sixpotify_pipeline::SourceReport| of.answered;
    assert_eq!(again.sources.values().map(asked).sum::<u64>(), 0, "nothing is due any more: {again:#?}");
}
