//! Connections: limits, deadlines, and the end in good order.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::FutureExt as _;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::front::Front;
use crate::state::AppState;
use crate::watch;

/// How long to wait when no connection can be accepted (no file descriptors are left) before the next attempt.
const ACCEPT_PAUSE: std::time::Duration = std::time::Duration::from_millis(200);

/// A server, before it runs.
pub struct Server {
    state: AppState,
}

impl Server {
    /// Around the given state.
    pub fn new(state: AppState) -> Self {
        Self { state }
    }

    /// Everything that it answers, for tests that need no connection.
    pub fn front(&self) -> Front {
        Front::new(self.state.clone())
    }

    /// Begins to listen and to serve.
    ///
    /// # Errors
    /// When the address cannot be bound (taken, or not of this machine).
    pub async fn start(self) -> io::Result<Serving> {
        let listener = TcpListener::bind(self.state.config.listen).await?;
        self.start_on(listener)
    }

    /// Begins to serve on a listener that is there already.
    ///
    /// # Errors
    /// When the listener cannot tell its address.
    pub fn start_on(self, listener: TcpListener) -> io::Result<Serving> {
        let address = listener.local_addr()?;
        let connections = TaskTracker::new();
        let front = self.front();
        tokio::spawn(watch::watch(self.state.clone()));
        self.state.channels.start(&self.state);
        tokio::spawn(accept(listener, front, self.state.clone(), connections.clone()));
        Ok(Serving { state: self.state, address, connections })
    }
}

/// A server that runs. Dropped, it goes on; see [`Serving::shutdown`].
pub struct Serving {
    state: AppState,
    address: SocketAddr,
    connections: TaskTracker,
}

impl Serving {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends in good order: accepts nothing new, answers what has come in, finishes what was acknowledged; gives up after the
    /// time that the limits allow. True where everything was finished.
    pub async fn shutdown(self) -> bool {
        self.state.stop.cancel();
        self.state.tasks.close();
        self.connections.close();
        let done = async {
            self.connections.wait().await;
            self.state.tasks.wait().await;
        };
        timeout(self.state.config.limits.shutdown, done).await.is_ok()
    }
}

async fn accept(listener: TcpListener, front: Front, state: AppState, connections: TaskTracker) {
    let places = Arc::new(Semaphore::new(state.config.limits.connections));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let accepted = tokio::select! {
            () = state.stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                // Small answers must not wait for the client's delayed acknowledgement; without it they are only slower.
                let _ = stream.set_nodelay(true);
                // A token of its own: what a connection waits for is not looked at under a lock that all of them share.
                let (front, head, stop) = (front.clone(), state.config.limits.head, state.stop.child_token());
                connections.spawn(async move {
                    connection(stream, peer, front, head, stop).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(error = %error, "cannot accept a connection");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves one connection to its end. That of a client that is gone, too slow or speaks no HTTP is no news.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    front: Front,
    head: std::time::Duration,
    stop: CancellationToken,
) {
    let service = hyper::service::service_fn(move |request| front.answer(request, Some(peer)).map(Ok::<_, Infallible>));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(head);
    let mut connection = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = connection.as_mut() => {}
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
