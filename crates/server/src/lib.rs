//! The web side of Sixpotify: the chat page, artist pages, REST, webhooks, health and metrics.
//!
//! Handlers parse, call and render: what an answer is, `bot` decides; what is known, `store` tells. There is no SQL here, and no
//! request to anybody: links and pictures are shown, never fetched.
//!
//! | module | its one purpose |
//! |---|---|
//! | [`config`] | what the operator decides |
//! | `state` | what every handler can reach |
//! | `front` | what a connection talks to: what was answered lately, and the router |
//! | `cache` | answers that are given again |
//! | `router` | which address leads where, and what every request passes |
//! | `passage` | what happens to every answer: headers, figures, the log |
//! | `serve` | connections: limits, deadlines, and the end in good order |
//! | `error` | errors as `application/problem+json`; nothing internal in them |
//! | `api` | REST, one file an endpoint |
//! | `ui` | the chat page and the artist pages |
//! | `channels` | platforms that people chat on |

mod api;
mod best_known;
mod cache;
pub mod channels;
pub mod config;
mod conversations;
mod error;
mod front;
mod headers;
mod health;
mod learn;
mod library;
mod limit;
mod lookups;
mod metrics;
mod passage;
mod router;
mod serve;
mod shelf;
mod songs;
mod state;
mod ui;
mod visitors;
mod watch;

pub use api::document as openapi;
pub use channels::Channels;
pub use config::Config;
pub use front::Front;
pub use learn::{LookUp, OpenLookUp};
pub use library::StoreLibrary;
pub use metrics::Metrics;
pub use serve::{Server, Serving};
pub use shelf::Shelf;
pub use state::{AppState, Parts};
