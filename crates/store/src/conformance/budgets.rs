//! Cases about budgets, blocks and what is learnt of keys.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sixpotify_core::Source;

use super::{Place, at, opened};
use crate::{Reserve, Reserved, Service, SourceKey, SourceState};

fn key(fingerprint: &str) -> SourceKey {
    SourceKey { source: Source::Spotify.into(), fingerprint: fingerprint.to_owned() }
}

/// Three requests a second.
fn wish(want: u32, per_day: Option<u32>) -> Reserve {
    Reserve { want, spacing: Duration::from_millis(300), tolerance: Duration::from_secs(1), per_day }
}

fn after(seconds: i64, milliseconds: i64) -> DateTime<Utc> {
    at(seconds) + TimeDelta::milliseconds(milliseconds)
}

/// What one process reserved moves the next one's turn, and time that nobody used is not saved up.
pub async fn reservations_follow_each_other_at_the_pace(place: &dyn Place) {
    let (one, other) = (opened(place).await, opened(place).await);
    let key = key("a");
    let first = one.reserve_requests(&key, &wish(5, None), at(0)).await.unwrap();
    assert_eq!(first, Reserved { granted: 5, from: at(0), today: 5, blocked: None });
    let second = other.reserve_requests(&key, &wish(2, None), at(0)).await.unwrap();
    assert_eq!(second, Reserved { granted: 2, from: after(1, 500), today: 7, blocked: None });
    let late = one.reserve_requests(&key, &wish(1, None), at(3)).await.unwrap();
    assert_eq!(late.from, after(2, 100), "within the tolerance");
    let later = one.reserve_requests(&key, &wish(1, None), at(100)).await.unwrap();
    assert_eq!((later.from, later.today), (at(99), 9), "behind by the tolerance, and no more");
    let another = one.reserve_requests(&self::key("b"), &wish(1, None), at(100)).await.unwrap();
    assert_eq!((another.from, another.today), (at(100), 1), "another key has a budget of its own");
    for service in [Service::Messenger, Service::Telegram] {
        let page = SourceKey { source: service, fingerprint: "a".to_owned() };
        let first = one.reserve_requests(&page, &wish(5, None), at(100)).await.unwrap();
        let second = other.reserve_requests(&page, &wish(1, None), at(100)).await.unwrap();
        assert_eq!((first.from, second.from), (at(100), after(101, 500)), "platforms are paced as sources are");
    }
    let counted: Vec<_> = one.source_states(at(100)).await.unwrap().into_iter().map(|(key, _)| key.source).collect();
    assert!(counted.contains(&Service::Telegram), "and shown: {counted:?}");
}

/// Whoever asks at the same time, from wherever: the day is not exceeded and no two requests are due together.
pub async fn reservations_at_the_same_time_never_exceed_the_day(place: &dyn Place) {
    const PER_DAY: u32 = 500;
    let mut tasks = Vec::new();
    for task in 0..8 {
        let store = opened(place).await;
        tasks.push(tokio::spawn(async move {
            let mut granted = Vec::new();
            loop {
                let wish = wish(1 + task % 4, Some(PER_DAY));
                let reserved = store.reserve_requests(&key("a"), &wish, at(0)).await.unwrap();
                if reserved.granted == 0 {
                    assert_eq!(reserved.today, PER_DAY);
                    return granted;
                }
                granted.extend(
                    (0..reserved.granted).map(|n| reserved.from + TimeDelta::milliseconds(300) * n.cast_signed()),
                );
            }
        }));
    }
    let mut due = Vec::new();
    for task in tasks {
        due.extend(task.await.unwrap());
    }
    due.sort_unstable();
    let expected: Vec<_> = (0..i64::from(PER_DAY)).map(|n| after(0, 300 * n)).collect();
    assert_eq!(due, expected);
}

/// A minute counts until all that was sent in it is 24 hours old.
pub async fn the_day_is_a_rolling_one(place: &dyn Place) {
    let store = opened(place).await;
    let key = key("");
    let day = TimeDelta::days(1);
    let reserve = async |want, now| store.reserve_requests(&key, &wish(want, Some(10)), now).await.unwrap();
    assert_eq!(reserve(8, at(0)).await.granted, 8);
    assert_eq!(reserve(8, at(300)).await.granted, 2);
    let none = reserve(8, at(400)).await;
    assert_eq!((none.granted, none.today, &none.blocked), (0, 10, &None));
    assert!(at(0) + day <= none.from && none.from <= at(63) + day, "{none:?}");

    let before = none.from - TimeDelta::microseconds(1);
    assert_eq!(reserve(1, before).await.granted, 0);
    assert_eq!(store.source_state(&key, before).await.unwrap().today, 10);
    assert_eq!(store.source_state(&key, none.from).await.unwrap().today, 2);
    let next = reserve(9, none.from).await;
    assert_eq!((next.granted, next.today), (8, 10));
    let usage = place.sql("select cast(count(*) as text) from source_usage").await;
    assert_eq!(usage, [Some("2".to_owned())], "what counts no more is cleared away");
}

