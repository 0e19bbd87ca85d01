//! What names mean in a catalogue, on both databases, with the index and without.

use chrono::{DateTime, Utc};
use sixpotify_core::{Artist, ArtistId, Source};
use sixpotify_pipeline::Resolver;
use sixpotify_resolve::{Answer, Verdict};
use sixpotify_store::{Alias, Batch, Link, SharedStore};

use crate::world::{Catalogue, Kind, on_both};

on_both!(
    names_are_resolved_alike_with_the_index_and_without,
    names_need_no_index,
    the_index_follows_the_catalogue,
    nothing_crashes_it,
    a_catalogue_that_is_gone_is_said
);

const BTS: &str = "3Nrfpe0tUJi4K4DXYWgMUX";

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000 + seconds, 0).unwrap()
}

fn artist(id: &str, name: &str, followers: Option<u64>) -> Artist {
    let id = ArtistId::from_stored(id);
    Artist { id, name: name.to_owned(), followers, popularity: None, url: None, image_url: None }
}

fn alias(id: &str, alias: &str) -> Alias {
    Alias { artist_id: ArtistId::from_stored(id), alias: alias.into(), locale: None, source: Source::User }
}

async fn filled(kind: Kind) -> (Catalogue, Resolver) {
    let catalogue = Catalogue::new(kind).await;
    let artists = vec![
        artist(BTS, "BTS", Some(70_000_000)),
        artist("csv:aespa", "aespa", None),
        artist("csv:beyonce", "Beyoncé", Some(30_000_000)),
        artist("csv:metallica", "Metallica", Some(20_000_000)),
        artist("csv:nirvana", "Nirvana", Some(10_000_000)),
        artist("csv:nirvana60", "Nirvana", Some(10_000)),
        artist("csv:twin1", "Twin", Some(10)),
        artist("csv:twin2", "TWIN", Some(20)),
        artist("csv:earth", "Earth, Wind & Fire", Some(5_000_000)),
        artist("csv:radiohead", "Radiohead", Some(9_000_000)),
        artist("csv:signs", "!!!", None),
    ];
    let links = vec![
        Link {
            artist_id: ArtistId::from_stored(BTS),
            source: Source::Spotify,
            source_id: "0123456789ABCDEFGHIJKL".into(),
        },
        Link { artist_id: ArtistId::from_stored(BTS), source: Source::Deezer, source_id: "6982223".into() },
    ];
    catalogue.store.write(&Batch { artists, links, ..Batch::default() }, at(0)).await.unwrap();
    let aliases = [alias("csv:metallica", "The Four Horsemen"), alias("csv:beyonce", "Sasha Fierce")];
    catalogue.store.add_aliases(&aliases, at(1)).await.unwrap();
    let resolver = Resolver::new(catalogue.store.clone());
    (catalogue, resolver)
}

/// `id how`, or the state and the candidates' ids.
fn told(answer: &Answer) -> String {
    let ids: Vec<&str> = answer.candidates.iter().map(|c| c.id.as_str()).collect();
    match answer.verdict {
        Verdict::Found(how) => format!("{} {how}", ids[0]),
        Verdict::Ambiguous => format!("ambiguous {}", ids.join(" ")),
        Verdict::NotFound => "not found".to_owned(),
    }
}

async fn names_are_resolved_alike_with_the_index_and_without(kind: Kind) {
    let (_catalogue, resolver) = filled(kind).await;
    let expected = [
        (BTS, format!("{BTS} id")),
        ("https://open.spotify.com/artist/3Nrfpe0tUJi4K4DXYWgMUX?si=x", format!("{BTS} id")),
        ("0123456789ABCDEFGHIJKL", format!("{BTS} id")),
        ("deezer:6982223", format!("{BTS} id")),
        ("csv:aespa", "csv:aespa id".into()),
        ("Beyoncé", "csv:beyonce exact".into()),
        ("  BEYONCE ", "csv:beyonce folded".into()),
        ("방탄소년단", format!("{BTS} alias")),
        ("the four horsemen", "csv:metallica alias".into()),
        ("nirvana", "csv:nirvana popularity".into()),
        ("Twin", "csv:twin1 exact".into()),
        ("twin", "ambiguous csv:twin2 csv:twin1".into()),
        ("metalica", "csv:metallica loose".into()),
        ("Radoihead", "csv:radiohead typo".into()),
        ("ㅠㅅㄴ", format!("{BTS} keyboard")),
        ("Beyoncé official", "csv:beyonce decorated".into()),
        ("aespa (에스파)", "csv:aespa decorated".into()),
        ("Earth", "not found".into()),
        ("Behemoth", "not found".into()),
        ("bt", "not found".into()),
        ("!!!", "csv:signs exact".into()),
        ("???", "not found".into()),
    ];
    let texts: Vec<String> = expected.iter().map(|(text, _)| (*text).to_owned()).collect();
    let mut one_by_one = Vec::new();
    for (text, expected) in &expected {
        let answer = resolver.resolve(text).await.unwrap();
        assert_eq!(told(&answer), *expected, "{text}: {answer:#?}");
        one_by_one.push(answer);
    }
    let together = Resolver::new(_catalogue.store.clone()).resolve_all(texts).await.unwrap();
    for ((one, all), (text, _)) in one_by_one.iter().zip(&together).zip(&expected) {
        assert_eq!((one.verdict, &one.candidates), (all.verdict, &all.candidates), "{text}");
    }
}

