//! Cases about what waits to be asked for.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sixpotify_core::{Facet, FacetState, Source};

use super::marks::name;
use super::{Place, artist, artist_id, artists, at, mark, opened};
use crate::{Batch, DueArtist, DueArtists, FacetMark, Failure, Link, NameRecord, NameState, SharedStore};

fn due(facets: &[(Facet, Option<i64>)], now: i64) -> DueArtists {
    DueArtists {
        source: Source::Spotify,
        market: "KR".into(),
        facets: facets.iter().map(|(facet, cutoff)| (*facet, cutoff.map(at))).collect(),
        now: at(now),
    }
}

fn entry(since: Option<i64>, id: &str) -> DueArtist {
    DueArtist { since: since.map(at), id: artist_id(id) }
}

/// All pages of `limit`, one behind the other.
async fn pages(store: &SharedStore, due: &DueArtists, limit: usize) -> Vec<DueArtist> {
    let mut all: Vec<DueArtist> = Vec::new();
    loop {
        let page = store.due_artists(due, all.last(), limit).await.unwrap();
        assert!(page.len() <= limit);
        let full = page.len() == limit;
        all.extend(page);
        if !full {
            return all;
        }
    }
}

/// First those that were never asked for, then by the time at which the earliest due facet was.
pub async fn due_artists_come_the_longest_waiting_first(place: &dyn Place) {
    let store = opened(place).await;
    assert_eq!(store.due_artists(&due(&[(Facet::Profile, Some(9))], 10), None, 9).await.unwrap(), []);
    store.write(&artists(["a", "b", "c", "d", "e", "f"].map(|id| artist(id, id))), at(0)).await.unwrap();
    let ok = |id, facet, market| mark(id, facet, market, FacetState::Ok);
    let failed =
        |id, facet, retry: i64| FacetMark { retry_at: Some(at(retry)), ..mark(id, facet, "", FacetState::Failed) };
    let elsewhere = FacetMark { source: Source::Deezer, ..ok("f", Facet::Profile, "") };
    let batches = [
        (1, vec![ok("a", Facet::Profile, ""), ok("b", Facet::TopTracks, "KR"), ok("f", Facet::TopTracks, "KR")]),
        (2, vec![ok("a", Facet::TopTracks, "KR"), ok("c", Facet::TopTracks, "US"), elsewhere]),
        (3, vec![ok("b", Facet::Profile, ""), ok("c", Facet::Profile, ""), ok("d", Facet::TopTracks, "KR")]),
        (4, vec![failed("d", Facet::Profile, 20), ok("e", Facet::Profile, ""), ok("e", Facet::TopTracks, "KR")]),
    ];
    for (time, facets) in batches {
        store.write(&Batch { facets, ..Batch::default() }, at(time)).await.unwrap();
    }
    let both = |cutoff, now| due(&[(Facet::Profile, cutoff), (Facet::TopTracks, cutoff)], now);
    for limit in [1, 2, 3, 100] {
        let never = [entry(None, "c"), entry(None, "f")];
        assert_eq!(pages(&store, &both(None, 10), limit).await, never, "other markets and sources do not count");
        let failed_later = [&never[..], &[entry(Some(4), "d")]].concat();
        assert_eq!(pages(&store, &both(None, 20), limit).await, failed_later);
        let stale = [&never[..], &[entry(Some(1), "a"), entry(Some(1), "b"), entry(Some(3), "d")]].concat();
        assert_eq!(pages(&store, &both(Some(4), 10), limit).await, stale, "fetched at the cutoff is fresh");
        let all = [&stale[..], &[entry(Some(4), "e")]].concat();
        assert_eq!(pages(&store, &both(Some(5), 10), limit).await, all);
        let profiles = [entry(None, "f"), entry(Some(1), "a"), entry(Some(3), "b"), entry(Some(3), "c")];
        assert_eq!(pages(&store, &due(&[(Facet::Profile, Some(4))], 10), limit).await, profiles);
    }
    assert_eq!(store.due_artists(&both(Some(5), 10), None, 0).await.unwrap(), []);
    assert_eq!(store.due_artists(&due(&[], 10), None, 9).await.unwrap(), []);
}

/// An artist of another source with an id here is due, unless only a dump brought it; one without an id never is.
pub async fn due_artists_of_other_sources_are_those_with_an_id(place: &dyn Place) {
    let store = opened(place).await;
    let ids = ["csv:asked", "musicbrainz:asked", "musicbrainz:dump", "musicbrainz:lone"];
    store.write(&artists(ids.map(|id| artist(id, id))), at(0)).await.unwrap();
    let link = |id: &str| Link { artist_id: artist_id(id), source: Source::Spotify, source_id: format!("of {id}") };
    let by = |id, how: Option<&str>| FacetMark {
        source: Source::MusicBrainz,
        how: how.map(str::to_owned),
        ..mark(id, Facet::Links, "", FacetState::Ok)
    };
    let batch = Batch {
        links: ids[..3].iter().map(|id| link(id)).collect(),
        facets: vec![by(ids[0], None), by(ids[1], None), by(ids[2], Some("dump")), by(ids[3], None)],
        ..Batch::default()
    };
    store.write(&batch, at(1)).await.unwrap();
    let asked = due(&[(Facet::Profile, Some(4))], 10);
    assert_eq!(pages(&store, &asked, 9).await, [entry(None, ids[0]), entry(None, ids[1])]);
    let fetched = Batch { facets: vec![mark(ids[1], Facet::Profile, "", FacetState::Ok)], ..Batch::default() };
    store.write(&fetched, at(2)).await.unwrap();
    assert_eq!(pages(&store, &asked, 9).await, [entry(None, ids[0]), entry(Some(2), ids[1])]);
}

