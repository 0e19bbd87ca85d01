//! What an update holds. Anything that is not as it should be is passed over, never an error.

use serde_json::Value;
use sixpotify_store::ChatEvent;

use super::super::event::{Did, Kind, Stored, text};

/// The event of an update that wants an answer.
pub(super) fn event(update: &Value) -> Option<ChatEvent> {
    let id = update.get("update_id").and_then(Value::as_i64)?;
    // Edited messages are answered already.
    let (stored, user) = match (update.get("message"), update.get("callback_query")) {
        (Some(message), _) => self::message(message)?,
        (None, Some(query)) => self::pressed(query)?,
        (None, None) => return None,
    };
    Some(stored.event("telegram", &id.to_string(), &user))
}

/// Ids of chats are numbers; they are kept as text.
fn number(value: &Value) -> Option<String> {
    value.as_i64().map(|number| number.to_string())
}

/// The chat, its kind, and whose conversation this is: in a group everybody has one of their own.
fn place<'a>(chat: &'a Value, from: Option<&Value>) -> Option<(String, &'a str, String)> {
    let id = chat.get("id").and_then(number)?;
    let kind = chat.get("type").and_then(Value::as_str).unwrap_or_default();
    let from = from.and_then(|from| from.get("id")).and_then(number);
    let user = match from {
        Some(from) if from != id => format!("{id}/{from}"),
        _ => id.clone(),
    };
    Some((id, kind, user))
}

fn locale(from: Option<&Value>) -> Option<String> {
    from?.get("language_code")?.as_str().map(|code| code.chars().take(20).collect())
}

fn message(message: &Value) -> Option<(Stored, String)> {
    let from = message.get("from");
    if from.and_then(|from| from.get("is_bot")).and_then(Value::as_bool).unwrap_or(false) {
        return None;
    }
    let (to, kind, user) = place(message.get("chat")?, from)?;
    let said = message.get("text").and_then(Value::as_str);
    // In groups people talk with each other; only commands are for the bot. Channels talk with nobody.
    if kind == "channel" || (kind != "private" && !said.is_some_and(|said| said.starts_with('/'))) {
        return None;
    }
    let has = |key: &str| message.get(key).is_some_and(Value::is_object);
    let did = match said {
        Some(said) => text(said),
        None if has("sticker") || has("dice") => Did::Sent(Kind::Sticker),
        None if has("voice") || has("audio") => Did::Sent(Kind::Voice),
        None if message.get("photo").is_some_and(Value::is_array) || has("animation") => Did::Sent(Kind::Picture),
        None if has("video") || has("video_note") => Did::Sent(Kind::Video),
        None if has("location") || has("venue") => Did::Sent(Kind::Location),
        None if has("document") || has("contact") || has("poll") => Did::Sent(Kind::Other),
        // Somebody joined, a message was pinned: nothing that anybody said.
        None => return None,
    };
    Some((Stored { to, locale: locale(from), did, pressed: None }, user))
}

fn pressed(query: &Value) -> Option<(Stored, String)> {
    let from = query.get("from");
    let (to, _, user) = place(query.pointer("/message/chat")?, from)?;
    let payload = query.get("data").and_then(Value::as_str)?;
    let pressed =
        query.get("id").and_then(Value::as_str).filter(|id| !id.is_empty()).map(|id| id.chars().take(100).collect());
    Some((Stored { to, locale: locale(from), did: Did::Chose(payload.to_owned()), pressed }, user))
}
