//! The test kit, tested through its public doors.

mod database;
mod proxy;
mod server;
mod wait;
