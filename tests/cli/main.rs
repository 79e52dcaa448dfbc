//! The program as a user runs it.

// In a test, a failure is told by a panic; the lint knows only functions that are tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod analyze;
mod bad_input;
mod bookmarks;
mod completions;
mod config;
mod crash;
mod demo;
mod import;
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
