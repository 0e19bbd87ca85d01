//! Cases about claims that hold for one worker at a time.

use std::time::Duration;

use super::{Place, artist, artists, at, opened};
use crate::{Batch, Claim, TopTracks, Worker};

fn claims(keys: &[&str]) -> Vec<Claim> {
    keys.iter().map(|key| Claim { scope: "list".into(), key: (*key).into() }).collect()
}

async fn held(worker: &dyn Worker) -> Vec<String> {
    worker.held().await.unwrap().into_iter().map(|claim| claim.key).collect()
}

/// A worker gets what is free and keeps it until it lets go.
pub async fn claims_are_made_and_released(place: &dyn Place) {
    let store = opened(place).await;
    let worker = store.begin_work(at(0)).await.unwrap();
    assert_eq!(worker.claim(&[], at(0)).await.unwrap(), []);
    assert_eq!(worker.claim(&claims(&["b", "a", "b"]), at(0)).await.unwrap(), claims(&["a", "b"]));
    let both = [Claim { scope: "artist".into(), key: "a".into() }, claims(&["a"]).remove(0)];
    assert_eq!(worker.claim(&both, at(1)).await.unwrap(), both, "one key in two scopes; ours stay ours");
    worker.heartbeat(at(10)).await.unwrap();
    let ids = place.sql("select cast(id as text) from workers").await;
    assert_eq!(ids, [Some(worker.id().to_string())]);
    worker.release(&claims(&["a", "unknown"])).await.unwrap();
    worker.release(&[]).await.unwrap();
    assert_eq!(held(&*worker).await, ["a", "b"], "that of the other scope, and b");
    let long = claims(&[&"x".repeat(3_000)]);
    let error = worker.claim(&long, at(11)).await.unwrap_err();
    assert!(error.to_string().contains("a key of 3004 bytes in table `claims`"), "{error}");
    assert_eq!(worker.claim(&claims(&["c"]), at(12)).await.unwrap(), claims(&["c"]));
}

/// What was worked on is written and free in one step, or neither; and only the worker's own.
pub async fn claims_are_freed_with_the_write_or_not_at_all(place: &dyn Place) {
    let store = opened(place).await;
    let worker = store.begin_work(at(0)).await.unwrap();
    worker.claim(&claims(&["a", "b", "c"]), at(0)).await.unwrap();
    let batch = |keys: &[&str], worker| Batch { released: claims(keys), worker, ..artists([artist("x", "X")]) };

    store.write(&batch(&["a", "b"], None), at(1)).await.unwrap();
    store.write(&batch(&["a", "b"], Some(worker.id() + 1)), at(1)).await.unwrap();
    assert_eq!(held(&*worker).await, ["a", "b", "c"], "nobody's or another's release frees nothing of ours");

    let missing = TopTracks {
        artist_id: super::artist_id("x"),
        market: "KR".into(),
        source: sixpotify_core::Source::Spotify,
        track_ids: vec![super::track_id("missing")],
    };
    let failing = Batch { top_tracks: vec![missing], ..batch(&["a"], Some(worker.id())) };
    store.write(&failing, at(1)).await.unwrap_err();
    assert_eq!(held(&*worker).await, ["a", "b", "c"], "what was not written is not free");

    store.write(&batch(&["c", "a", "c", "unknown"], Some(worker.id())), at(2)).await.unwrap();
    assert_eq!(held(&*worker).await, ["b"]);
    let only = Batch { released: claims(&["b"]), worker: Some(worker.id()), ..Batch::default() };
    store.write(&only, at(3)).await.unwrap();
    assert_eq!(held(&*worker).await, [] as [&str; 0]);
    assert!(Batch { worker: Some(1), ..Batch::default() }.is_empty());
}

/// A worker that is gone, however it went, keeps nothing.
pub async fn the_next_worker_takes_what_a_gone_one_left(place: &dyn Place) {
    let store = opened(place).await;
    let first = store.begin_work(at(0)).await.unwrap();
    first.claim(&claims(&["a", "b"]), at(0)).await.unwrap();
    let gone = first.id();
    drop(first);
    let second = store.begin_work(at(1)).await.unwrap();
    assert_ne!(second.id(), gone, "numbers are not used again");
    let wanted = claims(&["a", "b", "c"]);
    // A server needs a moment to see that a session is over. No clock of ours decides here: far from the lease.
    for _ in 0..1_000 {
        if second.claim(&wanted, at(1)).await.unwrap() == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the claims of a worker that is gone did not become free");
}
