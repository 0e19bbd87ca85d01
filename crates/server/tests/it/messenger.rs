//! Messenger, against a stand-in for the Send API that refuses what the real one refuses.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use chat_sim::Graph;
use chrono::TimeDelta;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use sixpotify_bot::testing::Weather;
use sixpotify_server::channels::messenger::{Messenger, MessengerSettings};
use sixpotify_sources::http::MemoryLedger;
use sixpotify_sources::{Clock as _, SystemClock};
use sixpotify_store::Service;
use sixpotify_testkit::TestDatabase;
use tempfile::TempDir;

use crate::channel::{TestServer, in_folder};

const SECRET: &str = "app secret";
const PATH: &str = "/webhooks/messenger";

fn settings(graph: &Graph) -> MessengerSettings {
    MessengerSettings {
        page_token: "page token".into(),
        app_secret: SECRET.into(),
        verify_token: "verify me".into(),
        api_url: graph.url().parse().unwrap(),
    }
}

pub(crate) fn signature(body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body);
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

struct Page {
    graph: Graph,
    server: TestServer,
    _folder: TempDir,
}

impl Page {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let graph = Graph::start("page token").await.unwrap();
        let server = TestServer::at(&in_folder(folder.path()), Some(settings(&graph)), None, true).await;
        Self { graph, server, _folder: folder }
    }

    async fn deliver(&self, call: &Value) -> StatusCode {
        let body = call.to_string().into_bytes();
        self.server.post(PATH, Some(("x-hub-signature-256", &signature(&body))), &body).await
    }

    /// Delivers what `person` says and waits until all of it is answered; gives the messages.
    async fn says(&self, person: &str, said: Value) -> Vec<Value> {
        let before = self.graph.sent_to(person).len();
        assert_eq!(self.deliver(&call(&[said])).await, StatusCode::OK);
        self.answered(person, before).await
    }

    async fn answered(&self, person: &str, before: usize) -> Vec<Value> {
        self.graph.until(|graph| graph.sent_to(person).len() > before || !graph.refused().is_empty()).await;
        let store = self.server.store.clone();
        sixpotify_testkit::wait_until("everything is answered", std::time::Duration::from_secs(30), async || {
            store.backlog().await.unwrap().waiting == 0
        })
        .await;
        assert_eq!(self.graph.refused(), [""; 0], "the platform refused nothing");
        self.graph.sent_to(person).split_off(before)
    }
}

fn call(events: &[Value]) -> Value {
    json!({"object": "page", "entry": [{"id": "PAGE_ID", "time": 1, "messaging": events}]})
}

fn from(person: &str, what: &str, value: Value) -> Value {
    let now = SystemClock.now().timestamp_millis();
    let mut event = json!({"sender": {"id": person}, "recipient": {"id": "PAGE_ID"}, "timestamp": now});
    event[what] = value;
    event
}

fn text(person: &str, mid: &str, text: &str) -> Value {
    from(person, "message", json!({"mid": mid, "text": text}))
}

