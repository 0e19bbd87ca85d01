//! The stand-in as a client meets it: real HTTP over loopback.

mod client;
mod connections;
mod control;
mod credentials;
mod development;
mod extended;
mod faults;
mod generated;
mod ids;
mod limits;
mod openapi;
mod quota;
