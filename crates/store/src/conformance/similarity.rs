//! Cases about what similarity works with: imports of tables, signals, songs, the ranking as a whole.

use std::sync::Arc;

use futures_util::TryStreamExt;
use sixpotify_core::{AudioFeatures, Source, TrackId};

use super::profiles::detail;
use super::related::row;
use super::{Place, artist, artist_id, artists, at, credit, full_artist, opened, track, track_id};
use crate::{
    Batch, Entry, FEATURE_COUNT, GenreList, ImportBatch, ImportedArtist, ImportedListen, ImportedTrack, Link,
    ListenRow, MeanFeatures, RankedPair, RelateInput, RelatedEnd, RelatedRow, Replaced, SharedStore, SharedTracks,
    SongInput, TopTracks,
};

/// Of whom a table knows the name.
fn imported(id: &str, name: &str) -> ImportedArtist {
    ImportedArtist { id: artist_id(id), name: name.to_owned(), popularity: None, genres: None, features: None }
}

fn means(n_tracks: Option<u32>, values: &[(usize, f32)]) -> MeanFeatures {
    let mut means = MeanFeatures { n_tracks, values: [None; FEATURE_COUNT] };
    for (at, value) in values {
        means.values[*at] = Some(*value);
    }
    means
}

fn imported_track(id: &str, name: &str, credits: &[&str]) -> ImportedTrack {
    ImportedTrack {
        id: track_id(id),
        name: name.to_owned(),
        artists: credits.iter().map(|id| credit(id)).collect(),
        release_date: None,
        popularity: None,
        explicit: None,
        features: AudioFeatures::default(),
    }
}

fn listen(user: &str, artist: &str, plays: u64) -> ImportedListen {
    ImportedListen { user_key: user.into(), artist_id: artist_id(artist), plays }
}

async fn import(store: &SharedStore, batch: ImportBatch, seconds: i64) {
    store.write_import(Arc::new(batch), at(seconds)).await.unwrap();
}

fn of_artists(artists: impl IntoIterator<Item = ImportedArtist>) -> ImportBatch {
    ImportBatch { artists: artists.into_iter().collect(), ..ImportBatch::new(Source::Csv) }
}

fn of_listens(listens: impl IntoIterator<Item = ImportedListen>) -> ImportBatch {
    ImportBatch { listens: listens.into_iter().collect(), ..ImportBatch::new(Source::Csv) }
}

async fn signals(store: &SharedStore) -> Vec<RelateInput> {
    store.relate_input().try_collect().await.unwrap()
}

async fn listens(store: &SharedStore) -> Vec<ListenRow> {
    store.listens().try_collect().await.unwrap()
}

async fn songs(store: &SharedStore) -> Vec<SongInput> {
    store.songs().try_collect().await.unwrap()
}

fn genres(list: &[&str]) -> Option<Vec<String>> {
    Some(list.iter().map(|genre| (*genre).to_owned()).collect())
}

