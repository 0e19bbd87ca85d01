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
//!
//! What is true and what is made up: track ids, all names, popularity of tracks, audio features and genres of the sample
//! are real; artist and album ids, followers, release dates, pictures, ISRCs and namesakes are derived from them, the same
//! every time (see `data/NOTICE`). With [`Config::artists`] a generated catalogue of any size takes the sample's place.
//!
//! It can be as unpleasant as the real service, by [`Config`], while it runs by [`RunningSim::configure`], or from outside
//! by `POST /control`: limits and quotas with penalties, [`Fault`]s of answers and connections, tokens that die early, ids
//! that are gone or merged. `GET /stats` ([`Stats`]) shows how well a client behaved. Time is the stand-in's own, and
//! [`RunningSim::advance`] puts it forward.
//!
//! [`connection`], [`derived`], [`fold`] and [`hash`] are for stand-ins of other services, which serve the same music.
//!
//! Left out, because no client here needs it: searches for anything but artists and tracks (400), everything that belongs
//! to a user, and what was closed to nearly everyone in 2024 (related artists 403, recommendations 404).

mod api;
mod catalogue;
mod clock;
mod config;
pub mod connection;
mod control;
pub mod derived;
mod error;
mod fault;
pub mod fold;
mod gate;
pub mod generated;
pub mod hash;
mod id;
mod limit;
mod moves;
mod paging;
pub mod sample;
mod server;
mod shared;
mod stats;
mod token;
mod wire;

pub use config::{Config, Mode, UnknownMode};
pub use fault::Fault;
pub use server::{RunningSim, Sim};
pub use stats::{Stats, WindowStats};
