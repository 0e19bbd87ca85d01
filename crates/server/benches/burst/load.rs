//! Signed events, and clients that send them as fast as they are acknowledged.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;
use sixpotify_sources::{Clock as _, SystemClock};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::app::ARTISTS;

/// With what events are signed.
pub(crate) const SECRET: &str = "app secret";

/// Artists whose names are sent: those of whom more than the name is known.
pub(crate) const NAMES: usize = 6;

/// Connections at once.
const CONNECTIONS: usize = 32;

/// Bodies with their signatures.
pub(crate) struct Burst(Arc<Vec<(String, String)>>);

/// How fast answers came.
pub(crate) struct Latencies {
    pub(crate) per_second: f64,
    /// Milliseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

impl Latencies {
    pub(crate) fn of(mut all: Vec<Duration>, took: Duration) -> Self {
        all.sort_unstable();
        let at = |share: usize| all[(all.len() * share / 100).min(all.len() - 1)].as_secs_f64() * 1e3;
        Self { per_second: all.len() as f64 / took.as_secs_f64(), p50: at(50), p99: at(99) }
    }
}

impl Burst {
    /// `events` of `people`, whose turns come one after the other.
    pub(crate) fn new(round: usize, events: usize, people: usize) -> Self {
        let now = SystemClock.now().timestamp_millis();
        let signed = |n: usize| {
            let person = format!("person-{}", n % people);
            let message = json!({"mid": format!("mid.{round}.{n}"), "text": ARTISTS[n % NAMES].0});
            let event =
                json!({"sender": {"id": person}, "recipient": {"id": "PAGE"}, "timestamp": now, "message": message});
            let body =
                json!({"object": "page", "entry": [{"id": "PAGE", "time": now, "messaging": [event]}]}).to_string();
            let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key");
            mac.update(body.as_bytes());
            let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
            (format!("sha256={hex}"), body)
        };
        Self(Arc::new((0..events).map(signed).collect()))
    }

    /// Sends all of them to `path` at `address`; each must be acknowledged.
    pub(crate) async fn run(&self, address: SocketAddr, path: &'static str) -> Latencies {
        let next = Arc::new(AtomicUsize::new(0));
        let began = Instant::now();
        let mut clients = JoinSet::new();
        for _ in 0..CONNECTIONS {
            clients.spawn(client(address, path, self.0.clone(), next.clone()));
        }
        let all: Vec<Duration> = clients.join_all().await.into_iter().flatten().collect();
        assert_eq!(all.len(), self.0.len());
        Latencies::of(all, began.elapsed())
    }
}

async fn client(
    address: SocketAddr,
    path: &'static str,
    bodies: Arc<Vec<(String, String)>>,
    next: Arc<AtomicUsize>,
) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).await.expect("the server accepts");
    stream.set_nodelay(true).expect("a socket");
    let (mut took, mut buffer) = (Vec::new(), Vec::with_capacity(4096));
    while let Some((signature, body)) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: bench\r\nX-Hub-Signature-256: {signature}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let began = Instant::now();
        stream.write_all(request.as_bytes()).await.expect("the server reads");
        buffer.clear();
        // Answers that are as they should be have no body.
        while !buffer.ends_with(b"\r\n\r\n") {
            let read = stream.read_buf(&mut buffer).await.expect("the server answers");
            assert!(read > 0 && buffer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&buffer));
        }
        took.push(began.elapsed());
    }
    took
}
