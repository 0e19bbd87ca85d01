//! From MusicBrainz's words to the catalogue's.

use sixpotify_core::{
    Alias, AliasKind, Artist, ArtistId, Credit, GenreVote, Link, Mbid, Source, Track, TrackId, artist_link,
};

use super::{ArtistRecord, FoundArtist, wire};
use crate::wire::filled;

/// Reads one artist in the shape of a look-up, which is also that of a line of the JSON dump.
///
/// # Errors
/// What is wrong with the JSON; an artist without an id or a name is `Ok(None)`.
pub fn artist_record(json: &[u8]) -> Result<Option<ArtistRecord>, serde_json::Error> {
    serde_json::from_slice(json).map(record)
}

pub(super) fn found(wire: wire::Artist) -> Option<FoundArtist> {
    let score = wire.score.and_then(|score| u8::try_from(score.count()?).ok()).unwrap_or(0).min(100);
    let record = record(wire)?;
    Some(FoundArtist {
        mbid: record.mbid,
        artist: record.artist,
        score,
        disambiguation: record.disambiguation,
        kind: record.kind,
        country: record.country,
        aliases: record.aliases.unwrap_or_default(),
    })
}

pub(super) fn record(wire: wire::Artist) -> Option<ArtistRecord> {
    let mbid = Mbid::parse(&wire.id?).ok()?;
    let artist = Artist {
        id: ArtistId::new(Source::MusicBrainz, mbid.as_str()),
        name: filled(wire.name)?,
        followers: None,
        popularity: None,
        url: Some(format!("https://musicbrainz.org/artist/{mbid}")),
        image_url: None,
    };
    Some(ArtistRecord {
        mbid,
        artist,
        disambiguation: filled(wire.disambiguation),
        kind: filled(wire.kind),
        country: filled(wire.country),
        aliases: wire.aliases.map(|aliases| aliases.into_iter().filter_map(alias).collect()),
        genres: wire.genres.map(votes),
        links: wire.relations.map(links),
    })
}

pub(super) fn recording(wire: wire::Recording) -> Option<Track> {
    let mbid = Mbid::parse(&wire.id?).ok()?;
    let credit = |credited: wire::Credited| {
        let artist = Mbid::parse(&credited.artist?.id?).ok()?;
        Some(Credit { id: ArtistId::new(Source::MusicBrainz, artist.as_str()), name: filled(credited.name)? })
    };
    Some(Track {
        id: TrackId::new(Source::MusicBrainz, mbid.as_str()),
        name: filled(wire.title)?,
        album: None,
        duration_ms: wire.length.and_then(|length| u32::try_from(length.count()?).ok()).filter(|ms| *ms > 0),
        explicit: None,
        isrc: wire.isrcs.into_iter().flatten().flatten().find(|code| !code.is_empty()),
        popularity: None,
        url: Some(format!("https://musicbrainz.org/recording/{mbid}")),
        preview_url: None,
        artists: wire.artist_credit.into_iter().flatten().filter_map(credit).collect(),
    })
}

fn alias(wire: wire::Alias) -> Option<Alias> {
    let kind = match wire.kind.as_deref() {
        Some("Artist name") => AliasKind::ArtistName,
        Some("Legal name") => AliasKind::LegalName,
        Some("Search hint") => AliasKind::SearchHint,
        _ => AliasKind::Other,
    };
    Some(Alias {
        name: filled(wire.name)?,
        locale: filled(wire.locale),
        primary: wire.primary.unwrap_or(false),
        kind,
        ended: wire.ended.unwrap_or(false) || filled(wire.end).or(filled(wire.end_date)).is_some(),
    })
}

/// Genres that somebody voted for. The service has filtered its tags by its list of genres, so that jokes are no part of
/// them; what was voted down again has a count of 0 or less.
fn votes(genres: Vec<wire::Genre>) -> Vec<GenreVote> {
    let vote = |genre: wire::Genre| {
        let weight = u32::try_from(genre.count?.count()?).ok().filter(|count| *count > 0)?;
        Some(GenreVote { genre: filled(genre.name)?.to_lowercase(), weight })
    };
    let mut votes: Vec<GenreVote> = genres.into_iter().filter_map(vote).collect();
    votes.sort_by(|a, b| b.weight.cmp(&a.weight).then_with(|| a.genre.cmp(&b.genre)));
    votes
}

/// Ids elsewhere: by the host of the address, for the type is the same for several of them.
fn links(relations: Vec<wire::Relation>) -> Vec<Link> {
    let in_use = relations.into_iter().filter(|relation| !relation.ended.unwrap_or(false));
    let mut links = Vec::new();
    for link in in_use.filter_map(|relation| artist_link(&relation.url?.resource?)) {
        if !links.contains(&link) {
            links.push(link);
        }
    }
    links
}

