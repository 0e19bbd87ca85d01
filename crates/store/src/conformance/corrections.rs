//! Cases about names that a person settles, artists that are kept out, and artists that become one.

use serde_json::json;
use sixpotify_core::{AlbumId, Artist, Facet, FacetState, Source, Track};

use super::marks::name;
use super::profiles::detail;
use super::{Place, album, artist, artist_id, artists, at, full_artist, mark, opened, track, track_id};
use crate::{AlbumList, Batch, FacetMark, GenreList, Link, NameRecord, NameState, RelatedRow, SharedStore, TopTracks};

fn found(list: &str, given: &str, id: &str) -> NameRecord {
    NameRecord { artist_id: Some(artist_id(id)), how: Some("exact".into()), ..name(list, given, NameState::Found) }
}

async fn of_list(store: &SharedStore, list: &str, given: &str) -> NameRecord {
    store.names(list, &[given.into()]).await.unwrap().remove(0)
}

fn genres(id: &str, list: &[&str]) -> GenreList {
    let genres = list.iter().map(|&g| g.to_owned()).collect();
    GenreList { artist_id: artist_id(id), source: Source::Spotify, genres }
}

fn ranking(id: &str, tracks: &[&str]) -> TopTracks {
    let track_ids = tracks.iter().map(|id| track_id(id)).collect();
    TopTracks { artist_id: artist_id(id), market: "KR".into(), source: Source::Spotify, track_ids }
}

fn album_list(id: &str, albums: &[(&str, &[&str])]) -> AlbumList {
    let albums = albums.iter().map(|(id, credits)| ("album".to_owned(), album(id, credits))).collect();
    AlbumList { artist_id: artist_id(id), source: Source::Spotify, albums }
}

async fn related(store: &SharedStore, pairs: &[(&str, &[&str])]) {
    let mut ranking = store.begin_related().await.unwrap();
    let rows: Vec<_> = pairs
        .iter()
        .flat_map(|(id, neighbours)| {
            neighbours.iter().zip(1..).map(|(neighbour, rank)| RelatedRow {
                artist_id: artist_id(id),
                rank,
                related_id: artist_id(neighbour),
                distance: 0.5,
                why: String::new(),
            })
        })
        .collect();
    ranking.write(&rows).await.unwrap();
    ranking.finish().await.unwrap();
}

async fn neighbours(store: &SharedStore, id: &str) -> Vec<String> {
    let related = store.related(&artist_id(id), 9).await.unwrap();
    related.iter().map(|r| r.artist.id.to_string()).collect()
}

/// A decision counts wherever the name stands, and in the list for which it was made.
pub async fn a_name_is_settled_in_every_list(place: &dyn Place) {
    let store = opened(place).await;
    let several = NameRecord { candidates: Some(json!([{"id": "y"}])), ..name("one", "X", NameState::Ambiguous) };
    let failed = NameRecord { attempts: 3, retry_at: Some(at(60)), ..name("two", "X", NameState::Failed) };
    let names = vec![several.clone(), failed, name("one", "x", NameState::Pending)];
    store.write(&Batch { names, ..artists([artist("a", "A")]) }, at(0)).await.unwrap();
    for _ in 0..2 {
        store.settle_name("new", "X", &artist_id("a"), "chosen", at(1)).await.unwrap();
        let settled = |list| NameRecord { how: Some("chosen".into()), ..found(list, "X", "a") };
        let of_one = NameRecord { candidates: several.candidates.clone(), ..settled("one") };
        assert_eq!(of_list(&store, "one", "X").await, of_one);
        assert_eq!(of_list(&store, "two", "X").await, settled("two"));
        assert_eq!(of_list(&store, "new", "X").await, settled("new"));
        assert_eq!(of_list(&store, "one", "x").await.state, NameState::Pending, "to the letter");
    }
    store.settle_name("new", "X", &artist_id("b"), "chosen", at(1)).await.unwrap();
    assert_eq!(of_list(&store, "two", "X").await.artist_id, Some(artist_id("b")));
}

