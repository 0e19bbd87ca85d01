//! Real connections: slow ones, idle ones, and the end in good order.

use std::time::Duration;

use sixpotify_server::{Config, Server, config::Limits};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::app::App;

const SOON: Duration = Duration::from_secs(10);

async fn app(limits: Limits) -> App {
    App::with(Config { listen: ([127, 0, 0, 1], 0).into(), limits, ..Config::default() }).await
}

/// All that comes until the server closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    timeout(SOON, stream.read_to_end(&mut answer)).await.expect("the server keeps the connection").unwrap_or_default();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_head_or_a_body_that_never_ends_is_given_up() {
    let short = Duration::from_millis(200);
    let app = app(Limits { head: short, answer: short, ..Limits::default() }).await;
    let serving = Server::new(app.state.clone()).start().await.unwrap();
    let mut head = TcpStream::connect(serving.address()).await.unwrap();
    head.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.unwrap();
    rest(&mut head).await;
    let mut body = TcpStream::connect(serving.address()).await.unwrap();
    let begun = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 99\r\n\r\ntext=a";
    body.write_all(begun).await.unwrap();
    let answer = rest(&mut body).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(serving.shutdown().await);
}

#[tokio::test]
async fn a_head_that_comes_byte_by_byte_and_silence_are_given_up() {
    let app = app(Limits { head: Duration::from_millis(300), ..Limits::default() }).await;
    let serving = Server::new(app.state.clone()).start().await.unwrap();
    let (mut reader, mut writer) = TcpStream::connect(serving.address()).await.unwrap().into_split();
    // Each byte is in time; the head as a whole is not.
    let drip = tokio::spawn(async move {
        for byte in b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ".iter().chain(std::iter::repeat(&b'a')) {
            if writer.write_all(std::slice::from_ref(byte)).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let mut answer = Vec::new();
    // Closed with bytes unread, the connection may also be reset.
    let _ = timeout(SOON, reader.read_to_end(&mut answer)).await.expect("the server keeps the connection");
    assert!(!String::from_utf8_lossy(&answer).contains("200"), "{answer:?}");
    timeout(SOON, drip).await.expect("the server still reads").unwrap();
    // Somebody who says nothing at all, and somebody who says nothing more.
    let mut silent = TcpStream::connect(serving.address()).await.unwrap();
    assert_eq!(rest(&mut silent).await, "");
    let mut kept = TcpStream::connect(serving.address()).await.unwrap();
    kept.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert!(rest(&mut kept).await.ends_with("ok\n"));
    assert!(serving.shutdown().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_idle_connections_keep_nobody_out() {
    let app = app(Limits::default()).await;
    let serving = Server::new(app.state.clone()).start().await.unwrap();
    let mut idle = Vec::new();
    for _ in 0..1000 {
        idle.push(TcpStream::connect(serving.address()).await.unwrap());
    }
    let mut stream = TcpStream::connect(serving.address()).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // Idle connections do not hold up the end.
    assert!(timeout(SOON, serving.shutdown()).await.expect("the server does not end"));
    drop(idle);
}

#[tokio::test]
async fn what_has_come_in_is_answered_before_the_end() {
    let app = app(Limits::default()).await;
    let serving = Server::new(app.state.clone()).start().await.unwrap();
    let address = serving.address();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = b"POST / HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 11\r\n\r\n";
    stream.write_all(head).await.unwrap();
    // A healthy answer on another connection says that the first one was accepted, too.
    let mut other = TcpStream::connect(address).await.unwrap();
    other.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    assert!(rest(&mut other).await.starts_with("HTTP/1.1 200"));
    let ending = tokio::spawn(serving.shutdown());
    stream.write_all(b"text=shinee").await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.contains("SHINee") && answer.contains("event: end"), "{answer}");
    assert!(ending.await.unwrap(), "not everything was finished");
    assert!(TcpStream::connect(address).await.is_err(), "nothing new is accepted");
}