/// The address that MusicBrainz keeps for an id; `None` for a source that it does not link to.
pub(super) fn address(link: &Link) -> Option<String> {
    match link.source {
        Source::Spotify => Some(format!("https://open.spotify.com/artist/{}", link.source_id)),
        Source::Deezer => Some(format!("https://www.deezer.com/artist/{}", link.source_id)),
        _ => None,
    }
}

/// Which artist each address belongs to, ended relations left out.
pub(super) fn artists_of(found: wire::Urls) -> Vec<(Link, Mbid)> {
    let mut pairs = Vec::new();
    for found in found.urls.unwrap_or_default().into_iter().chain([found.only]) {
        let Some(link) = found.resource.as_deref().and_then(artist_link) else { continue };
        let in_use = found.relations.unwrap_or_default().into_iter().filter(|r| !r.ended.unwrap_or(false));
        let mbids = in_use.filter_map(|relation| Mbid::parse(&relation.artist?.id?).ok());
        pairs.extend(mbids.map(|mbid| (link.clone(), mbid)));
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "056e4f3e-d505-4dad-8ec1-d04f521cbb56";

    fn read(json: serde_json::Value) -> ArtistRecord {
        artist_record(json.to_string().as_bytes()).unwrap().unwrap()
    }

    #[test]
    fn absent_lists_are_not_empty_ones() {
        let record = read(serde_json::json!({"id": ID, "name": "Daft Punk", "country": null, "aliases": []}));
        assert_eq!((record.aliases, record.genres, record.links), (Some(vec![]), None, None));
        assert_eq!(artist_record(br#"{"id":"x","name":"y"}"#).unwrap(), None);
        assert!(artist_record(b"{").is_err());
    }

    #[test]
    fn genres_that_were_voted_down_are_none() {
        let genres = serde_json::json!([
            {"name": "house", "count": 3}, {"name": "French House", "count": 12}, {"name": "polka", "count": 0},
            {"name": "jazz", "count": -2}, {"name": "", "count": 4}, {"name": "techno"}]);
        let votes = read(serde_json::json!({"id": ID, "name": "Daft Punk", "genres": genres})).genres.unwrap();
        let votes: Vec<_> = votes.iter().map(|v| (v.genre.as_str(), v.weight)).collect();
        assert_eq!(votes, [("french house", 12), ("house", 3)]);
    }

    #[test]
    fn ended_links_and_strange_hosts_are_left_out_and_all_others_kept() {
        let rel = |url: &str, ended: bool| {
            serde_json::json!({"type": "free streaming", "target-type": "url",
            "direction": "forward", "ended": ended, "url": {"id": ID, "resource": url}})
        };
        let relations = serde_json::json!([
            rel("https://open.spotify.com/artist/4tZwfgrHOc3mvqYlEYSvVi", false),
            rel("https://www.deezer.com/artist/27", false), rel("https://www.deezer.com/artist/28", false),
            rel("https://www.deezer.com/artist/27", false), rel("https://www.deezer.com/artist/29", true),
            rel("https://daftpunk.com/", false), {"type": "member of band", "artist": {"id": ID}}]);
        let record = read(serde_json::json!({"id": ID, "name": "Daft Punk", "relations": relations}));
        let links: Vec<_> = record.links.unwrap().into_iter().map(|l| (l.source, l.source_id)).collect();
        let expected = [(Source::Spotify, "4tZwfgrHOc3mvqYlEYSvVi"), (Source::Deezer, "27"), (Source::Deezer, "28")];
        assert_eq!(links, expected.map(|(source, id)| (source, id.to_owned())));
    }

    #[test]
    fn aliases_keep_language_and_kind() {
        let aliases = serde_json::json!([
            {"name": "에스파", "sort-name": "에스파", "locale": "ko", "primary": true, "type": "Artist name", "ended": false},
            {"name": "æspa", "locale": null, "primary": null, "type": null, "begin-date": null, "end-date": null},
            {"name": "old", "type": "A new type", "end": "2019"}, {"name": " "}]);
        let aliases = read(serde_json::json!({"id": ID, "name": "aespa", "aliases": aliases})).aliases.unwrap();
        assert_eq!(aliases.len(), 3);
        assert_eq!((aliases[0].locale.as_deref(), aliases[0].primary), (Some("ko"), true));
        assert_eq!((aliases[0].kind, aliases[1].kind), (AliasKind::ArtistName, AliasKind::Other));
        assert_eq!((aliases[1].ended, aliases[2].ended), (false, true));
    }
}