/// Numbers without a pattern, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// What is due of many artists in every state is what the rules say, in whatever pages.
pub async fn due_artists_are_those_of_the_rules(place: &dyn Place) {
    const FACETS: [Facet; 4] = [Facet::Profile, Facet::Genres, Facet::TopTracks, Facet::AudioFeatures];
    let store = opened(place).await;
    let mut numbers = Numbers(7);
    let ids: Vec<String> = (0..3_600).map(|n| format!("{:04}", n * 7 % 3_600)).collect();
    store.write(&artists(ids.iter().map(|id| artist(id, id))), at(0)).await.unwrap();
    // By time of writing.
    let mut marks: Vec<Vec<FacetMark>> = vec![Vec::new(); 12];
    for id in &ids {
        for facet in FACETS {
            let market = if facet == Facet::TopTracks { "KR" } else { "" };
            let time = usize::try_from(numbers.below(12)).unwrap();
            let state = match numbers.below(20) {
                0 => continue,
                1..=3 => FacetState::Failed,
                // Of one facet more than the database would sort for every page.
                4 => FacetState::Withheld,
                _ if facet == Facet::AudioFeatures => FacetState::Withheld,
                _ => FacetState::Ok,
            };
            let retry_at = match numbers.below(3) {
                _ if state == FacetState::Ok => None,
                0 => None,
                n => Some(at(n.cast_signed() * 10)),
            };
            marks[time].push(FacetMark { retry_at, ..mark(id, facet, market, state) });
        }
    }
    for (facets, time) in marks.iter().zip(0..) {
        store.write(&Batch { facets: facets.clone(), ..Batch::default() }, at(time)).await.unwrap();
    }
    let asked = due(
        &[
            (Facet::Profile, Some(6)),
            (Facet::Genres, Some(3)),
            (Facet::TopTracks, Some(9)),
            (Facet::AudioFeatures, None),
        ],
        15,
    );
    let mut expected = Vec::new();
    let all = store.facets(&ids.iter().map(|id| artist_id(id)).collect::<Vec<_>>()).await.unwrap();
    let all: HashMap<_, _> = all.iter().map(|r| ((r.artist_id.as_str(), r.facet), r)).collect();
    for id in &ids {
        let of = |facet| all.get(&(id.as_str(), facet));
        let waiting: Vec<Option<DateTime<Utc>>> = (asked.facets.iter())
            .filter(|(facet, cutoff)| {
                of(*facet).is_none_or(|r| match r.state {
                    FacetState::Ok => cutoff.is_some_and(|cutoff| r.fetched_at < cutoff),
                    _ => r.retry_at.is_none_or(|retry_at| retry_at <= asked.now),
                })
            })
            .map(|(facet, _)| of(*facet).map(|r| r.fetched_at))
            .collect();
        expected.extend(waiting.into_iter().min().map(|since| DueArtist { since, id: artist_id(id) }));
    }
    expected.sort_unstable();
    assert!(expected.len() > 2_000 && expected.len() < 3_600, "{}", expected.len());
    for limit in [97, 1_000, 10_000] {
        assert_eq!(pages(&store, &asked, limit).await, expected, "pages of {limit}");
    }
}

/// Names and facets that failed stand in one queue.
pub async fn failures_come_in_the_order_of_their_next_attempt(place: &dyn Place) {
    let store = opened(place).await;
    assert_eq!(store.failures(5).await.unwrap(), []);
    let failed = |given: &str, retry: Option<i64>| NameRecord {
        how: Some("`503`".into()),
        attempts: 2,
        retry_at: retry.map(at),
        ..name("l", given, NameState::Failed)
    };
    let facet = |id, facet, retry: i64| FacetMark {
        attempts: 5,
        retry_at: Some(at(retry)),
        error: Some("timed out".into()),
        ..mark(id, facet, "", FacetState::Failed)
    };
    let batch = Batch {
        facets: vec![
            facet("a", Facet::Genres, 20),
            facet("b", Facet::Albums, 10),
            FacetMark { state: FacetState::Withheld, ..facet("b", Facet::Profile, 1) },
            mark("a", Facet::Profile, "", FacetState::Ok),
        ],
        names: vec![
            failed("x", Some(20)),
            failed("y", None),
            name("l", "z", NameState::Ambiguous),
            NameRecord { retry_at: Some(at(1)), ..name("l", "w", NameState::NotFound) },
        ],
        ..artists([artist("a", "A"), artist("b", "B")])
    };
    store.write(&batch, at(0)).await.unwrap();
    let of_name = |given: &str, retry: Option<i64>| Failure {
        name: given.into(),
        list: Some("l".into()),
        artist_id: None,
        facet: None,
        attempts: 2,
        retry_at: retry.map(at),
        error: Some("`503`".into()),
    };
    let of_facet = |id: &str, given: &str, facet, retry| Failure {
        name: given.into(),
        list: None,
        artist_id: Some(artist_id(id)),
        facet: Some(facet),
        attempts: 5,
        retry_at: Some(at(retry)),
        error: Some("timed out".into()),
    };
    let expected = [
        of_name("y", None),
        of_facet("b", "B", Facet::Albums, 10),
        of_name("x", Some(20)),
        of_facet("a", "A", Facet::Genres, 20),
    ];
    for limit in 0..6 {
        assert_eq!(store.failures(limit).await.unwrap(), expected[..limit.min(4)]);
    }
}
