//! The server from its front doors.

mod channel;
mod messenger;
mod telegram;
