//! Cases about names, facets and runs.

use serde_json::json;
use sixpotify_core::{Facet, FacetState, Source};

use super::{Place, artist, artist_id, artists, at, mark, opened};
use crate::{Batch, FacetMark, FacetRecord, NameRecord, NameState, PendingList};

pub(super) fn name(list: &str, name: &str, state: NameState) -> NameRecord {
    NameRecord {
        list: list.into(),
        name: name.into(),
        state,
        artist_id: None,
        how: None,
        candidates: None,
        attempts: 0,
        retry_at: None,
    }
}

fn names(names: impl IntoIterator<Item = NameRecord>) -> Batch {
    Batch { names: names.into_iter().collect(), ..Batch::default() }
}

/// Names keep every byte and everything that is known of them; the last word counts.
pub async fn names_come_back_as_written(place: &dyn Place) {
    let store = opened(place).await;
    let records = [
        NameRecord {
            artist_id: Some(artist_id("a")),
            how: Some("exact".into()),
            ..name("list one", "에스파", NameState::Found)
        },
        NameRecord {
            candidates: Some(json!([{"id": "x", "name": "O'Brien \"\\", "score": 0.25}, {"id": "y", "tags": []}])),
            ..name("list one", "O'Brien", NameState::Ambiguous)
        },
        NameRecord {
            how: Some("502".into()),
            attempts: 5,
            retry_at: Some(at(3600)),
            ..name("list one", "\"; drop table ingest_names", NameState::Failed)
        },
        NameRecord { candidates: Some(json!([])), ..name("list one", " shinee ", NameState::NotFound) },
        name("list one", "waiting", NameState::Pending),
    ];
    store.write(&names(records.clone()), at(0)).await.unwrap();
    store.write(&names([name("another", "waiting", NameState::NotFound)]), at(0)).await.unwrap();
    let asked: Vec<String> =
        records.iter().map(|r| r.name.clone()).chain(["unknown".into(), "waiting".into()]).collect();
    let mut stored = store.names("list one", &asked).await.unwrap();
    stored.sort_by_key(|r| asked.iter().position(|name| *name == r.name));
    assert_eq!(stored, records);

    let later = [
        name("list one", "waiting", NameState::Failed),
        NameRecord { artist_id: Some(artist_id("b")), ..name("list one", "waiting", NameState::Found) },
        // Known: entering it again changes nothing, even behind a decision in the same batch.
        name("list one", "에스파", NameState::Pending),
        name("list one", "waiting", NameState::Pending),
    ];
    store.write(&names(later.clone()), at(1)).await.unwrap();
    assert_eq!(store.names("list one", &["waiting".into()]).await.unwrap(), later[1..2]);
    assert_eq!(store.names("list one", &["에스파".into()]).await.unwrap(), records[..1]);

    let odd = NameRecord { candidates: Some(json!({"a\0": ["\0b"]})), ..name("l\0", "n\0", NameState::Ambiguous) };
    store.write(&names([odd]), at(2)).await.unwrap();
    let stored = store.names("l\0", &["n\0".into()]).await.unwrap();
    assert_eq!(stored, [NameRecord { candidates: Some(json!({"a": ["b"]})), ..name("l", "n", NameState::Ambiguous) }]);
}

/// What one list decided helps the next: the newest decision whose artist is still there.
pub async fn names_found_in_any_list_are_found(place: &dyn Place) {
    let store = opened(place).await;
    let found = |list: &str, given: &str, id: &str| NameRecord {
        artist_id: Some(artist_id(id)),
        ..name(list, given, NameState::Found)
    };
    store.write(&artists([artist("a", "A"), artist("b", "B")]), at(0)).await.unwrap();
    store.write(&names([found("z", "A", "a"), found("y", "A", "b"), found("y", "Gone", "c")]), at(0)).await.unwrap();
    store.write(&names([found("z", "A", "b"), name("x", "B", NameState::Ambiguous)]), at(1)).await.unwrap();
    store.write(&names([found("y", "A", "b"), found("w", "a", "a")]), at(2)).await.unwrap();
    let asked = ["A".into(), "A".into(), "B".into(), "Gone".into(), "new".into()];
    let stored = store.names_found_anywhere(&asked).await.unwrap();
    assert_eq!(
        stored,
        [found("z", "A", "b")],
        "the others are older, undecided, spelt otherwise, or lost their artist"
    );
}

