//! Runs the program as a user does.

// The lints allow panics in test functions only, not in their helpers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod analyze;
mod bad_input;
#[path = "../cluster/battery/commands.rs"]
mod battery_commands;
mod bookmarks;
mod bundle;
mod compare;
mod completions;
mod config;
mod crash;
mod demo;
#[path = "../file/events.rs"]
mod events;
#[path = "../cluster/goop_build.rs"]
mod goop_build;
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
mod rerun;
mod rerun_docs;
mod serve;
mod tail;
mod terminal;
mod tour;
mod views;
mod wording;
