//! `/`: the chat. A form that works without a script, and the same form answered event by event for the script.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::header::{ACCEPT, CACHE_CONTROL, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::{StreamExt as _, stream};
use serde::Deserialize;
use serde_json::json;
use sixpotify_bot::{Answer, Channel, Content, Conversation, Incoming, Keep, Later, Reply, Turn};
use tokio::sync::mpsc;

use super::page::{Page, PageLanguage, language_cookie};
use super::problem::problem;
use super::render;
use super::visitor::{FORGET, Visitor};
use crate::conversations;
use crate::error::Problem;
use crate::state::AppState;

/// How long an answer that takes longer is waited for: with the script, and without it, where nothing is shown before.
const PATIENCE: Duration = Duration::from_secs(30);
const PATIENCE_WITHOUT_SCRIPT: Duration = Duration::from_secs(12);

/// The shortest pause between two looks at an answer that takes longer. Each look waits for the answer by itself, as long as it is being
/// looked up here.
const PAUSE: Duration = Duration::from_millis(50);

#[derive(askama::Template)]
#[template(path = "chat.html", whitespace = "minimize")]
struct ChatPage {
    page: Page,
    turns: Vec<String>,
}

/// What the form holds: a text, or a choice with what was written on its button.
#[derive(Deserialize)]
pub(crate) struct Message {
    text: Option<String>,
    choice: Option<String>,
    said: Option<String>,
}

impl Message {
    /// What the visitor sees of it.
    fn said(&self) -> &str {
        let said = if self.choice.is_some() { &self.said } else { &self.text };
        said.as_deref().unwrap_or_default()
    }

    fn content(self) -> Content {
        match (self.choice, self.text) {
            (Some(choice), _) => Content::Chosen(choice),
            (None, text) => Content::Text(text.unwrap_or_default()),
        }
    }
}

/// The page, with a greeting.
pub(crate) async fn page(mut language: PageLanguage, State(state): State<AppState>, visitor: Visitor) -> Response {
    let key = visitor.key().unwrap_or_default();
    let incoming = incoming(key, &language, Content::Start);
    let conversation = match visitor.key() {
        Some(_) => conversations::load(&state.store, &incoming.asker).await,
        None => Ok(Conversation::default()),
    };
    let conversation = conversation.unwrap_or_else(|error| {
        tracing::warn!(error = %error, "a conversation could not be read");
        Conversation::default()
    });
    if let (false, Some(spoken)) = (language.chosen_now, conversation.language) {
        language.chosen = Some(spoken);
    }
    let greeting = greeting(&state, &language, &incoming, conversation).await;
    let turn = render::reply(&greeting, state.config.pictures);
    answer_page(&language, turn.map(|turn| turn.into_iter().collect()))
}

/// What the bot says to somebody who opens the page. Nothing is kept: whoever only looks has no conversation.
async fn greeting(
    state: &AppState,
    language: &PageLanguage,
    incoming: &Incoming,
    mut conversation: Conversation,
) -> Reply {
    conversation.language = Some(language.language());
    match state.bot.answer(incoming, conversation.clone(), state.clock.now()).await {
        Ok(answer) => answer.reply,
        Err(error) => {
            tracing::warn!(error = %error, "the greeting could not be put together");
            state.bot.sorry(incoming, &conversation)
        }
    }
}

/// A message: answered by events where the script asks for them, by a page otherwise.
pub(crate) async fn message(
    language: PageLanguage,
    State(state): State<AppState>,
    visitor: Visitor,
    headers: HeaderMap,
    form: Result<Form<Message>, FormRejection>,
) -> Response {
    let live = headers.get(ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"text/event-stream"));
    let answer = async {
        if !is_from_here(&headers) {
            return Err(Problem::Forbidden);
        }
        let (key, cookie) = visitor.key_or_new()?;
        state.visitors.take(&key, visitor.address, state.clock.now())?;
        let Form(message) = form.map_err(|error| Problem::from_rejection(error.status(), error.body_text()))?;
        let said = message.said().to_owned();
        let incoming = incoming(key, &language, message.content());
        let mut response = if live {
            events(state.clone(), incoming)
        } else {
            without_script(&state, &language, incoming, &said).await?
        };
        if let Some(cookie) = cookie {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        Ok(response)
    };
    match answer.await {
        Ok(response) => response,
        Err(error) if live => error.into_response(),
        Err(error) => problem(&language, &error),
    }
}

/// Takes the cookie away; what was kept under it is deleted by the conversation itself.
pub(crate) async fn forget() -> Response {
    (StatusCode::NO_CONTENT, [(SET_COOKIE, FORGET)]).into_response()
}

fn incoming(key: String, language: &PageLanguage, content: Content) -> Incoming {
    let locale = language.chosen.or(language.preferred).map(|language| language.code().to_owned());
    Incoming { locale, ..Incoming::new(Channel::Web, key, content) }
}

/// Whether a browser sent this from a page of ours. Programs, which say nothing of it, may write too.
fn is_from_here(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_none_or(|site| matches!(site.as_bytes(), b"same-origin" | b"none"))
}

