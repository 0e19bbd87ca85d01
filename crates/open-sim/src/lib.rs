//! Local stand-ins for MusicBrainz, ListenBrainz (with its labs), Deezer, ReccoBeats and Last.fm, on one port.
//!
//! They serve `spotify-sim`'s sample of real music in the shapes of the real services, with their quirks, errors and
//! limits, so that everything that needs no account can be tried and tested offline:
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use open_sim::{Config, OpenSim, Service};
//!
//! let sim = OpenSim::start("127.0.0.1:0".parse().unwrap(), Config::default()).await.unwrap();
//! assert!(sim.url(Service::MusicBrainz).ends_with("/musicbrainz/ws/2"));
//! sim.shutdown().await;
//! # });
//! ```
//!
//! What is true and what is made up: names, genres, tracks and audio features are the sample's; ids, votes, most aliases,
//! listeners, relatedness and gaps in what a service knows are derived from them by fixed rules (see `data/NOTICE`).
//!
//! They can be as unpleasant as the real ones, by [`Config`], while they run by [`RunningSim::configure`], or from outside
//! by `POST /control`: each with its limit, with [`Fault`]s of answers and connections, or gone altogether. `GET /stats`
//! ([`Stats`]) shows how well a client behaved. Their clock can be put forward ([`RunningSim::advance`]), and run faster
//! than the real one ([`Config::time_scale`]), so that nobody waits for a limit of a request a second.

mod clock;
mod config;
mod control;
mod fault;
mod gate;
mod limit;
mod params;
mod reply;
mod server;
mod services;
mod shared;
mod stats;
mod world;

pub use config::{Config, Service, ServiceConfig};
pub use fault::Fault;
pub use server::{OpenSim, RunningSim};
pub use stats::{ServiceStats, Stats};
pub use world::Known;
