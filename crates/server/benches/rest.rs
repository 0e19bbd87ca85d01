//! REST against an axum handler that returns the same bytes: the server must reach 60 % of its throughput.

#[path = "../tests/it/app.rs"]
#[expect(dead_code, reason = "made for the tests, which use all of it")]
mod app;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use sixpotify_server::Server;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use app::{App, id};

/// Connections that ask at once.
const CONNECTIONS: usize = 32;

/// How long each side is asked, each time.
const ROUND: Duration = Duration::from_secs(3);

/// Rounds for each side, one after the other, so that what else the machine does meets both.
const ROUNDS: usize = 3;

#[tokio::main]
async fn main() {
    let app = App::new().await;
    let path = format!("/api/v1/artists/{}/similar", id(0));
    let body = app.get(&path).await.body;
    let serving = Server::new(app.state.clone()).start().await.expect("a free port");

    let answer = body.clone();
    let same = move || {
        let answer = answer.clone();
        async move { ([(CONTENT_TYPE, "application/json")], answer) }
    };
    let router = Router::new().route("/api/v1/artists/{id}/similar", get(same));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let bare = listener.local_addr().expect("a bound address");
    tokio::spawn(async move { axum::serve(listener, router).await });

    let (mut ours, mut theirs) = (0, 0);
    for _ in 0..ROUNDS {
        theirs += load(bare, &path).await;
        ours += load(serving.address(), &path).await;
    }
    let per_second = |count: u64| count as f64 / (ROUND.as_secs_f64() * ROUNDS as f64);
    println!(
        "similar artists, {} bytes: {:.0} requests/s; a handler that returns the same bytes: {:.0}; {:.0} %",
        body.len(),
        per_second(ours),
        per_second(theirs),
        100.0 * ours as f64 / theirs as f64
    );
    serving.shutdown().await;
}

/// Requests that were answered in one round.
async fn load(address: SocketAddr, path: &str) -> u64 {
    let end = Instant::now() + ROUND;
    let mut clients = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let request = format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n");
        clients.spawn(client(address, request, end));
    }
    clients.join_all().await.into_iter().sum()
}

/// Asks again and again. Only the first answer is read as HTTP; the others must be as long and begin alike, so that what is measured
/// is the server and not whoever asks.
async fn client(address: SocketAddr, request: String, end: Instant) -> u64 {
    const OK: &[u8] = b"HTTP/1.1 200";
    let mut stream = TcpStream::connect(address).await.expect("the server accepts");
    let mut buffer = Vec::with_capacity(1 << 16);
    let mut whole = None;
    let mut answered = 0;
    while Instant::now() < end {
        stream.write_all(request.as_bytes()).await.expect("the server reads");
        buffer.clear();
        loop {
            let read = stream.read_buf(&mut buffer).await.expect("the server answers");
            assert!(read > 0, "the server closed the connection");
            whole = whole.or_else(|| length(&buffer));
            if whole.is_some_and(|whole| buffer.len() >= whole) {
                break;
            }
        }
        assert!(whole == Some(buffer.len()) && buffer.starts_with(OK), "{}", String::from_utf8_lossy(&buffer));
        answered += 1;
    }
    answered
}

/// The length of an answer, head included; `None` until its head is there.
fn length(answer: &[u8]) -> Option<usize> {
    let head = answer.windows(4).position(|end| end == b"\r\n\r\n")?;
    let text = std::str::from_utf8(&answer[..head]).expect("a head of ASCII");
    let length = text.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let length: usize = length.expect("a content length");
    Some(head + 4 + length)
}
