//! The recorder: the layer in a client, capture, redaction and the recorded file.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says so by failing")]

mod controllers;
mod cuts;
mod dependencies;
mod exchanges;
mod feed;
mod file;
mod guest;
mod json_scan;
mod lists;
mod looks;
mod matrix;
mod secrets;
mod server;
mod sink;
mod watches;
