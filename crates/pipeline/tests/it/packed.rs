//! Dumps of the real shape, made here: a tar of a few members, packed as the services pack them.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// An artist as the dump has it, with what a test wants to say of it.
pub(crate) fn artist(mbid: &str, name: &str) -> Value {
    json!({
        "id": mbid, "name": name, "sort-name": name, "type": "Group", "type-id": "e431f5f6-b5d2-343d-8b36-72607fffb74b",
        "gender": null, "gender-id": null, "country": "KR", "disambiguation": "", "isnis": [], "ipis": [],
        "life-span": {"begin": "2020", "end": null, "ended": false}, "rating": {"value": null, "votes-count": 0},
        "aliases": [], "genres": [], "tags": [], "relations": [], "annotation": null
    })
}

/// A relation to an address.
pub(crate) fn url(address: &str, ended: bool) -> Value {
    json!({
        "type": "free streaming", "type-id": "769085a1-c2f7-4c24-a532-2375a77693bd", "direction": "forward",
        "target-type": "url", "ended": ended, "begin": null, "end": null, "attributes": [],
        "url": {"id": "11111111-2222-3333-4444-555555555555", "resource": address}
    })
}

/// An id at MusicBrainz that stands for `n`.
pub(crate) fn mbid(n: usize) -> String {
    format!("{n:08x}-85e0-48fe-8648-470a2422229f")
}

/// A line a record.
pub(crate) fn lines(records: impl IntoIterator<Item = Value>) -> Vec<u8> {
    records.into_iter().flat_map(|record| format!("{record}\n").into_bytes()).collect()
}

/// A tar archive of members.
pub(crate) fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(1_779_000_000);
        archive.append_data(&mut header, path, *bytes).unwrap();
    }
    archive.into_inner().unwrap()
}

/// As MusicBrainz packs, in blocks small enough for several.
pub(crate) fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// As ListenBrainz packs.
pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

/// The dump of these artists, made at `date`.
pub(crate) fn musicbrainz(date: &str, records: &[u8]) -> Vec<u8> {
    xz(&tar(&[("TIMESTAMP", date.as_bytes()), ("COPYING", b"CC0"), ("mbdump/artist", records)]))
}

/// A file of a test's own folder.
pub(crate) fn file(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}
