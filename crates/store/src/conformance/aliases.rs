//! Cases about other names of artists, and all names for the search.

use futures_util::TryStreamExt as _;
use sixpotify_core::{Artist, Source};

use super::{Place, artist, artist_id, artists, at, opened};
use crate::{Access, Alias, AliasList, Batch, NameState, NamedArtist, NamesState, SharedStore, open};

fn alias(id: &str, alias: &str, locale: Option<&str>, source: Source) -> Alias {
    Alias { artist_id: artist_id(id), alias: alias.into(), locale: locale.map(Into::into), source }
}

fn list(id: &str, source: Source, aliases: &[(&str, Option<&str>)]) -> AliasList {
    let aliases = aliases.iter().map(|(alias, locale)| ((*alias).to_owned(), locale.map(str::to_owned))).collect();
    AliasList { artist_id: artist_id(id), source, aliases }
}

async fn names(store: &SharedStore) -> Vec<NamedArtist> {
    store.all_names().try_collect().await.unwrap()
}

async fn of(store: &SharedStore, id: &str) -> Vec<String> {
    store.aliases(&[artist_id(id)]).await.unwrap().into_iter().map(|a| format!("{} {}", a.source, a.alias)).collect()
}

/// Twice is once; what is blank or belongs to nobody is left out; only a person's own can be taken back.
pub async fn an_alias_is_added_once_and_removed(place: &dyn Place) {
    let store = opened(place).await;
    store.write(&artists([artist("a", "aespa"), artist("b", "B")]), at(0)).await.unwrap();
    let korean = alias("a", "에스파", Some("ko"), Source::User);
    let given = [
        korean.clone(),
        alias("b", "Bee", None, Source::MusicBrainz),
        alias("b", " \t", None, Source::User),
        alias("nobody", "Nobody", None, Source::User),
        alias("a", "\0에스파", Some("ko"), Source::User),
    ];
    assert_eq!(store.add_aliases(&given, at(1)).await.unwrap(), 2);
    assert_eq!(store.add_aliases(&given, at(2)).await.unwrap(), 0);
    assert_eq!(store.add_aliases(&[], at(2)).await.unwrap(), 0);
    let all = store.aliases(&["b", "a", "x"].map(artist_id)).await.unwrap();
    assert_eq!(all, [korean, alias("b", "Bee", None, Source::MusicBrainz)]);

    assert!(!store.remove_alias(&artist_id("b"), "Bee", at(3)).await.unwrap(), "a source's");
    assert!(!store.remove_alias(&artist_id("a"), "에스", at(3)).await.unwrap());
    assert!(store.remove_alias(&artist_id("a"), "에스파", at(3)).await.unwrap());
    assert!(!store.remove_alias(&artist_id("a"), "에스파", at(3)).await.unwrap());
    assert_eq!(of(&store, "a").await, [""; 0]);

    let long = "x".repeat(3_000);
    let error = store.add_aliases(&[alias("a", &long, None, Source::User)], at(4)).await.unwrap_err();
    assert!(error.to_string().contains("in table `artist_alias`"), "{error}");
}

/// Each source has its own list; what a list lacks goes, what it repeats is there once.
pub async fn a_sources_aliases_are_replaced_as_a_whole_list(place: &dyn Place) {
    let store = opened(place).await;
    let write = |lists: Vec<AliasList>, second| {
        let batch = Batch { aliases: lists, ..artists([artist("a", "A")]) };
        let store = store.clone();
        async move { store.write(&batch, at(second)).await.unwrap() }
    };
    let by_musicbrainz =
        list("a", Source::MusicBrainz, &[("x", None), ("y", Some("ko")), ("x", Some("en")), (" ", None)]);
    write(vec![by_musicbrainz, list("a", Source::Deezer, &[("x", None)])], 0).await;
    assert_eq!(of(&store, "a").await, ["deezer x", "musicbrainz x", "musicbrainz y"]);
    assert_eq!(store.aliases(&[artist_id("a")]).await.unwrap()[1].locale.as_deref(), Some("en"));
    write(vec![list("a", Source::MusicBrainz, &[("y", None), ("z", None)])], 1).await;
    assert_eq!(of(&store, "a").await, ["deezer x", "musicbrainz y", "musicbrainz z"]);
    assert_eq!(store.aliases(&[artist_id("a")]).await.unwrap()[1].locale, None);
    write(vec![list("a", Source::MusicBrainz, &[])], 2).await;
    assert_eq!(of(&store, "a").await, ["deezer x"]);

    let nobody = Batch { aliases: vec![list("nobody", Source::Deezer, &[("n", None)])], ..Batch::default() };
    store.write(&nobody, at(3)).await.unwrap_err();
}

