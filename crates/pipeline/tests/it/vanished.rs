//! What a newer dump does not have any more.

use serde_json::{Value, json};
use sixpotify_core::{ArtistId, Source};
use sixpotify_pipeline::{DumpError, DumpOptions, DumpOutcome};
use sixpotify_store::{Alias, ArtistDetail, SharedStore};

use crate::dumps::{all, imported, options, spotify_artist};
use crate::packed::{artist, file, lines, mbid, musicbrainz, url};
use crate::world::{Catalogue, Kind, artists, assert_same, on_both};

on_both! {
    what_a_newer_dump_lacks_is_settled,
    a_part_of_a_dump_takes_nothing_away,
    what_an_earlier_run_read_counts_at_the_end,
}

const MAY: &str = "2026-05-20 00:10:01+00\n";
const LATER: &str = "2026-05-27 00:10:01+00\n";
const SPOTIFY: &str = "6YVMFz59CuY7ngCxTxjpxE";

/// An artist with an alias, a genre and these pages elsewhere.
fn record(n: usize, name: &str, pages: &[String]) -> Value {
    let mut record = artist(&mbid(n), name);
    record["aliases"] = json!([{"name": format!("alias of {name}"), "locale": "en"}]);
    record["genres"] = json!([{"name": "rock", "count": 3}]);
    record["relations"] = pages.iter().map(|page| url(page, false)).collect();
    record
}

fn deezer(n: usize) -> String {
    format!("https://www.deezer.com/artist/{n}")
}

fn others(n: usize) -> impl Iterator<Item = Value> {
    (100..100 + n).map(|n| record(n, &format!("Other {n}"), &[]))
}

fn own(n: usize) -> ArtistId {
    ArtistId::new(Source::MusicBrainz, &mbid(n))
}

async fn find(store: &SharedStore, id: &ArtistId) -> Option<ArtistDetail> {
    artists(store).await.into_iter().find(|detail| detail.artist.id == *id)
}

async fn what_a_newer_dump_lacks_is_settled(kind: Kind) {
    let (catalogue, folder) = (Catalogue::new(kind).await, tempfile::tempdir().unwrap());
    let store = &catalogue.store;
    spotify_artist(store, SPOTIFY, "From Spotify").await;
    let spotify = format!("https://open.spotify.com/artist/{SPOTIFY}");
    let first = [
        record(1, "Merged", &[deezer(1)]),
        record(2, "Living", &[]),
        record(3, "Deleted", &[deezer(3)]),
        record(4, "Wanted", &[deezer(4)]),
        record(5, "Old id", std::slice::from_ref(&spotify)),
    ];
    let first = musicbrainz(MAY, &lines(first.into_iter().chain(others(40))));
    imported(store, &options(&file(folder.path(), "first.tar.xz", &first))).await.unwrap();
    let alias = Alias { artist_id: own(4), alias: "mine".to_owned(), locale: None, source: Source::User };
    store.add_aliases(&[alias], chrono::DateTime::UNIX_EPOCH).await.unwrap();

    let second = [record(6, "New id", &[spotify]), record(2, "Living", &[deezer(1)])];
    let second = musicbrainz(LATER, &lines(second.into_iter().chain(others(40))));
    let path = file(folder.path(), "second.tar.xz", &second);
    let report = imported(store, &options(&path)).await.unwrap();
    let gone = &report.vanished;
    assert_eq!((gone.merged, gone.removed, gone.kept, gone.too_many), (2, 1, 1, false), "{gone:?}");
    assert_eq!(gone.kept_artists, [format!("Wanted ({})", own(4))]);

    // Merged: the living one has the ids of both.
    let living = find(store, &own(2)).await.unwrap();
    let links: Vec<&str> = living.links.iter().map(|(_, id)| id.as_str()).collect();
    assert_eq!(links, ["1", &mbid(1), &mbid(2)]);
    assert!(find(store, &own(1)).await.is_none());
    // Deleted, and nobody misses it; it is not kept out.
    assert!(find(store, &own(3)).await.is_none());
    assert_eq!(store.forgotten(&[own(3)]).await.unwrap(), []);
    // A person said something of it: that stays, and nothing else.
    let wanted = find(store, &own(4)).await.unwrap();
    assert_eq!((wanted.artist.name.as_str(), wanted.genres.len(), wanted.facets.len()), ("Wanted", 0, 0));
    assert_eq!(wanted.links, [(Source::Deezer, "4".to_owned())]);
    let aliases: Vec<String> = store.aliases(&[own(4)]).await.unwrap().into_iter().map(|alias| alias.alias).collect();
    assert_eq!(aliases, ["mine"]);
    // Who came from Spotify keeps the id that it has, and gets the new one at MusicBrainz.
    let from_spotify = find(store, &ArtistId::from_stored(SPOTIFY)).await.unwrap();
    let links: Vec<&str> = from_spotify.links.iter().map(|(_, id)| id.as_str()).collect();
    assert_eq!(links, [&mbid(6), SPOTIFY]);
    assert!(find(store, &own(6)).await.is_none());
    assert_eq!(artists(store).await.len(), 43);

    let before = all(store).await;
    assert_eq!(imported(store, &options(&path)).await.unwrap().outcome, DumpOutcome::Already);
    assert_same(&before, &all(store).await);
    // What was settled stays so.
    for _ in 0..2 {
        let again = imported(store, &DumpOptions { force: true, ..options(&path) }).await.unwrap();
        assert_eq!(again.vanished, sixpotify_pipeline::Vanished::default());
        assert_eq!((again.new_artists, artists(store).await.len()), (0, 43));
    }
}

