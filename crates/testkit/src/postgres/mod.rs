//! A PostgreSQL server of one's own: fresh, on a free loopback port, gone without a trace when its owner is.
//!
//! Std only, so that xtask can use it without waiting for an async runtime to build.

mod account;
mod error;
mod guardian;
mod installation;
mod server;

pub use error::{PostgresError, Result};
pub use installation::Installation;
pub use server::{Durability, PrivatePostgres};
