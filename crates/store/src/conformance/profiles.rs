//! Cases about artists, their genres and links.

use sixpotify_core::{Artist, Source};

use super::{Place, artist, artist_id, artists, at, full_artist, opened};
use crate::{ArtistDetail, Batch, GenreList, Link, SharedStore};

pub(super) async fn detail(store: &SharedStore, id: &str) -> ArtistDetail {
    let mut details = store.artist_details(&[artist_id(id)]).await.unwrap();
    assert_eq!(details.len(), 1, "{id}");
    details.remove(0)
}

fn genres(id: &str, source: Source, genres: &[&str]) -> GenreList {
    GenreList { artist_id: artist_id(id), source, genres: genres.iter().map(|&g| g.to_owned()).collect() }
}

/// Writing a batch again changes nothing.
pub async fn an_upsert_done_twice_is_done_once(place: &dyn Place) {
    let store = opened(place).await;
    let batch = Batch {
        artists: vec![full_artist("a", "A"), artist("b", "B")],
        links: vec![Link { artist_id: artist_id("a"), source: Source::Deezer, source_id: "27".into() }],
        genres: vec![genres("a", Source::Spotify, &["k-pop", "pop"])],
        ..Batch::default()
    };
    store.write(&batch, at(0)).await.unwrap();
    let ids = [artist_id("a"), artist_id("b")];
    let once = store.artist_details(&ids).await.unwrap();
    store.write(&batch, at(10)).await.unwrap();
    assert_eq!(store.artist_details(&ids).await.unwrap(), once);
    assert_eq!(once[0].artist, full_artist("a", "A"));
    assert_eq!((once[0].created_at, once[0].updated_at), (at(0), at(0)));
}

/// A value that a source does not send leaves the one that is there; one that it sends replaces it.
pub async fn absent_values_never_overwrite(place: &dyn Place) {
    let store = opened(place).await;
    store.write(&artists([full_artist("a", "A")]), at(0)).await.unwrap();
    store.write(&artists([artist("a", "A")]), at(1)).await.unwrap();
    assert_eq!(detail(&store, "a").await.artist, full_artist("a", "A"));

    store.write(&artists([Artist { followers: Some(0), ..artist("a", "A two") }]), at(2)).await.unwrap();
    let known = Artist { followers: Some(0), name: "A two".into(), ..full_artist("a", "A") };
    assert_eq!(detail(&store, "a").await.artist, known);

    store.write(&artists([artist("b", "B")]), at(3)).await.unwrap();
    assert_eq!(detail(&store, "b").await.artist, artist("b", "B"));
}

/// The time of a row says when it last changed, not when it was last seen.
pub async fn updated_at_moves_only_with_a_change(place: &dyn Place) {
    let store = opened(place).await;
    store.write(&artists([full_artist("a", "A")]), at(0)).await.unwrap();
    store.write(&artists([full_artist("a", "A")]), at(1)).await.unwrap();
    assert_eq!(detail(&store, "a").await.updated_at, at(0));
    store.write(&artists([Artist { popularity: Some(1), ..artist("a", "A") }]), at(2)).await.unwrap();
    let changed = detail(&store, "a").await;
    assert_eq!((changed.created_at, changed.updated_at), (at(0), at(2)));
}

/// Several genres of one artist are several rows.
pub async fn an_artist_keeps_several_genres(place: &dyn Place) {
    let store = opened(place).await;
    let batch = Batch {
        artists: vec![artist("a", "A"), artist("b", "B")],
        genres: vec![
            genres("a", Source::Spotify, &["pop", "k-pop", "K-Pop", "pop"]),
            genres("b", Source::MusicBrainz, &["pop"]),
        ],
        ..Batch::default()
    };
    store.write(&batch, at(0)).await.unwrap();
    // In the order of bytes: capitals first.
    let expected: Vec<_> = ["K-Pop", "k-pop", "pop"].map(|g| (g.to_owned(), Source::Spotify)).into();
    assert_eq!(detail(&store, "a").await.genres, expected);
    assert_eq!(detail(&store, "b").await.genres, [("pop".to_owned(), Source::MusicBrainz)]);
}

/// A list of genres takes the place of the artist's earlier one, also when it is empty.
pub async fn genres_are_replaced_as_a_whole_list(place: &dyn Place) {
    let store = opened(place).await;
    let write = async |lists: Vec<GenreList>| {
        store.write(&Batch { genres: lists, ..Batch::default() }, at(0)).await.unwrap();
    };
    store.write(&artists([artist("a", "A"), artist("b", "B")]), at(0)).await.unwrap();
    write(vec![genres("a", Source::Spotify, &["x", "y"]), genres("b", Source::Spotify, &["y", "z"])]).await;
    write(vec![genres("a", Source::Deezer, &["y", "w"])]).await;
    assert_eq!(detail(&store, "a").await.genres, [("w".to_owned(), Source::Deezer), ("y".to_owned(), Source::Deezer)]);
    assert_eq!(detail(&store, "b").await.genres.len(), 2);

    write(vec![genres("a", Source::Spotify, &["lost"]), genres("a", Source::Spotify, &[])]).await;
    assert_eq!(detail(&store, "a").await.genres, []);
    assert_eq!(detail(&store, "b").await.genres.len(), 2);
}

