//! Cases about the chat: events, conversations, look-ups.

use chrono::TimeDelta;
use serde_json::json;

use super::{Place, at, opened};
use crate::{
    Backlog, ChatEvent, ClaimedEvent, ConversationRecord, EventEnd, LookupEnd, LookupPermit, LookupWish, SharedStore,
};

const LEASE: TimeDelta = TimeDelta::seconds(60);

fn event(id: &str, user: &str) -> ChatEvent {
    ChatEvent {
        channel: "messenger".into(),
        event_id: id.into(),
        user_key: user.into(),
        payload: json!({"text": format!("text of {id} \0 with 'quotes'"), "id": id}),
    }
}

fn ids(events: &[ClaimedEvent]) -> Vec<&str> {
    events.iter().map(|event| event.event_id.as_str()).collect()
}

async fn claim(store: &SharedStore, seconds: i64) -> Vec<ClaimedEvent> {
    store.claim_events("messenger", 10, LEASE, at(seconds)).await.unwrap()
}

fn record(language: &str, pending: &str) -> ConversationRecord {
    ConversationRecord { language: Some(language.into()), pending: Some(pending.into()) }
}

/// An event that is delivered again is not new, whatever became of it, and an id counts by channel.
pub async fn an_event_is_received_once(place: &dyn Place) {
    let store = opened(place).await;
    assert!(store.receive_events(&[], at(0)).await.unwrap().is_empty());
    let (a, b) = (event("a", "u"), event("b", "v"));
    let batch = [a.clone(), b.clone(), a.clone()];
    assert_eq!(store.receive_events(&batch, at(0)).await.unwrap(), [true, true, false]);
    let elsewhere = ChatEvent { channel: "telegram".into(), ..a.clone() };
    let c = event("c", "u");
    assert_eq!(store.receive_events(&[a.clone(), elsewhere, c], at(1)).await.unwrap(), [false, true, true]);
    let claimed = claim(&store, 2).await;
    assert_eq!(ids(&claimed), ["a", "b"]);
    assert_eq!(claimed[0].payload, json!({"text": "text of a  with 'quotes'", "id": "a"}), "but for U+0000 as it was");
    assert_eq!((claimed[0].received_at, claimed[0].attempts, claimed[0].later), (at(0), 1, false));
    assert!(store.finish_event(&claimed[0], &EventEnd::Answered, None, at(3)).await.unwrap());
    assert_eq!(store.receive_events(&[a], at(4)).await.unwrap(), [false]);
    let kept = place.sql("select payload from chat_events where channel = 'messenger' and event_id = 'a'").await;
    assert_eq!(kept, [None], "what it said is gone once answered");
}

/// Many servers receive the same events at the same time; each event is new once.
pub async fn the_same_events_at_the_same_time_are_new_once(place: &dyn Place) {
    let store = opened(place).await;
    let mut tasks = Vec::new();
    for n in 0..8_usize {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let mut events: Vec<ChatEvent> =
                (0..40).map(|at| event(&format!("e{:02}", (at * 7 + n) % 40), "u")).collect();
            if n % 2 == 0 {
                events.reverse();
            }
            let new = store.receive_events(&events, at(0)).await.unwrap();
            new.into_iter().filter(|new| *new).count()
        }));
    }
    let mut new = 0;
    for task in tasks {
        new += task.await.unwrap();
    }
    assert_eq!(new, 40);
}

/// Everybody's events are answered in their order, and nobody waits for another person's.
pub async fn events_are_claimed_in_the_order_of_each_person(place: &dyn Place) {
    let store = opened(place).await;
    for (second, id, user) in [(0, "a1", "u"), (1, "a2", "u"), (2, "b1", "v"), (3, "a3", "u"), (4, "c1", "w")] {
        store.receive_events(&[event(id, user)], at(second)).await.unwrap();
    }
    assert_eq!(store.claim_events("telegram", 10, LEASE, at(5)).await.unwrap(), []);
    let two = store.claim_events("messenger", 2, LEASE, at(5)).await.unwrap();
    assert_eq!(ids(&two), ["a1", "b1"], "of each person the oldest");
    assert_eq!(ids(&claim(&store, 6).await), ["c1"], "not the next of somebody who is being answered");
    assert_eq!(ids(&claim(&store, 7).await), [""; 0]);
    let backlog = Backlog { waiting: 5, later: 0, oldest: Some(at(0)) };
    assert_eq!(store.backlog().await.unwrap(), backlog);
    assert!(store.finish_event(&two[0], &EventEnd::Answered, None, at(8)).await.unwrap());
    assert_eq!(ids(&claim(&store, 9).await), ["a2"]);
}