/// Requests that were granted and not sent may be granted again; never more of them than there were.
pub async fn requests_not_sent_are_given_back(place: &dyn Place) {
    let store = opened(place).await;
    let key = key("a");
    let wish = |want| wish(want, Some(10));
    store.return_requests(&key, 5, at(0)).await.unwrap();
    store.reserve_requests(&key, &wish(4), at(0)).await.unwrap();
    store.reserve_requests(&key, &wish(3), at(120)).await.unwrap();
    store.return_requests(&key, 5, at(130)).await.unwrap();
    assert_eq!(store.source_state(&key, at(130)).await.unwrap().today, 2, "the newer minute first, then the older");
    assert_eq!(store.reserve_requests(&key, &wish(9), at(131)).await.unwrap().granted, 8);
    store.return_requests(&key, 100, at(140)).await.unwrap();
    assert_eq!(store.source_state(&key, at(140)).await.unwrap().today, 0);
    assert_eq!(store.reserve_requests(&key, &wish(11), at(141)).await.unwrap().granted, 10);
}

/// While a source is blocked nothing is granted, to nobody and after no restart.
pub async fn the_longer_block_stays(place: &dyn Place) {
    let store = opened(place).await;
    let key = key("a");
    store.block_source(&key, at(100), "quota\0 exceeded").await.unwrap();
    store.block_source(&key, at(50), "rate limit").await.unwrap();
    store.close().await;
    let store = opened(place).await;
    let blocked = Some((at(100), "quota exceeded".to_owned()));
    let none = store.reserve_requests(&key, &wish(3, Some(5)), at(60)).await.unwrap();
    assert_eq!(none, Reserved { granted: 0, from: at(100), today: 0, blocked: blocked.clone() });
    assert_eq!(store.source_state(&key, at(99)).await.unwrap().blocked, blocked);
    assert_eq!(store.source_state(&self::key("b"), at(99)).await.unwrap().blocked, None);

    assert_eq!(store.source_state(&key, at(100)).await.unwrap().blocked, None, "it is over");
    let first = store.reserve_requests(&key, &wish(3, Some(5)), at(100)).await.unwrap();
    assert_eq!((first.granted, first.from, first.blocked), (3, at(100), None));
    store.block_source(&key, at(200), "rate limit").await.unwrap();
    let blocked = store.source_state(&key, at(150)).await.unwrap().blocked;
    assert_eq!(blocked, Some((at(200), "rate limit".to_owned())));
}

/// What is withheld, and what a window bears, is known to all.
pub async fn what_is_learnt_of_a_key_comes_back(place: &dyn Place) {
    let store = opened(place).await;
    let (a, b) = (key("a"), SourceKey { source: Source::Deezer.into(), fingerprint: String::new() });
    assert_eq!(store.source_state(&a, at(0)).await.unwrap(), SourceState::default());
    assert_eq!(store.source_states(at(0)).await.unwrap(), []);
    let odd = "/artists/{id}/top-tracks \"?\" 🔥";
    store.withhold(&a, "audio-features", at(1)).await.unwrap();
    store.withhold(&a, odd, at(2)).await.unwrap();
    store.withhold(&a, "audio-features", at(3)).await.unwrap();
    store.set_window_estimate(&a, Some(u32::MAX)).await.unwrap();
    store.set_window_estimate(&b, Some(50)).await.unwrap();
    store.reserve_requests(&b, &wish(2, None), at(4)).await.unwrap();
    let of_a = SourceState {
        withheld: [("audio-features".to_owned(), at(3)), (odd.to_owned(), at(2))].into(),
        window_estimate: Some(u32::MAX),
        ..SourceState::default()
    };
    let of_b = SourceState { window_estimate: Some(50), today: 2, ..SourceState::default() };
    assert_eq!(store.source_state(&a, at(5)).await.unwrap(), of_a);
    let states = opened(place).await.source_states(at(5)).await.unwrap();
    assert_eq!(states, [(b, of_b), (a.clone(), of_a)]);
    store.set_window_estimate(&a, None).await.unwrap();
    assert_eq!(store.source_state(&a, at(5)).await.unwrap().window_estimate, None);
}
