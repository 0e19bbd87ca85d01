//! A local stand-in for the Spotify Web API, with a bundled sample of real music.
//!
//! It plays both regimes of the real service: `extended` (every endpoint, every field) and `development` (what a newly
//! registered app gets). Start it on a free port and point a client at it:
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use spotify_sim::{Config, Mode, Sim};
//!
//! let config = Config { mode: Mode::Development, ..Config::default() };
//! let sim = Sim::start("127.0.0.1:0".parse().unwrap(), config).await.unwrap();
//! assert!(sim.api_url().starts_with("http://127.0.0.1:"));
//! sim.shutdown().await;
//! # });
//! ```

mod api;
mod catalogue;
mod clock;
mod config;
mod error;
mod fold;
mod hash;
mod id;
mod limit;
mod paging;
pub mod sample;
mod server;
mod stats;
mod token;
mod wire;

pub use config::{Config, Mode, UnknownMode};
pub use server::{RunningSim, Sim};
pub use stats::Stats;
