//! Cases about albums, tracks, credits, rankings and features.

use sixpotify_core::{Album, AudioFeatures, Source, Track};

use super::profiles::detail;
use super::{Place, album, artist, artist_id, artists, at, credit, opened, track, track_id};
use crate::{AlbumList, Batch, Features, SharedStore, TopTracks};

fn list(id: &str, albums: &[(&str, Album)]) -> AlbumList {
    let albums = albums.iter().map(|(group, album)| ((*group).to_owned(), album.clone())).collect();
    AlbumList { artist_id: artist_id(id), source: Source::Spotify, albums }
}

async fn albums_of(store: &SharedStore, id: &str) -> Vec<(String, Option<String>)> {
    detail(store, id).await.albums.into_iter().map(|a| (a.id.to_string(), a.album_group)).collect()
}

fn pairs(albums: &[(&str, &str)]) -> Vec<(String, Option<String>)> {
    albums.iter().map(|(id, group)| ((*id).to_owned(), Some((*group).to_owned()))).collect()
}

/// An album that an artist's new list lacks leaves that list, and no other artist's.
pub async fn an_artists_albums_are_replaced_and_nobody_elses(place: &dyn Place) {
    let store = opened(place).await;
    let batch = Batch {
        artists: vec![artist("a", "A"), artist("b", "B")],
        albums: vec![
            list("a", &[("album", album("1", &["a", "b"])), ("single", album("2", &["a"]))]),
            list("b", &[("album", album("1", &["a", "b"])), ("appears_on", album("3", &["c"]))]),
        ],
        ..Batch::default()
    };
    store.write(&batch, at(0)).await.unwrap();
    assert_eq!(albums_of(&store, "a").await, pairs(&[("1", "album"), ("2", "single")]));
    assert_eq!(albums_of(&store, "b").await, pairs(&[("1", "album"), ("3", "appears_on")]));

    let next = Batch { albums: vec![list("a", &[("compilation", album("2", &["a"]))])], ..Batch::default() };
    store.write(&next, at(1)).await.unwrap();
    assert_eq!(albums_of(&store, "a").await, pairs(&[("2", "compilation")]));
    assert_eq!(albums_of(&store, "b").await, pairs(&[("1", "album"), ("3", "appears_on")]));
    let credited = place.sql("select artist_id from album_artist where album_id = '3' order by artist_id").await;
    assert_eq!(credited, [Some("b".to_owned()), Some("c".to_owned())]);
    let names = place.sql("select artist_name from album_artist where album_id = '3' order by artist_id").await;
    assert_eq!(names, [Some("B".to_owned()), Some("Name of c".to_owned())]);

    let emptied =
        Batch { albums: vec![list("b", &[("album", album("4", &["b", "d"]))]), list("b", &[])], ..Batch::default() };
    store.write(&emptied, at(2)).await.unwrap();
    assert_eq!(albums_of(&store, "b").await, []);
    assert_eq!(albums_of(&store, "a").await, pairs(&[("2", "compilation")]));
}

/// Two artists on one album and one track: one row each, both credited, and values merged.
pub async fn albums_and_tracks_can_be_shared(place: &dyn Place) {
    let store = opened(place).await;
    store.write(&artists([artist("a", "A"), artist("b", "B")]), at(0)).await.unwrap();
    let dated = Album { release_date: Some("2020-02".into()), total_tracks: Some(3), ..album("1", &["a", "b"]) };
    let of_a = Batch { albums: vec![list("a", &[("album", dated.clone())])], ..Batch::default() };
    let shared = Track {
        album: Some(Album { url: Some("album-url".into()), ..album("1", &["a", "b"]) }),
        duration_ms: Some(u32::MAX),
        explicit: Some(false),
        ..track("t", &["a", "b"])
    };
    let of_b = Batch {
        albums: vec![list("b", &[("album", album("1", &["a", "b"]))])],
        tracks: vec![shared.clone(), Track { popularity: Some(5), ..track("t", &["a", "b"]) }],
        top_tracks: vec![TopTracks {
            artist_id: artist_id("b"),
            market: "KR".into(),
            source: Source::Spotify,
            track_ids: vec![track_id("t")],
        }],
        ..Batch::default()
    };
    store.write(&of_a, at(0)).await.unwrap();
    store.write(&of_b, at(1)).await.unwrap();
    for id in ["a", "b"] {
        let albums = detail(&store, id).await.albums;
        assert_eq!(albums.len(), 1);
        assert_eq!(albums[0].release_date, dated.release_date);
        assert_eq!(albums[0].total_tracks, Some(3));
        assert_eq!(albums[0].url.as_deref(), Some("album-url"));
    }
    let entry = detail(&store, "b").await.top_tracks.remove(0);
    assert_eq!(entry.artists, [credit("a"), credit("b")]);
    assert_eq!((entry.popularity, entry.album.as_deref()), (Some(5), Some("Album 1")));
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.albums, counts.tracks), (1, 1));
    let lengths = place.sql("select cast(duration_ms as text) from tracks").await;
    assert_eq!(lengths, [Some(u32::MAX.to_string())]);
}

