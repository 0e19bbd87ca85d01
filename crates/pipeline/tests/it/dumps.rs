//! Dumps of whole services: what they become, and what becomes of broken ones.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use sixpotify_core::{Artist, ArtistId, Source};
use sixpotify_pipeline::{
    DumpError, DumpOptions, DumpOutcome, DumpProgress, DumpReport, DumpSnapshot, NameList, import_listenbrainz,
    import_musicbrainz,
};
use sixpotify_sources::SystemClock;
use sixpotify_store::{Batch, Link, SharedStore};
use tokio::sync::watch;

use crate::packed::{artist, file, lines, mbid, musicbrainz, tar, url, xz, zstd};
use crate::world::{Catalogue, Kind, artists, assert_same, dump, on_both};

on_both! {
    a_dump_becomes_a_catalogue,
    an_artist_that_a_link_joins_is_one,
    a_line_that_is_none_is_counted_and_the_rest_goes_on,
    a_cut_off_archive_gives_what_it_has_and_goes_on_with_the_whole_one,
    an_import_that_is_stopped_goes_on_where_it_was,
    listens_become_counts,
    counts_do_not_depend_on_where_an_import_was_cut_off,
}

/// Many enough for several transactions.
const MANY: usize = 6_000;

struct Silent;

impl DumpProgress for Silent {
    fn saved(&self, _: DumpSnapshot) {}
}

/// Stops an import when something was saved for the `n`th time.
struct StopsAfter {
    left: AtomicU64,
    stop: watch::Sender<bool>,
}

impl DumpProgress for StopsAfter {
    fn saved(&self, snapshot: DumpSnapshot) {
        assert!(snapshot.bytes_read <= snapshot.bytes && snapshot.bytes > 0, "{snapshot:?}");
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.stop.send_replace(true);
        }
    }
}

pub(crate) fn options(path: &Path) -> DumpOptions {
    DumpOptions { path: path.to_owned(), force: false, open_licence: false, salt: "salt".to_owned() }
}

pub(crate) async fn imported(store: &SharedStore, options: &DumpOptions) -> Result<DumpReport, DumpError> {
    let (_keep, stop) = watch::channel(false);
    import_musicbrainz(store, options, Arc::new(SystemClock), &Silent, stop).await
}

async fn heard(store: &SharedStore, options: &DumpOptions) -> Result<DumpReport, DumpError> {
    let (_keep, stop) = watch::channel(false);
    import_listenbrainz(store, options, Arc::new(SystemClock), &Silent, stop).await
}

pub(crate) async fn all(store: &SharedStore) -> Vec<String> {
    dump(store, &NameList::default()).await
}

/// An artist as Spotify would have given it.
pub(crate) async fn spotify_artist(store: &SharedStore, id: &str, name: &str) {
    let artist = Artist {
        id: ArtistId::from_stored(id),
        name: name.to_owned(),
        followers: Some(7),
        popularity: None,
        url: None,
        image_url: None,
    };
    let link = Link { artist_id: artist.id.clone(), source: Source::Spotify, source_id: id.to_owned() };
    let batch = Batch { artists: vec![artist], links: vec![link], ..Batch::default() };
    store.write(&batch, chrono::DateTime::UNIX_EPOCH).await.unwrap();
}

const DATE: &str = "2026-05-20 00:10:01.123+00\n";
const AESPA: &str = "6YVMFz59CuY7ngCxTxjpxE";

fn aespa() -> Value {
    let mut aespa = artist(&mbid(1), "aespa");
    aespa["aliases"] = json!([
        {"name": "에스파", "sort-name": "에스파", "locale": "ko", "primary": true, "type": "Artist name", "ended": false},
        {"name": "aespa", "locale": null, "primary": null, "type": "Search hint"},
        {"name": "æspa", "locale": null, "primary": null, "type": null}]);
    aespa["genres"] = json!([
        {"id": "b", "name": "k-pop", "count": 9, "disambiguation": ""}, {"name": "polka", "count": 0},
        {"name": "dance-pop", "count": 2}]);
    aespa["tags"] = json!([{"name": "seen live in my kitchen", "count": 40}, {"name": "k-pop", "count": 9}]);
    aespa["relations"] = json!([
        url(&format!("https://open.spotify.com/artist/{AESPA}"), false),
        url("https://www.deezer.com/artist/108123672", false), url("https://www.deezer.com/artist/1", true),
        url("https://evil.example/artist/2", false),
        {"type": "member of band", "target-type": "artist", "artist": {"id": mbid(9), "name": "Karina"}}]);
    aespa
}

