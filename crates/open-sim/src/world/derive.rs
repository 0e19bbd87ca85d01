//! What the sample lacks, made up from what it has: the same every time.

use spotify_sim::derived::{Artist, Catalogue};
use spotify_sim::fold;
use spotify_sim::hash::{below, hash, mix};

use super::{FIRST_ARTIST, VARIOUS, View};

/// Names in other scripts that are true; the sample has few artists who have one.
const TRUE_NAMES: [(&str, &str, &str); 4] = [
    ("PSY", "싸이", "ko"),
    ("Linkin Park", "リンキン・パーク", "ja"),
    ("Metallica", "メタリカ", "ja"),
    ("Slipknot", "スリップノット", "ja"),
];

/// Another name of an artist at MusicBrainz.
pub(crate) struct AliasRow {
    pub(crate) name: String,
    pub(crate) locale: Option<&'static str>,
    pub(crate) primary: bool,
    pub(crate) kind: Option<&'static str>,
    pub(crate) ended: bool,
}

/// A UUID that stands for `text` among the things of `kind`.
pub(crate) fn uuid(kind: &str, text: &str) -> String {
    let high = hash(kind, text);
    let low = mix(high ^ hash("uuid", text));
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        0x8000 | ((low >> 48) & 0x3fff),
        low & 0xffff_ffff_ffff
    )
}

/// Whether a rule that holds for one in `many` holds for this artist.
fn one_in(many: u64, rule: &str, artist: &Artist) -> bool {
    hash(rule, &artist.id).is_multiple_of(many)
}

pub(super) fn view(catalogue: &Catalogue, at: usize) -> View {
    let artist = &catalogue.artists[at];
    let listed = artist.name != VARIOUS;
    // Whoever is well known is known everywhere.
    let gap = |many, service| artist.popularity < 55 && one_in(many, service, artist);
    let in_deezer = listed && !gap(12, "deezer");
    View {
        mbid: uuid("mbid", &artist.id),
        old_mbid: uuid("old mbid", &artist.id),
        in_musicbrainz: listed && !gap(16, "musicbrainz"),
        in_deezer,
        in_lastfm: listed && !gap(14, "lastfm"),
        recco: uuid("recco artist", &artist.id),
        aliases: aliases(artist),
        votes: votes(artist),
        links: links(artist, in_deezer.then_some(FIRST_ARTIST + at as u64)),
        heard: heard(artist),
        key: fold::words(&artist.name).concat(),
        seed: hash("seed", &artist.id),
    }
}

fn aliases(artist: &Artist) -> Vec<AliasRow> {
    let alias = |name: String, locale, primary, kind| AliasRow { name, locale, primary, kind, ended: false };
    let mut aliases = Vec::new();
    for (_, name, locale) in TRUE_NAMES.iter().filter(|(name, ..)| *name == artist.name) {
        aliases.push(alias((*name).to_owned(), Some(*locale), true, Some("Artist name")));
    }
    let plain = fold::words(&artist.name).join(" ");
    if !artist.name.is_ascii() && plain.is_ascii() {
        aliases.push(alias(plain.clone(), Some("en"), true, Some("Artist name")));
    }
    if plain.contains(' ') && one_in(4, "hint", artist) {
        aliases.push(alias(plain.replace(' ', ""), None, false, Some("Search hint")));
    }
    if one_in(40, "former name", artist) {
        let former = alias(format!("The Former {}", artist.name), None, false, None);
        aliases.push(AliasRow { ended: true, ..former });
    }
    aliases
}

/// Genres in MusicBrainz' spelling, the first with most votes.
fn votes(artist: &Artist) -> Vec<(String, u32)> {
    let word = |genre: &str| genre.replace('-', " ");
    let count = |place: usize, genre: &str| {
        let drawn = below(hash("votes", &format!("{}\n{genre}", artist.id)), 6);
        let most = 12_usize.saturating_sub(3 * place);
        u32::try_from(drawn).unwrap_or(0) + u32::try_from(most).unwrap_or(0).max(1)
    };
    artist.genres.iter().enumerate().map(|(place, genre)| (word(genre), count(place, genre))).collect()
}

fn links(artist: &Artist, deezer: Option<u64>) -> Vec<(String, bool)> {
    let mut links = vec![(format!("https://www.example.org/{}", artist.id), false)];
    let spotify = |id: &str| format!("https://open.spotify.com/artist/{id}");
    // Uneven coverage, mostly of those whom few know.
    if artist.popularity > 60 || !one_in(7, "spotify link", artist) {
        links.push((spotify(&artist.id), false));
    }
    if one_in(25, "ended link", artist) {
        let ended: String = artist.id.chars().rev().collect();
        links.push((spotify(&ended), true));
    }
    if let Some(deezer) = deezer.filter(|_| artist.popularity > 60 || !one_in(5, "deezer link", artist)) {
        links.push((format!("https://www.deezer.com/artist/{deezer}"), false));
        if one_in(40, "two links", artist) {
            links.push((format!("https://www.deezer.com/artist/{}", deezer + 900_000_000), false));
        }
    }
    let lastfm: String = url::form_urlencoded::byte_serialize(artist.name.as_bytes()).collect();
    links.push((format!("https://www.last.fm/music/{lastfm}"), false));
    links
}

/// Listeners and listens, from followers; whom hardly anybody follows is unknown.
fn heard(artist: &Artist) -> Option<(u64, u64)> {
    let listeners = artist.followers / 400;
    (artist.popularity > 5).then(|| (listeners, listeners * (3 + below(hash("listens", &artist.id), 40))))
}
