//! The store: what is written is read, at every moment, whatever happened to the file.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by failing")]

mod events;
mod facts;
mod files;
mod kubestep;
mod notes;
mod replay;
mod ring;
mod shown;
mod sql;
mod story;
mod tail;
mod unprivileged;
mod verify;
