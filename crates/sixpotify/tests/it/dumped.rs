//! Imports of dumps that are killed in the middle, and files that are no good.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use sixpotify_testkit::wait_until;
use spotify_sim::Mode;

use crate::app::{App, Kind, on_both};
use crate::dump::{assert_same, dump, rows};

on_both!(
    a_killed_import_of_artists_goes_on,
    a_killed_import_of_listens_goes_on,
    files_that_are_no_dump_are_told,
    what_a_newer_dump_lacks_goes,
    a_correction_outlives_imports
);

/// Enough for many transactions.
const ARTISTS: usize = 30_000;

fn mbid(n: usize) -> String {
    format!("{:08x}-85e0-48fe-8648-{n:012x}", u32::try_from(n).unwrap().wrapping_mul(0x9E37_79B9))
}

fn artist(n: usize) -> serde_json::Value {
    let page = format!("https://www.deezer.com/artist/{}", n % (ARTISTS - 500));
    json!({
        "id": mbid(n), "name": format!("Artist {}", n % 20_000), "aliases": [{"name": format!("에스파 {n}"), "locale": "ko"}],
        "genres": [{"name": format!("genre {}", n % 30), "count": 1 + n % 4}],
        "relations": [{"ended": false, "url": {"resource": page}}]
    })
}

fn artists(numbers: impl Iterator<Item = usize>) -> Vec<u8> {
    numbers.flat_map(|n| format!("{}\n", artist(n)).into_bytes()).collect()
}

fn listens(month: i64) -> Vec<u8> {
    let listen = |n: usize| {
        let (user, artist, time) = (n % 800, (n * n / 7) % 900, month * 2_600_000 + 300 * (n as i64));
        json!({"user_id": user, "user_name": format!("listener {user}"), "timestamp": time,
               "track_metadata": {"artist_name": "x", "additional_info": {"artist_mbids": [mbid(artist)]}}})
    };
    (0..25_000).flat_map(|n| format!("{}\n", listen(n)).into_bytes()).collect()
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, *bytes).unwrap();
    }
    archive.into_inner().unwrap()
}

