//! The Bot API of Telegram.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::check::{Checked, address, list, object, text};
use crate::{Failure, wait_until};

/// A bot's API on a port of this machine.
pub struct Telegram {
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
    calls: Vec<(String, Value)>,
    refused: Vec<String>,
    failures: VecDeque<Failure>,
    updates: Vec<Value>,
    webhook: Option<String>,
    broken: HashSet<String>,
    gone: HashSet<i64>,
}

impl Telegram {
    /// Starts it for the bot of `token`.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(token: &str) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared { token: token.to_owned(), log: Mutex::default(), happened: Notify::new() });
        let app = Router::new().route("/{bot}/{method}", post(call)).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self { url, shared })
    }

    /// The base of its addresses.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Messages and photos that were taken, with the method, in order.
    pub fn sent(&self) -> Vec<(String, Value)> {
        let is_message = |(method, _): &(String, Value)| method == "sendMessage" || method == "sendPhoto";
        self.calls().into_iter().filter(is_message).collect()
    }

    /// All calls that were taken but polls, in order.
    pub fn calls(&self) -> Vec<(String, Value)> {
        self.shared.log().calls.clone()
    }

    /// Bodies of the calls of one method that were taken.
    pub fn calls_of(&self, method: &str) -> Vec<Value> {
        self.calls().into_iter().filter(|(called, _)| called == method).map(|(_, body)| body).collect()
    }

    /// What broke a rule, and which.
    pub fn refused(&self) -> Vec<String> {
        self.shared.log().refused.clone()
    }

    /// Lets the next calls but polls fail.
    pub fn fail(&self, failure: Failure) {
        self.shared.log().failures.push_back(failure);
    }

    /// An error as the Bot API writes it.
    pub fn error(code: u16, description: &str, retry_after: Option<u64>, times: usize) -> Failure {
        let mut body = json!({"ok": false, "error_code": code, "description": description});
        if let Some(seconds) = retry_after {
            body["parameters"] = json!({"retry_after": seconds});
        }
        Failure { status: code, body, times, taken: false }
    }

    /// The picture at this address cannot be fetched.
    pub fn break_picture(&self, url: &str) {
        self.shared.log().broken.insert(url.to_owned());
    }

    /// Somebody blocked the bot.
    pub fn block(&self, chat: i64) {
        self.shared.log().gone.insert(chat);
    }

    /// Somebody did something: polls will bring it.
    pub fn update(&self, update: Value) {
        self.shared.log().updates.push(update);
        self.shared.happened.notify_waiters();
    }

    /// Updates that no poll has confirmed yet.
    pub fn unconfirmed(&self) -> usize {
        self.shared.log().updates.len()
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

fn refuse(code: u16, description: &str) -> Response {
    let body = json!({"ok": false, "error_code": code, "description": description});
    (StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_REQUEST), Json(body)).into_response()
}

async fn call(State(shared): State<Arc<Shared>>, Path((bot, method)): Path<(String, String)>, body: Bytes) -> Response {
    if bot.strip_prefix("bot") != Some(shared.token.as_str()) {
        return refuse(401, "Unauthorized");
    }
    let Ok(body) = serde_json::from_slice::<Value>(&body) else {
        return refuse(400, "Bad Request: can't parse JSON");
    };
    if method == "getUpdates" {
        return updates(&shared, &body).await;
    }
    let response = answer(&shared, &method, body);
    shared.happened.notify_waiters();
    response
}

async fn updates(shared: &Shared, body: &Value) -> Response {
    let offset = body["offset"].as_i64();
    let wait = Duration::from_secs(body["timeout"].as_u64().unwrap_or(0));
    let fetch = async {
        loop {
            let next = shared.happened.notified();
            {
                let mut log = shared.log();
                if log.webhook.is_some() {
                    return refuse(409, "Conflict: can't use getUpdates method while webhook is active");
                }
                if let Some(offset) = offset {
                    log.updates.retain(|update| update["update_id"].as_i64() >= Some(offset));
                }
                if !log.updates.is_empty() {
                    return Json(json!({"ok": true, "result": log.updates})).into_response();
                }
            }
            next.await;
        }
    };
    shared.happened.notify_waiters();
    timeout(wait, fetch).await.unwrap_or_else(|_| Json(json!({"ok": true, "result": []})).into_response())
}

fn answer(shared: &Shared, method: &str, body: Value) -> Response {
    let mut log = shared.log();
    let failure = log.failures.front_mut().map(|failure| {
        failure.times = failure.times.saturating_sub(1);
        failure.clone()
    });
    if failure.as_ref().is_some_and(|failure| failure.times == 0) {
        log.failures.pop_front();
    }
    if let Some(Failure { status, body, .. }) = failure {
        return (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), Json(body)).into_response();
    }
    if let Err(wrong) = check(method, &body) {
        let answer = refuse(400, &format!("Bad Request: {wrong}"));
        log.refused.push(format!("{method}: {wrong}"));
        return answer;
    }
    if body["chat_id"].as_i64().is_some_and(|chat| log.gone.contains(&chat)) {
        return refuse(403, "Forbidden: bot was blocked by the user");
    }
    if body["photo"].as_str().is_some_and(|url| log.broken.contains(url)) {
        return refuse(400, "Bad Request: failed to get HTTP URL content");
    }
    match method {
        "setWebhook" => log.webhook = body["url"].as_str().map(str::to_owned),
        "deleteWebhook" => log.webhook = None,
        _ => {}
    }
    let id = log.calls.len();
    log.calls.push((method.to_owned(), body));
    Json(json!({"ok": true, "result": {"message_id": id}})).into_response()
}