/// Several servers claim at once: every event goes to one of them.
pub async fn claims_at_the_same_time_never_meet(place: &dyn Place) {
    let store = opened(place).await;
    let events: Vec<ChatEvent> = (0..120).map(|n| event(&format!("{n:03}"), &format!("u{}", n % 30))).collect();
    store.receive_events(&events, at(0)).await.unwrap();
    let mut tasks = Vec::new();
    for _ in 0..6 {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let mut done = Vec::new();
            loop {
                let claimed = store.claim_events("messenger", 7, LEASE, at(1)).await.unwrap();
                if claimed.is_empty() && store.backlog().await.unwrap().waiting == 0 {
                    return done;
                }
                for event in claimed {
                    assert!(store.finish_event(&event, &EventEnd::Answered, None, at(2)).await.unwrap());
                    done.push(event.event_id);
                }
            }
        }));
    }
    let mut done = Vec::new();
    for task in tasks {
        done.extend(task.await.unwrap());
    }
    done.sort_unstable();
    assert_eq!(done, events.into_iter().map(|event| event.event_id).collect::<Vec<_>>());
}

/// What a server left unfinished is free when its lease ends; if it comes back, it finishes nothing any more.
pub async fn an_event_of_a_dead_server_is_claimed_again(place: &dyn Place) {
    let store = opened(place).await;
    store.receive_events(&[event("a", "u")], at(0)).await.unwrap();
    let first = claim(&store, 0).await.remove(0);
    assert!(store.note_progress(&first, "1 of 3").await.unwrap());
    assert_eq!(claim(&store, 59).await, []);
    let second = claim(&store, 60).await.remove(0);
    assert_eq!((second.attempts, second.progress.as_deref()), (2, Some("1 of 3")));

    assert!(!store.note_progress(&first, "2 of 3").await.unwrap());
    let kept = record("ko", "{}");
    assert!(!store.finish_event(&first, &EventEnd::Answered, Some(&kept), at(61)).await.unwrap());
    assert_eq!(store.conversation("messenger", "u").await.unwrap(), None, "nor does it keep anything");
    assert!(store.finish_event(&second, &EventEnd::Answered, Some(&kept), at(62)).await.unwrap());
    assert_eq!(store.conversation("messenger", "u").await.unwrap(), Some(kept));
    assert!(!store.finish_event(&second, &EventEnd::Answered, None, at(63)).await.unwrap(), "once");
}

/// Whoever goes on with a claim keeps it, for as long as it is theirs.
pub async fn a_claim_that_is_renewed_is_nobody_elses(place: &dyn Place) {
    let store = opened(place).await;
    store.receive_events(&[event("a", "u")], at(0)).await.unwrap();
    let first = claim(&store, 0).await.remove(0);
    assert!(store.renew_event(&first, LEASE, at(50)).await.unwrap());
    assert_eq!(claim(&store, 109).await, [], "sixty seconds from then on");
    let second = claim(&store, 110).await.remove(0);
    assert!(!store.renew_event(&first, LEASE, at(111)).await.unwrap(), "it is another's");
    assert!(store.renew_event(&second, LEASE, at(111)).await.unwrap());
    assert!(store.finish_event(&second, &EventEnd::Failed(at(120)), None, at(112)).await.unwrap());
    assert!(!store.renew_event(&second, LEASE, at(113)).await.unwrap(), "it was ended");
    let third = claim(&store, 120).await.remove(0);
    assert!(store.finish_event(&third, &EventEnd::Answered, None, at(121)).await.unwrap());
    assert!(!store.renew_event(&third, LEASE, at(122)).await.unwrap());
}

/// What failed is due again later, with its payload, and keeps its place before the person's next events.
pub async fn a_failed_event_is_due_again(place: &dyn Place) {
    let store = opened(place).await;
    store.receive_events(&[event("a", "u")], at(0)).await.unwrap();
    store.receive_events(&[event("b", "u")], at(1)).await.unwrap();
    let first = claim(&store, 2).await.remove(0);
    store.note_progress(&first, "half").await.unwrap();
    assert!(store.finish_event(&first, &EventEnd::Failed(at(30)), None, at(3)).await.unwrap());
    assert_eq!(claim(&store, 29).await, []);
    let again = claim(&store, 30).await.remove(0);
    assert_eq!((again.event_id.as_str(), again.attempts, again.progress.as_deref()), ("a", 2, Some("half")));
    assert_eq!(again.payload, first.payload);
}

