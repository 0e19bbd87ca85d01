//! MusicBrainz: search, look-up, and artists by address.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};
use spotify_sim::fold;
use spotify_sim::hash::{below, hash};

use super::{Asked, part};
use crate::config::Service;
use crate::reply;
use crate::shared::Shared;
use crate::world::{AliasRow, World, uuid};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/musicbrainz/ws/2/artist", get(search))
        .route("/musicbrainz/ws/2/artist/{mbid}", get(artist))
        .route("/musicbrainz/ws/2/url", get(url))
        .route("/musicbrainz/ws/2/recording/{mbid}", get(recording))
}

fn refuse(status: StatusCode, text: &str) -> Response {
    reply::error(Service::MusicBrainz, status, text)
}

async fn search(State(shared): State<Shared>, asked: Asked) -> Response {
    let Some(query) = asked.params.get("query").filter(|query| !query.trim().is_empty()) else {
        return refuse(StatusCode::BAD_REQUEST, "Must specify query");
    };
    let Some(phrases) = phrases(query) else {
        return refuse(StatusCode::BAD_REQUEST, "Unable to parse search query");
    };
    let limit = asked.params.number("limit", 25, 100);
    let offset = asked.params.number("offset", 0, 10_000);
    let hits = rank(shared.world(), &phrases);
    let artists: Vec<Value> =
        part(&hits, offset, limit).iter().map(|(at, score)| hit(shared.world(), *at, *score)).collect();
    reply::ok(&json!({
        "created": "2026-11-22T12:00:00.000Z", "count": hits.len(), "offset": offset, "artists": artists}))
}

/// The texts in quotes of a Lucene query, and bare words; `None` where a quote is not closed or a bare sign is a mistake.
fn phrases(query: &str) -> Option<Vec<String>> {
    let mut phrases = Vec::new();
    let (mut bare, mut chars) = (String::new(), query.chars());
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                let mut phrase = String::new();
                loop {
                    match chars.next()? {
                        '\\' => phrase.push(chars.next()?),
                        '"' => break,
                        other => phrase.push(other),
                    }
                }
                phrases.push(phrase);
                bare.push(' ');
            }
            '[' | ']' | '{' | '}' | '/' | '!' => return None,
            other => bare.push(other),
        }
    }
    let words = bare.split(|c: char| c.is_whitespace() || "()^+-".contains(c)).filter(|word| !word.is_empty());
    let is_word =
        |word: &&str| !word.ends_with(':') && !["AND", "OR", "NOT"].contains(word) && word.parse::<f32>().is_err();
    phrases.extend(words.filter(is_word).map(str::to_owned));
    Some(phrases)
}

