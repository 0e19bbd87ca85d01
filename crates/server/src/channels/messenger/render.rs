//! Messages as the Send API takes them.

use serde_json::{Value, json};
use sixpotify_bot::{Button, Card, Message};

/// The `message` of a call.
pub(super) fn message(message: &Message) -> Value {
    let (mut body, choices) = match message {
        Message::Text { text, choices, .. } => (json!({"text": text.as_str()}), choices),
        Message::Cards { cards, choices } => {
            let elements: Vec<Value> = cards.iter().map(element).collect();
            let payload = json!({"template_type": "generic", "elements": elements});
            (json!({"attachment": {"type": "template", "payload": payload}}), choices)
        }
    };
    if !choices.is_empty() {
        body["quick_replies"] = choices.iter().map(quick_reply).collect();
    }
    body
}

fn quick_reply(choice: &Button) -> Value {
    json!({"content_type": "text", "title": choice.title.as_str(), "payload": choice.payload.as_str()})
}

fn element(card: &Card) -> Value {
    let mut element = json!({"title": card.title.as_str()});
    if !card.subtitle.is_empty() {
        element["subtitle"] = card.subtitle.as_str().into();
    }
    if let Some(url) = &card.image_url {
        element["image_url"] = url.as_str().into();
    }
    let mut buttons = Vec::new();
    if let Some(link) = &card.link {
        element["default_action"] = json!({"type": "web_url", "url": link.url});
        buttons.push(json!({"type": "web_url", "url": link.url, "title": link.title.as_str()}));
    }
    for button in &card.buttons {
        buttons.push(json!({"type": "postback", "title": button.title.as_str(), "payload": button.payload.as_str()}));
    }
    if !buttons.is_empty() {
        element["buttons"] = buttons.into();
    }
    element
}