/// Twice is once; what a table does not say stays; another source's name, popularity and genres give way only where they are
/// contradicted by a list that is there.
pub async fn imported_artists_follow_the_rules_of_facts(place: &dyn Place) {
    let store = opened(place).await;
    let spotify = Batch {
        artists: vec![full_artist("s", "Of Spotify"), artist("bare", "Bare")],
        genres: vec![
            GenreList { artist_id: artist_id("s"), source: Source::Spotify, genres: vec!["x".into(), "y".into()] },
            GenreList { artist_id: artist_id("bare"), source: Source::Spotify, genres: vec!["z".into()] },
        ],
        ..Batch::default()
    };
    store.write(&spotify, at(0)).await.unwrap();
    let odd = "tab\tback\\slash \\N 'quote' \r\n\u{1F525}";
    let table = of_artists([
        ImportedArtist {
            popularity: Some(40),
            genres: genres(&["pop", odd]),
            features: Some(means(Some(7), &[(0, 0.5), (3, -6.5), (12, 200_000.0)])),
            ..imported("csv:a", odd)
        },
        ImportedArtist { popularity: Some(1), genres: genres(&["y", "new"]), ..imported("s", "Other spelling") },
        ImportedArtist { popularity: Some(1), genres: genres(&[]), ..imported("bare", "Bare") },
        // The same artist again: what it does not say stays, what it says counts.
        ImportedArtist { features: Some(means(None, &[(0, 0.75), (1, f32::NAN)])), ..imported("csv:a", odd) },
    ]);
    for turn in 1..3 {
        import(&store, table.clone(), turn).await;
        let a = detail(&store, "csv:a").await;
        assert_eq!((a.artist.name.as_str(), a.artist.popularity), (odd, Some(40)));
        assert_eq!((a.created_at, a.updated_at), (at(1), at(1)), "the second time changes nothing");
        let mut expected = vec![("pop".to_owned(), Source::Csv), (odd.to_owned(), Source::Csv)];
        expected.sort();
        assert_eq!(a.genres, expected);
        let s = detail(&store, "s").await;
        assert_eq!(s.artist, full_artist("s", "Of Spotify"));
        assert_eq!(s.genres, [("new".to_owned(), Source::Csv), ("y".to_owned(), Source::Csv)]);
        let bare = detail(&store, "bare").await;
        assert_eq!(bare.artist.popularity, Some(1), "nobody knew better");
        assert_eq!(bare.genres, [("z".to_owned(), Source::Spotify)], "an empty list takes nothing from another source");
        let read = signals(&store).await;
        let a = read.iter().find(|input| input.id == artist_id("csv:a")).unwrap();
        assert_eq!(a.features, [(means(Some(7), &[(0, 0.75), (3, -6.5), (12, 200_000.0)]), Source::Csv)]);
        assert_eq!(a.profile_from, [Source::Csv]);
    }
    let later = of_artists([
        ImportedArtist { popularity: Some(41), genres: genres(&[]), ..imported("csv:a", odd) },
        ImportedArtist { genres: genres(&[]), ..imported("s", "Of Spotify") },
    ]);
    import(&store, later, 5).await;
    let a = detail(&store, "csv:a").await;
    assert_eq!((a.artist.popularity, a.updated_at, a.genres.len()), (Some(41), at(5), 0));
    assert!(detail(&store, "s").await.genres.is_empty(), "they were of the same source");
    assert_eq!(
        store.artists_named(&[odd.to_owned(), "bare".to_owned(), "Bare".to_owned()]).await.unwrap(),
        [("Bare".to_owned(), artist_id("bare")), (odd.to_owned(), artist_id("csv:a"))],
        "to the letter"
    );
    let salt = store.listener_salt("one").await.unwrap();
    assert_eq!((salt.as_str(), store.listener_salt("two").await.unwrap().as_str()), ("one", "one"));
}

/// Titles and credits that another source gave are not lost to a table that knows less.
pub async fn imported_tracks_leave_others_credits(place: &dyn Place) {
    let store = opened(place).await;
    let spotify = Batch { tracks: vec![track("t", &["x", "y"])], ..artists([artist("x", "X")]) };
    store.write(&spotify, at(0)).await.unwrap();
    let table = |csv_credit: &str| ImportBatch {
        tracks: vec![
            ImportedTrack {
                release_date: Some("1999-12-31".into()),
                popularity: Some(9),
                explicit: Some(true),
                features: AudioFeatures { energy: Some(0.1), key: Some(11), ..AudioFeatures::default() },
                ..imported_track("t", "", &["csv:x"])
            },
            imported_track("csv:own", "Own \t title", &[csv_credit]),
            imported_track("csv:bare", "", &[]),
        ],
        ..ImportBatch::new(Source::Csv)
    };
    for _ in 0..2 {
        import(&store, table("csv:1"), 1).await;
        let read = songs(&store).await;
        let ids: Vec<&str> = read.iter().map(|song| song.id.as_str()).collect();
        assert_eq!(ids, ["csv:bare", "csv:own", "t"]);
        assert_eq!((read[1].name.as_str(), &read[1].artists[..]), ("Own \t title", &[credit("csv:1")][..]));
        assert_eq!((read[2].name.as_str(), &read[2].artists[..]), ("Track t", &[credit("x"), credit("y")][..]));
        assert_eq!((read[2].year, read[2].popularity, read[2].explicit), (Some(1999), Some(9), Some(true)));
        let (features, source) = read[2].features.unwrap();
        assert_eq!((features.energy, features.key, source), (Some(0.1), Some(11), Source::Csv));
        assert_eq!((read[0].features, read[0].source), (None, Source::Csv));
    }
    import(&store, table("csv:2"), 2).await;
    assert_eq!(songs(&store).await[1].artists, [credit("csv:2")], "the table's own credits are replaced");
}

