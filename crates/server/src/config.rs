//! What the operator decides.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// Where the server listens unless told otherwise: only this machine can reach it.
pub const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 6868);

/// How the server behaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Whether pages show the pictures that sources link to; initials otherwise.
    pub pictures: bool,
    /// How many proxies of ours requests pass: so many of the last addresses in `X-Forwarded-For` are believed.
    pub proxies: u8,
    /// How often is looked for what other processes wrote to the catalogue.
    pub follow: Duration,
    /// Bounds that protect the server.
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: DEFAULT_LISTEN,
            pictures: true,
            proxies: 0,
            follow: Duration::from_secs(30),
            limits: Limits::default(),
        }
    }
}

/// Bounds that protect the server.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of a request's body at most.
    pub body: usize,
    /// Connections open at once at most; further ones wait to be accepted.
    pub connections: usize,
    /// Time for the head of a request to arrive, and for a connection to stay idle.
    pub head: Duration,
    /// Time for the body to arrive and the answer to begin.
    pub answer: Duration,
    /// Time for requests that are being answered, and for acknowledged work, when the server ends.
    pub shutdown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 1 << 20,
            connections: 4096,
            head: Duration::from_secs(15),
            answer: Duration::from_secs(20),
            shutdown: Duration::from_secs(20),
        }
    }
}
