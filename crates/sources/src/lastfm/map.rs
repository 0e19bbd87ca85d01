//! From Last.fm's words to the catalogue's.

use sixpotify_core::{GenreVote, Mbid, Related, fold};

use super::{Answer, TopTrack, wire};
use crate::wire::filled;

/// Tags that few people gave say little; the heaviest one has 100.
const LEAST_WEIGHT: u32 = 5;

/// Tags that are given a lot and are no genres.
const NO_GENRES: [&str; 12] = [
    "seen live",
    "favorites",
    "favourites",
    "favorite",
    "favorite artists",
    "my favorites",
    "albums i own",
    "awesome",
    "male vocalists",
    "female vocalists",
    "spotify",
    "all",
];

pub(super) fn similar(wire: wire::SimilarArtists) -> Answer<Related> {
    let related = |artist: wire::Artist| {
        let name = filled(artist.name)?;
        let score = artist.likeness.and_then(|likeness| likeness.get()).map(|score| score.clamp(0.0, 1.0));
        Some(Related { source_id: name.clone(), name, mbid: mbid(artist.mbid), score })
    };
    Answer { artist: name(wire.attr), items: wire.artist.0.into_iter().filter_map(related).collect() }
}

pub(super) fn tags(wire: wire::TopTags) -> Answer<GenreVote> {
    let artist = name(wire.attr);
    let own_name = artist.as_deref().map(fold);
    let vote = |tag: wire::Tag| {
        let genre = filled(tag.name)?.trim().to_lowercase();
        let weight = u32::try_from(tag.count?.count()?).ok().filter(|weight| *weight >= LEAST_WEIGHT)?;
        let is_genre = !NO_GENRES.contains(&genre.as_str()) && own_name.as_ref() != Some(&fold(&genre));
        is_genre.then_some(GenreVote { genre, weight })
    };
    let mut items: Vec<GenreVote> = wire.tag.0.into_iter().filter_map(vote).collect();
    items.sort_by(|a, b| b.weight.cmp(&a.weight).then_with(|| a.genre.cmp(&b.genre)));
    items.dedup_by(|a, b| a.genre == b.genre);
    Answer { artist, items }
}

pub(super) fn tracks(wire: wire::TopTracks) -> Answer<TopTrack> {
    let track = |track: wire::Track| {
        Some(TopTrack {
            name: filled(track.name)?,
            mbid: mbid(track.mbid),
            plays: track.playcount.and_then(|count| count.count()),
            listeners: track.listeners.and_then(|count| count.count()),
            url: filled(track.url),
        })
    };
    Answer { artist: name(wire.attr), items: wire.track.0.into_iter().filter_map(track).collect() }
}

fn name(attr: Option<wire::Attr>) -> Option<String> {
    filled(attr?.artist)
}

fn mbid(text: Option<String>) -> Option<Mbid> {
    Mbid::parse(&text?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_texts_and_lists_may_be_their_item() {
        let json = serde_json::json!({"artist": {"name": "Justice", "match": "0.83", "mbid": ""},
            "@attr": {"artist": "Daft Punk"}});
        let answer = similar(serde_json::from_value(json).unwrap());
        assert_eq!(answer.artist.as_deref(), Some("Daft Punk"));
        assert_eq!((answer.items[0].score, answer.items[0].mbid.as_ref()), (Some(0.83), None));
        let none = similar(serde_json::from_value(serde_json::json!({"artist": ""})).unwrap());
        assert_eq!(none.items, []);
    }

    #[test]
    fn tags_that_are_no_genres_are_left_out() {
        let json = serde_json::json!({"@attr": {"artist": "Björk"}, "tag": [
            {"name": "Electronic", "count": 100}, {"name": "seen live", "count": 99}, {"name": "bjork", "count": "60"},
            {"name": "icelandic", "count": "12"}, {"name": "rare", "count": 2}, {"name": "trip-hop", "count": null}]});
        let votes: Vec<_> = tags(serde_json::from_value(json).unwrap()).items;
        let votes: Vec<_> = votes.iter().map(|v| (v.genre.as_str(), v.weight)).collect();
        assert_eq!(votes, [("electronic", 100), ("icelandic", 12)]);
    }
}
