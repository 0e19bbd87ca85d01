//! The store on real databases: the conformance suite on both, and what each of them does when it breaks.

mod bulk;
mod postgres;
mod sqlite;
mod workers;
