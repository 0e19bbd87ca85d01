//! Dumps of the real shape, streamed to disk: fields, lengths and shares as in the services' own.

use std::fs::File;
use std::io::{BufWriter, Seek as _, SeekFrom, Write};
use std::path::Path;

use serde_json::{Value, json};

use crate::Fallible;

const WORDS: [&str; 12] =
    ["Night", "River", "Éclair", "에스파", "Mötley", "of the", "Seoul", "Young", "&", "Blue", "Señor", "宇多田"];

const GENRES: [&str; 8] = ["rock", "k-pop", "hip hop", "post-punk", "jazz", "electronic", "death metal", "folk"];

fn mbid(n: usize) -> String {
    // Not in the order of ids, as they come.
    let mixed = (n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    format!("{:08x}-85e0-48fe-8648-{n:012x}", mixed >> 32)
}

/// Writes the lines of a dump of artists; returns its size in bytes.
///
/// As in the real one, most artists have no genres and no other names, half have an address elsewhere, and every document
/// carries its areas, life span and memberships.
pub(crate) fn artists(path: &Path, n: usize) -> Fallible<u64> {
    let mut random = fastrand::Rng::with_seed(7);
    let mut out = BufWriter::new(File::create(path)?);
    for i in 0..n {
        serde_json::to_writer(&mut out, &artist(&mut random, i))?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(std::fs::metadata(path)?.len())
}

fn artist(random: &mut fastrand::Rng, i: usize) -> Value {
    let word = |random: &mut fastrand::Rng| WORDS[random.usize(..WORDS.len())];
    let name = format!("{} {} {}", word(random), word(random), i / 3);
    let area = json!({
        "id": mbid(i % 250), "name": "Korea", "sort-name": "Korea", "disambiguation": "", "type": null, "type-id": null,
        "iso-3166-1-codes": ["KR"], "life-span": {"begin": null, "end": null, "ended": false}
    });
    let aliases: Vec<Value> = (0..if random.u8(..10) < 2 { random.usize(1..4) } else { 0 })
        .map(|k| {
            json!({
                "name": format!("{name} alias {k}"), "sort-name": name, "locale": if k == 0 { Some("en") } else { None },
                "primary": if k == 0 { Some(true) } else { None }, "type": "Artist name",
                "type-id": "894afba6-2816-3c24-8072-eadb66bd04bc", "begin": null, "end": null, "ended": false
            })
        })
        .collect();
    let genres: Vec<Value> = (0..if random.u8(..10) < 2 { random.usize(1..4) } else { 0 })
        .map(|k| json!({"id": mbid(k), "name": GENRES[(i + k) % GENRES.len()], "count": random.i32(0..9), "disambiguation": ""}))
        .collect();
    let url = |address: String| {
        json!({
            "type": "free streaming", "type-id": "769085a1-c2f7-4c24-a532-2375a77693bd", "direction": "forward",
            "target-type": "url", "ended": false, "begin": null, "end": null, "source-credit": "", "target-credit": "",
            "attributes": [], "attribute-ids": {}, "attribute-values": {},
            "url": {"id": mbid(i), "resource": address}
        })
    };
    let mut relations: Vec<Value> = Vec::new();
    if random.bool() {
        relations.push(url(format!("https://www.deezer.com/artist/{i}")));
        relations.push(url(format!("https://www.discogs.com/artist/{i}")));
        let id: String = std::iter::repeat_with(|| random.alphanumeric()).take(22).collect();
        relations.push(url(format!("https://open.spotify.com/artist/{id}")));
    }
    json!({
        "id": mbid(i), "name": name, "sort-name": name, "type": "Group", "gender": null, "gender-id": null,
        "type-id": "e431f5f6-b5d2-343d-8b36-72607fffb74b", "country": "KR", "disambiguation": "", "isnis": [], "ipis": [],
        "area": area, "begin-area": area, "end-area": null, "begin_area": area, "end_area": null,
        "life-span": {"begin": "2020-11-17", "end": null, "ended": false}, "aliases": aliases, "genres": genres,
        "tags": genres, "rating": {"value": null, "votes-count": 0}, "annotation": null, "relations": relations
    })
}

/// Writes a tar archive of a year of listens of `artists` artists, a file a month; returns its size in bytes.
pub(crate) fn listens(path: &Path, n: usize, artists: usize) -> Fallible<u64> {
    let mut random = fastrand::Rng::with_seed(9);
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    for month in 1..=MONTHS {
        let start = out.stream_position()?;
        out.write_all(&[0; 512])?;
        for i in 0..n / MONTHS {
            listen(&mut out, &mut random, month, i, n / MONTHS, artists)?;
        }
        let end = out.stream_position()?;
        out.write_all(&vec![0; usize::try_from((512 - (end - start) % 512) % 512)?])?;
        let next = out.stream_position()?;
        let mut header = tar::Header::new_ustar();
        header.set_path(format!("listenbrainz-listens-dump-1-20270101-000003-full/listens/2026/{month}.listens"))?;
        header.set_size(end - start - 512);
        header.set_mode(0o644);
        header.set_mtime(1_779_000_000);
        header.set_cksum();
        out.seek(SeekFrom::Start(start))?;
        out.write_all(header.as_bytes())?;
        out.seek(SeekFrom::Start(next))?;
    }
    out.write_all(&[0; 1024])?;
    out.flush()?;
    Ok(std::fs::metadata(path)?.len())
}

/// Files of the dump.
const MONTHS: usize = 12;

/// How many listens a listener has in a month, and in a sitting. The real dump has tens of thousands of each listener, over
/// more years.
const MONTHLY: usize = 1_600;
const SITTING: usize = 16;

/// Songs of one artist that follow each other.
const OF_ONE: usize = 4;

/// Artists that a listener hears in the year; some of them much more often than others.
const FAVOURITES: usize = 1_000;

/// Writes the `i`th of `n` listens of a month: all listeners hear their sittings at about the same time, songs of a few artists in
/// each.
fn listen(
    out: &mut impl Write,
    random: &mut fastrand::Rng,
    month: usize,
    i: usize,
    n: usize,
    artists: usize,
) -> Fallible<()> {
    let users = n.div_ceil(MONTHLY);
    let (user, song) = (i % users, i / users);
    let (sitting, within) = (song / SITTING, song % SITTING);
    let time = month * 2_600_000 + sitting * 26_000 + within * 210 + random.usize(..5);
    // The same favourite for the songs that follow each other.
    let seed = user * 1_000_003 + sitting * 101 + within / OF_ONE + month * 7_919;
    let mut choice = fastrand::Rng::with_seed(seed as u64);
    let favourite = choice.usize(..FAVOURITES).min(choice.usize(..FAVOURITES));
    // Few artists are heard by most.
    let artist = mbid((favourite * favourite * 7 + user % 50 * favourite * 131) % artists.max(1));
    let (song, release) = (mbid(i), mbid(i / 12));
    writeln!(
        out,
        r#"{{"user_id":{user},"user_name":"listener {user}","timestamp":{time},"recording_msid":"{song}","track_metadata":{{"artist_name":"Some artist","track_name":"Some track of usual length","release_name":"Some release","additional_info":{{"artist_mbids":["{artist}"],"recording_mbid":"{song}","release_mbid":"{release}","artist_msid":"{song}","release_msid":"{song}","recording_msid":"{song}","duration_ms":200000,"isrc":"USRC17607839","tags":[],"tracknumber":4,"submission_client":"some scrobbler 1.2.3","media_player":"some player"}}}}}}"#
    )?;
    Ok(())
}
