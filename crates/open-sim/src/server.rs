//! The running services, and the handle to them.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::middleware;
use serde_json::Value;
use spotify_sim::connection::{CuttingListener, Scissors};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::config::{Config, Service};
use crate::shared::Shared;
use crate::stats::Stats;
use crate::world::Known;
use crate::{control, gate, services};

/// How long [`RunningSim::shutdown`] waits for requests that are being answered.
const PATIENCE: Duration = Duration::from_secs(2);

/// The stand-ins, before they run.
pub struct OpenSim;

impl OpenSim {
    /// Starts serving on `listen`; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address cannot be bound, or (`InvalidInput`) when a setting makes no sense.
    pub async fn start(listen: SocketAddr, config: Config) -> io::Result<RunningSim> {
        let listener = TcpListener::bind(listen).await?;
        let shared = Shared::new(listener.local_addr()?, config)
            .map_err(|problem| io::Error::new(io::ErrorKind::InvalidInput, problem))?;
        let app = services::routes()
            .layer(middleware::from_fn_with_state(shared.clone(), gate::gate))
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

/// Stand-ins that serve until they are shut down or dropped.
pub struct RunningSim {
    shared: Shared,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<io::Result<()>>,
}

impl RunningSim {
    /// The address that they listen on.
    pub fn addr(&self) -> SocketAddr {
        self.shared.addr()
    }

    /// The base address of a service.
    pub fn url(&self, service: Service) -> String {
        format!("http://{}{}", self.addr(), service.base())
    }

    /// The counters so far.
    pub fn stats(&self) -> Stats {
        self.shared.counters().stats.clone()
    }

    /// The settings of the moment.
    pub fn config(&self) -> Config {
        (*self.shared.config()).clone()
    }

    /// Changes settings while they run.
    ///
    /// # Errors
    /// One sentence about a setting that makes no sense, or that cannot be changed; then nothing has changed.
    pub fn configure(&self, change: impl FnOnce(&mut Config)) -> Result<(), String> {
        let mut config = self.config();
        change(&mut config);
        self.shared.configure(config)
    }

    /// Does what `POST /control` with this JSON does: any fields of [`Config`], and `advance_ms`, `reset_stats` and
    /// `reset_limits`.
    ///
    /// # Errors
    /// One sentence about what is not understood; then nothing has changed.
    pub fn control(&self, wish: Value) -> Result<(), String> {
        control::apply(&self.shared, wish)
    }

    /// Puts the stand-ins' clock forward: windows end without anyone waiting.
    pub fn advance(&self, time: Duration) {
        self.shared.clock().skip(time);
    }

    /// Forgets what was counted, but for the requests that are being answered.
    pub fn reset_stats(&self) {
        self.shared.counters().reset();
    }

    /// Where each service knows the artist of this name; the first of them where several share it.
    pub fn known(&self, name: &str) -> Option<Known> {
        self.shared.world().known(name)
    }

    /// The id at MusicBrainz of the recording that Spotify has as this track.
    pub fn recording_of(&self, track: &str) -> String {
        crate::world::uuid("recording", track)
    }

    /// The names of all artists that MusicBrainz knows, in the order of the sample.
    pub fn names(&self) -> Vec<String> {
        self.shared.world().names()
    }

    /// Stops listening and waits up to two seconds for requests that are being answered.
    pub async fn shutdown(mut self) {
        self.stop.take();
        if tokio::time::timeout(PATIENCE, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}