/// Artists by score: the name itself 100, an alias 95, otherwise by how many words fit.
fn rank(world: &World, phrases: &[String]) -> Vec<(usize, u8)> {
    let wanted: Vec<String> = phrases.iter().map(|phrase| fold::words(phrase).concat()).collect();
    let mut words: Vec<String> = phrases.iter().flat_map(|phrase| fold::words(phrase)).collect();
    words.sort();
    words.dedup();
    let score = |at: usize, share: f64| {
        let view = &world.views[at];
        if wanted.contains(&view.key) {
            return 100;
        }
        if view.aliases.iter().any(|alias| wanted.contains(&fold::words(&alias.name).concat())) {
            return 95;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 90")]
        let score = (share * 90.0) as u8;
        score
    };
    let found = world.search(&words).into_iter().filter(|(at, _)| world.views[*at].in_musicbrainz);
    let mut hits: Vec<(usize, u8)> = found.map(|(at, share)| (at, score(at, share))).collect();
    // Stable: equal scores stay in the order of followers.
    hits.sort_by_key(|(_, score)| std::cmp::Reverse(*score));
    hits
}

fn hit(world: &World, at: usize, score: u8) -> Value {
    let (artist, view) = (&world.catalogue.artists[at], &world.views[at]);
    let mut hit = base(world, at);
    hit["score"] = json!(score);
    if !view.aliases.is_empty() {
        // Searches name the dates of an alias otherwise than look-ups do.
        hit["aliases"] = view.aliases.iter().map(|row| alias(row, "begin-date", "end-date")).collect();
    }
    if !artist.genres.is_empty() {
        hit["tags"] = tags(world, at);
    }
    hit
}

async fn artist(State(shared): State<Shared>, Path(mbid): Path<String>, asked: Asked) -> Response {
    let hex = mbid.len() == 36 && mbid.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    if !hex {
        return refuse(StatusCode::BAD_REQUEST, "Invalid mbid.");
    }
    let world = shared.world();
    let Some(at) = world.by_mbid(&mbid) else {
        return refuse(StatusCode::NOT_FOUND, "Not Found");
    };
    let inc: Vec<&str> = asked.params.get("inc").unwrap_or_default().split([' ', '+']).collect();
    let view = &world.views[at];
    let mut artist = base(world, at);
    if inc.contains(&"aliases") {
        artist["aliases"] = view.aliases.iter().map(|row| alias(row, "begin", "end")).collect();
    }
    if inc.contains(&"genres") {
        let genre = |(name, count): &(String, u32)| json!({"id": uuid("genre", name), "name": name, "count": count, "disambiguation": ""});
        let mut genres: Vec<Value> = view.votes.iter().map(genre).collect();
        // Somebody was voted down.
        genres.push(genre(&("polka".to_owned(), 0)));
        artist["genres"] = genres.into();
    }
    if inc.contains(&"tags") {
        artist["tags"] = tags(world, at);
    }
    if inc.contains(&"url-rels") {
        artist["relations"] = view.links.iter().map(|(address, ended)| relation(address, *ended)).collect();
    }
    reply::ok(&artist)
}

async fn recording(State(shared): State<Shared>, Path(mbid): Path<String>, asked: Asked) -> Response {
    let hex = mbid.len() == 36 && mbid.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    if !hex {
        return refuse(StatusCode::BAD_REQUEST, "Invalid mbid.");
    }
    let world = shared.world();
    let Some(track) = world.catalogue.tracks.iter().find(|track| uuid("recording", &track.id) == mbid) else {
        return refuse(StatusCode::NOT_FOUND, "Not Found");
    };
    let inc: Vec<&str> = asked.params.get("inc").unwrap_or_default().split([' ', '+']).collect();
    let mut recording = json!({"id": mbid, "title": track.name, "length": 201_000, "video": false,
        "disambiguation": "", "first-release-date": "2015"});
    if inc.contains(&"artist-credits") {
        let credit = |at: &usize| {
            let name = &world.catalogue.artists[*at].name;
            json!({"name": name, "joinphrase": "", "artist": {"id": world.views[*at].mbid, "name": name,
                "sort-name": name, "disambiguation": ""}})
        };
        recording["artist-credit"] = track.artists.iter().map(credit).collect();
    }
    if inc.contains(&"isrcs") {
        recording["isrcs"] = track.isrc.iter().map(|code| json!(code)).collect();
    }
    reply::ok(&recording)
}

async fn url(State(shared): State<Shared>, asked: Asked) -> Response {
    let resources: Vec<&str> = asked.params.all("resource").collect();
    if resources.is_empty() || resources.len() > 100 {
        return refuse(StatusCode::BAD_REQUEST, "Missing required parameter resource");
    }
    let found = |address: &&str| {
        let artists = shared.world().by_link(address);
        (!artists.is_empty()).then(|| address_of(shared.world(), address, artists))
    };
    let mut known: Vec<Value> = resources.iter().filter_map(found).collect();
    match (resources.len(), known.pop()) {
        (1, Some(only)) => reply::ok(&only),
        (1, None) => refuse(StatusCode::NOT_FOUND, "Not Found"),
        (_, last) => {
            known.extend(last);
            reply::ok(&json!({"url-count": known.len(), "url-offset": 0, "urls": known}))
        }
    }
}

fn address_of(world: &World, address: &str, artists: &[usize]) -> Value {
    let relation = |at: &usize| {
        let (artist, view) = (&world.catalogue.artists[*at], &world.views[*at]);
        let ended = view.links.iter().any(|(link, ended)| link == address && *ended);
        json!({"type": "free streaming", "type-id": "769085a1-c2f7-4c24-a532-2375a77693bd", "direction": "backward",
            "target-type": "artist", "begin": null, "end": null, "ended": ended, "attributes": [],
            "artist": {"id": view.mbid, "name": artist.name, "sort-name": artist.name, "type": "Group",
                "disambiguation": ""}})
    };
    let relations: Vec<Value> = artists.iter().map(relation).collect();
    json!({"id": uuid("url", address), "resource": address, "relations": relations})
}

fn base(world: &World, at: usize) -> Value {
    let (artist, view) = (&world.catalogue.artists[at], &world.views[at]);
    let drawn = hash("kind", &artist.id);
    let kind = if drawn.is_multiple_of(3) { "Person" } else { "Group" };
    let country = ["US", "GB", "DE", "KR", "BR"][usize::try_from(below(drawn, 5)).unwrap_or(0)];
    json!({
        "id": view.mbid, "name": artist.name, "sort-name": artist.name, "type": kind,
        "type-id": uuid("kind", kind), "gender": null, "gender-id": null,
        "country": if drawn.is_multiple_of(11) { Value::Null } else { country.into() },
        "area": null, "begin-area": null, "begin_area": null, "end-area": null, "end_area": null,
        "disambiguation": if artist.tracks.is_empty() { "a namesake" } else { "" },
        "life-span": {"begin": null, "end": null, "ended": false}, "isnis": [], "ipis": [],
    })
}

fn alias(row: &AliasRow, begin: &str, end: &str) -> Value {
    let mut alias = json!({
        "name": row.name, "sort-name": row.name, "locale": row.locale, "type": row.kind, "ended": row.ended,
        "type-id": row.kind.map(|kind| uuid("alias type", kind)),
        "primary": if row.primary { Value::Bool(true) } else { Value::Null },
    });
    alias[begin] = Value::Null;
    alias[end] = if row.ended { json!("2015") } else { Value::Null };
    alias
}

/// Genres and what people write besides: one that is no genre, and a joke that nobody seconded.
fn tags(world: &World, at: usize) -> Value {
    let votes = world.views[at].votes.iter().map(|(name, count)| json!({"name": name, "count": count}));
    let jokes = [json!({"name": "seen live", "count": 2}), json!({"name": "my aunt's favourite", "count": 0})];
    votes.chain(jokes).collect()
}

fn relation(address: &str, ended: bool) -> Value {
    let kind = if address.contains("spotify") || address.contains("deezer") { "free streaming" } else { "other" };
    json!({"type": kind, "type-id": uuid("relation type", kind), "direction": "forward", "target-type": "url",
        "begin": null, "end": null, "ended": ended, "attributes": [],
        "url": {"id": uuid("url", address), "resource": address}})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_read_as_lucene_does() {
        assert_eq!(phrases(r#"artist:"AC/DC"^3 OR alias:"a \"b\" \\"^2"#).unwrap(), ["AC/DC", "a \"b\" \\"]);
        assert_eq!(phrases("artist:(foo bar)").unwrap(), ["foo", "bar"].map(String::from).to_vec());
        assert_eq!(phrases("AC/DC"), None);
        assert_eq!(phrases("\"open"), None);
    }
}
