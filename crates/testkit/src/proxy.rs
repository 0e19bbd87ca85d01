//! A network that breaks on command: a TCP proxy on loopback between a client and the real server.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use url::Url;

const BUFFER_BYTES: usize = 16 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Network {
    Whole,
    Stalled,
    Cut,
}

/// What the tests tell the proxy's tasks.
#[derive(Debug, Clone, Copy)]
struct State {
    network: Network,
    /// So many of the first connections are carried no more.
    forgotten: usize,
    /// Of so many of the first connections the answers are carried no more.
    unanswered: usize,
}

impl State {
    fn carries(self, connection: usize, direction: Direction) -> bool {
        let lost = match direction {
            Direction::Up => self.forgotten,
            Direction::Down => self.forgotten.max(self.unanswered),
        };
        self.network == Network::Whole && connection > lost
    }
}

/// Towards the server, or away from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

/// What the proxy's tasks tell the tests.
#[derive(Debug, Clone, Copy, Default)]
struct Traffic {
    accepted: usize,
    refused: usize,
    open: usize,
}

/// Passes bytes both ways between whoever connects to [`Self::address`] and one upstream server, until told otherwise.
/// Its tasks end when it is dropped.
#[derive(Debug)]
pub struct BreakableProxy {
    address: SocketAddr,
    network: watch::Sender<State>,
    traffic: watch::Sender<Traffic>,
    acceptor: JoinHandle<()>,
}

impl BreakableProxy {
    /// Listens on a free loopback port; the network is whole.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn start(upstream: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let network = watch::Sender::new(State { network: Network::Whole, forgotten: 0, unanswered: 0 });
        let traffic = watch::Sender::new(Traffic::default());
        let acceptor = tokio::spawn(accept(listener, upstream, network.clone(), traffic.clone()));
        Ok(Self { address, network, traffic, acceptor })
    }

    /// In front of the server that `url` names by an IP address (or `localhost`) and a port; the second value is the
    /// same URL by way of the proxy. Works for databases and plain HTTP; not for TLS, which checks the name.
    ///
    /// # Errors
    /// When `url` is none, lacks host or port, names an unknown host, or there is no free port.
    pub async fn in_front_of(url: &str) -> io::Result<(Self, String)> {
        let invalid = |why: String| io::Error::new(io::ErrorKind::InvalidInput, format!("`{url}`: {why}"));
        let mut parsed = Url::parse(url).map_err(|error| invalid(error.to_string()))?;
        let host = parsed.host_str().ok_or_else(|| invalid("no host".into()))?;
        let port = parsed.port_or_known_default().ok_or_else(|| invalid("no port".into()))?;
        let upstream =
            tokio::net::lookup_host((host, port)).await?.next().ok_or_else(|| invalid("no such host".into()))?;
        let proxy = Self::start(upstream).await?;
        parsed
            .set_ip_host(proxy.address.ip())
            .and_then(|()| parsed.set_port(Some(proxy.address.port())))
            .map_err(|()| invalid("cannot be sent by way of a proxy".into()))?;
        Ok((proxy, parsed.into()))
    }

    /// Where clients connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections were accepted so far, those of a cut network not counted.
    #[must_use]
    pub fn accepted(&self) -> usize {
        self.traffic.borrow().accepted
    }

    /// How many connections were reset as soon as they came, because the network was cut.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.traffic.borrow().refused
    }

    /// Resets every connection and every later one; returns when the last open one is gone.
    pub async fn cut(&self) {
        self.switch(Network::Cut);
        let mut traffic = self.traffic.subscribe();
        // Cannot fail: the sender is ours.
        let _ = traffic.wait_for(|traffic| traffic.open == 0).await;
    }

    /// Keeps every connection open, accepts new ones, and passes on nothing, from the next byte read on.
    pub fn stall(&self) {
        self.switch(Network::Stalled);
    }

    /// Makes the network whole again: stalled connections go on where they stopped.
    pub fn restore(&self) {
        self.switch(Network::Whole);
    }

    /// Carries nothing more of the connections that are open, and does not close them either: as a box in between that lost
    /// its memory, or a server that another one took the place of. New connections are carried.
    pub fn forget(&self) {
        let accepted = self.accepted();
        self.network.send_modify(|state| state.forgotten = accepted);
    }

    /// Of the connections that are open, carries what clients say and nothing of what the server answers. New connections are
    /// carried.
    pub fn lose_answers(&self) {
        let accepted = self.accepted();
        self.network.send_modify(|state| state.unanswered = accepted);
    }

    fn switch(&self, network: Network) {
        self.network.send_modify(|state| state.network = network);
    }
}

impl Drop for BreakableProxy {
    fn drop(&mut self) {
        self.acceptor.abort();
    }
}

async fn accept(
    listener: TcpListener,
    upstream: SocketAddr,
    network: watch::Sender<State>,
    traffic: watch::Sender<Traffic>,
) {
    // Ends its tasks when this one is aborted.
    let mut connections = JoinSet::new();
    loop {
        let client = match listener.accept().await {
            Ok((client, _)) => client,
            Err(error) => {
                eprintln!("the breakable proxy cannot accept: {error}");
                return;
            }
        };
        while connections.try_join_next().is_some() {}
        if network.borrow().network == Network::Cut {
            traffic.send_modify(|traffic| traffic.refused += 1);
            reset(client);
            continue;
        }
        let mut number = 0;
        traffic.send_modify(|traffic| {
            traffic.accepted += 1;
            traffic.open += 1;
            number = traffic.accepted;
        });
        let (network, traffic) = (network.subscribe(), traffic.clone());
        connections.spawn(async move {
            carry(client, upstream, number, network).await;
            traffic.send_modify(|traffic| traffic.open -= 1);
        });
    }
}

/// One connection, the `number`th, until either side ends it or the network is cut.
async fn carry(mut client: TcpStream, upstream: SocketAddr, number: usize, mut network: watch::Receiver<State>) {
    let Ok(mut server) = TcpStream::connect(upstream).await else {
        // The client sees what it would see of a server that is not there, only a moment later.
        reset(client);
        return;
    };
    let (up, down) = (network.clone(), network.clone());
    let ended_by_peers = {
        let (client_read, client_write) = client.split();
        let (server_read, server_write) = server.split();
        let both = async {
            let up = pump(client_read, server_write, move |state| state.carries(number, Direction::Up), up);
            let down = pump(server_read, client_write, move |state| state.carries(number, Direction::Down), down);
            tokio::try_join!(up, down).map(|_| ())
        };
        tokio::select! {
            outcome = both => outcome.is_ok(),
            _ = network.wait_for(|state| state.network == Network::Cut) => false,
        }
    };
    if !ended_by_peers {
        reset(client);
        reset(server);
    }
}

/// One direction, until the sender has no more. What was sent after the network stopped to carry it waits until it does again.
async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    carries: impl Fn(State) -> bool,
    mut network: watch::Receiver<State>,
) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let read = from.read(&mut buffer).await?;
        // Asked after reading: what comes after a change is read after it.
        network.wait_for(|state| carries(*state)).await.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        if read == 0 {
            return to.shutdown().await;
        }
        to.write_all(&buffer[..read]).await?;
    }
}

/// Closes as a broken network does: with a reset, not in good order.
fn reset(stream: TcpStream) {
    if let Err(error) = stream.set_zero_linger() {
        eprintln!("the breakable proxy closes a connection in good order instead of resetting it: {error}");
    }
}
