//! The terminal interface of the debugger.
//!
//! One thread draws. Keys, replies of the [`worker`] and ticks arrive in one channel. The loop passes each waiting message to
//! [`update`], runs the effects, and draws once. The state is plain data; [`draw`] is a pure
//! function of it.

// The items of this crate are internal to the workspace.
#![allow(missing_docs)]

pub mod action;
pub mod actors;
pub mod animation;
pub mod bookmarks;
pub mod clipboard;
mod color_settings;
pub mod config;
pub mod doc;
pub mod draw;
pub mod effect;
mod event_loop;
pub mod export;
pub mod fuzzy;
pub mod headless;
pub mod input;
pub mod keybindings;
pub mod keys;
pub mod layout;
pub mod memory;
pub mod moment_server;
mod options;
pub mod order;
mod pace;
pub mod picture;
pub mod plain;
pub mod protocol;
pub mod row;
mod screenshot;
pub mod script;
mod start;
pub mod state;
mod terminal;
pub mod theme;
pub mod update;
pub mod view;
pub mod worker;
pub mod wrap;

pub use color_settings::{ColorChoice, ColorSettings};
pub use options::{Exit, Options};
pub use start::{run, run_plain};
