//! The stand-ins as a client meets them, over real HTTP: shapes, quirks, errors and limits of each service.

mod client;
mod control;
mod limits;
mod shapes;
