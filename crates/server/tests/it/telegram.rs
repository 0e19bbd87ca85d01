//! Telegram, against a stand-in for the Bot API that refuses what the real one refuses.

use std::sync::Arc;

use axum::http::StatusCode;
use chat_sim::Telegram as Sim;
use serde_json::{Value, json};
use sixpotify_bot::testing::Weather;
use sixpotify_server::channels::telegram::{Telegram, TelegramSettings};
use sixpotify_sources::SystemClock;
use sixpotify_sources::http::MemoryLedger;
use tempfile::TempDir;

use crate::channel::{TestServer, in_folder};

const PATH: &str = "/webhooks/telegram";
const SECRET: &str = "hook_secret-1";

fn settings(sim: &Sim, poll: bool) -> TelegramSettings {
    TelegramSettings {
        token: "123:abc".into(),
        webhook_secret: (!poll).then(|| SECRET.into()),
        api_url: sim.url().parse().unwrap(),
        poll,
    }
}

struct Chat {
    sim: Sim,
    server: TestServer,
    _folder: TempDir,
}

impl Chat {
    async fn open(poll: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sim = Sim::start("123:abc").await.unwrap();
        let server = TestServer::at(&in_folder(folder.path()), None, Some(settings(&sim, poll)), true).await;
        Self { sim, server, _folder: folder }
    }

    async fn deliver(&self, update: &Value) -> StatusCode {
        let body = update.to_string().into_bytes();
        self.server.post(PATH, Some(("x-telegram-bot-api-secret-token", SECRET)), &body).await
    }

    /// Delivers an update of a person and waits until all of it is answered; gives the messages.
    async fn gets(&self, chat: i64, update: &Value) -> Vec<Value> {
        let before = self.sent_to(chat).len();
        assert_eq!(self.deliver(update).await, StatusCode::OK);
        self.sim.until(|_| self.sent_to(chat).len() > before || !self.sim.refused().is_empty()).await;
        let store = self.server.store.clone();
        sixpotify_testkit::wait_until("everything is answered", std::time::Duration::from_secs(30), async || {
            store.backlog().await.unwrap().waiting == 0
        })
        .await;
        assert_eq!(self.sim.refused(), [""; 0], "the platform refused nothing");
        self.sent_to(chat).split_off(before)
    }

    fn sent_to(&self, chat: i64) -> Vec<Value> {
        let bodies = self.sim.sent().into_iter().map(|(_, body)| body);
        bodies.filter(|body| body["chat_id"] == chat).collect()
    }
}

fn update(id: i64, chat: i64, message: &Value) -> Value {
    let mut full = json!({
        "message_id": 1,
        "date": 1,
        "chat": {"id": chat, "type": "private"},
        "from": {"id": chat, "is_bot": false, "language_code": "en"},
    });
    for (key, value) in message.as_object().unwrap() {
        full[key] = value.clone();
    }
    json!({"update_id": id, "message": full})
}

fn says(id: i64, chat: i64, text: &str) -> Value {
    update(id, chat, &json!({"text": text}))
}

fn presses(id: i64, chat: i64, data: &Value) -> Value {
    json!({"update_id": id, "callback_query": {
        "id": format!("query {id}"),
        "from": {"id": chat, "is_bot": false},
        "message": {"message_id": 1, "chat": {"id": chat, "type": "private"}},
        "data": data,
    }})
}

fn words(messages: &[Value]) -> String {
    let mut words = String::new();
    for message in messages {
        let said = message["text"].as_str().or(message["caption"].as_str());
        words.push_str(said.unwrap_or_default());
        for button in buttons(message) {
            words.push_str(&format!("({})", button["text"].as_str().unwrap_or_default()));
        }
        words.push('\n');
    }
    words
}

