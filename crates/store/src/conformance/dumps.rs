//! Cases about dumps, and about ids that a person gives or takes.

use std::sync::Arc;

use sixpotify_core::{Artist, ArtistId, Facet, FacetState, Source};

use super::profiles::detail;
use super::{Place, album, artist, artist_id, artists, at, full_artist, mark, opened, track};
use crate::{
    AlbumList, Batch, CountedBatch, DumpArtist, DumpBatch, GenreList, ImportRecord, ImportState, Link, ProfileFill,
    RelatedList, SharedStore, StoreError, VoteList,
};

const MB: Source = Source::MusicBrainz;

fn import(source: Source, dump: &str, position: u64, state: ImportState) -> ImportRecord {
    ImportRecord { source, dump: dump.to_owned(), dump_date: Some(at(-1)), position, state }
}

/// An artist of a dump with one link, two aliases and two genres.
fn dumped(id: &str) -> DumpArtist {
    DumpArtist {
        id: ArtistId::new(MB, id),
        new: true,
        name: Some(format!("Name \0{id}")),
        url: Some(format!("https://dump.example/{id}")),
        links: vec![(MB, id.to_owned()), (Source::Deezer, format!("d{id}"))],
        aliases: vec![("앨\tias".to_owned(), Some("ko".to_owned())), ("Ali\\as".to_owned(), None)],
        genres: vec![("rock".to_owned(), 3), ("post-rock".to_owned(), 1)],
    }
}

async fn write(store: &SharedStore, artists: Vec<DumpArtist>, position: u64, seconds: i64) {
    let import = import(MB, "a dump", position, ImportState::Running);
    store.write_dump(Arc::new(DumpBatch { artists, import, marks: true }), at(seconds)).await.unwrap();
}

async fn rows(place: &dyn Place, sql: &str) -> Vec<String> {
    place.sql(sql).await.into_iter().flatten().collect()
}

async fn aliases(place: &dyn Place) -> Vec<String> {
    rows(
        place,
        "select artist_id || ' ' || alias || ' ' || coalesce(locale, '-') || ' ' || alias_key || ' ' || source
         from artist_alias order by artist_id, alias",
    )
    .await
}

async fn votes(place: &dyn Place) -> Vec<String> {
    rows(
        place,
        "select artist_id || ' ' || genre || ' ' || source || ' ' || weight from genre_vote
         order by artist_id, genre, source",
    )
    .await
}

/// What a dump says is there once, whoever wrote it how often, and follows the dump.
pub async fn a_dump_written_twice_is_written_once(place: &dyn Place) {
    let store = opened(place).await;
    write(&store, vec![dumped("b"), dumped("a")], 2, 0).await;
    let first = detail(&store, "musicbrainz:a").await;
    assert_eq!(first.artist.name, "Name a");
    assert_eq!(first.artist.url.as_deref(), Some("https://dump.example/a"));
    assert_eq!(first.links.len(), 2);
    assert_eq!(first.facets.len(), 1);
    assert_eq!((first.facets[0].facet, first.facets[0].state), (Facet::Profile, FacetState::Ok));
    let expected = ["musicbrainz:a Ali\\as - alias musicbrainz", "musicbrainz:a 앨\tias ko 앨ias musicbrainz"];
    assert_eq!(aliases(place).await[..2], expected);
    let expected = ["musicbrainz:a post-rock musicbrainz 1", "musicbrainz:a rock musicbrainz 3"];
    assert_eq!(votes(place).await[..2], expected);
    assert_eq!(first.genres.len(), 2);

    // The same rows as of artists that are known, and as of artists that only seem new.
    for new in [false, true] {
        let again = |id| DumpArtist { new, ..dumped(id) };
        write(&store, vec![again("a"), again("b")], 2, 5).await;
        let second = detail(&store, "musicbrainz:a").await;
        assert_eq!((second.created_at, second.updated_at), (at(0), at(0)));
        assert_eq!(second.genres, first.genres);
        assert_eq!((aliases(place).await.len(), votes(place).await.len()), (4, 4));
    }

    let changed = DumpArtist {
        new: false,
        name: Some("Renamed".to_owned()),
        aliases: vec![("Ali\\as".to_owned(), Some("en".to_owned()))],
        genres: vec![("rock".to_owned(), 4)],
        ..dumped("a")
    };
    write(&store, vec![changed], 3, 9).await;
    let renamed = detail(&store, "musicbrainz:a").await;
    assert_eq!((renamed.artist.name.as_str(), renamed.created_at, renamed.updated_at), ("Renamed", at(0), at(9)));
    assert_eq!(aliases(place).await[0], "musicbrainz:a Ali\\as en alias musicbrainz");
    assert_eq!(votes(place).await[0], "musicbrainz:a rock musicbrainz 4");
    assert_eq!((aliases(place).await.len(), votes(place).await.len(), renamed.genres.len()), (3, 3, 1));
    let imports = store.imports(MB).await.unwrap();
    assert_eq!(imports, [import(MB, "a dump", 3, ImportState::Running)]);
    assert_eq!(store.imports(Source::ListenBrainz).await.unwrap(), []);

    // Stored ahead of others, a batch leaves the mark where it is; the mark alone follows.
    let ahead =
        |artists, marks| Arc::new(DumpBatch { artists, import: import(MB, "a dump", 9, ImportState::Running), marks });
    store.write_dump(ahead(vec![dumped("c")], false), at(10)).await.unwrap();
    assert_eq!(detail(&store, "musicbrainz:c").await.artist.name, "Name c");
    assert_eq!(store.imports(MB).await.unwrap(), imports);
    store.write_dump(ahead(Vec::new(), true), at(11)).await.unwrap();
    assert_eq!(store.imports(MB).await.unwrap()[0].position, 9);
}