/// Nothing is known of a forgotten artist but that it is one; a person may choose it again.
pub async fn a_forgotten_artist_is_kept_out(place: &dyn Place) {
    let store = opened(place).await;
    let batch = Batch {
        artists: vec![full_artist("a", "A"), artist("b", "B")],
        links: vec![Link { artist_id: artist_id("a"), source: Source::Deezer, source_id: "27".into() }],
        genres: vec![genres("a", &["x"])],
        albums: vec![album_list("a", &[("1", &["a"])])],
        tracks: vec![Track { album: Some(album("1", &["a"])), ..track("t", &["a"]) }],
        top_tracks: vec![ranking("a", &["t"])],
        facets: vec![mark("a", Facet::Profile, "", FacetState::Ok)],
        names: vec![found("l", "A", "a"), found("l", "B", "b"), found("m", "a", "a")],
        ..Batch::default()
    };
    store.write(&batch, at(0)).await.unwrap();
    related(&store, &[("a", &["b"]), ("b", &["a"])]).await;

    assert!(store.forget_artist(&artist_id("a"), at(1)).await.unwrap());
    assert!(!store.forget_artist(&artist_id("a"), at(2)).await.unwrap(), "it is gone");
    assert!(!store.forget_artist(&artist_id("stranger"), at(3)).await.unwrap());
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.artists, counts.genres, counts.albums, counts.tracks, counts.related_artists), (1, 0, 0, 0, 0));
    let kept_out = place.sql("select name from forgotten_artists order by artist_id").await;
    assert_eq!(kept_out, [Some("A".to_owned()), None]);
    let asked = ["a", "b", "stranger"].map(artist_id);
    assert_eq!(store.forgotten(&asked).await.unwrap(), [artist_id("a"), artist_id("stranger")]);
    let gone = NameRecord { how: Some("forgotten".into()), ..name("l", "A", NameState::NotFound) };
    assert_eq!(of_list(&store, "l", "A").await, gone);
    assert_eq!(of_list(&store, "m", "a").await.state, NameState::NotFound);
    assert_eq!(of_list(&store, "l", "B").await, found("l", "B", "b"));

    store.settle_name("l", "A", &artist_id("a"), "chosen", at(1)).await.unwrap();
    assert_eq!(store.forgotten(&asked).await.unwrap(), [artist_id("stranger")]);
}

/// Albums and songs of others stay, and who is credited on them.
pub async fn what_others_share_outlives_a_forgotten_artist(place: &dyn Place) {
    let store = opened(place).await;
    let batch = Batch {
        artists: vec![artist("a", "A"), artist("b", "B")],
        albums: vec![
            album_list("a", &[("alone", &["a"]), ("both", &["b", "a"]), ("compilation", &["various"])]),
            album_list("b", &[("both", &["b", "a"])]),
        ],
        tracks: vec![
            track("alone", &["a"]),
            track("both", &["a", "b"]),
            track("ranked", &["a"]),
            track("unsigned", &[]),
            Track { album: Some(album("with guest", &["a"])), ..track("guest", &["a", "c"]) },
        ],
        top_tracks: vec![ranking("a", &["alone", "unsigned", "both"]), ranking("b", &["ranked", "both"])],
        ..Batch::default()
    };
    store.write(&batch, at(0)).await.unwrap();
    assert!(store.forget_artist(&artist_id("a"), at(1)).await.unwrap());
    let albums = place.sql("select id from albums order by id").await;
    assert_eq!(albums, ["both", "compilation", "with guest"].map(|id| Some(id.to_owned())));
    let tracks = place.sql("select id from tracks order by id").await;
    assert_eq!(tracks, ["both", "guest", "ranked"].map(|id| Some(id.to_owned())));
    let credits = place.sql("select album_id from album_artist where artist_id = 'a' order by album_id").await;
    assert_eq!(credits, ["both", "with guest"].map(|id| Some(id.to_owned())), "credits, no list");
    let lists = place.sql("select album_id from album_artist where artist_id = 'a' and album_group is not null").await;
    assert_eq!(lists, []);
    let of_b = detail(&store, "b").await;
    assert_eq!(of_b.albums.iter().map(|a| &a.id).collect::<Vec<_>>(), [&AlbumId::from_stored("both")]);
    assert_eq!(of_b.top_tracks.iter().map(|t| t.id.as_str()).collect::<Vec<_>>(), ["ranked", "both"]);
    assert_eq!(of_b.top_tracks[1].artists.len(), 2);
}