/// A pair counts once, with what was said last; who is not in the catalogue is left out.
pub async fn co_listening_is_kept_per_listener_and_artist(place: &dyn Place) {
    let store = opened(place).await;
    let mut table = of_artists([imported("csv:a", "A"), imported("csv:b", "B")]);
    table.listens = vec![
        listen("u2", "csv:a", 1),
        listen("u1", "csv:b", 5),
        listen("u1", "csv:a", 7),
        listen("u1", "nobody", 1),
        listen("u2", "csv:a", 2),
    ];
    let row = |user: &str, artist: &str, plays| ListenRow {
        user_key: user.into(),
        artist_id: artist_id(artist),
        source: Source::Csv,
        plays,
    };
    for _ in 0..2 {
        import(&store, table.clone(), 1).await;
        assert_eq!(
            listens(&store).await,
            [row("u1", "csv:a", 7), row("u1", "csv:b", 5), row("u2", "csv:a", 2)],
            "by user, then artist"
        );
    }
    import(&store, of_listens([listen("u1", "csv:b", 6)]), 2).await;
    assert_eq!(listens(&store).await[1].plays, 6);
}

/// A batch with something that cannot be stored leaves nothing behind; the next one is stored.
pub async fn an_import_is_all_or_nothing(place: &dyn Place) {
    let store = opened(place).await;
    let mut table = of_artists([imported("csv:a", "A")]);
    table.tracks.push(imported_track(&"x".repeat(3_000), "Too long a key", &[]));
    assert!(store.write_import(Arc::new(table.clone()), at(0)).await.is_err());
    let mut failing = of_artists([imported("csv:a", "A")]);
    failing.links.push(Link { artist_id: artist_id("nobody"), source: Source::Csv, source_id: "1".into() });
    assert!(store.write_import(Arc::new(failing), at(0)).await.is_err());
    assert!(signals(&store).await.is_empty());
    table.tracks.clear();
    import(&store, table, 1).await;
    assert_eq!(signals(&store).await.len(), 1);
}

/// Every fact comes with its source, so that some can be left out.
pub async fn relate_reads_who_states_what(place: &dyn Place) {
    let store = opened(place).await;
    let energy = AudioFeatures { energy: Some(0.5), ..AudioFeatures::default() };
    let mut album = super::album("b", &["s"]);
    album.release_date = Some("2001-05".into());
    let spotify = Batch {
        artists: vec![full_artist("s", "S")],
        genres: vec![GenreList { artist_id: artist_id("s"), source: Source::LastFm, genres: vec!["x".into()] }],
        tracks: vec![sixpotify_core::Track { album: Some(album), ..track("t1", &["s"]) }, track("t2", &["s"])],
        features: vec![
            crate::Features { track_id: track_id("t1"), source: Source::ReccoBeats, features: energy },
            crate::Features { track_id: track_id("t2"), source: Source::Spotify, features: AudioFeatures::default() },
        ],
        facets: vec![super::mark("s", sixpotify_core::Facet::Profile, "", sixpotify_core::FacetState::Ok)],
        ..Batch::default()
    };
    store.write(&spotify, at(0)).await.unwrap();
    let mut table = of_artists([ImportedArtist { features: Some(means(None, &[(1, 0.25)])), ..imported("s", "S") }]);
    table.tracks = vec![ImportedTrack { release_date: Some("1984".into()), ..imported_track("t2", "", &[]) }];
    import(&store, table, 1).await;
    let expected = RelateInput {
        id: artist_id("s"),
        name: "S".into(),
        popularity: Some(97),
        profile_from: vec![Source::Spotify],
        genres: vec![("x".into(), Source::LastFm)],
        tracks: vec![(energy, Source::ReccoBeats)],
        features: vec![(means(None, &[(1, 0.25)]), Source::Csv)],
        years: vec![(2001, Source::ReccoBeats), (1984, Source::Spotify)],
    };
    assert_eq!(signals(&store).await, [expected]);
    assert_eq!(store.median_popularity().await.unwrap(), Some(97));
    store.write(&artists([artist("u", "Unknown")]), at(2)).await.unwrap();
    let less =
        Batch { artists: vec![sixpotify_core::Artist { popularity: Some(3), ..artist("l", "L") }], ..Batch::default() };
    store.write(&less, at(2)).await.unwrap();
    assert_eq!(store.median_popularity().await.unwrap(), Some(97), "the upper one of two");
}

