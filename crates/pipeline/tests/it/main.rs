//! The jobs through their public face: the real client over loopback HTTP against `spotify-sim` (or a server of the test's
//! own), on a real SQLite file and on a real PostgreSQL server (run with `cargo xtask test`).

mod dumps;
mod facets;
mod faults;
mod ids;
mod names;
mod namesakes;
mod open;
mod outage;
mod packed;
mod pages;
mod resolver;
mod stop;
mod together;
mod vanished;
mod world;
