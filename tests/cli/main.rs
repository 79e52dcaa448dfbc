//! The program as a user runs it.

// In a test, a failure is told by a panic; the lint knows only functions that are tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bad_input;
mod bookmarks;
mod config;
mod crash;
mod demo;
mod kubestep;
mod program;
#[path = "../tui/pty.rs"]
mod pty;
mod questions;
mod readme;
mod tail;
mod terminal;
mod tour;