fn answer_page(language: &PageLanguage, turns: Result<Vec<String>, Problem>) -> Response {
    let page = Page::new(language.language());
    match turns.and_then(|turns| language.answer(ChatPage { page, turns })) {
        Ok(mut response) => {
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(error) => problem(language, &error),
    }
}

/// All that there is to say, as a page.
async fn without_script(
    state: &AppState,
    language: &PageLanguage,
    incoming: Incoming,
    said: &str,
) -> Result<Response, Problem> {
    let (replies, mut answers) = mpsc::channel(8);
    let talk = converse(state.clone(), incoming, PATIENCE_WITHOUT_SCRIPT, replies);
    let collect = async {
        let mut all = Vec::new();
        while let Some(said) = answers.recv().await {
            all.push(said);
        }
        all
    };
    let ((), all) = tokio::join!(talk, collect);
    let spoken = all.last().map_or(language.language(), |last| last.reply.language);
    let mut turns = vec![render::said(said, spoken)?];
    for said in &all {
        turns.extend(render::reply(&said.reply, state.config.pictures)?);
    }
    let forget = all.iter().any(|said| said.forget);
    let shown = PageLanguage { chosen: Some(spoken), ..language.clone() };
    let mut response = answer_page(&shown, Ok(turns));
    if forget {
        response.headers_mut().append(SET_COOKIE, FORGET);
    } else if all.iter().any(|said| said.chosen) {
        response.headers_mut().append(SET_COOKIE, language_cookie(spoken));
    }
    Ok(response)
}

/// All that there is to say, as it comes: `typing`, `reply` (JSON), `end`.
fn events(state: AppState, incoming: Incoming) -> Response {
    let (replies, answers) = mpsc::channel(8);
    let pictures = state.config.pictures;
    // A task of its own: what was begun is kept, also when nobody listens any more.
    state.tasks.spawn(converse(state.clone(), incoming, PATIENCE, replies));
    let beginning = stream::iter([Event::default().event("typing").data("{}")]);
    let middle = stream::unfold((answers, false), move |(mut answers, ended)| async move {
        if ended {
            return None;
        }
        let Some(said) = answers.recv().await else {
            return Some((Some(Event::default().event("end").data("{}")), (answers, true)));
        };
        Some((reply_event(&said, pictures), (answers, false)))
    });
    let events = beginning.chain(middle.filter_map(std::future::ready)).map(Ok::<_, Infallible>);
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(10))).into_response();
    // Proxies that collect an answer before they pass it on are asked not to.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn reply_event(said: &Saying, pictures: bool) -> Option<Event> {
    let html = match render::reply(&said.reply, pictures) {
        Ok(html) => html?,
        Err(error) => {
            error.log();
            return None;
        }
    };
    let data = json!({ "html": html, "language": said.reply.language.code(), "forget": said.forget });
    Some(Event::default().event("reply").data(data.to_string()))
}

/// A reply on its way.
struct Saying {
    reply: Reply,
    /// Everything that was kept is deleted.
    forget: bool,
    /// The language was chosen by the visitor.
    chosen: bool,
}

/// Answers one message until there is nothing left to say, or patience ends.
async fn converse(state: AppState, mut incoming: Incoming, patience: Duration, replies: mpsc::Sender<Saying>) {
    let began = tokio::time::Instant::now();
    let end = began + patience;
    loop {
        let (saying, later) = match answer(&state, &incoming).await {
            Ok(Answer { reply, keep, later, outcome }) => {
                state.metrics.answered(incoming.asker.channel, outcome, began.elapsed());
                crate::metrics::log(incoming.asker.channel, outcome, began.elapsed());
                let forget = keep == Keep::Nothing;
                let chosen = matches!(&keep, Keep::Conversation(kept) if kept.chosen);
                (Saying { reply, forget, chosen }, later)
            }
            Err(error) => {
                state.metrics.failed(incoming.asker.channel);
                tracing::error!(error = %error, channel = %incoming.asker.channel, "a message could not be answered");
                let reply = state.bot.sorry(&incoming, &Conversation::default());
                (Saying { reply, forget: false, chosen: false }, None)
            }
        };
        // Nobody listens any more: what was to be kept is kept.
        if replies.send(saying).await.is_err() {
            return;
        }
        let Some(Later { content, not_before }) = later.filter(|_| incoming.turn != Turn::Last) else { return };
        let wait = (not_before - state.clock.now()).to_std().unwrap_or_default().max(PAUSE);
        let now = tokio::time::Instant::now();
        // An answer that comes after everybody left (a source is blocked for an hour): that was said already.
        if now + wait > end + patience {
            return;
        }
        incoming.content = content;
        incoming.turn = if now + wait >= end { Turn::Last } else { Turn::Again };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = state.stop.cancelled() => incoming.turn = Turn::Last,
        }
    }
}

async fn answer(state: &AppState, incoming: &Incoming) -> Result<Answer, sixpotify_bot::LibraryError> {
    let conversation = conversations::load(&state.store, &incoming.asker).await?;
    let answer = state.bot.answer(incoming, conversation, state.clock.now()).await?;
    conversations::keep(&state.store, &incoming.asker, &answer.keep, state.clock.now()).await?;
    Ok(answer)
}
