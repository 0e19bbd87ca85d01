//! Faults on the wire, seen by a client that reads raw bytes.

use std::io::ErrorKind;
use std::time::Duration;

use spotify_sim::{Config, Fault};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::client::Api;

/// What one request got: the bytes, and how it ended.
struct Raw {
    bytes: Vec<u8>,
    /// `None`: the other side closed the connection properly.
    error: Option<ErrorKind>,
}

impl Raw {
    /// What `Content-Length` says, and the body that came.
    fn body(&self) -> (usize, &[u8]) {
        let head = self.bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a whole head") + 4;
        let text = str::from_utf8(&self.bytes[..head]).unwrap().to_lowercase();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        (length.parse().unwrap(), &self.bytes[head..])
    }
}

async fn with(fault: Fault) -> Api {
    let api = Api::start(Config { stall: Duration::from_millis(100), ..Config::default() }).await;
    api.sim.configure(|config| config.faults = [(fault, 1.0)].into()).unwrap();
    api
}

async fn ask(api: &Api, connection: &str) -> Raw {
    let mut stream = TcpStream::connect(api.sim.addr()).await.unwrap();
    let request = format!(
        "GET /v1/search?q=love&type=track&limit=50 HTTP/1.1\r\nHost: sim\r\nConnection: {connection}\r\n\
         Authorization: Bearer {}\r\n\r\n",
        api.token
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let error = stream.read_to_end(&mut bytes).await.err().map(|error| error.kind());
    Raw { bytes, error }
}

#[tokio::test]
async fn a_reset_before_the_answer_sends_nothing() {
    let api = with(Fault::ResetBefore).await;
    let raw = ask(&api, "keep-alive").await;
    assert_eq!((raw.bytes.len(), raw.error), (0, Some(ErrorKind::ConnectionReset)));
}

#[tokio::test]
async fn a_reset_inside_the_body_is_a_reset() {
    let api = with(Fault::ResetInside).await;
    let raw = ask(&api, "keep-alive").await;
    assert_eq!(raw.error, Some(ErrorKind::ConnectionReset));
    // What the network had not handed over when the reset came is lost; never is it the whole.
    if !raw.bytes.is_empty() {
        let (length, body) = raw.body();
        assert!(body.len() < length, "{} of {length}", body.len());
    }
}

#[tokio::test]
async fn a_short_body_ends_in_good_order_but_too_early() {
    let api = with(Fault::ShortBody).await;
    let raw = ask(&api, "keep-alive").await;
    let (length, body) = raw.body();
    assert_eq!((raw.error, body.len()), (None, length / 2));
    assert!(length > 10_000);
}

#[tokio::test]
async fn truncated_json_is_a_whole_answer() {
    let api = with(Fault::TruncatedJson).await;
    let raw = ask(&api, "close").await;
    let (length, body) = raw.body();
    assert_eq!((raw.error, body.len()), (None, length));
    assert!(serde_json::from_slice::<serde_json::Value>(body).unwrap_err().is_eof());
}

#[tokio::test]
async fn a_stall_sends_nothing_until_it_is_over() {
    let api = with(Fault::Stall).await;
    let raw = ask(&api, "keep-alive").await;
    assert_eq!((raw.bytes.len(), raw.error), (0, None));
}

#[tokio::test]
async fn a_stall_inside_the_body_sends_half_of_it() {
    let api = with(Fault::StallInside).await;
    let raw = ask(&api, "keep-alive").await;
    let (length, body) = raw.body();
    assert_eq!((raw.error, body.len()), (None, length / 2));
}

#[tokio::test]
async fn a_stalled_request_counts_as_in_flight_until_its_connection_is_gone() {
    let api = with(Fault::Stall).await;
    api.sim.configure(|config| config.stall = Duration::from_secs(600)).unwrap();
    let url = format!("{}/search?q=love&type=track", api.sim.api_url());
    let request = api.http.get(url).bearer_auth(&api.token).timeout(Duration::from_millis(300));
    let failed = crate::client::try_send(request).await.unwrap_err();
    assert!(failed.is_timeout());
    // The stand-in notices that the client hung up, long before the stall is over.
    let noticed = async {
        while api.sim.stats().in_flight > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), noticed).await.unwrap();
    assert_eq!((api.sim.stats().max_in_flight, api.sim.stats().faults["stall"]), (1, 1));
}

#[tokio::test]
async fn a_connection_serves_on_after_a_fault_of_its_answer() {
    let api = with(Fault::Empty).await;
    for _ in 0..3 {
        assert_eq!(api.get("search?q=love&type=track").await.text, "");
    }
    api.sim.configure(|config| config.faults.clear()).unwrap();
    api.ok("search?q=love&type=track").await;
    let stats = api.sim.stats();
    assert_eq!(stats.faults["empty"], 3);
    assert!(stats.connections <= 2, "{} connections for five requests", stats.connections);
}
