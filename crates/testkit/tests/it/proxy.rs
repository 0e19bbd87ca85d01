//! The breakable network in each of its states.

use std::env;
use std::io::ErrorKind;
use std::net::Ipv4Addr;

use sixpotify_testkit::{BreakableProxy, TEST_POSTGRES};
use sqlx::{Connection as _, PgConnection};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A server that sends back what it gets; and a proxy in front of it.
async fn echo() -> BreakableProxy {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut read, mut write) = stream.split();
                // A connection that the test breaks ends in an error here.
                let _ = tokio::io::copy(&mut read, &mut write).await;
            });
        }
    });
    BreakableProxy::start(address).await.unwrap()
}

async fn ping(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"ping").await?;
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).await?;
    assert_eq!(&answer, b"ping");
    Ok(())
}

#[tokio::test]
async fn a_cut_resets_old_and_new_connections_until_restored() {
    let proxy = echo().await;
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    ping(&mut stream).await.unwrap();
    assert_eq!(proxy.accepted(), 1);

    proxy.cut().await;
    let error = stream.read_u8().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    let refused = async { ping(&mut TcpStream::connect(proxy.address()).await?).await };
    assert!(refused.await.is_err());
    assert_eq!(proxy.accepted(), 1);

    proxy.restore();
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    ping(&mut stream).await.unwrap();
    assert_eq!(proxy.accepted(), 2);
}

#[tokio::test]
async fn forgotten_connections_stay_silent_and_new_ones_are_carried() {
    let proxy = echo().await;
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    ping(&mut stream).await.unwrap();
    proxy.forget();
    stream.write_all(b"ping").await.unwrap();
    ping(&mut TcpStream::connect(proxy.address()).await.unwrap()).await.unwrap();
    assert_eq!(stream.try_read(&mut [0; 4]).unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[tokio::test]
async fn lost_answers_come_to_a_server_that_hears_everything() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let proxy = BreakableProxy::start(listener.local_addr().unwrap()).await.unwrap();
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    client.write_all(b"a").await.unwrap();
    assert_eq!(server.read_u8().await.unwrap(), b'a');
    proxy.lose_answers();
    server.write_all(b"b").await.unwrap();
    client.write_all(b"c").await.unwrap();
    assert_eq!(server.read_u8().await.unwrap(), b'c');
    assert_eq!(client.try_read(&mut [0; 4]).unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[tokio::test]
async fn a_stall_keeps_bytes_back_and_restoring_delivers_them() {
    let proxy = echo().await;
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    ping(&mut stream).await.unwrap();

    proxy.stall();
    stream.write_all(b"late").await.unwrap();
    // Everything is on one thread: after these turns the proxy has done whatever it would do.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let mut answer = [0; 4];
    assert_eq!(stream.try_read(&mut answer).unwrap_err().kind(), ErrorKind::WouldBlock);
    proxy.restore();
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"late");
}

#[tokio::test]
async fn the_end_of_a_stream_passes_through() {
    let proxy = echo().await;
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    stream.write_all(b"bye").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    assert_eq!(rest, "bye");
}

#[tokio::test]
async fn a_database_is_reached_by_way_of_the_proxy() {
    let direct = env::var(TEST_POSTGRES).unwrap();
    let (proxy, url) = BreakableProxy::in_front_of(&direct).await.unwrap();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    sqlx::query("select 1").execute(&mut connection).await.unwrap();
    proxy.cut().await;
    assert!(sqlx::query("select 1").execute(&mut connection).await.is_err());
    assert!(BreakableProxy::in_front_of("sqlite:file").await.is_err());
}