/// A track's credits are replaced as a whole, those of other tracks stay; no credits at all say nothing.
pub async fn credits_of_a_track_are_replaced(place: &dyn Place) {
    let store = opened(place).await;
    let credits = async |track: &str| {
        let sql = format!("select artist_id from track_artist where track_id = '{track}' order by position");
        place.sql(&sql).await.into_iter().flatten().collect::<Vec<_>>()
    };
    let write = async |tracks: Vec<Track>| {
        store.write(&Batch { tracks, ..Batch::default() }, at(0)).await.unwrap();
    };
    write(vec![track("t", &["x", "y", "x"]), track("u", &["x", "y"])]).await;
    assert_eq!(credits("t").await, ["x", "y"]);
    write(vec![track("t", &["x"]), track("t", &["z", "y"]), track("u", &[])]).await;
    assert_eq!(credits("t").await, ["z", "y"]);
    assert_eq!(credits("u").await, ["x", "y"]);
}

/// Rankings of other markets, sources and artists stay as they are.
pub async fn a_ranking_is_replaced_per_market_and_source(place: &dyn Place) {
    let store = opened(place).await;
    let ranking = |id: &str, market: &str, source, tracks: &[&str]| TopTracks {
        artist_id: artist_id(id),
        market: market.into(),
        source,
        track_ids: tracks.iter().map(|id| track_id(id)).collect(),
    };
    let batch = Batch {
        artists: vec![artist("a", "A"), artist("b", "B")],
        tracks: ["1", "2", "3", "4"].map(|id| track(id, &["a"])).into(),
        top_tracks: vec![
            ranking("a", "US", Source::Spotify, &["1", "2", "3"]),
            ranking("a", "KR", Source::Spotify, &["2"]),
            ranking("a", "US", Source::Deezer, &["3"]),
            ranking("b", "US", Source::Spotify, &["1"]),
        ],
        ..Batch::default()
    };
    store.write(&batch, at(0)).await.unwrap();
    let next = vec![ranking("a", "US", Source::Spotify, &["1"]), ranking("a", "US", Source::Spotify, &["4", "1", "4"])];
    store.write(&Batch { top_tracks: next, ..Batch::default() }, at(1)).await.unwrap();
    let ranked = async |id: &str| -> Vec<String> {
        let tracks = detail(&store, id).await.top_tracks;
        tracks.into_iter().map(|t| format!("{} {} {} {}", t.market, t.source, t.rank, t.id)).collect()
    };
    assert_eq!(ranked("a").await, ["KR spotify 1 2", "US deezer 1 3", "US spotify 1 4", "US spotify 2 1"]);
    assert_eq!(ranked("b").await, ["US spotify 1 1"]);
    let none = Batch { top_tracks: vec![ranking("a", "US", Source::Spotify, &[])], ..Batch::default() };
    store.write(&none, at(2)).await.unwrap();
    assert_eq!(ranked("a").await, ["KR spotify 1 2", "US deezer 1 3"]);
}

