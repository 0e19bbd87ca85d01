//! What a webhook call holds: every event of every entry. Anything that is not as it should be is passed over, never an error.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sixpotify_store::ChatEvent;

use super::super::event::{Did, Kind, Stored, text};

/// Events that happened longer ago are answered by nobody: the platform forbids it. Such a call is late by a day, or one that
/// somebody recorded and plays again when it is not known any more that it was answered.
const STALE: TimeDelta = TimeDelta::hours(24);

/// The events of a call that want an answer at `now`.
pub(super) fn events(call: &Value, now: DateTime<Utc>) -> Vec<ChatEvent> {
    if call.get("object").and_then(Value::as_str) != Some("page") {
        return Vec::new();
    }
    let entries = list(call, "entry");
    // `standby` holds what another app answers.
    entries.flat_map(|entry| list(entry, "messaging").filter_map(|event| one(entry, event, now))).collect()
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn one(entry: &Value, event: &Value, now: DateTime<Utc>) -> Option<ChatEvent> {
    let at = event.get("timestamp").and_then(Value::as_i64).and_then(DateTime::from_timestamp_millis);
    if at.is_some_and(|at| now - at > STALE) {
        return None;
    }
    let sender = id(event.pointer("/sender/id")?)?;
    // What the page itself says comes back.
    if entry.get("id").and_then(id).is_some_and(|page| page == sender) {
        return None;
    }
    let (event_id, did) = match (event.get("message"), event.get("postback")) {
        (Some(message), _) => self::message(message)?,
        (None, Some(postback)) => self::postback(&sender, event, postback)?,
        // Receipts, reactions, and whatever is invented next.
        (None, None) => return None,
    };
    let stored = Stored { to: sender.clone(), locale: None, did, pressed: None };
    Some(stored.event("messenger", &event_id, &sender))
}

fn message(message: &Value) -> Option<(String, Did)> {
    let is = |key: &str| message.get(key).and_then(Value::as_bool).unwrap_or(false);
    if is("is_echo") || is("is_deleted") {
        return None;
    }
    let mid = message.get("mid").and_then(Value::as_str).filter(|mid| !mid.is_empty())?;
    let chosen = message.pointer("/quick_reply/payload").and_then(Value::as_str);
    let said = message.get("text").and_then(Value::as_str);
    let did = match (chosen, said) {
        (Some(payload), _) => Did::Chose(payload.to_owned()),
        (None, Some(said)) => text(said),
        (None, None) => attachment(message),
    };
    Some((format!("m:{mid}"), did))
}

fn attachment(message: &Value) -> Did {
    let Some(first) = list(message, "attachments").next() else { return text("") };
    let payload = first.get("payload");
    if payload.and_then(|payload| payload.get("sticker_id")).is_some_and(|id| !id.is_null()) {
        return Did::Sent(Kind::Sticker);
    }
    match first.get("type").and_then(Value::as_str).unwrap_or_default() {
        "image" => Did::Sent(Kind::Picture),
        "audio" => Did::Sent(Kind::Voice),
        "video" | "reel" | "ig_reel" => Did::Sent(Kind::Video),
        "location" => Did::Sent(Kind::Location),
        // A shared link comes as an attachment.
        "fallback" => {
            let url = [first.get("url"), first.get("URL"), payload.and_then(|payload| payload.get("url"))];
            url.into_iter().flatten().find_map(Value::as_str).map_or(Did::Sent(Kind::Other), text)
        }
        _ => Did::Sent(Kind::Other),
    }
}

fn postback(sender: &str, event: &Value, postback: &Value) -> Option<(String, Did)> {
    let payload = postback.get("payload").and_then(Value::as_str).unwrap_or_default();
    let event_id = match postback.get("mid").and_then(Value::as_str).filter(|mid| !mid.is_empty()) {
        Some(mid) => format!("p:{mid}"),
        // Older versions send none: who, when and what make it the same event when it is delivered again.
        None => {
            let time = event.get("timestamp").and_then(Value::as_i64)?;
            let digest = Sha256::digest(format!("{sender}\n{time}\n{payload}"));
            let hex: String = digest[..16].iter().map(|byte| format!("{byte:02x}")).collect();
            format!("p:{time}:{hex}")
        }
    };
    Some((event_id, Did::Chose(payload.to_owned())))
}

/// An id: text, or a number as some tools write it.
fn id(value: &Value) -> Option<String> {
    match value {
        Value::String(id) if !id.is_empty() => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}