fn check(method: &str, body: &Value) -> Checked {
    match method {
        "sendMessage" => {
            let fields = ["chat_id", "text", "entities", "link_preview_options", "reply_markup"];
            let call = object(body, "the call", &fields)?;
            chat(body)?;
            let words = text(call.get("text"), "text", 1, 4096)?;
            entities(call.get("entities"), words)?;
            keyboard(call.get("reply_markup"))
        }
        "sendPhoto" => {
            let fields = ["chat_id", "photo", "caption", "caption_entities", "reply_markup"];
            let call = object(body, "the call", &fields)?;
            chat(body)?;
            address(call.get("photo"), "photo")?;
            let words = text(call.get("caption"), "caption", 0, 1024)?;
            entities(call.get("caption_entities"), words)?;
            keyboard(call.get("reply_markup"))
        }
        "sendChatAction" => {
            object(body, "the call", &["chat_id", "action"])?;
            chat(body)?;
            if body["action"] == "typing" { Ok(()) } else { Err("there is no such action".to_owned()) }
        }
        "answerCallbackQuery" => {
            let call = object(body, "the call", &["callback_query_id", "text"])?;
            text(call.get("callback_query_id"), "callback_query_id", 1, 100).map(drop)
        }
        "setMyCommands" => commands(body),
        "setWebhook" => {
            let call = object(body, "the call", &["url", "secret_token", "allowed_updates", "max_connections"])?;
            let url = text(call.get("url"), "url", 1, 2000)?;
            let secret = text(call.get("secret_token"), "secret_token", 1, 256)?;
            let plain = secret.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
            if !url.starts_with("https://") {
                return Err("bad webhook: an HTTPS URL must be provided for webhook".to_owned());
            }
            if plain { Ok(()) } else { Err("secret token contains unallowed characters".to_owned()) }
        }
        "deleteWebhook" => object(body, "the call", &["drop_pending_updates"]).map(drop),
        _ => Err(format!("there is no method `{method}`")),
    }
}

fn chat(body: &Value) -> Checked {
    if body["chat_id"].is_i64() { Ok(()) } else { Err("chat_id is no number".to_owned()) }
}

fn entities(value: Option<&Value>, words: &str) -> Checked {
    let Some(value) = value else { return Ok(()) };
    let length = words.encode_utf16().count();
    for entity in list(Some(value), "entities", 0, 100)? {
        let known = object(entity, "an entity", &["type", "offset", "length", "url"])?;
        let number = |key: &str| known.get(key).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
        let (Some(offset), Some(size)) = (number("offset"), number("length")) else {
            return Err("an entity has no place".to_owned());
        };
        if size == 0 || offset + size > length {
            return Err(format!("an entity from {offset} of {size} is not within {length}"));
        }
        match known.get("type").and_then(Value::as_str) {
            Some("bold") => {}
            Some("text_link") => drop(address(known.get("url"), "url of an entity")?),
            _ => return Err("there is no such entity".to_owned()),
        }
    }
    Ok(())
}

fn keyboard(value: Option<&Value>) -> Checked {
    let Some(value) = value else { return Ok(()) };
    let rows = list(object(value, "reply_markup", &["inline_keyboard"])?.get("inline_keyboard"), "keyboard", 1, 100)?;
    let mut buttons = 0;
    for row in rows {
        for button in list(Some(row), "a row", 1, 8)? {
            buttons += 1;
            let button = object(button, "a button", &["text", "callback_data", "url"])?;
            text(button.get("text"), "text of a button", 1, 256)?;
            match (button.get("callback_data").and_then(Value::as_str), button.get("url")) {
                (Some(data), None) if (1..=64).contains(&data.len()) => {}
                (Some(data), None) => return Err(format!("BUTTON_DATA_INVALID: {} bytes", data.len())),
                (None, Some(url)) => drop(address(Some(url), "url of a button")?),
                _ => return Err("a button has either data or a link".to_owned()),
            }
        }
    }
    if buttons <= 100 { Ok(()) } else { Err("too many buttons".to_owned()) }
}

fn commands(body: &Value) -> Checked {
    let call = object(body, "the call", &["commands", "language_code"])?;
    for command in list(call.get("commands"), "commands", 1, 100)? {
        let command = object(command, "a command", &["command", "description"])?;
        let name = text(command.get("command"), "command", 1, 32)?;
        if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
            return Err(format!("`{name}` is no command"));
        }
        text(command.get("description"), "description", 3, 256)?;
    }
    match call.get("language_code").and_then(Value::as_str) {
        Some(code) if code.len() != 2 => Err(format!("`{code}` is no language")),
        _ => Ok(()),
    }
}