/// What the messages say and show: texts, titles of cards, and buttons.
fn words(messages: &[Value]) -> String {
    let mut words = String::new();
    for message in messages {
        let message = &message["message"];
        words.push_str(message["text"].as_str().unwrap_or_default());
        for element in message.pointer("/attachment/payload/elements").and_then(Value::as_array).into_iter().flatten() {
            words.push_str(&format!("[{}]", element["title"].as_str().unwrap_or_default()));
        }
        for reply in message["quick_replies"].as_array().into_iter().flatten() {
            words.push_str(&format!("({})", reply["title"].as_str().unwrap_or_default()));
        }
        words.push('\n');
    }
    words
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everyday_messages_are_answered_rightly() {
    let page = Page::open().await;
    let cases: Vec<(Value, &str)> = vec![
        (json!({"text": "BTS"}), "[BTS]"),
        (json!({"text": "shinee"}), "[SHINee]"),
        (json!({"text": "에스파"}), "[aespa]"),
        (json!({"text": "blackpikn"}), "I took “blackpikn” to mean “BLACKPINK”"),
        (json!({"text": "aespa "}), "[aespa]"),
        (json!({"text": "Beyonce"}), "[Beyoncé]"),
        (json!({"text": "guns n’ roses"}), "[Guns N' Roses]"),
        (json!({"text": "Robert'); DROP TABLE artists;--"}), "couldn't find"),
        (json!({"text": "Zior Park"}), "[Zior Park]"),
        (json!({"text": "no such artist at all"}), "couldn't find"),
        (json!({"text": "nirvana"}), "Did you mean one of these?"),
        (json!({"text": "!!!"}), "[!!!]"),
        (json!({"text": "😂"}), "can't hear what it says"),
        (json!({"text": "word ".repeat(600)}), "a lot of text"),
        (json!({"text": ""}), "nothing in that message"),
        (json!({"text": "hi"}), "Send me an artist"),
        (json!({"text": "help"}), "what you can send"),
        (json!({"text": "thanks"}), "welcome"),
        (json!({"text": "Dynamite BTS"}), "Dynamite – BTS"),
        (json!({"text": "songs like Blinding Lights"}), "Songs like Blinding Lights – The Weeknd"),
        (json!({"text": "BTS, aespa, IU"}), "[IU]"),
        (json!({"text": "https://open.spotify.com/artist/3Nrfpe0tUJi4K4DXYWgMUX"}), "[BTS]"),
        (
            json!({"text": "Similar artists", "quick_reply": {"payload": "s~s3Nrfpe0tUJi4K4DXYWgMUX~0"}}),
            "Similar to BTS",
        ),
        (json!({"text": "x", "quick_reply": {"payload": "DEVELOPER_DEFINED_PAYLOAD"}}), "what you can send"),
        (json!({"attachments": [{"type": "image", "payload": {"url": "http://i", "sticker_id": 369}}]}), "Nice one!"),
        (json!({"attachments": [{"type": "audio", "payload": {"url": "http://a"}}]}), "can't listen"),
        (json!({"attachments": [{"type": "fallback", "payload": null, "URL": "https://youtu.be/x"}]}), "I read links"),
        (json!({"text": "<script>alert(1)</script>"}), "[<script>alert(1)</script>]"),
        (json!({"text": "delete my data"}), "Shall I delete"),
    ];
    for (at, (mut message, expected)) in cases.into_iter().enumerate() {
        // Everybody is somebody else, so that nothing but the message decides.
        let person = format!("person {at}");
        message["mid"] = format!("mid.{at}").into();
        let said = message.to_string();
        let answer = words(&page.says(&person, from(&person, "message", message)).await);
        let english =
            ["what you can send", "Nice one", "can't", "couldn't", "Shall I"].iter().any(|en| expected.contains(en));
        assert!(answer.contains(expected), "{said} brought, without `{expected}`: {answer} {english}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_goes_on_by_postbacks_and_quick_replies() {
    let page = Page::open().await;
    let start = json!({"title": "Get Started", "payload": "start", "mid": "p1"});
    let hello = page.says("u", from("u", "postback", start)).await;
    assert!(words(&hello).contains("(BTS)"), "{}", words(&hello));
    let payload = hello[0].pointer("/message/quick_replies/1/payload").unwrap().clone();
    let card = page
        .says("u", from("u", "message", json!({"mid": "m2", "text": "BTS", "quick_reply": {"payload": payload}})))
        .await;
    assert!(words(&card).starts_with("[BTS]\nHear next"), "{}", words(&card));
    let element = card[0].pointer("/message/attachment/payload/elements/0").unwrap();
    assert_eq!(
        element["buttons"][0],
        json!({
            "type": "web_url",
            "title": "Listen on Spotify",
            "url": "https://open.spotify.com/artist/3Nrfpe0tUJi4K4DXYWgMUX",
        })
    );
    assert_eq!(element["image_url"], "https://pictures.example/3Nrfpe0tUJi4K4DXYWgMUX.jpg");
    // A button of a card, without the `mid` that older versions lack.
    let next = card[2].pointer("/message/attachment/payload/elements/0/buttons/1").unwrap();
    let other = json!({"title": next["title"], "payload": next["payload"]});
    let other = page.says("u", from("u", "postback", other)).await;
    assert!(words(&other).contains("(Back)"), "{}", words(&other));
    let back = page.says("u", text("u", "m3", "뒤로")).await;
    assert!(words(&back).starts_with("[BTS]"), "{}", words(&back));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_entries_and_events_are_answered_and_what_asks_for_nothing_is_not() {
    let page = Page::open().await;
    let quiet = [
        from("u", "delivery", json!({"mids": ["m"], "watermark": 1})),
        from("u", "read", json!({"watermark": 1})),
        from("PAGE_ID", "message", json!({"is_echo": true, "mid": "echo", "text": "hello"})),
        from("u", "message", json!({"is_echo": true, "mid": "echo 2", "text": "hello"})),
        from("PAGE_ID", "message", json!({"mid": "from the page", "text": "hello"})),
        from("u", "reaction", json!({"mid": "m", "reaction": "love"})),
        from("u", "message", json!({"mid": "gone", "is_deleted": true})),
        from("u", "referral", json!({"ref": "x"})),
    ];
    let batch = json!({"object": "page", "entry": [
        {"id": "PAGE_ID", "messaging": quiet},
        {"id": "PAGE_ID", "standby": [text("u", "standby", "BTS")]},
        {"id": "PAGE_ID", "messaging": [text("a", "1", "BTS"), text("b", "2", "IU")]},
        {"id": "PAGE_ID", "messaging": [text("a", "3", "Adele")]},
    ]});
    assert_eq!(page.deliver(&batch).await, StatusCode::OK);
    assert_eq!(
        page.deliver(&json!({"object": "user", "entry": [{"messaging": [text("u", "x", "BTS")]}]})).await,
        StatusCode::OK
    );
    let two_cards = |graph: &Graph| words(&graph.sent_to("a")).contains("[Adele]");
    page.graph.until(|graph| two_cards(graph) && !graph.sent_to("b").is_empty()).await;
    assert!(words(&page.graph.sent_to("a")).starts_with("[BTS]"), "in their order");
    assert!(page.graph.sent_to("u").is_empty() && page.graph.sent_to("PAGE_ID").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_answered_once_however_often_it_comes() {
    let page = Page::open().await;
    let first = page.says("u", text("u", "the same", "IU")).await;
    for _ in 0..5 {
        assert_eq!(
            page.deliver(&call(&[text("u", "the same", "IU"), text("u", "the same", "IU")])).await,
            StatusCode::OK
        );
    }
    let other = page.says("u", text("u", "another", "thanks")).await;
    assert_eq!(other.len(), 1, "{}", words(&other));
    assert_eq!(page.graph.sent_to("u").len(), first.len() + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_answered_once_by_all_servers_and_after_restarts() {
    let database = TestDatabase::create().await;
    let graph = Graph::start("page token").await.unwrap();
    let body = call(&[text("u", "m", "IU")]).to_string().into_bytes();
    let signed = signature(&body);
    let deliver = async |server: &TestServer| server.post(PATH, Some(("x-hub-signature-256", &signed)), &body).await;
    // Nobody answers at first: what was acknowledged is in the catalogue, and the servers go.
    for _ in 0..2 {
        let server = TestServer::at(&database.url, Some(settings(&graph)), None, false).await;
        assert_eq!(deliver(&server).await, StatusCode::OK);
        assert_eq!(server.waiting().await, 1);
        server.store.close().await;
    }
    assert_eq!(graph.calls(), 0);
    let one = TestServer::at(&database.url, Some(settings(&graph)), None, true).await;
    let other = TestServer::at(&database.url, Some(settings(&graph)), None, true).await;
    let (first, second) = tokio::join!(deliver(&one), deliver(&other));
    assert_eq!((first, second), (StatusCode::OK, StatusCode::OK));
    graph.until(|graph| words(&graph.sent_to("u")).contains("Top songs")).await;
    // Whoever ends, ends in good order.
    assert!(one.serving.unwrap().shutdown().await);
    assert!(other.serving.unwrap().shutdown().await);
    assert_eq!(words(&graph.sent()).matches("[IU]").count(), 1, "{}", words(&graph.sent()));
    assert_eq!(one.store.backlog().await.unwrap().waiting, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_the_app_signed_is_taken() {
    let page = Page::open().await;
    let body = call(&[text("u", "m", "BTS")]).to_string().into_bytes();
    let post = async |header: Option<&str>, body: &[u8]| {
        page.server.post(PATH, header.map(|value| ("x-hub-signature-256", value)), body).await
    };
    let good = signature(&body);
    assert_eq!(post(None, &body).await, StatusCode::UNAUTHORIZED);
    let mut tampered = body.clone();
    tampered[10] ^= 1;
    for (what, header, body) in [
        ("another body", good.as_str(), &tampered[..]),
        ("nothing", "", &body),
        ("no digits", "sha256=", &body),
        ("half of them", &good[..39], &body),
        ("no hexadecimal digits", "sha256=zz", &body),
        ("the older scheme", &good.replace("sha256", "sha1"), &body),
        ("of another call", &signature(b"{}"), &body),
    ] {
        assert_eq!(post(Some(header), body).await, StatusCode::FORBIDDEN, "{what}");
    }
    assert_eq!(page.server.waiting().await, 0, "nothing was done");
    assert_eq!(page.graph.calls(), 0);
    assert_eq!(post(Some(&good), &body).await, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_is_stale_does_nothing() {
    let page = Page::open().await;
    // Signed well, a day and a minute ago: late beyond the platform's window, or recorded and played again.
    let mut old = text("u", "old", "BTS");
    old["timestamp"] = (SystemClock.now() - TimeDelta::minutes(24 * 60 + 1)).timestamp_millis().into();
    let mut pressed = from("u", "postback", json!({"title": "t", "payload": "help"}));
    pressed["timestamp"] = 1_458_692_752_478_i64.into();
    assert_eq!(page.deliver(&call(&[old, pressed])).await, StatusCode::OK, "so that it does not come again");
    assert_eq!(page.server.store.backlog().await.unwrap().waiting, 0);
    let mut late = text("u", "late", "thanks");
    late["timestamp"] = (SystemClock.now() - TimeDelta::hours(23)).timestamp_millis().into();
    assert_eq!(words(&page.says("u", late).await).matches("welcome").count(), 1);
    // Signed with a secret that was replaced since.
    let body = call(&[text("u", "new", "BTS")]).to_string().into_bytes();
    let mut mac = Hmac::<Sha256>::new_from_slice(b"former secret").unwrap();
    mac.update(&body);
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let header = format!("sha256={hex}");
    assert_eq!(page.server.post(PATH, Some(("x-hub-signature-256", &header)), &body).await, StatusCode::FORBIDDEN);
    assert_eq!(page.graph.calls(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_at_the_same_time_are_told_each_its_own() {
    let page = Page::open().await;
    // Calls of one and of several events, some of which come twice.
    let calls: Vec<Value> = (0..60)
        .map(|n| match n % 3 {
            0 => call(&[text(&format!("p{n}"), &format!("m{n}"), "thanks")]),
            1 => call(&[text("p1", &format!("a{n}"), "thanks"), text("p2", &format!("b{n}"), "thanks")]),
            _ => call(&[text(&format!("p{}", n - 2), &format!("m{}", n - 2), "thanks")]),
        })
        .collect();
    let told = futures_util::future::join_all(calls.iter().map(|call| page.deliver(call))).await;
    assert!(told.iter().all(|status| *status == StatusCode::OK), "{told:?}");
    let store = page.server.store.clone();
    sixpotify_testkit::wait_until("everything is answered", std::time::Duration::from_secs(60), async || {
        store.backlog().await.unwrap().waiting == 0
    })
    .await;
    assert_eq!(page.graph.sent().len(), 20 + 40, "each once");
    // A catalogue that takes nothing in is told to everybody, and nobody hears 200.
    store.close().await;
    let again: Vec<Value> = (0..20).map(|n| call(&[text("q", &format!("late {n}"), "thanks")])).collect();
    let told = futures_util::future::join_all(again.iter().map(|call| page.deliver(call))).await;
    assert!(told.iter().all(|status| status.is_server_error()), "{told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_in_a_signed_body_upsets_the_server() {
    let page = Page::open().await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (body, status) in [
        (deep.into_bytes(), StatusCode::BAD_REQUEST),
        (b"".to_vec(), StatusCode::BAD_REQUEST),
        (b"\xff\xfe".to_vec(), StatusCode::BAD_REQUEST),
        (b"{\"object\":\"page\"".to_vec(), StatusCode::BAD_REQUEST),
        (b"null".to_vec(), StatusCode::OK),
        (vec![b' '; (1 << 20) + 1], StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let header = signature(&body);
        assert_eq!(page.server.post(PATH, Some(("x-hub-signature-256", &header)), &body).await, status);
    }
    // Every value of a real call, replaced by every kind of value.
    let real = call(&[
        text("u", "m", "BTS"),
        from("u", "message", json!({"mid": "q", "text": "x", "quick_reply": {"payload": "help"}})),
        from("u", "message", json!({"mid": "a", "attachments": [{"type": "image", "payload": {"sticker_id": 1}}]})),
        from("u", "postback", json!({"title": "t", "payload": "help", "mid": "p"})),
    ]);
    let mut paths = Vec::new();
    places(&real, String::new(), &mut paths);
    let mut delivered = 0;
    for path in &paths {
        for other in [
            json!(null),
            json!(true),
            json!(-1.5),
            json!(""),
            json!("x".repeat(9000)),
            json!([]),
            json!([[]]),
            json!({"a": {}}),
        ] {
            let mut broken = real.clone();
            *broken.pointer_mut(path).unwrap() = other;
            assert_eq!(page.deliver(&broken).await, StatusCode::OK, "{path}");
            delivered += 1;
        }
    }
    assert!(delivered > 200, "{delivered}");
    let store = page.server.store.clone();
    sixpotify_testkit::wait_until("everything is answered", std::time::Duration::from_secs(60), async || {
        store.backlog().await.unwrap().waiting == 0
    })
    .await;
    assert_eq!(page.graph.refused(), [""; 0]);
}

/// Pointers to all values within `value`.
pub(crate) fn places(value: &Value, here: String, all: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| places(item, format!("{here}/{at}"), all))
        }
        Value::Object(map) => map.iter().for_each(|(key, item)| places(item, format!("{here}/{key}"), all)),
        _ => {}
    }
    all.push(here);
}

#[tokio::test]
async fn the_webhook_proves_itself_to_the_dashboard_only() {
    let page = Page::open().await;
    let ask = async |query: &str| page.server.get(&format!("{PATH}?{query}")).await;
    let good = "hub.mode=subscribe&hub.verify_token=verify%20me&hub.challenge=1158201444";
    assert_eq!(ask(good).await, (StatusCode::OK, "1158201444".to_owned()));
    for bad in [
        "",
        "hub.mode=subscribe&hub.challenge=1",
        "hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1",
        "hub.mode=unsubscribe&hub.verify_token=verify%20me&hub.challenge=1",
        "hub.mode=subscribe&hub.verify_token=verify%20me",
    ] {
        assert_eq!(ask(bad).await.0, StatusCode::FORBIDDEN, "{bad}");
    }
}

#[tokio::test]
async fn without_settings_there_is_no_webhook() {
    let folder = tempfile::tempdir().unwrap();
    let server = TestServer::at(&in_folder(folder.path()), None, None, false).await;
    assert_eq!(server.get(PATH).await.0, StatusCode::NOT_FOUND);
    assert_eq!(server.post(PATH, None, b"{}").await, StatusCode::NOT_FOUND);
    assert_eq!(server.post("/webhooks/telegram", None, b"{}").await, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_of_the_platform_are_heeded() {
    let page = Page::open().await;
    // Too many calls: everybody waits, then all of it comes, once.
    page.graph.fail(Graph::error(400, 613, None, 1));
    let answer = page.says("u", text("u", "1", "IU")).await;
    assert_eq!(words(&answer).matches("[IU]").count(), 1);

    // Of the app, too.
    page.graph.fail(Graph::error(400, 4, None, 1));
    let answer = page.says("v", text("v", "1b", "IU")).await;
    assert_eq!(words(&answer).matches("[IU]").count(), 1);
    let states = page.server.store.source_states(SystemClock.now()).await.unwrap();
    let (key, state) = states.first().expect("what is sent is counted in the catalogue");
    assert_eq!(key.source, Service::Messenger, "where all servers see it, and that there is to be a pause");
    assert!(state.today > 0 && !key.fingerprint.contains("token"), "{states:?}");

    // A failure that says so is tried again, from where it failed.
    let calls = page.graph.calls();
    page.graph.fail(Graph::error(500, 1200, None, 1));
    let answer = page.says("u", text("u", "2", "thanks")).await;
    assert_eq!((answer.len(), page.graph.calls() - calls), (1, 2));

    // Too late: not again and again.
    page.graph.close_window("late");
    assert_eq!(page.deliver(&call(&[text("late", "3", "IU")])).await, StatusCode::OK);
    let calls = page.graph.calls();
    page.graph.until(|graph| graph.calls() > calls).await;

    // Gone: everything of theirs is forgotten.
    page.says("gone", text("gone", "4", "에스파")).await;
    assert!(page.server.store.conversation("messenger", "gone").await.unwrap().is_some());
    page.graph.leave("gone");
    assert_eq!(page.deliver(&call(&[text("gone", "5", "IU")])).await, StatusCode::OK);
    let store = page.server.store.clone();
    sixpotify_testkit::wait_until("they are forgotten", std::time::Duration::from_secs(30), async || {
        store.conversation("messenger", "gone").await.unwrap().is_none() && store.backlog().await.unwrap().waiting == 0
    })
    .await;
    assert!(page.graph.sent_to("late").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_wait_while_the_token_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let graph = Graph::start("page token").await.unwrap();
    let wrong = MessengerSettings { page_token: "old token".into(), ..settings(&graph) };
    let url = in_folder(folder.path());
    let server = TestServer::at(&url, Some(wrong), None, true).await;
    let body = call(&[text("u", "m", "IU")]).to_string().into_bytes();
    assert_eq!(server.post(PATH, Some(("x-hub-signature-256", &signature(&body))), &body).await, StatusCode::OK);
    graph.until(|graph| graph.calls() > 0).await;
    let alarm = "sixpotify_token_refused{channel=\"messenger\"} 1";
    sixpotify_testkit::wait_until("somebody is told", std::time::Duration::from_secs(30), async || {
        server.get("/metrics").await.1.contains(alarm)
    })
    .await;
    assert!(server.serving.unwrap().shutdown().await);
    assert_eq!(server.store.backlog().await.unwrap().waiting, 1, "it is not lost");
    server.store.close().await;

    let server = TestServer::at(&url, Some(settings(&graph)), None, true).await;
    server.clock.pass(TimeDelta::minutes(6));
    graph.until(|graph| words(&graph.sent_to("u")).contains("[IU]")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_longer_is_said_and_comes_by_itself() {
    let page = Page::open().await;
    page.server.library.abroad().set(Weather::Slow);
    let answer = page.says("u", text("u", "1", "Zior Park")).await;
    assert!(words(&answer).contains("I'm looking it up"), "{}", words(&answer));
    let meanwhile = page.says("u", text("u", "2", "thanks")).await;
    assert!(words(&meanwhile).contains("welcome"), "nobody is kept waiting: {}", words(&meanwhile));
    let kept = page.server.store.backlog().await.unwrap();
    assert_eq!((kept.waiting, kept.later), (0, 1));
    page.server.library.abroad().set(Weather::Fair);
    page.server.clock.pass(TimeDelta::seconds(10));
    page.graph.until(|graph| words(&graph.sent_to("u")).contains("[Zior Park]")).await;
    assert_eq!(page.server.library.abroad().asked(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_away_is_waited_for() {
    let page = Page::open().await;
    page.server.library.set_broken(true);
    assert_eq!(page.deliver(&call(&[text("u", "m", "IU")])).await, StatusCode::OK);
    let store = page.server.store.clone();
    sixpotify_testkit::wait_until("it was tried", std::time::Duration::from_secs(30), async || {
        store.claim_events("nobody", 1, TimeDelta::seconds(1), chrono::DateTime::UNIX_EPOCH).await.unwrap();
        page.server.get("/metrics").await.1.contains("messenger")
    })
    .await;
    page.server.library.set_broken(false);
    page.server.clock.pass(TimeDelta::minutes(1));
    page.graph.until(|graph| words(&graph.sent_to("u")).contains("[IU]")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_is_deleted_on_demand() {
    let page = Page::open().await;
    page.says("u", text("u", "1", "에스파")).await;
    page.says("u", text("u", "2", "English please")).await;
    page.says("u", text("u", "3", "delete my data")).await;
    let answer = page.says("u", text("u", "4", "yes")).await;
    assert!(words(&answer).contains("is deleted"), "{}", words(&answer));
    assert_eq!(page.server.store.conversation("messenger", "u").await.unwrap(), None);
}

#[tokio::test]
async fn the_profile_is_set_up() {
    let graph = Graph::start("page token").await.unwrap();
    let page = Messenger::open(settings(&graph), Arc::new(SystemClock), Arc::new(MemoryLedger::default())).unwrap();
    page.setup().await.unwrap();
    assert_eq!(graph.refused(), [""; 0]);
    let profile = graph.profile().unwrap();
    assert_eq!(profile["get_started"]["payload"], "start");
    assert_eq!(profile["persistent_menu"][1]["locale"], "ko_KR");
    let other = MessengerSettings { page_token: "wrong".into(), ..settings(&graph) };
    let other = Messenger::open(other, Arc::new(SystemClock), Arc::new(MemoryLedger::default())).unwrap();
    let error = other.setup().await.unwrap_err().to_string();
    assert!(error.contains("refuses the credentials") && !error.contains("wrong"), "{error}");
}

#[tokio::test]
async fn a_body_that_never_ends_is_cut_off() {
    let page = Page::open().await;
    let endless = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 65_536]));
    let request = Request::post(PATH).header("x-hub-signature-256", signature(b"")).body(Body::from_stream(endless));
    assert_eq!(page.server.call(request.unwrap()).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
}