/// An artist that another source named keeps its name, genres and links, and gets what it lacks.
pub async fn a_dump_adds_to_what_other_sources_said(place: &dyn Place) {
    let store = opened(place).await;
    let mut before = artists([full_artist("spotify1", "Aespa"), artist("spotify2", "Other")]);
    before.genres =
        vec![GenreList { artist_id: artist_id("spotify1"), source: Source::Spotify, genres: vec!["k-pop".into()] }];
    before.links = vec![Link { artist_id: artist_id("spotify2"), source: Source::Deezer, source_id: "dm".into() }];
    store.write(&before, at(0)).await.unwrap();
    let joined = |id: &str| DumpArtist { id: artist_id(id), new: false, name: None, url: None, ..dumped("m") };
    write(&store, vec![joined("spotify1")], 1, 1).await;
    let known = detail(&store, "spotify1").await;
    assert_eq!((known.artist, known.updated_at), (full_artist("spotify1", "Aespa"), at(1)), "its aliases changed");
    assert_eq!(known.genres.len(), 1, "the genres of the source that was there first: {:?}", known.genres);
    assert_eq!(votes(place).await.len(), 2);
    let links: Vec<Source> = known.links.iter().map(|(source, _)| *source).collect();
    assert_eq!(links, [MB], "the other link belongs to another artist");

    // Whoever has no genres gets those of the dump.
    let no_genres = DumpArtist { links: vec![(MB, "m2".to_owned())], ..joined("spotify2") };
    write(&store, vec![no_genres], 2, 2).await;
    assert_eq!(detail(&store, "spotify2").await.genres.len(), 2);
    let owners = store.owners_of(&[(MB, "m".into()), (MB, "?".into()), (Source::Deezer, "dm".into())]).await.unwrap();
    let mut owners: Vec<_> = owners.iter().map(|(source, id, artist)| format!("{source} {id} {artist}")).collect();
    owners.sort();
    assert_eq!(owners, ["deezer dm spotify2", "musicbrainz m spotify1"]);
    let ids = store.ids_at(MB, &[artist_id("spotify1"), artist_id("nobody")]).await.unwrap();
    assert_eq!(ids, [(artist_id("spotify1"), "m".to_owned())]);
    assert_eq!(store.several_ids(MB).await.unwrap(), []);
    let second = Link { artist_id: artist_id("spotify2"), source: MB, source_id: "m3".to_owned() };
    store.add_link(&second).await.unwrap();
    assert_eq!(store.several_ids(MB).await.unwrap(), [artist_id("spotify2")]);
    assert_eq!(store.several_ids(Source::Deezer).await.unwrap(), []);
}

