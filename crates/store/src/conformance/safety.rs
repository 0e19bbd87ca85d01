//! Cases about failures, several writers, and the life of a catalogue.

use sixpotify_core::{Artist, Facet, FacetState, Source, Track};

use super::marks::name;
use super::profiles::detail;
use super::{Place, album, artist, artist_id, artists, at, mark, opened, track, track_id};
use crate::{Access, AlbumList, Batch, Counts, Features, GenreList, NameState, StoreError, TopTracks, open};

/// A batch that cannot be written in the end is not written at the beginning either, and does no harm to the next one.
pub async fn a_failed_batch_leaves_nothing_behind(place: &dyn Place) {
    let store = opened(place).await;
    let good = Batch {
        artists: vec![artist("a", "A")],
        genres: vec![GenreList { artist_id: artist_id("a"), source: Source::Spotify, genres: vec!["x".into()] }],
        albums: vec![AlbumList {
            artist_id: artist_id("a"),
            source: Source::Spotify,
            albums: vec![("album".into(), album("1", &["a"]))],
        }],
        tracks: vec![track("t", &["a"])],
        facets: vec![mark("a", Facet::Profile, "", FacetState::Ok)],
        names: vec![name("list", "A", NameState::Found)],
        ..Batch::default()
    };
    let missing_track = TopTracks {
        artist_id: artist_id("a"),
        market: "US".into(),
        source: Source::Spotify,
        track_ids: vec![track_id("t"), track_id("missing")],
    };
    let bad = Batch { top_tracks: vec![missing_track], ..good.clone() };
    let error = store.write(&bad, at(0)).await.unwrap_err();
    assert!(matches!(error, StoreError::Other(_)), "{error}");
    assert_eq!(store.counts().await.unwrap(), Counts::default());
    assert!(store.names("list", &["A".into()]).await.unwrap().is_empty());

    let no_such_track =
        Features { track_id: track_id("missing"), source: Source::Spotify, features: Default::default() };
    let bad = Batch { features: vec![no_such_track], ..good.clone() };
    store.write(&bad, at(0)).await.unwrap_err();
    assert_eq!(store.counts().await.unwrap(), Counts::default());

    store.write(&good, at(1)).await.unwrap();
    assert_eq!(detail(&store, "a").await.facets.len(), 1);
}

/// What does not fit into PostgreSQL's indexes does not get into SQLite either; long names that are no keys do.
pub async fn a_key_that_no_index_holds_is_refused(place: &dyn Place) {
    let store = opened(place).await;
    // Not compressible.
    let mut state = 1_u32;
    let long: String = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b'a' + u8::try_from((state >> 24) % 26).unwrap())
    })
    .take(20_000)
    .collect();
    store.write(&artists([artist("a", &long)]), at(0)).await.unwrap();
    assert_eq!(store.artists_by_name(&long).await.unwrap(), [artist("a", &long)]);

    let error = store
        .write(&Batch { names: vec![name("list", &long, NameState::Pending)], ..Batch::default() }, at(0))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("a key of 20004 bytes in table `ingest_names`"), "{error}");
    let longest = name("list", &long[..2_390], NameState::Pending);
    store.write(&Batch { names: vec![longest], ..Batch::default() }, at(0)).await.unwrap();
}