async fn a_part_of_a_dump_takes_nothing_away(kind: Kind) {
    let (catalogue, folder) = (Catalogue::new(kind).await, tempfile::tempdir().unwrap());
    let store = &catalogue.store;
    let whole = musicbrainz(MAY, &lines(others(40)));
    imported(store, &options(&file(folder.path(), "whole.tar.xz", &whole))).await.unwrap();
    // Without a date nothing can be told.
    let undated = file(folder.path(), "artist", &lines(others(1)));
    let report = imported(store, &options(&undated)).await.unwrap();
    assert_eq!(report.vanished, sixpotify_pipeline::Vanished::default());
    let part = file(folder.path(), "part.tar.xz", &musicbrainz(LATER, &lines(others(20))));
    let report = imported(store, &options(&part)).await.unwrap();
    assert!(report.vanished.too_many, "{:?}", report.vanished);
    assert_eq!(artists(store).await.len(), 40);
    let report = imported(store, &DumpOptions { force: true, ..options(&part) }).await.unwrap();
    assert_eq!((report.vanished.removed, artists(store).await.len()), (20, 20));
}

/// An import that was cut off knows at its end whom the part that an earlier run stored named, and an artist with two ids has the
/// words of both, however they come.
async fn what_an_earlier_run_read_counts_at_the_end(kind: Kind) {
    const MANY: usize = 6_000;
    let (cut, whole, folder) = (Catalogue::new(kind).await, Catalogue::new(kind).await, tempfile::tempdir().unwrap());
    let first = [record(1, "Merged", &[deezer(1)]), record(2, "Living", &[])];
    let halves = [record(3, "One half", &[]), record(4, "Other half", &[])];
    let first = musicbrainz(MAY, &lines(first.into_iter().chain(halves.clone()).chain(others(MANY))));
    let first = file(folder.path(), "first.tar.xz", &first);
    let [one, other] = halves;
    let second = [record(2, "Living", &[deezer(1)]), one].into_iter().chain(others(MANY)).chain([other]);
    let second = musicbrainz(LATER, &lines(second));
    let path = file(folder.path(), "second.tar.xz", &second);
    for catalogue in [&cut, &whole] {
        imported(&catalogue.store, &options(&first)).await.unwrap();
        // A person says that these are one.
        catalogue.store.merge_artist(&own(4), &own(3), chrono::DateTime::UNIX_EPOCH).await.unwrap();
    }
    let partly = file(folder.path(), "partly.tar.xz", &second[..second.len() * 4 / 5]);
    let error = imported(&cut.store, &options(&partly)).await.unwrap_err();
    let DumpError::Broken { records, .. } = error else { panic!("{error}") };
    assert!(records > 2 && records < MANY as u64, "{records}");
    for (catalogue, resumed_after) in [(&whole, 0), (&cut, records)] {
        let report = imported(&catalogue.store, &options(&path)).await.unwrap();
        assert_eq!(report.resumed_after, resumed_after);
        assert_eq!((report.vanished.merged, report.vanished.removed), (1, 0), "{:?}", report.vanished);
        let living = find(&catalogue.store, &own(2)).await.unwrap();
        assert_eq!(living.links[0], (Source::Deezer, "1".to_owned()));
        let mut names: Vec<String> =
            catalogue.store.aliases(&[own(3)]).await.unwrap().into_iter().map(|alias| alias.alias).collect();
        names.sort();
        assert_eq!(names, ["Other half", "alias of One half", "alias of Other half"]);
        assert_eq!(find(&catalogue.store, &own(3)).await.unwrap().artist.name, "One half");
    }
    assert_same(&all(&whole.store).await, &all(&cut.store).await);
}