/// All that was known under the old id is known under the new one, once.
pub async fn an_artist_that_became_another_moves_once(place: &dyn Place) {
    let store = opened(place).await;
    let asked = |facet, market| FacetMark { how: Some("search".into()), ..mark("old", facet, market, FacetState::Ok) };
    let batch = Batch {
        artists: vec![full_artist("old", "Old"), artist("other", "Other")],
        links: vec![Link { artist_id: artist_id("old"), source: Source::Deezer, source_id: "27".into() }],
        genres: vec![genres("old", &["x", "y"])],
        albums: vec![album_list("old", &[("1", &["old", "other"]), ("2", &["various"])])],
        tracks: vec![track("t", &["other", "old"]), track("u", &["old"])],
        top_tracks: vec![ranking("old", &["u", "t"])],
        facets: vec![
            asked(Facet::Profile, ""),
            asked(Facet::Genres, ""),
            asked(Facet::Albums, ""),
            asked(Facet::TopTracks, "KR"),
            mark("old", Facet::AudioFeatures, "", FacetState::Failed),
        ],
        names: vec![found("l", "Old", "old"), found("m", "old", "old")],
        ..Batch::default()
    };
    store.write(&batch, at(0)).await.unwrap();
    let known = Batch {
        artists: vec![Artist { popularity: Some(1), ..artist("new", "New") }],
        facets: vec![mark("new", Facet::Genres, "", FacetState::Failed)],
        ..Batch::default()
    };
    store.write(&known, at(1)).await.unwrap();
    related(&store, &[("old", &["new", "other"]), ("other", &["old"])]).await;

    store.merge_artist(&artist_id("old"), &artist_id("new"), at(2)).await.unwrap();
    let merged = detail(&store, "new").await;
    let facts = full_artist("old", "New");
    assert_eq!(merged.artist, Artist { id: artist_id("new"), popularity: Some(1), ..facts });
    assert_eq!((merged.created_at, merged.updated_at), (at(0), at(2)));
    assert_eq!(merged.links, [(Source::Deezer, "27".to_owned()), (Source::Spotify, "old".to_owned())]);
    assert_eq!(merged.genres.iter().map(|(g, _)| g.as_str()).collect::<Vec<_>>(), ["x", "y"]);
    assert_eq!(merged.albums.iter().map(|a| a.id.as_str()).collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(merged.top_tracks.iter().map(|t| t.id.as_str()).collect::<Vec<_>>(), ["u", "t"]);
    let credits: Vec<_> = merged.top_tracks[1].artists.iter().map(|c| c.id.as_str()).collect();
    assert_eq!(credits, ["other", "new"]);
    let marks: Vec<_> = merged.facets.iter().map(|f| (f.facet, f.state, f.fetched_at, f.how.as_deref())).collect();
    assert_eq!(
        marks,
        [
            (Facet::Albums, FacetState::Ok, at(0), Some("search")),
            (Facet::Genres, FacetState::Ok, at(0), Some("search")),
            (Facet::TopTracks, FacetState::Ok, at(0), Some("search")),
        ],
        "the lists' marks; the profile has to be asked for under the new id"
    );
    assert_eq!(neighbours(&store, "new").await, ["other"]);
    assert_eq!(neighbours(&store, "other").await, ["new"]);
    assert_eq!(of_list(&store, "l", "Old").await, found("l", "Old", "new"));
    assert_eq!(of_list(&store, "m", "old").await.artist_id, Some(artist_id("new")));
    assert_eq!(store.counts().await.unwrap().artists, 2);

    for _ in 0..2 {
        store.merge_artist(&artist_id("old"), &artist_id("new"), at(3)).await.unwrap();
        store.merge_artist(&artist_id("new"), &artist_id("new"), at(3)).await.unwrap();
    }
    assert_eq!(detail(&store, "new").await, merged);

    store.merge_artist(&artist_id("deezer:5"), &artist_id("new"), at(4)).await.unwrap();
    let links = detail(&store, "new").await.links;
    assert_eq!(links[1], (Source::Deezer, "5".to_owned()), "of an artist that was never here, only the link");
    let error = store.merge_artist(&artist_id("new"), &artist_id("nobody"), at(5)).await.unwrap_err();
    assert!(error.to_string().contains("there is no artist `nobody`"), "{error}");
    assert_eq!(detail(&store, "new").await.artist.name, "New");
}

/// Lists are not mixed: what the other artist has, or is known not to have, stays.
pub async fn a_merge_leaves_what_the_other_has(place: &dyn Place) {
    let store = opened(place).await;
    let batch = Batch {
        artists: vec![full_artist("old", "Old"), Artist { followers: Some(0), ..artist("new", "New") }],
        genres: vec![genres("old", &["x"])],
        albums: vec![
            album_list("old", &[("1", &["old", "new"]), ("2", &["various"])]),
            album_list("new", &[("3", &["new"])]),
        ],
        tracks: vec![track("t", &["old", "new"]), track("u", &["old"])],
        top_tracks: vec![ranking("old", &["t"]), ranking("new", &["u"])],
        facets: vec![
            mark("old", Facet::Genres, "", FacetState::Ok),
            mark("old", Facet::AudioFeatures, "", FacetState::Ok),
            mark("new", Facet::Genres, "", FacetState::Ok),
        ],
        links: vec![Link { artist_id: artist_id("third"), source: Source::Spotify, source_id: "old".into() }],
        ..Batch::default()
    };
    let third = Batch { artists: vec![artist("third", "Third")], ..Batch::default() };
    store.write(&third, at(0)).await.unwrap();
    store.write(&batch, at(0)).await.unwrap();
    store.merge_artist(&artist_id("old"), &artist_id("new"), at(1)).await.unwrap();
    let merged = detail(&store, "new").await;
    assert_eq!((merged.artist.followers, merged.artist.popularity), (Some(0), Some(97)));
    assert_eq!(merged.genres, [], "asked, and there are none");
    assert_eq!(merged.albums.iter().map(|a| a.id.as_str()).collect::<Vec<_>>(), ["3"]);
    let credits = place.sql("select album_id from album_artist where artist_id = 'new' order by album_id").await;
    assert_eq!(credits, ["1", "3"].map(|id| Some(id.to_owned())));
    assert_eq!(merged.top_tracks.iter().map(|t| t.id.as_str()).collect::<Vec<_>>(), ["u"]);
    assert_eq!(merged.facets.len(), 1, "nobody asked for the features of this artist's songs");
    let of_tracks = place.sql("select artist_id from track_artist order by track_id, artist_id").await;
    assert_eq!(of_tracks, ["new", "new"].map(|id| Some(id.to_owned())));
    assert_eq!(merged.links, [], "an id that another artist has stays with that one");
}

/// Ids elsewhere lead to their artists.
pub async fn artists_are_found_by_their_ids_elsewhere(place: &dyn Place) {
    let store = opened(place).await;
    let link =
        |id: &str, source, source_id: &str| Link { artist_id: artist_id(id), source, source_id: source_id.into() };
    let links = vec![link("a", Source::Deezer, "1"), link("a", Source::Deezer, "2"), link("b", Source::Spotify, "1")];
    store.write(&Batch { links, ..artists([artist("a", "A"), artist("b", "B")]) }, at(0)).await.unwrap();
    let asked = ["2", "1", "3", "1"].map(str::to_owned);
    let of_deezer = [("1".to_owned(), artist_id("a")), ("2".to_owned(), artist_id("a"))];
    assert_eq!(store.artists_by_link(Source::Deezer, &asked).await.unwrap(), of_deezer);
    assert_eq!(store.artists_by_link(Source::Spotify, &asked).await.unwrap(), [("1".to_owned(), artist_id("b"))]);
    assert_eq!(store.artists_by_link(Source::LastFm, &asked).await.unwrap(), []);
}
