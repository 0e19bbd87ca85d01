//! From ListenBrainz's words to the catalogue's.

use std::collections::HashMap;

use sixpotify_core::{Album, AlbumId, ArtistId, Credit, Mbid, Related, Source, Track, TrackId};

use super::{Popularity, TopRecording, wire};
use crate::wire::{Whole, filled};

/// The counts in the order of `ids`: by id, not by place, so that an answer that is one short does not shift everybody's.
pub(super) fn popularity(ids: &[Mbid], answer: &[Option<wire::Popularity>]) -> Vec<Popularity> {
    let with_id = |entry: &wire::Popularity| Some((Mbid::parse(entry.artist_mbid.as_deref()?).ok()?, counts(entry)));
    let by_id: HashMap<Mbid, Popularity> = answer.iter().flatten().filter_map(with_id).collect();
    ids.iter().map(|id| by_id.get(id).copied().unwrap_or_default()).collect()
}

fn counts(entry: &wire::Popularity) -> Popularity {
    Popularity {
        listens: entry.total_listen_count.and_then(Whole::get),
        listeners: entry.total_user_count.and_then(Whole::get),
    }
}

/// Best first, scores as shares of the best one's: the raw ones differ by orders of magnitude between artists.
pub(super) fn similar(reference: &Mbid, answer: Vec<wire::Similar>) -> Vec<Related> {
    let score = |entry: &wire::Similar| entry.score.and_then(|score| score.get()).unwrap_or(0.0).max(0.0);
    let mut found: Vec<(f64, Related)> = Vec::new();
    for entry in answer {
        // Answers for several artists at once tell by this whose each entry is.
        if entry.reference_mbid.as_deref().is_some_and(|of| Mbid::parse(of).ok().as_ref() != Some(reference)) {
            continue;
        }
        let score = score(&entry);
        let Some(mbid) = entry.artist_mbid.and_then(|id| Mbid::parse(&id).ok()) else { continue };
        let Some(name) = filled(entry.name) else { continue };
        if mbid != *reference {
            let source_id = mbid.to_string();
            found.push((score, Related { source_id, name, mbid: Some(mbid), score: None }));
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.source_id.cmp(&b.1.source_id)));
    let best = found.first().map_or(0.0, |(score, _)| *score);
    let share = |score: f64| if best > 0.0 { Some(score / best) } else { None };
    found.into_iter().map(|(score, related)| Related { score: share(score), ..related }).collect()
}

pub(super) fn recording(wire: wire::Recording) -> Option<TopRecording> {
    let id = Mbid::parse(&wire.recording_mbid?).ok()?;
    let credit = |id: &String, name: &String| {
        let id = Mbid::parse(id).ok()?;
        Some(Credit { id: ArtistId::new(Source::MusicBrainz, id.as_str()), name: name.clone() })
    };
    let artists = match (wire.artist_mbids.as_deref(), filled(wire.artist_name)) {
        // Several artists come as one text: which part is whose is not said.
        (Some([only]), Some(name)) => credit(only, &name).into_iter().collect(),
        _ => Vec::new(),
    };
    let album = |id: String| {
        let id = Mbid::parse(&id).ok()?;
        Some(Album {
            id: AlbumId::new(Source::MusicBrainz, id.as_str()),
            name: filled(wire.release_name)?,
            album_type: None,
            release_date: None,
            release_date_precision: None,
            total_tracks: None,
            url: Some(format!("https://musicbrainz.org/release/{id}")),
            image_url: None,
            artists: Vec::new(),
        })
    };
    let track = Track {
        id: TrackId::new(Source::MusicBrainz, id.as_str()),
        name: filled(wire.recording_name)?,
        album: wire.release_mbid.and_then(album),
        duration_ms: wire.length.and_then(Whole::get).filter(|ms| *ms > 0),
        explicit: None,
        isrc: None,
        popularity: None,
        url: Some(format!("https://musicbrainz.org/recording/{id}")),
        preview_url: None,
        artists,
    };
    let popularity = Popularity {
        listens: wire.total_listen_count.and_then(Whole::get),
        listeners: wire.total_user_count.and_then(Whole::get),
    };
    Some(TopRecording { track, popularity })
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "056e4f3e-d505-4dad-8ec1-d04f521cbb56";
    const B: &str = "a74b1b7f-71a5-4011-9441-d0b5e4122711";

    fn id(text: &str) -> Mbid {
        Mbid::parse(text).unwrap()
    }

    #[test]
    fn counts_are_matched_by_id_and_null_is_unknown() {
        let json = serde_json::json!([null, {"artist_mbid": B, "total_listen_count": 0, "total_user_count": null}]);
        let answer: Vec<Option<wire::Popularity>> = serde_json::from_value(json).unwrap();
        let counts = popularity(&[id(A), id(B)], &answer);
        assert_eq!(counts, [Popularity::default(), Popularity { listens: Some(0), listeners: None }]);
    }

    #[test]
    fn scores_are_shares_of_the_best() {
        let json = serde_json::json!([
            {"artist_mbid": B, "name": "b", "score": 50, "reference_mbid": A},
            {"artist_mbid": A, "name": "a", "score": 900, "reference_mbid": A},
            {"artist_mbid": "2f9ecbed-27be-40e6-abca-6de49d50299e", "name": "c", "score": 200},
            {"artist_mbid": "3f9ecbed-27be-40e6-abca-6de49d50299e", "name": "d", "score": 300, "reference_mbid": B}]);
        let found = similar(&id(A), serde_json::from_value(json).unwrap());
        let found: Vec<_> = found.iter().map(|r| (r.name.as_str(), r.score)).collect();
        assert_eq!(found, [("c", Some(1.0)), ("b", Some(0.25))]);
    }

    #[test]
    fn popularity_is_a_logarithm_of_listeners() {
        let percent = |listeners| Popularity { listens: None, listeners }.percent();
        assert_eq!((percent(None), percent(Some(0)), percent(Some(10_000_000))), (None, Some(0), Some(100)));
        assert!(percent(Some(100)) < percent(Some(1000)));
    }
}
