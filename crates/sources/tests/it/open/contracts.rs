//! Each client understands what its service says: artists, other names, votes, links, gaps, merged ids.

use open_sim::{Config, Service as Played};
use sixpotify_core::{AliasKind, DeezerId, Link, Mbid, Source, SpotifyId};
use sixpotify_sources::SourceClient as _;
use sixpotify_sources::http::FetchError;
use sixpotify_sources::lastfm::ArtistKey;
use sixpotify_sources::reccobeats::TrackKey;
use spotify_sim::sample;

use super::clients::{ARTIST, Addresses, Clients, manners, sim};

fn mbid(text: &str) -> Mbid {
    Mbid::parse(text).unwrap()
}

#[tokio::test]
async fn musicbrainz_resolves_names_in_any_script_and_follows_merges() {
    let sim = sim(Config::default()).await;
    let client = Clients::new(&Addresses::of(&sim), &manners()).musicbrainz;
    let psy = sim.known("PSY").unwrap();
    for name in ["싸이", "PSY", "psy"] {
        let hits = client.search_artists(name).await.unwrap();
        assert_eq!(hits[0].mbid.as_str(), psy.mbid.clone().unwrap(), "{name}");
        assert!(hits[0].score >= 95);
    }
    // What is an operator elsewhere is a letter here.
    for name in ["AC/DC", "!!!", "\"", "\\", "NOT a (name) [to] {parse}^~*?:", "+-&&||", ""] {
        client.search_artists(name).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    }

    let record = client.artist(&mbid(&psy.mbid.clone().unwrap())).await.unwrap();
    assert_eq!(record.artist.id.as_str(), format!("musicbrainz:{}", psy.mbid.clone().unwrap()));
    let ko = record.aliases.as_ref().unwrap().iter().find(|alias| alias.locale.as_deref() == Some("ko")).unwrap();
    assert_eq!((ko.name.as_str(), ko.primary, ko.kind), ("싸이", true, AliasKind::ArtistName));
    let genres = record.genres.as_ref().unwrap();
    assert!(!genres.is_empty() && genres.windows(2).all(|two| two[0].weight >= two[1].weight));
    assert!(genres.iter().all(|vote| vote.weight > 0 && vote.genre != "seen live" && vote.genre != "polka"));
    let links = record.links.as_ref().unwrap();
    assert!(links.contains(&Link { source: Source::Spotify, source_id: psy.spotify.clone() }));

    let merged = client.artist(&mbid(&psy.old_mbid.unwrap())).await.unwrap();
    assert_eq!(merged, record, "the old id answers with the artist it was merged into");
    let nobody = client.artist(&mbid("00000000-0000-4000-8000-000000000000")).await.unwrap_err();
    assert!(matches!(nobody, FetchError::Gone { .. }), "{nobody:?}");
    let agents = sim.stats().of(Played::MusicBrainz).user_agents;
    assert!(agents.iter().all(|agent| agent.ends_with("( tests@example.org )")), "{agents:?}");
}

#[tokio::test]
async fn musicbrainz_joins_many_links_in_few_requests() {
    let sim = sim(Config::default()).await;
    let client = Clients::new(&Addresses::of(&sim), &manners()).musicbrainz;
    let known: Vec<_> = sim.names().into_iter().take(45).map(|name| sim.known(&name).unwrap()).collect();
    let mut links: Vec<Link> =
        known.iter().map(|k| Link { source: Source::Spotify, source_id: k.spotify.clone() }).collect();
    links.push(Link { source: Source::Deezer, source_id: "12".to_owned() });
    let joined = client.artists_of_links(&links).await.unwrap();
    assert_eq!(joined.iter().map(|(link, _)| link.clone()).collect::<Vec<_>>(), links);
    let mut found = 0;
    for (known, (_, mbids)) in known.iter().zip(&joined) {
        match mbids.as_slice() {
            [only] => {
                found += 1;
                assert_eq!(Some(only.as_str()), known.mbid.as_deref());
            }
            [] => {}
            several => panic!("{several:?}"),
        }
    }
    assert!((30..45).contains(&found), "{found}: coverage is uneven");
    assert_eq!(joined[45].1, []);
    assert_eq!(client.stats().requests, 3);
}

