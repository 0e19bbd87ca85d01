//! Cases about the ranking of related artists.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Place, artist, artist_id, artists, at, full_artist, opened};
use crate::{Related, RelatedRow, SharedStore};

pub(super) fn row(artist: &str, rank: u32, related: &str) -> RelatedRow {
    RelatedRow {
        artist_id: artist_id(artist),
        rank,
        related_id: artist_id(related),
        distance: 0.1,
        why: "g:pop\t\\s".into(),
    }
}

async fn rank(store: &SharedStore, rows: &[RelatedRow]) -> u64 {
    let mut writer = store.begin_related().await.unwrap();
    for part in rows.chunks(2) {
        writer.write(part).await.unwrap();
    }
    writer.finish().await.unwrap()
}

async fn neighbours(store: &SharedStore, id: &str) -> Vec<String> {
    store.related(&artist_id(id), 1000).await.unwrap().into_iter().map(|r| r.artist.id.to_string()).collect()
}

/// Readers see the old ranking or the new one, never some of each, and never none; the writer of the new one does not
/// keep other writers waiting before it is finished.
pub async fn a_new_ranking_replaces_the_old_one_at_once(place: &dyn Place) {
    let store = opened(place).await;
    let others: Vec<String> = (0..200).map(|n| format!("n{n:03}")).collect();
    store.write(&artists(others.iter().map(|id| full_artist(id, id))), at(0)).await.unwrap();
    store.write(&artists([artist("a", "A")]), at(0)).await.unwrap();
    let ranking = |others: &[String]| -> Vec<RelatedRow> {
        others.iter().zip(1..).map(|(other, rank)| row("a", rank, other)).collect()
    };
    let (old, new) = (&others[..100], &others[100..]);
    assert_eq!(rank(&store, &ranking(old)).await, 100);
    let first = store.related(&artist_id("a"), 1).await.unwrap();
    let nearest = Related { rank: 1, artist: full_artist("n000", "n000"), distance: 0.1, why: "g:pop\t\\s".into() };
    assert_eq!(first, [nearest]);

    let ended = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn({
        let (store, ended, both) = (store.clone(), ended.clone(), [old.to_vec(), new.to_vec()]);
        async move {
            let mut reads = 0;
            while !ended.load(Ordering::Acquire) || reads == 0 {
                let seen = neighbours(&store, "a").await;
                assert!(both.contains(&seen), "a mixture: {seen:?}");
                reads += 1;
            }
        }
    });
    for turn in 0..10 {
        let next = if turn % 2 == 0 { new } else { old };
        let mut writer = store.begin_related().await.unwrap();
        writer.write(&ranking(next)).await.unwrap();
        store.write(&artists([artist("b", &format!("B {turn}"))]), at(turn)).await.unwrap();
        assert_eq!(writer.finish().await.unwrap(), 100);
        assert_eq!(neighbours(&store, "a").await, next);
    }
    ended.store(true, Ordering::Release);
    reader.await.unwrap();

    // Two at the same time: one after the other in the end.
    let (mut one, mut two) = (store.begin_related().await.unwrap(), store.begin_related().await.unwrap());
    one.write(&ranking(old)).await.unwrap();
    two.write(&ranking(new)).await.unwrap();
    let (one, two) = tokio::join!(one.finish(), two.finish());
    assert_eq!((one.unwrap(), two.unwrap()), (100, 100));
    let seen = neighbours(&store, "a").await;
    assert!(seen == old || seen == new);
}

/// A writer that is dropped, or that fails, leaves the present ranking.
pub async fn an_abandoned_ranking_changes_nothing(place: &dyn Place) {
    let store = opened(place).await;
    store.write(&artists(["a", "b", "c"].map(|id| artist(id, id))), at(0)).await.unwrap();
    rank(&store, &[row("a", 1, "b")]).await;
    let mut writer = store.begin_related().await.unwrap();
    writer.write(&[row("a", 1, "c")]).await.unwrap();
    drop(writer);
    assert_eq!(neighbours(&store, "a").await, ["b"]);

    let mut writer = store.begin_related().await.unwrap();
    writer.write(&[row("a", 1, "c"), RelatedRow { distance: f32::NAN, ..row("a", 2, "b") }]).await.ok();
    writer.finish().await.unwrap_err();
    assert_eq!(neighbours(&store, "a").await, ["b"]);

    assert_eq!(rank(&store, &[row("b", 1, "c")]).await, 1);
    assert!(neighbours(&store, "a").await.is_empty());
    assert_eq!(neighbours(&store, "b").await, ["c"]);
}

/// An artist that was removed while its neighbours were computed does not make the ranking fail.
pub async fn a_ranking_leaves_out_artists_that_went(place: &dyn Place) {
    let store = opened(place).await;
    store.write(&artists(["a", "b", "c"].map(|id| artist(id, id))), at(0)).await.unwrap();
    let mut writer = store.begin_related().await.unwrap();
    writer.write(&[row("a", 1, "b"), row("a", 2, "c"), row("b", 1, "a")]).await.unwrap();
    place.sql("delete from artists where id = 'b'").await;
    assert_eq!(writer.finish().await.unwrap(), 1);
    assert_eq!(neighbours(&store, "a").await, ["c"]);
}
