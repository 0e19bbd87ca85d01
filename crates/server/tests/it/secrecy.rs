//! What is never written to the log, and whom the server never asks.

use std::io;
use std::net::TcpListener;

use axum::body::Body;
use axum::http::Request;
use chat_sim::{Graph, Telegram as Bot};
use chrono::TimeDelta;
use serde_json::json;
use sixpotify_core::{Artist, ArtistId};
use sixpotify_server::channels::messenger::MessengerSettings;
use sixpotify_server::channels::telegram::TelegramSettings;
use sixpotify_store::Batch;
use sixpotify_testkit::{Log, wait_until};
use tracing::level_filters::LevelFilter;

use crate::app::App;
use crate::channel::{TestServer, in_folder};
use crate::messenger::signature;

// One thread, so that all of it is logged where this test listens.
#[tokio::test]
async fn neither_tokens_nor_people_nor_their_words_are_logged() {
    let log = Log::listen(LevelFilter::DEBUG);
    let folder = tempfile::tempdir().unwrap();
    let graph = Graph::start("page-token-7391").await.unwrap();
    let bot = Bot::start("123:bot-token-7391").await.unwrap();
    let messenger = MessengerSettings {
        page_token: "page-token-7391".into(),
        app_secret: "app secret".into(),
        verify_token: "verify-7391".into(),
        api_url: graph.url().parse().unwrap(),
    };
    let telegram = TelegramSettings {
        token: "123:bot-token-7391".into(),
        webhook_secret: Some("hook-7391".into()),
        api_url: bot.url().parse().unwrap(),
        poll: false,
    };
    let server = TestServer::at(&in_folder(folder.path()), Some(messenger), Some(telegram), true).await;
    // Failures are where secrets get into logs: refused, broken, limited, gone.
    for failure in [Graph::error(400, 190, None, 1), Graph::error(500, 2, None, 1), Graph::error(400, 613, None, 1)] {
        graph.fail(failure);
    }
    bot.fail(Bot::error(401, "Unauthorized", None, 1));
    graph.leave("psid-4242-gone");
    let from = |person: &str, said: &str| {
        let event = json!({"sender": {"id": person}, "message": {"mid": format!("mid {person}"), "text": said}});
        json!({"object": "page", "entry": [{"id": "PAGE", "messaging": [event]}]}).to_string().into_bytes()
    };
    for (person, said) in [("psid-4242", "wordsofmine BTS"), ("psid-4242-gone", "wordsofmine"), ("psid-4242-b", "BTS")]
    {
        let body = from(person, said);
        let signed = signature(&body);
        assert_eq!(server.post("/webhooks/messenger", Some(("x-hub-signature-256", &signed)), &body).await, 200);
        let _ = server.post("/webhooks/messenger", Some(("x-hub-signature-256", "sha256=00")), &body).await;
    }
    let chat = json!({"id": 73_914_242, "type": "private"});
    let update = json!({"update_id": 1, "message": {"message_id": 1, "chat": chat, "text": "wordsofmine"}});
    let header = Some(("x-telegram-bot-api-secret-token", "hook-7391"));
    assert_eq!(server.post("/webhooks/telegram", header, update.to_string().as_bytes()).await, 200);
    server.get("/webhooks/messenger?hub.mode=subscribe&hub.verify_token=verify-7391&hub.challenge=1").await;
    server.get("/webhooks/messenger?hub.mode=subscribe&hub.verify_token=wrong-7391&hub.challenge=1").await;
    let form = "text=wordsofmine";
    let page = Request::post("/").header("content-type", "application/x-www-form-urlencoded").body(Body::from(form));
    server.call(page.unwrap()).await;
    server.get("/api/v1/find?q=wordsofmine").await;
    // What was refused is tried again when there is a good token, or the pause is over.
    graph.until(|graph| graph.calls() >= 3).await;
    wait_until("both tokens were refused", std::time::Duration::from_secs(60), async || {
        let figures = server.get("/metrics").await.1;
        ["messenger", "telegram"]
            .iter()
            .all(|channel| figures.contains(&format!("token_refused{{channel=\"{channel}\"")))
    })
    .await;
    server.clock.pass(TimeDelta::minutes(6));
    graph.until(|graph| ["psid-4242", "psid-4242-b"].iter().all(|person| !graph.sent_to(person).is_empty())).await;
    bot.until(|bot| !bot.sent().is_empty()).await;
    // Those before may have lost their claims with the six minutes; this one is answered and told of like any other.
    let body = from("psid-4242-c", "wordsofmine BTS");
    let signed = signature(&body);
    assert_eq!(server.post("/webhooks/messenger", Some(("x-hub-signature-256", &signed)), &body).await, 200);
    graph.until(|graph| !graph.sent_to("psid-4242-c").is_empty()).await;
    assert!(server.serving.unwrap().shutdown().await);
    let text = log.text();
    assert!(text.contains("\"channel\":\"messenger\"") && text.contains("\"outcome\":"), "nothing was logged: {text}");
    // With the dash, as digits alone may be those of a time or a port.
    for secret in ["-7391", "app secret", "-4242", "73914242", "wordsofmine"] {
        let line = text.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "`{secret}` is in the log");
    }
}

#[tokio::test]
async fn links_and_pictures_are_never_fetched() {
    let app = App::new().await;
    let inside = TcpListener::bind("127.0.0.1:0").unwrap();
    inside.set_nonblocking(true).unwrap();
    let address = format!("http://{}", inside.local_addr().unwrap());
    let artist = Artist {
        id: ArtistId::from_stored("inside"),
        name: "Inside".to_owned(),
        followers: None,
        popularity: None,
        url: Some(format!("{address}/artist")),
        image_url: Some(format!("{address}/picture.jpg")),
    };
    let batch = Batch { artists: vec![artist], ..Batch::default() };
    app.store.write(&batch, app.state.clock.now()).await.unwrap();
    app.get("/artist/inside").await;
    app.get("/api/v1/artists/inside").await;
    for said in [
        "Inside".to_owned(),
        format!("{address}/artist/1"),
        format!("{address}/open.spotify.com/artist/3Nrfpe0tUJi4K4DXYWgMUX"),
        format!("http://open.spotify.com@{}/artist/1", inside.local_addr().unwrap()),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        format!("look {address} and http://[::ffff:127.0.0.1]:{}/", inside.local_addr().unwrap().port()),
    ] {
        let form: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("text", &said).finish();
        for live in [false, true] {
            let answer = app.say(&form, None, live).await;
            assert!(!answer.status.is_server_error(), "{answer:#?}");
        }
    }
    let nobody = inside.accept().map(|(_, from)| from).map_err(|error| error.kind());
    assert_eq!(nobody, Err(io::ErrorKind::WouldBlock), "the server connected to an address from a message or a fact");
}