/// Writers of the same rows in opposite order wait for each other and both end well.
pub async fn writers_in_opposite_order_both_succeed(place: &dyn Place) {
    let store = opened(place).await;
    let ids: Vec<String> = (0..60).map(|n| format!("{n:02}")).collect();
    let batch = |writer: usize, round: u8| {
        let mut ids = ids.clone();
        if writer.is_multiple_of(2) {
            ids.reverse();
        }
        let refs: Vec<&str> = ids.iter().map(String::as_str).collect();
        Batch {
            artists: ids.iter().map(|id| Artist { popularity: Some(round), ..artist(id, id) }).collect(),
            genres: ids
                .iter()
                .map(|id| GenreList {
                    artist_id: artist_id(id),
                    source: Source::Spotify,
                    genres: vec![format!("g{writer}"), format!("r{round}")],
                })
                .collect(),
            albums: ids
                .iter()
                .map(|id| AlbumList {
                    artist_id: artist_id(id),
                    source: Source::Spotify,
                    albums: vec![("album".into(), album(&format!("{}", round % 3), &refs))],
                })
                .collect(),
            tracks: ids.iter().map(|id| Track { popularity: Some(round), ..track(id, &refs[..5]) }).collect(),
            ..Batch::default()
        }
    };
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let store = store.clone();
            let batches: Vec<Batch> = (0..10).map(|round| batch(writer, round)).collect();
            tokio::spawn(async move {
                for batch in &batches {
                    store.write(batch, at(0)).await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.artists, counts.tracks, counts.albums), (60, 60, 3));
}

/// Of two lists of one artist that are written at the same time, one remains, not some of each.
pub async fn lists_written_at_the_same_time_do_not_mix(place: &dyn Place) {
    let store = opened(place).await;
    store.write(&artists([artist("a", "A")]), at(0)).await.unwrap();
    for _ in 0..10 {
        let writers: Vec<_> = ["x", "y", "z"]
            .map(|letter| {
                let store = store.clone();
                let genres = (0..20).map(|n| format!("{letter}{n:02}")).collect();
                let list = GenreList { artist_id: artist_id("a"), source: Source::Spotify, genres };
                tokio::spawn(async move {
                    store.write(&Batch { genres: vec![list], ..Batch::default() }, at(0)).await.unwrap();
                })
            })
            .into();
        for writer in writers {
            writer.await.unwrap();
        }
        let genres = detail(&store, "a").await.genres;
        assert_eq!(genres.len(), 20);
        assert!(genres.iter().all(|(genre, _)| genre[..1] == genres[0].0[..1]), "{genres:?}");
    }
}

/// The first writer makes the catalogue; who comes later finds what was written.
pub async fn a_catalogue_is_made_and_found_again(place: &dyn Place) {
    let store = opened(place).await;
    let version = store.schema_version().await.unwrap();
    assert!(version >= 1);
    store.write(&artists([artist("a", "A")]), at(0)).await.unwrap();
    store.close().await;
    store.write(&artists([artist("b", "B")]), at(0)).await.unwrap_err();
    store.counts().await.unwrap_err();

    for access in [Access::Read, Access::Write] {
        let store = open(&place.url(), access).await.unwrap();
        assert_eq!(store.schema_version().await.unwrap(), version);
        assert_eq!(store.artists_by_name("A").await.unwrap(), [artist("a", "A")]);
        store.close().await;
    }
    let names = place.sql("select name from schema_migrations order by version").await;
    assert_eq!(names[0].as_deref(), Some("catalogue"));
    assert_eq!(names.len(), usize::try_from(version).unwrap());
}

/// Any number of programs may make the catalogue at the same time; it is made once.
pub async fn programs_may_start_at_the_same_time(place: &dyn Place) {
    let programs: Vec<_> = (0..6)
        .map(|n| {
            let url = place.url();
            tokio::spawn(async move {
                let store = open(&url, Access::Write).await.unwrap();
                let id = n.to_string();
                store.write(&artists([artist(&id, &id)]), at(0)).await.unwrap();
            })
        })
        .collect();
    for program in programs {
        program.await.unwrap();
    }
    assert_eq!(opened(place).await.counts().await.unwrap().artists, 6);
}

/// A catalogue of an older program goes on with what it had.
pub async fn an_older_catalogue_is_brought_up_to_date(place: &dyn Place) {
    let store = opened(place).await;
    let newest = store.schema_version().await.unwrap();
    let known = mark("a", Facet::Profile, "", FacetState::Ok);
    let batch = Batch { facets: vec![known], ..artists([artist("a", "A")]) };
    store.write(&batch, at(0)).await.unwrap();
    let before = store.facets(&[artist_id("a")]).await.unwrap();
    store.close().await;
    undo_after(place, 1).await;
    place.sql("alter table facets drop column how").await;
    let store = open(&place.url(), Access::Read).await.unwrap();
    assert_eq!(store.schema_version().await.unwrap(), newest);
    assert_eq!(store.facets(&[artist_id("a")]).await.unwrap(), before);
}

/// Drops the tables and indexes of the migrations after `version`, and forgets those.
pub(super) async fn undo_after(place: &dyn Place, version: u32) {
    for made in crate::migrate::made_after(version) {
        place.sql(&format!("drop {made}")).await;
    }
    place.sql(&format!("delete from schema_migrations where version > {version}")).await;
}

/// A program does not touch what a newer one made.
pub async fn a_newer_catalogue_is_refused(place: &dyn Place) {
    let store = opened(place).await;
    let known = store.schema_version().await.unwrap();
    store.close().await;
    place
        .sql("insert into schema_migrations (version, name, checksum, applied_at) values (4711, 'later', '', '2030-01-01')")
        .await;
    for access in [Access::Read, Access::Write] {
        let error = open(&place.url(), access).await.err().unwrap();
        match &error {
            StoreError::NewerSchema { found: 4711, known: k, .. } => assert_eq!(*k, known),
            _ => panic!("{error}"),
        }
    }
}

/// A history that is not ours is not continued.
pub async fn a_changed_migration_is_refused(place: &dyn Place) {
    opened(place).await.close().await;
    place.sql("update schema_migrations set checksum = 'another' where version = 1").await;
    let error = open(&place.url(), Access::Write).await.err().unwrap();
    assert!(error.to_string().contains("is not the one that this program has"), "{error}");
}

/// Only to look leaves no traces.
pub async fn reading_makes_no_catalogue(place: &dyn Place) {
    for _ in 0..2 {
        let error = open(&place.url(), Access::Read).await.err().unwrap();
        assert!(matches!(error, StoreError::NoCatalogue { .. }), "{error}");
    }
}
