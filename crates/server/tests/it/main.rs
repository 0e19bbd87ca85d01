//! The server through its front doors: pages, REST, limits, chat platforms, and a real browser.

mod app;
mod browser;
mod channel;
mod chat;
mod chromium;
mod connections;
mod demo;
mod demo_browser;
mod following;
mod fuzz;
mod learn;
mod messenger;
mod ops;
mod pages;
mod rest;
mod secrecy;
mod telegram;
