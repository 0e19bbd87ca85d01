//! The door and the Spotify client as a caller meets them: real HTTP over loopback, to a service of the tests' own or to
//! `spotify-sim` or `open-sim`.

mod any_json;
mod client;
mod faults;
mod limits;
mod open;
mod pages;
mod recorded;
mod refusals;
mod secrets;
mod service;
mod shapes;
mod tokens;