#[tokio::test]
async fn listenbrainz_gives_counts_likeness_and_recordings() {
    let sim = sim(Config::default()).await;
    let client = Clients::new(&Addresses::of(&sim), &manners()).listenbrainz;
    let ids: Vec<Mbid> =
        sim.names().iter().take(1500).map(|name| mbid(&sim.known(name).unwrap().mbid.unwrap())).collect();
    let counts = client.popularity(&ids).await.unwrap();
    assert_eq!((counts.len(), client.stats().requests), (1500, 2));
    let unknown = counts.iter().filter(|count| count.listeners.is_none()).count();
    assert!((1..1000).contains(&unknown), "{unknown}");
    assert!(counts.iter().all(|count| count.listeners.is_none() == count.percent().is_none()));

    let id = mbid(&sim.known(ARTIST).unwrap().mbid.unwrap());
    let similar = client.similar_artists(&id).await.unwrap();
    assert_eq!(similar[0].score, Some(1.0));
    assert!(similar.windows(2).all(|two| two[0].score >= two[1].score));
    assert!(similar.iter().all(|related| related.mbid.as_ref() != Some(&id)));
    let top = client.top_recordings(&id).await.unwrap();
    assert!(top[0].track.id.as_str().starts_with("musicbrainz:") && top[0].track.duration_ms.is_some());
    assert!(top.windows(2).all(|two| two[0].popularity.listens >= two[1].popularity.listens));
}

#[tokio::test]
async fn listenbrainz_without_a_token_goes_without_one_endpoint() {
    let sim = sim(Config::default()).await;
    let clients = Clients::with(&Addresses::of(&sim), &manners(), None, "demo-key");
    let id = mbid(&sim.known(ARTIST).unwrap().mbid.unwrap());
    for _ in 0..3 {
        let error = clients.listenbrainz.top_recordings(&id).await.unwrap_err();
        assert!(matches!(error, FetchError::Withheld { .. }), "{error:?}");
    }
    assert_eq!(sim.stats().of(Played::ListenBrainz).by_status[&401], 1, "asked once");
    clients.listenbrainz.popularity(std::slice::from_ref(&id)).await.unwrap();

    let wrong = Clients::with(&Addresses::of(&sim), &manners(), Some("wrong-token"), "demo-key");
    let error = wrong.listenbrainz.top_recordings(&id).await.unwrap_err();
    assert!(matches!(error, FetchError::Credentials { .. }), "{error:?}");
    assert!(!error.to_string().contains("wrong-token"), "{error}");
}

#[tokio::test]
async fn deezer_gives_profiles_all_albums_and_codes() {
    let sim = sim(Config::default()).await;
    let client = Clients::new(&Addresses::of(&sim), &manners()).deezer;
    let id = DeezerId(sim.known(ARTIST).unwrap().deezer.unwrap());
    let found = client.search_artists("illenium").await.unwrap();
    assert_eq!((found[0].id, found[0].artist.name.as_str()), (id, ARTIST));
    assert!(found[0].artist.followers.unwrap() > 0);
    assert_eq!(client.artist(id).await.unwrap(), found[0]);

    let albums = client.albums(id).await.unwrap();
    assert_eq!(albums.len(), found[0].albums.unwrap() as usize);
    assert!(albums.iter().any(|album| album.release_date.is_none()) || albums.len() < 25);
    let kinds: Vec<_> = albums.iter().filter_map(|album| album.album_type.as_deref()).collect();
    assert!(kinds.iter().all(|kind| ["album", "single", "compilation"].contains(kind)), "{kinds:?}");

    let top = client.top_tracks(id, 10).await.unwrap();
    assert_eq!(top.len(), 10);
    assert!(top.iter().all(|track| track.preview_url.is_none() && track.isrc.is_none()));
    let place = top[0].id.as_str().strip_prefix("deezer:").unwrap().parse().unwrap();
    let detail = client.track(DeezerId(place)).await.unwrap();
    let isrc = detail.track.isrc.clone().unwrap();
    assert_eq!(client.track_by_isrc(&isrc).await.unwrap().unwrap(), detail);
    assert_eq!(detail.artists.len(), detail.track.artists.len());
    assert_eq!(client.track_by_isrc("ZZS6P9999999").await.unwrap(), None);
    let related = client.related(id).await.unwrap();
    assert!(!related.is_empty() && related.iter().all(|r| r.score.is_none() && r.source_id != id.to_string()));

    let before = client.stats().requests;
    let gone = client.artist(DeezerId(5)).await.unwrap_err();
    assert!(matches!(gone, FetchError::Gone { .. }), "{gone:?}");
    assert_eq!(client.stats().requests - before, 1, "its own words are believed the first time");
}

