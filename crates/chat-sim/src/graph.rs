//! The Send API of Messenger.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::check::{Checked, address, list, object, text};
use crate::{Failure, wait_until};

/// A page's Send API on a port of this machine.
pub struct Graph {
    url: String,
    shared: Arc<Shared>,
}

struct Shared {
    token: String,
    log: Mutex<Log>,
    happened: Notify,
}

#[derive(Default)]
struct Log {
    sent: Vec<Value>,
    actions: Vec<Value>,
    refused: Vec<String>,
    profile: Option<Value>,
    failures: VecDeque<Failure>,
    gone: HashSet<String>,
    closed: HashSet<String>,
    calls: usize,
}

impl Graph {
    /// Starts it; calls must show `token`.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(token: &str) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/v26.0", listener.local_addr()?);
        let shared = Arc::new(Shared { token: token.to_owned(), log: Mutex::default(), happened: Notify::new() });
        let app = Router::new().route("/v26.0/me/{what}", post(call)).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self { url, shared })
    }

    /// The base of its addresses, with the version.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Bodies of the messages that were taken, in order.
    pub fn sent(&self) -> Vec<Value> {
        self.shared.log().sent.clone()
    }

    /// Messages that were taken for one person.
    pub fn sent_to(&self, person: &str) -> Vec<Value> {
        let to = |body: &Value| body.pointer("/recipient/id").and_then(Value::as_str) == Some(person);
        self.sent().into_iter().filter(to).collect()
    }

    /// Typing indicators and their like.
    pub fn actions(&self) -> Vec<Value> {
        self.shared.log().actions.clone()
    }

    /// What broke a rule, and which.
    pub fn refused(&self) -> Vec<String> {
        self.shared.log().refused.clone()
    }

    /// The profile that was set.
    pub fn profile(&self) -> Option<Value> {
        self.shared.log().profile.clone()
    }

    /// How many calls came in.
    pub fn calls(&self) -> usize {
        self.shared.log().calls
    }

    /// Lets the next calls fail.
    pub fn fail(&self, failure: Failure) {
        self.shared.log().failures.push_back(failure);
    }

    /// An error as the Graph API writes it.
    pub fn error(status: u16, code: i64, subcode: Option<i64>, times: usize) -> Failure {
        Failure { status, body: error(code, subcode, "on purpose"), times, taken: false }
    }

    /// This person cannot be reached any more.
    pub fn leave(&self, person: &str) {
        self.shared.log().gone.insert(person.to_owned());
    }

    /// The 24 hours of this person are over.
    pub fn close_window(&self, person: &str) {
        self.shared.log().closed.insert(person.to_owned());
    }

    /// Waits until `is_so`.
    pub async fn until(&self, is_so: impl Fn(&Self) -> bool) {
        wait_until(&self.shared.happened, || is_so(self)).await;
    }
}

