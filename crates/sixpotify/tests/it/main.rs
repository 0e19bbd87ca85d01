//! The program as its user sees it: what goes in, what comes out, which exit code, and what is in the catalogue then.
//!
//! The real binary runs as a process of its own, against `spotify-sim` over loopback HTTP, on a real SQLite file and on
//! a real PostgreSQL server (run with `cargo xtask test`).

mod app;
#[cfg(unix)]
mod asked;
mod bad_input;
mod channels;
mod demo;
mod dump;
mod dumped;
mod faults;
mod find;
mod full;
mod import;
mod ingest;
mod killed;
mod limits;
mod names;
mod open;
mod reading;
mod serve;
mod settled;
mod similar;
mod terminal;
mod workers;
