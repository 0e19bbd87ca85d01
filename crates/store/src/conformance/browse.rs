//! Cases about browsing.

use sixpotify_core::{Artist, Credit, Source, Track, fold};

use super::{Place, album, artist, artist_id, artists, at, credit, opened, track, track_id};
use crate::{Batch, GenreList, NamePosition};

/// Page after page, every artist once, in the order of folded names, those of one name by id.
pub async fn artists_are_browsed_by_the_beginning_of_their_names(place: &dyn Place) {
    let store = opened(place).await;
    let all =
        [("2", "ABBA"), ("1", "Abba"), ("3", "ABC"), ("4", "The Abbey"), ("5", "B"), ("6", "아이유"), ("7", "아")];
    store.write(&artists(all.map(|(id, name)| artist(id, name))), at(0)).await.unwrap();
    let browse = async |prefix: &str, page: usize| -> Vec<String> {
        let (mut ids, mut after): (Vec<String>, Option<NamePosition>) = (Vec::new(), None);
        loop {
            let found = store.artists_by_prefix(&fold(prefix), after.as_ref(), page).await.unwrap();
            assert!(found.len() <= page);
            let Some((last, _)) = found.last() else { return ids };
            after = Some(last.clone());
            ids.extend(found.iter().map(|(_, artist)| artist.id.to_string()));
        }
    };
    for page in [1, 2, 100] {
        assert_eq!(browse("ab", page).await, ["1", "2", "4", "3"], "pages of {page}");
        assert_eq!(browse("", page).await, ["1", "2", "4", "3", "5", "7", "6"], "pages of {page}");
    }
    assert_eq!(browse("아이", 10).await, ["6"]);
    assert!(browse("abz", 10).await.is_empty());
    assert!(browse("%", 10).await.is_empty());
    assert!(store.artists_by_prefix("ab\0", None, 10).await.is_ok());
}

/// Popularity first, followers where it is equal or unknown.
pub async fn the_best_known_come_first(place: &dyn Place) {
    let store = opened(place).await;
    let known = |id: &str, popularity, followers| Artist { popularity, followers, ..artist(id, id) };
    let all = [
        known("a", None, Some(9)),
        known("b", Some(80), Some(1)),
        known("c", Some(80), Some(2)),
        known("d", Some(90), None),
        known("e", None, None),
        known("f", None, None),
    ];
    store.write(&artists(all), at(0)).await.unwrap();
    let ids = async |limit| -> Vec<String> {
        store.best_known_artists(limit).await.unwrap().iter().map(|a| a.id.to_string()).collect()
    };
    assert_eq!(ids(10).await, ["d", "c", "b", "a", "e", "f"]);
    assert_eq!(ids(2).await, ["d", "c"]);
}

/// Genres in order, each once; of their artists those first that most people know.
pub async fn the_best_known_of_genres_come_first(place: &dyn Place) {
    let store = opened(place).await;
    assert!(store.genres().await.unwrap().is_empty());
    let known = |id: &str, popularity| Artist { popularity: Some(popularity), ..artist(id, id) };
    let of = |id: &str, genres: &[&str]| GenreList {
        artist_id: artist_id(id),
        source: Source::Spotify,
        genres: genres.iter().map(|&genre| genre.to_owned()).collect(),
    };
    let batch = Batch {
        artists: vec![known("a", 10), known("b", 30), known("c", 20), known("d", 90)],
        genres: vec![
            of("a", &["rock", "k-pop"]),
            of("b", &["rock"]),
            of("c", &["k-pop", "케이팝"]),
            of("d", &["jazz"]),
        ],
        ..Batch::default()
    };
    store.write(&batch, at(0)).await.unwrap();
    assert_eq!(store.genres().await.unwrap(), ["jazz", "k-pop", "rock", "케이팝"]);
    let best = async |genres: &[&str], limit| -> Vec<String> {
        let genres: Vec<String> = genres.iter().map(|&genre| genre.to_owned()).collect();
        let found = store.best_known_of_genres(&genres, limit).await.unwrap();
        found.iter().map(|artist| artist.id.to_string()).collect()
    };
    assert_eq!(best(&["rock"], 10).await, ["b", "a"]);
    assert_eq!(best(&["k-pop", "rock", "케이팝"], 10).await, ["b", "c", "a"], "each artist once");
    assert_eq!(best(&["k-pop", "rock"], 1).await, ["b"]);
    assert!(best(&["polka", "Rock", "r\0ck", "'"], 10).await.is_empty());
    assert!(best(&[], 10).await.is_empty());
}

/// A track's own date before that of its album; credits in order; unknown tracks absent.
pub async fn tracks_are_told_with_their_albums(place: &dyn Place) {
    let store = opened(place).await;
    let cover = sixpotify_core::Album {
        release_date: Some("2020-08-21".into()),
        image_url: Some("cover".into()),
        ..album("x", &["a"])
    };
    let batch = Batch {
        artists: vec![artist("a", "A")],
        tracks: vec![
            Track { album: Some(cover), popularity: Some(7), url: Some("url".into()), ..track("1", &["b", "a"]) },
            track("2", &[]),
        ],
        ..Batch::default()
    };
    store.write(&batch, at(0)).await.unwrap();
    let wanted = ["2", "1", "none", "1"].map(track_id);
    let found = store.tracks(&wanted).await.unwrap();
    assert_eq!(found.iter().map(|t| t.id.to_string()).collect::<Vec<_>>(), ["1", "2"]);
    let credits: Vec<Credit> = vec![credit("b"), credit("a")];
    assert_eq!(found[0].artists, credits);
    assert_eq!(found[0].release_date.as_deref(), Some("2020-08-21"));
    assert_eq!(
        (found[0].image_url.as_deref(), found[0].url.as_deref(), found[0].popularity),
        (Some("cover"), Some("url"), Some(7))
    );
    assert_eq!((found[1].album.as_deref(), found[1].artists.len()), (None, 0));
    assert!(store.tracks(&[]).await.unwrap().is_empty());
    assert!(store.forget_artist(&artist_id("a"), at(1)).await.unwrap());
    assert_eq!(store.tracks(&[track_id("1")]).await.unwrap().len(), 1, "somebody else is credited on it");
}