/// The last word about a facet counts, with its time.
pub async fn facets_come_back_as_written(place: &dyn Place) {
    let store = opened(place).await;
    let failed = FacetMark {
        how: Some("search".into()),
        retry_at: Some(at(60)),
        attempts: 3,
        error: Some("`503`, again".into()),
        ..mark("a", Facet::TopTracks, "US", FacetState::Failed)
    };
    let batch = Batch {
        artists: vec![artist("a", "A"), artist("b", "B")],
        facets: vec![
            mark("a", Facet::Profile, "", FacetState::Failed),
            failed.clone(),
            mark("a", Facet::Profile, "", FacetState::Ok),
            mark("b", Facet::Profile, "", FacetState::Withheld),
        ],
        ..Batch::default()
    };
    store.write(&batch, at(0)).await.unwrap();
    let recovered = mark("a", Facet::TopTracks, "US", FacetState::Ok);
    let other_market = mark("a", Facet::TopTracks, "KR", FacetState::Ok);
    store.write(&Batch { facets: vec![recovered, other_market], ..Batch::default() }, at(5)).await.unwrap();
    let mut stored = store.facets(&[artist_id("a"), artist_id("nobody")]).await.unwrap();
    stored.sort_by(|a, b| (a.facet, &a.market).cmp(&(b.facet, &b.market)));
    let record = |facet, market: &str, seconds| FacetRecord {
        artist_id: artist_id("a"),
        facet,
        source: Source::Spotify,
        market: market.into(),
        state: FacetState::Ok,
        how: None,
        fetched_at: at(seconds),
        retry_at: None,
        attempts: 0,
        error: None,
    };
    let expected =
        [record(Facet::Profile, "", 0), record(Facet::TopTracks, "KR", 5), record(Facet::TopTracks, "US", 5)];
    assert_eq!(stored, expected);

    store.write(&Batch { facets: vec![failed], ..Batch::default() }, at(6)).await.unwrap();
    let stored = store.facets(&[artist_id("a")]).await.unwrap();
    let failed = stored.into_iter().find(|f| f.state == FacetState::Failed).unwrap();
    assert_eq!((failed.retry_at, failed.attempts, failed.error.as_deref()), (Some(at(60)), 3, Some("`503`, again")));
    assert_eq!(failed.how.as_deref(), Some("search"));
}

/// Lists in which every name has its answer are not pending.
pub async fn lists_with_something_left_are_pending(place: &dyn Place) {
    let store = opened(place).await;
    let retry =
        |given: &str, seconds| NameRecord { retry_at: Some(at(seconds)), ..name("b", given, NameState::Failed) };
    let batch = names([
        name("done", "1", NameState::Found),
        name("done", "2", NameState::Ambiguous),
        name("done", "3", NameState::NotFound),
        name("b", "1", NameState::Found),
        name("b", "2", NameState::NotFound),
        retry("3", 20),
        retry("4", 10),
        name("a", "1", NameState::Pending),
        name("a", "2", NameState::Ambiguous),
    ]);
    store.write(&batch, at(0)).await.unwrap();
    let none = PendingList {
        list: String::new(),
        names: 0,
        found: 0,
        ambiguous: 0,
        not_found: 0,
        failed: 0,
        pending: 0,
        next_retry_at: None,
    };
    let expected = [
        PendingList { list: "a".into(), names: 2, pending: 1, ambiguous: 1, ..none.clone() },
        PendingList {
            list: "b".into(),
            names: 4,
            found: 1,
            not_found: 1,
            failed: 2,
            next_retry_at: Some(at(10)),
            ..none
        },
    ];
    assert_eq!(store.pending().await.unwrap(), expected);
}

/// Runs are listed newest first; one that was killed has no end.
pub async fn runs_are_recorded(place: &dyn Place) {
    let store = opened(place).await;
    let first = store.start_run("ingest", None, at(0)).await.unwrap();
    let second = store.start_run("relate", Some("blend"), at(1)).await.unwrap();
    let counts = json!({"asked": 3, "why": "it's\0 over"});
    store.finish_run(second, "done", &counts, at(2)).await.unwrap();
    let runs = store.recent_runs(10).await.unwrap();
    assert_eq!(runs.iter().map(|r| r.id).collect::<Vec<_>>(), [second, first]);
    assert_eq!((runs[0].job.as_str(), runs[0].method.as_deref()), ("relate", Some("blend")));
    assert_eq!((runs[0].started_at, runs[0].finished_at), (at(1), Some(at(2))));
    assert_eq!(
        (runs[0].outcome.as_deref(), &runs[0].counts),
        (Some("done"), &Some(json!({"asked": 3, "why": "it's over"})))
    );
    assert_eq!((runs[1].finished_at, &runs[1].outcome, &runs[1].counts), (None, &None, &None));
    assert_eq!(store.recent_runs(1).await.unwrap(), runs[..1]);
}