/// A batch that cannot be written leaves nothing behind, its mark included.
pub async fn a_failed_dump_leaves_no_mark(place: &dyn Place) {
    let store = opened(place).await;
    for new in [true, false] {
        let nameless = DumpArtist { new, name: None, ..dumped("x") };
        let failing = DumpBatch {
            artists: vec![dumped("a"), nameless],
            import: import(MB, "a dump", 2, ImportState::Running),
            marks: true,
        };
        store.write_dump(Arc::new(failing), at(0)).await.unwrap_err();
        assert_eq!(store.counts().await.unwrap().artists, 0);
        assert_eq!(store.imports(MB).await.unwrap(), []);
    }
}

fn counted(replaces: bool, position: u64, counts: &[(u32, u32, u32)]) -> Arc<CountedBatch> {
    Arc::new(CountedBatch {
        replaces,
        users: vec!["u0".to_owned(), "u1".to_owned()],
        artists: vec![artist_id("a"), artist_id("gone"), artist_id("b")],
        counts: counts.to_vec(),
        most: 10,
        import: import(Source::ListenBrainz, "listens", position, ImportState::Running),
    })
}

/// Counts add up to a limit; a write that is made again, because nobody heard of its end, adds nothing.
pub async fn counts_add_up_once(place: &dyn Place) {
    let store = opened(place).await;
    store.write(&artists([artist("a", "A"), artist("b", "B")]), at(0)).await.unwrap();
    let heard = || async {
        rows(place, "select user_key || ' ' || artist_id || ' ' || plays from listens order by user_key, artist_id")
            .await
    };
    let first = counted(true, 5, &[(0, 0, 2), (0, 1, 9), (1, 2, 4)]);
    for _ in 0..2 {
        store.write_counted(first.clone(), at(1)).await.unwrap();
        assert_eq!(heard().await, ["u0 a 2", "u1 b 4"]);
    }
    let second = counted(false, 9, &[(0, 0, 3), (1, 0, 1), (1, 2, 7)]);
    for _ in 0..2 {
        store.write_counted(second.clone(), at(2)).await.unwrap();
        assert_eq!(heard().await, ["u0 a 5", "u1 a 1", "u1 b 10"]);
    }
    assert_eq!(store.imports(Source::ListenBrainz).await.unwrap()[0].position, 9);
    store.write_counted(counted(true, 5, &[(0, 0, 1)]), at(3)).await.unwrap();
    assert_eq!(heard().await, ["u0 a 1"]);
    store.forget_artist(&artist_id("a"), at(4)).await.unwrap();
    assert_eq!(heard().await, [""; 0]);
}

/// The newest dump comes first, whenever it was imported.
pub async fn imports_come_newest_first(place: &dyn Place) {
    let store = opened(place).await;
    for (dump, date, second) in [("new", Some(at(100)), 0), ("old", Some(at(0)), 1), ("undated", None, 2)] {
        let record = ImportRecord { dump_date: date, ..import(MB, dump, 1, ImportState::Done) };
        store
            .write_dump(Arc::new(DumpBatch { artists: Vec::new(), import: record, marks: true }), at(second))
            .await
            .unwrap();
    }
    let imports = store.imports(MB).await.unwrap();
    let dumps: Vec<&str> = imports.iter().map(|record| record.dump.as_str()).collect();
    assert_eq!(dumps, ["new", "old", "undated"]);
    assert_eq!((imports[0].dump_date, imports[0].state), (Some(at(100)), ImportState::Done));
}

fn link(artist: &str, source: Source, id: &str) -> Link {
    Link { artist_id: artist_id(artist), source, source_id: id.to_owned() }
}