pub(super) fn some_features() -> AudioFeatures {
    AudioFeatures {
        danceability: Some(0.1),
        energy: Some(0.735),
        key: Some(11),
        loudness: Some(-5.883),
        mode: Some(0),
        speechiness: Some(0.0),
        acousticness: Some(1.0),
        instrumentalness: Some(1.0e-6),
        liveness: Some(0.333_333_34),
        valence: Some(0.5),
        tempo: Some(119.998),
        time_signature: Some(4),
        duration_ms: Some(4_294_967_295),
    }
}

async fn features_of(store: &SharedStore, id: &str) -> Option<(AudioFeatures, Source)> {
    detail(store, id).await.top_tracks.remove(0).features
}

/// An empty row keeps a track from being asked for again, and gives way to real features, which never give way to it.
pub async fn no_features_is_remembered_and_later_features_win(place: &dyn Place) {
    let store = opened(place).await;
    let write = async |source, features: &[AudioFeatures]| {
        let features =
            features.iter().map(|&features| Features { track_id: track_id("t"), source, features }).collect();
        store.write(&Batch { features, ..Batch::default() }, at(0)).await.unwrap();
    };
    let batch = Batch {
        artists: vec![artist("a", "A")],
        tracks: vec![track("t", &["a"])],
        top_tracks: vec![TopTracks {
            artist_id: artist_id("a"),
            market: "US".into(),
            source: Source::Spotify,
            track_ids: vec![track_id("t")],
        }],
        ..Batch::default()
    };
    store.write(&batch, at(0)).await.unwrap();
    let none = AudioFeatures::default();
    write(Source::Spotify, &[none]).await;
    assert_eq!(features_of(&store, "a").await, None);
    assert_eq!(store.tracks_with_features(&[track_id("t")]).await.unwrap(), [track_id("t")]);
    assert_eq!(store.counts().await.unwrap().audio_features, 0);

    write(Source::ReccoBeats, &[some_features(), none]).await;
    assert_eq!(features_of(&store, "a").await, Some((some_features(), Source::ReccoBeats)));
    write(Source::Spotify, &[none]).await;
    assert_eq!(features_of(&store, "a").await, Some((some_features(), Source::ReccoBeats)));

    // What is no number is no value.
    write(Source::Spotify, &[AudioFeatures { energy: Some(0.5), tempo: Some(f32::NAN), ..none }]).await;
    let merged = AudioFeatures { energy: Some(0.5), ..some_features() };
    assert_eq!(features_of(&store, "a").await, Some((merged, Source::Spotify)));
    assert_eq!(place.sql("select cast(loudness as text) from audio_features").await, [Some("-5.883".to_owned())]);
}

/// Tracks to ask for are those in rankings that have no row of features, each once per artist.
pub async fn tracks_lacking_features_are_found(place: &dyn Place) {
    let store = opened(place).await;
    let ranking = |id: &str, market: &str, tracks: &[&str]| TopTracks {
        artist_id: artist_id(id),
        market: market.into(),
        source: Source::Spotify,
        track_ids: tracks.iter().map(|id| track_id(id)).collect(),
    };
    let batch = Batch {
        artists: vec![artist("a", "A"), artist("b", "B"), artist("c", "C")],
        tracks: ["1", "2", "3", "not-ranked"].map(|id| track(id, &["a"])).into(),
        top_tracks: vec![
            ranking("b", "US", &["3", "1"]),
            ranking("a", "US", &["3", "2"]),
            ranking("a", "KR", &["3"]),
            ranking("c", "US", &["1"]),
        ],
        features: vec![Features {
            track_id: track_id("2"),
            source: Source::Spotify,
            features: AudioFeatures::default(),
        }],
        ..Batch::default()
    };
    store.write(&batch, at(0)).await.unwrap();
    let asked = [artist_id("b"), artist_id("a"), artist_id("a"), artist_id("z")];
    let expected = [("a", "3"), ("b", "1"), ("b", "3")].map(|(a, t)| (artist_id(a), track_id(t)));
    assert_eq!(store.tracks_without_features(&asked).await.unwrap(), expected);
    let asked = [track_id("1"), track_id("2"), track_id("2"), track_id("nobody")];
    assert_eq!(store.tracks_with_features(&asked).await.unwrap(), [track_id("2")]);
}
