//! What the tests of every crate share and no user ever runs: private PostgreSQL servers, a fresh database per test, a network
//! that breaks on command, and what was logged.
//!
//! Only for `[dev-dependencies]` (and for xtask, without the feature `full`); Unix only.

pub mod postgres;
pub mod scratch;

mod chromium;
mod small_disk;

#[cfg(feature = "full")]
mod database;
#[cfg(feature = "full")]
mod log;
#[cfg(feature = "full")]
mod proxy;
#[cfg(feature = "full")]
mod wait;

pub use chromium::chromium;
pub use small_disk::SmallDisk;

#[cfg(feature = "full")]
pub use database::{TEST_POSTGRES, TestDatabase};
#[cfg(feature = "full")]
pub use log::Log;
#[cfg(feature = "full")]
pub use proxy::BreakableProxy;
#[cfg(feature = "full")]
pub use wait::wait_until;