pub(crate) fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn dump_of(date: &str, lines: &[u8]) -> Vec<u8> {
    tar(&[("TIMESTAMP", date.as_bytes()), ("mbdump/artist", lines)])
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Kills the import twice when more than so many records are stored.
async fn killed(app: &App, args: &[&str], positions: [u64; 2]) {
    for position in positions {
        let mut child = app.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_until("a part of the dump is stored", Duration::from_secs(120), async || {
            let stored = rows(&app.url, "select position from imports").await;
            stored.iter().any(|stored| stored.parse::<u64>().is_ok_and(|stored| stored > position))
        })
        .await;
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

/// Waits until so many imports have begun.
async fn started(app: &App, imports: usize) {
    wait_until("an import has begun", Duration::from_secs(120), async || {
        rows(&app.url, "select id from runs where job = 'import'").await.len() == imports
    })
    .await;
}

async fn a_killed_import_of_artists_goes_on(kind: Kind) {
    let undisturbed = App::new(kind, Mode::Extended).await;
    let packed = xz(&dump_of("2026-05-20 00:10:01+00", &artists(0..ARTISTS)));
    let file = undisturbed.file("artist.tar.xz", &packed);
    undisturbed.ok(&["import", "musicbrainz", text(&file)]).await;
    let expected = dump(&undisturbed.url).await;

    let app = App::new(kind, Mode::Extended).await;
    let file = app.file("artist.tar.xz", &packed);
    let args = ["import", "musicbrainz", text(&file)];
    killed(&app, &args, [1, 9_000]).await;
    let said = app.run(&args).await;
    assert_eq!(said.code, 0, "{said:#?}");
    assert!(said.stderr.contains("records of an earlier run"), "{said:#?}");
    assert_same(&expected, &dump(&app.url).await);
    // Twice is once, asked for or forced.
    assert!(app.ok(&args).await.contains("is in the catalogue already"));
    app.ok(&["import", "musicbrainz", text(&file), "--force"]).await;
    assert_same(&expected, &dump(&app.url).await);
}

async fn a_killed_import_of_listens_goes_on(kind: Kind) {
    let months: Vec<(String, Vec<u8>)> =
        (1..=4).map(|month| (format!("x-full/listens/2026/{month}.listens"), listens(month))).collect();
    let members: Vec<(&str, &[u8])> = months.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    let heard = tar(&members);
    // The salt is each catalogue's own, and so are the names that listeners have there.
    let counts = async |app: &App| {
        let mut rows = rows(&app.url, "select artist_id || ' ' || plays from listens").await;
        rows.sort();
        rows
    };
    let mut apps = Vec::new();
    for _ in 0..2 {
        let app = App::new(kind, Mode::Extended).await;
        let file = app.file("artist", artists(0..900));
        app.ok(&["import", "musicbrainz", text(&file)]).await;
        apps.push(app);
    }
    let file = apps[0].file("listens.tar", &heard);
    apps[0].ok(&["import", "listenbrainz", text(&file)]).await;
    let expected = counts(&apps[0]).await;
    assert!(expected.len() > 10_000, "{}", expected.len());
    let names = rows(&apps[0].url, "select user_key from listens").await;
    assert!(names.iter().all(|name| name.len() == 32 && !name.contains("listener")), "{:?}", names.first());

    let file = apps[1].file("listens.tar", &heard);
    let args = ["import", "listenbrainz", text(&file)];
    // Asked to stop, it saves what it has counted, of a part of the dump; killed, it loses what it has counted since.
    #[cfg(unix)]
    {
        let child = apps[1].command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        started(&apps[1], 2).await;
        let pid = child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let code = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap().status.code()).await.unwrap();
        assert_eq!(code, Some(75));
        let stored = rows(&apps[1].url, "select position from imports where source = 'listenbrainz'").await;
        assert!(stored.iter().all(|stored| *stored != "100000") && stored.len() == 1, "{stored:?}");
        assert_ne!(counts(&apps[1]).await, expected);
        let mut child = apps[1].command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        started(&apps[1], 3).await;
        child.kill().unwrap();
        child.wait().unwrap();
    }
    apps[1].ok(&args).await;
    assert_eq!(counts(&apps[1]).await, expected);
    apps[1].ok(&args).await;
    apps[1].ok(&["import", "listenbrainz", text(&file), "--force"]).await;
    assert_eq!(counts(&apps[1]).await, expected);
}

async fn files_that_are_no_dump_are_told(kind: Kind) {
    let app = App::new(kind, Mode::Extended).await;
    let lines = artists(0..3_000);
    let whole = dump_of("2026-05-20 00:10:01+00", &lines);
    let packed = xz(&whole);
    let mut damaged = packed.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x55;
    let zstd = [&[0x28, 0xB5, 0x2F, 0xFD][..], b"no frame"].concat();
    let truncated = "is truncated or damaged after record";
    for (name, bytes, said, hint) in [
        ("cut.tar.xz", &packed[..packed.len() * 2 / 3], truncated, "hint: what could be read is stored"),
        ("damaged.tar.xz", &damaged, truncated, "hint: what could be read is stored"),
        ("cut.tar", &whole[..whole.len() / 2], truncated, "hint: what could be read is stored"),
        ("broken.tar.zst", &zstd, truncated, "hint: what could be read is stored"),
        ("release.tar", &tar(&[("mbdump/release", &lines)]), "it holds MusicBrainz's releases", "hint: see"),
        ("empty", &[], "it is empty", "hint: see"),
        ("picture.png", b"\x89PNG\r\n and so on", "neither a tar archive nor lines of JSON", "hint: see"),
        ("labels", "{\"name\":\"x\"}\n".repeat(600).as_bytes(), "none of its first 500 lines is one", "hint: see"),
        ("members.tar", &tar(&[("README", b"hello")]), "it holds no records", "hint: see"),
    ] {
        let file = app.file(name, bytes);
        let error = app.fails(1, &["import", "musicbrainz", text(&file)]).await;
        assert!(error.contains(said) && error.contains(hint), "{name}: {error}");
        assert_eq!(error.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{name}: {error}");
    }
    // The whole of what was cut goes on; as a bare archive it is the same dump.
    let file = app.file("whole.tar", &whole);
    app.ok(&["import", "musicbrainz", text(&file)]).await;
    assert_eq!(app.json(&["status", "--json"]).await["counts"]["artists"], 3_000);
    let older = app.file("older.tar", dump_of("2026-05-10 00:10:01+00", &lines));
    let error = app.fails(1, &["import", "musicbrainz", text(&older)]).await;
    assert!(error.contains("the dump is of 2026-05-10, the catalogue has the one of 2026-05-20"), "{error}");
    assert!(error.contains("hint: `--force`"), "{error}");
    app.ok(&["import", "musicbrainz", text(&older), "--force"]).await;
    // Lines that are none are counted and shown, and the rest is imported.
    let bare = app.file("artist", [&artists(3_000..3_002)[..], b"nothing\n{}\n", &artists(3_002..3_003)].concat());
    let said = app.run(&["import", "musicbrainz", text(&bare)]).await;
    assert_eq!(said.code, 0, "{said:#?}");
    assert!(said.stdout.contains("3 new artists"), "{said:#?}");
    assert!(said.stderr.contains("artist, line 3: ") && said.stderr.contains("artist, line 4: "), "{said:#?}");
}

async fn what_a_newer_dump_lacks_goes(kind: Kind) {
    let app = App::new(kind, Mode::Extended).await;
    let file = app.file("first.tar", dump_of("2026-05-20 00:10:01+00", &artists(0..30)));
    app.ok(&["import", "musicbrainz", text(&file)]).await;
    app.ok(&["alias", "add", &format!("musicbrainz:{}", mbid(0)), "mine"]).await;
    let file = app.file("second.tar", dump_of("2026-05-27 00:10:01+00", &artists(2..30)));
    let said = app.run(&["import", "musicbrainz", text(&file)]).await;
    assert_eq!(said.code, 0, "{said:#?}");
    let told = "musicbrainz does not have 2 artists any more: 0 became another one, 1 were removed, 1 stay";
    assert!(said.stderr.contains(told), "{said:#?}");
    assert!(
        said.stderr.contains(&format!("not at musicbrainz any more: Artist 0 (musicbrainz:{})", mbid(0))),
        "{said:#?}"
    );
    assert_eq!(app.json(&["status", "--json"]).await["counts"]["artists"], 29);
    let file = app.file("third.tar", dump_of("2026-06-03 00:10:01+00", &artists(2..20)));
    let said = app.run(&["import", "musicbrainz", text(&file)]).await;
    assert!(said.stderr.contains("more than a tenth") && said.stderr.contains("hint: "), "{said:#?}");
    assert_eq!(app.json(&["status", "--json"]).await["counts"]["artists"], 29);
}

/// A wrong join is undone by hand: no import makes it again, until the person does.
async fn a_correction_outlives_imports(kind: Kind) {
    let app = App::new(kind, Mode::Extended).await;
    let dumped = |date: &str, n: usize| {
        app.file(&format!("{date}.tar"), dump_of(&format!("{date} 00:10:01+00"), &artists(0..n)))
    };
    app.ok(&["import", "musicbrainz", text(&dumped("2026-05-20", 20))]).await;
    let (one, two) = (format!("musicbrainz:{}", mbid(1)), format!("musicbrainz:{}", mbid(2)));
    let ids = async |artist: &str| {
        let links = app.json(&["link", "list", artist, "--json"]).await;
        let link = |link: &serde_json::Value| {
            format!("{} {} {}", link["source"], link["source_id"], link["state"]).replace('"', "")
        };
        links.as_array().unwrap().iter().map(link).collect::<Vec<_>>()
    };
    let own = format!("musicbrainz {} joined", mbid(1));
    assert_eq!(ids(&one).await, [own.clone(), "deezer 1 joined".to_owned()]);
    app.ok(&["link", "remove", &one, "https://www.deezer.com/artist/1"]).await;
    app.ok(&["import", "musicbrainz", text(&dumped("2026-05-20", 20)), "--force"]).await;
    app.ok(&["import", "musicbrainz", text(&dumped("2026-05-27", 21))]).await;
    assert_eq!(ids(&one).await, [own.clone(), "deezer 1 undone by hand".to_owned()]);
    assert_eq!(app.json(&["link", "list", "--json"]).await.as_array().unwrap().len(), 1);

    // What is given to somebody else stays theirs.
    app.ok(&["link", "add", &two, "deezer:1"]).await;
    app.ok(&["link", "add", &one, "deezer:1"]).await;
    app.ok(&["link", "add", &two, "deezer:1"]).await;
    app.ok(&["import", "musicbrainz", text(&dumped("2026-06-03", 22))]).await;
    assert_eq!(ids(&one).await, [own]);
    assert!(ids(&two).await.contains(&"deezer 1 joined".to_owned()));

    // Two artists that are one: what was known of both is known of the one, and later dumps say the rest of it.
    app.ok(&["link", "add", &two, &format!("https://musicbrainz.org/artist/{}", mbid(3))]).await;
    app.ok(&["import", "musicbrainz", text(&dumped("2026-06-10", 23))]).await;
    let joined = ids(&two).await;
    assert!(
        joined.contains(&format!("musicbrainz {} joined", mbid(3))) && joined.contains(&"deezer 3 joined".to_owned()),
        "{joined:?}"
    );
    assert_eq!(app.json(&["status", "--json"]).await["counts"]["artists"], 22);
}
