//! POSTs: a question is asked again, an act only while it certainly was not received; secrets in any place.

use std::sync::Arc;

use serde_json::{Value, json};
use sixpotify_sources::SystemClock;
use sixpotify_sources::http::{Access, Door, DoorConfig, Endpoint, FetchError, MemoryLedger, Request, SECRET};
use url::Url;

use crate::client::quick_retry;
use crate::service::{Reply, Service, Then};

static SEND: Endpoint = Endpoint { path: "sendMessage", may_be_withheld: false, item: false };

const TOKEN: &str = "123:AA-token_of_a_bot";

fn door(access: Access) -> Door {
    let config = DoorConfig { retry: quick_retry(), ..DoorConfig::new("telegram") };
    Door::new(config, access, Arc::new(SystemClock), Arc::new(MemoryLedger::default())).unwrap()
}

fn url(service: &Service) -> Url {
    let mut url = service.api_url();
    url.path_segments_mut().unwrap().clear().extend([&format!("bot{SECRET}"), "sendMessage"]);
    url
}

fn act(service: &Service) -> Request {
    Request::post(&SEND, url(service), &json!({"chat_id": 1, "text": "안녕"})).once()
}

#[tokio::test]
async fn an_act_that_may_have_been_received_is_not_repeated() {
    let troubles = [
        Reply::new(500, "application/json", r#"{"ok":false}"#),
        Reply::new(200, "text/html", "<html></html>"),
        Reply::new(200, "application/json", r#"{"ok":tr"#),
        Reply::nothing(Then::Reset),
        Reply::nothing(Then::Close),
        Reply::json(&json!({"ok": true})).half(Then::Close),
    ];
    for trouble in troubles {
        let service = Service::always(trouble.clone()).await;
        let error = door(Access::Path(TOKEN.to_owned().into())).fetch::<Value>(&act(&service)).await.unwrap_err();
        assert!(matches!(error, FetchError::Unsure { .. }), "{trouble:?}: {error:?}");
        assert!(!error.to_string().contains("AA-token"), "{error}");
        assert_eq!(service.asked().len(), 1, "{trouble:?}");
        // A question is asked again.
        let question = Request::post(&SEND, url(&service), &json!({}));
        door(Access::Path(TOKEN.to_owned().into())).fetch::<Value>(&question).await.unwrap_err();
        assert_eq!(service.asked().len(), 6, "{trouble:?}");
    }
}

#[tokio::test]
async fn an_act_that_was_refused_is_repeated_when_it_may() {
    let limited = Reply::new(429, "application/json", r#"{"ok":false,"description":"Too Many Requests"}"#);
    let service = Service::in_turn(vec![limited.header("retry-after", "1"), Reply::json(&json!({"ok": true}))]).await;
    let answer: Value = door(Access::Path(TOKEN.to_owned().into())).fetch(&act(&service)).await.unwrap();
    assert_eq!(answer, json!({"ok": true}));
    let asked = service.asked();
    assert_eq!(asked[1].line, format!("POST /bot{TOKEN}/sendMessage"));
    assert_eq!(serde_json::from_str::<Value>(&asked[1].body).unwrap()["text"], "안녕");
}

#[tokio::test]
async fn an_act_that_never_left_is_tried_again() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let request = Request::post(&SEND, Url::parse(&format!("http://{free}/x")).unwrap(), &json!({})).once();
    let door = door(Access::Open);
    let error = door.fetch::<Value>(&request).await.unwrap_err();
    assert!(matches!(error, FetchError::Failed { attempts: 5, .. }), "{error:?}");
    assert_eq!(door.stats().requests, 5);
}

#[tokio::test]
async fn a_secret_header_is_sent_and_never_told() {
    let service = Service::start(|seen, _| Reply::new(401, "text/plain", seen.authorization.clone())).await;
    let access = Access::Header { scheme: "Bearer", secret: TOKEN.to_owned().into() };
    assert_eq!(format!("{access:?}"), "a secret in a header");
    let error = door(access).fetch::<Value>(&Request::get(&SEND, service.api_url())).await.unwrap_err();
    assert_eq!(error.to_string(), "telegram refuses the credentials: Bearer ***");
    assert_eq!(service.asked().len(), 1, "the same secret is no better the second time");
    assert_eq!(service.asked()[0].authorization, format!("Bearer {TOKEN}"));
}

#[tokio::test]
async fn the_user_agent_is_as_it_was_set() {
    let service = Service::always(Reply::json(&json!({}))).await;
    let config = DoorConfig { user_agent: "sixpotify/0 ( me )".to_owned(), ..DoorConfig::new("x") };
    let door = Door::new(config, Access::Open, Arc::new(SystemClock), Arc::new(MemoryLedger::default())).unwrap();
    door.fetch::<Value>(&Request::get(&SEND, service.api_url())).await.unwrap();
    assert_eq!(service.asked()[0].agent, "sixpotify/0 ( me )");
}
