//! Recordings read back as written, at every moment, whatever happened to the file.

// Tests panic to fail; the lint only knows functions that are tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod events;
mod facts;
mod files;
mod notes;
mod observations;
mod replay;
mod ring;
mod sql;
mod story;
mod tail;
mod unprivileged;
mod verify;
