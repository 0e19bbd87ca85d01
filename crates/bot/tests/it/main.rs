//! The conversation from its front door.

mod everyday;
mod fitting;
mod flow;
mod learning;
mod person;
