//! The stand-in as a client meets it: real HTTP over loopback.

mod client;
mod credentials;
mod development;
mod extended;
mod limits;
mod openapi;
