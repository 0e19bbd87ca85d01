//! The running service: listener, shared state, and the gate that every request under `/v1` passes.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::api;
use crate::catalogue::{Catalogue, Sampled};
use crate::clock::Clock;
use crate::config::Config;
use crate::error::Refusal;
use crate::limit::Limiter;
use crate::sample;
use crate::stats::Stats;
use crate::token::{Tokens, check_client};

/// How long [`RunningSim::shutdown`] waits for requests that are being answered.
const PATIENCE: Duration = Duration::from_secs(2);

/// The stand-in, before it runs.
pub struct Sim;

impl Sim {
    /// Starts serving the bundled sample on `listen`; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn start(listen: SocketAddr, config: Config) -> io::Result<RunningSim> {
        let listener = TcpListener::bind(listen).await?;
        let addr = listener.local_addr()?;
        let shared = Shared(Arc::new(Inner {
            addr,
            catalogue: Box::new(Sampled::new(sample::tracks())),
            config: RwLock::new(Arc::new(config)),
            clock: Clock::new(),
            tokens: Tokens::new(),
            limiter: Mutex::default(),
            stats: Mutex::default(),
        }));
        let app = api::routes()
            .layer(middleware::from_fn_with_state(shared.clone(), gate))
            .route("/api/token", post(token))
            .route("/stats", get(stats))
            .with_state(shared.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = axum::serve(listener, app).with_graceful_shutdown(async {
            // An error means that the handle was dropped, which stops the service as well.
            let _ = stopped.await;
        });
        let task = tokio::spawn(async move { serving.await });
        Ok(RunningSim { shared, stop: Some(stop), task })
    }
}

/// A stand-in that serves until it is shut down or dropped.
pub struct RunningSim {
    shared: Shared,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<io::Result<()>>,
}

impl RunningSim {
    /// The address that it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.shared.0.addr
    }

    /// The base URL of the API: `http://127.0.0.1:PORT/v1`.
    pub fn api_url(&self) -> String {
        self.shared.api_url()
    }

    /// The URL of the token endpoint: `http://127.0.0.1:PORT/api/token`.
    pub fn token_url(&self) -> String {
        format!("http://{}/api/token", self.addr())
    }

    /// The counters so far.
    pub fn stats(&self) -> Stats {
        self.shared.stats().clone()
    }

    /// Puts the stand-in's clock forward: windows and tokens end without anyone waiting.
    pub fn advance(&self, time: Duration) {
        self.shared.0.clock.skip(time);
    }

    /// Stops listening and waits up to two seconds for requests that are being answered.
    pub async fn shutdown(mut self) {
        self.stop.take();
        if tokio::time::timeout(PATIENCE, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

/// What all requests share.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Inner>);

struct Inner {
    addr: SocketAddr,
    catalogue: Box<dyn Catalogue>,
    config: RwLock<Arc<Config>>,
    clock: Clock,
    tokens: Tokens,
    limiter: Mutex<Limiter>,
    stats: Mutex<Stats>,
}

impl Shared {
    pub(crate) fn catalogue(&self) -> &dyn Catalogue {
        &*self.0.catalogue
    }

    pub(crate) fn config(&self) -> Arc<Config> {
        self.0.config.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn api_url(&self) -> String {
        format!("http://{}/v1", self.0.addr)
    }

    fn stats(&self) -> MutexGuard<'_, Stats> {
        self.0.stats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a request may pass: token first, then the limit.
    fn admit(&self, config: &Config, authorization: Option<&str>) -> Result<(), Refusal> {
        let now = self.0.clock.now();
        self.0.tokens.check(now, authorization)?;
        if let Some(limit) = config.limit_per_30s {
            let mut limiter = self.0.limiter.lock().unwrap_or_else(PoisonError::into_inner);
            limiter.admit(now, config.window, limit).map_err(Refusal::RateLimited)?;
        }
        Ok(())
    }
}

/// Counts a request in flight until it is answered or given up by the client.
struct InFlight(Shared);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.stats().leave();
    }
}

/// Counting, latency, token and limit, before any endpoint sees the request.
async fn gate(State(shared): State<Shared>, path: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let config = shared.config();
    shared.stats().arrive(path.as_ref().map_or("unknown", MatchedPath::as_str));
    let _in_flight = InFlight(shared.clone());
    let authorization = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let admitted = shared.admit(&config, authorization);
    pause(config.latency).await;
    let response = match admitted {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    shared.stats().answer(response.status().as_u16());
    response
}

async fn pause(latency: Duration) {
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
}

/// `POST /api/token`
async fn token(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let config = shared.config();
    pause(config.latency).await;
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Err(refusal) = check_client(&config, authorization, &body) {
        shared.stats().tokens_refused += 1;
        return refusal.into_response();
    }
    let token = shared.0.tokens.issue(shared.0.clock.now(), config.token_lifetime);
    shared.stats().tokens_issued += 1;
    let lifetime = config.token_lifetime.as_secs();
    Json(json!({"access_token": token, "token_type": "Bearer", "expires_in": lifetime})).into_response()
}

/// `GET /stats`
async fn stats(State(shared): State<Shared>) -> Json<Stats> {
    Json(shared.stats().clone())
}