#[tokio::test]
async fn long_lists_of_albums_are_read_to_the_end() {
    let sim = sim(Config::default()).await;
    let client = Clients::new(&Addresses::of(&sim), &manners()).deezer;
    let (mut longest, mut id) = (0, DeezerId(0));
    for name in sim.names() {
        let known = sim.known(&name).unwrap();
        if let Some(deezer) = known.deezer.filter(|_| known.tracks.len() > longest) {
            (longest, id) = (known.tracks.len(), DeezerId(deezer));
        }
    }
    let found = client.artist(id).await.unwrap();
    assert_eq!(client.albums(id).await.unwrap().len(), found.albums.unwrap() as usize);
}

#[tokio::test]
async fn reccobeats_is_matched_whatever_its_order_and_gaps() {
    let sim = sim(Config::default()).await;
    let client = Clients::new(&Addresses::of(&sim), &manners()).reccobeats;
    let sampled = sample::tracks();
    let keys: Vec<TrackKey> =
        sampled.iter().take(100).map(|t| TrackKey::Spotify(SpotifyId::parse(&t.id).unwrap())).collect();
    let features = client.audio_features(&keys).await.unwrap();
    assert_eq!(client.stats().requests, 3);
    let found = features.iter().flatten().count();
    assert!((60..100).contains(&found), "{found}");
    for (track, features) in sampled.iter().zip(&features) {
        let Some(features) = features else { continue };
        assert!((f64::from(features.tempo.unwrap()) - track.features.tempo).abs() < 1e-3, "{}", track.id);
        assert!(features.key.is_none_or(|key| i16::from(key) == i16::from(track.features.key)));
        assert_eq!((features.time_signature, features.duration_ms), (None, None));
    }

    // By recording code, and by the service's own id.
    let tracks = client.tracks(&keys[..40]).await.unwrap();
    let known: Vec<_> = tracks.into_iter().flatten().filter(|track| track.isrc.is_some()).take(5).collect();
    assert_eq!(known.len(), 5);
    let own = known.iter().map(|track| TrackKey::Own(track.id.clone()));
    let codes = known.iter().map(|track| TrackKey::Isrc(track.isrc.clone().unwrap()));
    let by_own = client.audio_features(&own.collect::<Vec<_>>()).await.unwrap();
    let by_code = client.audio_features(&codes.collect::<Vec<_>>()).await.unwrap();
    assert!(by_own.iter().all(Option::is_some) && by_own == by_code);

    let artist = client.find_artists("illenium").await.unwrap().remove(0);
    assert_eq!(artist.spotify.unwrap().as_str(), sim.known(ARTIST).unwrap().spotify);
    let tracks = client.tracks_of(&artist.id).await.unwrap();
    assert!(tracks.len() > 50, "{}: more than a page", tracks.len());
    assert_eq!(client.audio_features(&[]).await.unwrap(), []);
}

#[tokio::test]
async fn lastfm_gives_likeness_tags_and_tracks() {
    let sim = sim(Config::default()).await;
    let client = Clients::new(&Addresses::of(&sim), &manners()).lastfm;
    let by_name = ArtistKey::Name("illenium".to_owned());
    let similar = client.similar_artists(&by_name).await.unwrap();
    assert_eq!(similar.artist.as_deref(), Some(ARTIST), "it says whom it took the name for");
    assert_eq!(similar.items[0].score, Some(1.0));
    assert!(similar.items.iter().any(|r| r.mbid.is_none()) && similar.items.iter().any(|r| r.mbid.is_some()));
    let by_id = ArtistKey::Mbid(mbid(&sim.known(ARTIST).unwrap().mbid.unwrap()));
    assert_eq!(client.similar_artists(&by_id).await.unwrap(), similar);

    let tags = client.top_tags(&by_name).await.unwrap().items;
    assert_eq!(tags[0].weight, 100);
    assert!(tags.iter().all(|vote| !["seen live", "illenium", "under 2000 listeners"].contains(&vote.genre.as_str())));
    let tracks = client.top_tracks(&by_name, 7).await.unwrap().items;
    assert_eq!(tracks.len(), 7);
    assert!(tracks.windows(2).all(|two| two[0].plays >= two[1].plays));

    let nobody = client.top_tags(&ArtistKey::Name("nobody at all".to_owned())).await.unwrap_err();
    assert!(matches!(nobody, FetchError::Gone { .. }), "{nobody:?}");
    let wrong = Clients::with(&Addresses::of(&sim), &manners(), None, "wrong-key").lastfm;
    let error = wrong.top_tags(&by_name).await.unwrap_err();
    assert!(matches!(error, FetchError::Credentials { .. }) && error.ends_the_run(), "{error:?}");
    assert_eq!(wrong.stats().requests, 1);
}
