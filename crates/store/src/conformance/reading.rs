//! Cases about reading.

use futures_util::TryStreamExt;
use sixpotify_core::{Album, Artist, AudioFeatures, Facet, FacetState, Source, Track};

use super::music::some_features;
use super::{Place, album, artist, artist_id, artists, at, credit, full_artist, opened, track, track_id};
use crate::{
    AlbumEntry, AlbumList, ArtistDetail, Batch, Counts, FacetMark, FacetRecord, Features, GenreList, Link, RelateInput,
    TopTracks, TrackEntry,
};

/// To the letter first; only where nobody is spelt so, by the folded name; the best known first.
pub async fn an_exact_name_comes_before_a_folded_one(place: &dyn Place) {
    let store = opened(place).await;
    let known = |id: &str, name: &str, followers| Artist { followers, ..artist(id, name) };
    let all = [
        known("1", "SHINee", Some(5)),
        known("2", "Shinee", Some(50)),
        known("3", "SHINEE", None),
        known("4", "SHINee", None),
        known("5", "SHINee", Some(5)),
        known("6", "The Shinees", Some(1000)),
    ];
    store.write(&artists(all), at(0)).await.unwrap();
    let found = async |name: &str| -> Vec<String> {
        store.artists_by_name(name).await.unwrap().iter().map(|a| a.id.to_string()).collect()
    };
    assert_eq!(found("SHINee").await, ["1", "5", "4"]);
    assert_eq!(found("SHINEE").await, ["3"]);
    assert_eq!(found("ＳＨＩＮee").await, ["2", "1", "5", "3", "4"]);
    assert_eq!(found("the shinees").await, ["6"]);
    assert!(found("shine").await.is_empty());
    assert!(found("").await.is_empty());
}

/// Everything that was written of an artist comes back, in order.
pub async fn details_hold_all_that_is_known(place: &dyn Place) {
    let store = opened(place).await;
    let dated = |id: &str, date: Option<&str>| Album {
        album_type: Some("album".into()),
        release_date: date.map(str::to_owned),
        release_date_precision: Some("day".into()),
        total_tracks: Some(12),
        url: Some(format!("url of {id}")),
        image_url: Some("cover".into()),
        ..album(id, &["a"])
    };
    let hit = Track {
        album: Some(dated("new", Some("2021-05-01"))),
        duration_ms: Some(200_000),
        explicit: Some(true),
        isrc: Some("KRA382152284".into()),
        popularity: Some(80),
        url: Some("url of hit".into()),
        preview_url: Some("preview".into()),
        ..track("hit", &["b", "a"])
    };
    let batch = Batch {
        artists: vec![full_artist("a", "A"), artist("b", "B")],
        links: vec![Link { artist_id: artist_id("a"), source: Source::Deezer, source_id: "7".into() }],
        genres: vec![GenreList { artist_id: artist_id("a"), source: Source::LastFm, genres: vec!["pop".into()] }],
        albums: vec![AlbumList {
            artist_id: artist_id("a"),
            source: Source::Spotify,
            albums: vec![
                ("single".into(), dated("undated", None)),
                ("album".into(), dated("old", Some("1999"))),
                ("album".into(), dated("new", Some("2021-05-01"))),
                ("album".into(), dated("also-old", Some("1999"))),
            ],
        }],
        tracks: vec![hit, track("bare", &["a"])],
        top_tracks: vec![TopTracks {
            artist_id: artist_id("a"),
            market: "US".into(),
            source: Source::Spotify,
            track_ids: vec![track_id("hit"), track_id("bare")],
        }],
        features: vec![Features { track_id: track_id("hit"), source: Source::ReccoBeats, features: some_features() }],
        facets: vec![FacetMark {
            artist_id: artist_id("a"),
            facet: Facet::Genres,
            source: Source::LastFm,
            market: String::new(),
            state: FacetState::Ok,
            how: None,
            retry_at: None,
            attempts: 0,
            error: None,
        }],
        ..Batch::default()
    };
    store.write(&batch, at(0)).await.unwrap();

    let entry = |id: &str, group: &str, date: Option<&str>| AlbumEntry {
        id: sixpotify_core::AlbumId::from_stored(id),
        name: format!("Album {id}"),
        album_type: Some("album".into()),
        album_group: Some(group.into()),
        release_date: date.map(str::to_owned),
        total_tracks: Some(12),
        url: Some(format!("url of {id}")),
    };
    let bare = TrackEntry {
        id: track_id("bare"),
        name: "Track bare".into(),
        market: "US".into(),
        rank: 2,
        source: Source::Spotify,
        artists: vec![credit("a")],
        album: None,
        popularity: None,
        url: None,
        isrc: None,
        features: None,
    };
    let hit = TrackEntry {
        id: track_id("hit"),
        name: "Track hit".into(),
        rank: 1,
        artists: vec![credit("b"), credit("a")],
        album: Some("Album new".into()),
        popularity: Some(80),
        url: Some("url of hit".into()),
        isrc: Some("KRA382152284".into()),
        features: Some((some_features(), Source::ReccoBeats)),
        ..bare.clone()
    };
    let expected = ArtistDetail {
        artist: full_artist("a", "A"),
        genres: vec![("pop".into(), Source::LastFm)],
        links: vec![(Source::Deezer, "7".into())],
        albums: vec![
            entry("new", "album", Some("2021-05-01")),
            entry("also-old", "album", Some("1999")),
            entry("old", "album", Some("1999")),
            entry("undated", "single", None),
        ],
        top_tracks: vec![hit, bare],
        facets: vec![FacetRecord {
            artist_id: artist_id("a"),
            facet: Facet::Genres,
            source: Source::LastFm,
            market: String::new(),
            state: FacetState::Ok,
            how: None,
            fetched_at: at(0),
            retry_at: None,
            attempts: 0,
            error: None,
        }],
        created_at: at(0),
        updated_at: at(0),
    };
    let asked = [artist_id("nobody"), artist_id("b"), artist_id("a"), artist_id("a")];
    let details = store.artist_details(&asked).await.unwrap();
    assert_eq!(details.len(), 2, "sorted by id, unknown ones left out, none twice");
    assert_eq!(details[0], expected);
    assert_eq!(details[1].artist, artist("b", "B"));
}