/// The rest of an answer is due by itself: the person's next events do not wait for it.
pub async fn the_rest_of_an_answer_holds_nobody_up(place: &dyn Place) {
    let store = opened(place).await;
    store.receive_events(&[event("a", "u")], at(0)).await.unwrap();
    store.receive_events(&[event("b", "u")], at(1)).await.unwrap();
    let first = claim(&store, 2).await.remove(0);
    store.note_progress(&first, "all of it").await.unwrap();
    let rest = EventEnd::Later { payload: json!({"rest": 1}), due_at: at(10) };
    assert!(store.finish_event(&first, &rest, Some(&record("en", "{}")), at(3)).await.unwrap());
    let backlog = Backlog { waiting: 1, later: 1, oldest: Some(at(1)) };
    assert_eq!(store.backlog().await.unwrap(), backlog);
    let next = claim(&store, 4).await;
    assert_eq!(ids(&next), ["b"]);
    assert_eq!(claim(&store, 9).await, []);
    let later = claim(&store, 10).await.remove(0);
    assert_eq!((later.event_id.as_str(), later.later, later.progress), ("a", true, None));
    assert_eq!(later.payload, json!({"rest": 1}), "what was said is not kept");
    assert!(store.finish_event(&next[0], &EventEnd::Answered, None, at(11)).await.unwrap());
}

/// What is kept of a conversation comes back, and all of a person's goes on demand.
pub async fn a_person_is_deleted_on_demand(place: &dyn Place) {
    let store = opened(place).await;
    assert_eq!(store.conversation("web", "u").await.unwrap(), None);
    store.keep_conversation("web", "u", &record("ko", "{\"a\":1}"), at(0)).await.unwrap();
    store.keep_conversation("web", "u", &ConversationRecord::default(), at(1)).await.unwrap();
    assert_eq!(store.conversation("web", "u").await.unwrap(), Some(ConversationRecord::default()), "absent is absent");
    store.keep_conversation("web", "v", &record("en", "{}"), at(1)).await.unwrap();
    store.keep_conversation("telegram", "u", &record("en", "{}"), at(1)).await.unwrap();

    let events = [
        ChatEvent { channel: "web".into(), ..event("a", "u") },
        ChatEvent { channel: "web".into(), ..event("b", "v") },
    ];
    store.receive_events(&events, at(2)).await.unwrap();
    let wish = LookupWish { channel: "web".into(), ..wish("name", "u") };
    store.begin_lookup(&wish, at(2)).await.unwrap();

    store.delete_person("web", "u").await.unwrap();
    store.delete_person("web", "u").await.unwrap();
    assert_eq!(store.conversation("web", "u").await.unwrap(), None);
    assert!(store.conversation("web", "v").await.unwrap().is_some(), "nobody else's");
    assert!(store.conversation("telegram", "u").await.unwrap().is_some(), "nor elsewhere");
    let left = store.claim_events("web", 10, LEASE, at(3)).await.unwrap();
    assert_eq!(ids(&left), ["b"]);
    assert_eq!(store.receive_events(&events[..1], at(4)).await.unwrap(), [false], "that it arrived stays");
    for sql in [
        "select cast(count(*) as text) from chat_events where user_key = 'u'",
        "select cast(count(*) as text) from chat_lookups where user_key = 'u'",
        "select cast(count(*) as text) from conversations where user_key = 'u' and channel = 'web'",
    ] {
        assert_eq!(place.sql(sql).await, [Some("0".to_owned())], "{sql}");
    }
}

fn wish(key: &str, user: &str) -> LookupWish {
    LookupWish {
        name_key: key.into(),
        channel: "messenger".into(),
        user_key: user.into(),
        per_person: 2,
        window: TimeDelta::hours(1),
        per_day: Some(10),
        dead_after: TimeDelta::minutes(2),
    }
}

/// A name is looked up once, is not asked for again while that is too early, and a person and a day have their measure.
pub async fn lookups_keep_to_the_rules(place: &dyn Place) {
    let store = opened(place).await;
    let begin =
        async |key: &str, user: &str, seconds: i64| store.begin_lookup(&wish(key, user), at(seconds)).await.unwrap();
    assert_eq!(begin("a", "u", 0).await, LookupPermit::Go);
    assert_eq!(begin("a", "v", 1).await, LookupPermit::Runs);
    assert_eq!(begin("a", "v", 120).await, LookupPermit::Go, "its server is dead");
    store.end_lookup("a", LookupEnd::NotFound(at(9_000)), 4).await.unwrap();
    assert_eq!(begin("a", "w", 8_999).await, LookupPermit::NotFound);
    assert_eq!(begin("b", "v", 130).await, LookupPermit::Go);
    store.end_lookup("b", LookupEnd::Failed(at(200)), 1).await.unwrap();
    assert_eq!(begin("b", "w", 199).await, LookupPermit::Failed(at(200)));
    assert_eq!(begin("c", "v", 200).await, LookupPermit::AskedEnough(at(120 + 3600)), "two in the hour");
    assert_eq!(begin("c", "v", 120 + 3600).await, LookupPermit::Go);
    store.end_lookup("c", LookupEnd::Found, 5).await.unwrap();
    assert_eq!(begin("d", "w", 4_000).await, LookupPermit::ShareUsed(at(120 + 86_400)), "ten in the day");
    assert_eq!(begin("d", "w", 120 + 86_400).await, LookupPermit::Go);
    assert_eq!(begin("c", "x", 5_000 + 86_400).await, LookupPermit::Go, "what was found may be looked up again");
}

