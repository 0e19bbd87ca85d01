//! `serve` with platforms that people chat on: what was acknowledged is answered, whatever happens.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::Duration;

use chat_sim::{Graph, Telegram};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use sixpotify_testkit::wait_until;
use spotify_sim::Mode;
use sqlx::{Connection as _, Row as _};

use crate::app::{App, Kind, on_both};

on_both!(killed_after_the_acknowledgement);

const LONG: Duration = Duration::from_secs(60);

/// A server as a process, with its address.
struct Process {
    child: Child,
    address: String,
}

impl Process {
    /// Starts `serve` and waits until it says where it listens.
    async fn start(app: &App, settings: &[(&str, &str)], args: &[&str]) -> Self {
        let mut command = app.command(&[&["serve"], args].concat());
        command.env("SIXPOTIFY_LISTEN", "127.0.0.1:0").envs(settings.iter().copied());
        command.env_remove("SPOTIFY_CLIENT_ID").env_remove("SPOTIFY_CLIENT_SECRET");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = tokio::task::spawn_blocking(move || {
            let address = lines.by_ref().map_while(Result::ok).find_map(|line| {
                let rest = line.split_once("at http://")?.1;
                Some(rest.split(' ').next()?.to_owned())
            });
            // What it says later is not waited for, and must not fill the pipe.
            std::thread::spawn(move || lines.for_each(drop));
            address
        });
        Self { child, address: address.await.unwrap().unwrap() }
    }

    /// Status of a POST.
    async fn post(&self, path: &str, header: String, body: String) -> u16 {
        let (address, path) = (self.address.clone(), path.to_owned());
        let post = move || {
            let mut stream = TcpStream::connect(&address).unwrap();
            let length = body.len();
            write!(stream, "POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n{header}\r\n\r\n{body}").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer.split(' ').nth(1).unwrap().parse().unwrap()
        };
        tokio::task::spawn_blocking(post).await.unwrap()
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn signature(body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(b"app secret").unwrap();
    mac.update(body.as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("x-hub-signature-256: sha256={hex}")
}

fn settings(graph: &Graph) -> Vec<(&'static str, &str)> {
    vec![
        ("MESSENGER_PAGE_TOKEN", "page token"),
        ("MESSENGER_APP_SECRET", "app secret"),
        ("MESSENGER_VERIFY_TOKEN", "verify me"),
        ("MESSENGER_API_URL", graph.url()),
    ]
}

fn message(person: usize, mid: usize) -> Value {
    json!({"sender": {"id": format!("person {person}")}, "recipient": {"id": "PAGE"},
           "message": {"mid": format!("mid {mid}"), "text": "help"}})
}

/// Runs SQL behind the program's back; gives the first column of the first row.
async fn sql(app: &App, sql: &'static str) -> Option<String> {
    if let Some(path) = app.url.strip_prefix("sqlite:") {
        let connection = rusqlite::Connection::open(path).unwrap();
        connection.busy_timeout(LONG).unwrap();
        let mut statement = connection.prepare(sql).unwrap();
        let mut rows = statement.raw_query();
        return rows.next().unwrap().map(|row| row.get(0).unwrap());
    }
    let mut connection = sqlx::postgres::PgConnection::connect(&app.url).await.unwrap();
    let row = sqlx::query(sql).fetch_optional(&mut connection).await.unwrap();
    row.map(|row| row.get(0))
}

async fn killed_after_the_acknowledgement(kind: Kind) {
    let app = App::new(kind, Mode::Extended).await;
    let graph = Graph::start("page token").await.unwrap();
    // Slow enough that a kill meets events in every state.
    let mut acknowledged = 0;
    for round in 0..3 {
        let process = Process::start(&app, &settings(&graph), &[]).await;
        for batch in 0..4 {
            let events: Vec<Value> = (0..10).map(|n| message(n, round * 40 + batch * 10 + n)).collect();
            let body = json!({"object": "page", "entry": [{"id": "PAGE", "messaging": events}]}).to_string();
            assert_eq!(process.post("/webhooks/messenger", signature(&body), body).await, 200);
            acknowledged += 10;
        }
        process.kill();
    }
    let process = Process::start(&app, &settings(&graph), &[]).await;
    // Claims of those that were killed end by themselves.
    wait_until("everything that was acknowledged is answered", LONG, async || {
        let count = "select cast(count(*) as text) from chat_events where state = 'answered' and payload is null";
        sql(&app, count).await == Some(acknowledged.to_string())
    })
    .await;
    assert_eq!(graph.refused(), [""; 0]);
    for person in 0..10 {
        let answers = graph.sent_to(&format!("person {person}")).len();
        // Twice only what was being sent when it was killed: of each person one at a time.
        assert!((12..=15).contains(&answers), "{answers}");
    }
    drop(process);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn telegram_can_be_polled_and_is_set_up_by_a_command() {
    let app = App::new(Kind::Sqlite, Mode::Extended).await;
    let telegram = Telegram::start("123:abc").await.unwrap();
    let settings = [("TELEGRAM_BOT_TOKEN", "123:abc"), ("TELEGRAM_API_URL", telegram.url())];
    let mut command = app.command(&["channel", "telegram", "setup"]);
    let said = crate::app::said({
        command.envs(settings);
        command
    })
    .await;
    assert_eq!((said.code, said.stdout.as_str()), (0, ""), "{said:?}");
    assert_eq!(telegram.calls_of("setMyCommands").len(), 2);

    let process = Process::start(&app, &settings, &["--telegram-poll"]).await;
    telegram.update(json!({"update_id": 1, "message": {"message_id": 1, "date": 1, "text": "/help",
        "chat": {"id": 5, "type": "private"}, "from": {"id": 5, "is_bot": false, "language_code": "ko"}}}));
    telegram.until(|telegram| !telegram.sent().is_empty()).await;
    assert!(telegram.sent()[0].1["text"].as_str().unwrap().starts_with("이렇게 보내 보세요"));
    assert_eq!(telegram.refused(), [""; 0]);
    drop(process);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messenger_is_set_up_by_a_command_and_half_a_setup_is_explained() {
    let app = App::new(Kind::Sqlite, Mode::Extended).await;
    let graph = Graph::start("page token").await.unwrap();
    let run = async |settings: Vec<(&str, &str)>| {
        let mut command = app.command(&["channel", "messenger", "setup"]);
        command.envs(settings);
        crate::app::said(command).await
    };
    let said = run(settings(&graph)).await;
    assert_eq!(said.code, 0, "{said:?}");
    assert!(graph.profile().is_some_and(|profile| profile["get_started"]["payload"] == "start"));

    let said = run(settings(&graph)[..1].to_vec()).await;
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("messenger needs MESSENGER_APP_SECRET, MESSENGER_VERIFY_TOKEN, too"), "{said:?}");

    let mut wrong = settings(&graph);
    wrong[0].1 = "old secret token";
    let said = run(wrong).await;
    assert_eq!(said.code, 1);
    assert!(said.stderr.contains("refuses the credentials") && !said.stderr.contains("old secret"), "{said:?}");

    let said = crate::app::said(app.command(&["serve", "--telegram-poll"])).await;
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("--telegram-poll needs TELEGRAM_BOT_TOKEN"), "{said:?}");
}
