//! Recording: what was said between clients and their API server, and what stands in the recording of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says so by failing")]

mod controllers;
mod cuts;
mod exchanges;
mod feed;
mod file;
mod guest;
mod json_scan;
mod lists;
mod secrets;
mod server;
mod sink;
mod watches;
