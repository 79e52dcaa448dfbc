//! Runs the program as a user does.

// The lints allow panics in test functions only, not in their helpers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod analyze;
mod bad_input;
mod bookmarks;
mod completions;
mod config;
mod crash;
mod demo;
mod import;
mod json_docs;
mod kubestep;
mod man;
mod plugin;
mod program;
#[path = "../tui/pty.rs"]
mod pty;
mod queries;
mod readme;
mod tail;
mod terminal;
mod tour;
mod views;