impl Shared {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn error(code: i64, subcode: Option<i64>, message: &str) -> Value {
    let mut error = json!({"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "Trace"});
    if let Some(subcode) = subcode {
        error["error_subcode"] = subcode.into();
    }
    json!({"error": error})
}

async fn call(
    State(shared): State<Arc<Shared>>,
    Path(what): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
    body: Bytes,
) -> Response {
    let response = answer(&shared, &what, &query, &body);
    shared.happened.notify_waiters();
    response
}

fn answer(shared: &Shared, what: &str, query: &[(String, String)], body: &[u8]) -> Response {
    let mut log = shared.log();
    log.calls += 1;
    let refuse = |status: StatusCode, body: Value| (status, Json(body)).into_response();
    if !query.iter().any(|(name, value)| name == "access_token" && *value == shared.token) {
        let invalid = error(190, None, "Invalid OAuth access token.");
        return refuse(StatusCode::BAD_REQUEST, invalid);
    }
    let failure = log.failures.front_mut().map(|failure| {
        failure.times = failure.times.saturating_sub(1);
        failure.clone()
    });
    if failure.as_ref().is_some_and(|failure| failure.times == 0) {
        log.failures.pop_front();
    }
    if let Some(Failure { status, body, taken: false, .. }) = &failure {
        return refuse(StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_REQUEST), body.clone());
    }
    let checked = serde_json::from_slice::<Value>(body).map_err(|e| e.to_string()).and_then(|body| {
        match what {
            "messages" => messages(&body)?,
            "messenger_profile" => profile(&body)?,
            _ => return Err(format!("there is no `{what}`")),
        }
        Ok(body)
    });
    let body = match checked {
        Ok(body) => body,
        Err(wrong) => {
            let answer = error(100, None, &format!("(#100) {wrong}"));
            log.refused.push(wrong);
            return refuse(StatusCode::BAD_REQUEST, answer);
        }
    };
    let person = body.pointer("/recipient/id").and_then(Value::as_str).unwrap_or_default().to_owned();
    if log.gone.contains(&person) {
        let gone = error(551, Some(1_545_041), "This person isn't available right now.");
        return refuse(StatusCode::BAD_REQUEST, gone);
    }
    if log.closed.contains(&person) {
        let closed = error(10, Some(2_018_278), "This message is sent outside of allowed window.");
        return refuse(StatusCode::FORBIDDEN, closed);
    }
    let answer = if what == "messenger_profile" {
        log.profile = Some(body);
        json!({"result": "success"})
    } else if body.get("sender_action").is_some() {
        log.actions.push(body);
        json!({"recipient_id": person})
    } else {
        log.sent.push(body);
        json!({"recipient_id": person, "message_id": format!("m_{}", log.sent.len())})
    };
    match failure {
        // Taken, and the answer got lost.
        Some(Failure { status, body, .. }) => {
            refuse(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body)
        }
        None => Json(answer).into_response(),
    }
}

fn messages(body: &Value) -> Checked {
    let call = object(body, "the call", &["recipient", "messaging_type", "message", "sender_action"])?;
    text(object(&body["recipient"], "recipient", &["id"])?.get("id"), "recipient.id", 1, 100)?;
    match (call.get("message"), call.get("sender_action")) {
        (Some(_), Some(_)) => Err("cannot send both message and state".to_owned()),
        (None, Some(action)) => match action.as_str() {
            Some("typing_on" | "typing_off" | "mark_seen") => Ok(()),
            _ => Err(format!("there is no sender action {action}")),
        },
        (Some(message), None) => {
            if body["messaging_type"] != "RESPONSE" {
                return Err("messaging_type must be RESPONSE".to_owned());
            }
            self::message(message)
        }
        (None, None) => Err("neither message nor state".to_owned()),
    }
}

fn message(value: &Value) -> Checked {
    let message = object(value, "message", &["text", "attachment", "quick_replies"])?;
    match (message.get("text"), message.get("attachment")) {
        (Some(words), None) => drop(text(Some(words), "text", 1, 2000)?),
        (None, Some(attachment)) => template(attachment)?,
        _ => return Err("a message has either text or an attachment".to_owned()),
    }
    if let Some(replies) = message.get("quick_replies") {
        for reply in list(Some(replies), "quick_replies", 1, 13)? {
            let reply = object(reply, "a quick reply", &["content_type", "title", "payload", "image_url"])?;
            if reply.get("content_type").and_then(Value::as_str) != Some("text") {
                return Err("content_type of a quick reply is not text".to_owned());
            }
            text(reply.get("title"), "title of a quick reply", 1, 20)?;
            text(reply.get("payload"), "payload of a quick reply", 1, 1000)?;
        }
    }
    Ok(())
}

fn template(value: &Value) -> Checked {
    let attachment = object(value, "attachment", &["type", "payload"])?;
    let payload = &value["payload"];
    object(payload, "payload", &["template_type", "elements", "image_aspect_ratio"])?;
    if attachment.get("type").and_then(Value::as_str) != Some("template") || payload["template_type"] != "generic" {
        return Err("only generic templates are known here".to_owned());
    }
    for element in list(payload.get("elements"), "elements", 1, 10)? {
        let card = object(element, "an element", &["title", "subtitle", "image_url", "default_action", "buttons"])?;
        text(card.get("title"), "title of an element", 1, 80)?;
        if card.len() < 2 {
            return Err("an element needs one property besides its title".to_owned());
        }
        if let Some(subtitle) = card.get("subtitle") {
            text(Some(subtitle), "subtitle of an element", 1, 80)?;
        }
        if card.contains_key("image_url") {
            address(card.get("image_url"), "image_url")?;
        }
        if let Some(action) = card.get("default_action") {
            let action = object(action, "default_action", &["type", "url", "webview_height_ratio"])?;
            address(action.get("url"), "url of the default action")?;
        }
        if let Some(buttons) = card.get("buttons") {
            list(Some(buttons), "buttons", 1, 3)?.iter().try_for_each(button)?;
        }
    }
    Ok(())
}

fn button(value: &Value) -> Checked {
    let kind = value["type"].as_str().unwrap_or_default();
    let button = match kind {
        "web_url" => object(value, "a button", &["type", "title", "url"])?,
        "postback" => object(value, "a button", &["type", "title", "payload"])?,
        _ => return Err(format!("there is no button of type `{kind}`")),
    };
    text(button.get("title"), "title of a button", 1, 20)?;
    if kind == "web_url" {
        address(button.get("url"), "url of a button")?;
    } else {
        text(button.get("payload"), "payload of a button", 1, 1000)?;
    }
    Ok(())
}

fn profile(value: &Value) -> Checked {
    let profile = object(value, "the profile", &["get_started", "greeting", "persistent_menu"])?;
    let start = profile.get("get_started");
    if let Some(start) = start {
        text(object(start, "get_started", &["payload"])?.get("payload"), "payload of get_started", 1, 1000)?;
    }
    let mut greets_everybody = !profile.contains_key("greeting");
    for greeting in profile.get("greeting").map(|g| list(Some(g), "greeting", 1, 50)).transpose()?.into_iter().flatten()
    {
        let greeting = object(greeting, "a greeting", &["locale", "text"])?;
        greets_everybody |= text(greeting.get("locale"), "locale", 1, 10)? == "default";
        text(greeting.get("text"), "text of a greeting", 1, 160)?;
    }
    if !greets_everybody {
        return Err("no greeting of the locale `default`".to_owned());
    }
    if let Some(menus) = profile.get("persistent_menu") {
        if start.is_none() {
            return Err("a persistent menu requires get_started".to_owned());
        }
        let mut for_everybody = false;
        for menu in list(Some(menus), "persistent_menu", 1, 50)? {
            let menu = object(menu, "a menu", &["locale", "composer_input_disabled", "call_to_actions"])?;
            for_everybody |= text(menu.get("locale"), "locale", 1, 10)? == "default";
            for action in list(menu.get("call_to_actions"), "call_to_actions", 1, 20)? {
                let action = object(action, "a menu's item", &["type", "title", "payload", "url"])?;
                text(action.get("title"), "title of a menu's item", 1, 30)?;
                match action.get("type").and_then(Value::as_str) {
                    Some("postback") => drop(text(action.get("payload"), "payload", 1, 1000)?),
                    Some("web_url") => drop(address(action.get("url"), "url")?),
                    _ => return Err("a menu's item is neither a postback nor a link".to_owned()),
                }
            }
        }
        if !for_everybody {
            return Err("no menu of the locale `default`".to_owned());
        }
    }
    Ok(())
}
