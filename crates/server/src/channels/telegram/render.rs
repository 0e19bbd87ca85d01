//! Messages as the Bot API takes them. Text goes as it is, with links and bold print as entities: no markup is parsed, so none can
//! be smuggled in.

use serde_json::{Value, json};
use sixpotify_bot::{Button, Card, LinkButton, Message, Span};

/// The width up to which two buttons share a row, in units of UTF-16.
const HALF_ROW: usize = 16;

/// A chat's id as it came.
pub(super) fn chat(id: &str) -> Value {
    id.parse::<i64>().map_or_else(|_| id.into(), Value::from)
}

/// The method and the body for a message; `pictures`: with the picture, if it has one.
pub(super) fn message(to: &str, message: &Message, pictures: bool) -> (&'static str, Value) {
    let nothing = json!({"is_disabled": true});
    match message {
        Message::Text { text, links, choices } => {
            let entities: Vec<Value> = links.iter().map(link).collect();
            let mut body = json!({"chat_id": chat(to), "text": text.as_str(), "link_preview_options": nothing});
            if !entities.is_empty() {
                body["entities"] = entities.into();
            }
            with_keyboard(&mut body, None, choices);
            ("sendMessage", body)
        }
        Message::Cards { cards, choices } => {
            // The platform has no cards side by side; the limits say so, and one is all there is.
            let Some(card) = cards.first() else { return ("sendMessage", json!({"chat_id": chat(to), "text": "–"})) };
            let (text, bold) = words(card);
            let (method, mut body) = match card.image_url.as_ref().filter(|_| pictures) {
                Some(url) => {
                    let body = json!({"chat_id": chat(to), "photo": url, "caption": text, "caption_entities": bold});
                    ("sendPhoto", body)
                }
                None => {
                    let mut body = json!({"chat_id": chat(to), "text": text, "entities": bold});
                    body["link_preview_options"] = nothing;
                    ("sendMessage", body)
                }
            };
            let buttons: Vec<Button> = card.buttons.iter().chain(choices).cloned().collect();
            with_keyboard(&mut body, card.link.as_ref(), &buttons);
            (method, body)
        }
    }
}

/// Title in bold print over the rest.
fn words(card: &Card) -> (String, Value) {
    let title = card.title.as_str();
    let bold = json!([{"type": "bold", "offset": 0, "length": title.encode_utf16().count()}]);
    if card.subtitle.is_empty() { (title.to_owned(), bold) } else { (format!("{title}\n{}", card.subtitle), bold) }
}

fn link(span: &Span) -> Value {
    json!({"type": "text_link", "offset": span.start, "length": span.length, "url": span.url})
}

fn with_keyboard(body: &mut Value, link: Option<&LinkButton>, choices: &[Button]) {
    let mut rows: Vec<Vec<Value>> = Vec::new();
    if let Some(link) = link {
        rows.push(vec![json!({"text": link.title.as_str(), "url": link.url})]);
    }
    let mut half = false;
    for choice in choices {
        let button = json!({"text": choice.title.as_str(), "callback_data": choice.payload.as_str()});
        let short = choice.title.as_str().encode_utf16().count() <= HALF_ROW;
        match rows.last_mut() {
            Some(row) if half && short => {
                row.push(button);
                half = false;
            }
            _ => {
                rows.push(vec![button]);
                half = short;
            }
        }
    }
    if !rows.is_empty() {
        body["reply_markup"] = json!({"inline_keyboard": rows});
    }
}