/// A join that a person undoes takes what the source said with it, and is remembered until the person makes it again.
pub async fn a_join_is_undone_and_made_by_hand(place: &dyn Place) {
    let store = opened(place).await;
    let joined = |id: &str, mbid: &str| DumpArtist {
        id: artist_id(id),
        new: false,
        name: None,
        url: None,
        links: vec![(MB, mbid.to_owned())],
        ..dumped(mbid)
    };
    store.write(&artists([artist("a", "A"), artist("b", "B")]), at(0)).await.unwrap();
    let marks = Batch {
        facets: vec![mark("a", Facet::Profile, "", FacetState::Ok)],
        links: vec![link("a", Source::Spotify, "a")],
        ..Batch::default()
    };
    store.write(&marks, at(0)).await.unwrap();
    write(&store, vec![joined("a", "m")], 1, 1).await;

    assert!(store.reject_link(&link("a", MB, "m"), at(2)).await.unwrap());
    assert!(!store.reject_link(&link("a", MB, "m"), at(3)).await.unwrap(), "it has it no more");
    let undone = detail(&store, "a").await;
    assert_eq!((undone.genres.len(), undone.links.len(), undone.facets.len()), (0, 1, 1));
    assert_eq!((aliases(place).await.len(), votes(place).await.len()), (0, 0));
    assert_eq!(store.rejected_links().await.unwrap(), [link("a", MB, "m")]);

    // With another id there, what the source said stays: it may be of that one.
    write(&store, vec![joined("a", "m1"), joined("b", "m3")], 2, 4).await;
    store.add_link(&link("a", MB, "m2")).await.unwrap();
    assert!(store.reject_link(&link("a", MB, "m2"), at(5)).await.unwrap());
    assert_eq!(detail(&store, "a").await.genres.len(), 2);

    // By hand an id goes from one to the other.
    assert_eq!(store.add_link(&link("a", MB, "m")).await.unwrap(), None);
    assert_eq!(store.rejected_links().await.unwrap(), [link("a", MB, "m2")]);
    assert_eq!(store.add_link(&link("a", MB, "m3")).await.unwrap(), Some(artist_id("b")));
    assert_eq!(store.add_link(&link("a", MB, "m3")).await.unwrap(), None);
    let error = store.add_link(&link("nobody", MB, "m")).await.unwrap_err();
    assert!(matches!(error, StoreError::Other(_)), "{error}");
}

/// Votes and corrections go along when an artist becomes another one; what the other has stays.
pub async fn votes_and_corrections_move_with_a_merge(place: &dyn Place) {
    let store = opened(place).await;
    write(&store, vec![dumped("old"), dumped("new"), dumped("third")], 3, 0).await;
    let (old, new) = (ArtistId::new(MB, "old"), ArtistId::new(MB, "new"));
    store
        .reject_link(&Link { artist_id: old.clone(), source: Source::Deezer, source_id: "x".into() }, at(1))
        .await
        .unwrap();
    store.merge_artist(&old, &new, at(2)).await.unwrap();
    assert_eq!(votes(place).await.len(), 4);
    let expected = Link { artist_id: new.clone(), source: Source::Deezer, source_id: "x".into() };
    assert_eq!(store.rejected_links().await.unwrap(), [expected]);
    store.write(&artists([artist("plain", "Plain")]), at(3)).await.unwrap();
    store.merge_artist(&new, &artist_id("plain"), at(4)).await.unwrap();
    assert_eq!(
        votes(place).await[..2],
        ["musicbrainz:third post-rock musicbrainz 1", "musicbrainz:third rock musicbrainz 3"]
    );
    assert_eq!(votes(place).await.len(), 4);
    store.forget_artist(&ArtistId::new(MB, "third"), at(5)).await.unwrap();
    assert_eq!(votes(place).await.len(), 2);
}

