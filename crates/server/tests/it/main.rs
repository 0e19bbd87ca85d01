//! The server through its front door: pages, REST, limits, and a real browser.

mod app;
mod browser;
mod chat;
mod chromium;
mod connections;
mod fuzz;
mod ops;
mod pages;
mod rest;
