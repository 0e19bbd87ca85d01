//! The clients of open sources, against stand-ins and against a service that answers byte for byte what a test wants.

mod any_json;
mod away;
mod clients;
mod contracts;
mod faults;
mod limits;
mod own_words;
mod posts;
mod recorded;