/// By the folded name and by the folded alias, each artist once.
pub async fn artists_are_found_by_the_keys_of_their_names(place: &dyn Place) {
    let store = opened(place).await;
    let known = Artist { followers: Some(7), ..artist("a", "Beyoncé") };
    let batch = Batch {
        aliases: vec![list("a", Source::Deezer, &[("Queen Bey", None), ("queen bey!", None)])],
        ..artists([known.clone(), artist("b", "beyonce"), artist("c", "C")])
    };
    store.write(&batch, at(0)).await.unwrap();
    let keys = ["c", "beyonce", "nobody", "beyonce"].map(str::to_owned);
    let found = store.artists_by_name_keys(&keys).await.unwrap();
    assert_eq!(found, [known.clone(), artist("b", "beyonce"), artist("c", "C")]);
    let found = store.artists_by_alias_keys(&["queenbey".into(), "c".into()]).await.unwrap();
    assert_eq!(found, [(known, "Queen Bey".to_owned())]);
    assert_eq!(store.artists_by_name_keys(&[]).await.unwrap(), []);
    assert_eq!(store.artists_by_alias_keys(&[]).await.unwrap(), []);
}

/// In the order of ids, each name of an artist once.
pub async fn all_names_come_with_their_aliases(place: &dyn Place) {
    let store = opened(place).await;
    assert_eq!(names(&store).await, []);
    let many: Vec<Artist> = (0..12_000).map(|n| artist(&format!("n{n:05}"), &format!("Name {n}"))).collect();
    store.write(&artists(many), at(0)).await.unwrap();
    let known = Artist { followers: Some(5), popularity: Some(77), ..artist("n06000", "Six") };
    let lists = vec![
        list("n06000", Source::Deezer, &[("y", None), ("x", None)]),
        list("n06000", Source::MusicBrainz, &[("x", None)]),
        list("n11999", Source::MusicBrainz, &[("last", None)]),
    ];
    store.write(&Batch { aliases: lists, ..artists([known]) }, at(1)).await.unwrap();
    let all = names(&store).await;
    assert_eq!(all.len(), 12_000);
    assert!(all.is_sorted_by_key(|named| named.id.as_str().to_owned()));
    let six = NamedArtist {
        id: artist_id("n06000"),
        name: "Six".into(),
        followers: Some(5),
        popularity: Some(77),
        aliases: vec!["x".into(), "y".into()],
    };
    assert_eq!(all[6_000], six);
    assert_eq!(all[11_999].aliases, ["last"]);
    assert!(all[1].aliases.is_empty());
    let mut left_early = store.all_names();
    assert!(left_early.try_next().await.unwrap().is_some());
}