/// Whom a source's list means, and who made tracks together.
pub async fn relations_are_found_by_id_link_or_only_name(place: &dyn Place) {
    let store = opened(place).await;
    let people = ["s", "deezer:7", "csv:a", "twin1", "twin2"];
    let mut batch = artists(people.map(|id| artist(id, if id.starts_with("twin") { "Twin" } else { id })));
    batch.links.push(Link { artist_id: artist_id("csv:a"), source: Source::LastFm, source_id: "mbid".into() });
    batch.tracks = vec![
        track("t1", &["s", "csv:a", "stranger"]),
        track("t2", &["csv:a", "s"]),
        track("deezer:t3", &["s", "csv:a", "deezer:7"]),
    ];
    store.write(&batch, at(0)).await.unwrap();
    for (source, rank, id, name, score) in [
        ("deezer", 1, "'7'", "'Seven'", "0.5"),
        ("deezer", 2, "'8'", "'s'", "0.4"),
        ("lastfm", 1, "'mbid'", "null", "null"),
        ("lastfm", 2, "null", "'s'", "null"),
        ("lastfm", 3, "null", "'Twin'", "null"),
        ("spotify", 1, "'twin1'", "null", "3"),
    ] {
        place
            .sql(&format!(
                "insert into source_related (artist_id, source, rank, related_source_id, related_name, score)
                 values ('s', '{source}', {rank}, {id}, {name}, {score})"
            ))
            .await;
    }
    let said: Vec<crate::SaidRelated> = store.said_related().try_collect().await.unwrap();
    let short: Vec<(&str, u32, &str, Option<f32>)> =
        said.iter().map(|r| (r.source.as_str(), r.rank, r.related_id.as_str(), r.score)).collect();
    let expected = [
        ("deezer", 1, "deezer:7", Some(0.5)),
        ("lastfm", 1, "csv:a", None),
        ("lastfm", 2, "s", None),
        ("spotify", 1, "twin1", Some(3.0)),
    ];
    assert_eq!(short, expected, "an id that nobody has is not looked for by name, nor is a name of two");

    let shared: Vec<SharedTracks> = store.shared_tracks().try_collect().await.unwrap();
    let pair = |a: &str, b: &str, source, tracks| SharedTracks { a: artist_id(a), b: artist_id(b), source, tracks };
    let expected = [
        pair("csv:a", "deezer:7", Source::Deezer, 1),
        pair("csv:a", "s", Source::Deezer, 1),
        pair("csv:a", "s", Source::Spotify, 2),
        pair("deezer:7", "s", Source::Deezer, 1),
    ];
    assert_eq!(shared, expected);
}