fn buttons(message: &Value) -> Vec<Value> {
    let rows = message.pointer("/reply_markup/inline_keyboard").and_then(Value::as_array);
    rows.into_iter().flatten().flat_map(|row| row.as_array().cloned().unwrap_or_default()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everyday_messages_are_answered_rightly() {
    let chat = Chat::open(false).await;
    let cases: Vec<(Value, &str)> = vec![
        (json!({"text": "BTS"}), "BTS\nk-pop, dance pop\nFrom Spotify(Listen on Spotify)"),
        (json!({"text": "shinee"}), "SHINee\n"),
        (json!({"text": "에스파"}), "aespa\n"),
        (json!({"text": "blackpikn"}), "I took “blackpikn” to mean “BLACKPINK”"),
        (json!({"text": "aespa "}), "aespa\n"),
        (json!({"text": "Beyonce"}), "Beyoncé\n"),
        (json!({"text": "guns n’ roses"}), "Guns N' Roses\n"),
        (json!({"text": "Robert'); DROP TABLE artists;--"}), "couldn't find"),
        (json!({"text": "Zior Park"}), "Zior Park\n"),
        (json!({"text": "no such artist at all"}), "couldn't find"),
        (json!({"text": "nirvana"}), "Did you mean one of these?"),
        (json!({"text": "!!!"}), "!!!\n"),
        (json!({"text": "😂"}), "can't hear what it says"),
        (json!({"text": "word ".repeat(600)}), "a lot of text"),
        (json!({"text": ""}), "nothing in that message"),
        (json!({"text": "/start"}), "Send me an artist"),
        (json!({"text": "/help@sixpotify_bot"}), "what you can send"),
        (json!({"text": "/similar BTS"}), "Similar to BTS"),
        (json!({"text": "thanks"}), "welcome"),
        (json!({"text": "Dynamite BTS"}), "Dynamite – BTS"),
        (json!({"text": "songs like Blinding Lights"}), "Songs like Blinding Lights – The Weeknd"),
        (json!({"text": "BTS, aespa, IU"}), "IU\n"),
        (json!({"text": "https://open.spotify.com/artist/3Nrfpe0tUJi4K4DXYWgMUX"}), "BTS\n"),
        (json!({"sticker": {"file_id": "x"}}), "Nice one!"),
        (json!({"voice": {"file_id": "x", "duration": 5}}), "can't listen"),
        (json!({"photo": [{"file_id": "x"}]}), "can't look at pictures"),
        (json!({"location": {"latitude": 1.0, "longitude": 1.0}}), "only understand text"),
        (json!({"text": "<b>x</b> <script>alert(1)</script>"}), "couldn't find “<b>x</b>"),
        (json!({"text": "delete my data"}), "Shall I delete"),
    ];
    for (at, (message, expected)) in cases.into_iter().enumerate() {
        let at = i64::try_from(at).unwrap();
        let answer = words(&chat.gets(1000 + at, &update(at, 1000 + at, &message)).await);
        assert!(answer.contains(expected), "{message} brought, without `{expected}`: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn buttons_lead_on_and_are_acknowledged() {
    let chat = Chat::open(false).await;
    let card = chat.gets(7, &says(1, 7, "BTS")).await;
    assert_eq!(card[0]["photo"], "https://pictures.example/3Nrfpe0tUJi4K4DXYWgMUX.jpg");
    assert_eq!(card[0]["caption_entities"][0], json!({"type": "bold", "offset": 0, "length": 3}));
    let list = &card[1];
    assert!(list["entities"].as_array().is_some_and(|links| links.len() == 5), "each with a link: {list}");
    let data = buttons(list)[0]["callback_data"].clone();
    let next = chat.gets(7, &presses(2, 7, &data)).await;
    assert!(words(&next).contains("(Back)"), "{}", words(&next));
    assert_eq!(chat.sim.calls_of("answerCallbackQuery"), [json!({"callback_query_id": "query 2"})]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_is_answered_once_and_only_where_it_asks() {
    let chat = Chat::open(false).await;
    let first = chat.gets(7, &says(1, 7, "IU")).await;
    let quiet = [
        says(1, 7, "IU"),
        json!({"update_id": 2, "edited_message": {"chat": {"id": 7, "type": "private"}, "text": "IU"}}),
        update(3, 7, &json!({"from": {"id": 9, "is_bot": true}, "text": "IU"})),
        update(4, 7, &json!({"chat": {"id": -5, "type": "group"}, "text": "who likes IU?"})),
        update(5, 7, &json!({"chat": {"id": -6, "type": "channel"}, "text": "/help"})),
        update(6, 7, &json!({"new_chat_title": "x"})),
        json!({"update_id": 7, "callback_query": {"id": "q", "from": {"id": 7}, "inline_message_id": "i", "data": "help"}}),
    ];
    for update in &quiet {
        assert_eq!(chat.deliver(update).await, StatusCode::OK);
    }
    let other = chat.gets(-5, &update(8, 7, &json!({"chat": {"id": -5, "type": "group"}, "text": "/help@bot"}))).await;
    assert_eq!(other.len(), 1);
    assert_eq!(chat.sim.sent().len(), first.len() + 1, "{:?}", chat.sim.sent());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_calls_that_show_the_secret_are_taken() {
    let chat = Chat::open(false).await;
    let body = says(1, 7, "IU").to_string().into_bytes();
    let name = "x-telegram-bot-api-secret-token";
    assert_eq!(chat.server.post(PATH, None, &body).await, StatusCode::UNAUTHORIZED);
    for wrong in ["", "hook_secret-", "hook_secret-12", "HOOK_SECRET-1"] {
        assert_eq!(chat.server.post(PATH, Some((name, wrong)), &body).await, StatusCode::FORBIDDEN, "{wrong}");
    }
    assert_eq!(chat.server.waiting().await, 0);
    let large = vec![b' '; (1 << 20) + 1];
    for (body, status) in [
        (b"".as_slice(), StatusCode::BAD_REQUEST),
        (b"[[", StatusCode::BAD_REQUEST),
        (b"null", StatusCode::OK),
        (b"{\"update_id\":\"x\"}", StatusCode::OK),
        (b"{\"update_id\":1,\"message\":[]}", StatusCode::OK),
        (b"{\"update_id\":1,\"message\":{\"chat\":{\"id\":\"x\"}}}", StatusCode::OK),
        (b"{\"update_id\":1,\"callback_query\":{\"message\":7}}", StatusCode::OK),
        (&large, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        assert_eq!(chat.server.post(PATH, Some((name, SECRET)), body).await, status);
    }
    assert_eq!(chat.server.waiting().await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_in_an_update_upsets_the_server() {
    let chat = Chat::open(false).await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)).into_bytes();
    let header = Some(("x-telegram-bot-api-secret-token", SECRET));
    assert_eq!(chat.server.post(PATH, header, &deep).await, StatusCode::BAD_REQUEST);
    // Every value of real updates, replaced by every kind of value.
    let real = [
        says(1, 7, "IU"),
        presses(2, 7, &json!("help")),
        update(3, 7, &json!({"photo": [{"file_id": "x"}], "entities": [{"type": "url", "offset": 0, "length": 1}]})),
        update(4, 7, &json!({"sticker": {"file_id": "x"}, "chat": {"id": -7, "type": "group"}})),
    ];
    let mut delivered = 0_i64;
    for real in &real {
        let mut paths = Vec::new();
        crate::messenger::places(real, String::new(), &mut paths);
        for path in &paths {
            for other in [
                json!(null),
                json!(true),
                json!(-1.5),
                json!(u64::MAX),
                json!(""),
                json!("x".repeat(9000)),
                json!([[]]),
                json!({"a": {}}),
            ] {
                let mut broken = real.clone();
                // Each is an update of its own, unless it is this that is replaced.
                broken["update_id"] = (1000 + delivered).into();
                *broken.pointer_mut(path).unwrap() = other;
                assert_eq!(chat.deliver(&broken).await, StatusCode::OK, "{path}");
                delivered += 1;
            }
        }
    }
    assert!(delivered > 250, "{delivered}");
    let store = chat.server.store.clone();
    sixpotify_testkit::wait_until("everything is answered", std::time::Duration::from_secs(120), async || {
        store.backlog().await.unwrap().waiting == 0
    })
    .await;
    assert_eq!(chat.sim.refused(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_of_the_platform_are_heeded() {
    let chat = Chat::open(false).await;
    chat.sim.fail(Sim::error(429, "Too Many Requests: retry after 1", Some(1), 1));
    let answer = chat.gets(7, &says(1, 7, "IU")).await;
    assert_eq!(answer.iter().filter(|message| message.get("photo").is_some()).count(), 1);

    chat.sim.break_picture("https://pictures.example/6YVMFz59CuY7ngCxTxjpxH.jpg");
    assert_eq!(chat.deliver(&says(2, 8, "aespa")).await, StatusCode::OK);
    chat.sim.until(|_| words(&chat.sent_to(8)).contains("Top songs")).await;
    let card = &chat.sent_to(8)[0];
    assert!(card.get("photo").is_none() && card["text"].as_str().unwrap().starts_with("aespa\n"), "{card}");

    chat.gets(9, &says(3, 9, "에스파")).await;
    chat.sim.block(9);
    assert_eq!(chat.deliver(&says(4, 9, "IU")).await, StatusCode::OK);
    let store = chat.server.store.clone();
    sixpotify_testkit::wait_until("they are forgotten", std::time::Duration::from_secs(30), async || {
        store.conversation("telegram", "9").await.unwrap().is_none() && store.backlog().await.unwrap().waiting == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn updates_can_be_fetched() {
    let chat = Chat::open(true).await;
    chat.sim.update(says(41, 7, "IU"));
    chat.sim.update(update(42, 8, &json!({"new_chat_title": "nothing to answer"})));
    chat.sim.until(|_| words(&chat.sent_to(7)).contains("Top songs")).await;
    chat.sim.until(|sim| sim.unconfirmed() == 0).await;
    chat.sim.update(says(43, 7, "thanks"));
    chat.sim.until(|_| words(&chat.sent_to(7)).contains("welcome")).await;
    assert_eq!(words(&chat.sent_to(7)).matches("IU\n").count(), 1);
    assert!(chat.server.serving.unwrap().shutdown().await, "a poll that waits holds nobody up");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn typing_is_shown_while_something_is_looked_up() {
    let chat = Chat::open(false).await;
    chat.server.library.abroad().set(Weather::Slow);
    let answer = chat.gets(7, &says(1, 7, "Zior Park")).await;
    assert!(words(&answer).contains("I'm looking it up"), "{}", words(&answer));
}

#[tokio::test]
async fn commands_and_the_webhook_are_registered() {
    let sim = Sim::start("123:abc").await.unwrap();
    let bot = Telegram::open(settings(&sim, false), Arc::new(SystemClock), Arc::new(MemoryLedger::default())).unwrap();
    bot.setup(Some(&"https://bot.example/webhooks/telegram".parse().unwrap())).await.unwrap();
    assert_eq!(sim.refused(), [""; 0]);
    let commands = sim.calls_of("setMyCommands");
    assert_eq!((commands.len(), &commands[1]["language_code"]), (2, &json!("ko")));
    assert_eq!(sim.calls_of("setWebhook")[0]["secret_token"], SECRET);
    bot.setup(None).await.unwrap();
    assert_eq!(sim.calls_of("deleteWebhook").len(), 1);
    let error = bot.setup(Some(&"http://bot.example/plain".parse().unwrap())).await.unwrap_err().to_string();
    assert!(error.contains("HTTPS") && !error.contains("123:abc"), "{error}");
}
