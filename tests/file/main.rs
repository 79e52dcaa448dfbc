//! The store: what is written is read, at every moment, whatever happened to the file.

// In a test, a failure is told by a panic; the lint knows only functions that are tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod events;
mod facts;
mod files;
mod notes;
mod replay;
mod ring;
mod shown;
mod sql;
mod story;
mod tail;
mod unprivileged;
mod verify;