/// Pages of ids follow each other in the order that Rust gives them too.
pub async fn ids_come_in_the_order_of_their_bytes(place: &dyn Place) {
    let store = opened(place).await;
    let mut ids = ["b", "B", "a", "A", "Z", "z", "0", "~", "é", "deezer:1", "deezer:10", "deezer:2", "_", "-"];
    store.write(&artists(ids.map(|id| artist(id, id))), at(0)).await.unwrap();
    ids.sort_unstable();
    let mut paged = Vec::new();
    loop {
        let page = store.artist_ids_after(paged.last(), 3).await.unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 3);
        paged.extend(page);
    }
    assert_eq!(paged, ids.map(artist_id));
    let details = store.artist_details(&paged).await.unwrap();
    assert_eq!(details.iter().map(|d| d.artist.id.clone()).collect::<Vec<_>>(), paged);
    assert_eq!(store.artist_ids_after(Some(&artist_id("zz")), 1).await.unwrap(), [artist_id("~")]);
}

/// One item per artist: genres sorted, features of all tracks on which the artist is credited, credits of others left
/// out. More artists than are read at a time.
pub async fn relate_reads_every_artist_in_order(place: &dyn Place) {
    let store = opened(place).await;
    let count = 2_500;
    let id = |n: usize| format!("{}{n}", if n.is_multiple_of(2) { "a" } else { "B" });
    let genres_of = |n: usize| if n.is_multiple_of(3) { vec!["Zouk".to_owned(), "pop".to_owned()] } else { Vec::new() };
    let energy = |n: usize| AudioFeatures {
        energy: Some(if n.is_multiple_of(2) { 0.25 } else { 0.75 }),
        ..AudioFeatures::default()
    };
    let mut batch = artists((0..count).map(|n| artist(&id(n), &format!("Name {n}"))));
    for n in 0..count {
        let genres = genres_of(n).into_iter().rev().collect();
        batch.genres.push(GenreList { artist_id: artist_id(&id(n)), source: Source::Spotify, genres });
        // Every fifth artist shares a track with one that is not in the catalogue, and with the next artist.
        if n.is_multiple_of(5) {
            batch.tracks.push(track(&format!("2-{n}"), &[&id(n), "A-stranger", &id((n + 1) % count)]));
            batch.tracks.push(track(&format!("1-{n}"), &[&id(n)]));
            batch.tracks.push(track(&format!("3-{n}"), &[&id(n)]));
            for (track, features) in [("2", energy(n)), ("1", energy(n + 1)), ("3", AudioFeatures::default())] {
                let track_id = track_id(&format!("{track}-{n}"));
                batch.features.push(Features { track_id, source: Source::Spotify, features });
            }
        }
    }
    store.write(&batch, at(0)).await.unwrap();
    let read: Vec<RelateInput> = store.relate_input().try_collect().await.unwrap();
    let mut expected: Vec<RelateInput> = (0..count)
        .map(|n| RelateInput {
            id: artist_id(&id(n)),
            name: format!("Name {n}"),
            popularity: artist("", "").popularity,
            profile_from: vec![Source::Spotify],
            genres: genres_of(n).into_iter().map(|genre| (genre, Source::Spotify)).collect(),
            tracks: match n % 5 {
                0 => vec![(energy(n + 1), Source::Spotify), (energy(n), Source::Spotify)],
                1 => vec![(energy(n - 1), Source::Spotify)],
                _ => Vec::new(),
            },
            features: Vec::new(),
            years: Vec::new(),
        })
        .collect();
    expected.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(read.len(), expected.len());
    for (read, expected) in read.iter().zip(&expected) {
        assert_eq!(read, expected);
    }
}