/// More songs than are read at a time, in the byte order of ids, each with its own.
pub async fn songs_hold_all_that_is_known_of_them(place: &dyn Place) {
    let store = opened(place).await;
    let id = |n: usize| format!("{}{n}", if n.is_multiple_of(2) { "a" } else { "B" });
    let mut batch = artists([artist("x", "X"), artist("y", "Y")]);
    batch.genres = vec![
        GenreList { artist_id: artist_id("x"), source: Source::Spotify, genres: vec!["pop".into(), "rock".into()] },
        GenreList { artist_id: artist_id("y"), source: Source::Spotify, genres: vec!["pop".into()] },
    ];
    batch.tracks = (0..2_500).map(|n| track(&id(n), if n == 7 { &["y", "x"] } else { &["z"] })).collect();
    batch.top_tracks = ["US", "KR"]
        .map(|market| TopTracks {
            artist_id: artist_id("x"),
            market: market.into(),
            source: Source::Spotify,
            track_ids: vec![track_id("B7")],
        })
        .to_vec();
    store.write(&batch, at(0)).await.unwrap();
    let read = songs(&store).await;
    let mut ids: Vec<TrackId> = (0..2_500).map(|n| track_id(&id(n))).collect();
    ids.sort();
    assert_eq!(read.iter().map(|song| song.id.clone()).collect::<Vec<_>>(), ids);
    let song = read.iter().find(|song| song.id == track_id("B7")).unwrap();
    let expected = SongInput {
        id: track_id("B7"),
        name: "Track B7".into(),
        source: Source::Spotify,
        artists: vec![credit("y"), credit("x")],
        genres: vec![("pop".into(), Source::Spotify), ("rock".into(), Source::Spotify)],
        features: None,
        year: None,
        popularity: None,
        explicit: None,
        markets: vec!["KR".into(), "US".into()],
    };
    assert_eq!(*song, expected);
    assert!(read.iter().filter(|other| other.id != song.id).all(|other| other.artists == [credit("z")]));
}

/// By artist and rank, no deeper than asked; artists without neighbours are no rows.
pub async fn the_ranking_streams_in_order(place: &dyn Place) {
    let store = opened(place).await;
    let id = |n: usize| format!("{}{n:04}", if n.is_multiple_of(2) { "a" } else { "B" });
    store.write(&artists((0..2_500).map(|n| artist(&id(n), &format!("Name \"{n}\"")))), at(0)).await.unwrap();
    let mut writer = store.begin_related().await.unwrap();
    // Every second of each kind has neighbours; a whole chunk has none.
    let with = |n: &usize| n % 4 < 2 && !(800..2_000).contains(n);
    for n in (0..2_500).filter(with) {
        let rows: Vec<_> = (1..4).map(|rank| row(&id(n), rank, &id((n + rank as usize) % 2_500))).collect();
        writer.write(&rows).await.unwrap();
    }
    writer.finish().await.unwrap();
    let pairs: Vec<RankedPair> = store.ranking(2).try_collect().await.unwrap();
    let mut expected: Vec<RankedPair> = (0..2_500)
        .filter(with)
        .flat_map(|n| {
            (1..3_u32).map(move |rank| {
                let near = n + rank as usize;
                RankedPair {
                    artist_id: artist_id(&id(n)),
                    artist: format!("Name \"{n}\""),
                    rank,
                    neighbour_id: artist_id(&id(near % 2_500)),
                    neighbour: format!("Name \"{}\"", near % 2_500),
                    distance: 0.1,
                }
            })
        })
        .collect();
    expected.sort_by(|x, y| (&x.artist_id, x.rank).cmp(&(&y.artist_id, y.rank)));
    assert_eq!(pairs.len(), expected.len());
    for (pair, expected) in pairs.iter().zip(&expected) {
        assert_eq!(pair, expected);
    }
}