async fn a_dump_becomes_a_catalogue(kind: Kind) {
    let (catalogue, folder) = (Catalogue::new(kind).await, tempfile::tempdir().unwrap());
    let store = &catalogue.store;
    let records = lines([aespa(), artist(&mbid(2), "BTS"), artist(&mbid(3), "BTS")]);
    let path = file(folder.path(), "artist.tar.xz", &musicbrainz(DATE, &records));
    let report = imported(store, &options(&path)).await.unwrap();
    assert_eq!((report.outcome, report.records, report.new_artists, report.faulty), (DumpOutcome::Done, 3, 3, 0));
    assert_eq!(report.dump_date.unwrap().to_rfc3339(), "2026-05-20T00:10:01.123+00:00");

    let details = artists(store).await;
    let found = &details[0];
    assert_eq!((found.artist.id.as_str(), found.artist.name.as_str()), (&*format!("musicbrainz:{}", mbid(1)), "aespa"));
    let links: Vec<String> = found.links.iter().map(|(source, id)| format!("{source} {id}")).collect();
    let expected = ["deezer 108123672".to_owned(), format!("musicbrainz {}", mbid(1)), format!("spotify {AESPA}")];
    assert_eq!(links, expected);
    let genres: Vec<&str> = found.genres.iter().map(|(genre, _)| genre.as_str()).collect();
    assert_eq!(genres, ["dance-pop", "k-pop"], "no jokes, and none that was voted down");
    assert_eq!(details.len(), 3, "one name, two artists");

    // The same dump again changes nothing, asked for or forced; nor does any other packing of it.
    let before = all(store).await;
    assert_eq!(imported(store, &options(&path)).await.unwrap().outcome, DumpOutcome::Already);
    let forced = imported(store, &DumpOptions { force: true, ..options(&path) }).await.unwrap();
    assert_eq!((forced.outcome, forced.new_artists, forced.known_artists), (DumpOutcome::Done, 0, 3));
    assert_same(&before, &all(store).await);
    for (name, bytes) in [("artist", records.clone()), ("artist.xz", xz(&records)), ("artist.zst", zstd(&records))] {
        let report = imported(store, &options(&file(folder.path(), name, &bytes))).await.unwrap();
        assert!(report.outcome == DumpOutcome::Already || report.known_artists == 3, "{name}: {report:?}");
    }
    assert_same(&before, &all(store).await);

    // Without what is not free.
    let open = DumpOptions { force: true, open_licence: true, ..options(&path) };
    imported(store, &open).await.unwrap();
    assert_eq!(artists(store).await[0].genres, []);

    // An older dump, only by force.
    let older = musicbrainz("2026-05-16 00:10:01+00", &lines([artist(&mbid(4), "Old")]));
    let older = file(folder.path(), "older.tar.xz", &older);
    let error = imported(store, &options(&older)).await.unwrap_err();
    assert_eq!(error.to_string(), "the dump is of 2026-05-16, the catalogue has the one of 2026-05-20");
    imported(store, &DumpOptions { force: true, ..options(&older) }).await.unwrap();
    assert_eq!(artists(store).await.len(), 4);

    // It went over the newer one, which may come again and is then the last word; and is complete again.
    let again = imported(store, &options(&path)).await.unwrap();
    assert_eq!((again.outcome, again.records, again.resumed_after), (DumpOutcome::Done, 3, 0));
    assert_eq!(imported(store, &options(&path)).await.unwrap().outcome, DumpOutcome::Already);
    let middle = musicbrainz("2026-05-18 00:10:01+00", &lines([artist(&mbid(4), "Middle")]));
    let error = imported(store, &options(&file(folder.path(), "middle.tar.xz", &middle))).await.unwrap_err();
    assert!(matches!(error, DumpError::Older { .. }), "{error}");
}