async fn names_need_no_index(kind: Kind) {
    let (_catalogue, resolver) = filled(kind).await;
    let none = resolver.memory();
    for text in [BTS, "deezer:6982223", "Beyoncé", "BEYONCE", "방탄소년단", "the four horsemen", "twin", "", "\u{202e}"]
    {
        resolver.resolve(text).await.unwrap();
        assert_eq!(resolver.memory(), none, "{text}");
    }
    resolver.resolve("Radoihead").await.unwrap();
    assert!(resolver.memory() > none);
}

async fn resolved(resolver: &Resolver, text: &str) -> String {
    told(&resolver.resolve(text).await.unwrap())
}

async fn the_index_follows_the_catalogue(kind: Kind) {
    let (catalogue, resolver) = filled(kind).await;
    let store: &SharedStore = &catalogue.store;
    assert_eq!(resolver.follow().await.unwrap(), 0, "nothing is loaded for it");
    assert_eq!(resolver.memory(), sixpotify_resolve::Index::new().memory());
    resolver.load().await.unwrap();
    assert_eq!(resolver.follow().await.unwrap(), 0);

    let renamed = vec![artist("csv:new", "Portishead", None), artist("csv:radiohead", "On A Friday", None)];
    store.write(&Batch { artists: renamed, ..Batch::default() }, at(100)).await.unwrap();
    store.add_aliases(&[alias("csv:aespa", "Synk Dive")], at(101)).await.unwrap();
    assert_eq!(resolved(&resolver, "Portishaed").await, "not found", "not yet");
    assert_eq!(resolver.follow().await.unwrap(), 3);
    assert_eq!(resolver.follow().await.unwrap(), 0, "what is there already is not entered again");
    assert_eq!(resolved(&resolver, "Portishaed").await, "csv:new typo");
    assert_eq!(resolved(&resolver, "Radoihead").await, "csv:radiohead typo", "the built-in table knows the old name");
    assert_eq!(resolved(&resolver, "On A Frday").await, "csv:radiohead typo");
    assert_eq!(resolved(&resolver, "synk dvie").await, "csv:aespa typo");

    store.remove_alias(&ArtistId::from_stored("csv:aespa"), "Synk Dive", at(200)).await.unwrap();
    store.forget_artist(&ArtistId::from_stored("csv:new"), at(201)).await.unwrap();
    resolver.follow().await.unwrap();
    assert_eq!(resolved(&resolver, "Portishaed").await, "not found");
    assert_eq!(resolved(&resolver, "synk dvie").await, "not found");
    assert_eq!(resolved(&resolver, "metalica").await, "csv:metallica loose");

    // While nothing is written nothing is read; then also what carries an older time is seen.
    for _ in 0..4 {
        assert_eq!(resolver.follow().await.unwrap(), 0);
    }
    let late = vec![artist("csv:late", "Massive Attack", None)];
    store.write(&Batch { artists: late, ..Batch::default() }, at(150)).await.unwrap();
    assert_eq!(resolver.follow().await.unwrap(), 1);
    assert_eq!(resolved(&resolver, "Masive Atack").await, "csv:late loose");
}

async fn nothing_crashes_it(kind: Kind) {
    let (catalogue, resolver) = filled(kind).await;
    let long = "a".repeat(10_000);
    let marks = "e\u{301}".repeat(5_000);
    for text in [
        "",
        "   \t\n",
        &long,
        &marks,
        "\0",
        "a\0b",
        "\u{202e}\u{200f}",
        "\u{7}\u{1b}[31m",
        "😀😀😀",
        "'; drop table artists; --",
        "\" OR name:* AND (",
        "%_%",
        "csv:",
        ":",
        "spotify:",
        "\\",
    ] {
        let answer = resolver.resolve(text).await.unwrap();
        assert_eq!(answer.verdict, Verdict::NotFound, "{text:?}: {answer:?}");
    }
    assert_eq!(catalogue.store.counts().await.unwrap().artists, 11);
}

async fn a_catalogue_that_is_gone_is_said(kind: Kind) {
    let (catalogue, resolver) = filled(kind).await;
    resolver.load().await.unwrap();
    catalogue.store.close().await;
    if kind == Kind::Postgres {
        resolver.resolve("BTS").await.unwrap_err();
        resolver.follow().await.unwrap_err();
        Resolver::new(catalogue.store.clone()).load().await.unwrap_err();
    }
}