/// Everybody else's neighbours stay; those that are gone are left out; a failure changes nothing.
pub async fn one_artists_neighbours_are_replaced_alone(place: &dyn Place) {
    let store = opened(place).await;
    store.write(&artists(["a", "b", "c"].map(|id| artist(id, id))), at(0)).await.unwrap();
    let mut writer = store.begin_related().await.unwrap();
    writer.write(&[row("a", 1, "b"), row("a", 2, "c"), row("b", 1, "a")]).await.unwrap();
    writer.finish().await.unwrap();
    let all = async || -> Vec<(String, u32, String)> {
        let pairs: Vec<RankedPair> = store.ranking(100).try_collect().await.unwrap();
        pairs.into_iter().map(|p| (p.artist, p.rank, p.neighbour)).collect()
    };
    let expected = |pairs: &[(&str, u32, &str)]| -> Vec<(String, u32, String)> {
        pairs.iter().map(|(a, rank, b)| ((*a).to_owned(), *rank, (*b).to_owned())).collect()
    };
    let rows = [row("a", 1, "c"), row("a", 2, "gone")];
    let replaced = |rows| Replaced { rows, lists: 0 };
    assert_eq!(store.replace_related(&artist_id("a"), &rows, None).await.unwrap(), replaced(1));
    assert_eq!(all().await, expected(&[("a", 1, "c"), ("b", 1, "a")]));
    let broken = [crate::RelatedRow { distance: 2.0, ..row("b", 1, "c") }];
    store.replace_related(&artist_id("b"), &broken, None).await.unwrap_err();
    assert_eq!(all().await, expected(&[("a", 1, "c"), ("b", 1, "a")]));
    assert_eq!(store.replace_related(&artist_id("a"), &[], None).await.unwrap(), replaced(0));
    assert_eq!(store.replace_related(&artist_id("gone"), &rows, None).await.unwrap(), replaced(0));
    assert_eq!(all().await, expected(&[("b", 1, "a")]));
}

/// A new artist gets its own list and its place in those of others, which stay in order and within their depth; all of it or none.
pub async fn an_artist_enters_the_lists_of_others(place: &dyn Place) {
    let store = opened(place).await;
    store.write(&artists(["a", "b", "c", "d", "new"].map(|id| artist(id, id))), at(0)).await.unwrap();
    let near = |artist: &str, rank, related: &str, distance| RelatedRow { distance, ..row(artist, rank, related) };
    let mut writer = store.begin_related().await.unwrap();
    let before = [
        near("a", 1, "b", 0.1),
        near("a", 2, "c", 0.2),
        near("a", 3, "d", 0.3),
        near("b", 1, "a", 0.1),
        near("b", 2, "c", 0.25),
        near("c", 1, "a", 0.2),
    ];
    writer.write(&before).await.unwrap();
    writer.finish().await.unwrap();
    let ends = async || -> Vec<(String, u32, f32)> {
        let ends: Vec<RelatedEnd> = store.related_ends().try_collect().await.unwrap();
        ends.into_iter().map(|end| (end.artist_id.to_string(), end.rank, end.distance)).collect()
    };
    assert_eq!(ends().await, [("a".to_owned(), 3, 0.3), ("b".to_owned(), 2, 0.25), ("c".to_owned(), 1, 0.2)]);
    let lists = async || -> Vec<String> {
        let pairs: Vec<RankedPair> = store.ranking(100).try_collect().await.unwrap();
        let mut lists: Vec<String> = Vec::new();
        for pair in pairs {
            match pair.rank {
                1 => lists.push(format!("{}: {}", pair.artist, pair.neighbour)),
                _ => *lists.last_mut().unwrap() += &format!(" {}", pair.neighbour),
            }
        }
        lists
    };
    let enter = async |own: &[RelatedRow], rows: Vec<RelatedRow>| {
        store.replace_related(&artist_id("new"), own, Some(&Entry { rows, depth: 3 })).await
    };

    // Before the last of a full list, at an equal distance by id, at the end, and as the first of all.
    let own = [near("new", 1, "a", 0.05), near("new", 2, "b", 0.25)];
    let others = vec![
        near("a", 9, "new", 0.05),
        near("b", 9, "new", 0.25),
        near("c", 9, "new", 0.9),
        near("d", 9, "new", 0.5),
        near("gone", 9, "new", 0.5),
    ];
    let written = enter(&own, others.clone()).await.unwrap();
    assert_eq!(written, Replaced { rows: 2, lists: 4 });
    let entered = ["a: new b c", "b: a c new", "c: a new", "d: new", "new: a b"];
    assert_eq!(lists().await, entered);
    let seen = store.related(&artist_id("a"), 9).await.unwrap();
    let seen: Vec<_> = seen.iter().map(|near| (near.rank, near.distance, near.why.as_str())).collect();
    assert_eq!(seen, [(1, 0.05, "g:pop\t\\s"), (2, 0.1, "g:pop\t\\s"), (3, 0.2, "g:pop\t\\s")]);

    // Twice is the same as once, and what cannot be stored leaves everything.
    enter(&own, others.clone()).await.unwrap();
    assert_eq!(lists().await, entered);
    let broken = [&others[..2], &[near("c", 1, "new", 7.0)]].concat();
    enter(&[], broken).await.unwrap_err();
    assert_eq!(lists().await, entered);

    // It moves, and leaves where it is not named.
    assert_eq!(enter(&own[..1], vec![near("a", 1, "new", 0.15)]).await.unwrap(), Replaced { rows: 1, lists: 1 });
    assert_eq!(lists().await, ["a: b new c", "b: a c", "c: a", "new: a"]);

    // Two at a time: one after the other.
    let other = Entry { rows: vec![near("a", 1, "d", 0.01)], depth: 3 };
    let (one, two) = tokio::join!(enter(&own, others.clone()), async {
        store.replace_related(&artist_id("d"), &[near("d", 1, "a", 0.01)], Some(&other)).await
    });
    assert_eq!((one.unwrap().rows, two.unwrap().rows), (2, 1));
    assert_eq!(lists().await[0], "a: d new b");
}