async fn an_artist_that_a_link_joins_is_one(kind: Kind) {
    let (catalogue, folder) = (Catalogue::new(kind).await, tempfile::tempdir().unwrap());
    let store = &catalogue.store;
    let other = "3Nrfpe0tUJi4K4DXYWgMUX";
    spotify_artist(store, AESPA, "aespa (from Spotify)").await;
    spotify_artist(store, other, "BTS").await;
    spotify_artist(store, "0000000000000000000000", "Gone").await;
    let gone = ArtistId::from_stored("0000000000000000000000");
    store.forget_artist(&gone, chrono::DateTime::UNIX_EPOCH).await.unwrap();
    let with_links = |n: usize, name: &str, ids: &[&str]| {
        let mut record = artist(&mbid(n), name);
        record["relations"] =
            ids.iter().map(|id| url(&format!("https://open.spotify.com/artist/{id}"), false)).collect();
        record
    };
    let records = lines([
        aespa(),
        with_links(2, "Same link", &[AESPA]),
        with_links(3, "Two artists", &[AESPA, other]),
        with_links(4, "Forgotten", &[gone.as_str()]),
        with_links(5, "BTS by name only", &[]),
    ]);
    let path = file(folder.path(), "artist.tar.xz", &musicbrainz(DATE, &records));
    let report = imported(store, &options(&path)).await.unwrap();
    assert_eq!((report.new_artists, report.joined_artists, report.in_doubt, report.forgotten), (3, 1, 2, 1));
    let details = artists(store).await;
    let joined = details.iter().find(|d| d.artist.id.as_str() == AESPA).unwrap();
    assert_eq!((joined.artist.name.as_str(), joined.artist.followers), ("aespa (from Spotify)", Some(7)));
    assert_eq!((joined.links.len(), joined.genres.len()), (3, 2));
    let apart = details.iter().find(|d| d.artist.name == "Two artists").unwrap();
    assert_eq!(apart.links, [(Source::MusicBrainz, mbid(3))], "ids of others stay theirs");
    assert!(details.iter().all(|d| d.artist.name != "Forgotten"));

    // Undone by hand, it stays apart.
    let wrong = Link { artist_id: ArtistId::from_stored(AESPA), source: Source::MusicBrainz, source_id: mbid(1) };
    assert!(store.reject_link(&wrong, chrono::DateTime::UNIX_EPOCH).await.unwrap());
    imported(store, &DumpOptions { force: true, ..options(&path) }).await.unwrap();
    let details = artists(store).await;
    let own = details.iter().find(|d| d.artist.id.as_str() == format!("musicbrainz:{}", mbid(1))).unwrap();
    assert_eq!(own.genres.len(), 2);
    let apart = details.iter().find(|d| d.artist.id.as_str() == AESPA).unwrap();
    assert!(apart.links.iter().all(|(_, id)| *id != mbid(1)), "{:?}", apart.links);
    assert_eq!(apart.genres, []);
}

async fn a_line_that_is_none_is_counted_and_the_rest_goes_on(kind: Kind) {
    let (catalogue, folder) = (Catalogue::new(kind).await, tempfile::tempdir().unwrap());
    let mut records = lines([aespa()]);
    records.extend_from_slice(b"not json\n\n{\"id\":\"x\",\"name\":\"y\"}\n{\"id\":");
    records.extend_from_slice(b"\xff\xfe}\n");
    records.extend(lines([artist(&mbid(2), "BTS")]));
    records.pop();
    let path = file(folder.path(), "artist.tar.xz", &musicbrainz(DATE, &records));
    let report = imported(&catalogue.store, &options(&path)).await.unwrap();
    assert_eq!((report.records, report.new_artists, report.faulty), (6, 2, 3));
    let lines: Vec<(u64, &str)> = report.faulty_lines.iter().map(|f| (f.line, f.file.as_str())).collect();
    assert_eq!(lines, [(2, "mbdump/artist"), (4, "mbdump/artist"), (5, "mbdump/artist")]);
    assert_eq!(report.faulty_lines[1].reason, "not an artist: it has no id or no name");
}