/// What several sources say besides each other: values that fill or are kept up to date, votes, relatedness; all move along.
pub async fn several_sources_say_things_besides_each_other(place: &dyn Place) {
    let store = opened(place).await;
    let fill = |replaces, followers, popularity| ProfileFill {
        artist_id: artist_id("a"),
        replaces,
        followers: Some(followers),
        popularity: Some(popularity),
        url: None,
        image_url: Some("https://images.example/a".to_owned()),
    };
    let votes = |source, genres: &[(&str, u32)]| VoteList {
        artist_id: artist_id("a"),
        source,
        votes: genres.iter().map(|(genre, n)| ((*genre).to_owned(), *n)).collect(),
    };
    let related = |source, names: &[&str]| RelatedList {
        artist_id: artist_id("a"),
        source,
        related: names.iter().map(|n| (Some(format!("id {n}")), Some((*n).to_owned()), Some(0.5))).collect(),
    };
    let mut batch = artists([Artist { popularity: Some(9), ..artist("a", "A") }, artist("b", "B")]);
    batch.fills = vec![fill(false, 5, 50), ProfileFill { artist_id: artist_id("nobody"), ..fill(false, 1, 1) }];
    batch.votes = vec![votes(MB, &[("rock", 3), ("pop", 1)]), votes(Source::LastFm, &[("seen live", 100)])];
    batch.related = vec![related(Source::ListenBrainz, &["x", "y"]), related(Source::LastFm, &["z"])];
    for second in 0..2 {
        store.write(&batch, at(second)).await.unwrap();
        let known = detail(&store, "a").await;
        assert_eq!((known.artist.followers, known.artist.popularity, known.updated_at), (Some(5), Some(9), at(0)));
        assert_eq!(votes_of(place).await, ["seen live lastfm 100", "pop musicbrainz 1", "rock musicbrainz 3"]);
        assert_eq!(said(place).await, ["lastfm 1 z id z", "listenbrainz 1 x id x", "listenbrainz 2 y id y"]);
        assert!(known.genres.iter().all(|(_, source)| *source == Source::LastFm), "the first by name of two");
    }
    let again = Batch {
        fills: vec![fill(true, 6, 60)],
        votes: vec![votes(MB, &[("rock", 4)])],
        related: vec![related(Source::ListenBrainz, &["y"])],
        ..Batch::default()
    };
    store.write(&again, at(5)).await.unwrap();
    let known = detail(&store, "a").await;
    assert_eq!((known.artist.followers, known.artist.popularity, known.updated_at), (Some(6), Some(60), at(5)));
    assert_eq!(votes_of(place).await, ["seen live lastfm 100", "rock musicbrainz 4"]);
    assert_eq!(said(place).await, ["lastfm 1 z id z", "listenbrainz 1 y id y"]);
    store.merge_artist(&artist_id("a"), &artist_id("b"), at(6)).await.unwrap();
    assert_eq!((votes_of(place).await.len(), said(place).await.len()), (2, 2));
    store.forget_artist(&artist_id("b"), at(7)).await.unwrap();
    assert_eq!((votes_of(place).await.len(), said(place).await.len()), (0, 0));
}

async fn votes_of(place: &dyn Place) -> Vec<String> {
    rows(place, "select genre || ' ' || source || ' ' || weight from genre_vote order by source, genre").await
}

async fn said(place: &dyn Place) -> Vec<String> {
    rows(
        place,
        "select source || ' ' || rank || ' ' || related_name || ' ' || related_source_id from source_related
         order by source, rank",
    )
    .await
}

/// Credits under an id at a source go to the artist whose id that turns out to be; those of others stay.
pub async fn credits_are_adopted(place: &dyn Place) {
    let store = opened(place).await;
    let deezer = Source::Deezer;
    let mut batch = artists([artist("a", "A"), artist("b", "B")]);
    batch.tracks = vec![track("t1", &["deezer:1", "deezer:2"]), track("t2", &["deezer:1", "a"])];
    batch.albums = vec![AlbumList {
        artist_id: artist_id("b"),
        source: deezer,
        albums: vec![("album".to_owned(), album("l1", &["deezer:1", "b"]))],
    }];
    batch.links = vec![link("a", deezer, "1"), link("b", deezer, "3")];
    store.write(&batch, at(0)).await.unwrap();
    let credits = || async {
        let tracks = "select track_id || ' ' || artist_id from track_artist order by track_id, artist_id";
        let albums = "select album_id || ' ' || artist_id from album_artist order by album_id, artist_id";
        [rows(place, tracks).await, rows(place, albums).await].concat()
    };
    let expected = ["t1 a", "t1 deezer:2", "t2 a", "l1 a", "l1 b"];
    for adopted in [3, 0] {
        assert_eq!(store.adopt_credits(deezer, &[artist_id("a"), artist_id("b")]).await.unwrap(), adopted);
        assert_eq!(credits().await, expected);
    }
    assert_eq!(store.adopt_credits(deezer, &[]).await.unwrap(), 0);
}