/// A merge moves lists to who has none of the source and adds listeners up; a forgotten artist takes all of it along.
pub async fn what_similarity_knows_moves_and_goes_with_its_artist(place: &dyn Place) {
    let store = opened(place).await;
    let mut table = of_artists([
        ImportedArtist { features: Some(means(Some(2), &[(0, 0.5)])), ..imported("csv:a", "A") },
        imported("csv:b", "B"),
        ImportedArtist { features: Some(means(Some(3), &[(0, 0.9)])), ..imported("csv:c", "C") },
    ]);
    table.listens =
        vec![listen("u1", "csv:a", 1), listen("u1", "csv:b", 10), listen("u2", "csv:a", 2), listen("u2", "csv:c", 4)];
    import(&store, table, 0).await;
    for (artist, source) in [("csv:a", "deezer"), ("csv:a", "lastfm"), ("csv:b", "lastfm")] {
        place
            .sql(&format!(
                "insert into source_related (artist_id, source, rank, related_source_id, related_name, score)
                 values ('{artist}', '{source}', 1, null, 'C', null)"
            ))
            .await;
    }
    let count = async |sql: &str| place.sql(sql).await.remove(0).unwrap();
    store.merge_artist(&artist_id("csv:a"), &artist_id("csv:b"), at(1)).await.unwrap();
    let read = signals(&store).await;
    assert_eq!(read.iter().map(|input| input.id.as_str()).collect::<Vec<_>>(), ["csv:b", "csv:c"]);
    assert_eq!(read[0].features, [(means(Some(2), &[(0, 0.5)]), Source::Csv)]);
    let plays: Vec<_> =
        listens(&store).await.into_iter().map(|l| (l.user_key, l.artist_id.to_string(), l.plays)).collect();
    let expected = [("u1", "csv:b", 11), ("u2", "csv:b", 2), ("u2", "csv:c", 4)];
    assert_eq!(plays, expected.map(|(user, artist, plays)| (user.to_owned(), artist.to_owned(), plays)));
    assert_eq!(count("select cast(count(*) as text) from source_related where artist_id = 'csv:b'").await, "2");
    assert_eq!(
        store.artists_by_link(Source::Csv, &["a".into()]).await.unwrap(),
        [("a".to_owned(), artist_id("csv:b"))],
        "the next import finds it"
    );

    store.merge_artist(&artist_id("csv:b"), &artist_id("csv:c"), at(2)).await.unwrap();
    assert_eq!(signals(&store).await[0].features, [(means(Some(3), &[(0, 0.9)]), Source::Csv)], "it had its own");
    store.forget_artist(&artist_id("csv:c"), at(3)).await.unwrap();
    for table in ["artist_features", "listens", "source_related"] {
        assert_eq!(count(&format!("select cast(count(*) as text) from {table}")).await, "0", "{table}");
    }
}