/// So many artists, with links and aliases.
fn many(artists: usize) -> Vec<u8> {
    many_long(artists, 0)
}

/// The same, each with so many bytes more that say nothing.
fn many_long(artists: usize, length: usize) -> Vec<u8> {
    lines((0..artists).map(|n| {
        let mut record = artist(&mbid(n), &format!("Artist {}", n % 700));
        record["genres"] = json!([{"name": format!("genre {}", n % 40), "count": 1 + n % 5}]);
        record["aliases"] = json!([{"name": format!("alias {n}"), "locale": "en"}]);
        // Some share a link.
        record["relations"] = json!([url(&format!("https://www.deezer.com/artist/{}", n % 5_000), false)]);
        record["annotation"] = json!("x".repeat(length));
        record
    }))
}

async fn a_cut_off_archive_gives_what_it_has_and_goes_on_with_the_whole_one(kind: Kind) {
    let (cut, whole, folder) = (Catalogue::new(kind).await, Catalogue::new(kind).await, tempfile::tempdir().unwrap());
    let bytes = musicbrainz(DATE, &many(MANY));
    let path = file(folder.path(), "artist.tar.xz", &bytes);
    imported(&whole.store, &options(&path)).await.unwrap();
    let expected = all(&whole.store).await;

    let partly = file(folder.path(), "partly.tar.xz", &bytes[..bytes.len() * 4 / 5]);
    let error = imported(&cut.store, &options(&partly)).await.unwrap_err();
    let DumpError::Broken { records, .. } = error else { panic!("{error}") };
    assert!(records > 0 && records < MANY as u64, "{records}");
    assert_eq!(cut.store.counts().await.unwrap().artists, records);
    let report = imported(&cut.store, &options(&path)).await.unwrap();
    assert_eq!((report.resumed_after, report.records), (records, MANY as u64 - records));
    assert_same(&expected, &all(&cut.store).await);

    // A damaged byte is no end of the dump, either.
    let damaged = Catalogue::new(kind).await;
    let mut bytes = bytes;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    let error = imported(&damaged.store, &options(&file(folder.path(), "damaged.tar.xz", &bytes))).await.unwrap_err();
    assert!(matches!(error, DumpError::Broken { .. }), "{error}");
    let stands = damaged.store.imports(Source::MusicBrainz).await.unwrap();
    assert!(stands.iter().all(|import| import.state == sixpotify_store::ImportState::Running));
}