/// Aliases count as a change of their artist, and only a real change counts.
pub async fn changes_of_names_are_seen(place: &dyn Place) {
    let store = opened(place).await;
    assert_eq!(store.names_state().await.unwrap(), NamesState::default());
    store.write(&artists([artist("a", "A"), artist("b", "B"), artist("c", "C")]), at(0)).await.unwrap();
    let changed = |since| {
        let store = store.clone();
        async move {
            let changed = store.names_changed_since(at(since)).await.unwrap();
            changed.into_iter().map(|named| format!("{} {:?}", named.id, named.aliases)).collect::<Vec<_>>()
        }
    };
    assert_eq!(changed(1).await, [""; 0]);
    store.add_aliases(&[alias("b", "Bee", None, Source::User)], at(1)).await.unwrap();
    store.write(&artists([artist("c", "See"), artist("a", "A")]), at(2)).await.unwrap();
    assert_eq!(changed(1).await, [r#"b ["Bee"]"#, "c []"]);
    store.add_aliases(&[alias("b", "Bee", None, Source::User)], at(3)).await.unwrap();
    assert_eq!(store.names_state().await.unwrap(), NamesState { artists: 3, changed_at: Some(at(2)) });
    store.remove_alias(&artist_id("b"), "Bee", at(4)).await.unwrap();
    let batch = Batch { aliases: vec![list("a", Source::Deezer, &[("Ay", None)])], ..Batch::default() };
    store.write(&batch, at(5)).await.unwrap();
    store.write(&batch, at(6)).await.unwrap();
    assert_eq!(changed(3).await, [r#"a ["Ay"]"#, "b []"]);
    let empty = Batch { aliases: vec![list("a", Source::Deezer, &[])], ..Batch::default() };
    store.write(&empty, at(7)).await.unwrap();
    assert_eq!(changed(7).await, ["a []"]);
    store.forget_artist(&artist_id("c"), at(8)).await.unwrap();
    assert_eq!(store.names_state().await.unwrap(), NamesState { artists: 2, changed_at: Some(at(7)) });
}

/// Whoever follows the names can tell that nothing was written.
pub async fn a_mark_moves_with_what_is_written(place: &dyn Place) {
    let store = opened(place).await;
    store.write(&artists([artist("a", "A")]), at(0)).await.unwrap();
    let mut last = store.names_mark().await.unwrap().expect("both can tell");
    let mut moved = async |what: &str| {
        let now = store.names_mark().await.unwrap().unwrap();
        assert_ne!(now, last, "{what}");
        last = now;
    };
    store.add_aliases(&[alias("a", "Ay", None, Source::User)], at(1)).await.unwrap();
    moved("an alias").await;
    store.write(&artists([artist("a", "B")]), at(0)).await.unwrap();
    moved("a name, with the time of before").await;
    store.remove_alias(&artist_id("a"), "Ay", at(2)).await.unwrap();
    moved("no alias").await;
    store.forget_artist(&artist_id("a"), at(3)).await.unwrap();
    moved("no artist").await;
}

/// With the artist, or to the one that it became.
pub async fn aliases_go_with_a_forgotten_artist_and_move_with_a_merged_one(place: &dyn Place) {
    let store = opened(place).await;
    store.write(&artists([artist("a", "A"), artist("b", "B"), artist("c", "C")]), at(0)).await.unwrap();
    let given = [
        alias("a", "x", None, Source::User),
        alias("b", "x", Some("ko"), Source::User),
        alias("b", "y", None, Source::Deezer),
        alias("c", "z", None, Source::User),
    ];
    store.add_aliases(&given, at(1)).await.unwrap();
    store.merge_artist(&artist_id("b"), &artist_id("a"), at(2)).await.unwrap();
    store.forget_artist(&artist_id("c"), at(3)).await.unwrap();
    assert_eq!(of(&store, "a").await, ["user x", "deezer y"]);
    assert_eq!(store.aliases(&[artist_id("a")]).await.unwrap()[0].locale, None, "what was there stays");
    assert_eq!(place.sql("select count(*) || '' from artist_alias").await, [Some("2".to_owned())]);
}

/// Names that an earlier program folded otherwise are found by the key of today.
pub async fn keys_of_an_older_catalogue_are_made_anew(place: &dyn Place) {
    let store = opened(place).await;
    let name = super::marks::name("list", "P!nk", NameState::Pending);
    store.write(&Batch { names: vec![name], ..artists([artist("a", "P!nk"), artist("b", "B")]) }, at(0)).await.unwrap();
    store.close().await;
    for sql in ["update artists set name_key = 'pnk' where id = 'a'", "update ingest_names set name_key = 'pnk'"] {
        place.sql(sql).await;
    }
    super::safety::undo_after(place, 2).await;
    let store = open(&place.url(), Access::Read).await.unwrap();
    assert_eq!(store.artists_by_name("pink").await.unwrap(), [artist("a", "P!nk")]);
    assert_eq!(place.sql("select name_key from ingest_names").await, [Some("pink".to_owned())]);
    assert_eq!(place.sql("select name_key from artists where id = 'b'").await, [Some("b".to_owned())]);
}
