//! The running service, and the handle to it.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::middleware;
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::config::Config;
use crate::connection::{CuttingListener, Scissors};
use crate::shared::Shared;
use crate::stats::Stats;
use crate::{api, control, gate};

/// How long [`RunningSim::shutdown`] waits for requests that are being answered.
const PATIENCE: Duration = Duration::from_secs(2);

/// The stand-in, before it runs.
pub struct Sim;

impl Sim {
    /// Starts serving on `listen`; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address cannot be bound, or (`InvalidInput`) when a setting makes no sense.
    pub async fn start(listen: SocketAddr, config: Config) -> io::Result<RunningSim> {
        let listener = TcpListener::bind(listen).await?;
        let shared = Shared::new(listener.local_addr()?, config)
            .map_err(|problem| io::Error::new(io::ErrorKind::InvalidInput, problem))?;
        let app = api::routes()
            .layer(middleware::from_fn_with_state(shared.clone(), gate::gate))
            .route("/api/token", post(gate::token))
            .merge(control::routes())
            .with_state(shared.clone())
            .into_make_service_with_connect_info::<Scissors>();
        let counting = shared.clone();
        let listener = CuttingListener::new(listener, move || counting.counters().stats.connections += 1);
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
        self.shared.addr()
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
        self.shared.counters().stats.clone()
    }

    /// The settings of the moment.
    pub fn config(&self) -> Config {
        (*self.shared.config()).clone()
    }

    /// Changes settings while it runs.
    ///
    /// # Errors
    /// One sentence about a setting that makes no sense, or that cannot be changed; then nothing has changed.
    pub fn configure(&self, change: impl FnOnce(&mut Config)) -> Result<(), String> {
        let mut config = self.config();
        change(&mut config);
        self.shared.configure(config)
    }

    /// Does what `POST /control` with this JSON does: any fields of [`Config`] by their JSON names, and
    /// `advance_ms`, `revoke_tokens`, `reset_stats`, `reset_limits` and `all_faults`.
    ///
    /// # Errors
    /// One sentence about what is not understood; then nothing has changed.
    pub fn control(&self, wish: Value) -> Result<(), String> {
        control::apply(&self.shared, wish)
    }

    /// Puts the stand-in's clock forward: windows, quotas and tokens end without anyone waiting.
    pub fn advance(&self, time: Duration) {
        self.shared.clock().skip(time);
    }

    /// Makes all tokens unknown.
    pub fn revoke_tokens(&self) {
        self.shared.tokens().revoke();
    }

    /// Forgets what was counted, but for the requests that are being answered.
    pub fn reset_stats(&self) {
        self.shared.counters().reset();
    }

    /// Forgets the requests that count for a limit, and every wait.
    pub fn reset_limits(&self) {
        self.shared.reset_limits();
    }

    /// Stops listening and waits up to two seconds for requests that are being answered.
    pub async fn shutdown(mut self) {
        self.stop.take();
        if tokio::time::timeout(PATIENCE, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}