/// A look-up of a server that lives runs however long it takes; of one that died, or lost it, no longer than the lease.
pub async fn a_look_up_runs_as_long_as_its_server_says_so(place: &dyn Place) {
    let store = opened(place).await;
    let wish = |user: &str| LookupWish { dead_after: TimeDelta::seconds(20), per_person: 9, ..wish("a", user) };
    let begin = async |user: &str, seconds: i64| store.begin_lookup(&wish(user), at(seconds)).await.unwrap();
    let renew = async |began: i64, seconds: i64| {
        store.renew_lookup("a", at(began), TimeDelta::seconds(20), at(seconds)).await.unwrap()
    };
    let runs = async |seconds: i64| store.lookup_runs("a", TimeDelta::seconds(20), at(seconds)).await.unwrap();
    assert!(!renew(0, 0).await && !runs(0).await, "nothing began");
    assert_eq!(begin("u", 0).await, LookupPermit::Go);
    for seconds in (5..=100).step_by(5) {
        assert!(runs(seconds - 1).await && renew(0, seconds).await);
        assert_eq!(begin("v", seconds + 4).await, LookupPermit::Runs, "{seconds}");
    }
    assert_eq!(begin("v", 119).await, LookupPermit::Runs);
    assert!(runs(119).await && !runs(120).await);
    assert!(!store.lookup_runs("b", TimeDelta::seconds(20), at(119)).await.unwrap(), "another name");
    assert_eq!(begin("v", 120).await, LookupPermit::Go, "nothing was heard of it for 20 s");
    assert!(!renew(0, 121).await, "it is another's now");
    assert_eq!(begin("w", 139).await, LookupPermit::Runs, "who begins anew has a lease of their own");
    assert!(renew(120, 139).await);
    store.end_lookup("a", LookupEnd::Found, 1).await.unwrap();
    assert!(!renew(120, 140).await && !runs(140).await, "it ended");
    assert_eq!(begin("w", 141).await, LookupPermit::Go);
}

/// The same name asked on many servers at once is looked up by one.
pub async fn the_same_name_at_the_same_time_is_looked_up_once(place: &dyn Place) {
    let store = opened(place).await;
    let mut tasks = Vec::new();
    for n in 0..30 {
        let store = store.clone();
        tasks.push(tokio::spawn(async move { store.begin_lookup(&wish("a", &format!("u{n}")), at(0)).await.unwrap() }));
    }
    let mut permits = Vec::new();
    for task in tasks {
        permits.push(task.await.unwrap());
    }
    assert_eq!(permits.iter().filter(|permit| **permit == LookupPermit::Go).count(), 1);
    assert_eq!(permits.iter().filter(|permit| **permit == LookupPermit::Runs).count(), 29);
}

/// Rows of events go after a week, conversations after three months, who asked after an hour.
pub async fn what_is_kept_of_the_chat_is_cleared_away(place: &dyn Place) {
    const DAY: i64 = 86_400;
    let store = opened(place).await;
    store.receive_events(&[event("a", "u")], at(0)).await.unwrap();
    store.receive_events(&[event("b", "u")], at(DAY)).await.unwrap();
    store.keep_conversation("web", "u", &record("ko", "{}"), at(0)).await.unwrap();
    store.begin_lookup(&wish("gone", "u"), at(0)).await.unwrap();
    store.end_lookup("gone", LookupEnd::Found, 1).await.unwrap();
    store.begin_lookup(&wish("unknown", "v"), at(0)).await.unwrap();
    store.end_lookup("unknown", LookupEnd::NotFound(at(8 * DAY)), 1).await.unwrap();

    store.clear_chat(at(3_600)).await.unwrap();
    let askers = place.sql("select user_key from chat_lookups order by name_key").await;
    assert_eq!(askers, [None, None]);
    store.clear_chat(at(7 * DAY)).await.unwrap();
    assert_eq!(place.sql("select event_id from chat_events").await, [Some("b".to_owned())]);
    assert_eq!(place.sql("select name_key from chat_lookups").await, [Some("unknown".to_owned())]);
    assert!(store.conversation("web", "u").await.unwrap().is_some());
    store.clear_chat(at(90 * DAY)).await.unwrap();
    assert_eq!(store.conversation("web", "u").await.unwrap(), None);
}
