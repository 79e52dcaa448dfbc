//! The terminal interface: keys in, screen out, over real recordings.

// Helpers of tests may panic.
#![allow(clippy::unwrap_used, clippy::panic)]

mod pty;
mod recording;
mod refusals;
mod serializer;

mod changes;
mod documents;
mod filters;
mod finding;
mod foreign;
mod keys;
mod large;
mod moments;
mod notes;
mod orders;
mod pages;
mod pictures;
mod plain;
mod pointer;
mod properties;
mod ranges;
mod server;
mod sharing;
mod snapshots;
mod stories;
mod terminal;
mod themes;
mod unchanged_writes;