/// Rows are counted as the names of the counts say.
pub async fn counts_count_rows(place: &dyn Place) {
    let store = opened(place).await;
    let batch = Batch {
        artists: vec![artist("a", "A"), artist("b", "B"), artist("c", "C")],
        genres: vec![
            GenreList { artist_id: artist_id("a"), source: Source::Spotify, genres: vec!["x".into(), "y".into()] },
            GenreList { artist_id: artist_id("b"), source: Source::Spotify, genres: vec!["x".into()] },
        ],
        albums: vec![AlbumList {
            artist_id: artist_id("a"),
            source: Source::Spotify,
            albums: vec![("album".into(), album("1", &["a"]))],
        }],
        tracks: vec![track("1", &["a"]), track("2", &["a"])],
        features: vec![
            Features { track_id: track_id("1"), source: Source::Spotify, features: some_features() },
            Features { track_id: track_id("2"), source: Source::Spotify, features: AudioFeatures::default() },
        ],
        ..Batch::default()
    };
    store.write(&batch, at(0)).await.unwrap();
    let mut ranking = store.begin_related().await.unwrap();
    ranking.write(&[super::related::row("a", 1, "b"), super::related::row("a", 2, "c")]).await.unwrap();
    ranking.finish().await.unwrap();
    let expected = Counts {
        artists: 3,
        genres: 2,
        artists_with_genres: 2,
        albums: 1,
        tracks: 2,
        audio_features: 1,
        artists_with_related: 1,
        related_artists: 2,
    };
    assert_eq!(store.counts().await.unwrap(), expected);
}

/// Nothing there is an answer, not an error; an empty batch is nothing.
pub async fn an_empty_catalogue_answers(place: &dyn Place) {
    let store = opened(place).await;
    store.write(&Batch::default(), at(0)).await.unwrap();
    assert_eq!(store.counts().await.unwrap(), Counts::default());
    assert!(store.artists_by_name("BTS").await.unwrap().is_empty());
    assert!(store.artist_details(&[artist_id("a")]).await.unwrap().is_empty());
    assert!(store.artist_details(&[]).await.unwrap().is_empty());
    assert!(store.artist_ids_after(None, 10).await.unwrap().is_empty());
    assert!(store.related(&artist_id("a"), 10).await.unwrap().is_empty());
    assert!(store.names("list", &["BTS".into()]).await.unwrap().is_empty());
    assert!(store.names_found_anywhere(&["BTS".into()]).await.unwrap().is_empty());
    assert!(store.facets(&[artist_id("a")]).await.unwrap().is_empty());
    assert!(store.tracks_without_features(&[artist_id("a")]).await.unwrap().is_empty());
    assert!(store.tracks_with_features(&[track_id("t")]).await.unwrap().is_empty());
    assert!(store.pending().await.unwrap().is_empty());
    assert!(store.recent_runs(5).await.unwrap().is_empty());
    assert!(store.relate_input().try_collect::<Vec<_>>().await.unwrap().is_empty());
    assert_eq!(store.begin_related().await.unwrap().finish().await.unwrap(), 0);
}
