//! `sixpotify serve`, and `sixpotify chat`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use spotify_sim::Mode;

use crate::app::{App, Kind, of, on_both};

on_both!(serve_answers_and_ends_in_good_order);

/// A server that is ended, whatever becomes of the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

async fn serve_answers_and_ends_in_good_order(kind: Kind) {
    let app = App::new(kind, Mode::Extended).await;
    app.ok(&["ingest", "--name", "Metallica", "--name", "Guns N' Roses"]).await;
    app.ok(&["relate"]).await;
    let mut command = app.command(&["serve"]);
    command.env("SIXPOTIFY_LISTEN", "127.0.0.1:0").stderr(Stdio::piped());
    let mut server = Server(command.spawn().unwrap());
    let mut talk = BufReader::new(server.0.stderr.take().unwrap());
    let mut line = String::new();
    talk.read_line(&mut line).unwrap();
    let address = line.split("http://").nth(1).and_then(|rest| rest.split(' ').next()).expect(&line).to_owned();
    assert!(!line.contains("demo-secret") && !line.contains("password"), "{line}");

    let asked = tokio::task::spawn_blocking(move || {
        assert!(get(&address, "/healthz").ends_with("ok\n"));
        assert!(get(&address, "/").contains("Sixpotify"));
        assert!(get(&address, "/api/v1/find?q=METALLICA").contains("\"verdict\":\"found\""));
        // Known to the source only: looked up, stored and related on the spot.
        let mut stream = TcpStream::connect(&address).unwrap();
        let form = "text=Shania+Twain";
        write!(
            stream,
            "POST / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAccept: text/event-stream\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.contains(">Shania Twain</a></h2>"), "{answer}");
    });
    asked.await.unwrap();

    let ended = Command::new("kill").args(["-TERM", &server.0.id().to_string()]).status().unwrap();
    assert!(ended.success());
    let status = tokio::task::spawn_blocking(move || server.0.wait().unwrap()).await.unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(app.ok(&["show", "Shania Twain"]).await.contains("Shania Twain"), "it is in the catalogue now");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_is_taken_is_one_sentence_and_a_hint() {
    let app = App::new(Kind::Sqlite, Mode::Extended).await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let mut command = app.command(&["serve"]);
    command.env("SIXPOTIFY_LISTEN", taken.local_addr().unwrap().to_string());
    for command in [command, app.command(&["demo", "--port", &port.to_string()])] {
        let said = crate::app::said(command).await;
        assert_eq!(said.code, 1, "{said:#?}");
        assert!(said.stderr.starts_with(&format!("error: port {port} is taken on 127.0.0.1\n\nhint: ")), "{said:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chat_answers_line_by_line() {
    let app = App::new(Kind::Sqlite, Mode::Extended).await;
    app.ok(&["ingest", "--name", "Metallica", "--name", "Guns N' Roses"]).await;
    app.ok(&["relate"]).await;
    let mut command = app.command(&["chat"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        // What is no text is no reason to end a conversation.
        let said = b"\xff\xfe\x80\n\nmetallica\n1\na\n\x1b[2Jnobody knows this\n";
        child.stdin.take().unwrap().write_all(said).unwrap();
        child.wait_with_output().unwrap()
    });
    let said = of(&output.await.unwrap());
    assert_eq!(said.code, 0, "{said:#?}");
    for part in ["Metallica", "Similar to Guns N' Roses", "[a] "] {
        assert!(said.stdout.contains(part), "no `{part}` in {said:#?}");
    }
    assert!(!said.stdout.contains('\u{1b}'), "{said:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_no_keys_is_told_whether_the_network_is_used() {
    let app = App::new(Kind::Sqlite, Mode::Extended).await;
    app.ok(&["ingest", "--name", "Metallica"]).await;
    // With no words to answer nothing is asked of anybody, whatever the settings are.
    let without_keys = |sources: &str| {
        let mut command = app.command(&["chat"]);
        command.env_remove("SPOTIFY_CLIENT_ID").env_remove("SPOTIFY_CLIENT_SECRET").env("SIXPOTIFY_SOURCES", sources);
        command
    };
    let said = crate::app::said(without_keys("spotify")).await;
    assert_eq!((said.code, said.stderr.as_str()), (0, "names that nobody knows yet are not looked up anywhere\n"));
    let said = crate::app::said(without_keys("deezer,musicbrainz")).await;
    assert_eq!(said.code, 0, "{said:#?}");
    assert!(said.stderr.contains("looked up at musicbrainz, deezer; SIXPOTIFY_SOURCES says"), "{said:#?}");
    let mut half = without_keys("spotify");
    half.env("SPOTIFY_CLIENT_ID", "demo");
    let said = crate::app::said(half).await;
    assert_eq!(said.code, 2, "{said:#?}");
    assert!(said.stderr.contains("SPOTIFY_CLIENT_SECRET"), "{said:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_can_be_json_and_says_nothing_of_people() {
    let app = App::new(Kind::Sqlite, Mode::Extended).await;
    app.ok(&["ingest", "--name", "Metallica"]).await;
    let mut command = app.command(&["serve", "-v"]);
    command.env("SIXPOTIFY_LISTEN", "127.0.0.1:0").env("SIXPOTIFY_LOG", "json").stderr(Stdio::piped());
    let mut server = Server(command.spawn().unwrap());
    let talk = BufReader::new(server.0.stderr.take().unwrap());
    let (send, address) = tokio::sync::oneshot::channel();
    let read = tokio::task::spawn_blocking(move || {
        let mut send = Some(send);
        let mut log = Vec::new();
        for line in talk.lines() {
            let line = line.unwrap();
            if let Some(rest) = line.split("http://").nth(1).filter(|_| send.is_some()) {
                send.take().unwrap().send(rest.split(' ').next().unwrap().to_owned()).unwrap();
            }
            if line.starts_with('{') {
                log.push(serde_json::from_str::<serde_json::Value>(&line).expect(&line));
            }
        }
        log
    });
    let address = address.await.unwrap();
    let cookie = tokio::task::spawn_blocking(move || {
        let form = "text=metallica";
        let mut stream = TcpStream::connect(&address).unwrap();
        write!(
            stream,
            "POST / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, cookie) = answer.split_once("set-cookie: ").expect(&answer);
        cookie.split(['=', ';']).nth(1).unwrap().to_owned()
    });
    let cookie = cookie.await.unwrap();
    assert!(Command::new("kill").args(["-TERM", &server.0.id().to_string()]).status().unwrap().success());
    let log = read.await.unwrap();
    let answered = log.iter().find(|line| line["message"] == "a message was answered").expect("it is logged");
    assert_eq!((&answered["channel"], &answered["outcome"]), (&"web".into(), &"right_away".into()));
    assert!(answered["duration_ms"].as_f64().is_some_and(|ms| ms > 0.0), "{answered}");
    for line in &log {
        let text = line.to_string();
        assert!(!text.to_lowercase().contains("metallica") && !text.contains(&cookie), "{text}");
    }
    let mut wrong = app.command(&["status"]);
    wrong.env("SIXPOTIFY_LOG", "xml");
    let said = crate::app::said(wrong).await;
    assert_eq!(said.code, 2, "{said:#?}");
    assert!(said.stderr.contains("SIXPOTIFY_LOG is `xml` (environment), expected `text` or `json`"), "{said:#?}");
}
