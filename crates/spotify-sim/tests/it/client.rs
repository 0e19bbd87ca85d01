//! A bare client for the tests, and a stand-in that it talks to.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::Value;
use spotify_sim::{Config, Mode, RunningSim, Sim};

/// A running stand-in and a client with a token for it.
pub(crate) struct Api {
    pub(crate) sim: RunningSim,
    pub(crate) http: Client,
    pub(crate) token: String,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// `status message` of a refusal.
    pub(crate) fn refusal(&self) -> String {
        let error = &self.json()["error"];
        assert_eq!(error["status"], self.status.as_u16());
        format!("{} {}", self.status.as_u16(), error["message"].as_str().unwrap())
    }

    /// `Retry-After` in seconds.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        self.headers.get("retry-after").map(|value| value.to_str().unwrap().parse().unwrap())
    }
}

impl Api {
    pub(crate) async fn start(config: Config) -> Self {
        let sim = Sim::start("127.0.0.1:0".parse().unwrap(), config).await.unwrap();
        let http = Client::builder().timeout(Duration::from_secs(20)).build().unwrap();
        let mut api = Self { sim, http, token: String::new() };
        api.renew().await;
        api
    }

    pub(crate) async fn mode(mode: Mode) -> Self {
        Self::start(Config { mode, ..Config::default() }).await
    }

    /// Asks for a token.
    pub(crate) async fn ask_token(&self, id: &str, secret: &str, grant: &str) -> Reply {
        let form = [("grant_type", grant)];
        send(self.http.post(self.sim.token_url()).basic_auth(id, Some(secret)).form(&form)).await
    }

    /// Takes a new token.
    pub(crate) async fn renew(&mut self) {
        let reply = self.ask_token("demo", "demo-secret", "client_credentials").await;
        self.token = reply.json()["access_token"].as_str().unwrap().to_owned();
    }

    /// `GET` of a path below `/v1`, or of a whole address.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}/{path}", self.sim.api_url()) };
        send(self.http.get(url).bearer_auth(&self.token)).await
    }

    /// The JSON of an answer that must be 200.
    pub(crate) async fn ok(&self, path: &str) -> Value {
        let reply = self.get(path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text);
        reply.json()
    }

    /// The first artist found for a name.
    pub(crate) async fn artist(&self, name: &str) -> Value {
        let found = self.search(name, "artist", 10).await;
        let items = found["artists"]["items"].as_array().unwrap();
        items.iter().find(|artist| artist["name"] == name).unwrap_or_else(|| panic!("no {name}: {found}")).clone()
    }

    /// A search with its text escaped.
    pub(crate) async fn search(&self, text: &str, kind: &str, limit: usize) -> Value {
        let mut url = url::Url::parse(&format!("{}/search", self.sim.api_url())).unwrap();
        url.query_pairs_mut().extend_pairs([("q", text), ("type", kind), ("limit", &limit.to_string())]);
        self.ok(url.as_str()).await
    }

    /// All items of a paged list, following `next` to the end.
    pub(crate) async fn all_pages(&self, path: &str) -> Vec<Value> {
        let (mut items, mut next) = (Vec::new(), Some(path.to_owned()));
        while let Some(path) = next {
            let page = self.ok(&path).await;
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            assert!(page["total"].as_u64().unwrap() >= items.len() as u64);
            next = page["next"].as_str().map(str::to_owned);
        }
        items
    }
}

/// Sends a request and reads the whole answer.
#[expect(clippy::disallowed_methods, reason = "the stand-in is tested without the product's client")]
pub(crate) async fn try_send(request: RequestBuilder) -> reqwest::Result<Reply> {
    let response = request.send().await?;
    let (status, headers) = (response.status(), response.headers().clone());
    Ok(Reply { status, headers, text: response.text().await? })
}

/// As [`try_send`], where nothing may go wrong on the way.
pub(crate) async fn send(request: RequestBuilder) -> Reply {
    try_send(request).await.unwrap()
}