async fn an_import_that_is_stopped_goes_on_where_it_was(kind: Kind) {
    // Three batches of four thousand are written at the same time, and more of them than that are needed. They are long, so that the
    // megabyte of lines that makes a batch full holds few.
    const MANY: usize = 20_000;
    const LENGTH: usize = 2_000;
    let (stopped, whole, folder) =
        (Catalogue::new(kind).await, Catalogue::new(kind).await, tempfile::tempdir().unwrap());
    let path = file(folder.path(), "artist.tar.xz", &musicbrainz(DATE, &many_long(MANY, LENGTH)));
    imported(&whole.store, &options(&path)).await.unwrap();

    let (stop, wanted) = watch::channel(false);
    let progress = StopsAfter { left: AtomicU64::new(1), stop };
    let clock = Arc::new(SystemClock);
    let report = import_musicbrainz(&stopped.store, &options(&path), clock, &progress, wanted).await.unwrap();
    assert_eq!(report.outcome, DumpOutcome::Stopped);
    let stored = stopped.store.counts().await.unwrap().artists;
    assert!(stored > 0 && stored < MANY as u64, "{stored}");
    let report = imported(&stopped.store, &options(&path)).await.unwrap();
    assert_eq!((report.outcome, report.resumed_after), (DumpOutcome::Done, stored));
    assert_same(&all(&whole.store).await, &all(&stopped.store).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_dump_is_refused() {
    let (catalogue, folder) = (Catalogue::new(Kind::Sqlite).await, tempfile::tempdir().unwrap());
    let record = lines([json!({"id": mbid(1), "label-code": 5})]);
    let noise: Vec<u8> = (0..5000_u32).map(|n| (n * 7919 % 251) as u8).collect();
    let cases: [(&str, Vec<u8>, &str); 7] = [
        ("label.tar.xz", xz(&tar(&[("mbdump/label", &record)])), "it holds MusicBrainz's labels"),
        ("listens.tar.zst", zstd(&tar(&[("d/listens/2026/5.listens", &record)])), "it holds a dump of ListenBrainz"),
        ("nothing.tar.xz", xz(&tar(&[("COPYING", b"CC0")])), "it holds no records"),
        ("empty", Vec::new(), "it is empty"),
        ("noise", noise, "it is neither a tar archive nor lines of JSON"),
        ("none.tar.xz", musicbrainz(DATE, &record.repeat(600)), "none of its first 500 lines is one"),
        ("few.tar.xz", musicbrainz(DATE, &record), "it holds no artist"),
    ];
    for (name, bytes, reason) in cases {
        let path = file(folder.path(), name, &bytes);
        let error = imported(&catalogue.store, &options(&path)).await.unwrap_err();
        let expected = format!("`{}` is not a dump of MusicBrainz's artists: {reason}", path.display());
        assert!(error.to_string().starts_with(&expected), "{name}: {error}");
    }
    for path in [folder.path().join("nowhere"), folder.path().to_owned()] {
        let error = imported(&catalogue.store, &options(&path)).await.unwrap_err();
        assert!(matches!(error, DumpError::Unreadable { .. }), "{error}");
    }
    let spark = file(folder.path(), "spark.tar", &tar(&[("d/0.parquet", b"PAR1")]));
    let error = heard(&catalogue.store, &options(&spark)).await.unwrap_err().to_string();
    assert!(error.contains("take the one without `-spark`"), "{error}");
    assert_eq!(catalogue.store.counts().await.unwrap().artists, 0);
}

/// A listen of track of 200 seconds.
fn listen(user: u64, at: i64, info: &Value, name: &str) -> Value {
    let mut info = info.clone();
    info["duration_ms"] = json!(200_000);
    json!({
        "user_id": user, "user_name": format!("listener {user}"), "timestamp": at, "recording_msid": "x",
        "track_metadata": {"artist_name": name, "track_name": "t", "release_name": null, "additional_info": info}
    })
}

fn listens(kind: &str, months: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let folder = format!("listenbrainz-listens-dump-7-20260601-000003-{kind}");
    let paths: Vec<String> = months.iter().map(|(month, _)| format!("{folder}/listens/2026/{month}.listens")).collect();
    let timestamp = format!("{folder}/TIMESTAMP");
    let mut members: Vec<(&str, &[u8])> = vec![(&timestamp, b"2026-06-01 00:00:03")];
    members.extend(paths.iter().zip(months).map(|(path, (_, bytes))| (path.as_str(), bytes.as_slice())));
    zstd(&tar(&members))
}

/// All counts, a line each, users numbered by their keys.
async fn counts(catalogue: &Catalogue) -> Vec<String> {
    catalogue.sql("select user_key || ' ' || artist_id || ' ' || plays from listens order by user_key, artist_id").await
}

async fn listens_become_counts(kind: Kind) {
    let (catalogue, folder) = (Catalogue::new(kind).await, tempfile::tempdir().unwrap());
    let store = &catalogue.store;
    let records = lines([aespa(), artist(&mbid(2), "BTS"), artist(&mbid(3), "Nirvana"), artist(&mbid(4), "Nirvana")]);
    imported(store, &options(&file(folder.path(), "a.tar.xz", &musicbrainz(DATE, &records)))).await.unwrap();
    let by_mbid = |n: usize| json!({"artist_mbids": [mbid(n)]});
    let by_spotify = json!({"spotify_artist_ids": [format!("https://open.spotify.com/artist/{AESPA}")]});
    let may = lines([
        listen(1, 1000, &by_mbid(1), "whoever"),
        listen(1, 1200, &by_spotify, "the same one by another id, in the same sitting"),
        listen(1, 1400, &json!({}), "BTS"),
        listen(1, 1450, &json!({}), "Nirvana"),
        listen(2, 1500, &by_mbid(99), "unknown"),
        listen(1, 9000, &by_mbid(1), "another sitting"),
    ]);
    let june = lines([listen(1, 50_000, &by_mbid(1), "aespa"), json!("nothing")]);
    let bytes = listens("full", &[(5, may.clone()), (6, june.clone())]);
    let path = file(folder.path(), "l.tar.zst", &bytes);
    let report = heard(store, &options(&path)).await.unwrap();
    assert_eq!((report.records, report.faulty, report.skips), (8, 1, 1), "BTS was left after 50 of 200 seconds");
    assert_eq!((report.counted, report.unknown_artists), (6, 2), "Nirvana could be two");
    assert_eq!(report.faulty_lines[0].file.rsplit('/').next(), Some("6.listens"));
    let aespa = format!("musicbrainz:{}", mbid(1));
    let rows = counts(&catalogue).await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert!(
        rows[0].ends_with(&format!("{aespa} 4")),
        "two sittings, of which one by two ids, and one in June: {rows:?}"
    );
    assert!(!rows[0].contains("listener"), "no names of users");

    // The same again does nothing; an incremental one adds; another full one replaces.
    assert_eq!(heard(store, &options(&path)).await.unwrap().outcome, DumpOutcome::Already);
    let more = file(folder.path(), "more.tar.zst", &listens("incremental", &[(6, june)]));
    heard(store, &options(&more)).await.unwrap();
    assert!(counts(&catalogue).await[0].ends_with(" 5"));
    heard(store, &DumpOptions { force: true, ..options(&path) }).await.unwrap();
    assert_eq!(counts(&catalogue).await, rows);
}

async fn counts_do_not_depend_on_where_an_import_was_cut_off(kind: Kind) {
    let (cut, whole, folder) = (Catalogue::new(kind).await, Catalogue::new(kind).await, tempfile::tempdir().unwrap());
    let known = lines((0..50).map(|n| artist(&mbid(n), &format!("Artist {n}"))));
    let artists = file(folder.path(), "a.tar.xz", &musicbrainz(DATE, &known));
    let month = |month: i64| {
        let listens = (0..6000_i64).map(|n| {
            let user = u64::try_from(n % 40).unwrap();
            let played = usize::try_from((n * 7 + n / 90) % 50).unwrap();
            listen(user, month * 3_000_000 + n * 17, &json!({"artist_mbids": [mbid(played)]}), "x")
        });
        lines(listens)
    };
    let bytes = listens("full", &[(1, month(1)), (2, month(2)), (3, month(3))]);
    let path = file(folder.path(), "l.tar.zst", &bytes);
    for catalogue in [&cut, &whole] {
        imported(&catalogue.store, &options(&artists)).await.unwrap();
    }
    heard(&whole.store, &options(&path)).await.unwrap();
    let expected = counts(&whole).await;
    assert!(expected.len() > 500, "{}", expected.len());

    let (stop, wanted) = watch::channel(false);
    let progress = StopsAfter { left: AtomicU64::new(2), stop };
    let stopped = import_listenbrainz(&cut.store, &options(&path), Arc::new(SystemClock), &progress, wanted).await;
    assert_eq!(stopped.unwrap().outcome, DumpOutcome::Stopped);
    assert_ne!(counts(&cut).await, expected);
    let again = heard(&cut.store, &options(&path)).await.unwrap();
    assert!(again.resumed_after > 0, "{again:?}");
    assert_eq!(counts(&cut).await, expected);
}