/// A picture is no condition.
pub async fn an_artist_without_a_picture_is_stored(place: &dyn Place) {
    let store = opened(place).await;
    let faceless = Artist { image_url: None, ..full_artist("a", "A") };
    store.write(&artists([faceless.clone()]), at(0)).await.unwrap();
    assert_eq!(store.artists_by_name("A").await.unwrap(), [faceless]);
}

/// The later one wins, but hides nothing that only the earlier one knows.
pub async fn the_same_id_twice_in_a_batch_is_merged(place: &dyn Place) {
    let store = opened(place).await;
    let batch = artists([
        Artist { followers: Some(1), popularity: Some(1), ..artist("a", "First") },
        artist("b", "B"),
        Artist { followers: Some(2), url: Some("u".into()), ..artist("a", "Second") },
        artist("a", "Third"),
    ]);
    store.write(&batch, at(0)).await.unwrap();
    let merged = Artist { followers: Some(2), popularity: Some(1), url: Some("u".into()), ..artist("a", "Third") };
    assert_eq!(detail(&store, "a").await.artist, merged);
    assert_eq!(store.counts().await.unwrap().artists, 2);
}

/// An artist may have several ids at a source, an id only one artist: the first.
pub async fn an_id_at_a_source_stays_with_its_artist(place: &dyn Place) {
    let store = opened(place).await;
    let link =
        |id: &str, source, source_id: &str| Link { artist_id: artist_id(id), source, source_id: source_id.into() };
    let first = Batch {
        artists: vec![artist("a", "A"), artist("b", "B")],
        links: vec![
            link("a", Source::Deezer, "2"),
            link("a", Source::Deezer, "1"),
            link("a", Source::MusicBrainz, "1"),
            link("b", Source::MusicBrainz, "1"),
        ],
        ..Batch::default()
    };
    store.write(&first, at(0)).await.unwrap();
    let second =
        Batch { links: vec![link("b", Source::Deezer, "1"), link("b", Source::Deezer, "3")], ..Batch::default() };
    store.write(&second, at(1)).await.unwrap();
    let expected =
        [(Source::Deezer, "1"), (Source::Deezer, "2"), (Source::MusicBrainz, "1")].map(|(s, id)| (s, id.to_owned()));
    assert_eq!(detail(&store, "a").await.links, expected);
    assert_eq!(detail(&store, "b").await.links, [(Source::Deezer, "3".to_owned())]);
}

/// Names are data: no script, sign, quote or statement in them does anything. Only U+0000, which PostgreSQL cannot
/// hold, is left out, in both databases.
pub async fn any_text_survives_as_data(place: &dyn Place) {
    let store = opened(place).await;
    let names = [
        "에스파",
        "Sigur Rós",
        "\u{1F3B5}\u{200D}\u{1F525} e\u{301}",
        "Robert'); drop table artists; --",
        "\"quoted\" 'single' `back` \\N \\. \\\\ $1 ?1 %s {}",
        "tab\tline\nreturn\r\u{1b}[31mred\u{7}\u{7f}\u{85}\u{202e}",
        " blanks at both ends ",
        "\u{feff}10cc",
        "\\N",
        "\\.",
    ];
    let all: Vec<Artist> = names.iter().zip(0..).map(|(name, n)| full_artist(&format!("id{n}"), name)).collect();
    let list = GenreList {
        artist_id: artist_id("id0"),
        source: Source::Csv,
        genres: names.iter().map(|&n| n.to_owned()).collect(),
    };
    let batch = Batch { artists: all.clone(), genres: vec![list], ..Batch::default() };
    store.write(&batch, at(0)).await.unwrap();
    for artist in &all {
        let found = store.artists_by_name(&artist.name).await.unwrap();
        assert_eq!(found, std::slice::from_ref(artist), "{:?}", artist.name);
    }
    let mut sorted: Vec<String> = names.iter().map(|&n| n.to_owned()).collect();
    sorted.sort_unstable();
    let stored: Vec<String> = detail(&store, "id0").await.genres.into_iter().map(|(genre, _)| genre).collect();
    assert_eq!(stored, sorted);

    store.write(&artists([artist("nul\0", "a\0b\0")]), at(0)).await.unwrap();
    let without = artist("nul", "ab");
    assert_eq!(store.artists_by_name("ab").await.unwrap(), std::slice::from_ref(&without));
    assert_eq!(store.artists_by_name("a\0b").await.unwrap(), std::slice::from_ref(&without));
    assert_eq!(detail(&store, "nul\0").await.artist, without);
}

/// The queries of the project that this one grew out of.
pub async fn queries_of_the_original_run_unchanged(place: &dyn Place) {
    let store = opened(place).await;
    let batch = Batch {
        artists: vec![full_artist("a", "BTS"), artist("b", "bts")],
        genres: vec![genres("a", Source::Spotify, &["k-pop", "pop"]), genres("b", Source::Spotify, &["rock"])],
        ..Batch::default()
    };
    store.write(&batch, at(0)).await.unwrap();
    let genres = place
        .sql("SELECT t2.genre FROM artists t1 JOIN artist_genre t2 ON t2.artist_id = t1.id WHERE t1.name = 'BTS'")
        .await;
    let mut genres: Vec<_> = genres.into_iter().flatten().collect();
    genres.sort_unstable();
    assert_eq!(genres, ["k-pop", "pop"]);
    let columns =
        place.sql("SELECT id || name || followers || popularity || url || image_url FROM artists WHERE id = 'a'");
    assert_eq!(columns.await.len(), 1);
}
