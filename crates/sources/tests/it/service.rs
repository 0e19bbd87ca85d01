//! A service on a loopback port that answers byte for byte what a test wants, and remembers what it was asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep};
use url::Url;

/// The token that the service gives out unless told otherwise.
pub(crate) const TOKEN: &str = "token-of-the-service";

/// What becomes of the connection after the bytes of an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Then {
    /// It serves the next request.
    Keep,
    /// It is closed in order.
    Close,
    /// It is reset.
    Reset,
    /// It stays open, and nothing comes any more.
    Stall,
    /// A space comes every time this much time has passed.
    Trickle(Duration),
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// How many bytes of the body are sent; all if `None`.
    sent: Option<usize>,
    /// No byte of the answer is sent at all.
    silent: bool,
    then: Then,
}

impl Reply {
    /// `status` with a body of a type.
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type", content_type.to_owned())];
        Self { status, headers, body: body.into(), sent: None, silent: false, then: Then::Keep }
    }

    /// 200 with JSON.
    pub(crate) fn json(body: &Value) -> Self {
        Self::new(200, "application/json", body.to_string())
    }

    /// A refusal in Spotify's words.
    pub(crate) fn refusal(status: u16, message: &str) -> Self {
        let body = json!({"error": {"status": status, "message": message}});
        Self::new(status, "application/json", body.to_string())
    }

    /// Nothing but the end of the connection.
    pub(crate) fn nothing(then: Then) -> Self {
        Self { silent: true, then, ..Self::new(200, "application/json", "") }
    }

    /// With one more header.
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Only the first half of the body is sent (`Content-Length` says all of it).
    pub(crate) fn half(mut self, then: Then) -> Self {
        self.sent = Some(self.body.len() / 2);
        self.then = then;
        self
    }

    fn bytes(&self) -> Vec<u8> {
        if self.silent {
            return Vec::new();
        }
        let mut head = format!("HTTP/1.1 {} Whatever\r\ncontent-length: {}\r\n", self.status, self.body.len());
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut bytes = (head + "\r\n").into_bytes();
        bytes.extend_from_slice(&self.body[..self.sent.unwrap_or(self.body.len())]);
        bytes
    }
}

/// A request as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// When its head had been read.
    pub(crate) at: Instant,
    /// Method, path and query: `GET /v1/search?q=x`.
    pub(crate) line: String,
    /// The header `Authorization`.
    pub(crate) authorization: String,
    /// The header `User-Agent`.
    pub(crate) agent: String,
    /// The body.
    pub(crate) body: String,
}

impl Seen {
    /// The value of a parameter of the query.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let (_, target) = self.line.split_once(' ')?;
        let url = Url::parse("http://localhost").unwrap().join(target).unwrap();
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

/// Answers the n-th request (from 0) of its kind.
type Answer = Box<dyn Fn(&Seen, usize) -> Reply + Send + Sync>;

struct Shared {
    tokens: Answer,
    api: Answer,
    asked_tokens: Mutex<Vec<Seen>>,
    asked_api: Mutex<Vec<Seen>>,
    connections: Mutex<usize>,
}

/// The running service: a token endpoint at `/api/token`, an API at everything else. Stops when dropped.
pub(crate) struct Service {
    shared: Arc<Shared>,
    base: String,
    task: JoinHandle<()>,
}

impl Service {
    /// Answers requests for the API by `api`, and gives out [`TOKEN`].
    pub(crate) async fn start(api: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static) -> Self {
        Self::with_tokens(|_, _| Reply::json(&grant(TOKEN, 3600)), api).await
    }

    /// Answers every request for the API the same.
    pub(crate) async fn always(reply: Reply) -> Self {
        Self::start(move |_, _| reply.clone()).await
    }

    /// Answers with `replies` in turn; the last one stays.
    pub(crate) async fn in_turn(replies: Vec<Reply>) -> Self {
        Self::start(move |_, n| replies[n.min(replies.len() - 1)].clone()).await
    }

    /// Answers requests for a token by `tokens`, all others by `api`.
    pub(crate) async fn with_tokens(
        tokens: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static,
        api: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            tokens: Box::new(tokens),
            api: Box::new(api),
            asked_tokens: Mutex::default(),
            asked_api: Mutex::default(),
            connections: Mutex::default(),
        });
        let task = tokio::spawn(accept(listener, shared.clone()));
        Self { shared, base, task }
    }

    /// Base of the API.
    pub(crate) fn api_url(&self) -> Url {
        Url::parse(&format!("{}/v1", self.base)).unwrap()
    }

    /// The token endpoint.
    pub(crate) fn token_url(&self) -> Url {
        Url::parse(&format!("{}/api/token", self.base)).unwrap()
    }

    /// Requests for the API so far.
    pub(crate) fn asked(&self) -> Vec<Seen> {
        self.shared.asked_api.lock().unwrap().clone()
    }

    /// Requests for a token so far.
    pub(crate) fn asked_for_token(&self) -> Vec<Seen> {
        self.shared.asked_tokens.lock().unwrap().clone()
    }

    /// Connections so far.
    pub(crate) fn connections(&self) -> usize {
        *self.shared.connections.lock().unwrap()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The body that grants `token` for so many seconds.
pub(crate) fn grant(token: &str, expires_in: u64) -> Value {
    json!({"access_token": token, "token_type": "Bearer", "expires_in": expires_in})
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        *shared.connections.lock().unwrap() += 1;
        connections.spawn(serve(stream, shared.clone()));
    }
}

/// Serves one connection; an error ends it, as the client that went away would.
async fn serve(mut stream: TcpStream, shared: Arc<Shared>) -> std::io::Result<()> {
    let mut buffer = Vec::new();
    while let Some(seen) = read_request(&mut stream, &mut buffer).await? {
        let (answer, asked) = if seen.line.ends_with(" /api/token") {
            (&shared.tokens, &shared.asked_tokens)
        } else {
            (&shared.api, &shared.asked_api)
        };
        let n = {
            let mut asked = asked.lock().unwrap();
            asked.push(seen.clone());
            asked.len() - 1
        };
        let reply = answer(&seen, n);
        stream.write_all(&reply.bytes()).await?;
        match reply.then {
            Then::Keep => {}
            Then::Close => return stream.shutdown().await,
            Then::Reset => return stream.set_zero_linger(),
            Then::Stall => std::future::pending().await,
            Then::Trickle(pause) => loop {
                sleep(pause).await;
                stream.write_all(b" ").await?;
            },
        }
    }
    Ok(())
}

/// The next request, `None` when there is none.
async fn read_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<Option<Seen>> {
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8(buffer.drain(..end).collect()).unwrap();
    let header = |name: &str| {
        let value = |line: &str| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        };
        head.lines().skip(1).find_map(value)
    };
    let length = header("content-length").map_or(0, |value| value.parse().unwrap());
    while buffer.len() < length {
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
    let body = String::from_utf8(buffer.drain(..length).collect()).unwrap();
    let line = head.lines().next().unwrap().strip_suffix(" HTTP/1.1").unwrap().to_owned();
    let authorization = header("authorization").unwrap_or_default();
    let agent = header("user-agent").unwrap_or_default();
    Ok(Some(Seen { at: Instant::now(), line, authorization, agent, body }))
}
