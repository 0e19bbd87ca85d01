//! Cases about large amounts.

use futures_util::StreamExt;
use sixpotify_core::{Artist, Source};

use super::profiles::detail;
use super::{Place, artist, artist_id, artists, at, full_artist, opened};
use crate::{Batch, GenreList};

/// Enough for any other way that a database takes with many rows.
const MANY: usize = 12_000;

fn id(n: usize) -> String {
    // Not in the order of ids.
    format!("{:05}", n * 7_919 % 100_000)
}

/// What holds for small batches holds for large ones.
pub async fn a_big_batch_follows_the_same_rules(place: &dyn Place) {
    let store = opened(place).await;
    let odd = "tab\tback\\slash \\N 'quote' \r\n\u{1F525}";
    let mut batch = artists((0..MANY).map(|n| full_artist(&id(n), &format!("{odd} {n}"))));
    batch.artists.push(artist(&id(1), "merged\0"));
    batch.genres =
        vec![GenreList { artist_id: artist_id(&id(0)), source: Source::Spotify, genres: vec!["x".into(), "y".into()] }];
    store.write(&batch, at(0)).await.unwrap();
    assert_eq!(store.counts().await.unwrap().artists, MANY as u64);
    assert_eq!(detail(&store, &id(0)).await.artist, full_artist(&id(0), &format!("{odd} 0")));
    assert_eq!(detail(&store, &id(0)).await.genres.len(), 2);
    assert_eq!(detail(&store, &id(1)).await.artist, full_artist(&id(1), "merged"));
    assert_eq!(store.artists_by_name(&format!("{odd} 17")).await.unwrap().len(), 1);

    // Half of them bring nothing new; of the others, one value.
    let seen_again = artists((0..MANY).map(|n| match n % 2 {
        0 => artist(&id(n), &format!("{odd} {n}")),
        _ => Artist { popularity: Some(3), ..artist(&id(n), &format!("{odd} {n}")) },
    }));
    store.write(&seen_again, at(1)).await.unwrap();
    let unchanged = detail(&store, &id(2)).await;
    assert_eq!((unchanged.artist, unchanged.updated_at), (full_artist(&id(2), &format!("{odd} 2")), at(0)));
    let changed = detail(&store, &id(3)).await;
    let expected = Artist { popularity: Some(3), ..full_artist(&id(3), &format!("{odd} 3")) };
    assert_eq!((changed.artist, changed.created_at, changed.updated_at), (expected, at(0), at(1)));

    // As a whole or not at all.
    let failing = Batch {
        genres: vec![GenreList { artist_id: artist_id("nobody"), source: Source::Spotify, genres: vec!["x".into()] }],
        ..artists((0..MANY).map(|n| artist(&id(n), "lost")))
    };
    store.write(&failing, at(2)).await.unwrap_err();
    assert_eq!(detail(&store, &id(2)).await.updated_at, at(0));
    store.write(&artists([artist("after", "After")]), at(3)).await.unwrap();
    assert_eq!(detail(&store, "after").await.artist.name, "After");
}

/// A stream that is dropped in the middle gives back what it held, again and again.
pub async fn a_stream_may_be_left_early(place: &dyn Place) {
    let store = opened(place).await;
    store.write(&artists((0..5_000).map(|n| artist(&id(n), "A"))), at(0)).await.unwrap();
    for _ in 0..20 {
        let mut stream = store.relate_input();
        stream.next().await.unwrap().unwrap();
    }
    store.write(&artists([artist("after", "After")]), at(1)).await.unwrap();
    assert_eq!(store.relate_input().count().await, 5_001);
}
